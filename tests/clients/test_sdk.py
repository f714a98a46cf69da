"""openstacksdk as a script uses it: volumes and identity."""
import openstack
import pytest

from waiting import INTERVAL, TIMEOUT


@pytest.fixture(scope='module')
def volumes(sdk):
    return sdk.block_storage


def wait(volumes, resource, status='available'):
    """`wait_for_status` trusts the status that the resource had when it was read last, so it is read again first."""
    return volumes.wait_for_status(resource.fetch(volumes), status=status, failures=['error'], interval=INTERVAL, wait=TIMEOUT)


def gone(volumes, resource):
    volumes.wait_for_delete(resource, interval=INTERVAL, wait=TIMEOUT)


@pytest.fixture
def volume(volumes):
    return wait(volumes, volumes.create_volume(size=1, name='sdk'))


def test_session(sdk, cloud):
    assert sdk.authorize()
    assert sdk.current_project.name == 'demo'
    assert sdk.config.get_region_name() == cloud.region


def test_create_list_delete(volumes, volume):
    assert volume.id in [v.id for v in volumes.volumes()]
    assert volumes.find_volume(volume.id).name == 'sdk'
    assert volumes.get_volume(volume.id).size == 1
    volumes.delete_volume(volume)
    gone(volumes, volume)
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
    gone(volumes, snapshot)


def test_backup(volumes, volume):
    backup = wait(volumes, volumes.create_backup(volume_id=volume.id, name='b'))
    wait(volumes, volumes.get_volume(volume.id))
    restored = volumes.restore_backup(backup, name='restored')
    new = wait(volumes, volumes.get_volume(restored.volume_id))
    assert new.size == 1
    wait(volumes, backup)
    volumes.delete_backup(backup)
    gone(volumes, backup)


def test_transfer(volumes, sdk_admin, volume):
    transfer = volumes.create_transfer(volume_id=volume.id, name='t')
    assert volumes.get_volume(volume.id).status == 'awaiting-transfer'
    sdk_admin.block_storage.accept_transfer(transfer.id, transfer.auth_key)
    assert sdk_admin.block_storage.get_volume(volume.id).status == 'available'


def test_metadata_and_types(volumes, sdk_admin, volume):
    volumes.set_volume_metadata(volume, a='b')
    assert volumes.get_volume(volume.id).metadata == {'a': 'b'}
    made = sdk_admin.block_storage.create_type(name='sdk-type', extra_specs={'x': 'y'})
    assert sdk_admin.block_storage.get_type(made.id).extra_specs == {'x': 'y'}
    sdk_admin.block_storage.delete_type(made)


def test_missing(volumes):
    with pytest.raises(openstack.exceptions.NotFoundException):
        volumes.get_volume('0badc0de-0000-4000-8000-000000000bad')


def test_identity(sdk_admin):
    project = sdk_admin.identity.create_project(name='sdk-project', domain_id='default')
    user = sdk_admin.identity.create_user(name='sdk-user', password='secret-1', domain_id='default')
    role = sdk_admin.identity.find_role('member')
    sdk_admin.identity.assign_project_role_to_user(project, user, role)
    assert [r.name for r in sdk_admin.identity.role_assignments_filter(project=project, user=user)] == ['member']
    sdk_admin.identity.delete_user(user)
    sdk_admin.identity.delete_project(project)
    assert sdk_admin.identity.find_user('sdk-user') is None


def test_cloud_layer(sdk):
    """The cloud layer, which Ansible's modules use."""
    made = sdk.create_volume(1, wait=True, timeout=TIMEOUT, name='layer')
    assert made['status'] == 'available'
    assert sdk.delete_volume(made['id'], wait=True, timeout=TIMEOUT)
