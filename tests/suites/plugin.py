"""The pytest plugin of run.py: a world for each test class, programs that run in this process, and the tests that cannot pass."""
import functools
import os
import pathlib
import tomllib

import pytest

SUITES = tomllib.loads((pathlib.Path(__file__).parent / 'suites.toml').read_text())


def pytest_configure(config):
    """Only workers run tests, unless there are none."""
    if hasattr(config, 'workerinput') or not config.option.numprocesses:
        Worker(config)


def name_of(item):
    """`openstack.tests.functional.cloud.test_image.TestImage.test_create_image`"""
    return '.'.join([item.module.__name__, *([item.cls.__name__] if item.cls else []), item.name])


def listed(name, rows):
    """The reason in `rows` for a test, its class or its module."""
    parts = name.split('.')
    return next((rows[key] for key in ('.'.join(parts[:end]) for end in range(len(parts), 0, -1)) if key in rows), None)


def entries(kind):
    """The rows of all suites with full names."""
    return {'%s.%s' % (suite['package'], name): reason for suite in SUITES.values() for name, reason in suite.get(kind, {}).items()}


def pytest_ignore_collect(collection_path):
    """Modules that are left out are not even imported."""
    path = str(collection_path.with_suffix('')).replace(os.sep, '.')
    return any(path.endswith('.' + name) for name in entries('left_out')) or None


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(session, items):
    """Marks the tests that cannot pass, before the selection with -k. A test of its own fails if an entry names none of them."""
    fails = entries('fails')
    names = {name_of(item): item for item in items}
    for name, item in names.items():
        reason = listed(name, fails)
        if reason:
            item.add_marker(pytest.mark.xfail(reason=reason))
    packages = [suite['package'] + '.' for suite in SUITES.values()]
    collected = tuple(package for package in packages if any(name.startswith(package) for name in names))
    unknown = [key for key in fails if key.startswith(collected) and not any(name == key or name.startswith(key + '.') for name in names)]
    result = yield
    if unknown:
        items.append(Unknown.from_parent(session, name='suites.toml', entries=unknown))
    return result


class Unknown(pytest.Item):
    """Fails: entries of suites.toml that name no test."""
    def __init__(self, *, entries, **kwargs):
        super().__init__(**kwargs)
        self.entries = entries

    def runtest(self):
        pytest.fail('suites.toml names tests that do not exist: ' + ', '.join(self.entries), pytrace=False)


class Worker:
    """A process that runs tests."""
    def __init__(self, config):
        from worlds import Worlds
        folder = pathlib.Path(os.environ['SUITES_FOLDER']) / os.environ.get('PYTEST_XDIST_WORKER', 'main')
        folder.mkdir(exist_ok=True)
        os.chdir(folder)
        # openstacksdk's tests upload this file of the source tree.
        (folder / 'CONTRIBUTING.rst').write_text('Contributing\n' * 100)
        # novaclient's tests look for programs there, which programs.py runs; the timeout is in seconds.
        os.environ.update(TOX_ENV_DIR=str(folder), OS_CINDERCLIENT_EXEC_DIR=str(folder), OS_NOVACLIENT_NETWORK='shared', OS_TEST_TIMEOUT='300')
        self.worlds, self.scope = Worlds(), None
        self.worlds.next()
        self.worlds.replace_time()
        import placement_fixture
        import programs
        programs.replace()
        placement_fixture.install(self.worlds.next, token)
        config.pluginmanager.register(self)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item):
        scope = getattr(item, 'cls', None) or getattr(item, 'module', None)
        if scope is not self.scope:
            self.scope = scope
            variables = self.worlds.next().environment()
            for name in variables:
                os.environ.pop(name, None)
            # These tests do not read clouds.yaml. Others would mix the variables with it.
            if getattr(scope, '__module__', '').startswith('cinderclient.'):
                os.environ.update(variables)


@functools.cache
def session_of(world):
    from keystoneauth1 import session
    from keystoneauth1.identity import v3
    login = {'username': 'admin', 'password': 'nephos', 'user_domain_id': 'default', 'project_name': 'admin', 'project_domain_id': 'default'}
    return session.Session(auth=v3.Password(auth_url=world.url('keystone') + '/v3', **login))


def token(world):
    return session_of(world).get_token()
