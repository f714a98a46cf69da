"""CloudSigma as its only maintained client uses it, libcloud's driver for the API 1.0; and as scripts use it, with curl's headers.

libcloud looks up a node by comparing it with itself, so destroy_node and reboot_node take the first of all nodes: there is only one at a time here."""
import gzip

import pytest
import requests

PORT = 4992
EMAIL, PASSWORD = 'demo@example.com', 'nephos'


def connect(nephos, password=PASSWORD):
    from libcloud.compute.providers import get_driver
    from libcloud.compute.types import Provider
    return get_driver(Provider.CLOUDSIGMA)(EMAIL, password, secure=False, host='127.0.0.1', port=PORT + nephos.offset, api_version='1.0')


@pytest.fixture(scope='module')
def driver(nephos):
    return connect(nephos)


@pytest.fixture(scope='module')
def api(nephos):
    """The API as a script uses it: sends something to a path and returns the answer."""
    with requests.Session() as session:
        session.auth = EMAIL, PASSWORD
        session.headers['Content-Type'] = 'application/octet-stream'

        def ask(path, method='POST', **how):
            return session.request(method, nephos.url(PORT, path), **how)
        yield ask


def records(answer):
    """The records of an answer as dictionaries."""
    assert answer.status_code == 200, answer.text
    assert answer.headers['Content-Type'] == 'text/plain; charset=utf-8'
    return [dict(line.split(' ', 1) for line in record.splitlines()) for record in answer.text.split('\n\n') if record]


@pytest.fixture
def node(driver, name):
    """A running node cloned from the first image. It is destroyed with its drive."""
    node = driver.create_node(name=name('node'), size=driver.list_sizes()[0], image=driver.list_images()[0], vnc_password='secret')
    yield node
    if driver.list_nodes():
        assert driver.ex_destroy_node_and_drives(node)


def state(driver, node):
    return next(other.state for other in driver.list_nodes() if other.id == node.id)


def test_sizes_and_images(driver):
    assert len(driver.list_sizes()) > 5
    images = driver.list_images()
    assert len(images) >= 8 and all(int(image.extra['size']) > 0 for image in images)
    assert 'Ubuntu 12.04 LTS Linux 64bit Pre-Installed System' in [image.name for image in images]


def test_a_node_is_cloned_started_rebooted_stopped_and_destroyed(driver, node):
    from libcloud.compute.types import NodeState
    assert node.state == NodeState.RUNNING
    [running] = driver.list_nodes()
    assert (running.id, running.state, running.extra['status']) == (node.id, NodeState.RUNNING, 'active')
    assert running.public_ips[0].count('.') == 3 and running.extra['vnc_ip'] == running.public_ips[0]
    assert isinstance(running.extra['smp'], int)
    drive = driver.ex_drives_list()[-1]
    assert 'imaging' not in drive and drive['claimed'].split(':')[1:] == ['guest', node.id, 'ide', '0', '0']
    assert driver.reboot_node(node)
    assert state(driver, node) == NodeState.RUNNING
    assert driver.stop_node(node)
    assert state(driver, node) == NodeState.TERMINATED
    [stopped] = driver.list_nodes()
    assert stopped.public_ips == ['auto']
    assert driver.ex_start_node(node)
    assert driver.destroy_node(node)
    assert driver.list_nodes() == []
    assert driver.ex_drive_destroy(drive['drive'])


def test_the_configuration_of_a_node(driver, node):
    with pytest.raises(Exception, match='busy'):
        driver.ex_set_node_configuration(node, cpu='1500')
    assert driver.stop_node(node)
    assert driver.ex_set_node_configuration(node, name='renamed', cpu='1500', mem='900')
    [changed] = driver.list_nodes()
    assert (changed.name, changed.extra['cpu'], changed.extra['mem']) == ('renamed', 1500, 900)


def test_the_drive_of_a_running_node_stays(driver, node):
    drive = driver.ex_drives_list()[-1]
    with pytest.raises(Exception, match='currently in use'):
        driver.ex_destroy_drive(drive['drive'])
    assert drive['drive'] in [other['drive'] for other in driver.ex_drives_list()]


def test_addresses(driver):
    [made] = driver.ex_static_ip_create()
    assert {'resource', 'user', 'netmask', 'gateway', 'nameserver'} <= made.keys()
    assert made['resource'] in driver.ex_static_ip_list()
    assert driver.ex_static_ip_destroy(made['resource'])
    assert made['resource'] not in driver.ex_static_ip_list()


def test_a_wrong_password(nephos):
    from libcloud.common.types import InvalidCredsError
    with pytest.raises(InvalidCredsError):
        connect(nephos, 'wrong').list_nodes()


def test_an_exhausted_balance(nephos, driver):
    from libcloud.compute.drivers.cloudsigma import CloudSigmaInsufficientFundsException
    scenario = {'name': 'broke', 'toml': 'description = "no money"\n[cloudsigma]\nbalance = 0\n'}
    before = len(driver.ex_drives_list())
    nephos.control('POST', '/scenarios', scenario)
    try:
        with pytest.raises(CloudSigmaInsufficientFundsException):
            driver.create_node(name='none', size=driver.list_sizes()[0], image=driver.list_images()[0])
    finally:
        nephos.control('DELETE', '/scenarios/broke')
    assert (driver.list_nodes(), len(driver.ex_drives_list())) == ([], before)


def test_a_drive_is_uploaded_in_gzipped_pieces_and_read_back(api):
    [made] = records(api('/drives/create', data='name upload\nsize 12M'))
    pieces = [bytes([number]) * (4 << 20) for number in (1, 0, 3)]
    for number, piece in enumerate(pieces):
        written = api('/drives/%s/write/%dM' % (made['drive'], 4 * number), data=gzip.compress(piece), headers={'Content-Encoding': 'gzip'})
        assert written.status_code == 204, written.text
    for number, piece in enumerate(pieces):
        assert api('/drives/%s/read/%dM/4M' % (made['drive'], 4 * number), 'GET').content == piece
    assert api('/drives/%s/destroy' % made['drive'], 'GET').status_code == 204


def test_every_list_is_read_with_a_get_and_with_a_post(nephos, api):
    with nephos.frozen():        # nothing changes between the two requests
        for path in ('/drives/list', '/servers/info', '/drives/standard/img/list', '/resources/vlan/list', '/subscriptions/list', '/profile/info'):
            got, posted = api(path, 'GET'), api(path)
            assert (got.status_code, got.text) == (posted.status_code, posted.text) == (200, got.text)
    assert api('/drives/create', 'GET').status_code == 405
    assert api('/nothing', 'GET').status_code == 404


def test_use_is_billed_on_the_virtual_clock(nephos, api):
    nephos.control('POST', '/reset')        # no other test owes anything
    with nephos.frozen():
        [server] = records(api('/servers/create', data='name billed\ncpu 2000\nmem 1024'))
        assert records(api('/servers/%s/start' % server['server']))[0]['status'] == 'active'
        [before] = records(api('/balance/info', 'GET'))
        nephos.clock(advance='10m')
        [after] = records(api('/balance/info', 'GET'))
        newest = records(api('/transactions/list', 'GET'))[0]
    assert 29 < float(before['balance']) - float(after['balance']) < 31
    assert newest['description'].startswith('5 minutes of burst virtual server use at rate of 3.000 from '), newest
    assert api('/servers/%s/destroy' % server['server']).status_code == 204
