"""Glance by the openstack command line: images with data, properties, tags, members, import, metadata definitions."""
import pytest


@pytest.fixture
def disk(tmp_path):
    """A disk image that has nothing but the signature of a boot sector."""
    file = tmp_path / 'disk.img'
    file.write_bytes(b'\xeb\x63\x90' + bytes(507) + b'\x55\xaa' + bytes(64 * 1024))
    return file


@pytest.fixture
def image(demo, name, disk):
    made = demo.json('image create --disk-format raw --container-format bare --file %s %s' % (disk, name('image')))
    demo.wait('image show ' + made['id'], 'active')
    yield made['id']
    demo('image delete ' + made['id'])


def test_create_and_save(demo, name, disk, tmp_path):
    i = name('image')
    made = demo.json('image create --disk-format raw --container-format bare --min-disk 1 --min-ram 64 --property os_distro=none --tag t --file %s %s' % (disk, i))
    assert made['name'] == i
    shown = demo.wait('image show ' + i, 'active')
    assert (shown['size'], shown['min_disk'], shown['min_ram'], shown['tags'], shown['visibility']) == (disk.stat().st_size, 1, 64, ['t'], 'shared')
    assert shown['properties']['os_distro'] == 'none' and shown['checksum']
    demo('image save --file %s %s' % (tmp_path / 'copy', i))
    assert (tmp_path / 'copy').read_bytes() == disk.read_bytes()
    demo('image delete ' + i)
    demo.gone('image show ' + i)


def test_seeded(demo, tmp_path):
    names = demo.names('image list --public')
    assert any(n.startswith('cirros') for n in names) and len(names) >= 4
    demo('image save --file %s %s' % (tmp_path / 'cirros', next(n for n in names if n.startswith('cirros'))))
    assert (tmp_path / 'cirros').stat().st_size > 0


def test_set_and_unset(demo, image, name):
    demo('image set --name %s --property a=1 --property b=2 --tag x --min-ram 128 --protected %s' % (n := name('renamed'), image))
    shown = demo.json('image show ' + image)
    assert (shown['name'], shown['properties']['a'], shown['tags'], shown['min_ram'], shown['protected']) == (n, '1', ['x'], 128, True)
    assert '403' in demo.refuses('image delete ' + image)
    demo('image set --unprotected ' + image)
    demo('image unset --property a --tag x ' + image)
    shown = demo.json('image show ' + image)
    assert 'a' not in shown['properties'] and shown['tags'] == []


def test_deactivate(demo, admin, image, tmp_path):
    admin('image set --deactivate ' + image)
    assert demo.json('image show ' + image)['status'] == 'deactivated'
    demo.refuses('image save --file %s %s' % (tmp_path / 'none', image))        # the client reports the 403 as a wrong checksum
    admin('image set --activate ' + image)
    assert demo.json('image show ' + image)['status'] == 'active'


def test_lists(demo, image):
    shown = demo.json('image show ' + image)
    assert demo.names('image list --name ' + shown['name']) == [shown['name']]
    assert image in demo.names('image list --private', 'ID') + demo.names('image list --shared', 'ID')
    whole = demo.names('image list --sort name:asc', 'ID')
    assert whole == demo.names('image list --sort name:asc --page-size 2', 'ID')
    assert len(demo.names('image list --limit 1', 'ID')) == 1
    row = next(r for r in demo.json('image list --long') if r['ID'] == image)
    assert (row['Disk Format'], row['Container Format'], row['Status'], row['Visibility']) == ('raw', 'bare', 'active', 'shared')


def test_members(demo, admin, image):
    assert 'No Image found' in admin.other().refuses('image show nothing-of-that-name')
    project = admin.json('project show admin')['id']
    assert demo.json('image add project %s %s' % (image, project))['status'] == 'pending'
    admin('image set --project %s --accept %s' % (project, image))
    assert [(m['Member ID'], m['Status']) for m in demo.json('image member list ' + image)] == [(project, 'accepted')]
    assert demo.json('image member get %s %s' % (image, project))['status'] == 'accepted'
    demo('image remove project %s %s' % (image, project))
    assert demo.json('image member list ' + image) == []


def test_import(demo, admin, name, disk):
    assert 'glance-direct' in demo.json('image import info')['import-methods']
    made = demo.json('image create --disk-format raw --container-format bare ' + name('staged'))
    assert made['status'] == 'queued'
    demo('image stage --file %s %s' % (disk, made['id']))
    assert demo.json('image show ' + made['id'])['status'] == 'uploading'
    demo('image import --method glance-direct ' + made['id'])
    assert demo.wait('image show ' + made['id'], 'active')['size'] == disk.stat().st_size
    task = admin.json('image task list')[0]
    assert admin.json('image task show ' + task['ID'])['status'] in ('success', 'processing', 'pending')
    demo('image delete ' + made['id'])


def test_stores_and_cache(admin, image):
    assert admin.json('image stores list')
    admin('cached image queue ' + image)
    admin.json('cached image list')
    admin('cached image clear')


def test_metadata_definitions(admin, name):
    n = name('OS::Nephos')
    admin('image metadef namespace create --display-name shown --public ' + n)
    assert admin.json('image metadef namespace show ' + n)['display_name'] == 'shown'
    assert n in admin.names('image metadef namespace list', 'namespace')
    admin('image metadef namespace set --description d ' + n)
    admin('image metadef object create --namespace %s thing' % n)
    assert admin.names('image metadef object list ' + n, 'name') == ['thing']
    admin('image metadef property create --name p --title P --type string --schema {} ' + n)
    assert admin.names('image metadef property list ' + n, 'name') == ['p']
    assert 'OS::Nova::Flavor' in admin.names('image metadef resource type list', 'Name')
    admin('image metadef namespace delete ' + n)
    assert n not in admin.names('image metadef namespace list', 'namespace')
