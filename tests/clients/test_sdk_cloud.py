"""openstacksdk over all services, as a script uses it: networks, servers, volumes, floating IPs, long lists."""
import openstack
import pytest

from waiting import INTERVAL, TIMEOUT

WAIT = dict(interval=INTERVAL, wait=TIMEOUT)


@pytest.fixture(scope='module')
def flavor(sdk):
    return sdk.compute.find_flavor('m1.tiny', ignore_missing=False)


@pytest.fixture(scope='module')
def image(sdk):
    return sdk.image.find_image('cirros', ignore_missing=False)


@pytest.fixture(scope='module')
def network(sdk):
    """A network with a subnet, and a router from it to the public network."""
    network = sdk.network.create_network(name='sdk-network')
    subnet = sdk.network.create_subnet(network_id=network.id, ip_version=4, cidr='10.190.0.0/16', name='sdk-subnet')
    router = sdk.network.create_router(name='sdk-router', external_gateway_info={'network_id': sdk.network.find_network('public').id})
    sdk.network.add_interface_to_router(router, subnet_id=subnet.id)
    yield network
    sdk.network.remove_interface_from_router(router, subnet_id=subnet.id)
    sdk.network.delete_router(router)
    sdk.network.delete_network(network)
    assert sdk.network.find_network(network.id) is None


def remove(sdk, *servers):
    for server in servers:
        sdk.compute.delete_server(server)
    for server in servers:
        sdk.compute.wait_for_delete(server, **WAIT)


def test_server(sdk, flavor, image, network):
    keypair = sdk.compute.create_keypair(name='sdk-key')
    assert 'PRIVATE KEY' in keypair.private_key
    server = sdk.compute.create_server(name='sdk-server', flavor_id=flavor.id, image_id=image.id, networks=[{'uuid': network.id}], key_name=keypair.name, metadata={'a': 'b'})
    assert server.admin_password
    server = sdk.compute.wait_for_server(server, **WAIT)
    assert (server.status, server.vm_state, server.power_state, server.key_name, server.metadata) == ('ACTIVE', 'active', 1, 'sdk-key', {'a': 'b'})
    address = server.addresses['sdk-network'][0]
    port, = sdk.network.ports(device_id=server.id)
    assert (port.fixed_ips[0]['ip_address'], port.mac_address) == (address['addr'], address['OS-EXT-IPS-MAC:mac_addr'])
    with pytest.raises(openstack.exceptions.ConflictException):
        sdk.network.delete_network(network)
    sdk.compute.stop_server(server)
    assert sdk.compute.wait_for_server(server, status='SHUTOFF', **WAIT).power_state == 4
    remove(sdk, server)
    assert not list(sdk.network.ports(network_id=network.id, device_id=server.id))
    sdk.compute.delete_keypair(keypair)


def test_boot_from_volume(sdk, flavor, image, network):
    root = {'uuid': image.id, 'source_type': 'image', 'destination_type': 'volume', 'boot_index': 0, 'volume_size': 1, 'delete_on_termination': True}
    server = sdk.compute.create_server(name='sdk-volume-backed', flavor_id=flavor.id, block_device_mapping=[root], networks=[{'uuid': network.id}])
    server = sdk.compute.wait_for_server(server, **WAIT)
    attachment, = sdk.compute.volume_attachments(server)
    volume = sdk.block_storage.get_volume(attachment.volume_id)
    assert (volume.status, volume.is_bootable, volume.attachments[0]['server_id']) == ('in-use', True, server.id)
    remove(sdk, server)
    sdk.block_storage.wait_for_delete(volume, **WAIT)


def test_volume_of_a_server(sdk, flavor, image):
    server = sdk.compute.create_server(name='sdk-attached', flavor_id=flavor.id, image_id=image.id, networks='none')
    server = sdk.compute.wait_for_server(server, **WAIT)
    volume = sdk.block_storage.wait_for_status(sdk.block_storage.create_volume(size=1, name='sdk'), 'available', ['error'], **WAIT)
    attachment = sdk.compute.create_volume_attachment(server, volume_id=volume.id)
    volume = sdk.block_storage.wait_for_status(volume, 'in-use', ['error'], **WAIT)
    assert volume.attachments[0]['device'] == attachment.device
    sdk.compute.delete_volume_attachment(server, volume)
    sdk.block_storage.wait_for_status(volume, 'available', ['error'], **WAIT)
    remove(sdk, server)
    sdk.block_storage.delete_volume(volume)


def test_floating_ip(sdk, flavor, image, network):
    server = sdk.compute.create_server(name='sdk-floating', flavor_id=flavor.id, image_id=image.id, networks=[{'uuid': network.id}])
    server = sdk.compute.wait_for_server(server, **WAIT)
    port, = sdk.network.ports(device_id=server.id)
    floating = sdk.network.create_ip(floating_network_id=sdk.network.find_network('public').id)
    sdk.network.update_ip(floating, port_id=port.id)
    floating = sdk.network.wait_for_status(floating, 'ACTIVE', ['ERROR'], **WAIT)
    shown = sdk.compute.get_server(server).addresses['sdk-network']
    assert {a['OS-EXT-IPS:type']: a['addr'] for a in shown}['floating'] == floating.floating_ip_address
    sdk.network.delete_ip(floating)
    assert [a['OS-EXT-IPS:type'] for a in sdk.compute.get_server(server).addresses['sdk-network']] == ['fixed']
    remove(sdk, server)


def test_many_servers(sdk, flavor, image):
    """Listing 250 servers page by page."""
    for start in range(0, 250, 50):
        sdk.compute.create_server(name='many', flavor_id=flavor.id, image_id=image.id, networks='none', min_count=50, max_count=50)
    paged = [s.id for s in sdk.compute.servers(name='many', limit=40)]
    assert len(paged) == len(set(paged)) == 250
    assert paged == [s.id for s in sdk.compute.servers(name='many')]
    assert sorted(paged) == sorted(s.id for s in sdk.compute.servers(name='many', details=False, limit=33))
    remove(sdk, *(openstack.compute.v2.server.Server(id=i) for i in paged))
    for server in sdk.compute.servers(name='many'):        # some may still be listed as DELETED, as in Nova
        assert server.status == 'DELETED'


def test_image(sdk, tmp_path):
    file = tmp_path / 'disk'
    file.write_bytes(b'x' * 100_000)
    image = sdk.create_image('sdk-image', filename=str(file), disk_format='raw', container_format='bare', wait=True, timeout=TIMEOUT, a='b')
    assert (image.status, image.size, image.properties['a']) == ('active', 100_000, 'b')
    assert sdk.image.download_image(image).content == b'x' * 100_000
    assert sdk.delete_image(image.id, wait=True, timeout=TIMEOUT)


def test_security_group(sdk):
    group = sdk.network.create_security_group(name='sdk-group')
    rule = sdk.network.create_security_group_rule(security_group_id=group.id, direction='ingress', protocol='tcp', port_range_min=22, port_range_max=22, ethertype='IPv4')
    assert rule.id in [r['id'] for r in sdk.network.get_security_group(group).security_group_rules]
    sdk.network.delete_security_group(group)


def test_cloud_layer(sdk):
    """One call that finds flavor, image, network and address."""
    server = sdk.create_server('sdk-layer', image='cirros', flavor='m1.tiny', network='private', auto_ip=False, wait=True, timeout=TIMEOUT)
    assert server.status == 'ACTIVE' and server.private_v4
    assert sdk.delete_server(server.id, wait=True, timeout=TIMEOUT)


def test_what_the_administrator_sees(sdk_admin):
    hypervisors = list(sdk_admin.compute.hypervisors(details=True))
    assert hypervisors and all(h.state == 'up' for h in hypervisors)
    providers = list(sdk_admin.placement.resource_providers())
    assert {h.id for h in hypervisors} <= {p.id for p in providers}
    inventory = {i.resource_class for i in sdk_admin.placement.resource_provider_inventories(hypervisors[0].id)}
    assert {'VCPU', 'MEMORY_MB', 'DISK_GB'} <= inventory
    assert {a.agent_type for a in sdk_admin.network.agents()}
