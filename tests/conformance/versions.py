#!/usr/bin/env python3
"""Reads (and lightly writes) everything of Cinder at every microversion, through the recorder.

usage: versions.py [--offset 10000] [--step 1]
Makes one of each kind of resource first and takes them away at the end; the users are those of conflicts.py: not both at a time."""
import argparse
import sys
import time

import conflicts
import probe
from conflicts import Cloud, Failed

A = 'cf-admin'
LAST = 71


def cinder(c):
    """The paths of one volume with all that belongs to it."""
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


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--offset', type=int, default=10000)
    ap.add_argument('--step', type=int, default=1, help='only every nth microversion')
    a = ap.parse_args()
    c = Cloud(probe.Client(a.offset))
    for who in ('admin', 'demo'):
        c.project[who] = c.client.login(who)['project']['id']
    conflicts.prepare(c)
    began, count, failed = time.time(), 0, 0
    try:
        reads, writes = cinder(c)
        for minor in [*range(0, LAST + 1, a.step), LAST + 1]:
            v = '3.%d' % minor
            for i, path in enumerate(reads):
                c.send('cinder', 'GET', path, None, A, v, case='version %s read %d' % (v, i))
            for i, (method, path, body) in enumerate(writes):
                c.send('cinder', method, path, body(v), A, v, case='version %s write %d' % (v, i))
            count += len(reads) + len(writes)
    except Failed as e:
        failed = 1
        print('FAILED', e)
    c.clean()
    print('%d requests in %d s' % (count, time.time() - began), *['\nFAILED ' + x for x in c.failed])
    return 1 if failed or c.failed else 0


if __name__ == '__main__':
    sys.exit(main())
