#!/usr/bin/env python3
"""Compares a recording of nephos with the shapes of the real services.

usage: compare.py [SHAPES] RECORDING... [--service S] [--operation 'POST /servers'] [-o report.txt] [--threshold FILE] [--top N] [--write-threshold FILE]

SHAPES is the shapes.json.gz of distill.py (default: recorded/shapes.json.gz). A kind of answer (service, operation, requested
microversion, status) that both gave is alike, or differs for the reasons that are printed. A status that the real service never gave
for an operation is a difference too. Cases (single requests of probe.py and conflicts.py, named by their X-Case header) are compared
one by one, by status and error text. A threshold file has lines 'SERVICE PERCENT [CASES-PERCENT]'; the exit code is 1 if a
percentage is lower.
A few exchanges prove little, so nephos must have a field only if the real service always had it (three times or more, or the field
is optional nowhere in the service), and must not have a field only if the real service has none of that name there."""
import argparse
import collections
import gzip
import re
import sys

import distill
import shapes

LEFTOVER = re.compile(r'_tempest-')        # a quota named after a volume type that existed by accident when the real service was recorded
ENOUGH, MANY = 3, 30        # answers that show that a field is always there; if it is optional elsewhere, MANY
STATES = ('status', 'vm_state', 'task_state', 'OS-EXT-STS:vm_state', 'OS-EXT-STS:task_state', 'state', 'visibility', 'attach_status', 'migration_status', 'power_state', 'attach_mode')


class Known:
    """What is known about fields anywhere in a service, by service, name of the parent and name of the field."""
    def __init__(self, groups):
        self.optional, self.fields, self.types, self.formats, self.values = set(), set(), collections.defaultdict(set), collections.defaultdict(set), collections.defaultdict(set)
        self.header_values, self.texts, self.statuses, self.seen, self.header_optional = collections.defaultdict(set), collections.defaultdict(set), collections.defaultdict(set), collections.Counter(), set()
        for key, g in groups.items():
            service, op, version, status = key.split('\t')
            self.walk(service, '', g['body'])
            self.statuses[service, op].add(status)
            self.seen[service, op] += g['n']
            for name, h in g['head'].items():
                self.header_values[service, op, name] |= set(h['v'])
                if h['n'] < g['n']:
                    self.header_optional.add((service, name))
            for t in g.get('errors', {}):
                self.texts[service, op, status].add(t)

    def walk(self, service, parent, shape):
        for name, s in shape.get('p', {}).items():
            tail = service, parent, name
            self.fields.add(tail)
            if s.get('in', 0) < shape['t'].get('object', 0):
                self.optional.add(tail)
            self.note(tail, s)
            self.walk(service, name, s)
        if 'i' in shape:
            self.note((service, parent, '[]'), shape['i'])
            self.walk(service, parent, shape['i'])

    def note(self, tail, s):
        self.types[tail] |= set(s['t'])
        self.formats[tail] |= set(s.get('f', ()))
        self.values[tail] |= set(s.get('e', ()))


def bodies(known, service, real, mine, parent='', path=''):
    """The reasons why the shapes of two bodies differ."""
    out = []
    tail = (service, *parent) if parent else (service, '', '')
    extra_types = set(mine['t']) - set(real['t'])
    if extra_types:
        elsewhere = known.types[tail] if parent else set()
        wrong = {t for t in extra_types if t not in elsewhere or (real['n'] >= MANY and t not in ('null', 'string', 'array', 'object'))}
        if wrong and not (wrong == {'integer'} and 'number' in real['t']):
            out.append('type of %s is %s, real %s' % (path or 'body', '/'.join(sorted(wrong)), '/'.join(sorted(real['t']))))
    if 'p' in real or 'p' in mine:
        rp, mp = real.get('p', {}), mine.get('p', {})
        rn, mn = real['t'].get('object', 0), mine['t'].get('object', 0)
        context = parent[-1] if parent and parent[-1] != '[]' else parent[0] if parent else ''
        for name in sorted(n for n in set(rp) - {'{}'} if not LEFTOVER.search(n)) if rn and mn else ():
            always = rp[name].get('in', 0) >= rn
            sure = rn >= (MANY if (service, context, name) in known.optional else ENOUGH) or (service, context, name) not in known.optional
            if always and sure and mp.get(name, {}).get('in', 0) < mn:
                out.append('%s %s.%s' % ('missing field' if name not in mp else 'field sometimes missing', path, name))
        if rn:
            for name in sorted(set(mp) - set(rp) - {'{}'}):
                if '{}' not in rp and (service, context, name) not in known.optional:
                    out.append('extra field %s.%s' % (path, name))
        for name in sorted(set(rp) & set(mp)):
            out += bodies(known, service, rp[name], mp[name], (context, name), path + '.' + name)
    if 'i' in real and 'i' in mine:
        out += bodies(known, service, real['i'], mine['i'], (parent[-1] if parent and parent[-1] != '[]' else '', '[]'), path + '[]')
    if 'f' in mine and 'f' in real:
        allowed = set(real['f']) | known.formats[tail]
        odd = set(mine['f']) - allowed
        if odd and 'text' not in allowed:
            out.append('format of %s is %s, real %s' % (path, '/'.join(sorted(odd)), '/'.join(sorted(real['f']))))
    if 'e' in mine and parent and parent[-1] in STATES:
        odd = set(mine['e']) - set(real.get('e', ())) - known.values[tail]
        if odd and known.values[tail]:
            out.append('value of %s is %s, never seen' % (path, '/'.join(sorted(odd)[:4])))
    return out


def headers(known, service, op, status, real, mine):
    """The reasons why the headers of two kinds of answer differ."""
    out = []
    skip = set() if service == 'swift' else {'content-length'}
    for name, h in real['head'].items():
        if name in skip or h['n'] < real['n'] or (real['n'] < MANY and (service, name) in known.header_optional and real['n'] < ENOUGH):
            continue
        if mine['head'].get(name, {}).get('n', 0) < mine['n']:
            out.append('missing header %s' % name)
    for name, h in mine['head'].items():
        if name in skip:
            continue
        if name not in real['head']:
            if (service, name) not in known.header_optional:
                out.append('extra header %s' % name)
            continue
        if name in shapes.EXACT or name == 'location':
            odd = set(h['v']) - set(real['head'][name]['v'])
            if odd and not (name == 'location' and odd <= known.header_values[service, op, name]):
                out.append('header %s is %s, real %s' % (name, ' or '.join(sorted(odd)[:2]), ' or '.join(sorted(real['head'][name]['v'])[:2])))
    return out


def broken(status):
    """True for a status with which the real service failed: nothing can be learned from that."""
    return str(status)[0] in '05'


def compare(real, mine, only=None, operation=None):
    """Kinds of answer as (service, operation, version, status, times, reasons), and cases as (service, operation, name, reasons)."""
    known, rows, cases = Known(real['groups']), [], []
    rank = lambda k: (k.split('\t')[0], k.split('\t')[1], [float('0' + x.replace('latest', '999')) if x[:1].isdigit() or x == 'latest' else 0 for x in [k.split('\t')[2]]], k)
    for key in sorted(mine['groups'], key=rank):
        service, op, version, status = key.split('\t')
        if (only and service != only) or (operation and not op.startswith(operation)):
            continue
        g = mine['groups'][key]
        r = real['groups'].get(key)
        if r is None:
            if known.seen[service, op] >= 5 and status not in known.statuses[service, op] and not any(broken(s) for s in known.statuses[service, op]):
                rows.append((service, op, version, status, g['n'], ['status %s never given, real %s' % (status, '/'.join(sorted(known.statuses[service, op])))]))
            continue
        if broken(status):
            continue
        reasons = bodies(known, service, r['body'], g['body']) + headers(known, service, op, status, r, g)
        for t in sorted(g.get('errors', {})):
            if t not in known.texts[service, op, status]:
                reasons.append('error text unknown: %s' % t[:200])
        rows.append((service, op, version, status, g['n'], reasons))
    for name, (status, op, text) in sorted(mine.get('cases', {}).items()):
        service = name.split(' ')[0]
        if name in real.get('cases', {}) and not (only and service != only) and not (operation and not op.startswith(operation)):
            rs, _, rt = real['cases'][name]
            if broken(rs):
                continue
            why = [] if rs == status and rt == text else ['status %s, real %s (%s)' % (status, rs, rt[:160])] if rs != status else ['says "%s", real "%s"' % (text[:160], rt[:160])]
            cases.append((service, op, name.split(' ', 1)[1], why))
    return rows, cases


def summary(rows, cases, services=None):
    """Lines for each service and for all together, and the percentages by service."""
    out, percent = [], {}
    services = sorted({r[0] for r in rows} | {c[0] for c in cases})
    for s in services + ['all']:
        mine = [r for r in rows if s in (r[0], 'all')]
        asked = [c for c in cases if s in (c[0], 'all')]
        alike, like = sum(not r[5] for r in mine), sum(not c[3] for c in asked)
        pg, pc = 100 * alike / len(mine) if mine else 100, 100 * like / len(asked) if asked else 100
        percent[s] = pg, pc
        line = '%-10s %5d groups compared, %5d alike, %5d differ (%5.1f %%)' % (s, len(mine), alike, len(mine) - alike, pg)
        out.append(line + ('   %6d cases, %6d alike (%5.1f %%)' % (len(asked), like, pc) if asked else ''))
    return out, percent


def report(rows, cases, top):
    """The most frequent reasons, then all reasons by operation."""
    often = collections.Counter()
    for service, op, version, status, n, reasons in rows:
        often.update({(service, r.split(': ')[0] if r.startswith('error text') else r) for r in reasons})
    out = ['', 'most frequent reasons (number of groups):', ''] + ['%5d  %-9s %s' % (n, s, r) for (s, r), n in sorted(often.items(), key=lambda x: (-x[1], x[0]))[:top]]
    out += ['', 'by operation:']
    last = None
    for service, op, version, status, n, reasons in rows:
        if reasons:
            if (service, op) != last:
                out += ['', '%s %s' % (service, op)]
                last = service, op
            out += ['  %s%s, %d times' % (status, ' at ' + version if version else '', n)] + ['    - ' + r for r in reasons]
    bad = [c for c in cases if c[3]]
    if bad:
        out += ['', 'cases:', ''] + ['%s %s\n    - %s' % (s, name, why[0]) for s, op, name, why in bad]
    return out


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('files', nargs='+', metavar='[SHAPES] RECORDING')
    ap.add_argument('--service')
    ap.add_argument('--operation')
    ap.add_argument('-o', '--output')
    ap.add_argument('--threshold')
    ap.add_argument('--write-threshold', metavar='FILE', help='write the percentages that are reached as the thresholds')
    ap.add_argument('--top', type=int, default=40)
    a = ap.parse_args()
    is_shapes = lambda f: gzip.open(f, 'rb').read(9) in (b'{"cases":', b'{"groups"')
    real = distill.RECORDED / 'shapes.json.gz'
    if is_shapes(a.files[0]):
        real = a.files.pop(0)
    mine = distill.read_gz(a.files[0]) if len(a.files) == 1 and is_shapes(a.files[0]) else distill.distill(distill.exchanges(a.files), [a.service] if a.service else None, samples=False)
    rows, cases = compare(distill.read_gz(real), mine, a.service, a.operation)
    lines, percent = summary(rows, cases)
    details = report(rows, cases, a.top)
    if a.output:
        with open(a.output, 'w') as f:
            f.write('\n'.join(lines + details) + '\n')
    print('\n'.join(lines + (details[:a.top + 3] if a.output else details)))
    if a.write_threshold:
        with open(a.write_threshold, 'w') as f:
            f.writelines('%s %.1f %.1f\n' % (s, g - 0.05, c - 0.05) for s, (g, c) in sorted(percent.items()))
    low = []
    for line in open(a.threshold) if a.threshold else ():
        words = line.split('#')[0].split()
        for i, what in ((1, 'groups'), (2, 'cases')):
            if len(words) > i and percent.get(words[0], (0, 0))[i - 1] < float(words[i]):
                low.append('%s: %.1f %% of the %s alike, threshold %s' % (words[0], percent.get(words[0], (0, 0))[i - 1], what, words[i]))
    print('\n'.join(low) if low else '', end='\n' if low else '')
    return 1 if low or (not a.threshold and any(r[5] for r in rows)) else 0


if __name__ == '__main__':
    sys.exit(main())
