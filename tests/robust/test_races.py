"""Clients that want the same at the same time: never more than the quota, never two owners of one thing."""
import threading

import pytest
import requests
from clients import SIGMA, SIGMA_LOGIN, ZY, User, password, together

RACERS = 16


@pytest.fixture(scope='module')
def nephos(start):
    return start('--timing', 'instant')


def race(nephos, send, user='demo', racers=RACERS):
    """Lets each racer call send(user, number) at the same time; the answers."""
    users, line, answers = [User(nephos, user) for _ in range(racers)], threading.Barrier(racers), [None] * racers

    def run(number):
        line.wait()
        answers[number] = send(users[number], number)
    together(*[lambda n=n: run(n) for n in range(racers)])
    assert [a.text for a in answers if a.status_code >= 500] == []
    return answers


def won(answers):
    return [a for a in answers if a.ok]


def test_volumes_beyond_the_quota_are_refused(nephos, admin, demo):
    admin('PUT', 'cinder', '/v3/%s/os-quota-sets/%s' % (admin.project, demo.project), json={'quota_set': {'volumes': 5}})
    path = '/v3/%s/volumes' % demo.project
    answers = race(nephos, lambda user, n: user('POST', 'cinder', path, json={'volume': {'size': 1}}))
    assert len(won(answers)) == 5 and len(demo('GET', 'cinder', path).json()['volumes']) == 5
    usage = admin('GET', 'cinder', '/v3/%s/os-quota-sets/%s?usage=true' % (admin.project, demo.project)).json()['quota_set']['volumes']
    assert (usage['in_use'], usage['reserved']) == (5, 0)


def test_servers_beyond_the_quota_are_refused(nephos, admin, demo):
    admin('PUT', 'nova', '/v2.1/os-quota-sets/' + demo.project, json={'quota_set': {'instances': 4}})
    image = demo('GET', 'glance', '/v2/images?name=cirros').json()['images'][0]['id']
    server = {'name': 's', 'flavorRef': '1', 'imageRef': image, 'networks': 'none'}
    answers = race(nephos, lambda user, n: user('POST', 'nova', '/v2.1/servers', json={'server': server}, headers={'OpenStack-API-Version': 'compute 2.60'}))
    assert len(won(answers)) == 4 and len(demo('GET', 'nova', '/v2.1/servers').json()['servers']) == 4


@pytest.mark.parametrize('resource, body', [('network', {}), ('router', {}), ('security_group', {'name': 'x'})])
def test_what_neutron_counts_is_not_made_beyond_the_quota(nephos, admin, demo, resource, body):
    plural = '/v2.0/%ss' % resource.replace('_', '-')
    there = len([r for r in demo('GET', 'neutron', plural + '?project_id=' + demo.project).json()[resource + 's']])
    admin('PUT', 'neutron', '/v2.0/quotas/' + demo.project, json={'quota': {resource: there + 3}})
    answers = race(nephos, lambda user, n: user('POST', 'neutron', plural, json={resource: body}))
    assert len(won(answers)) == 3
    assert len(demo('GET', 'neutron', plural + '?project_id=' + demo.project).json()[resource + 's']) == there + 3


def test_a_volume_is_attached_to_one_server(nephos, admin):
    volume = admin.made('cinder', '/v3/%s/volumes' % admin.project, volume={'size': 1})['id']
    image = admin('GET', 'glance', '/v2/images?name=cirros').json()['images'][0]['id']
    admin('PUT', 'nova', '/v2.1/os-quota-sets/' + admin.project, json={'quota_set': {'instances': 50, 'cores': 50, 'ram': 999999}})
    servers = []
    for _ in range(8):
        made = admin('POST', 'nova', '/v2.1/servers', json={'server': {'name': 's', 'flavorRef': '1', 'imageRef': image, 'networks': 'none'}},
                     headers={'OpenStack-API-Version': 'compute 2.60'})
        servers.append(made.json()['server']['id'])
    answers = race(nephos, lambda user, n: user('POST', 'nova', '/v2.1/servers/%s/os-volume_attachments' % servers[n],
                                                json={'volumeAttachment': {'volumeId': volume}}), 'admin', 8)
    assert len(won(answers)) == 1
    shown = admin('GET', 'cinder', '/v3/%s/volumes/%s' % (admin.project, volume)).json()['volume']
    assert (shown['status'], len(shown['attachments'])) == ('in-use', 1)
    holders = [s for s in servers if admin('GET', 'nova', '/v2.1/servers/%s/os-volume_attachments' % s).json()['volumeAttachments']]
    assert holders == [shown['attachments'][0]['server_id']]


@pytest.fixture(scope='module')
def network(admin):
    """A network with few addresses, and a router to the public network."""
    network = admin.made('neutron', '/v2.0/networks', network={'name': 'small', 'shared': True})['id']
    subnet = admin.made('neutron', '/v2.0/subnets', subnet={'network_id': network, 'ip_version': 4, 'cidr': '10.91.0.0/28'})['id']
    public = next(n['id'] for n in admin('GET', 'neutron', '/v2.0/networks').json()['networks'] if n['name'] == 'public')
    router = admin.made('neutron', '/v2.0/routers', router={'external_gateway_info': {'network_id': public}})['id']
    assert admin('PUT', 'neutron', '/v2.0/routers/%s/add_router_interface' % router, json={'subnet_id': subnet}).ok
    return {'id': network, 'subnet': subnet, 'public': public}


def test_an_address_has_one_port(nephos, admin, network):
    wanted = [{'subnet_id': network['subnet'], 'ip_address': '10.91.0.9'}]
    answers = race(nephos, lambda user, n: user('POST', 'neutron', '/v2.0/ports', json={'port': {'network_id': network['id'], 'fixed_ips': wanted}}), 'admin')
    assert len(won(answers)) == 1


def test_a_subnet_gives_each_address_once(nephos, admin, network):
    answers = race(nephos, lambda user, n: user('POST', 'neutron', '/v2.0/ports', json={'port': {'network_id': network['id']}}), 'admin', 24)
    given = [ip['ip_address'] for a in won(answers) for ip in a.json()['port']['fixed_ips']]
    assert len(given) == len(set(given)) and 0 < len(given) <= 13
    assert {a.status_code for a in answers if not a.ok} <= {409}


def test_a_floating_address_has_one_owner(nephos, admin, network):
    subnet = next(s for s in admin('GET', 'neutron', '/v2.0/subnets?network_id=' + network['public']).json()['subnets'] if s['ip_version'] == 4)
    start = subnet['allocation_pools'][0]['end']
    answers = race(nephos, lambda user, n: user('POST', 'neutron', '/v2.0/floatingips', json={'floatingip': {
        'floating_network_id': network['public'], 'floating_ip_address': start}}), 'admin')
    assert len(won(answers)) == 1


def test_a_port_has_one_floating_address(nephos, admin, network):
    ports = admin('GET', 'neutron', '/v2.0/ports?network_id=' + network['id']).json()['ports']
    port = next(port for port in ports if not port['device_owner'])
    admin('PUT', 'neutron', '/v2.0/quotas/' + admin.project, json={'quota': {'floatingip': -1}})
    floating = [admin.made('neutron', '/v2.0/floatingips', floatingip={'floating_network_id': network['public']})['id'] for _ in range(8)]
    race(nephos, lambda user, n: user('PUT', 'neutron', '/v2.0/floatingips/' + floating[n], json={'floatingip': {'port_id': port['id']}}), 'admin', 8)
    at_port = admin('GET', 'neutron', '/v2.0/floatingips?port_id=' + port['id']).json()['floatingips']
    assert len(at_port) == 1


def test_a_name_or_an_id_is_taken_once(nephos, admin):
    user = {'name': 'racer', 'domain_id': 'default', 'password': 'x'}
    image = {'id': '11111111-1111-4111-8111-111111111111', 'name': 'racer'}
    for service, path, body in (('keystone', '/v3/users', {'user': user}), ('keystone', '/v3/projects', {'project': {'name': 'racer'}}), ('glance', '/v2/images', image),
                                ('cinder', '/v3/%s/types' % admin.project, {'volume_type': {'name': 'racer'}}), ('placement', '/resource_providers', {'name': 'racer'}),
                                ('nova', '/v2.1/flavors', {'flavor': {'name': 'racer', 'ram': 1, 'vcpus': 1, 'disk': 1}})):
        answers = race(nephos, lambda racer, n: racer('POST', service, path, json=body), 'admin', 8)  # noqa: B023 - used at once
        assert len(won(answers)) == 1, path


def test_a_transfer_is_accepted_once(nephos, admin):
    volume = admin.made('cinder', '/v3/%s/volumes' % admin.project, volume={'size': 1})['id']
    transfer = admin.made('cinder', '/v3/%s/volume-transfers' % admin.project, transfer={'volume_id': volume})
    answers = race(nephos, lambda user, n: user('POST', 'cinder', '/v3/%s/volume-transfers/%s/accept' % (user.project, transfer['id']),
                                                json={'accept': {'auth_key': transfer['auth_key']}}), 'admin', 8)
    assert len(won(answers)) == 1


def test_accounts_pay_for_what_they_get(nephos):
    """Cloudzy and CloudSigma: whoever is answered with success has paid, and the balance is never below nothing."""
    nephos.control('PATCH', '/state/cloudzy/balance', 1)
    body = {'hostnames': ['x'], 'region': 'US-New-York', 'productId': 'fixed-plan-123', 'assignIpv4': True, 'osId': 'ubuntu-22.04'}
    answers = race(nephos, lambda _, n: requests.post(nephos.url(ZY, '/developers/v1/instances'), json=body, headers={'API-Token': 'nephos'}))
    rows = nephos.control('GET', '/state/cloudzy/cloudzy/accounts')['accounts']
    assert next(r for r in rows if r['name'] == 'nephos')['credit'] >= 0
    made = nephos.control('GET', '/state/cloudzy/cloudzy/instances')['instances']
    assert len(made) == len(won(answers)) < RACERS
    ips = race(nephos, lambda _, n: requests.post(nephos.url(SIGMA, '/resources/ip/create'), auth=SIGMA_LOGIN))
    given = [line for a in won(ips) for line in a.text.splitlines() if line.startswith('resource ')]
    assert 0 < len(given) == len(set(given)) == len(won(ips))


def test_a_login_with_a_wrong_password_never_succeeds_beside_right_ones(nephos):
    def login(_, n):
        return requests.post(nephos.url(5000, '/v3/auth/tokens'), json=password('demo', 'demo', 'nephos' if n % 2 else 'wrong'))
    assert [a.status_code for a in race(nephos, login)] == [401, 201] * (RACERS // 2)
