"""A running nephos for each test module, and clients that use it as each of the two OpenStack clouds.

NEPHOS_BINARY   a nephos that is built already; without it cargo builds one (NEPHOS_PROFILE=dev: the quick build)
NEPHOS_TIMING   how long transitions take: instant, fast (the default) or realistic
NEPHOS_CLOCK    the speed of the virtual clock: real (the default), 40x, 0.2x …

No test may depend on how fast nephos or the client is. These runs show it, because they change which of the two is faster:

    NEPHOS_TIMING=realistic NEPHOS_CLOCK=40x pytest tests/clients
    NEPHOS_TIMING=instant pytest tests/clients              the client is always too late to see a state in between
    NEPHOS_CLOCK=0.1x pytest tests/clients                  the client is always too early to miss one"""
import itertools
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'conformance'))
import server as nephos_server  # noqa: E402
from command_line import COUNTED, Cli  # noqa: E402
from waiting import CLOCK, TIMING  # noqa: E402

CLOUDS = {'gozunga': (5000, '/v3', 'fsd1'), 'xloud': (4991, '/identity/v3', 'RegionOne')}
NUMBERS = itertools.count(1)


@pytest.fixture(scope='session', autouse=True)
def plain_environment():
    """No proxy and no cloud of the developer's shell, for the clients in this process and for the programs that tests start."""
    for key in [k for k in os.environ if k.startswith('OS_') or k.lower() in ('http_proxy', 'https_proxy', 'all_proxy')]:
        del os.environ[key]
    os.environ.update(nephos_server.NO_PROXY)


@pytest.fixture(scope='session')
def binary():
    return os.environ.get('NEPHOS_BINARY') or nephos_server.build(os.environ.get('NEPHOS_PROFILE', 'release'))


@pytest.fixture(scope='session')
def start(binary):
    """Starts another nephos with its own log file and options."""
    return lambda log, *options: nephos_server.Nephos(binary, log, options=['--timing', TIMING, '--clock', CLOCK, *options])


@pytest.fixture(scope='module')
def nephos(start, tmp_path_factory):
    running = start(tmp_path_factory.mktemp('nephos') / 'log')
    yield running
    assert running.stop() == []


class Cloud:
    """One of the OpenStack clouds of a running nephos."""
    def __init__(self, nephos, name):
        port, path, self.region = CLOUDS[name]
        self.nephos, self.name, self.auth_url = nephos, name, nephos.url(port, path)

    def login(self, user):
        """What a client needs to log in as a user, in the project of the same name."""
        return dict(auth_url=self.auth_url, username=user, password='nephos', project_name=user, user_domain_name='Default', project_domain_name='Default')


@pytest.fixture(scope='module', params=list(CLOUDS))
def cloud(request, nephos):
    return Cloud(nephos, request.param)


@pytest.fixture(scope='module')
def admin(cloud):
    """The commands as the administrator. The quotas of the two projects leave room for all tests."""
    admin = Cli(cloud, 'admin')
    for project in ('admin', 'demo'):
        admin('quota set --volumes 500 --gigabytes 5000 --snapshots 500 --backups 500 --backup-gigabytes 5000 --groups 500 '
              '--instances 500 --cores 2000 --ram 2000000 ' + project)
        admin('quota set --networks 500 --subnets 500 --ports 2000 --routers 100 --floating-ips 100 --secgroups 500 --secgroup-rules 2000 ' + project)
    return admin


@pytest.fixture(scope='module')
def demo(cloud, admin):
    """The commands as a member of a project."""
    return Cli(cloud, 'demo')


@pytest.fixture(scope='module')
def sdk_admin(cloud):
    """openstacksdk as the administrator. The quotas of the project demo leave room for all tests."""
    connection = connect(cloud, 'admin')
    project = connection.identity.find_project('demo').id
    connection.set_compute_quotas(project, instances=1000, cores=4000, ram=10_000_000)
    connection.set_volume_quotas(project, volumes=500, gigabytes=5000)
    connection.set_network_quotas(project, ports=2000, floatingip=100, router=50, network=100, subnet=100)
    return connection


@pytest.fixture(scope='module')
def sdk(cloud, sdk_admin):
    """openstacksdk as a member of a project."""
    return connect(cloud, 'demo')


def connect(cloud, user):
    import openstack
    return openstack.connect(load_yaml_config=False, load_envvars=False, region_name=cloud.region, identity_api_version='3', compute_default_microversion='2.90',
                             block_storage_default_microversion='3.71', **cloud.login(user))


@pytest.fixture
def name():
    """Makes names that nothing else has."""
    return lambda what='thing': '%s-%d' % (what, next(NUMBERS))


@pytest.fixture
def volume(demo, name):
    """The id of an available volume of 1 GiB of the project demo."""
    made = demo.json('volume create --size 1 ' + name('volume'))
    demo.wait('volume show ' + made['id'], 'available')
    return made['id']


def pytest_terminal_summary(terminalreporter):
    for cloud, counted in COUNTED.items():
        terminalreporter.write_line('%s: %d commands succeeded, %d distinct ones' % (cloud, sum(counted.values()), len(counted)))
