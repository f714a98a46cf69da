"""osc-placement's tests start Placement's own server from fixtures that are in its package. These fixtures have the same names and
give each test an empty Placement of nephos."""
import sys
import types

import fixtures

PACKAGE = 'placement.tests.functional.fixtures'


class Logging(fixtures.Fixture):
    """Nothing: the logs of the server are not in this process."""


def install(new_world, token):
    """Makes the modules. `new_world` makes a world and returns it; `token` returns a token of the administrator in it."""
    class PlacementFixture(fixtures.Fixture):
        def setUp(self):
            super().setUp()
            world = new_world()
            for row in world.control('GET', '/state/xloud/placement/resource_providers')['resource_providers']:
                world.control('DELETE', '/state/xloud/placement/resource_providers/' + row['uuid'])
            self.endpoint, self.token = world.url('placement'), token(world)

    names = PACKAGE.split('.')
    for end in range(1, len(names) + 1):
        sys.modules['.'.join(names[:end])] = types.ModuleType('.'.join(names[:end]))
    for name, content in ('capture', {'Logging': Logging}), ('placement', {'PlacementFixture': PlacementFixture}):
        module = types.ModuleType('%s.%s' % (PACKAGE, name))
        vars(module).update(content)
        sys.modules[module.__name__] = module
        setattr(sys.modules[PACKAGE], name, module)
