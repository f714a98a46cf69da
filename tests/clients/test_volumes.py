"""Cinder by the openstack and cinder command lines: volumes, snapshots, backups, transfers."""
import re


def test_create_and_delete(demo, name):
    v = name('volume')
    made = demo.json('volume create --size 1 --description d --property a=b ' + v)
    assert (made['name'], made['size'], made['status'], made['description']) == (v, 1, 'creating', 'd')
    shown = demo.wait('volume show ' + v, 'available')
    assert shown['properties'] == {'a': 'b'} and shown['type'] == made['type'] and shown['bootable'] in ('false', False)
    assert v in demo.names('volume list')
    demo('volume delete ' + v)
    demo.gone('volume show ' + v)
    assert v not in demo.names('volume list')


def test_grow(demo, volume):
    demo('volume set --size 2 ' + volume)
    assert demo.wait('volume show ' + volume, 'available')['size'] == 2
    said = demo.refuses('volume set --size 1 ' + volume)
    assert 'New size' in said or 'size' in said


def test_set_and_unset(demo, volume):
    demo('volume set --name renamed --description other --property a=1 --property b=2 ' + volume)
    shown = demo.json('volume show ' + volume)
    assert (shown['name'], shown['description'], shown['properties']) == ('renamed', 'other', {'a': '1', 'b': '2'})
    demo('volume unset --property a ' + volume)
    assert demo.json('volume show ' + volume)['properties'] == {'b': '2'}
    demo('volume set --image-property os=linux ' + volume)
    assert demo.json('volume show ' + volume)['volume_image_metadata'] == {'os': 'linux'}
    demo('volume unset --image-property os ' + volume)


def test_bootable_and_readonly(demo, volume):
    demo('volume set --bootable ' + volume)
    assert str(demo.json('volume show ' + volume)['bootable']).lower() == 'true'
    demo('volume set --non-bootable --read-only ' + volume)
    assert demo.json('volume show ' + volume)['properties'].get('readonly') == 'True'
    demo('volume set --read-write ' + volume)
    assert demo.json('volume show ' + volume)['properties'].get('readonly') == 'False'


def test_lists(admin, demo, name):
    p = name('listed')
    for i in range(3):
        demo.json('volume create --size %d --property list=%s %s-%d' % (i + 1, p, p, i))
    for i in range(3):
        demo.wait('volume show %s-%d' % (p, i), 'available')
    assert demo.names('volume list --name %s-1' % p) == [p + '-1']
    assert sorted(demo.names('volume list --property list=' + p)) == [p + '-0', p + '-1', p + '-2']
    assert demo.json('volume list --name nothing') == []
    first, second, third = demo.json('volume list --property list=' + p)
    assert [first, second, third] == demo.json('volume list --property list=%s --limit 1' % p)        # page by page
    assert [second, third] == demo.json('volume list --property list=%s --marker %s' % (p, first['ID']))
    assert [row['Size'] for row in demo.json('volume list --long --property list=%s --sort-column Size' % p)] == [1, 2, 3]
    assert {r['Name'] for r in (first, second, third)} <= set(admin.names('volume list --all-projects'))
    assert not {r['Name'] for r in (first, second, third)} & set(admin.names('volume list'))
    assert demo.json('volume summary')['Total Count'] >= 3


def test_wrong_requests(demo, name):
    assert 'No Volume found' in demo.refuses('volume show ' + name('missing'))
    said = demo.refuses('volume create --size 100000 ' + name())
    assert 'VolumeSizeExceedsAvailableQuota' in said and '413' in said
    assert '404' in demo.refuses('volume create --size 1 --type nothing ' + name()) or 'nothing' in demo.refuses('volume create --size 1 --type nothing ' + name())
    assert demo.refuses('volume create --size 1 --availability-zone nowhere ' + name())


def test_copies(demo, name, volume):
    """From a volume, a snapshot and an image."""
    clone = demo.json('volume create --source %s %s' % (volume, name('clone')))
    assert demo.wait('volume show ' + clone['id'], 'available')['source_volid'] == volume
    demo('volume snapshot create --volume %s %s' % (volume, s := name('snap')))
    demo.wait('volume snapshot show ' + s, 'available')
    copy = demo.json('volume create --snapshot %s --size 2 %s' % (s, name('copy')))
    shown = demo.wait('volume show ' + copy['id'], 'available')
    assert shown['size'] == 2 and shown['snapshot_id'] == demo.json('volume snapshot show ' + s)['id']
    image = demo.json('image list')[0]
    made = demo.json('volume create --size 1 --image %s %s' % (image['ID'], name('image')))
    shown = demo.wait('volume show ' + made['id'], 'available')
    assert str(shown['bootable']).lower() == 'true' and shown['volume_image_metadata']['image_name'] == image['Name']


def test_image_of_a_volume(demo, name, volume):
    i = name('image')
    demo('image create --volume %s --disk-format raw --container-format bare %s' % (volume, i))
    demo.wait('volume show ' + volume, 'available')
    assert i in demo.names('image list')


def test_state_and_force_delete(admin, name):
    v = admin.json('volume create --size 1 ' + name('volume'))['id']
    admin.wait('volume show ' + v, 'available')
    admin('volume set --state error ' + v)
    assert admin.json('volume show ' + v)['status'] == 'error'
    admin('volume set --state detaching ' + v)
    assert 'Volume status must be available or error' in admin.refuses('volume delete ' + v)
    admin('volume delete --force ' + v)
    admin.gone('volume show ' + v)


def test_delete_with_snapshots(demo, name, volume):
    demo('volume snapshot create --volume %s %s' % (volume, s := name('snap')))
    demo.wait('volume snapshot show ' + s, 'available')
    assert demo.refuses('volume delete ' + volume)
    demo('volume delete --purge ' + volume)
    demo.gone('volume show ' + volume)


def test_migrate(admin, name):
    pools = admin.names('volume backend pool list')
    assert len(pools) >= 2
    v = admin.json('volume create --size 1 ' + name('volume'))['id']
    here = admin.wait('volume show ' + v, 'available')['os-vol-host-attr:host']
    there = next(p for p in pools if p != here)
    admin('volume migrate --host %s %s' % (there, v))
    assert admin.wait('volume show ' + v, there, 'os-vol-host-attr:host')['status'] == 'available'        # it is available while it migrates


def test_retype(admin, name):
    types = [t for t in admin.names('volume type list --public') if t != 'multiattach']
    v = admin.json('volume create --size 1 --type %s %s' % (types[0], name('volume')))['id']
    admin.wait('volume show ' + v, 'available')
    admin('volume type create ' + (t := name('type')))
    admin('volume set --type %s --migration-policy on-demand %s' % (t, v))
    admin.wait('volume show ' + v, 'available')
    assert admin.json('volume show ' + v)['type'] == t


def test_snapshots(admin, demo, name, volume):
    s = name('snap')
    made = demo.json('volume snapshot create --volume %s --description d --property a=b %s' % (volume, s))
    assert (made['name'], made['volume_id'], made['size']) == (s, volume, 1)
    demo.wait('volume snapshot show ' + s, 'available')
    demo('volume snapshot set --name %s2 --description e --property c=d %s' % (s, s))
    shown = demo.json('volume snapshot show %s2' % s)
    assert shown['description'] == 'e' and shown['properties'] == {'a': 'b', 'c': 'd'}
    demo('volume snapshot unset --property a %s2' % s)
    assert demo.json('volume snapshot show %s2' % s)['properties'] == {'c': 'd'}
    assert demo.names('volume snapshot list --volume ' + volume) == [s + '2']
    assert s + '2' in admin.names('volume snapshot list --all-projects')
    admin('volume snapshot set --state error ' + made['id'])
    assert demo.json('volume snapshot show ' + made['id'])['status'] == 'error'
    demo('volume snapshot delete ' + made['id'])
    demo.gone('volume snapshot show ' + made['id'])


def test_revert(demo, name, volume):
    demo('volume snapshot create --volume %s %s' % (volume, s := name('snap')))
    demo.wait('volume snapshot show ' + s, 'available')
    demo('volume revert ' + s)
    demo.wait('volume show ' + volume, 'available')
    demo.wait('volume snapshot show ' + s, 'available')


def test_backups(admin, demo, name, volume):
    b = name('backup')
    made = demo.json('volume backup create --name %s --description d %s' % (b, volume))
    assert made['name'] == b
    shown = demo.wait('volume backup show ' + b, 'available')
    assert (shown['volume_id'], shown['size'], shown['is_incremental']) == (volume, 1, False)
    demo.wait('volume show ' + volume, 'available')
    more = demo.json('volume backup create --incremental --name %s-2 %s' % (b, volume))['id']
    shown = demo.wait('volume backup show ' + more, 'available')
    assert shown['is_incremental'] is True
    assert demo.json('volume backup show ' + b)['has_dependent_backups'] is True
    assert demo.refuses('volume backup delete ' + b)
    assert sorted(demo.names('volume backup list --volume ' + volume)) == [b, b + '-2']
    demo('volume backup set --name %s-3 --description e %s' % (b, more))
    assert demo.json('volume backup show ' + more)['description'] == 'e'
    demo('volume backup delete ' + more)
    demo.gone('volume backup show ' + more)
    demo('volume backup delete ' + b)
    demo.gone('volume backup show ' + b)


def test_restore(demo, name, volume):
    b = demo.json('volume backup create --name %s %s' % (name('backup'), volume))['id']
    demo.wait('volume backup show ' + b, 'available')
    v = demo.json('volume create --size 1 ' + name('volume'))['id']
    demo.wait('volume show ' + v, 'available')
    restored = demo.json('volume backup restore --force %s %s' % (b, v))
    assert restored['volume_id'] == v
    demo.wait('volume backup show ' + b, 'available')
    demo.wait('volume show ' + v, 'available')
    new = demo.json('volume create --backup %s --size 1 %s' % (b, name('volume')))['id']
    demo.wait('volume show ' + new, 'available')


def test_backup_record(admin, name):
    v = admin.json('volume create --size 1 ' + name('volume'))['id']
    admin.wait('volume show ' + v, 'available')
    b = admin.json('volume backup create --name %s %s' % (name('backup'), v))['id']
    admin.wait('volume backup show ' + b, 'available')
    record = admin.json('volume backup record export ' + b)
    service, url = record['backup_service'], record['backup_url']
    assert service and url
    admin('volume backup delete ' + b)
    admin.gone('volume backup show ' + b)
    assert b in admin.cinder('backup-import %s %s' % (service, url))        # the openstack command posts to a path that Cinder does not have
    admin.wait('volume backup show ' + b, 'available')


def test_transfers(admin, demo, volume):
    made = demo.json('volume transfer request create --name give ' + volume)
    assert made['auth_key'] and made['volume_id'] == volume
    assert demo.json('volume show ' + volume)['status'] == 'awaiting-transfer'
    assert made['id'] in [row['ID'] for row in demo.json('volume transfer request list')]
    assert 'auth_key' not in demo.json('volume transfer request show ' + made['id'])
    assert admin.refuses('volume transfer request accept --auth-key wrong ' + made['id'])
    admin('volume transfer request accept --auth-key %s %s' % (made['auth_key'], made['id']))
    assert admin.json('volume show ' + volume)['status'] == 'available'
    assert 'No Volume found' in demo.refuses('volume show ' + volume)
    again = admin.json('volume transfer request create ' + volume)['id']
    admin('volume transfer request delete ' + again)
    assert admin.json('volume show ' + volume)['status'] == 'available'


def test_attachments(admin, demo, volume):
    """Without a server, as a bare metal host does it."""
    server = '0badc0de-0000-4000-8000-000000000bad'
    text = demo.cinder('attachment-create --connect True --initiator iqn.1993-08.org.debian:01:x --ip 127.0.0.1 --host h --mountpoint /dev/vdb --mode rw %s %s' % (volume, server))
    attachment = re.search(r'\| id +\| ([0-9a-f-]{36})', text).group(1)
    assert demo.json('volume show ' + volume)['status'] in ('attaching', 'reserved')
    demo('volume attachment complete ' + attachment)
    shown = demo.wait('volume show ' + volume, 'in-use')
    assert [a['attachment_id'] for a in shown['attachments']] == [attachment] and shown['attachments'][0]['server_id'] == server
    assert attachment in [row['ID'] for row in demo.json('volume attachment list')]
    assert demo.json('volume attachment show ' + attachment)['Volume ID'] == volume
    demo('volume attachment delete ' + attachment)
    assert demo.wait('volume show ' + volume, 'available')['attachments'] == []
