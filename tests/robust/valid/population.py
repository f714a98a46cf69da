"""One of everything in a world of its own: what valid requests refer to. The ids come from the seed, so they are the same in every run."""
import requests

from clients import OPENSTACKID, PORTS, SIGMA, SIGMA_LOGIN, ZY, password  # noqa: F401 - the ports are part of what this module offers

NEWEST = {'nova': 'compute 2.95', 'cinder': 'volume latest', 'placement': 'placement latest'}
ZY_HEADERS = {'API-Token': 'nephos'}


class World:
    """The clouds of one world: requests to any service as any user."""
    def __init__(self, nephos, name):
        self.nephos, self.name, self.tokens = nephos, name, {}
        self.transcript = None        # a list keeps what was asked and answered
        self.session = requests.Session()
        self.session.trust_env = False
        self.base = '%s/worlds/%s' % (nephos.control_url, name)

    def control(self, method, path, body=None):
        return self.session.request(method, self.base + path, json=body, timeout=60)

    def fork(self, name):
        """Another world that begins as this one is, with the same tokens."""
        made = self.session.post(self.base + '/worlds', json={'name': name}, timeout=60)
        assert made.status_code == 201, made.text
        forked = World(self.nephos, name)
        forked.tokens, forked.session = self.tokens, self.session
        return forked

    def delete(self):
        self.session.delete('%s/worlds/%s' % (self.nephos.control_url, self.name), timeout=60)

    def login(self, user):
        if user not in self.tokens:
            answer = self.session.post(self.base + '/gozunga/keystone/v3/auth/tokens', json=password(user, user), timeout=60)
            assert answer.status_code == 201, answer.text
            self.tokens[user] = answer.headers['X-Subject-Token'], answer.json()['token']
        return self.tokens[user]

    def send(self, service, method, path, user='admin', body=None, data=None, headers=(), version=None):
        """Sends a request to a service of OpenStack, or to another cloud as its only account."""
        headers, options = dict(headers), {}
        if service in PORTS:
            cloud = 'gozunga'
            if user:
                headers.setdefault('X-Auth-Token', self.login(user)[0])
            if version:
                headers.setdefault('OpenStack-API-Version', version)
        elif service == 'cloudsigma':
            cloud, options = service, {'auth': SIGMA_LOGIN}
        elif service == 'cloudzy':
            cloud = service
            headers = {**ZY_HEADERS, **headers}
        else:
            cloud = 'openstackid'
            if service == 'marketplace' and self.tokens.get('marketplace'):
                headers.setdefault('Authorization', 'Bearer ' + self.tokens['marketplace'])
            elif service == 'identity':
                options = {'auth': ('nephos', 'nephos')}
        url = '%s/%s/%s%s' % (self.base, cloud, service, path)
        answer = self.session.request(method, url, json=body, data=data, headers=headers, allow_redirects=False, timeout=60, **options)
        if self.transcript is not None:
            shown = sorted((name, value) for name, value in answer.headers.items() if name.lower() != 'date')
            self.transcript.append((method, url, answer.status_code, shown, answer.content))
        return answer

    def rows(self, service, table):
        cloud = 'gozunga' if service in PORTS else 'openstackid' if service in ('identity', 'marketplace') else service
        return self.control('GET', '/state/%s/%s/%s' % (cloud, service, table)).json()[table]

    def passes(self, time='1s'):
        assert self.control('PATCH', '/clock', {'advance': time}).status_code == 200


def made(world, service, path, body, method='POST', version=None, user='admin'):
    """Makes something that must be made and waits for it; the object that the answer has."""
    answer = world.send(service, method, path, user=user, body=body, version=version or NEWEST.get(service))
    assert answer.status_code < 300, '%s %s: %s' % (path, body, answer.text)
    world.passes()
    value = answer.json() if answer.content else {}
    return value if 'id' in value else next((v for v in value.values() if isinstance(v, dict)), value)


def populate(world):
    """What every cloud has when the requests begin."""
    world.control('PATCH', '/clock', {'frozen': True})
    project = world.login('admin')[1]['project']['id']
    world.login('demo')
    service_user(world)
    blocks(world, project)
    network = networks(world, project)
    servers(world, network)
    images(world, project)
    identities(world, project)
    placements(world)
    sigma(world)
    zy(world)
    marketplace(world)


def service_user(world):
    """The user `robot`, who is what services log in as: some policies are for it alone."""
    roles = {r['name']: r['id'] for r in world.send('keystone', 'GET', '/v3/roles').json()['roles']}
    project = made(world, 'keystone', '/v3/projects', {'project': {'name': 'robot', 'domain_id': 'default'}})['id']
    user = made(world, 'keystone', '/v3/users', {'user': {'name': 'robot', 'password': 'nephos', 'domain_id': 'default'}})['id']
    for role in ('admin', 'service', 'member'):
        answer = world.send('keystone', 'PUT', '/v3/projects/%s/users/%s/roles/%s' % (project, user, roles[role]))
        assert answer.status_code == 204, answer.text
    world.login('robot')


def blocks(world, project):
    def cinder(path, body, method='POST'):
        return made(world, 'cinder', '/v3/%s%s' % (project, path), body, method)

    def volume(name, **fields):
        return cinder('/volumes', {'volume': {'size': 1, 'name': name, 'metadata': {'key1': 'value1'}, **fields}})['id']
    limits = dict.fromkeys(('volumes', 'gigabytes', 'snapshots', 'backups', 'backup_gigabytes', 'groups'), 1000)
    world.send('cinder', 'PUT', '/v3/%s/os-quota-sets/%s' % (project, project), body={'quota_set': limits})
    one = volume('one')
    snapshot = cinder('/snapshots', {'snapshot': {'volume_id': one, 'name': 'one', 'metadata': {'key1': 'value1'}}})['id']
    cinder('/snapshots', {'snapshot': {'volume_id': one, 'name': 'latest'}})
    volume('from-snapshot', size=2, snapshot_id=snapshot)
    cinder('/backups', {'backup': {'volume_id': one, 'name': 'one'}})
    kind = cinder('/types', {'volume_type': {'name': 'kind', 'os-volume-type-access:is_public': False, 'extra_specs': {'note:key1': 'value1'}}})['id']
    cinder('/types', {'volume_type': {'name': 'public-kind', 'extra_specs': {'note:key1': 'value1'}}})
    spare = cinder('/types', {'volume_type': {'name': 'spare-kind'}})['id']
    cinder('/types/%s/encryption' % spare, {'encryption': {'provider': 'luks', 'control_location': 'front-end'}})
    world.send('cinder', 'POST', '/v3/%s/types/%s/action' % (project, kind), body={'addProjectAccess': {'project': project}})
    world.send('cinder', 'PUT', '/v3/%s/default-types/%s' % (project, project), body={'default_type': {'volume_type': kind}}, version='volume latest')
    qos = cinder('/qos-specs', {'qos_specs': {'name': 'fast', 'consumer': 'back-end', 'key1': 'value1'}})['id']
    world.send('cinder', 'GET', '/v3/%s/qos-specs/%s/associate?vol_type_id=%s' % (project, qos, kind))
    group_type = cinder('/group_types', {'group_type': {'name': 'group-kind', 'group_specs': {'key1': 'value1'}}})['id']
    cinder('/group_types', {'group_type': {'name': 'other-group-kind'}})
    group = cinder('/groups', {'group': {'name': 'g', 'group_type': group_type, 'volume_types': [kind]}})['id']
    cinder('/groups', {'group': {'name': 'h', 'group_type': group_type, 'volume_types': [kind]}})
    volume('grouped', group_id=group, volume_type=kind)
    cinder('/group_snapshots', {'group_snapshot': {'group_id': group, 'name': 'gs'}})
    cinder('/volume-transfers', {'transfer': {'volume_id': volume('given'), 'name': 't'}})
    volume('lone')
    image = next(i['id'] for i in world.send('glance', 'GET', '/v2/images').json()['images'] if i['name'] == 'cirros')
    volume('from-image', imageRef=image)
    unused = cinder('/types', {'volume_type': {'name': 'unused-kind'}})['id']
    cinder('/types/%s/encryption' % unused, {'encryption': {'provider': 'luks', 'control_location': 'front-end'}})
    attached = volume('reserved')
    cinder('/attachments', {'attachment': {'volume_uuid': attached}})
    for status in ('reserved', 'in-use', 'detaching', 'error', 'extending', 'attaching'):
        name = volume('is-' + status)
        world.send('cinder', 'POST', '/v3/%s/volumes/%s/action' % (project, name), body={'os-reset_status': {'status': status}})
    creating = cinder('/snapshots', {'snapshot': {'volume_id': volume('snapped'), 'name': 'creating'}})['id']
    world.send('cinder', 'POST', '/v3/%s/snapshots/%s/action' % (project, creating), body={'os-reset_status': {'status': 'creating'}})
    consistent = cinder('/group_types', {'group_type': {'name': 'consistent', 'group_specs': {'consistent_group_snapshot_enabled': '<is> True'}}})['id']
    group = cinder('/groups', {'group': {'name': 'consistent', 'group_type': consistent, 'volume_types': [kind]}})['id']
    volume('consistent', group_id=group, volume_type=kind)
    # A message: no backend has room for it.
    world.send('cinder', 'POST', '/v3/%s/volumes' % project, body={'volume': {'size': 1, 'availability_zone': 'nova', 'metadata': {}, 'volume_type': spare}})
    world.passes()


def networks(world, project):
    def neutron(path, body, method='POST', user='admin'):
        return made(world, 'neutron', '/v2.0' + path, body, method, user=user)
    world.send('neutron', 'PUT', '/v2.0/quotas/' + project, body={'quota': dict.fromkeys(('network', 'subnet', 'port', 'router', 'floatingip'), 1000)})
    public = next(n['id'] for n in world.send('neutron', 'GET', '/v2.0/networks').json()['networks'] if n['name'] == 'public')
    network = neutron('/networks', {'network': {'name': 'own'}})['id']
    empty = neutron('/networks', {'network': {'name': 'empty'}})['id']
    scope = neutron('/address-scopes', {'address_scope': {'name': 'scope', 'ip_version': 4}})['id']
    neutron('/subnetpools', {'subnetpool': {'name': 'pool', 'prefixes': ['10.9.0.0/16'], 'default_prefixlen': 24, 'address_scope_id': scope}})
    neutron('/subnetpools', {'subnetpool': {'name': 'free', 'prefixes': ['10.8.0.0/16']}})
    subnet = neutron('/subnets', {'subnet': {'network_id': network, 'ip_version': 4, 'cidr': '10.5.0.0/24'}})['id']
    neutron('/subnets', {'subnet': {'network_id': empty, 'ip_version': 4, 'cidr': '10.6.0.0/24'}})
    neutron('/networks', {'network': {'name': 'lone'}})
    neutron('/address-scopes', {'address_scope': {'name': 'free', 'ip_version': 4}})
    neutron('/subnetpools', {'subnetpool': {'name': 'wide', 'prefixes': ['10.200.0.0/16']}})
    neutron('/segments', {'segment': {'network_id': empty, 'network_type': 'vxlan', 'segmentation_id': 555, 'name': 'free'}})
    neutron('/network_segment_ranges', {'network_segment_range': {
        'name': 'range', 'network_type': 'vlan', 'physical_network': 'physical8', 'minimum': 100, 'maximum': 200, 'shared': True}})
    joined = neutron('/subnets', {'subnet': {'network_id': empty, 'ip_version': 4, 'cidr': '10.7.0.0/24', 'name': 'joined'}})['id']
    scope_six = neutron('/address-scopes', {'address_scope': {'name': 'six', 'ip_version': 6}})['id']
    pool_six = neutron('/subnetpools', {'subnetpool': {'name': 'six', 'prefixes': ['fd00:60::/48'], 'default_prefixlen': 64, 'address_scope_id': scope_six}})['id']
    public_six = neutron('/networks', {'network': {'name': 'six-public', 'router:external': True}})['id']
    network_six = neutron('/networks', {'network': {'name': 'six'}})['id']
    _, six = (neutron('/subnets', {'subnet': {'network_id': net, 'ip_version': 6, 'subnetpool_id': pool_six}})['id'] for net in (public_six, network_six))
    for name, fields, inside in (('joined', {}, joined), ('gated', {'external_gateway_info': {'network_id': public}}, None),
                                 ('six', {'external_gateway_info': {'network_id': public_six}, 'enable_ndp_proxy': True}, six)):
        made_router = neutron('/routers', {'router': {'name': name, **fields}})['id']
        if inside:
            neutron('/routers/%s/add_router_interface' % made_router, {'subnet_id': inside}, 'PUT')
    for name in ('six', 'proxied'):
        port_six = neutron('/ports', {'port': {'network_id': network_six, 'name': name}})['id']
    neutron('/ndp_proxies', {'ndp_proxy': {'router_id': made_router, 'port_id': port_six}})
    router = neutron('/routers', {'router': {'name': 'own', 'external_gateway_info': {'network_id': public}}})['id']
    neutron('/routers', {'router': {'name': 'lone'}})
    neutron('/routers/%s/add_router_interface' % router, {'subnet_id': subnet}, 'PUT')
    neutron('/routers/%s/conntrack_helpers' % router, {'conntrack_helper': {'helper': 'tftp', 'protocol': 'udp', 'port': 69}})
    port = neutron('/ports', {'port': {'network_id': network, 'name': 'lone'}})
    neutron('/ports', {'port': {'network_id': network, 'name': 'bound', 'device_owner': 'compute:nova', 'device_id': 'x', 'binding:host_id': 'compute1'}})
    twice = neutron('/ports', {'port': {'network_id': network, 'name': 'twice-bound', 'device_owner': 'compute:nova', 'device_id': 'y', 'binding:host_id': 'compute1'}})['id']
    neutron('/ports/%s/bindings' % twice, {'binding': {'host': 'compute2'}}, user='robot')
    neutron('/floatingips', {'floatingip': {'floating_network_id': public, 'port_id': port['id']}})
    forwarding, inside = neutron('/floatingips', {'floatingip': {'floating_network_id': public}})['id'], neutron('/ports', {'port': {'network_id': network}})
    neutron('/floatingips/%s/port_forwardings' % forwarding, {'port_forwarding': {
        'internal_port_id': inside['id'], 'internal_ip_address': inside['fixed_ips'][0]['ip_address'], 'internal_port': 80, 'external_port': 8080, 'protocol': 'tcp'}})
    group = neutron('/security-groups', {'security_group': {'name': 'web'}})['id']
    neutron('/security-group-rules', {'security_group_rule': {'security_group_id': group, 'direction': 'ingress', 'protocol': 'tcp', 'port_range_min': 22, 'port_range_max': 22}})
    policy = neutron('/qos/policies', {'policy': {'name': 'gold'}})['id']
    for rule, fields in (('bandwidth_limit', {'max_kbps': 1000}), ('dscp_marking', {'dscp_mark': 10}), ('minimum_bandwidth', {'min_kbps': 100}),
                         ('minimum_packet_rate', {'min_kpps': 100}), ('packet_rate_limit', {'max_kpps': 1000})):
        neutron('/qos/policies/%s/%s_rules' % (policy, rule), {rule + '_rule': fields})
    neutron('/rbac-policies', {'rbac_policy': {'object_type': 'network', 'object_id': network, 'action': 'access_as_shared', 'target_tenant': project}})
    parent, child = (neutron('/ports', {'port': {'network_id': network, 'name': name}})['id'] for name in ('parent', 'child'))
    trunk = neutron('/trunks', {'trunk': {'port_id': parent, 'name': 'trunk'}})['id']
    neutron('/trunks/%s/add_subports' % trunk, {'sub_ports': [{'port_id': child, 'segmentation_type': 'vlan', 'segmentation_id': 7}]}, 'PUT')
    neutron('/address-groups', {'address_group': {'name': 'all', 'addresses': ['10.0.0.0/8']}})
    label = neutron('/metering/metering-labels', {'metering_label': {'name': 'metered'}})['id']
    neutron('/metering/metering-label-rules', {'metering_label_rule': {'metering_label_id': label, 'remote_ip_prefix': '10.0.0.0/8', 'direction': 'ingress'}})
    neutron('/local-ips', {'local_ip': {'network_id': network, 'name': 'free'}})
    local = neutron('/local-ips', {'local_ip': {'network_id': network}})['id']
    neutron('/local_ips/%s/port_associations' % local, {'port_association': {'fixed_port_id': port['id']}})
    neutron('/service_profiles', {'service_profile': {'description': 'free', 'metainfo': '{}', 'driver': ''}})
    neutron('/qos/policies', {'policy': {'name': 'bare'}})
    profile = neutron('/service_profiles', {'service_profile': {'description': 'p', 'metainfo': '{}', 'driver': ''}})['id']
    flavor = neutron('/flavors', {'flavor': {'name': 'f', 'service_type': 'L3_ROUTER_NAT'}})['id']
    neutron('/flavors/%s/service_profiles' % flavor, {'service_profile': {'id': profile}})
    neutron('/log/logs', {'log': {'name': 'l', 'resource_type': 'security_group', 'enabled': True}})
    neutron('/security-groups-default-statefulness', {'security_groups_default_statefulness': {'project_id': project, 'stateful': True}})
    ranges = world.rows('neutron', 'segment_ranges')[-1]['id']
    pool = world.rows('neutron', 'subnet_pools')[-1]['id']
    for kind, name in (('floatingips', forwarding), ('network_segment_ranges', ranges), ('subnetpools', pool), ('networks', network), ('subnets', subnet), ('routers', router), ('ports', port['id']), ('security-groups', group), ('policies', policy), ('trunks', trunk)):
        world.send('neutron', 'PUT', '/v2.0/%s/%s/tags' % (kind, name), body={'tags': ['tag1']})
    return network


def servers(world, network):
    def nova(path, body, version=None):
        return made(world, 'nova', '/v2.1' + path, body, version=version)
    nova('/os-keypairs', {'keypair': {'name': 'key'}}, 'compute 2.90')
    nova('/os-server-groups', {'server_group': {'name': 'apart', 'policy': 'soft-anti-affinity'}})
    rack = nova('/os-aggregates', {'aggregate': {'name': 'rack', 'availability_zone': 'zone'}})['id']
    nova('/os-aggregates', {'aggregate': {'name': 'empty'}})
    own = nova('/flavors', {'flavor': {'name': 'own', 'ram': 64, 'vcpus': 1, 'disk': 1, 'os-flavor-access:is_public': False}})['id']
    nova('/flavors/%s/os-extra_specs' % own, {'extra_specs': {'hw:cpu_policy': 'shared'}})
    project = world.login('admin')[1]['project']['id']
    world.send('nova', 'POST', '/v2.1/flavors/%s/action' % own, body={'addTenantAccess': {'tenant': project}})
    world.send('nova', 'PUT', '/v2.1/os-quota-sets/' + project, body={'quota_set': {'instances': 100, 'cores': 400, 'ram': 999999}})
    flavors = {f['name']: f['id'] for f in world.send('nova', 'GET', '/v2.1/flavors').json()['flavors']}
    image = next(i['id'] for i in world.send('glance', 'GET', '/v2/images').json()['images'] if i['name'] == 'cirros')
    server = {'flavorRef': flavors['m1.tiny'], 'imageRef': image, 'metadata': {'key1': 'value1'}, 'tags': ['tag1'], 'networks': [{'uuid': network}]}
    states = {'active': [], 'stopped': ['os-stop'], 'paused': ['pause'], 'suspended': ['suspend'], 'shelved': ['shelve'], 'rescued': ['rescue'],
              'locked': ['lock'], 'deleted': ['forceDelete-later'], 'resized': [{'resize': {'flavorRef': flavors['m1.small']}}], 'second': [], 'third': []}
    for name, actions in states.items():
        ident = nova('/servers', {'server': {**server, 'name': name}}, 'compute 2.95')['id']
        for action in actions:
            body = action if isinstance(action, dict) else {action: None}
            if action != 'forceDelete-later':
                answer = world.send('nova', 'POST', '/v2.1/servers/%s/action' % ident, body=body, version='compute 2.95')
                assert answer.status_code < 300, answer.text
                world.passes()
    first = world.send('nova', 'GET', '/v2.1/servers?name=^active$').json()['servers'][0]['id']
    volume = made(world, 'cinder', '/v3/%s/volumes' % project, {'volume': {'size': 1, 'name': 'attached'}})['id']
    nova('/servers/%s/os-volume_attachments' % first, {'volumeAttachment': {'volumeId': volume}})
    world.send('nova', 'POST', '/v2.1/servers/%s/action' % first, body={'os-getVNCConsole': {'type': 'novnc'}})
    # States that no client can bring about here.
    for name, state in (('second', 'soft-delete'), ('third', 'shelved')):
        ident = world.send('nova', 'GET', '/v2.1/servers?name=^%s$' % name).json()['servers'][0]['id']
        answer = world.control('PATCH', '/state/gozunga/nova/servers/' + ident, {'vm_state': state})
        assert answer.status_code == 200, answer.text
    public = next(n['id'] for n in world.send('neutron', 'GET', '/v2.0/networks').json()['networks'] if n['name'] == 'public')
    port = world.send('neutron', 'GET', '/v2.0/ports?device_id=' + first).json()['ports'][0]['id']
    for name, fields in (('of-server', {'port_id': port}), ('free', {})):
        made(world, 'neutron', '/v2.0/floatingips', {'floatingip': {'floating_network_id': public, 'description': name, **fields}})
    host = world.send('nova', 'GET', '/v2.1/servers/' + first).json()['server']['OS-EXT-SRV-ATTR:host']
    other = next(h['host_name'] for h in world.send('nova', 'GET', '/v2.1/os-hosts').json()['hosts'] if h['service'] == 'compute' and h['host_name'] != host)
    world.send('nova', 'POST', '/v2.1/os-aggregates/%s/action' % rack, body={'add_host': {'host': other}})


def images(world, project):
    def glance(path, body, method='POST'):
        return made(world, 'glance', '/v2' + path, body, method)
    shared = glance('/images', {'name': 'own', 'disk_format': 'raw', 'container_format': 'bare', 'tags': ['tag1'], 'visibility': 'shared', 'key1': 'value1'})['id']
    glance('/images', {'name': 'queued', 'disk_format': 'raw', 'container_format': 'bare'})
    staged = glance('/images', {'name': 'staged', 'disk_format': 'raw', 'container_format': 'bare'})['id']
    world.send('glance', 'PUT', '/v2/images/%s/stage' % staged, data=b'bytes', headers={'Content-Type': 'application/octet-stream'})
    world.send('glance', 'PUT', '/v2/images/%s/file' % shared, data=b'bytes', headers={'Content-Type': 'application/octet-stream'})
    glance('/images/%s/members' % shared, {'member': world.login('demo')[1]['project']['id']})
    world.send('glance', 'PUT', '/v2/cache/' + shared)
    glance('/tasks', {'type': 'import', 'input': {'import_from': 'http://127.0.0.1/x', 'import_from_format': 'raw', 'image_properties': {}}})
    glance('/metadefs/namespaces', {'namespace': 'Own::Space', 'visibility': 'public', 'display_name': 'own'})
    glance('/metadefs/namespaces/Own::Space/objects', {'name': 'thing'})
    glance('/metadefs/namespaces/Own::Space/properties', {'name': 'prop', 'title': 'p', 'type': 'string'})
    world.send('glance', 'POST', '/v2/metadefs/namespaces/Own::Space/tags/label')
    glance('/metadefs/namespaces/Own::Space/resource_types', {'name': 'OS::Own::Type'})


def identities(world, project):
    def keystone(path, body, method='POST'):
        return made(world, 'keystone', '/v3' + path, body, method)
    domain = keystone('/domains', {'domain': {'name': 'own'}})['id']
    keystone('/domains', {'domain': {'name': 'disabled', 'enabled': False}})
    own = keystone('/projects', {'project': {'name': 'own', 'tags': ['tag1']}})['id']
    user = keystone('/users', {'user': {'name': 'own', 'password': 'nephos', 'domain_id': 'default', 'default_project_id': own}})['id']
    group = keystone('/groups', {'group': {'name': 'own', 'domain_id': 'default'}})['id']
    role, other = keystone('/roles', {'role': {'name': 'own'}})['id'], keystone('/roles', {'role': {'name': 'other'}})['id']
    for path in ('/groups/%s/users/%s' % (group, user), '/roles/%s/implies/%s' % (role, other)):
        world.send('keystone', 'PUT', '/v3' + path)
    for kind, actor in (('users', user), ('groups', group)):
        for target in ('/projects/' + own, '/domains/' + domain, '/system', '/OS-INHERIT/domains/' + domain, '/OS-INHERIT/projects/' + own):
            tail = '/inherited_to_projects' if 'INHERIT' in target else ''
            world.send('keystone', 'PUT', '/v3%s/%s/%s/roles/%s%s' % (target, kind, actor, role, tail))
    world.send('keystone', 'PUT', '/v3/domains/%s/config' % domain, body={'config': {'ldap': {'url': 'ldap://x', 'user_tree_dn': 'x'}, 'identity': {'driver': 'ldap'}}})
    admin = world.login('admin')[1]['user']['id']
    keystone('/users/%s/credentials/OS-EC2' % admin, {'tenant_id': project})
    keystone('/credentials', {'credential': {'type': 'cert', 'blob': 'x', 'user_id': admin, 'project_id': project}})
    rule = {'path': '/v2.1/servers', 'method': 'GET', 'service': 'compute'}
    for name, rules in (('ruled', [rule]), ('free', [{**rule, 'path': '/v2.1/flavors'}])):
        made_credential = keystone('/users/%s/application_credentials' % admin, {'application_credential': {'name': name, 'access_rules': rules}})['id']
    world.send('keystone', 'DELETE', '/v3/users/%s/application_credentials/%s' % (admin, made_credential))        # its rule stays
    keystone('/OS-TRUST/trusts', {'trust': {'trustor_user_id': admin, 'trustee_user_id': user, 'project_id': project, 'impersonation': False, 'roles': [{'name': 'member'}]}})
    keystone('/policies', {'policy': {'type': 'application/json', 'blob': '{}'}})
    service = next(s['id'] for s in world.send('keystone', 'GET', '/v3/services').json()['services'] if s['type'] == 'compute')
    keystone('/registered_limits', {'registered_limits': [{'service_id': service, 'resource_name': 'things', 'default_limit': 10}]})
    keystone('/registered_limits', {'registered_limits': [{'service_id': service, 'resource_name': 'lone', 'default_limit': 10}]})
    keystone('/limits', {'limits': [{'service_id': service, 'resource_name': 'things', 'resource_limit': 5, 'project_id': own}]})
    keystone('/regions', {'region': {'id': 'lone-region'}})


def placements(world):
    made(world, 'placement', '/resource_providers', {'name': 'nested', 'uuid': '6a1d0000-0000-4000-8000-000000000001'})
    stocked = '22222222-2222-4222-8222-222222222222'
    made(world, 'placement', '/resource_providers', {'name': 'stocked', 'uuid': stocked})
    world.send('placement', 'PUT', '/resource_providers/%s/inventories' % stocked, version='placement 1.39',
               body={'inventories': {'VCPU': {'total': 8}}, 'resource_provider_generation': 0})
    world.send('placement', 'PUT', '/resource_classes/CUSTOM_ONE', version='placement 1.7')
    world.send('placement', 'PUT', '/traits/CUSTOM_TRAIT', version='placement 1.39')


def sigma(world):
    def post(path, data=''):
        answer = world.send('cloudsigma', 'POST', path, data=data)
        assert answer.status_code < 300, '%s: %s' % (path, answer.text)
        world.passes()
        return answer.text

    def word(key, text):
        return next(line.split()[1] for line in text.splitlines() if line.startswith(key + ' '))
    assert world.control('PATCH', '/state/cloudsigma/balance', 10**6).status_code == 200
    for name, start in (('stopped', False), ('running', True)):
        drive = word('drive', post('/drives/create', 'name %s\nsize 1G\n' % name))
        server = word('server', post('/servers/create', 'name %s\ncpu 2000\nmem 1024\nide:0:0 %s\nboot ide:0:0\nnic:0:dhcp auto\n' % (name, drive)))
        if start:
            world.send('cloudsigma', 'GET', '/servers/%s/start' % server)
    post('/drives/create', 'name free\nsize 1G\n')
    post('/resources/vlan/create', 'name v\n')
    post('/resources/ip/create')
    post('/subscriptions/network/ip/create', 'quantity 1\nstart_time 2030-03-22 00:00\n')
    post('/servergroups/create', 'name g\nservers %s\n' % server)
    world.passes()


def zy(world):
    def post(path, body):
        answer = world.send('cloudzy', 'POST', '/v1' + path, body=body)
        assert answer.status_code < 300, '%s: %s' % (path, answer.text)
        world.passes()
        return answer.json()['data']
    assert world.control('PATCH', '/state/cloudzy/balance', 100_000).status_code == 200
    for name in ('web', 'second', 'third'):
        post('/instances', {'hostnames': [name], 'region': 'US-New-York', 'productId': 'fixed-plan-123', 'assignIpv4': True, 'osId': 'ubuntu-22.04'})
    instance = world.rows('cloudzy', 'instances')
    world.send('cloudzy', 'POST', '/v1/instances/%s/poweroff' % instance[1]['id'])
    world.passes()
    post('/floating-ips', {'regionId': 'US-New-York', 'count': 1})
    post('/snapshots', {'instanceId': instance[0]['id']})
    post('/backups', {'instanceId': instance[0]['id'], 'scheduleFrequency': 'daily', 'periodId': 7})
    post('/iso', {'name': 'n', 'url': 'http://127.0.0.1:1/x.iso', 'regionId': 'US-New-York'})
    post('/images', {'name': 'n', 'url': 'http://127.0.0.1:1/x.qcow2', 'regionId': 'US-New-York'})
    world.passes()


def marketplace(world):
    answer = world.send('identity', 'POST', '/oauth2/token', data={'grant_type': 'client_credentials', 'scope': scopes(world)})
    assert answer.status_code == 200, answer.text
    world.tokens['marketplace'] = answer.json()['access_token']


def scopes(world):
    clouds = world.control('GET', '/clouds').json()['clouds']
    return ' '.join(next(c for c in clouds if c['name'] == 'openstackid')['scopes'])
