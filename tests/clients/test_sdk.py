"""openstacksdk, as a script would use it."""
import openstack
import pytest


@pytest.fixture(scope='module')
def connect(cloud):
    def connect(user):
        return openstack.connect(load_yaml_config=False, load_envvars=False, auth_url=cloud.auth_url, username=user, password='nephos', project_name=user, user_domain_name='Default',
                                 project_domain_name='Default', region_name=cloud.region, block_storage_default_microversion='3.71', identity_api_version='3')
    return connect


@pytest.fixture(scope='module')
def demo(connect):
    return connect('demo')


@pytest.fixture(scope='module')
def admin(connect):
    return connect('admin')


@pytest.fixture(scope='module')
def volumes(admin, demo):
    admin.block_storage.update_quota_set(demo.current_project_id, volumes=500, gigabytes=5000)
    return demo.block_storage


def wait(volumes, resource, status='available'):
    return volumes.wait_for_status(resource, status=status, failures=['error'], interval=0.05, wait=15)


@pytest.fixture
def volume(volumes):
    return wait(volumes, volumes.create_volume(size=1, name='sdk'))


def test_session(demo, cloud):
    assert demo.authorize()
    assert demo.current_project.name == 'demo'
    assert demo.config.get_region_name() == cloud.region


def test_create_list_delete(volumes, volume):
    assert volume.id in [v.id for v in volumes.volumes()]
    assert volumes.find_volume(volume.id).name == 'sdk'
    assert volumes.get_volume(volume.id).size == 1
    volumes.delete_volume(volume)
    volumes.wait_for_delete(volume, interval=0.05, wait=15)
    assert volume.id not in [v.id for v in volumes.volumes()]


def test_paging(volumes):
    made = {volumes.create_volume(size=1, name='page').id for _ in range(5)}
    assert made == {v.id for v in volumes.volumes(name='page', limit=2)}


def test_extend(volumes, volume):
    volumes.extend_volume(volume, 3)
    assert wait(volumes, volumes.get_volume(volume.id)).size == 3


def test_snapshot(volumes, volume):
    snapshot = wait(volumes, volumes.create_snapshot(volume_id=volume.id, name='s'))
    copy = wait(volumes, volumes.create_volume(snapshot_id=snapshot.id, size=1, name='copy'))
    assert copy.snapshot_id == snapshot.id
    volumes.delete_snapshot(snapshot)
    volumes.wait_for_delete(snapshot, interval=0.05, wait=15)


def test_backup(volumes, volume):
    backup = wait(volumes, volumes.create_backup(volume_id=volume.id, name='b'))
    wait(volumes, volumes.get_volume(volume.id))
    restored = volumes.restore_backup(backup, name='restored')
    new = wait(volumes, volumes.get_volume(restored.volume_id))
    assert new.size == 1
    wait(volumes, backup)
    volumes.delete_backup(backup)
    volumes.wait_for_delete(backup, interval=0.05, wait=15)


def test_transfer(volumes, admin, volume):
    transfer = volumes.create_transfer(volume_id=volume.id, name='t')
    assert volumes.get_volume(volume.id).status == 'awaiting-transfer'
    admin.block_storage.accept_transfer(transfer.id, transfer.auth_key)
    assert admin.block_storage.get_volume(volume.id).status == 'available'


def test_metadata_and_types(volumes, admin, volume):
    volumes.set_volume_metadata(volume, a='b')
    assert volumes.get_volume(volume.id).metadata == {'a': 'b'}
    made = admin.block_storage.create_type(name='sdk-type', extra_specs={'x': 'y'})
    assert admin.block_storage.get_type(made.id).extra_specs == {'x': 'y'}
    admin.block_storage.delete_type(made)


def test_missing(volumes):
    with pytest.raises(openstack.exceptions.NotFoundException):
        volumes.get_volume('0badc0de-0000-4000-8000-000000000bad')


def test_identity(admin):
    project = admin.identity.create_project(name='sdk-project', domain_id='default')
    user = admin.identity.create_user(name='sdk-user', password='secret-1', domain_id='default')
    role = admin.identity.find_role('member')
    admin.identity.assign_project_role_to_user(project, user, role)
    assert [r.name for r in admin.identity.role_assignments_filter(project=project, user=user)] == ['member']
    admin.identity.delete_user(user)
    admin.identity.delete_project(project)
    assert admin.identity.find_user('sdk-user') is None


def test_cloud_layer(demo):
    """The layer that Ansible's modules use."""
    made = demo.create_volume(1, wait=True, timeout=15, name='layer')
    assert made['status'] == 'available'
    assert demo.delete_volume(made['id'], wait=True, timeout=15)
