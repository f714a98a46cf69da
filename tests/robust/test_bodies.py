"""What clients send: bodies that never come, that nobody asked for, that are too large, and input at the ends of its type."""
import resource
import socket
import time

import pytest
from clients import PORTS, control, raw, stored

GIVEN_UP = 30        # seconds after which a body that stalls is given up


@pytest.fixture(scope='module')
def crowded(start):
    """A nephos that may open 64 files, and sixty requests whose bodies never come; and when they were sent."""
    nephos = start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
    connections = []
    for _ in range(60):
        connection = socket.create_connection(('127.0.0.1', nephos.offset + PORTS['keystone']), timeout=2)
        connection.sendall(b'POST /v3/auth/tokens HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{')
        connections.append(connection)
    yield nephos, time.monotonic(), connections
    [connection.close() for connection in connections]


@pytest.mark.usefixtures('crowded')
def test_an_upload_without_a_token_is_refused_before_its_bytes_come_in(start, tmp_path):
    nephos = start(temporary=tmp_path)
    with socket.create_connection(('127.0.0.1', nephos.offset + PORTS['glance']), timeout=5) as connection:
        connection.sendall(b'PUT /v2/images/11111111-1111-1111-1111-111111111111/file HTTP/1.1\r\nHost: 127.0.0.1\r\n'
                           b'Content-Type: application/octet-stream\r\nContent-Length: 9999999999\r\n\r\n')
        assert connection.recv(4096).startswith(b'HTTP/1.1 401 ')
    entries = control(nephos, 'GET', '/journal').json()['entries']
    assert [(e['method'], e['status']) for e in entries if e['method'] == 'PUT'] == [('PUT', 401)]
    assert stored(nephos, tmp_path) < 1


def test_who_waits_for_100_continue_is_refused_without_a_body(nephos):
    answer = raw(nephos.offset + PORTS['glance'], b'PUT /v2/images/x/file HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/octet-stream\r\n'
                 b'Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n', 3)
    # The HTTP library of the server sends the 100 by itself, before the request is looked at.
    assert answer.removeprefix(b'HTTP/1.1 100 Continue\r\n\r\n').startswith(b'HTTP/1.1 401 ')


def test_a_reset_with_an_oversized_body_is_refused_and_changes_nothing(nephos, demo):
    image = demo.image('stays')
    refused = control(nephos, 'POST', '/reset', data=b'x' * (2 << 20))
    assert (refused.status_code, 'error' in refused.json()) == (413, True)
    assert demo('GET', 'glance', '/v2/images/' + image).status_code == 200


@pytest.mark.parametrize('depth', [200, 100_000])
def test_deeply_nested_bodies_are_refused(nephos, demo, depth):
    for service, path in (('keystone', '/v3/auth/tokens'), ('nova', '/v2.1/servers'), ('neutron', '/v2.0/networks'), ('glance', '/v2/images'),
                          ('cinder', '/v3/%s/volumes' % demo.project), ('placement', '/resource_providers')):
        answer = demo('POST', service, path, data='[' * depth, headers={'Content-Type': 'application/json'})
        assert 400 <= answer.status_code < 500, '%s: %s' % (service, answer.text)


def numbers(admin):
    """Requests with numbers that JSON Schema takes for integers, and with values of other types beside them."""
    provider = admin('GET', 'placement', '/resource_providers').json()['resource_providers'][0]['uuid']
    path, newest = '/resource_providers/' + provider, 'placement 1.39'
    yield 'PUT', 'placement', path + '/traits', newest, {'traits': [], 'resource_provider_generation': 1.0}
    for huge in (10**30, 1e30, -1e30, 2**63, -2**63 - 1):
        yield 'PUT', 'placement', path + '/inventories', newest, {'inventories': {}, 'resource_provider_generation': huge}
        yield 'PUT', 'placement', path + '/inventories/VCPU', newest, {'total': huge, 'resource_provider_generation': 0}
        yield 'POST', 'cinder', '/v3/%s/volumes' % admin.project, 'volume 3.60', {'volume': {'size': huge}}
        yield 'POST', 'nova', '/v2.1/flavors', 'compute 2.60', {'flavor': {'name': 'f', 'ram': huge, 'vcpus': 1, 'disk': huge}}
        yield 'POST', 'neutron', '/v2.0/networks', '', {'network': {'mtu': huge}}
        yield 'POST', 'glance', '/v2/images', '', {'name': 'x', 'min_ram': huge}
    yield 'PUT', 'placement', path + '/inventories', newest, {'inventories': {'key': [{}] * 8}, 'resource_provider_generation': 0}
    yield 'PUT', 'placement', path + '/inventories/VCPU', newest, {'total': 1.0, 'resource_provider_generation': 0}
    yield 'POST', 'keystone', '/v3/OS-TRUST/trusts', '', {'trust': {'trustor_user_id': 'a', 'trustee_user_id': 'b', 'impersonation': True, 'redelegation_count': 1.0}}
    yield 'POST', 'keystone', '/v3/registered_limits', '', {'registered_limits': [{'service_id': 'x', 'resource_name': 'x', 'default_limit': 1.0}]}
    yield 'POST', 'keystone', '/v3/limits', '', {'limits': [{'project_id': admin.project, 'resource_name': 'x', 'service_id': 'x', 'resource_limit': 1.0}]}
    yield 'POST', 'cinder', '/v3/%s/volumes' % admin.project, 'volume 3.5', {'volume': {'size': 1, 'backup_id': ['a']}}
    yield 'POST', 'glance', '/v2/images', '', {'name': 'x', 'min_ram': 1.0}


def test_no_number_is_a_server_error(admin):
    wrong = []
    for method, service, path, version, body in numbers(admin):
        answer = admin(method, service, path, json=body, headers={'OpenStack-API-Version': version} if version else {})
        if answer.status_code >= 500:
            wrong.append('%s %s %s: %s %s' % (method, path, body, answer.status_code, answer.text[:100]))
    assert wrong == [], '\n'.join(wrong)


def test_names_with_control_characters_do_not_drop_the_connection(nephos, admin, demo):
    """Names stand in headers, such as Location, of some answers."""
    for name in ('a\r\nX-Evil: 1', 'a\0b', 'ä€', '\x7f', '\n'):
        for user, service, path, body in (
                (admin, 'glance', '/v2/metadefs/namespaces', {'namespace': name}),
                (demo, 'glance', '/v2/images', {'name': name, 'disk_format': 'raw', 'container_format': 'bare'}),
                (admin, 'placement', '/resource_classes', {'name': name}),
                (admin, 'placement', '/resource_providers', {'name': name}),
                (demo, 'nova', '/v2.1/os-keypairs', {'keypair': {'name': name}}),
                (demo, 'nova', '/v2.1/servers', {'server': {'name': name, 'flavorRef': '1', 'imageRef': ''}}),
                (admin, 'nova', '/v2.1/os-aggregates', {'aggregate': {'name': name}}),
                (admin, 'keystone', '/v3/roles', {'role': {'name': name}}),
                (demo, 'neutron', '/v2.0/networks', {'network': {'name': name}})):
            answer = user('POST', service, path, json=body)
            assert answer.status_code < 500 and 'X-Evil' not in answer.headers, '%s %r: %s' % (path, name, answer.text)


def test_bodies_that_never_come_do_not_keep_others_out(crowded):
    """They are given up after half a minute; this test is the last of the file, so that most of that time has passed."""
    nephos, since, connections = crowded
    time.sleep(max(0, since + GIVEN_UP + 5 - time.monotonic()))
    assert control(nephos, 'GET', '/health', timeout=5).status_code == 200
    assert connections[0].recv(4096).startswith(b'HTTP/1.1 408 ')
