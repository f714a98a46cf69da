"""The Cloudzy Developer API as its clients use it: one written only from the API's document, which runs all examples in it; and the
requests of the real command line (CloudzyVPS/cli 1.0.2), byte for byte."""
import datetime
import functools
import http.server
import json
import os
import socket
import subprocess

import pytest
import requests

from local_web import serving
from waiting import until

TOKEN = 'nephos'
PORT = 4993


class Failed(Exception):
    """An answer with another code than OKAY."""
    def __init__(self, status, body):
        super().__init__('%s: %s' % (status, body))
        self.status, self.body = status, body


class Developers:
    """A client as the document describes it: a token in a header, JSON, and an envelope with a code."""
    def __init__(self, base, token=TOKEN):
        self.base, self.session = base, requests.Session()
        self.session.headers['API-Token'] = token

    def ask(self, method, path, body=None, **query):
        answer = self.session.request(method, self.base + '/v1' + path, json=body, params=query, timeout=20)
        assert answer.status_code != 204 and answer.headers['Content-Type'].startswith('application/json')
        shown = answer.json()
        if shown.get('code') != 'OKAY':
            raise Failed(answer.status_code, shown)
        return shown['data']

    def wait(self, path, wanted, key='status'):
        """Reads a path until a field has the wanted value; returns everything that it shows then."""
        return until(lambda: self.ask('GET', path), lambda shown: shown[key] == wanted, '%s: %s = %s' % (path, key, wanted))

    def instance(self, **fields):
        """Creates an instance and waits until it is active."""
        body = dict({'hostnames': ['my-vps-1'], 'productId': 'fixed-plan-123', 'region': 'region-456', 'assignIpv4': True, 'osId': 'ubuntu-22.04'}, **fields)
        made = self.ask('POST', '/instances', body)['instances'][0]
        return self.wait('/instances/' + made['id'], 'active')


@pytest.fixture(scope='module')
def base(nephos):
    return nephos.url(PORT, '/developers')


@pytest.fixture
def zy(nephos, base):
    nephos.control('POST', '/reset')
    return Developers(base)


def test_instances(zy):
    """Both examples of creation, and all eleven operations."""
    fixed = zy.instance(**{'class': 'default', 'extraResource': {'diskInGB': 50, 'bandwidthInTB': 2}, 'sshKeyIds': [101, 102], 'floatingIPCount': 1})
    custom = zy.instance(hostnames=['custom-instance'], productId=None, **{
        'class': 'cpu-optimized', 'extraResource': {'cpu': 4, 'ramInGB': 8, 'diskInGB': 100, 'bandwidthInTB': 5}})
    assert {one['id'] for one in zy.ask('GET', '/instances', limit=100)['instances']} == {fixed['id'], custom['id']}
    assert (fixed['disk'], custom['vcpuCount']) == (170, 4)
    path = '/instances/' + fixed['id']
    zy.ask('POST', path + '/resize', {'type': 'FIXED', 'productId': 'fixed-plan-123', 'extraResource': {'diskInGB': 60, 'bandwidthInTB': 2}})
    zy.wait(path, 180, 'disk')
    zy.ask('POST', path + '/resize', {'type': 'CUSTOM', 'regionId': 'region-456', 'extraResource': {'cpu': 8, 'ramInGB': 16, 'diskInGB': 200, 'bandwidthInTB': 10}})
    zy.wait(path, 200, 'disk')
    zy.ask('POST', path + '/change-os', {'osId': 'debian-12'})
    assert zy.wait(path, 'active')['os']['family'] == 'debian'
    zy.ask('POST', path + '/poweroff')
    zy.wait(path, 'shutdown')
    zy.ask('POST', path + '/poweron')
    zy.wait(path, 'active')
    zy.ask('POST', path + '/reset')
    zy.wait(path, 'active')
    zy.ask('POST', path + '/add-traffic', {'amount': 50.0})
    passwords = {zy.ask('POST', path + '/change-pass')['password'] for _ in range(2)}
    assert len(passwords) == 2
    zy.ask('DELETE', path)
    assert [one['id'] for one in zy.ask('GET', '/instances')['instances']] == [custom['id']]
    assert {one['status'] for one in zy.ask('GET', '/instances', includeDeleted=True)['instances']} == {'active', 'deleted'}


def test_bookmarks(zy):
    hostnames = ['h%d' % number for number in range(10)]
    zy.ask('POST', '/instances', {'hostnames': hostnames, 'productId': 'fixed-plan-123', 'region': 'region-456', 'assignIpv6': True, 'osName': 'Debian 12'})
    zy.instance(hostnames=['h10'])
    seen, query = [], {}
    while True:
        page = zy.ask('GET', '/instances', limit=5, **query)
        seen += [one['hostname'] for one in page['instances']]
        if not page['bookmark']:
            break
        query = {'bookmark': page['bookmark']}
    assert sorted(seen) == sorted(hostnames + ['h10'])


def test_what_is_for_sale(zy):
    region = next(one for one in zy.ask('GET', '/regions') if one['overallActiveness'] and not one['isHidden'])
    product = next(one for one in zy.ask('GET', '/products', regionId=region['id']) if one['overallActiveness'])
    system = next(one for one in zy.ask('GET', '/os')['os'] if one['isDefault'])
    application = next(one for one in zy.ask('GET', '/applications')['applications'] if system['name'] in one['osList'])
    made = zy.instance(region=region['id'], productId=product['id'], osId=system['id'], appId=application['id'])
    assert (made['appId'], made['ram']) == (application['id'], product['plan']['specification']['ramInMB'])


def test_ssh_keys(zy):
    key = zy.ask('POST', '/ssh-keys', {'name': 'My SSH Key', 'publicKey': 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB...'})
    assert key in zy.ask('GET', '/ssh-keys')['sshKeys']
    assert zy.ask('GET', '/ssh-keys/%d' % key['id']) == key
    zy.ask('DELETE', '/ssh-keys/%d' % key['id'])
    assert key not in zy.ask('GET', '/ssh-keys', customerId=key['customerId'])['sshKeys']


def test_floating_ips(zy):
    made = zy.ask('POST', '/floating-ips', {'regionId': 'region-456', 'count': 2})['floatingIps']
    path = '/floating-ips/' + made[0]['id']
    zy.ask('PATCH', path, {'autoRenew': True, 'customerNote': 'Production server IP'})
    listed = zy.ask('GET', '/floating-ips', address=made[0]['ip'])
    assert (listed['total'], listed['floatingIps'][0]['customerNote']) == (1, 'Production server IP')
    zy.ask('POST', path + '/release')
    assert zy.ask('GET', '/floating-ips', page=1)['total'] == 1


@pytest.mark.parametrize('kind, key, more', [
    ('iso', 'isos', {'name': 'Custom Linux ISO', 'url': 'https://example.com/custom.iso', 'useVirtio': True}),
    ('images', 'images', {'name': 'Custom Image', 'url': 'https://example.com/image.qcow2', 'format': 'qcow2', 'decompress': 'gzip'}),
])
def test_downloads(zy, kind, key, more):
    made = zy.ask('POST', '/' + kind, dict(more, regionId='region-456'))
    path = '/%s/%s' % (kind, made['id'])
    zy.wait(path, 'READY')
    assert [one['id'] for one in zy.ask('GET', '/' + kind, status='READY', limit=5, page=1)[key]] == [made['id']]
    zy.ask('DELETE', path)
    with pytest.raises(Failed) as gone:
        zy.ask('GET', path)
    assert gone.value.status == gone.value.body['data']['statusCode'] == 404


def test_downloads_from_this_machine(start, tmp_path):
    """With `fetch_loopback` and `allow_fetch`, files on this machine are really fetched; one that is not there fails."""
    (tmp_path / 'a.iso').write_bytes(b'x' * 4321)
    (tmp_path / 'nephos.toml').write_text('clouds = "own"\nallow_fetch = ["loopback"]\n[[cloud]]\nname = "cloudzy"\nkind = "cloudzy"\nport = 4993\npaths = { cloudzy = "/developers" }\n'
                                          '[cloud.cloudzy]\nfetch_loopback = true\n[[cloud.cloudzy.account]]\ntoken = "mine"\nbalance = 5\n')
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    running = start(tmp_path / 'log', '--config', tmp_path / 'nephos.toml')
    try:
        with serving(handler) as url:
            zy = Developers(running.url(PORT, '/developers'), 'mine')
            good, bad = (zy.ask('POST', '/iso', {'name': 'n', 'url': url + name, 'regionId': 'region-456'}) for name in ('a.iso', 'b.iso'))
            assert zy.wait('/iso/' + good['id'], 'READY')['size'] == 4321
            zy.wait('/iso/' + bad['id'], 'FAILED')
            assert zy.ask('GET', '/profile')['balance'] == '5.00'
    finally:
        assert running.stop() == []


def test_snapshots(zy):
    instance = zy.instance()
    made = zy.ask('POST', '/snapshots', {'instanceId': instance['id']})
    path = '/snapshots/' + made['id']
    zy.wait(path, 'ACTIVE')
    zy.ask('POST', path + '/restore')
    zy.wait(path, 'ACTIVE')
    zy.wait('/instances/' + instance['id'], 'active')
    assert zy.ask('GET', '/snapshots', instance_id=instance['id'], status='ACTIVE')['total'] == 1
    zy.ask('DELETE', path)
    assert zy.ask('GET', '/snapshots')['total'] == 0


def test_backups(nephos, zy):
    instance = zy.instance()['id']
    zy.ask('POST', '/backups', {'instanceId': instance, 'scheduleFrequency': 'daily', 'periodId': 30, 'scheduleWeekDays': ['Monday', 'Wednesday', 'Friday']})
    zy.wait('/backups/' + instance, 'active')
    with nephos.frozen():
        now = datetime.datetime.fromisoformat(nephos.control('GET', '/clock')['now'])
        noon = now.replace(hour=12, minute=0, second=0, microsecond=0) + datetime.timedelta(days=1)
        nephos.clock(now=noon.isoformat())        # far from the hour at which backups are made
        before = len(zy.ask('GET', '/backups/' + instance)['backupFiles'])
        nephos.clock(advance='14d')
        assert len(zy.ask('GET', '/backups/' + instance)['backupFiles']) == before + 6
    zy.ask('PUT', '/backups', {'instanceId': instance, 'scheduleFrequency': 'weekly', 'periodId': 7, 'scheduleWeekDays': ['Sunday']})
    shown = zy.ask('GET', '/backups', status='active')['backups'][0]
    assert (shown['maxFiles'], len(shown['backupFiles']), shown['scheduleFrequency']) == (1, 1, 'weekly')
    zy.ask('DELETE', '/backups/' + instance)
    assert zy.ask('GET', '/backups')['backups'] == []


def test_errors(zy, base):
    for ask, status in [(lambda: zy.ask('GET', '/instances/none'), 404), (lambda: Developers(base, 'wrong').ask('GET', '/regions'), 401)]:
        with pytest.raises(Failed) as failed:
            ask()
        assert (failed.value.status, failed.value.body['code'], failed.value.body['data']['statusCode']) == (status, 'FAILED', status)
    with pytest.raises(Failed) as wrong:
        zy.ask('POST', '/instances', {'region': 'region-456'})
    assert wrong.value.status == 422
    assert wrong.value.body == {'detail': [{'loc': ['body', 'hostnames'], 'msg': 'field required', 'type': 'value_error.missing'}]}


def test_money(nephos, zy):
    """An instance is refused until the account is topped up; then the balance falls with the clock."""
    account = '/state/cloudzy/account'
    nephos.control('PATCH', account, {'balance': 3.50})
    with pytest.raises(Failed) as refused:
        zy.instance()
    assert (refused.value.status, refused.value.body['code']) == (460, 'BALANCE_IS_NOT_SUFFICIENT')
    data = refused.value.body['data']
    assert isinstance(data['minimumRequiredBalance'], float) and data['customerBalance'] == '3.50'
    nephos.control('PATCH', account, {'top_up': data['minimumRequiredBalance']})
    zy.instance()
    with nephos.frozen():
        before = float(zy.ask('GET', '/profile')['balance'])
        nephos.clock(advance='10h')
        assert 0.6 < before - float(zy.ask('GET', '/profile')['balance']) < 0.7


def test_low_balance(nephos, zy):
    with nephos.frozen():        # the scenario tops the account up after ten minutes
        nephos.control('POST', '/scenarios/low-balance/apply')
        with pytest.raises(Failed) as refused:
            zy.instance()
        assert refused.value.status == 460
        nephos.clock(advance='10m')
    zy.instance()


def test_env_and_a_world_of_its_own(nephos, binary, zy):
    """eval "$(nephos env cloudzy --world zy)": the same client in a fork of the world."""
    nephos.control('POST', '/worlds', {'name': 'zy'})
    try:
        script = 'eval "$("$0" env cloudzy --world zy)"; echo "$CLOUDZY_API_BASE_URL $CLOUDZY_API_TOKEN"'
        out = subprocess.run(['bash', '-ec', script, binary], env=dict(os.environ, NEPHOS_URL=nephos.control_url), capture_output=True, text=True, check=True).stdout
        other = Developers(*out.split())
        other.instance()
        assert len(other.ask('GET', '/instances')['instances']) == 1 and zy.ask('GET', '/instances')['instances'] == []
    finally:
        nephos.control('DELETE', '/worlds/zy')


class Wire:
    """Requests byte for byte as the real client sends them: header names in lower case, and no header about a body where there is none."""
    def __init__(self, port):
        self.port = port

    def ask(self, method, path, body=None):
        lines = ['%s /developers%s HTTP/1.1' % (method, path), 'api-token: ' + TOKEN, 'user-agent: Zy/1.0.2', 'accept: */*', 'host: 127.0.0.1:%d' % self.port]
        sent = b'' if body is None else json.dumps(body, separators=(',', ':')).encode()
        if body is not None:
            lines[1:1] = ['content-type: application/json']
            lines.append('content-length: %d' % len(sent))
        with socket.create_connection(('127.0.0.1', self.port), timeout=20) as connection:
            connection.sendall('\r\n'.join(lines + ['', '']).encode() + sent)
            reading = connection.makefile('rb')
            status = int(reading.readline().split()[1])
            headers = {}
            while line := reading.readline().strip():
                name, value = line.decode().split(': ', 1)
                headers[name.lower()] = value
            shown = json.loads(reading.read(int(headers['content-length'])))
        assert headers['content-type'].startswith('application/json')
        return status, shown

    def read(self, method, path, body=None):
        """The data of an answer as the real client reads it: it checks the code, never the status."""
        _, shown = self.ask(method, path, body)
        assert shown['code'] in ('OKAY', 'CREATED') and isinstance(shown['detail'], str), shown
        return shown['data']


def has(thing, **kinds):
    """Every field is there and has its type: the real client silently replaces anything else by a default."""
    for name, kind in kinds.items():
        assert isinstance(thing[name], kind) and (kind is not int or not isinstance(thing[name], bool)), (name, thing[name])


NUMBER = (int, float)


def test_the_real_clients_requests(nephos, zy):
    wire = Wire(PORT + nephos.offset)
    has(wire.read('GET', '/v1/profile'), id=str, email=str)
    status, shown = wire.ask('GET', '/v1/customers')
    assert status == 404 and shown['code'] == 'FAILED'
    for region in wire.read('GET', '/v1/regions?per_page=1000'):
        has(region, id=str, name=str, abbr=str, image=str, isActive=bool, isOutOfStock=bool, overallActiveness=bool, isPremium=bool, isHidden=bool, hasOffsetPrice=bool)
        has(region['config'], supportIpv6=bool, supportRegularCpu=bool, supportHighFrequencyCpu=bool, supportMonitoring=bool, supportGpu=bool, supportCustomPlan=bool,
            ramThresholdInGB=int, ipThreshold=int, diskThreshold=int)
    for product in wire.read('GET', '/v1/products?regionId=US-New-York&per_page=1000'):
        has(product, id=str, regionId=str, planId=str, isActive=bool, isOutOfSales=bool, networkMaxRate=float, networkMaxRate95=float, discountPercent=int, overallActiveness=bool)
        has(product['plan']['specification'], cpu=int, ram=int, ramInMB=int, storage=int, bandwidthInTB=int)
        for price in product['priceItems']:
            has(price, id=str, name=str, hourlyPrice=NUMBER, monthlyPrice=NUMBER, hourlyPriceWithoutDiscount=NUMBER, monthlyPriceWithoutDiscount=NUMBER, discountPercent=int)
    for query in ('per_page=1000', 'action=CREATE&minRam=2048&onlyActives=True'):
        for system in wire.read('GET', '/v1/os?' + query)['os']:
            has(system, id=str, name=str, family=str, minRam=str, isDefault=bool, isActive=bool)
    for application in wire.read('GET', '/v1/applications')['applications']:
        has(application, id=str, name=str, price=NUMBER, pricingType=str, isActive=bool, tag=str, isExperimental=bool, osFamily=str, osList=list)
    for key in wire.read('GET', '/v1/ssh-keys?limit=100')['sshKeys']:
        has(key, id=int, name=str, publicKey=str, customerId=str)


def test_the_real_clients_instances(nephos, zy):
    wire = Wire(PORT + nephos.offset)
    system = wire.read('GET', '/v1/os?per_page=1000')['os'][0]['id']
    product = next(one['id'] for one in wire.read('GET', '/v1/products?regionId=US-New-York&per_page=1000') if one['overallActiveness'])
    made = wire.read('POST', '/v1/instances', {'hostnames': ['wire'], 'region': 'US-New-York', 'class': 'default', 'assignIpv4': True, 'assignIpv6': False, 'osId': system,
                                               'floatingIPCount': 0, 'sshKeyIds': [101], 'productId': product})
    path = '/v1/instances/' + made['instances'][0]['id']
    zy.wait(path[3:], 'active')
    has(wire.read('GET', path), id=str, hostname=str, vcpuCount=int, ram=int, disk=int, insertedAt=str, osId=str, os=dict, region=str, userId=str, status=str, mainIp=str, productId=str,
        networkStatus=str, discountPercent=int, attachIso=bool, extraResource=dict, isDdosProtected=bool, customerNote=str, adminNote=str, features=list, **{'class': str})
    for action, status in (('poweroff', 'shutdown'), ('poweron', 'active'), ('reset', 'active')):
        wire.read('POST', '%s/%s' % (path, action))
        zy.wait(path[3:], status)
    has(wire.read('POST', path + '/change-pass'), password=str)
    wire.read('POST', path + '/change-os', {'osId': system})
    zy.wait(path[3:], 'active')
    wire.read('POST', path + '/resize', {'type': 'FIXED', 'productId': product, 'extraResource': {'diskInGB': 10, 'bandwidthInTB': 1}})
    zy.wait(path[3:], 70, 'disk')
    wire.read('POST', path + '/resize', {'type': 'CUSTOM', 'extraResource': {'cpu': 4, 'ramInGB': 8, 'diskInGB': 80, 'bandwidthInTB': 5}, 'regionId': 'US-New-York'})
    zy.wait(path[3:], 80, 'disk')
    wire.read('POST', path + '/add-traffic', {'amount': 50.0})
    snapshot = wire.read('POST', '/v1/snapshots', {'instanceId': path[14:]})['id']
    zy.wait('/snapshots/' + snapshot, 'ACTIVE')
    assert wire.read('GET', '/v1/snapshots?page=1&per_page=20&instanceId=' + path[14:])['total'] == 1
    wire.read('POST', '/v1/snapshots/%s/restore' % snapshot)
    zy.wait('/snapshots/' + snapshot, 'ACTIVE')
    wire.read('DELETE', '/v1/snapshots/' + snapshot)
    wire.read('POST', '/v1/backups', {'instanceId': path[14:], 'scheduleFrequency': 'daily', 'periodId': 7})
    for backup in wire.read('GET', '/v1/backups')['backups']:
        has(backup, instanceId=str, status=str, scheduleFrequency=str, monthlyPrice=NUMBER, maxFiles=int)
    wire.read('DELETE', '/v1/backups/' + path[14:])
    ip = wire.read('POST', '/v1/floating-ips', {'regionId': 'US-New-York', 'count': 1})['floatingIps'][0]
    has(ip, id=str, ipAddress=str, ip=str, regionId=str, autoRenew=bool)
    wire.read('PATCH', '/v1/floating-ips/' + ip['id'], {'autoRenew': False, 'customerNote': 'note'})
    assert wire.read('GET', '/v1/floating-ips?page=1&per_page=20')['total'] == 1
    wire.read('POST', '/v1/floating-ips/%s/release' % ip['id'])
    for kind, key, body in (('iso', 'isos', {'useVirtio': True}), ('images', 'images', {'format': 'qcow2'})):
        made = wire.read('POST', '/v1/' + kind, dict({'name': 'n', 'url': 'https://example.com/f', 'regionId': 'US-New-York'}, **body))
        assert wire.read('GET', '/v1/%s?page=1&per_page=20' % kind)[key][0]['id'] == made['id']
        zy.wait('/%s/%s' % (kind, made['id']), 'READY')
        wire.read('DELETE', '/v1/%s/%s' % (kind, made['id']))
    wire.read('DELETE', path)
    assert wire.read('GET', '/v1/instances?limit=100')['instances'] == []
