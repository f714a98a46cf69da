#!/usr/bin/env python3
"""Sends requests that are refused because of state, quota or use, through the recorder.

usage: conflicts.py [--offset 10000] [--services keystone,cinder,…] [--groups cinder.volumes,…] [-v]
Addresses are those of probe.py. Everything happens in a project of its own (cf-project, with the users cf-admin, role admin, and
cf-user, role member; cf-other is in another project) and is deleted at the end and before the next run. A case is one request with
an X-Case header; the requests that prepare it have none. A step that fails ends its group of cases, not the run."""
import argparse
import collections
import json
import sys
import time
import traceback

import probe

PASSWORD = 'Conflicts-1'
MISSING = '0badc0de-0000-4000-8000-000000000bad'
ROOT = {'keystone': '/v3', 'nova': '/v2.1', 'neutron': '/v2.0', 'glance': '/v2', 'placement': '', 'cinder': '/v3'}
VERSION = {'nova': 'compute', 'cinder': 'volume', 'placement': 'placement'}        # the name of the service in the header of a microversion
POLL = 0.05            # seconds between two reads of something that changes


class Failed(Exception):
    """A step that prepares a case failed."""


class Cloud:
    """Requests on behalf of several users. Counts cases and keeps a list of what must be deleted at the end."""
    def __init__(self, client, verbose=False):
        self.client, self.verbose, self.group = client, verbose, ''
        self.cases, self.duplicates, self.failed, self.undo, self.project = collections.Counter(), [], [], [], {}
        self.names = set()

    def send(self, service, method, path, body=None, who='admin', v=None, case=None, headers=(), raw=None):
        h = dict(headers)
        if v:
            h['OpenStack-API-Version'] = '%s %s' % (VERSION[service], v)
        root = ROOT[service] + ('/' + self.project[who] if service == 'cinder' and who in self.project else '')
        return self.client.send(service, method, root + path, body, h, token=who, case=case, raw=raw)

    def do(self, service, method, path, body=None, who='admin', v=None, key=None, **kw):
        """A step that must succeed; returns the inner object of the answer."""
        status, headers, value = self.send(service, method, path, body, who, v, **kw)
        if not 200 <= status < 300:
            raise Failed('%s %s %s -> %s %s' % (service, method, path, status, json.dumps(value)[:300]))
        if isinstance(value, dict) and len(value) == 1 and isinstance(next(iter(value.values())), dict):
            value = next(iter(value.values()))
        return value

    def make(self, service, path, body, who='admin', v=None, ident='id', **kw):
        """Creates a resource that is deleted at the end; returns it."""
        value = self.do(service, 'POST', path, body, who, v, **kw)
        if ident not in value:
            value = next(x for x in value.values() if isinstance(x, dict) and ident in x)
        self.later(service, '%s/%s' % (path, value[ident]), v)
        return value

    def later(self, service, path, v=None):
        """Notes what must be deleted at the end."""
        self.undo.append((service, path, v))

    def case(self, name, service, method, path, body=None, who='admin', v=None, headers=(), raw=None):
        """The request that is compared; returns status and answer."""
        full = '%s: %s' % (self.group, name)
        if full in self.names:
            self.duplicates.append(full)
        self.names.add(full)
        status, _, value = self.send(service, method, path, body, who, v, case='conflict ' + full, headers=headers, raw=raw)
        self.cases[service, status] += 1
        if self.verbose:
            print('%s %s | %s %s' % (status, full, method, path[:60]), '|', json.dumps(value)[:150] if status >= 400 else '', flush=True)
        if status in (200, 201, 202) and method == 'POST' and isinstance(value, dict) and 'action' not in path:
            for inner in [value] + [x for x in value.values() if isinstance(x, dict)]:
                if isinstance(inner.get('id'), (str, int)):
                    self.later(service, '%s/%s' % (path, inner['id']), v)
        return status, value

    def wait(self, service, path, field, wanted, who='admin', v=None, seconds=60, bad=('ERROR', 'error')):
        """Reads a path until a field has one of the wanted values (None: until it is gone); returns the resource."""
        end = time.time() + seconds
        value = None
        while time.time() < end:
            status, _, value = self.send(service, 'GET', path, None, who, v)
            if status == 404:
                if wanted is None:
                    return None
                raise Failed('%s is gone' % path)
            inner = next(iter(value.values())) if isinstance(value, dict) and len(value) == 1 else value or {}
            if wanted is not None:
                now = inner.get(field)
                if now in wanted and not (service == 'nova' and inner.get('OS-EXT-STS:task_state')):
                    return inner
                if now in bad and not set(wanted) & set(bad):
                    raise Failed('%s is %s: %s' % (path, now, json.dumps(inner.get('fault', inner))[:300]))
            time.sleep(POLL)
        raise Failed('%s did not become %s: %s' % (path, wanted, json.dumps(value)[:200]))

    def image(self, which=0):
        """The id of a small public image of the seed data."""
        found = self.do('glance', 'GET', '/images?visibility=public&status=active&sort=created_at:asc&limit=50')['images']
        found.sort(key=lambda i: not i['name'].startswith('cirros'))
        return found[min(which, len(found) - 1)]['id']

    def clean(self, mark=0):
        """Deletes what was created since a mark, newest first, and tries again while something still depends on it."""
        left = self.undo[mark:][::-1]
        del self.undo[mark:]
        for _ in range(30):
            again = []
            for service, path, v in left:
                status = self.send(service, 'DELETE', path, v=v)[0]
                if status in (400, 403, 409, 500, 0) or (status == 202 and service in ('nova', 'cinder') and ('servers' in path or 'volumes' in path or 'snapshots' in path)):
                    if service == 'cinder' and status == 400 and not self.is_going(path, v):
                        self.send(service, 'POST', path + '/action', {'os-reset_status': {'status': 'error', **({'attach_status': 'detached'} if '/volumes' in path else {})}})
                    if service == 'keystone' and '/domains/' in path:
                        self.send(service, 'PATCH', path, {'domain': {'enabled': False}})
                    if service == 'neutron' and '/routers/' in path:
                        self.free(path)
                    if service == 'glance':
                        patch = {'Content-Type': 'application/openstack-images-v2.1-json-patch'}
                        self.send(service, 'PATCH', path, [{'op': 'replace', 'path': '/protected', 'value': False}], headers=patch)
                    again.append((service, path, v))
            left = again
            if not left:
                return
            time.sleep(4 * POLL)
        self.failed.append('left behind: %s' % left)

    def is_going(self, path, v):
        """True for a resource of Cinder that is being deleted or gone."""
        status, _, value = self.send('cinder', 'GET', path, v=v)
        return status == 404 or status == 200 and next(iter(value.values())).get('status') == 'deleting'

    def free(self, router):
        """Removes routes, gateway and interfaces of a router."""
        self.send('neutron', 'PUT', router, {'router': {'routes': [], 'external_gateway_info': {}}})
        for port in (self.send('neutron', 'GET', '/ports?device_id=' + router.split('/')[-1])[2] or {}).get('ports', ()):
            self.send('neutron', 'PUT', router + '/remove_router_interface', {'port_id': port['id']})

    def run(self, groups):
        """Runs groups of cases and deletes after each what it created."""
        for function in groups:
            self.group, mark = name_of(function), len(self.undo)
            began = time.time()
            before = sum(self.cases.values())
            try:
                function(self)
            except (Failed, SystemExit) as e:
                self.failed.append('%s: %s' % (self.group, e))
            except Exception:
                self.failed.append('%s: %s' % (self.group, traceback.format_exc().splitlines()[-1] + ' ' + traceback.format_exc().splitlines()[-3].strip()))
            self.clean(mark)
            print('%-28s %3d cases %5.1f s' % (self.group, sum(self.cases.values()) - before, time.time() - began), flush=True)

    def login(self, who, password=PASSWORD, project=None):
        token = self.client.login(who, project, password)
        self.project[who] = token['project']['id']
        return token


def name_of(function):
    """The name of a group of cases: cinder.volumes."""
    return '%s.%s' % (function.__module__.replace('conflicts_', '').replace('_rest', ''), function.__name__)


LEFT = (('nova', '/servers?all_tenants=1', 'servers'), ('nova', '/os-aggregates', 'aggregates'), ('nova', '/flavors?is_public=None', 'flavors'),
        ('cinder', '/backups?all_tenants=1', 'backups'), ('cinder', '/snapshots?all_tenants=1', 'snapshots'), ('cinder', '/volumes?all_tenants=1', 'volumes'),
        ('cinder', '/types?is_public=None', 'volume_types'), ('cinder', '/qos-specs', 'qos_specs'), ('glance', '/images', 'images'),
        ('neutron', '/trunks', 'trunks'), ('neutron', '/ports', 'ports'), ('neutron', '/routers', 'routers'), ('neutron', '/networks', 'networks'),
        ('neutron', '/subnetpools', 'subnetpools'), ('neutron', '/address-scopes', 'address_scopes'), ('neutron', '/qos/policies', 'policies'),
        ('neutron', '/address-groups', 'address_groups'),
        ('keystone', '/registered_limits', 'registered_limits'), ('keystone', '/roles', 'roles'), ('keystone', '/services', 'services'))


def sweep(cloud):
    """Deletes what an interrupted run left behind, found by name."""
    for service, path, collection in LEFT:
        value = cloud.send(service, 'GET', path)[2]
        for x in (value or {}).get(collection, []) if isinstance(value, dict) else []:
            if str(x.get('name') or x.get('resource_name') or x.get('type') or '').startswith('cf-'):
                cloud.later(service, '%s/%s' % (path.split('?')[0], x['id']))
    cloud.clean()


def prepare(cloud):
    """Creates the users and the projects of all cases, after deleting those of an earlier run."""
    if cloud.send('keystone', 'GET', '/roles')[0] != 200:
        print('FAILED Keystone has no roles: admin and demo are used instead of the users')
        for who, user in (('cf-admin', 'admin'), ('cf-user', 'demo'), ('cf-other', 'demo')):
            cloud.project[who] = cloud.client.login(user)['project']['id']
            cloud.client.tokens[who] = cloud.client.tokens[user]
        cloud.role = dict.fromkeys(('admin', 'member'), MISSING)
        return
    sweep(cloud)
    k = lambda *a, **kw: cloud.send('keystone', *a, **kw)[2]
    role = {r['name']: r['id'] for r in k('GET', '/roles')['roles']}
    for collection in ('users', 'groups', 'projects', 'domains'):
        for x in k('GET', '/' + collection)[collection]:
            if x['name'].startswith('cf-'):
                if collection == 'domains':
                    k('PATCH', '/domains/' + x['id'], {'domain': {'enabled': False}})
                k('DELETE', '/%s/%s' % (collection, x['id']))
    for name, projects in (('cf-project', (('cf-admin', 'admin'), ('cf-user', 'member'))), ('cf-elsewhere', (('cf-other', 'member'),))):
        project = cloud.make('keystone', '/projects', {'project': {'name': name, 'domain_id': 'default'}})['id']
        for user, r in projects:
            uid = cloud.make('keystone', '/users', {'user': {'name': user, 'password': PASSWORD, 'domain_id': 'default'}})['id']
            cloud.do('keystone', 'PUT', '/projects/%s/users/%s/roles/%s' % (project, uid, role[r]))
            cloud.login(user, PASSWORD, name)
    cloud.role = role


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--offset', type=int, default=10000)
    ap.add_argument('--services', default='keystone,glance,cinder,neutron,nova')
    ap.add_argument('--groups', help='only these groups of cases, comma-separated')
    ap.add_argument('-v', '--verbose', action='store_true')
    a = ap.parse_args()
    cloud = Cloud(probe.Client(a.offset), a.verbose)
    cloud.project['admin'] = cloud.client.login('admin')['project']['id']
    cloud.project['demo'] = cloud.client.login('demo')['project']['id']
    began = time.time()
    prepare(cloud)
    for service in a.services.split(','):
        if service == 'placement':        # has nothing that only a conflict shows
            continue
        module = __import__('conflicts_' + service)
        cloud.run([g for g in module.GROUPS if not a.groups or name_of(g) in a.groups.split(',')])
    cloud.clean()
    print('%d cases in %d s: %s' % (sum(cloud.cases.values()), time.time() - began, ', '.join('%s %s %d' % (*k, n) for k, n in sorted(cloud.cases.items()))))
    print('\n'.join(['FAILED ' + f for f in cloud.failed] + ['TWICE ' + d for d in cloud.duplicates]))
    return 1 if cloud.failed or cloud.duplicates else 0


if __name__ == '__main__':
    import conflicts        # the groups import this module by name: it must be the one that runs
    sys.exit(conflicts.main())
