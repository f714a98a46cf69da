"""A running nephos, and the openstack and cinder commands on it as each of the two clouds and as each of the two users.

The commands are the real ones, called in this process (starting Python for each takes a second); NEPHOS_BINARY names a nephos that
is built already, else cargo builds one."""
import collections
import contextlib
import io
import itertools
import json
import os
import pathlib
import shlex
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'conformance'))
import server  # noqa: E402

CLOUDS = {'gozunga': (5000, '/v3', 'fsd1'), 'xloud': (4991, '/identity/v3', 'RegionOne')}
COUNTED = {cloud: collections.Counter() for cloud in CLOUDS}
NUMBERS = itertools.count(1)


@pytest.fixture(scope='session')
def binary():
    return os.environ.get('NEPHOS_BINARY') or server.build(os.environ.get('NEPHOS_PROFILE', 'release'))


@pytest.fixture(scope='module')
def nephos(binary, tmp_path_factory):
    running = server.Nephos(binary, tmp_path_factory.mktemp('nephos') / 'log', options=['--timing', 'fast'])
    yield running
    assert running.stop() == []


@pytest.fixture(scope='module', params=list(CLOUDS))
def cloud(request, nephos):
    """One of the clouds of a running nephos: its name, and what a client needs to know of it."""
    port, path, region = CLOUDS[request.param]
    Cloud = collections.namedtuple('Cloud', 'name auth_url region nephos')
    return Cloud(request.param, 'http://127.0.0.1:%d%s' % (port + nephos.offset, path), region, nephos)


@pytest.fixture(scope='module')
def admin(cloud):
    """The administrator; the quotas of the two projects leave room for all tests."""
    admin = Cli(cloud, 'admin')
    for project in ('admin', 'demo'):
        admin('quota set --volumes 500 --gigabytes 5000 --snapshots 500 --backups 500 --backup-gigabytes 5000 --groups 500 '
              '--instances 500 --cores 2000 --ram 2000000 ' + project)
        admin('quota set --networks 500 --subnets 500 --ports 2000 --routers 100 --floating-ips 100 --secgroups 500 --secgroup-rules 2000 ' + project)
    return admin


@pytest.fixture(scope='module')
def demo(cloud, admin):
    return Cli(cloud, 'demo')


@pytest.fixture
def name():
    """Makes names that nothing else has."""
    return lambda what='thing': '%s-%d' % (what, next(NUMBERS))


def forget():
    """The openstack command keeps the clients of its first call in classes, so that a second call in this process would be by the same user."""
    from openstackclient.common.clientmanager import ClientManager
    from osc_lib.clientmanager import ClientCache
    for kept in (value for base in ClientManager.__mro__ for value in vars(base).values() if isinstance(value, ClientCache)):
        kept._handle = None


class Terminal(io.StringIO):
    """Nothing comes from it, and no file: the command would take that for an image."""
    def isatty(self):
        return True


class Refused(Exception):
    """A command that ended with an error."""


class Cli:
    """The commands on behalf of one user."""
    def __init__(self, cloud, user, **environment):
        self.cloud = cloud
        self.environment = dict(OS_AUTH_URL=cloud.auth_url, OS_USERNAME=user, OS_PASSWORD='nephos', OS_PROJECT_NAME=user, OS_USER_DOMAIN_NAME='Default', OS_PROJECT_DOMAIN_NAME='Default',
                                OS_REGION_NAME=cloud.region, OS_IDENTITY_API_VERSION='3', OS_VOLUME_API_VERSION='3.71', OS_COMPUTE_API_VERSION='2.100', OS_INTERFACE='public', **environment)

    def other(self, **environment):
        """The same with other settings; None takes one away."""
        cli = Cli(self.cloud, '')
        cli.environment = {k: v for k, v in {**self.environment, **environment}.items() if v is not None}
        return cli

    def __call__(self, command):
        """Runs an openstack command that must work; its output, as JSON where the command can."""
        from openstackclient.shell import OpenStackShell
        forget()
        return self.run('openstack', lambda words: OpenStackShell().run(words), command)

    def cinder(self, command):
        """Runs a cinder command that must work; its output as text."""
        from cinderclient.shell import OpenStackCinderShell
        return self.run('cinder', lambda words: OpenStackCinderShell().main(words), command)

    def run(self, program, main, command):
        words = shlex.split(command)
        before, out, err, typed = dict(os.environ), io.StringIO(), io.StringIO(), sys.stdin
        sys.stdin = Terminal()
        for key in [k for k in os.environ if k.startswith('OS_')]:
            del os.environ[key]
        os.environ.update(self.environment, NO_PROXY='127.0.0.1', no_proxy='127.0.0.1', COLUMNS='200')
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                try:
                    code = main(words)
                except SystemExit as e:
                    code = e.code
                except Exception as e:        # cinder's main lets them pass
                    code, _ = 1, err.write(str(e))
        finally:
            sys.stdin = typed
            os.environ.clear()
            os.environ.update(before)
        if code:
            raise Refused('%s %s: %s%s' % (program, command, err.getvalue(), out.getvalue()))
        COUNTED[self.cloud.name][' '.join([program] + list(itertools.takewhile(lambda w: w.isalpha() or w == 'ec2' or program == 'cinder' and not w.startswith('-'), words[:5 if program == 'openstack' else 1])))] += 1
        return out.getvalue()

    def json(self, command):
        return json.loads(self(command + ' -f json'))

    def value(self, command, column):
        return self('%s -f value -c %s' % (command, column)).strip()

    def names(self, command, column='Name'):
        return [row[column] for row in self.json(command)]

    def refuses(self, command):
        """Runs a command that must fail; what it says."""
        with pytest.raises(Refused) as refused:
            self(command)
        return str(refused.value)

    def wait(self, command, wanted, seconds=15):
        """Shows something until its status is the wanted one; the whole of it."""
        end = time.time() + seconds
        while True:
            shown = self.json(command)
            if shown['status'] == wanted:
                return shown
            assert 'error' not in shown['status'] and time.time() < end, '%s: %s instead of %s' % (command, shown['status'], wanted)
            time.sleep(0.1)

    def gone(self, command, seconds=15):
        """Shows something until it is not there any more."""
        end = time.time() + seconds
        while time.time() < end:
            try:
                self(command)
            except Refused as e:
                assert 'No ' in str(e) or '404' in str(e) or 'not found' in str(e).lower() or 'could not be found' in str(e), e
                return
            time.sleep(0.03)
        raise AssertionError('still there: ' + command)


@pytest.fixture
def volume(demo, name):
    """An available volume of 1 GiB of the demo user: its id."""
    made = demo.json('volume create --size 1 ' + name('volume'))
    demo.wait('volume show ' + made['id'], 'available')
    return made['id']


def pytest_terminal_summary(terminalreporter):
    for cloud, counted in COUNTED.items():
        terminalreporter.write_line('%s: %d commands that worked, %d distinct ones' % (cloud, sum(counted.values()), len(counted)))
