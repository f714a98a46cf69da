#!/usr/bin/env python3
"""Which states does a resource pass through? Performs one operation at a time and reads the state until it is final.

usage: transitions.py run -o FILE.json [--offset 10000] [--services nova,cinder,glance,neutron] [--repeat 2] [--control URL]
       transitions.py compare REAL.json OTHER.json
A real service is polled as fast as possible. With --control, the control API of a nephos, its clock is stopped during an operation
and advanced by a second after every look, so that no state is missed however slow the machine is.
FILE holds, for each operation, the distinct states in the order in which they were seen, each with the milliseconds after the
request's answer. Of several repeats the longest sequence comes first, then the sequences that differ from it. `compare` is about
the order: a state that only one of them shows, another order or another last state is wrong."""
import argparse
import datetime
import json
import sys
import time

import conflicts
import probe
import server
from conflicts import Cloud, Failed

A = 'cf-admin'


def server_state(s):
    return ' '.join(str(x) for x in (s.get('status'), s.get('OS-EXT-STS:vm_state'), s.get('OS-EXT-STS:task_state'), s.get('OS-EXT-STS:power_state')))


def volume_state(v):
    return v['status'] + (' migration:' + v['migration_status'] if v.get('migration_status') else '') + (' attached' if v.get('attachments') else '')


def port_state(p):
    return '%s %s %s' % (p['status'], p['device_owner'] or '-', p.get('binding:vif_type'))


def image_state(i):
    return i['status'] + (' importing' if i.get('os_glance_importing_to_stores') else '')


def status(x):
    return str(x.get('status'))


VIEWS = {'servers': ('nova', server_state), 'volumes': ('cinder', volume_state), 'snapshots': ('cinder', status), 'backups': ('cinder', status), 'images': ('glance', image_state),
         'ports': ('neutron', port_state), 'routers': ('neutron', status), 'floatingips': ('neutron', status)}


def is_final(kind, state, until):
    """True for one of the given states; a server must also have no task."""
    return state.startswith(until) and (kind != 'servers' or state == 'gone' or ' None ' in state)


class RealTime:
    """The clock of a real service, which cannot be stopped."""
    settled, patience = 0.6, 20        # seconds without a change after which an operation is over, and when it is given up
    renew = 1800                       # seconds for which tokens are used

    def now(self):
        return time.time()

    def start(self):
        """Before an operation."""

    def step(self):
        """Between two looks; returns the time."""
        return self.now()

    def rest(self):
        """Gives background work time to end."""
        time.sleep(1)

    def end(self):
        """After an operation."""


class Steps:
    """The virtual clock of a nephos. It is stopped during an operation and advanced between two looks by less than a transition takes."""
    settled, patience = 30, 800
    renew = 1800

    def __init__(self, control_url):
        self.url, self.speed = control_url + '/clock', None

    def change(self, **change):
        """Changes the clock; returns the time."""
        status, clock = server.request('PATCH', self.url, change)
        if status != 200:
            raise Failed('clock %s -> %s %s' % (change, status, clock))
        return datetime.datetime.fromisoformat(clock['now']).timestamp()

    def now(self):
        return datetime.datetime.fromisoformat(server.request('GET', self.url)[1]['now']).timestamp()

    def start(self):
        self.speed = server.request('GET', self.url)[1]['speed']
        self.change(frozen=True)

    def step(self):
        return self.change(advance='1s')

    def rest(self):
        self.change(advance='1m')

    def end(self):
        self.change(speed=self.speed)


class Watch:
    """Performs operations and notes the states of some resources meanwhile."""
    def __init__(self, cloud, clock):
        self.c, self.clock, self.seen, self.renewed = cloud, clock, {}, 0

    def look(self, path):
        service, view = VIEWS[path.split('/')[1]]
        code, _, value = self.c.send(service, 'GET', path, None, A, '3.60' if service == 'cinder' else None)
        if code == 404:
            return 'gone'
        if code != 200:
            return 'HTTP %s' % code
        inner = next(iter(value.values())) if len(value) == 1 else value
        return view(inner)

    def __call__(self, name, act, paths, until):
        """Performs an operation and reads the paths until the first one's state begins with one of the given words."""
        if self.clock.now() - self.renewed > self.clock.renew:
            self.renewed = self.clock.now()
            renew(self.c)
        self.clock.start()
        try:
            return self.watch(name, act, paths, until)
        finally:
            self.clock.end()

    def watch(self, name, act, paths, until):
        rows = {} if callable(paths) else {p: [[0, 'before: ' + self.look(p)]] for p in paths}
        result = act()
        if callable(paths):
            rows = {p: [] for p in paths(result)}
        now = began = self.clock.now()
        first, settled = next(iter(rows)), None
        while now - began < self.clock.patience:
            for p, states in rows.items():
                state = self.look(p)
                if not states or states[-1][1] != state:
                    states.append([round((now - began) * 1000), state])
                    settled = None
            if is_final(first.split('/')[1], rows[first][-1][1], until):
                settled = settled or now
                if now - settled > self.clock.settled:
                    break
            now = self.clock.step()
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


def glance(c, w):
    G, raw = 'glance', {'Content-Type': 'application/octet-stream'}
    new = lambda: c.do(G, 'POST', '/images', {'name': 'cf-t', 'disk_format': 'raw', 'container_format': 'bare'}, A)
    i = w('image create', new, lambda r: ['/images/' + r['id']], ('queued',))['id']
    w('image upload', lambda: c.do(G, 'PUT', '/images/%s/file' % i, who=A, headers=raw, raw=b'x' * 200000), ['/images/' + i], ('active', 'killed'))
    w('image deactivate', lambda: c.do(G, 'POST', '/images/%s/actions/deactivate' % i, None, A), ['/images/' + i], ('deactivated',))
    w('image reactivate', lambda: c.do(G, 'POST', '/images/%s/actions/reactivate' % i, None, A), ['/images/' + i], ('active',))
    w('image delete', lambda: c.do(G, 'DELETE', '/images/' + i, who=A), ['/images/' + i], ('gone',))
    s = new()['id']
    w('image stage', lambda: c.do(G, 'PUT', '/images/%s/stage' % s, who=A, headers=raw, raw=b'x' * 2000), ['/images/' + s], ('uploading',))
    w('image import', lambda: c.do(G, 'POST', '/images/%s/import' % s, {'method': {'name': 'glance-direct'}}, A), ['/images/' + s], ('active', 'killed'))
    w.clock.rest()        # until the task is over
    w('image import copy', lambda: c.do(G, 'POST', '/images/%s/import' % s, {'method': {'name': 'copy-image'}, 'stores': ['slow']}, A), ['/images/' + s], ('active', 'killed'))
    c.do(G, 'DELETE', '/images/' + s, who=A)
    d = new()['id']
    w('image download fails', lambda: c.do(G, 'POST', '/images/%s/import' % d, {'method': {'name': 'web-download', 'uri': 'http://127.0.0.1/nothing'}}, A), ['/images/' + d], ('active', 'killed', 'queued'))
    c.do(G, 'DELETE', '/images/' + d, who=A)


def network(c):
    n = c.make('neutron', '/networks', {'network': {'name': 'cf-net'}}, A)['id']
    s = c.make('neutron', '/subnets', {'subnet': {'network_id': n, 'cidr': '10.121.0.0/24', 'ip_version': 4}}, A)['id']
    return n, s


def nova(c, w):
    N = 'nova'
    f, g = (c.make(N, '/flavors', {'flavor': {'name': 'cf-' + x, 'ram': r, 'disk': 0, 'vcpus': 1}})['id'] for x, r in (('t1', 64), ('t2', 128)))
    n, _ = network(c)
    image = c.image()
    body = {'name': 'cf-t', 'flavorRef': f, 'imageRef': image, 'networks': [{'uuid': n}]}
    one = lambda r: ['/servers/' + r['id']]
    s = w('server create', lambda: c.do(N, 'POST', '/servers', {'server': body}, A), one, ('ACTIVE', 'ERROR'))['id']
    c.later(N, '/servers/' + s)
    at = '/servers/' + s
    action = lambda name, body=None, v=None: lambda: c.do(N, 'POST', at + '/action', {name: body}, A, v)
    do = lambda label, name, until, body=None, v=None, extra=(): w('server ' + label, action(name, body, v), [at, *extra], (until, 'ERROR'))
    port = '/ports/' + c.do('neutron', 'GET', '/ports?device_id=' + s, None, A)['ports'][0]['id']
    do('stop', 'os-stop', 'SHUTOFF', extra=[port])
    do('start', 'os-start', 'ACTIVE', extra=[port])
    do('reboot soft', 'reboot', 'ACTIVE', {'type': 'SOFT'})
    do('reboot hard', 'reboot', 'ACTIVE', {'type': 'HARD'})
    do('pause', 'pause', 'PAUSED')
    do('unpause', 'unpause', 'ACTIVE')
    do('suspend', 'suspend', 'SUSPENDED')
    do('resume', 'resume', 'ACTIVE')
    do('rescue', 'rescue', 'RESCUE', {})
    do('unrescue', 'unrescue', 'ACTIVE')
    do('resize', 'resize', 'VERIFY_RESIZE', {'flavorRef': g}, extra=[port])
    do('revert resize', 'revertResize', 'ACTIVE', extra=[port])
    do('resize again', 'resize', 'VERIFY_RESIZE', {'flavorRef': g})
    do('confirm resize', 'confirmResize', 'ACTIVE')
    do('migrate', 'migrate', 'VERIFY_RESIZE')
    do('confirm migration', 'confirmResize', 'ACTIVE')
    do('live migrate', 'os-migrateLive', 'ACTIVE', {'host': None, 'block_migration': 'auto'}, '2.30', extra=[port])
    do('rebuild', 'rebuild', 'ACTIVE', {'imageRef': c.image(1)})
    do('set password', 'changePassword', 'ACTIVE', {'adminPass': 'x'})
    i = w('server create image', action('createImage', {'name': 'cf-shot'}, '2.45'), [at], ('ACTIVE', 'ERROR'))
    c.later('glance', '/images/' + i['image_id'])
    i = w('server create backup', action('createBackup', {'name': 'cf-shot2', 'backup_type': 'daily', 'rotation': 1}, '2.45'), [at], ('ACTIVE', 'ERROR'))
    c.later('glance', '/images/' + i['image_id'])
    do('shelve', 'shelve', 'SHELVED_OFFLOADED', extra=[port])
    do('unshelve', 'unshelve', 'ACTIVE', extra=[port])
    v = c.make('cinder', '/volumes', {'volume': {'size': 1, 'name': 'cf-v'}}, A)['id']
    c.wait('cinder', '/volumes/' + v, 'status', ('available',), A)
    w('volume attach', lambda: c.do(N, 'POST', at + '/os-volume_attachments', {'volumeAttachment': {'volumeId': v}}, A), ['/volumes/' + v, at], ('in-use', 'error'))
    w('volume extend attached', lambda: c.do('cinder', 'POST', '/volumes/%s/action' % v, {'os-extend': {'new_size': 2}}, A, v='3.42'), ['/volumes/' + v, at], ('in-use', 'error'))
    w('volume detach', lambda: c.do(N, 'DELETE', at + '/os-volume_attachments/' + v, None, A), ['/volumes/' + v, at], ('available', 'error'))
    p = c.make('neutron', '/ports', {'port': {'network_id': n, 'name': 'cf-p'}}, A)['id']
    w('interface attach', lambda: c.do(N, 'POST', at + '/os-interface', {'interfaceAttachment': {'port_id': p}}, A), ['/ports/' + p, at], ('ACTIVE',))
    w('interface detach', lambda: c.do(N, 'DELETE', at + '/os-interface/' + p, None, A), ['/ports/' + p, at], ('DOWN - unbound', 'gone'))
    w('server delete', lambda: c.do(N, 'DELETE', at, None, A), [at, port], ('gone',))
    bad = dict(body, networks=[{'uuid': n}], flavorRef=c.make(N, '/flavors', {'flavor': {'name': 'cf-huge', 'ram': 2 ** 30, 'disk': 0, 'vcpus': 1}})['id'])
    c.do(N, 'PUT', '/os-quota-sets/' + c.project[A], {'quota_set': {'ram': -1}}, 'admin')
    e = w('server create without host', lambda: c.do(N, 'POST', '/servers', {'server': bad}, A), one, ('ACTIVE', 'ERROR'))['id']
    w('server delete in error', lambda: c.do(N, 'DELETE', '/servers/' + e, None, A), ['/servers/' + e], ('gone',))
    c.do(N, 'DELETE', '/os-quota-sets/' + c.project[A], None, 'admin')
    vol = {k: x for k, x in body.items() if k != 'imageRef'}
    bdm = [{'source_type': 'image', 'destination_type': 'volume', 'uuid': image, 'boot_index': 0, 'volume_size': 1, 'delete_on_termination': True}]
    b = w('server create from volume', lambda: c.do(N, 'POST', '/servers', {'server': dict(vol, block_device_mapping_v2=bdm)}, A), one, ('ACTIVE', 'ERROR'))['id']
    w('server delete with volume', lambda: c.do(N, 'DELETE', '/servers/' + b, None, A), ['/servers/' + b], ('gone',))


def neutron(c, w):
    N = 'neutron'
    n, s = network(c)
    ext = next(x['id'] for x in c.do(N, 'GET', '/networks?router:external=True')['networks'])
    do = lambda method, path, body=None: lambda: c.do(N, method, path, body, A)
    p = w('port create', do('POST', '/ports', {'port': {'network_id': n, 'name': 'cf-p'}}), lambda r: ['/ports/' + r['id']], ('DOWN', 'ACTIVE'))['id']
    c.later(N, '/ports/' + p)
    r = w('router create', do('POST', '/routers', {'router': {'name': 'cf-r'}}), lambda r: ['/routers/' + r['id']], ('ACTIVE',))['id']
    c.later(N, '/routers/' + r)
    w('router set gateway', do('PUT', '/routers/' + r, {'router': {'external_gateway_info': {'network_id': ext}}}), ['/routers/' + r], ('ACTIVE',))
    face = w('router add interface', do('PUT', '/routers/%s/add_router_interface' % r, {'subnet_id': s}), lambda x: ['/ports/' + x['port_id'], '/routers/' + r], ('ACTIVE',))['port_id']
    f = w('floating ip create', do('POST', '/floatingips', {'floatingip': {'floating_network_id': ext}}), lambda x: ['/floatingips/' + x['id']], ('DOWN',))['id']
    c.later(N, '/floatingips/' + f)
    w('floating ip associate', do('PUT', '/floatingips/' + f, {'floatingip': {'port_id': p}}), ['/floatingips/' + f], ('ACTIVE',))
    w('floating ip disassociate', do('PUT', '/floatingips/' + f, {'floatingip': {'port_id': None}}), ['/floatingips/' + f], ('DOWN',))
    w('floating ip delete', do('DELETE', '/floatingips/' + f), ['/floatingips/' + f], ('gone',))
    w('router remove interface', do('PUT', '/routers/%s/remove_router_interface' % r, {'subnet_id': s}), ['/ports/' + face, '/routers/' + r], ('gone',))
    w('port delete', do('DELETE', '/ports/' + p), ['/ports/' + p], ('gone',))
    w('router delete', do('DELETE', '/routers/' + r), ['/routers/' + r], ('gone',))


def write(name, seen):
    """Writes the longest sequence of each operation first, then the others that differ from it."""
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


def renew(c):
    """Gets new tokens for all users."""
    for who in ('admin', 'demo'):
        c.client.login(who)
    for who, project in (('cf-admin', 'cf-project'), ('cf-user', 'cf-project'), ('cf-other', 'cf-elsewhere')):
        c.login(who, project=project)


def run(a):
    c = Cloud(probe.Client(a.offset))
    for who in ('admin', 'demo'):
        c.project[who] = c.client.login(who)['project']['id']
    conflicts.prepare(c)
    watch, failed = Watch(c, Steps(a.control) if a.control else RealTime()), []
    for service in a.services.split(','):
        for _ in range(a.repeat):
            mark = len(c.undo)
            try:
                globals()[service](c, watch)
            except (Failed, LookupError) as e:
                failed.append('%s: %r' % (service, e))
            c.clean(mark)
            write(a.output, watch.seen)
    c.clean()
    print('%d operations' % len(watch.seen), *['\nFAILED ' + x for x in failed + c.failed])
    return 1 if failed else 0


def differences(real, mine):
    """(number of sequences alike, [what is wrong with a sequence])."""
    alike, wrong = 0, []
    for name in sorted(set(real) & set(mine)):
        for kind, r in real[name].items():
            m = mine[name].get(kind)
            if m is None:
                continue
            sequences = [r['states']] + r['others']
            # The recording ended while an image was still copied: more states may follow.
            cut = [s for s in sequences if s[-1].endswith(' importing')]
            if m['states'] in sequences or any(o in sequences for o in m['others']) or any(m['states'][:len(s)] == s for s in cut):
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
    print('%d sequences alike, %d wrong; missing: %s' % (alike, len(wrong), ', '.join(sorted(set(real) - set(mine))) or '-'))
    return 1 if wrong else 0


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = ap.add_subparsers(dest='command', required=True)
    r = sub.add_parser('run')
    r.add_argument('-o', '--output', required=True)
    r.add_argument('--offset', type=int, default=10000)
    r.add_argument('--services', default='cinder,glance,neutron,nova')
    r.add_argument('--repeat', type=int, default=2)
    r.add_argument('--control', metavar='URL', help='the control API of nephos')
    k = sub.add_parser('compare')
    k.add_argument('real')
    k.add_argument('other')
    a = ap.parse_args()
    return run(a) if a.command == 'run' else compare(a)


if __name__ == '__main__':
    sys.exit(main())
