"""Nobody gets in: foreign pages, imports from nephos itself, guessed tokens, roles that are too small, secrets in the journal."""
import socket
import subprocess
import threading

import pytest
import requests
from clients import CONTROL, OPENSTACKID, User, control, password, together

EVIL = {'Origin': 'https://evil.example', 'Content-Type': 'text/plain'}


@pytest.mark.parametrize('path, body', [('/reset', ''), ('/faults', '{"on": "*", "status": 503}'), ('/worlds', '{"name": "evil"}'),
                                        ('/scenarios/keystone-outage/apply', ''), ('/rewind', '{"writes": 1}'), ('/snapshots', '{"name": "evil"}'),
                                        ('/worlds/default/reset', '')])
def test_a_page_of_another_origin_cannot_change_anything(nephos, path, body):
    refused = control(nephos, 'POST', path, data=body, headers=EVIL)
    assert (refused.status_code, refused.json()['error']['code']) == (403, 403), refused.text


@pytest.mark.parametrize('path', ['/state/gozunga/keystone/tokens', '/journal', '/worlds/default/journal', '/snapshots'])
def test_a_rebound_name_cannot_read_anything(nephos, path):
    for host in ('rebind.evil.example:4990', 'evil.example', 'localhost.evil.example', '127.0.0.1.evil.example'):
        refused = control(nephos, 'GET', path, headers={'Host': host})
        assert 400 <= refused.status_code < 500 and 'tokens' not in refused.json(), '%s: %s' % (host, refused.text[:100])


def test_own_names_may_ask(nephos):
    port = nephos.offset + CONTROL
    for host in ('127.0.0.1:%d' % port, 'localhost:%d' % port, '[::1]:%d' % port):
        assert control(nephos, 'GET', '/state', headers={'Host': host}).status_code == 200, host


@pytest.fixture(scope='module')
def fetching(start):
    """A nephos whose clouds may fetch from loopback addresses, and a token of its administrator that is in its state."""
    nephos = start('--allow-fetch', 'loopback')
    return nephos, User(nephos, 'admin').token


@pytest.mark.parametrize('host', ['127.0.0.1', 'localhost', '127.0.0.2', '0.0.0.0', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1'])
def test_an_import_does_not_read_the_ports_of_nephos(fetching, host):
    nephos, token = fetching
    demo = User(nephos)
    image = demo.image()
    uri = 'http://%s:%d/state/gozunga/keystone/tokens' % (host, nephos.offset + CONTROL)
    demo('POST', 'glance', '/v2/images/%s/import' % image, json={'method': {'name': 'web-download', 'uri': uri}})
    nephos.clock(advance='1m')
    content = demo('GET', 'glance', '/v2/images/%s/file' % image)
    assert b'expires' not in content.content and token.encode() not in content.content


def test_an_import_is_not_redirected_to_the_ports_of_nephos(fetching):
    nephos, token = fetching
    demo, asked = User(nephos), []
    target = 'http://127.0.0.1:%d/state/gozunga/keystone/tokens' % (nephos.offset + CONTROL)
    with socket.create_server(('127.0.0.1', 0)) as listener:
        listener.settimeout(3)

        def redirect():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                return
            with connection:
                asked.append(connection.recv(4096))
                connection.sendall(b'HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n' % target.encode())
        thread = threading.Thread(target=redirect)
        thread.start()
        image = demo.image()
        uri = 'http://127.0.0.1:%d/image' % listener.getsockname()[1]
        demo('POST', 'glance', '/v2/images/%s/import' % image, json={'method': {'name': 'web-download', 'uri': uri}})
        thread.join()
    nephos.clock(advance='1m')
    assert asked, 'the import asked the allowed address first'
    assert token.encode() not in demo('GET', 'glance', '/v2/images/%s/file' % image).content


def test_an_import_fetches_nothing_unless_that_is_allowed(nephos, demo):
    with socket.create_server(('127.0.0.1', 0)) as listener:
        listener.settimeout(1)
        image = demo.image()
        uri = 'http://127.0.0.1:%d/image' % listener.getsockname()[1]
        demo('POST', 'glance', '/v2/images/%s/import' % image, json={'method': {'name': 'web-download', 'uri': uri}})
        with pytest.raises(TimeoutError):
            listener.accept()


def test_tokens_of_another_nephos_are_not_good_when_it_listens_for_others(start):
    """Beyond loopback the bytes of tokens do not come from the seed, so nobody makes the administrator's token at home."""
    def token():
        nephos = start('--bind', '0.0.0.0')
        return nephos, User(nephos, 'admin').token
    (first, one), (second, other) = token(), token()
    assert one != other
    answer = requests.get(second.url(5000, '/v3/users'), headers={'X-Auth-Token': one})
    assert answer.status_code == 401


def test_beyond_loopback_the_control_api_asks_for_a_token(start):
    nephos = start('--bind', '0.0.0.0', '--control-token', 'let-me-in')
    for method, path in (('GET', '/state'), ('GET', '/journal'), ('POST', '/reset'), ('GET', '/worlds/default/state'), ('GET', '/journal/stream')):
        assert control(nephos, method, path).status_code == 401, path
        assert control(nephos, method, path, headers={'Authorization': 'Bearer let-me-i'}).status_code == 401, path
    assert control(nephos, 'GET', '/state', headers={'Authorization': 'Bearer let-me-in'}).status_code == 200
    assert control(nephos, 'GET', '/health').status_code == 200


def test_a_reader_does_not_delete_the_allocated_topology(nephos, admin, demo):
    reader_role = next(r['id'] for r in admin('GET', 'keystone', '/v3/roles').json()['roles'] if r['name'] == 'reader')
    user = admin.made('keystone', '/v3/users', user={'name': 'reads', 'password': 'nephos', 'domain_id': 'default'})
    admin('PUT', 'keystone', '/v3/projects/%s/users/%s/roles/%s' % (demo.project, user['id'], reader_role))
    reads, path = User(nephos, 'reads', project='demo'), '/v2.0/auto-allocated-topology/' + demo.project
    network = demo('GET', 'neutron', path).json()['auto_allocated_topology']['id']
    assert reads('DELETE', 'neutron', path).status_code == 403
    assert demo('GET', 'neutron', '/v2.0/networks/' + network).status_code == 200


def test_rules_do_not_name_groups_of_others(admin, demo):
    group = admin.made('neutron', '/v2.0/security-groups', security_group={'name': 'theirs'})['id']
    addresses = admin.made('neutron', '/v2.0/address-groups', address_group={'name': 'theirs', 'addresses': ['10.0.0.0/8']})['id']
    own = demo.made('neutron', '/v2.0/security-groups', security_group={'name': 'own'})['id']
    assert demo('GET', 'neutron', '/v2.0/security-groups/' + group).status_code == 404
    for field, value in (('remote_group_id', group), ('remote_address_group_id', addresses)):
        rule = {'security_group_id': own, 'direction': 'ingress', field: value}
        assert demo('POST', 'neutron', '/v2.0/security-group-rules', json={'security_group_rule': rule}).status_code == 404, field


@pytest.mark.parametrize('world', [None, 'rules'])
def test_access_rules_hold_on_ports_and_in_worlds(nephos, world):
    if world:
        nephos.control('POST', '/worlds', {'name': world})
    demo, rule = User(nephos, world=world), {'path': '/v2.1/servers', 'method': 'GET', 'service': 'compute'}
    made = demo('POST', 'keystone', '/v3/users/%s/application_credentials' % demo.id,
                json={'application_credential': {'name': 'ruled in %s' % world, 'access_rules': [rule]}}).json()['application_credential']
    credential = {'id': made['id'], 'secret': made['secret']}
    limited = User(nephos, world=world, body={'auth': {'identity': {'methods': ['application_credential'], 'application_credential': credential}}})
    assert limited('GET', 'nova', '/v2.1/servers').status_code == 200
    assert limited('GET', 'nova', '/v2.1/flavors').status_code == 401


def test_disabling_a_user_revokes_its_tokens_for_good(nephos, admin):
    user = admin.made('keystone', '/v3/users', user={'name': 'comes-back', 'password': 'nephos', 'domain_id': 'default'})
    token = User(nephos, 'comes-back', body=password('comes-back')).token
    for enabled in (False, True):
        admin('PATCH', 'keystone', '/v3/users/' + user['id'], json={'user': {'enabled': enabled}})
        assert requests.get(nephos.url(5000, '/v3/auth/projects'), headers={'X-Auth-Token': token}).status_code == 401


def test_no_secret_is_in_the_journal(nephos, binary, demo):
    keystone, scope = nephos.url(5000, '/v3/auth/tokens'), {'project': {'id': demo.project}}
    secrets = {'token that was issued': demo.token}
    rescoped = requests.post(keystone, json={'auth': {'identity': {'methods': ['token'], 'token': {'id': demo.token}}, 'scope': scope}})
    secrets['token from a token'] = rescoped.headers['X-Subject-Token']
    secrets['passcode'] = '918273'
    requests.post(keystone, json={'auth': {'identity': {'methods': ['totp'], 'totp': {'user': {'id': 'x', 'passcode': secrets['passcode']}}}}})
    secrets['user data'], secrets['personality'] = 'VVNFUkRBVEFTRUNSRVQ=', 'UEVSU09OQUxJVFk='
    demo('POST', 'nova', '/v2.1/servers', json={'server': {'name': 's', 'flavorRef': '1', 'imageRef': '', 'user_data': secrets['user data'],
                                                           'personality': [{'path': '/x', 'contents': secrets['personality']}]}})
    key = demo('POST', 'nova', '/v2.1/os-keypairs', json={'keypair': {'name': 'secret'}}).json()['keypair']['private_key']
    secrets['private key'] = key.splitlines()[1]
    made = demo('POST', 'keystone', '/v3/users/%s/credentials/OS-EC2' % demo.id, json={'tenant_id': demo.project})
    secrets['secret of EC2'] = made.json()['credential']['secret']
    made = demo('POST', 'keystone', '/v3/users/%s/application_credentials' % demo.id, json={'application_credential': {'name': 'secret'}})
    secrets['application credential'] = made.json()['application_credential']['secret']
    volume = demo.made('cinder', '/v3/%s/volumes' % demo.project, volume={'size': 1})['id']
    nephos.clock(advance='1m')
    secrets['key of a transfer'] = demo.made('cinder', '/v3/%s/os-volume-transfer' % demo.project, transfer={'volume_id': volume})['auth_key']
    environment = subprocess.run([binary, 'env', 'openstackid', '--url', nephos.control_url], capture_output=True, text=True, check=True).stdout
    scopes = environment.split("OPENSTACKID_SCOPES='")[1].split("'")[0]
    secrets['access token'] = requests.post(nephos.url(OPENSTACKID, '/oauth2/token'), auth=('nephos', 'nephos'),
                                            data={'grant_type': 'client_credentials', 'scope': scopes}).json()['access_token']
    seen = {path: control(nephos, 'GET', path).text for path in ('/journal', '/journal/har')}
    seen['log'] = nephos.log.read_text()
    found = ['%s: %s' % (where, what) for where, text in seen.items() for what, secret in secrets.items() if secret in text]
    assert found == [], ', '.join(found)


def test_limits_at_the_end_of_their_type_drop_no_connection(start):
    nephos = start()
    demo = User(nephos)
    for burst in (10**9, 2**31, 2**32, 2**63, 2**64, 10**30, -1, 0):
        for rate in ('1/d', '1/s', '%d/s' % 10**18):
            changed = control(nephos, 'PATCH', '/limits', json={'gozunga': {'rate': rate, 'burst': burst}})
            assert changed.status_code in (200, 400), changed.text
            if changed.status_code == 200:
                assert demo('GET', 'nova', '/v2.1/servers').status_code in (200, 429, 413)


def test_moves_of_the_clock_to_the_ends_of_time_drop_no_connection(start):
    nephos = start('--clock', 'frozen')
    for change in ({'now': '9999-12-31T23:59:59Z'}, {'now': '+262142-01-01T00:00:00Z'}, {'now': '-9999-01-01T00:00:00Z'}, {'now': '0001-01-01T00:00:00Z'},
                   {'advance': '99999999999999h'}, {'advance': '%ds' % 2**63}, {'speed': 1e308}, {'speed': -1}, {'speed': 0}, {'advance': '-1h'}):
        assert control(nephos, 'PATCH', '/clock', json=change).status_code in (200, 400), change
        together(*[lambda: User(nephos)] * 2) if 'now' not in change else None
        assert control(nephos, 'GET', '/clock').status_code == 200, change
