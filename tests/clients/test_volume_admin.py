"""Cinder by the openstack command line: types, QoS, encryption, groups, quotas, services, messages."""


def test_types(admin, demo, name):
    t = name('type')
    made = admin.json('volume type create --description d --property a=b --public ' + t)
    assert (made['name'], made['description'], made['is_public'], made['properties']) == (t, 'd', True, {'a': 'b'})
    admin('volume type set --name %s2 --description e --property c=d %s' % (t, t))
    shown = admin.json('volume type show %s2' % t)
    assert shown['description'] == 'e' and shown['properties'] == {'a': 'b', 'c': 'd'}
    admin('volume type unset --property a %s2' % t)
    assert admin.json('volume type show %s2' % t)['properties'] == {'c': 'd'}
    assert t + '2' in demo.names('volume type list') and t + '2' in admin.names('volume type list --long')
    assert len(admin.json('volume type list --default')) >= 1
    admin('volume type delete %s2' % t)
    assert t + '2' not in admin.names('volume type list')


def test_private_type(admin, demo, name):
    t = name('type')
    admin('volume type create --private ' + t)
    assert t not in demo.names('volume type list')
    admin('volume type set --project demo ' + t)
    assert t in demo.names('volume type list')
    assert demo.json('volume create --size 1 --type %s %s' % (t, name('volume')))['type'] == t
    admin('volume type unset --project demo ' + t)
    assert t not in demo.names('volume type list')


def test_member_makes_no_type(demo, name):
    assert "Policy doesn't allow volume_extension:type_create to be performed." in demo.refuses('volume type create ' + name())


def test_encrypted_type(admin, name):
    t = name('type')
    made = admin.json('volume type create --encryption-provider luks --encryption-cipher aes-xts-plain64 --encryption-key-size 256 --encryption-control-location front-end ' + t)
    assert 'luks' in str(made['encryption'])
    assert 'luks' in str(admin.json('volume type show --encryption-type ' + t)['encryption'])
    admin('volume type set --encryption-key-size 128 ' + t)
    assert '128' in str(admin.json('volume type show --encryption-type ' + t)['encryption'])
    assert any('luks' in str(row['Encryption']) for row in admin.json('volume type list --encryption-type'))
    admin('volume type unset --encryption-type ' + t)
    assert 'luks' not in str(admin.json('volume type show --encryption-type ' + t)['encryption'])


def test_qos(admin, name):
    q, t = name('qos'), name('type')
    made = admin.json('volume qos create --consumer back-end --property a=1 ' + q)
    assert (made['name'], made['consumer'], made['properties']) == (q, 'back-end', {'a': '1'})
    admin('volume qos set --property b=2 ' + q)
    admin('volume type create ' + t)
    admin('volume qos associate %s %s' % (q, t))
    shown = admin.json('volume qos show ' + q)
    assert shown['properties'] == {'a': '1', 'b': '2'} and t in str(shown['associations'])
    admin('volume qos unset --property a ' + q)
    assert q in admin.names('volume qos list')
    admin('volume qos disassociate --volume-type %s %s' % (t, q))
    admin('volume qos delete ' + q)
    assert q not in admin.names('volume qos list')


def test_group_types(admin, name):
    g = name('gtype')
    assert admin.json('volume group type create --description d ' + g)['Description'] == 'd'
    admin('volume group type set --property a=b ' + g)
    assert 'a' in str(admin.json('volume group type show ' + g)['Properties'])
    admin('volume group type set --no-property --property c=d ' + g)
    assert admin.json('volume group type show ' + g)['Properties'] == {'c': 'd'}
    assert g in admin.names('volume group type list')
    admin('volume group type delete ' + g)
    assert g not in admin.names('volume group type list')


def test_groups(admin, name):
    gt, t, g = name('gtype'), name('type'), name('group')
    admin('volume group type create ' + gt)
    admin('volume type create ' + t)
    made = admin.json('volume group create --volume-group-type %s --volume-type %s --name %s --description d' % (gt, t, g))
    admin.wait('volume group show ' + made['ID'], 'available', 'Status')
    admin('volume group set --name %s2 %s' % (g, made['ID']))
    assert g + '2' in admin.names('volume group list')
    v = admin.json('volume create --size 1 --type %s %s' % (t, name('volume')))['id']
    admin.wait('volume show ' + v, 'available')
    admin.cinder('group-update --add-volumes %s %s' % (v, made['ID']))
    admin.wait('volume group show ' + made['ID'], 'available', 'Status')
    s = admin.json('volume group snapshot create --name s ' + made['ID'])
    assert admin.wait('volume group snapshot show ' + s['ID'], 'available', 'Status')['Group'] == made['ID']
    assert s['ID'] in [row['ID'] for row in admin.json('volume group snapshot list')]
    admin('volume group snapshot delete ' + s['ID'])
    admin.gone('volume group snapshot show ' + s['ID'])
    admin('volume group delete --force ' + made['ID'])
    admin.gone('volume group show ' + made['ID'])
    admin.gone('volume show ' + v)


def test_quotas(admin, name):
    p = name('project')
    admin('project create ' + p)
    quota = lambda command: {row['Resource']: row['Limit'] for row in admin.json(command)}
    assert quota('quota show --volume ' + p)['volumes'] == 10
    admin('quota set --volumes 3 --gigabytes 7 --snapshots 2 ' + p)
    found = quota('quota show --volume ' + p)
    assert (found['volumes'], found['gigabytes'], found['snapshots']) == (3, 7, 2)
    assert quota('quota show --volume --default ' + p)['volumes'] == 10
    assert 'volumes' in [row['Resource'] for row in admin.json('quota show --volume --usage ' + p)]
    admin('quota delete --volume ' + p)
    assert quota('quota show --volume ' + p)['volumes'] == 10


def test_quota_is_enforced(admin, name):
    p, u = name('project'), name('user')
    admin('project create ' + p)
    admin('user create --password secret-1 ' + u)
    admin('role add --user %s --project %s member' % (u, p))
    admin('quota set --volumes 1 ' + p)
    user = admin.other(OS_USERNAME=u, OS_PASSWORD='secret-1', OS_PROJECT_NAME=p)
    user('volume create --size 1 first')
    said = user.refuses('volume create --size 1 second')
    assert 'VolumeLimitExceeded: Maximum number of volumes allowed (1) exceeded' in said and '413' in said


def test_limits(demo, volume):
    demo = demo.other(OS_COMPUTE_API_VERSION='2.56')        # the command sends `reserved`, which Nova refuses from 2.75 on
    found = {row['Name']: row['Value'] for row in demo.json('limits show --absolute')}
    assert found.get('maxTotalVolumes', found.get('max_total_volumes')) == 500
    assert found.get('totalVolumesUsed', found.get('total_volumes_used')) >= 1


def test_services(admin):
    rows = {row['Binary']: row for row in admin.json('volume service list')}
    assert {'cinder-scheduler', 'cinder-volume', 'cinder-backup'} <= set(rows)
    assert all(row['State'] == 'up' for row in rows.values())
    host = rows['cinder-volume']['Host']
    admin('volume service set --disable --disable-reason maintenance %s cinder-volume' % host)
    found = [row for row in admin.json('volume service list --long') if (row['Host'], row['Binary']) == (host, 'cinder-volume')]
    assert (found[0]['Status'], found[0]['Disabled Reason']) == ('disabled', 'maintenance')
    admin('volume service set --enable %s cinder-volume' % host)
    assert {row['Status'] for row in admin.json('volume service list')} == {'enabled'}


def test_backends(admin):
    pools = admin.json('volume backend pool list --long')
    assert len(pools) >= 2 and all(row['Name'] for row in pools)
    host = pools[0]['Name'].split('#')[0]
    assert isinstance(admin.json('volume backend capability show ' + host), list)


def test_zones(demo):
    assert [row['Zone Status'] for row in demo.json('availability zone list --volume')] == ['available']


def test_messages(admin, demo, name):
    """A volume that fits no backend goes to error, and a message says why."""
    admin('volume type create --property volume_backend_name=nowhere ' + (t := name('type')))
    v = demo.json('volume create --size 1 --type %s %s' % (t, name('volume')))['id']
    demo.wait('volume show ' + v, 'error')
    found = [row for row in demo.json('volume message list') if row['Resource UUID'] == v]
    assert found and 'Could not find any available weighted backend' in found[0]['User Message']
    assert v in demo.cinder('message-show ' + found[0]['ID'])        # the openstack command shows None for every field
    demo('volume message delete ' + found[0]['ID'])
    assert v not in [row['Resource UUID'] for row in demo.json('volume message list')]


def test_images(demo):
    images = demo.json('image list')
    assert len(images) >= 2 and all(row['Status'] == 'active' for row in images)
    assert demo.json('image show ' + images[0]['ID'])['name'] == images[0]['Name']


def test_filters_and_extensions(admin):
    assert 'volume' in [row['Resource'] for row in admin.json('block storage resource filter list')]
    assert len(admin.json('extension list --volume')) > 10


def test_manage(admin, name):
    """An unmanaged volume stays on the backend and can be managed again."""
    v = admin.json('volume create --size 1 ' + name('volume'))['id']
    host = admin.wait('volume show ' + v, 'available')['os-vol-host-attr:host']
    admin('volume delete --remote ' + v)
    admin.gone('volume show ' + v)
    again = admin.json('volume create --non-bootable --host %s --remote-source source-name=volume-%s %s' % (host, v, name('managed')))['id']
    assert admin.wait('volume show ' + again, 'available')['size'] == 1


def test_default_types(admin, name):
    """The type of a project's volumes that are created without one."""
    p, t = name('project'), name('type')
    project = admin.json('project create ' + p)['id']
    admin('role add --user admin --project %s admin' % p)
    made = admin.json('volume type create ' + t)
    admin.cinder('default-type-set %s %s' % (t, project))
    assert made['id'] in admin.cinder('default-type-list --project-id ' + project)
    assert admin.other(OS_PROJECT_NAME=p).json('volume create --size 1 ' + name('volume'))['type'] == t
    admin.cinder('default-type-unset ' + project)
