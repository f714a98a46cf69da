#!/usr/bin/env python3
"""Sends the reads and some writes of Nova, Cinder and Placement at every microversion, through the recorder.

usage: versions.py [--offset 10000] [--services nova,cinder,placement] [--step 1]
Creates one resource of each kind first and deletes them at the end. It uses the users of conflicts.py, so the two cannot run at the
same time."""
import argparse
import sys
import time

import conflicts
import probe
from conflicts import Cloud, Failed

A = 'cf-admin'
LAST = {'nova': (2, 1, 104), 'cinder': (3, 0, 71), 'placement': (1, 0, 39)}


def nova(c):
    """The reads and writes of a server with everything that belongs to it."""
    project = c.project[A]
    f = c.make('nova', '/flavors', {'flavor': {'name': 'cf-flavor', 'ram': 64, 'disk': 0, 'vcpus': 1}})['id']
    c.do('nova', 'POST', '/flavors/%s/os-extra_specs' % f, {'extra_specs': {'hw:cpu_policy': 'shared'}})
    n = c.make('neutron', '/networks', {'network': {'name': 'cf-net'}}, A)['id']
    c.make('neutron', '/subnets', {'subnet': {'network_id': n, 'cidr': '10.122.0.0/24', 'ip_version': 4}}, A)
    c.make('nova', '/os-keypairs', {'keypair': {'name': 'cf-key'}}, A, ident='name')
    c.undo[-1] = ('nova', '/os-keypairs/cf-key?user_id=' + c.client.login(A, 'cf-project', conflicts.PASSWORD)['user']['id'], '2.10')
    g = c.make('nova', '/os-server-groups', {'server_group': {'name': 'cf-g', 'policies': ['anti-affinity']}}, A)['id']
    s = c.do('nova', 'POST', '/servers', {'server': {'name': 'cf-server', 'flavorRef': f, 'imageRef': c.image(), 'networks': [{'uuid': n}], 'key_name': 'cf-key', 'metadata': {'a': 'b'}, 'tags': ['t'], 'description': 'd'},
                                          'os:scheduler_hints': {'group': g}}, A, v='2.52')['id']
    c.later('nova', '/servers/' + s)
    c.wait('nova', '/servers/' + s, 'status', ('ACTIVE',), A)
    v = c.make('cinder', '/volumes', {'volume': {'size': 1, 'name': 'cf-v'}}, A)['id']
    c.wait('cinder', '/volumes/' + v, 'status', ('available',), A)
    c.do('nova', 'POST', '/servers/%s/os-volume_attachments' % s, {'volumeAttachment': {'volumeId': v}}, A)
    c.wait('cinder', '/volumes/' + v, 'status', ('in-use',), A)
    a = c.make('nova', '/os-aggregates', {'aggregate': {'name': 'cf-agg'}})['id']
    request = c.do('nova', 'GET', '/servers/%s/os-instance-actions' % s, None, A)['instanceActions'][-1]['request_id']
    host = c.do('nova', 'GET', '/os-hypervisors', None, 'admin', '2.53')['hypervisors'][0]['id']
    at = '/servers/' + s
    reads = ['', '/', '/servers', '/servers/detail', at] + [at + x for x in (
        '/os-interface', '/os-volume_attachments', '/os-volume_attachments/' + v, '/os-instance-actions', '/os-instance-actions/' + request, '/metadata', '/metadata/a', '/tags', '/tags/t', '/topology', '/diagnostics', '/os-security-groups', '/ips', '/migrations', '/shares',
        '/os-server-password', '/os-virtual-interfaces')]
    reads += ['/flavors', '/flavors/detail', '/flavors/' + f, '/flavors/%s/os-extra_specs' % f, '/os-keypairs', '/os-keypairs/cf-key', '/os-server-groups', '/os-server-groups/' + g, '/os-services', '/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors/' + host,
              '/os-hypervisors/statistics', '/os-hypervisors/%s/uptime' % host, '/os-aggregates', '/os-aggregates/%s' % a, '/os-availability-zone', '/os-availability-zone/detail', '/os-migrations', '/limits', '/os-quota-sets/' + project, '/os-quota-sets/%s/detail' % project,
              '/os-quota-sets/%s/defaults' % project, '/os-quota-class-sets/default', '/os-simple-tenant-usage', '/os-simple-tenant-usage/' + project, '/os-instance_usage_audit_log', '/images/detail', '/os-networks', '/os-floating-ips', '/os-security-groups', '/os-hosts', '/extensions']
    old = lambda v: float(v.split('.')[1]) < 64
    writes = [('PUT', at, lambda v: {'server': {'name': 'cf-server'}}), ('POST', at + '/action', lambda v: {'os-getConsoleOutput': {'length': 1}}), ('POST', at + '/remote-consoles', lambda v: {'remote_console': {'protocol': 'vnc', 'type': 'novnc'}}),
              ('POST', '/os-server-groups', lambda v: {'server_group': {'name': 'cf-x', 'policies': ['affinity']} if old(v) else {'name': 'cf-x', 'policy': 'affinity'}}), ('PUT', '/flavors/' + f, lambda v: {'flavor': {'description': 'x'}}),
              ('PUT', '/os-aggregates/%s' % a, lambda v: {'aggregate': {'name': 'cf-agg'}}), ('PUT', '/os-quota-sets/' + project, lambda v: {'quota_set': {'cores': 50}}), ('PUT', at + '/os-volume_attachments/' + v, lambda v_: {'volumeAttachment': {'volumeId': v}})]
    return reads, writes


def cinder(c):
    """The reads and writes of a volume with everything that belongs to it."""
    C = 'cinder'
    v = c.make(C, '/volumes', {'volume': {'size': 1, 'name': 'cf-v', 'metadata': {'a': 'b'}}}, A)['id']
    c.wait(C, '/volumes/' + v, 'status', ('available',), A)
    s = c.make(C, '/snapshots', {'snapshot': {'volume_id': v, 'name': 'cf-s'}}, A)['id']
    c.wait(C, '/snapshots/' + s, 'status', ('available',), A)
    b = c.make(C, '/backups', {'backup': {'volume_id': v, 'name': 'cf-b'}}, A)['id']
    c.wait(C, '/backups/' + b, 'status', ('available',), A)
    w = c.make(C, '/volumes', {'volume': {'size': 1, 'name': 'cf-w'}}, A)['id']
    c.wait(C, '/volumes/' + w, 'status', ('available',), A)
    t = c.make(C, '/os-volume-transfer', {'transfer': {'volume_id': w, 'name': 'cf'}}, A)['id']
    x = c.do(C, 'POST', '/attachments', {'attachment': {'volume_uuid': v, 'instance_uuid': conflicts.MISSING}}, A, v='3.54')['id']
    c.later(C, '/attachments/' + x, '3.54')
    y = c.do(C, 'GET', '/types', None, A)['volume_types'][0]['id']
    p = c.project[A]
    reads = ['/', '/volumes', '/volumes/detail', '/volumes/summary', '/volumes/' + v, '/volumes/%s/metadata' % v, '/snapshots', '/snapshots/detail', '/snapshots/' + s, '/backups', '/backups/detail', '/backups/' + b, '/os-volume-transfer', '/os-volume-transfer/detail',
             '/os-volume-transfer/' + t, '/volume-transfers', '/volume-transfers/detail', '/volume-transfers/' + t, '/attachments', '/attachments/detail', '/attachments/' + x, '/types', '/types/' + y, '/types/default', '/types/%s/extra_specs' % y, '/types/%s/encryption' % y, '/qos-specs', '/os-services',
             '/clusters', '/clusters/detail', '/limits', '/os-quota-sets/' + p, '/os-quota-sets/%s?usage=true' % p, '/os-quota-sets/%s/defaults' % p, '/os-quota-class-sets/default', '/scheduler-stats/get_pools', '/scheduler-stats/get_pools?detail=true', '/messages', '/group_types', '/groups', '/groups/detail',
             '/group_snapshots', '/consistencygroups/detail', '/resource_filters', '/default-types', '/os-availability-zone', '/os-hosts', '/extensions', '/capabilities/nowhere', '/manageable_volumes?host=nowhere', '/os-volume-manage?host=nowhere']
    writes = [('PUT', '/volumes/' + v, lambda m: {'volume': {'name': 'cf-v'}}), ('PUT', '/snapshots/' + s, lambda m: {'snapshot': {'name': 'cf-s'}}), ('PUT', '/backups/' + b, lambda m: {'backup': {'name': 'cf-b'}}), ('POST', '/workers/cleanup', lambda m: {'host': 'nowhere'}),
              ('PUT', '/os-services/get-log', lambda m: {'binary': 'cinder-api', 'prefix': 'cinder.nonsense'})]
    return reads, writes


def placement(c):
    """The reads and writes of a resource provider with inventories, traits and aggregates."""
    P = 'placement'
    u = '0badc0de-0000-4000-8000-00000000ca11'
    c.send(P, 'DELETE', '/resource_providers/' + u)
    c.send(P, 'POST', '/resource_providers', {'name': 'cf-provider', 'uuid': u}, v='1.20')
    c.later(P, '/resource_providers/' + u)
    c.do(P, 'PUT', '/resource_providers/%s/inventories' % u, {'resource_provider_generation': 0, 'inventories': {'VCPU': {'total': 8}}}, v='1.20')
    at = '/resource_providers/' + u
    reads = ['/', '/resource_providers', at, at + '/inventories', at + '/inventories/VCPU', at + '/inventories/DISK_GB', at + '/usages', at + '/traits', at + '/aggregates', at + '/allocations', '/resource_providers?name=cf-provider', '/resource_providers?resources=VCPU:1', '/resource_providers?required=COMPUTE_NODE',
             '/resource_providers?in_tree=' + u, '/resource_providers?member_of=' + u, '/resource_classes', '/resource_classes/VCPU', '/traits', '/traits/HW_CPU_X86_AVX', '/allocations/' + conflicts.MISSING, '/usages?project_id=x', '/usages?project_id=x&consumer_type=INSTANCE', '/allocation_candidates?resources=VCPU:1',
             '/allocation_candidates?resources=VCPU:1&limit=1', '/allocation_candidates?resources1=VCPU:1&group_policy=none']
    writes = [('PUT', '/resource_classes/CUSTOM_CF', lambda v: None), ('PUT', '/traits/CUSTOM_CF', lambda v: None), ('PUT', at + '/aggregates', lambda v: [u]), ('PUT', at, lambda v: {'name': 'cf-provider'}),
              ('PUT', '/allocations/' + conflicts.MISSING, lambda v: {'allocations': {u: {'resources': {'VCPU': 1}}}, 'project_id': 'cf', 'user_id': 'cf', 'consumer_generation': None}), ('DELETE', '/allocations/' + conflicts.MISSING, lambda v: None), ('POST', '/reshaper', lambda v: {}),
              ('DELETE', '/traits/CUSTOM_CF', lambda v: None), ('DELETE', '/resource_classes/CUSTOM_CF', lambda v: None)]
    return reads, writes


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--offset', type=int, default=10000)
    ap.add_argument('--services', default='placement,cinder,nova')
    ap.add_argument('--step', type=int, default=1, help='only every nth microversion')
    a = ap.parse_args()
    c = Cloud(probe.Client(a.offset))
    for who in ('admin', 'demo'):
        c.project[who] = c.client.login(who)['project']['id']
    conflicts.prepare(c)
    failed = 0
    for service in a.services.split(','):
        began, mark, count = time.time(), len(c.undo), 0
        who = 'admin' if service == 'placement' else A
        try:
            reads, writes = globals()[service](c)
            major, first, last = LAST[service]
            for minor in [*range(first, last + 1, a.step), last + 1]:
                v = '%d.%d' % (major, minor)
                for i, path in enumerate(reads):
                    c.send(service, 'GET', path, None, who, v, case='version %s read %d' % (v, i))
                for i, (method, path, body) in enumerate(writes):
                    status, _, value = c.send(service, method, path, body(v), who, v, case='version %s write %d' % (v, i))
                    if method == 'POST' and status in (200, 201) and path == '/os-server-groups':
                        c.send(service, 'DELETE', path + '/' + value['server_group']['id'], None, who, v)
                count += len(reads) + len(writes)
                if minor % 40 == 0:
                    c.login(A, project='cf-project')
                    c.client.login('admin')
        except Failed as e:
            failed += 1
            print('FAILED %s: %s' % (service, e))
        c.clean(mark)
        print('%-10s %d requests in %d s' % (service, count, time.time() - began), flush=True)
    c.clean()
    print(*['FAILED ' + x for x in c.failed], sep='\n')
    return 1 if failed or c.failed else 0


if __name__ == '__main__':
    sys.exit(main())
