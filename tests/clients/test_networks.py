"""Neutron by the openstack command line: networks, ports, routers, floating IPs, security groups, QoS, trunks, quotas."""
import ipaddress
import itertools

import pytest

BLOCKS = itertools.count(1)


@pytest.fixture
def network(demo, name):
    """A network of the project demo with a subnet: the ids of both, and the range of addresses."""
    made = demo.json('network create ' + name('network'))
    cidr = '10.200.%d.0/24' % next(BLOCKS)
    subnet = demo.json('subnet create --network %s --subnet-range %s %s' % (made['id'], cidr, name('subnet')))
    yield made['id'], subnet['id'], ipaddress.ip_network(cidr)
    for row in demo.json('port list --network ' + made['id']):
        demo('port delete ' + row['ID'])
    demo('network delete ' + made['id'])


def test_networks(demo, admin, name):
    n = name('network')
    made = demo.json('network create --description d --mtu 1400 ' + n)
    assert (made['name'], made['status'], made['mtu'], made['admin_state_up'], made['router:external']) == (n, 'ACTIVE', 1400, True, False)
    demo('network set --name %s --disable --tag t %s' % (r := name('renamed'), n))
    shown = demo.json('network show ' + r)
    assert (shown['id'], shown['admin_state_up'], shown['tags']) == (made['id'], False, ['t'])
    assert demo.names('network list --tags t') == [r]
    demo('network unset --tag t ' + r)
    assert admin.json('network show ' + made['id'])['provider:network_type']
    assert 'public' in demo.names('network list --external')
    demo('network delete ' + r)
    assert 'No Network found' in demo.refuses('network show ' + r)


def test_subnets(demo, network):
    net, subnet, block = network
    shown = demo.json('subnet show ' + subnet)
    assert (shown['cidr'], shown['gateway_ip'], shown['ip_version'], shown['enable_dhcp']) == (str(block), str(block[1]), 4, True)
    assert shown['allocation_pools'] == [{'start': str(block[2]), 'end': str(block[-2])}]
    demo('subnet set --name other --dns-nameserver 192.0.2.53 --host-route destination=192.0.2.0/24,gateway=%s %s' % (block[9], subnet))
    shown = demo.json('subnet show ' + subnet)
    assert shown['dns_nameservers'] == ['192.0.2.53'] and shown['host_routes'] == [{'destination': '192.0.2.0/24', 'nexthop': str(block[9])}]
    demo('subnet unset --dns-nameserver 192.0.2.53 ' + subnet)
    six = demo.json('subnet create --network %s --ip-version 6 --ipv6-ra-mode slaac --ipv6-address-mode slaac --subnet-range 2001:db8:77::/64 six' % net)
    assert six['ipv6_address_mode'] == 'slaac'
    assert len(demo.json('subnet list --network ' + net)) == 2
    assert 'overlaps' in demo.refuses('subnet create --network %s --subnet-range %s again' % (net, block))
    demo('subnet delete ' + six['id'])


def test_subnet_pools_and_scopes(demo, name):
    scope = demo.json('address scope create --ip-version 4 ' + (s := name('scope')))
    demo('address scope set --name %s %s' % (r := name('scope'), s))
    assert demo.json('address scope show ' + r)['id'] == scope['id'] and r in demo.names('address scope list')
    p = name('pool')
    pool = demo.json('subnet pool create --pool-prefix 10.210.0.0/16 --default-prefix-length 26 --address-scope %s %s' % (r, p))
    assert (str(pool['default_prefixlen']), pool['prefixes']) == ('26', ['10.210.0.0/16'])
    demo('subnet pool set --default-prefix-length 28 ' + p)
    net = demo.json('network create ' + name('network'))['id']
    made = demo.json('subnet create --network %s --subnet-pool %s pooled' % (net, p))
    assert made['cidr'] == '10.210.0.0/28' and made['subnetpool_id'] == pool['id']
    assert 'has existing allocations' in demo.refuses('subnet pool delete ' + p)
    demo('network delete ' + net)
    assert demo.json('subnet pool show ' + p)['default_prefixlen'] in (28, '28') and p in demo.names('subnet pool list')
    demo('subnet pool delete ' + p)
    demo('address scope delete ' + r)


def test_ports(demo, network, name):
    net, subnet, block = network
    made = demo.json('port create --network %s --fixed-ip subnet=%s,ip-address=%s %s' % (net, subnet, block[7], p := name('port')))
    assert made['status'] == 'DOWN' and made['fixed_ips'] == [{'subnet_id': subnet, 'ip_address': str(block[7])}] and made['mac_address'].startswith('fa:16:3e')
    demo('port set --name other --device-owner test:owner --allowed-address ip-address=%s %s' % (block[8], p))
    shown = demo.json('port show ' + made['id'])
    assert (shown['name'], shown['device_owner'], shown['allowed_address_pairs'][0]['ip_address']) == ('other', 'test:owner', str(block[8]))
    assert 'already allocated' in demo.refuses('port create --network %s --fixed-ip subnet=%s,ip-address=%s x' % (net, subnet, block[7]))
    # The network may also have the port of its DHCP agent.
    assert demo.names('port list --device-owner test:owner --network ' + net, 'ID') == [made['id']]
    assert demo.names('port list --fixed-ip ip-address=%s' % block[7], 'ID') == [made['id']]
    # Neutron gives a pair the port's own MAC address, and the command compares whole pairs.
    assert 'does not contain' in demo.refuses('port unset --allowed-address ip-address=%s %s' % (block[8], made['id']))
    demo('port unset --allowed-address ip-address=%s,mac-address=%s %s' % (block[8], made['mac_address'], made['id']))
    assert 'one or more ports still in use' in demo.refuses('network delete ' + net)
    demo('port delete ' + made['id'])


def test_routers_and_floating_ips(demo, network, name):
    net, subnet, block = network
    r = name('router')
    made = demo.json('router create ' + r)
    assert made['status'] == 'ACTIVE'
    demo('router add subnet %s %s' % (r, subnet))
    assert demo.names('port list --router ' + r, 'ID')
    assert '409' in demo.refuses('router delete ' + r)
    demo('router set --external-gateway public --name %s %s' % (r2 := name('router'), r))
    shown = demo.json('router show ' + r2)
    assert shown['external_gateway_info']['external_fixed_ips'] and shown['interfaces_info'][0]['ip_address'] == str(block[1])
    demo('router add route --route destination=198.51.100.0/24,gateway=%s %s' % (block[5], r2))
    assert len(demo.json('router show ' + r2)['routes']) == 1
    demo('router remove route --route destination=198.51.100.0/24,gateway=%s %s' % (block[5], r2))
    port = demo.json('port create --network %s %s' % (net, name('port')))
    f = demo.json('floating ip create --description d public')
    assert f['status'] == 'DOWN' and f['port_id'] is None
    demo('floating ip set --port %s %s' % (port['id'], f['id']))
    shown = demo.json('floating ip show ' + f['id'])
    assert shown['fixed_ip_address'] == port['fixed_ips'][0]['ip_address']
    assert demo.names('floating ip list --port ' + port['id'], 'ID') == [f['id']]
    demo('floating ip unset --port ' + f['id'])
    forwarding = demo.json('floating ip port forwarding create --internal-ip-address %s --port %s --internal-protocol-port 22 --external-protocol-port 2222 --protocol tcp %s' % (
        port['fixed_ips'][0]['ip_address'], port['id'], f['id']))
    assert forwarding['external_port'] == 2222
    assert demo.names('floating ip port forwarding list ' + f['id'], 'ID') == [forwarding['id']]
    demo('floating ip port forwarding delete %s %s' % (f['id'], forwarding['id']))
    demo('floating ip delete ' + f['id'])
    demo('port delete ' + port['id'])
    demo('router remove subnet %s %s' % (r2, subnet))
    demo('router unset --external-gateway ' + r2)
    assert r2 in demo.names('router list')
    demo('router delete ' + r2)


def test_security_groups(demo, name):
    g = name('group')
    made = demo.json('security group create --description d ' + g)
    assert {(r['direction'], r['ethertype']) for r in made['rules']} == {('egress', 'IPv4'), ('egress', 'IPv6')}
    rule = demo.json('security group rule create --protocol tcp --dst-port 80:81 --remote-ip 192.0.2.0/24 ' + g)
    assert (rule['port_range_min'], rule['port_range_max'], rule['direction'], rule['remote_ip_prefix']) == (80, 81, 'ingress', '192.0.2.0/24')
    assert 'already exists' in demo.refuses('security group rule create --protocol tcp --dst-port 80:81 --remote-ip 192.0.2.0/24 ' + g)
    assert len(demo.json('security group rule list ' + g)) == 3
    assert demo.json('security group rule show ' + rule['id'])['protocol'] == 'tcp'
    demo('security group set --name %s %s' % (r := name('group'), g))
    assert {'default', r} <= set(demo.names('security group list'))
    assert demo.json('security group show ' + r)['id'] == made['id']
    demo('security group rule delete ' + rule['id'])
    demo('security group delete ' + r)


def test_address_groups(demo, name):
    a = name('addresses')
    demo('address group create --address 192.0.2.1/32 ' + a)
    demo('address group set --address 192.0.2.2/32 ' + a)
    assert len(demo.json('address group show ' + a)['addresses']) == 2 and a in demo.names('address group list')
    demo('address group unset --address 192.0.2.1/32 ' + a)
    demo('address group delete ' + a)


def test_quality_of_service(admin, name):
    q = name('policy')
    admin('network qos policy create --share ' + q)
    rule = admin.json('network qos rule create --type bandwidth-limit --max-kbps 1000 --max-burst-kbits 100 --egress ' + q)
    admin('network qos rule set --max-kbps 2000 %s %s' % (q, rule['id']))
    assert admin.json('network qos rule show %s %s' % (q, rule['id']))['max_kbps'] == 2000
    assert len(admin.json('network qos rule list ' + q)) == 1
    assert 'bandwidth_limit' in str(admin.json('network qos rule type list'))
    net = admin.json('network create --qos-policy %s %s' % (q, name('network')))
    assert '409' in admin.refuses('network qos policy delete ' + q)
    admin('network delete ' + net['id'])
    admin('network qos rule delete %s %s' % (q, rule['id']))
    assert q in admin.names('network qos policy list')
    admin('network qos policy delete ' + q)


def test_rbac_and_trunks(demo, admin, network, name):
    net, _, _ = network
    # A member cannot look projects up, so the command sends a name as it is, and Neutron wants an id.
    assert '400' in demo.refuses('network rbac create --target-project admin --type network --action access_as_shared ' + net)
    project = admin.json('project show admin')['id']
    rbac = demo.json('network rbac create --target-project ' + project + ' --type network --action access_as_shared ' + net)
    assert rbac['object_id'] == net
    assert rbac['id'] in demo.names('network rbac list', 'ID')
    assert demo.json('network rbac show ' + rbac['id'])['action'] == 'access_as_shared'
    demo('network rbac delete ' + rbac['id'])
    parent, child = (demo.json('port create --network %s %s' % (net, name('port')))['id'] for _ in '12')
    t = name('trunk')
    demo('network trunk create --parent-port %s %s' % (parent, t))
    demo('network trunk set --subport port=%s,segmentation-type=vlan,segmentation-id=5 %s' % (child, t))
    assert [s['port_id'] for s in demo.json('network trunk show ' + t)['sub_ports']] == [child]
    assert t in demo.names('network trunk list')
    assert len(demo.json('network subport list --trunk ' + t)) == 1
    demo('network trunk unset --subport %s %s' % (child, t))
    demo('network trunk delete ' + t)


def test_what_the_administrator_sees(admin):
    agents = admin.json('network agent list')
    assert {'DHCP agent', 'L3 agent'} <= {a['Agent Type'] for a in agents}
    assert admin.json('network agent show ' + agents[0]['ID'])['id'] == agents[0]['ID']
    assert 'public' in admin.names('ip availability list', 'Network Name')
    admin.json('network service provider list')
    assert admin.json('network segment list')
    assert 'router' in admin.names('extension list --network', 'Alias')
    assert admin.json('availability zone list --network')


def test_quotas(admin, name):
    p = name('project')
    admin('project create ' + p)
    admin('quota set --networks 1 --floating-ips 3 ' + p)
    rows = {row['Resource']: row['Limit'] for row in admin.json('quota show --network ' + p)}
    assert (rows['networks'], rows['floating_ips']) == (1, 3)
    project = admin.json('project show ' + p)['id']
    admin('network create --project %s one' % project)
    assert 'Quota exceeded' in admin.refuses('network create --project %s two' % project)
    admin('network delete one')
    admin('project delete ' + p)
