"""openstacksdk over all services, as a script would use it: networks, servers, volumes, floating IPs, long lists."""
import openstack
import pytest

QUICK = dict(interval=0.1, wait=30)


@pytest.fixture(scope='module')
def connect(cloud):
    def connect(user):
        return openstack.connect(load_yaml_config=False, load_envvars=False, auth_url=cloud.auth_url, username=user, password='nephos', project_name=user, user_domain_name='Default',
                                 project_domain_name='Default', region_name=cloud.region, identity_api_version='3', compute_default_microversion='2.90', block_storage_default_microversion='3.71')
    return connect


@pytest.fixture(scope='module')
def admin(connect):
    connection = connect('admin')
    project = connection.identity.find_project('demo').id
    connection.set_compute_quotas(project, instances=1000, cores=4000, ram=10_000_000)
    connection.set_volume_quotas(project, volumes=500, gigabytes=5000)
    connection.set_network_quotas(project, ports=2000, floatingip=100, router=50, network=100, subnet=100)
    return connection


@pytest.fixture(scope='module')
def demo(connect, admin):
    return connect('demo')


@pytest.fixture(scope='module')
def flavor(demo):
    return demo.compute.find_flavor('m1.tiny', ignore_missing=False)


@pytest.fixture(scope='module')
def image(demo):
    return demo.image.find_image('cirros', ignore_missing=False)


@pytest.fixture(scope='module')
def network(demo):
    """A network with a subnet, behind a router to the public one."""
    network = demo.network.create_network(name='sdk-network')
    subnet = demo.network.create_subnet(network_id=network.id, ip_version=4, cidr='10.190.0.0/16', name='sdk-subnet')
    router = demo.network.create_router(name='sdk-router', external_gateway_info={'network_id': demo.network.find_network('public').id})
    demo.network.add_interface_to_router(router, subnet_id=subnet.id)
    yield network
    demo.network.remove_interface_from_router(router, subnet_id=subnet.id)
    demo.network.delete_router(router)
    demo.network.delete_network(network)
    assert demo.network.find_network(network.id) is None


def remove(demo, *servers):
    for server in servers:
        demo.compute.delete_server(server)
    for server in servers:
        demo.compute.wait_for_delete(server, **QUICK)


def test_server(demo, flavor, image, network):
    keypair = demo.compute.create_keypair(name='sdk-key')
    assert 'PRIVATE KEY' in keypair.private_key
    server = demo.compute.create_server(name='sdk-server', flavor_id=flavor.id, image_id=image.id, networks=[{'uuid': network.id}], key_name=keypair.name, metadata={'a': 'b'})
    assert server.admin_password
    server = demo.compute.wait_for_server(server, **QUICK)
    assert (server.status, server.vm_state, server.power_state, server.key_name, server.metadata) == ('ACTIVE', 'active', 1, 'sdk-key', {'a': 'b'})
    address = server.addresses['sdk-network'][0]
    port, = demo.network.ports(device_id=server.id)
    assert (port.fixed_ips[0]['ip_address'], port.mac_address) == (address['addr'], address['OS-EXT-IPS-MAC:mac_addr'])
    with pytest.raises(openstack.exceptions.ConflictException):
        demo.network.delete_network(network)
    demo.compute.stop_server(server)
    assert demo.compute.wait_for_server(server, status='SHUTOFF', **QUICK).power_state == 4
    remove(demo, server)
    assert not list(demo.network.ports(network_id=network.id, device_id=server.id))
    demo.compute.delete_keypair(keypair)


def test_boot_from_volume(demo, flavor, image, network):
    root = {'uuid': image.id, 'source_type': 'image', 'destination_type': 'volume', 'boot_index': 0, 'volume_size': 1, 'delete_on_termination': True}
    server = demo.compute.create_server(name='sdk-volume-backed', flavor_id=flavor.id, block_device_mapping=[root], networks=[{'uuid': network.id}])
    server = demo.compute.wait_for_server(server, **QUICK)
    attachment, = demo.compute.volume_attachments(server)
    volume = demo.block_storage.get_volume(attachment.volume_id)
    assert (volume.status, volume.is_bootable, volume.attachments[0]['server_id']) == ('in-use', True, server.id)
    remove(demo, server)
    demo.block_storage.wait_for_delete(volume, **QUICK)


def test_volume_of_a_server(demo, flavor, image):
    server = demo.compute.create_server(name='sdk-attached', flavor_id=flavor.id, image_id=image.id, networks='none')
    server = demo.compute.wait_for_server(server, **QUICK)
    volume = demo.block_storage.wait_for_status(demo.block_storage.create_volume(size=1, name='sdk'), 'available', ['error'], 0.1, 30)
    attachment = demo.compute.create_volume_attachment(server, volume_id=volume.id)
    volume = demo.block_storage.wait_for_status(volume, 'in-use', ['error'], 0.1, 30)
    assert volume.attachments[0]['device'] == attachment.device
    demo.compute.delete_volume_attachment(server, volume)
    demo.block_storage.wait_for_status(volume, 'available', ['error'], 0.1, 30)
    remove(demo, server)
    demo.block_storage.delete_volume(volume)


def test_floating_ip(demo, flavor, image, network):
    server = demo.compute.create_server(name='sdk-floating', flavor_id=flavor.id, image_id=image.id, networks=[{'uuid': network.id}])
    server = demo.compute.wait_for_server(server, **QUICK)
    port, = demo.network.ports(device_id=server.id)
    floating = demo.network.create_ip(floating_network_id=demo.network.find_network('public').id)
    demo.network.update_ip(floating, port_id=port.id)
    floating = demo.network.wait_for_status(floating, 'ACTIVE', ['ERROR'], 0.1, 30)
    shown = demo.compute.get_server(server).addresses['sdk-network']
    assert {a['OS-EXT-IPS:type']: a['addr'] for a in shown}['floating'] == floating.floating_ip_address
    demo.network.delete_ip(floating)
    assert [a['OS-EXT-IPS:type'] for a in demo.compute.get_server(server).addresses['sdk-network']] == ['fixed']
    remove(demo, server)


def test_many_servers(demo, flavor, image):
    """Paging over 250 servers."""
    for start in range(0, 250, 50):
        demo.compute.create_server(name='many', flavor_id=flavor.id, image_id=image.id, networks='none', min_count=50, max_count=50)
    paged = [s.id for s in demo.compute.servers(name='many', limit=40)]
    assert len(paged) == len(set(paged)) == 250
    assert paged == [s.id for s in demo.compute.servers(name='many')]
    assert sorted(paged) == sorted(s.id for s in demo.compute.servers(name='many', details=False, limit=33))
    remove(demo, *(openstack.compute.v2.server.Server(id=i) for i in paged))
    for server in demo.compute.servers(name='many'):        # for a moment it is there as DELETED, as in Nova
        assert server.status == 'DELETED'


def test_image(demo, tmp_path):
    file = tmp_path / 'disk'
    file.write_bytes(b'x' * 100_000)
    image = demo.create_image('sdk-image', filename=str(file), disk_format='raw', container_format='bare', wait=True, timeout=30, a='b')
    assert (image.status, image.size, image.properties['a']) == ('active', 100_000, 'b')
    assert demo.image.download_image(image).content == b'x' * 100_000
    assert demo.delete_image(image.id, wait=True, timeout=30)


def test_security_group(demo):
    group = demo.network.create_security_group(name='sdk-group')
    rule = demo.network.create_security_group_rule(security_group_id=group.id, direction='ingress', protocol='tcp', port_range_min=22, port_range_max=22, ethertype='IPv4')
    assert rule.id in [r['id'] for r in demo.network.get_security_group(group).security_group_rules]
    demo.network.delete_security_group(group)


def test_cloud_layer(demo):
    """One call that picks flavor, image, network and address."""
    server = demo.create_server('sdk-layer', image='cirros', flavor='m1.tiny', network='private', auto_ip=False, wait=True, timeout=60)
    assert server.status == 'ACTIVE' and server.private_v4
    assert demo.delete_server(server.id, wait=True, timeout=60)


def test_what_the_administrator_sees(admin):
    hypervisors = list(admin.compute.hypervisors(details=True))
    assert hypervisors and all(h.state == 'up' for h in hypervisors)
    providers = list(admin.placement.resource_providers())
    assert {h.id for h in hypervisors} <= {p.id for p in providers}
    inventory = {i.resource_class for i in admin.placement.resource_provider_inventories(hypervisors[0].id)}
    assert {'VCPU', 'MEMORY_MB', 'DISK_GB'} <= inventory
    assert {a.agent_type for a in admin.network.agents()}
