#!/usr/bin/env python3
"""Which states does a resource pass through? Does one thing at a time and looks as often as it can.

usage: transitions.py run -o FILE.json [--offset 10000] [--repeat 2]
       transitions.py compare REAL.json OTHER.json
FILE holds, for each operation, the distinct states in the order seen, each with the milliseconds after the request's answer at
which it was first seen; of several repeats the longest sequence is kept first, the others follow. Compare is about the order: a
state that only one of them shows, another order or another last state is wrong."""
import argparse
import json
import sys
import time

import conflicts
import probe
from conflicts import Cloud, Failed

A = 'cf-admin'
SETTLED = 0.5        # seconds without a change after which an operation is over


def volume_state(v):
    return v['status'] + (' migration:' + v['migration_status'] if v.get('migration_status') else '') + (' attached' if v.get('attachments') else '')


class Watch:
    """Performs operations and notes what is seen of some resources meanwhile."""
    def __init__(self, cloud):
        self.c, self.seen = cloud, {}

    def look(self, path):
        status, _, value = self.c.send('cinder', 'GET', path, None, A, '3.60')
        if status == 404:
            return 'gone'
        if status != 200:
            return 'HTTP %s' % status
        inner = next(iter(value.values())) if len(value) == 1 else value
        return volume_state(inner) if path.startswith('/volumes/') else str(inner.get('status'))

    def __call__(self, name, act, paths, until, seconds=20):
        """Does it, then looks at the paths until the first one's state begins with one of the given words."""
        rows = {} if callable(paths) else {p: [[0, 'before: ' + self.look(p)]] for p in paths}
        result = act()
        if callable(paths):
            rows = {p: [] for p in paths(result)}
        began, first = time.time(), next(iter(rows))
        ended, settled = began + seconds, None
        while time.time() < ended:
            for p, states in rows.items():
                now = self.look(p)
                if not states or states[-1][1] != now:
                    states.append([round((time.time() - began) * 1000), now])
                    settled = None
            if rows[first][-1][1].startswith(until):
                settled = settled or time.time()
                if time.time() - settled > SETTLED:
                    break
        labels = {}
        for p in rows:
            kind = p.split('/')[1]
            labels[p] = kind if kind not in labels.values() else kind + ' 2'
        self.seen.setdefault(name, []).append({labels[p]: states for p, states in rows.items()})
        print('%-34s %s' % (name, ' | '.join(' > '.join(s for _, s in states) for states in rows.values())), flush=True)
        return result


def cinder(c, w):
    C = 'cinder'
    do = lambda method, path, body=None, v='3.60': c.do(C, method, path, body, A, v=v)
    new = lambda **kw: do('POST', '/volumes', {'volume': {'size': 1, 'name': 'cf-t', **kw}})
    one = lambda r: ['/volumes/' + r['id']]
    v = w('volume create', new, one, ('available', 'error'))['id']
    c.later(C, '/volumes/' + v)
    image = c.image()
    b = w('volume create from image', lambda: new(imageRef=image), one, ('available', 'error'))['id']
    c.later(C, '/volumes/' + b)
    d = w('volume clone', lambda: new(source_volid=v), lambda r: ['/volumes/' + r['id'], '/volumes/' + v], ('available', 'error'))['id']
    c.later(C, '/volumes/' + d)
    at = '/volumes/' + v
    act = lambda body: lambda: do('POST', at + '/action', body)
    w('volume extend', act({'os-extend': {'new_size': 2}}), [at], ('available', 'error'))
    w('volume retype', act({'os-retype': {'new_type': 'lvmdriver-2', 'migration_policy': 'on-demand'}}), [at], ('available', 'error'))
    w('volume upload to image', act({'os-volume_upload_image': {'image_name': 'cf-upload', 'disk_format': 'raw', 'container_format': 'bare'}}), [at], ('available', 'error'))
    for i in c.do('glance', 'GET', '/images?name=cf-upload', None, A)['images']:
        c.later('glance', '/images/' + i['id'])
    s = w('snapshot create', lambda: do('POST', '/snapshots', {'snapshot': {'volume_id': v, 'name': 'cf-s'}}, '3.40'), lambda r: ['/snapshots/' + r['id'], at], ('available', 'error'))['id']
    c.later(C, '/snapshots/' + s)
    e = w('volume create from snapshot', lambda: new(snapshot_id=s, size=2), one, ('available', 'error'))['id']
    c.later(C, '/volumes/' + e)
    w('volume revert to snapshot', lambda: do('POST', at + '/action', {'revert': {'snapshot_id': s}}, '3.40'), [at, '/snapshots/' + s], ('available', 'error'))
    w('snapshot delete', lambda: do('DELETE', '/snapshots/' + s), ['/snapshots/' + s], ('gone', 'error'))
    k = w('backup create', lambda: do('POST', '/backups', {'backup': {'volume_id': v, 'name': 'cf-b'}}), lambda r: ['/backups/' + r['id'], at], ('available', 'error'))['id']
    c.later(C, '/backups/' + k)
    c.wait(C, at, 'status', ('available',), A)
    w('backup restore', lambda: do('POST', '/backups/%s/restore' % k, {'restore': {'volume_id': e}}), ['/backups/' + k, '/volumes/' + e], ('available', 'error'))
    c.wait(C, '/volumes/' + e, 'status', ('available',), A)
    w('backup delete', lambda: do('DELETE', '/backups/' + k), ['/backups/' + k], ('gone', 'error'))
    t = w('transfer create', lambda: do('POST', '/os-volume-transfer', {'transfer': {'volume_id': v}}), [at], ('awaiting-transfer',))
    w('transfer delete', lambda: do('DELETE', '/os-volume-transfer/' + t['id']), [at], ('available',))
    w('volume delete', lambda: do('DELETE', at), [at], ('gone', 'error'))


def write(name, seen):
    """The longest sequence of each operation first, then others that differ from it."""
    result = {}
    for operation, several in seen.items():
        several = sorted(several, key=lambda rows: -sum(len(s) for s in rows.values()))
        result[operation] = {}
        for kind, states in several[0].items():
            names = [s for _, s in states]
            others = [[s for _, s in r[kind]] for r in several[1:] if kind in r]
            result[operation][kind] = {'states': names, 'ms': [t for t, _ in states], 'others': [x for x in others if x != names]}
    with open(name, 'w') as f:
        f.write('{\n' + ',\n'.join('%s: %s' % (json.dumps(k), json.dumps(v)) for k, v in result.items()) + '\n}\n')


def run(a):
    c = Cloud(probe.Client(a.offset))
    for who in ('admin', 'demo'):
        c.project[who] = c.client.login(who)['project']['id']
    conflicts.prepare(c)
    watch, failed = Watch(c), []
    for _ in range(a.repeat):
        mark = len(c.undo)
        try:
            cinder(c, watch)
        except Failed as e:
            failed.append(str(e))
        c.clean(mark)
        write(a.output, watch.seen)
    c.clean()
    print('%d operations' % len(watch.seen), *['\nFAILED ' + x for x in failed + c.failed])
    return 1 if failed else 0


def differences(real, mine):
    """(sequences alike, [what is wrong of one sequence])."""
    alike, wrong = 0, []
    for name in sorted(set(real) & set(mine)):
        for kind, r in real[name].items():
            m = mine[name].get(kind)
            if m is None:
                continue
            sequences = [r['states']] + r['others']
            if m['states'] in sequences or any(o in sequences for o in m['others']):
                alike += 1
                continue
            known = {x for states in sequences for x in states}
            odd, missed = [x for x in m['states'] if x not in known], [x for x in r['states'] if x not in m['states']]
            why = ['unknown ' + ', '.join(odd)] * bool(odd) + ['missed ' + ', '.join(missed)] * bool(missed)
            wrong.append('%s, %s: %s\n       real  %s\n       other %s' % (name, kind, '; '.join(why) or 'other order', ' > '.join(r['states']), ' > '.join(m['states'])))
    return alike, wrong


def compare(a):
    real, mine = (json.load(open(f)) for f in (a.real, a.other))
    alike, wrong = differences(real, mine)
    print('\n'.join('WRONG  ' + w for w in wrong))
    print('%d sequences alike, %d wrong; not done: %s' % (alike, len(wrong), ', '.join(sorted(set(real) - set(mine))) or '-'))
    return 1 if wrong else 0


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = ap.add_subparsers(dest='command', required=True)
    r = sub.add_parser('run')
    r.add_argument('-o', '--output', required=True)
    r.add_argument('--offset', type=int, default=10000)
    r.add_argument('--repeat', type=int, default=2)
    k = sub.add_parser('compare')
    k.add_argument('real')
    k.add_argument('other')
    a = ap.parse_args()
    return run(a) if a.command == 'run' else compare(a)


if __name__ == '__main__':
    sys.exit(main())
