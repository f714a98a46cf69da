"""Keystone by the openstack command line: login, catalog, tokens, projects, users, groups, roles, credentials."""
import json
import os
import pathlib
import subprocess
import sys

UNAUTHORIZED = 'The request you have made requires authentication.'


def test_login(admin, demo):
    token = admin.json('token issue')
    assert set(token) == {'id', 'expires', 'project_id', 'user_id'}
    assert token['id'] != demo.json('token issue')['id']
    assert token['project_id'] == admin.json('project show admin')['id']


def test_the_command_itself(admin):
    """As a separate program. All other tests run the command inside this process."""
    program = pathlib.Path(sys.executable).parent / 'openstack'
    out = subprocess.run([program, 'token', 'issue', '-f', 'json'], env=dict(os.environ, **admin.environment), capture_output=True, text=True)
    assert out.returncode == 0, out.stderr
    assert json.loads(out.stdout)['user_id'] == admin.json('token issue')['user_id']


def test_wrong_password(admin):
    assert UNAUTHORIZED in admin.other(OS_PASSWORD='wrong').refuses('token issue')
    assert UNAUTHORIZED in admin.other(OS_USERNAME='nobody').refuses('token issue')


def test_scopes(admin):
    no_project = dict(OS_PROJECT_NAME=None, OS_PROJECT_DOMAIN_NAME=None)
    assert 'project_id' not in admin.other(**no_project).json('token issue')
    assert admin.other(**no_project, OS_SYSTEM_SCOPE='all').json('token issue')['system'] == 'all'
    admin('role add --user admin --domain default admin')
    assert admin.other(**no_project, OS_DOMAIN_NAME='Default').json('token issue')['domain_id'] == 'default'


def test_catalog(cloud, admin):
    catalog = {row['Type']: row for row in admin.json('catalog list')}
    assert {'identity', 'image'} <= set(catalog) and {'block-storage', 'volumev3'} & set(catalog)
    host = cloud.auth_url.split('/v3')[0].rsplit(':', 1)[0]
    for row in catalog.values():
        assert row['Name']
        for endpoint in row['Endpoints']:
            assert endpoint['url'].startswith(host) and endpoint['region'] == cloud.region
    assert admin.json('catalog show identity')['type'] == 'identity'


def test_token_revoke(cloud, admin):
    token = admin.value('token issue', 'id')
    held = admin.other(OS_TOKEN=token, OS_AUTH_TYPE='token', OS_USERNAME=None, OS_PASSWORD=None, OS_USER_DOMAIN_NAME=None)
    assert held.json('token issue')['id']
    admin('token revoke ' + token)
    assert 'Failed to validate token (HTTP 404)' in held.refuses('token issue')


def test_projects(admin, name):
    made = admin.json('project create --description first ' + (p := name('project')))
    assert (made['name'], made['description'], made['enabled'], made['domain_id']) == (p, 'first', True, 'default')
    child = admin.json('project create --parent %s --tag a --tag b %s' % (p, name('child')))
    assert child['parent_id'] == made['id'] and sorted(child['tags']) == ['a', 'b']
    assert 'since its subtree contains enabled projects' in admin.refuses('project set --disable ' + p)
    admin('project set --disable ' + child['id'])
    admin('project set --description second --disable ' + p)
    shown = admin.json('project show ' + p)
    assert (shown['description'], shown['enabled']) == ('second', False)
    assert {p, child['name']} <= set(admin.names('project list'))
    admin('project delete %s %s' % (child['id'], p))
    assert p not in admin.names('project list')
    assert 'No Project found for' in admin.refuses('project show ' + p)


def test_duplicate_project(admin, name):
    admin('project create ' + (p := name('project')))
    assert 'Conflict occurred attempting to store project' in admin.refuses('project create ' + p)
    assert admin.json('project create --or-show ' + p)['name'] == p


def test_users(admin, name):
    u, p = name('user'), name('project')
    admin('project create ' + p)
    made = admin.json('user create --password secret-1 --project %s --email u@example.com %s' % (p, u))
    assert (made['name'], made['email'], made['enabled']) == (u, 'u@example.com', True) and 'password' not in made
    as_user = admin.other(OS_USERNAME=u, OS_PASSWORD='secret-1', OS_PROJECT_NAME=p)
    assert UNAUTHORIZED in as_user.refuses('token issue')
    admin('role add --user %s --project %s member' % (u, p))
    assert as_user.json('token issue')['user_id'] == made['id']
    admin('user set --password secret-2 --description changed ' + u)
    assert UNAUTHORIZED in as_user.refuses('token issue')
    assert as_user.other(OS_PASSWORD='secret-2').json('token issue')
    assert admin.json('user show ' + u)['description'] == 'changed'
    assert u in admin.names('user list') and u in admin.names('user list --project ' + p)
    admin('user set --disable ' + u)
    assert as_user.other(OS_PASSWORD='secret-2').refuses('token issue')
    admin('user delete ' + u)
    assert u not in admin.names('user list')


def test_member_may_not(demo, name):
    for command, rule in (('user list', 'identity:list_users'), ('project create ' + name(), 'identity:create_project'), ('role list', 'identity:list_roles')):
        said = demo.refuses(command)
        assert 'You are not authorized to perform the requested action: %s' % rule in said and '403' in said


def test_groups(admin, name):
    g, u = name('group'), name('user')
    made = admin.json('group create --description x ' + g)
    admin('user create ' + u)
    admin('group add user %s %s' % (g, u))
    assert 'in group' in admin('group contains user %s %s' % (g, u))
    assert admin.names('user list --group ' + g) == [u]
    admin('group set --description y ' + g)
    assert admin.json('group show ' + g)['description'] == 'y'
    admin('group remove user %s %s' % (g, u))
    assert admin.json('user list --group ' + g) == []
    assert made['id'] in [row['ID'] for row in admin.json('group list')]
    admin('group delete ' + g)
    assert g not in admin.names('group list')


def test_roles_and_assignments(admin, name):
    r, p, u = name('role'), name('project'), name('user')
    admin('role create ' + r)
    admin('project create ' + p)
    admin('user create ' + u)
    assert {'admin', 'member', 'reader', r} <= set(admin.names('role list'))
    admin('role add --user %s --project %s %s' % (u, p, r))
    rows = admin.json('role assignment list --names --user ' + u)
    assert [(row['Role'], row['User'], row['Project']) for row in rows] == [(r, u + '@Default', p + '@Default')]
    admin('role remove --user %s --project %s %s' % (u, p, r))
    assert admin.json('role assignment list --user ' + u) == []
    admin('role add --user %s --domain default %s' % (u, r))
    assert admin.json('role assignment list --user ' + u)[0]['Domain'] == 'default'
    admin('role add --user %s --system all %s' % (u, r))
    assert admin.json('role assignment list --system all --user ' + u)[0]['System'] == 'all'
    admin('role set --description z ' + r)
    assert admin.json('role show ' + r)['description'] == 'z'
    admin('role delete ' + r)
    assert admin.json('role assignment list --user ' + u) == []


def test_implied_roles(admin, name):
    r, s = name('role'), name('role')
    admin('role create ' + r)
    admin('role create ' + s)
    admin('implied role create --implied-role %s %s' % (s, r))
    assert (r, s) in [(row['Prior Role Name'], row['Implied Role Name']) for row in admin.json('implied role list')]
    admin('implied role delete --implied-role %s %s' % (s, r))
    assert r not in [row['Prior Role Name'] for row in admin.json('implied role list')]


def test_group_assignment_counts(admin, name):
    """A member of a group logs in with the group's role."""
    u, g, p = name('user'), name('group'), name('project')
    admin('project create ' + p)
    admin('user create --password secret-1 ' + u)
    admin('group create ' + g)
    admin('role add --group %s --project %s member' % (g, p))
    as_user = admin.other(OS_USERNAME=u, OS_PASSWORD='secret-1', OS_PROJECT_NAME=p)
    assert UNAUTHORIZED in as_user.refuses('token issue')
    admin('group add user %s %s' % (g, u))
    assert as_user.json('token issue')['project_id'] == admin.json('project show ' + p)['id']


def test_domains(admin, name):
    d = name('domain')
    assert admin.json('domain create --description x ' + d)['enabled'] is True
    admin('user create --domain %s u' % d)
    assert admin.names('user list --domain ' + d) == ['u']
    assert admin.refuses('domain delete ' + d)
    admin('domain set --disable ' + d)
    assert admin.json('domain show ' + d)['enabled'] is False
    admin('domain delete ' + d)
    assert d not in admin.names('domain list')


def test_regions_services_endpoints(admin, name):
    r, s = name('region'), name('service')
    assert admin.json('region create --description x ' + r)['region'] == r
    assert admin.json('service create --name %s --description y %s-type' % (s, s))['type'] == s + '-type'
    made = admin.json('endpoint create --region %s %s public http://127.0.0.1:9/' % (r, s))
    assert (made['interface'], made['url'], made['region']) == ('public', 'http://127.0.0.1:9/', r)
    admin('endpoint set --url http://127.0.0.1:10/ ' + made['id'])
    assert admin.json('endpoint show ' + made['id'])['url'] == 'http://127.0.0.1:10/'
    assert made['id'] in [row['ID'] for row in admin.json('endpoint list --service ' + s)]
    assert s in admin.names('service list') and r in admin.names('region list', 'Region')
    assert s in admin.names('catalog list')
    admin('endpoint delete ' + made['id'])
    admin('service delete ' + s)
    admin('region delete ' + r)
    assert r not in admin.names('region list', 'Region')


def test_application_credentials(demo, name):
    a = name('app')
    made = demo.json('application credential create --role member --description x ' + a)
    assert made['Name'] == a and made['Secret']
    used = demo.other(OS_AUTH_TYPE='v3applicationcredential', OS_APPLICATION_CREDENTIAL_ID=made['ID'], OS_APPLICATION_CREDENTIAL_SECRET=made['Secret'],
                      OS_USERNAME=None, OS_PASSWORD=None, OS_PROJECT_NAME=None, OS_USER_DOMAIN_NAME=None, OS_PROJECT_DOMAIN_NAME=None)
    assert used.json('token issue')['project_id'] == demo.json('token issue')['project_id']
    assert a in demo.names('application credential list')
    assert 'Secret' not in demo.json('application credential show ' + a)
    demo('application credential delete ' + a)
    assert 'Could not find Application Credential' in used.refuses('token issue')


def test_ec2_credentials(demo):
    made = demo.json('ec2 credentials create')
    assert made['access'] and made['secret']
    assert demo.json('ec2 credentials show ' + made['access'])['secret'] == made['secret']
    assert made['access'] in [row['Access'] for row in demo.json('ec2 credentials list')]
    demo('ec2 credentials delete ' + made['access'])
    assert made['access'] not in [row['Access'] for row in demo.json('ec2 credentials list')]


def test_versions(admin):
    rows = admin.json('versions show')
    known = {row['Service Type']: row for row in rows}
    assert known['identity']['Version'].startswith('3.') and known['identity']['Status'] == 'CURRENT'
    volume = known.get('block-storage') or known['volumev3']
    assert (volume['Min Microversion'], volume['Max Microversion']) == ('3.0', '3.71')
