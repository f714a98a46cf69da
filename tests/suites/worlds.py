"""Worlds of the running nephos: every test class has one of its own, so no test sees what another one left behind."""
import datetime
import itertools
import json
import os
import pathlib
import time

import server

CONTROL = os.environ['SUITES_NEPHOS']
CLOUD = 'xloud'
PASSWORD = 'nephos'
IMAGE = 'cirros-0.6.3-x86_64-disk'
# The clouds that DevStack writes into clouds.yaml (`write_clouds_yaml` in functions-common): user and project.
CLOUDS = {
    'devstack': ('demo', 'demo'), 'devstack-admin': ('admin', 'admin'), 'devstack-admin-demo': ('admin', 'demo'),
    'devstack-alt': ('alt_demo', 'alt_demo'), 'devstack-alt-member': ('alt_demo_member', 'alt_demo'),
    'devstack-alt-reader': ('alt_demo_reader', 'alt_demo'), 'devstack-reader': ('demo_reader', 'demo'),
    'devstack-system-admin': ('admin', None), 'devstack-system-member': ('system_member', None),
    'devstack-system-reader': ('system_reader', None),
}
NUMBERS = itertools.count(1)


class World:
    """A fork of the default world."""
    def __init__(self, name):
        self.name = name
        self.call('POST', '/worlds', {'name': name})

    @staticmethod
    def call(method, path, body=None):
        status, value = server.request(method, CONTROL + path, body)
        assert 200 <= status < 300, '%s %s: %s %s' % (method, path, status, value)
        return value

    def control(self, method, path, body=None):
        """A request to the control API of this world."""
        return self.call(method, '/worlds/%s%s' % (self.name, path), body)

    def url(self, service):
        """Where a service of this world is."""
        return '%s/worlds/%s/%s/%s' % (CONTROL, self.name, CLOUD, service)

    def delete(self):
        self.call('DELETE', '/worlds/' + self.name)

    def clouds(self):
        """clouds.yaml as DevStack writes it."""
        def cloud(user, project):
            scope = {'project_name': project, 'project_domain_id': 'default'} if project else {'system_scope': 'all'}
            login = {'auth_url': self.url('keystone') + '/v3', 'username': user, 'user_domain_id': 'default', 'password': PASSWORD}
            return {'region_name': 'RegionOne', 'auth': {**login, **scope}}
        clouds = {name: cloud(*who) for name, who in CLOUDS.items()}
        # The project demo can use two networks. openstacksdk's tests create servers without naming one.
        clouds['devstack']['networks'] = [{'name': 'private', 'default_interface': True}]
        return {'clouds': clouds, 'functional': {'image_name': IMAGE}}

    def use(self):
        """Points the clients of this process at this world, with the clouds.yaml in the current folder."""
        pathlib.Path('clouds.yaml').write_text(json.dumps(self.clouds(), indent=1))

    def environment(self):
        """The variables with which clients log in that do not read clouds.yaml."""
        return dict(OS_USERNAME='admin', OS_PASSWORD=PASSWORD, OS_PROJECT_NAME='admin', OS_USER_DOMAIN_ID='default', OS_PROJECT_DOMAIN_ID='default',
                    OS_AUTH_URL=self.url('keystone') + '/v3')


class Worlds:
    """The world of this process, and its time: a client that sleeps moves the clock of the world instead, and its own with it."""
    def __init__(self):
        self.current, self.slept = None, 0.0
        self.real_time, self.real_monotonic, self.real_sleep = time.time, time.monotonic, time.sleep

    def next(self):
        """Leaves the current world and starts another one."""
        if self.current:
            self.current.delete()
        worker = os.environ.get('PYTEST_XDIST_WORKER', 'main')
        self.current = World('%s-%d' % (worker, next(NUMBERS)))
        self.advance(self.slept)
        self.current.use()
        return self.current

    def sleep(self, seconds):
        if self.current is None or seconds <= 0:
            return self.real_sleep(max(seconds, 0))
        self.slept += seconds
        self.advance(seconds)

    def advance(self, seconds):
        if seconds:
            self.current.control('PATCH', '/clock', {'advance': '%dms' % max(1, round(seconds * 1000))})

    def replace_time(self):
        """Call it before the clients are imported, because they keep references."""
        time.sleep = self.sleep
        time.time = lambda: self.real_time() + self.slept
        time.monotonic = lambda: self.real_monotonic() + self.slept
        datetime.datetime = self.moved(datetime.datetime)

    def moved(self, real):
        """The class datetime with this time. Its objects are ordinary ones."""
        class Meta(type):
            def __instancecheck__(cls, instance):
                return isinstance(instance, real)

            def __subclasscheck__(cls, other):
                return issubclass(other, real)

        class Moved(real, metaclass=Meta):
            def __new__(cls, *args, **kwargs):
                return real(*args, **kwargs)

            @classmethod
            def now(cls, tz=None):
                return real.now(tz) + datetime.timedelta(seconds=self.slept)

            @classmethod
            def utcnow(cls):
                return real.now(datetime.timezone.utc).replace(tzinfo=None) + datetime.timedelta(seconds=self.slept)

        Moved.__name__, Moved.__qualname__, Moved.__module__ = 'datetime', 'datetime', 'datetime'
        return Moved
