"""Nova by the openstack command line: flavors, keypairs, servers and every action on them, quotas, what the administrator sees."""
import pytest


@pytest.fixture
def server(demo, name):
    """The id of an active server of the project demo on the private network."""
    made = demo.json('server create --flavor m1.tiny --image cirros --network private ' + name('server'))
    demo.server(made['id'], 'ACTIVE')
    yield made['id']
    if demo.json('server show ' + made['id'])['locked']:
        demo('server unlock ' + made['id'])
    demo('server delete ' + made['id'])
    demo.gone('server show ' + made['id'])


def addresses(shown, network='private'):
    return shown['addresses'][network]


def test_the_new_user(demo, name):
    """The first commands of the README."""
    web, v = name('web'), name('data')
    made = demo.json('server create --flavor m1.small --image cirros --network private --wait ' + web)
    assert made['status'] == 'ACTIVE' and addresses(made)
    demo('volume create --size 1 ' + v)
    demo.wait('volume show ' + v, 'available')
    demo('server add volume %s %s' % (web, v))
    volume = demo.wait('volume show ' + v, 'in-use')
    assert volume['attachments'][0]['server_id'] == made['id']
    assert [a['id'] for a in demo.json('server show ' + web)['attached_volumes' if 'attached_volumes' in made else 'volumes_attached']] == [volume['id']]
    assert demo.names('server volume list ' + web, 'Volume ID') == [volume['id']]
    demo('server remove volume %s %s' % (web, v))
    demo.wait('volume show ' + v, 'available')
    demo('volume delete ' + v)
    demo('server delete --wait ' + web)
    demo.gone('server show ' + made['id'])        # --wait ends at the status DELETED, in which `server list` still shows it
    assert web not in demo.names('server list')


def test_flavors(admin, demo, name):
    assert {'m1.tiny', 'm1.small', 'm1.medium', 'm1.large', 'm1.xlarge'} <= set(demo.names('flavor list'))
    f = name('flavor')
    made = admin.json('flavor create --ram 256 --disk 1 --vcpus 2 --ephemeral 1 --swap 64 --private --property hw:cpu_policy=shared ' + f)
    assert (made['ram'], made['vcpus'], made['OS-FLV-EXT-DATA:ephemeral'], made['swap']) == (256, 2, 1, 64)
    assert f not in demo.names('flavor list')
    admin('flavor set --project demo --property quota:vif_inbound_average=1 --description d ' + f)
    assert f in demo.names('flavor list')
    shown = admin.json('flavor show ' + f)
    assert shown['properties'] == {'hw:cpu_policy': 'shared', 'quota:vif_inbound_average': '1'} and len(shown['access_project_ids']) == 1
    admin('flavor unset --project demo --property hw:cpu_policy ' + f)
    assert f not in demo.names('flavor list') and f in admin.names('flavor list --all')
    assert '403' in demo.refuses('flavor create --ram 1 --disk 1 x')
    admin('flavor delete ' + f)


def test_keypairs(demo, name, tmp_path):
    k = name('key')
    demo('keypair create --private-key %s %s' % (tmp_path / 'private', k))
    assert 'PRIVATE KEY' in (tmp_path / 'private').read_text()
    shown = demo.json('keypair show ' + k)
    assert shown['name'] == k and len(shown['fingerprint'].split(':')) == 16
    public = demo('keypair show --public-key ' + k)
    (tmp_path / 'public').write_text(public.strip() + '\n')
    demo('keypair create --public-key %s %s' % (tmp_path / 'public', again := name('key')))
    assert demo.json('keypair show ' + again)['fingerprint'] == shown['fingerprint']
    assert {k, again} <= set(demo.names('keypair list'))
    assert 'already exists' in demo.refuses('keypair create --public-key %s %s' % (tmp_path / 'public', again))
    demo('keypair delete %s %s' % (k, again))


def test_server_groups(demo, name):
    g = name('group')
    made = demo.json('server group create --policy anti-affinity ' + g)
    assert demo.json('server group show ' + g)['id'] == made['id'] and g in demo.names('server group list')
    placed = [demo.json('server create --flavor m1.tiny --image cirros --nic none --hint group=%s %s' % (made['id'], name('spread')))['id'] for _ in '12']
    hosts = {demo.server(s, 'ACTIVE')['hostId'] for s in placed}
    assert len(hosts) == 2
    demo('server delete ' + ' '.join(placed))
    for s in placed:
        demo.gone('server show ' + s)
    demo('server group delete ' + g)


def test_with_everything(demo, admin, name, tmp_path):
    (tmp_path / 'data').write_text('#cloud-config\n')
    demo('keypair create %s' % (k := name('key')))
    demo('security group create ' + (g := name('group')))
    s = demo.json('server create --flavor m1.tiny --image cirros --network private --key-name %s --security-group %s --property a=b --user-data %s --config-drive true --tag t --description d --hostname h1 %s' % (
        k, g, tmp_path / 'data', name('full')))['id']
    shown = demo.server(s, 'ACTIVE')
    assert (shown['key_name'], shown['properties'], shown['tags'], shown['description'], shown['OS-EXT-SRV-ATTR:hostname']) == (k, {'a': 'b'}, ['t'], 'd', 'h1')
    assert [x['name'] for x in shown['security_groups']] == [g] and shown['config_drive'] in ('True', True)
    assert admin.json('server show ' + s)['OS-EXT-SRV-ATTR:host']
    assert '409' in demo.refuses('security group delete ' + g)
    demo('server delete ' + s)
    demo.gone('server show ' + s)
    demo('security group delete ' + g)
    demo('keypair delete ' + k)


def test_lists(demo, admin, name):
    p = name('many')
    demo('server create --flavor m1.tiny --image cirros --nic none --min 3 --max 3 ' + p)
    names = [p + '-1', p + '-2', p + '-3']
    for n in names:
        demo.server(n, 'ACTIVE')
    assert sorted(demo.names('server list --name ' + p)) == names
    assert demo.names('server list --sort-column Name --name ' + p) == names
    assert len(demo.json('server list --name %s --limit 2' % p)) == 2
    assert demo.names('server list --status SHUTOFF --name ' + p) == []
    assert set(names) <= set(admin.names('server list --all-projects'))
    row = next(r for r in demo.json('server list --long --name %s-1' % p))
    assert row['Status'] == 'ACTIVE' and row['Power State'] in (1, 'Running')
    demo('server delete ' + ' '.join(names))
    for n in names:
        demo.gone('server show ' + n)


def test_power(demo, server):
    s = server
    for command, wanted in (('stop', 'SHUTOFF'), ('start', 'ACTIVE'), ('pause', 'PAUSED'), ('unpause', 'ACTIVE'), ('suspend', 'SUSPENDED'), ('resume', 'ACTIVE'), ('rescue', 'RESCUE'), ('unrescue', 'ACTIVE'),
                            ('shelve', 'SHELVED_OFFLOADED'), ('unshelve', 'ACTIVE')):
        demo('server %s %s' % (command, s))
        demo.server(s, wanted)
    demo('server reboot --soft ' + s)
    demo.server(s, 'ACTIVE')
    demo('server reboot --hard ' + s)
    demo.server(s, 'ACTIVE')
    assert 'while it is in vm_state active' in demo.refuses('server start ' + s)
    assert 'reboot' in [row['Action'] for row in demo.json('server event list ' + s)]
    first = demo.json('server event list ' + s)[-1]
    assert demo.json('server event show %s %s' % (s, first['Request ID']))['action'] == 'create'


def test_lock(demo, server):
    demo('server lock --reason busy ' + server)
    assert demo.json('server show ' + server)['locked_reason'] == 'busy'
    assert 'is locked' in demo.refuses('server stop ' + server)
    demo('server unlock ' + server)
    demo('server stop ' + server)
    demo.server(server, 'SHUTOFF')


def test_resize(demo, server):
    demo('server resize --flavor m1.small ' + server)
    demo.server(server, 'VERIFY_RESIZE')
    demo('server resize revert ' + server)
    demo.server(server, 'ACTIVE')
    demo('server resize --flavor m1.small ' + server)
    demo.server(server, 'VERIFY_RESIZE')
    demo('server resize confirm ' + server)
    demo.server(server, 'ACTIVE')
    assert 'm1.small' in str(demo.json('server show ' + server)['flavor'])


def test_images_of_a_server(demo, server, name):
    i, b = name('image'), name('backup')
    demo('server image create --name %s %s' % (i, server))
    assert demo.wait('image show ' + i, 'active')['properties']['instance_uuid'] == server
    demo.server(server, 'ACTIVE')
    demo('server backup create --name %s --type daily --rotate 1 %s' % (b, server))
    demo.wait('image show ' + b, 'active')
    demo('server rebuild --image %s %s' % (i, server))
    demo.server(server, 'ACTIVE')
    assert i in str(demo.json('server show ' + server)['image'])
    demo('image delete %s %s' % (i, b))


def test_set_and_unset(demo, server, name):
    demo('server set --name %s --property a=1 --tag t --description d %s' % (r := name('renamed'), server))
    shown = demo.json('server show ' + server)
    assert (shown['name'], shown['properties'], shown['tags'], shown['description']) == (r, {'a': '1'}, ['t'], 'd')
    assert demo.names('server list --tags t') == [r]
    demo('server unset --property a --tag t --description ' + server)
    shown = demo.json('server show ' + server)
    assert (shown['properties'], shown['tags'], shown['description']) == ({}, [], '')


def test_consoles(demo, server):
    assert demo('console log show ' + server).strip()
    assert demo.json('console url show --novnc ' + server)['url'].startswith('http')


def test_interfaces(demo, server, name):
    before = len(addresses(demo.json('server show ' + server)))
    net = demo.json('network create ' + name('network'))['id']
    demo('subnet create --network %s --subnet-range 10.199.0.0/24 %s' % (net, name('subnet')))
    port = demo.json('port create --network %s %s' % (net, name('port')))
    demo('server add port %s %s' % (server, port['id']))
    shown = demo.wait('port show ' + port['id'], 'ACTIVE')
    assert (shown['device_id'], shown['device_owner'][:8]) == (server, 'compute:')
    assert port['fixed_ips'][0]['ip_address'] in str(demo.json('server show ' + server)['addresses'])
    demo('server remove port %s %s' % (server, port['id']))
    demo.wait('port show ' + port['id'], '', 'device_id')        # the host unplugs it later; members may not delete the port of a server
    demo('server add network %s private' % server)
    demo('server add fixed ip %s private' % server)
    assert len(addresses(demo.json('server show ' + server))) == before + 2
    last = addresses(demo.json('server show ' + server))[-1]
    demo.other(OS_COMPUTE_API_VERSION='2.43')('server remove fixed ip %s %s' % (server, last))        # removed in 2.44
    for row in demo.json('port list --network ' + net):
        demo('port delete ' + row['ID'])
    demo('network delete ' + net)


def test_floating_ip_and_security_group(demo, server, name):
    f = demo.json('floating ip create public')
    address = f['floating_ip_address']
    demo('server add floating ip %s %s' % (server, address))
    assert address in addresses(demo.json('server show ' + server))
    assert demo.wait('floating ip show ' + f['id'], 'ACTIVE')['port_id']
    demo('server remove floating ip %s %s' % (server, address))
    assert address not in addresses(demo.json('server show ' + server))
    demo('floating ip delete ' + f['id'])
    demo('security group create ' + (g := name('group')))
    demo('server add security group %s %s' % (server, g))
    assert g in [x['name'] for x in demo.json('server show ' + server)['security_groups']]
    demo('server remove security group %s %s' % (server, g))
    demo('security group delete ' + g)


def test_boot_from_volume(demo, name):
    s = demo.json('server create --flavor m1.tiny --image cirros --boot-from-volume 1 --network private ' + name('volume-backed'))['id']
    shown = demo.server(s, 'ACTIVE')
    assert 'booted from volume' in str(shown['image'])
    volume = demo.names('server volume list ' + s, 'Volume ID')[0]
    assert demo.json('volume show ' + volume)['status'] == 'in-use'
    demo('server delete ' + s)
    demo.gone('server show ' + s)
    demo.wait('volume show ' + volume, 'available')        # it was not created with delete_on_termination
    demo('volume delete ' + volume)


def test_migration(admin, server):
    host = admin.json('server show ' + server)['OS-EXT-SRV-ATTR:host']
    admin('server migrate ' + server)
    admin.server(server, 'VERIFY_RESIZE')
    admin('server migration confirm ' + server)
    assert admin.server(server, 'ACTIVE')['OS-EXT-SRV-ATTR:host'] != host
    admin('server migrate --live-migration ' + server)
    admin.server(server, 'ACTIVE')
    assert admin.json('server migration list --server ' + server)
    admin('server set --auto-approve --state error ' + server)
    assert admin.json('server show ' + server)['status'] == 'ERROR'
    admin('server set --auto-approve --state active ' + server)


def test_no_host_is_large_enough(admin, demo, name):
    f = name('flavor')
    admin('flavor create --ram 2000000 --disk 1 --vcpus 1 ' + f)
    admin('quota set --ram -1 demo')
    s = demo.json('server create --flavor %s --image cirros --nic none %s' % (f, name('huge')))['id']
    assert demo.server(s, 'ERROR')['fault']['message'].startswith('No valid host was found.')
    demo('server delete ' + s)
    demo.gone('server show ' + s)
    admin('flavor delete ' + f)


def test_aggregates_and_zones(admin, name):
    a, host = name('aggregate'), admin.json('compute service list --service nova-compute')[0]['Host']
    made = admin.json('aggregate create --property a=b ' + a)
    assert made['availability_zone'] is None
    admin('aggregate add host %s %s' % (a, host))
    admin('aggregate set --property c=d ' + a)
    shown = admin.json('aggregate show ' + a)
    assert shown['hosts'] == [host] and shown['properties'] == {'a': 'b', 'c': 'd'}
    assert 'nova' in admin.names('availability zone list --compute', 'Zone Name')
    assert 'Host aggregate is not empty' in admin.refuses('aggregate delete ' + a)
    admin('aggregate remove host %s %s' % (a, host))
    admin('aggregate unset --property c ' + a)
    assert a in admin.names('aggregate list')
    admin('aggregate delete ' + a)


def test_what_the_administrator_sees(admin, demo, server):
    hypervisors = admin.json('hypervisor list')
    assert hypervisors and admin.json('hypervisor show ' + hypervisors[0]['Hypervisor Hostname'])['state'] == 'up'
    admin('compute service set --disable --disable-reason maintenance %s nova-compute' % (host := admin.json('compute service list --service nova-compute')[0]['Host']))
    assert 'disabled' in [row['Status'] for row in admin.json('compute service list')]
    admin('compute service set --enable %s nova-compute' % host)
    assert {row['Name'] for row in demo.other(OS_COMPUTE_API_VERSION='2.56').json('limits show --absolute')} & {'maxTotalInstances', 'max_total_instances', 'total_cores', 'instances'}
    assert admin.json('usage list') is not None and admin.json('usage show --project demo')
    assert '403' in demo.refuses('hypervisor list')


def test_quotas(cloud, admin, demo, name):
    before = {r['Resource']: r['Limit'] for r in admin.json('quota show --compute demo')}
    with cloud.nephos.frozen():        # no server that is being deleted frees its place
        used = next(r['In Use'] for r in admin.json('quota show --usage --compute demo') if r['Resource'] == 'instances')
        admin('quota set --instances %d demo' % used)
        assert 'Quota exceeded for instances' in demo.refuses('server create --flavor m1.tiny --image cirros --nic none ' + name('none'))
        admin('quota set --instances %d demo' % before['instances'])
