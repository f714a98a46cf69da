#!/usr/bin/env python3
"""Distills recordings of recorder.py into the kinds of answer that a service gives.

usage: distill.py RECORDING... -o shapes.json.gz [--with-samples samples.json.gz] [--errors errors.md] [--samples DIR]
       distill.py --show 'cinder POST /volumes' [--version 3.60] [--status 400] [--in DIR]     what is known about an operation
       distill.py --cases 'cinder POST /volumes' [--in DIR]        the answers to single cases of probe.py and conflicts.py

A kind of answer is service, operation, requested microversion and status. For each there is: how often it was seen, the merged shape
of its body, its headers, its error texts as templates, and one or two complete samples. The same recordings give the same bytes."""
import argparse
import gzip
import json
import pathlib
import re
import shutil
import socket
import sys

import operations
import shapes

RECORDED = operations.RECORDED
HOME = re.compile(r'(?:/(?:root|home)(?:/[\w.+@=-]+)+/?)|/tmp/[\w.+@=-]+(?:/[\w.+@=-]+)+|/[\w./-]*site-packages/[\w./-]*')
HOSTNAME = re.compile(r'(?<![\w.-])' + re.escape(socket.gethostname()) + r'(?![\w-])')
SAMPLE = 5000          # bytes of the body of a sample


def exchanges(names):
    """The lines of recordings without paths and the name of this machine. A truncated file is read up to its end."""
    for name in names:
        with gzip.open(name, 'rb') as f:
            try:
                for line in f:
                    text = HOSTNAME.sub('host', HOME.sub('<file>', line.decode('utf-8', 'replace')))
                    try:
                        yield json.loads(text)
                    except ValueError:
                        continue
            except (EOFError, OSError) as e:
                print('%s: %s' % (name, e), file=sys.stderr)


def microversion(service, headers):
    """The microversion that a request asked for, '' if none."""
    names = {'nova': 'compute', 'cinder': 'volume', 'placement': 'placement'}
    if service not in names:
        return ''
    for part in headers.get('openstack-api-version', '').split(','):
        words = part.split()
        if words and words[0].lower() in (names[service], 'block-storage') and len(words) > 1:
            return words[1] if re.fullmatch(r'\d+\.\d+|latest', words[1]) else 'bad'
        if words:
            return 'bad'
    if service == 'nova' and 'x-openstack-nova-api-version' in headers:
        v = headers['x-openstack-nova-api-version'].strip()
        return v if re.fullmatch(r'\d+\.\d+|latest', v) else 'bad'
    return ''


def cut(value, items, length):
    """A JSON value with long lists and strings cut."""
    if isinstance(value, dict):
        return {k: cut(v, items, length) for k, v in list(value.items())[:120]}
    if isinstance(value, list):
        return [cut(v, items, length) for v in value[:items]]
    return value[:length] + '…' if isinstance(value, str) and len(value) > length else value


def short(value):
    """A body cut until it is small enough for a sample."""
    for items, length in ((100, 2000), (3, 600), (1, 200), (1, 60)):
        text = json.dumps(value, ensure_ascii=False)
        if len(text) <= SAMPLE:
            return value
        value = cut(value, items, length)
    return value if len(json.dumps(value)) <= 3 * SAMPLE else '(large)'


def sample(e):
    """The request and the answer of an exchange."""
    head = [[n, v] for n, v in e['head'] if n.lower() not in shapes.IGNORED]
    target = e['path'] + ('?' + e['query'] if e['query'] else '')
    return {'request': {'method': e['method'], 'target': target[:600], 'headers': {k: v[:200] for k, v in e['req'].items() if k != 'x-case'}, 'body': short(e['body']), 'token': e['auth']},
            'answer': {'status': e['status'], 'headers': head, 'body': short(e['answer'])}}


def distill(entries, only=None, samples=True):
    """The kinds of answer of exchanges and the answers to single cases: {'groups': {key: group}, 'cases': {case: [status, operation, text]}}."""
    groups, cases = {}, {}
    for e in entries:
        service = e['service']
        if (only and service not in only) or (not e['status'] and e.get('why') != 'dropped'):
            continue
        op = operations.of_service(service).of(e['method'], e['path'], e['body'])
        version = microversion(service, e['req'])
        if service == 'glance' and e['status'] >= 400:      # its errors are HTML or JSON, depending on the Accept header
            version = 'accept json' if 'json' in e['req'].get('accept', '') else ''
        key = '\t'.join((service, op, version, str(e['status'])))
        g = groups.get(key)
        if g is None:
            g = groups[key] = {'n': 0, 'body': shapes.node(), 'head': {}}
        g['n'] += 1
        literal = service == 'glance' and '/schemas/' in e['path']
        answer = e['answer']
        if isinstance(answer, dict) and set(answer) & {'_text', '_bytes', '_raw'}:
            g['body']['n'] += 1
            k = 'text' if '_bytes' not in answer else 'bytes'
            g['body']['t'][k] = g['body']['t'].get(k, 0) + 1
        else:
            if answer is None:
                g['body']['n'] += 1
                g['body']['t']['nothing'] = g['body']['t'].get('nothing', 0) + 1
            else:
                shapes.add(g['body'], answer, service, '', 0, literal)
        shapes.add_headers(g['head'], e['head'])
        found = []
        if e['status'] >= 400 and answer is not None:
            found = shapes.texts(answer)
            for t in found:
                errors = g.setdefault('errors', {})
                if t in errors or len(errors) < 400:
                    errors[t] = errors.get(t, 0) + 1
        case = e['req'].get('x-case')
        if case:
            exact = shapes.texts(answer, digits=not case.startswith('conflict')) if found else ['']
            cases[service + ' ' + case] = [e['status'], op, exact[0]]
        if samples:
            size = len(json.dumps(answer))
            if g['n'] == 1:
                g['samples'], g['size'] = [sample(e)], size
            elif g['size'] < size < 4 * SAMPLE and size > 1.15 * g['size'] and e['status'] < 400:
                g['samples'], g['size'] = [g['samples'][0], sample(e)], size
    for g in groups.values():
        g.pop('size', None)
    return {'groups': groups, 'cases': cases}


def write_gz(name, value):
    """Writes sorted JSON with one entry a line. The gzip header has no time and no name, so the same value gives the same bytes."""
    lines = []
    for part in sorted(value):
        rows = ['%s:%s' % (json.dumps(k, ensure_ascii=False), json.dumps(v, sort_keys=part != 'samples', ensure_ascii=False, separators=(',', ':'))) for k, v in sorted(value[part].items())]
        lines.append('%s:{\n%s\n}' % (json.dumps(part), ',\n'.join(rows)))
    data = ('{' + ',\n'.join(lines) + '}\n').encode()
    with open(name, 'wb') as raw, gzip.GzipFile('', 'wb', 9, raw, mtime=0) as f:
        f.write(data)


def read_gz(name):
    with gzip.open(name, 'rt', encoding='utf-8') as f:
        return json.load(f)


def errors_md(groups):
    """Every distinct error text by service and operation; texts of many operations are listed once."""
    table, where = {}, {}
    for key, g in groups.items():
        service, op, _, status = key.split('\t')
        for t, n in g.get('errors', {}).items():
            table.setdefault(service, {}).setdefault(op, {}).setdefault((status, t), 0)
            table[service][op][status, t] += n
            where.setdefault((service, status, t), set()).add(op)
    out = ['# What the real services say when they refuse', '', 'Made by distill.py from recordings. `<id>`, `<n>`, `<name>`, `<time>` … stand for values that differ each time.']
    for service in sorted(table):
        out += ['', '## %s' % service, '', '### everywhere (ten operations or more)', '']
        out += ['- %s (%d operations) %s' % (status, len(ops), t) for (s, status, t), ops in sorted(where.items()) if s == service and len(ops) >= 10]
        for op in sorted(table[service]):
            rows = [(st, t, n) for (st, t), n in sorted(table[service][op].items()) if len(where[service, st, t]) < 10]
            if rows:
                out += ['', '### %s' % op, ''] + ['- %s %s' % (st, t) for st, t, n in rows]
    return '\n'.join(out) + '\n'


def tree(groups, root):
    """Writes a file for each operation with its kinds of answer."""
    shutil.rmtree(root, ignore_errors=True)
    byop = {}
    for key, g in sorted(groups.items()):
        service, op, version, status = key.split('\t')
        byop.setdefault((service, op), []).append((status, version, g))
    for (service, op), kinds in byop.items():
        name = re.sub(r'[^\w.{}-]+', '_', op).strip('_')[:120]
        f = pathlib.Path(root) / service / (name + '.txt')
        f.parent.mkdir(parents=True, exist_ok=True)
        f.write_text('\n'.join(describe(service, op, *k) for k in sorted(kinds, key=lambda k: k[:2])))


def describe(service, op, status, version, g, shape=False):
    """A kind of answer as text."""
    out = ['== %s %s -> %s%s   (%d times)' % (service, op, status, ' at ' + version if version else '', g['n'])]
    out += ['   says: %s (%d)' % (t, n) for t, n in sorted(g.get('errors', {}).items(), key=lambda x: -x[1])]
    if shape:
        out += ['   headers: ' + '; '.join('%s%s = %s' % (h, '' if x['n'] == g['n'] else '?', ' or '.join(sorted(x['v']))) for h, x in sorted(g['head'].items()))]
        out += ['   body:'] + fields(g['body'], '     ')
    for s in g.get('samples', []):
        r, a = s['request'], s['answer']
        out += ['', '> %s %s' % (r['method'], r['target'])] + ['> %s: %s' % x for x in r['headers'].items()]
        out += ['> ' + json.dumps(r['body'], ensure_ascii=False)] if r['body'] is not None else []
        out += ['< %s' % a['status']] + ['< %s: %s' % tuple(x) for x in a['headers']]
        body = a['body']
        out += ['< ' + (body.get('_text') or body.get('_raw') or str(body) if isinstance(body, dict) and set(body) & {'_text', '_raw', '_bytes'} else json.dumps(body, ensure_ascii=False))] if body is not None else []
    return '\n'.join(out) + '\n'


def fields(shape, pad):
    """A shape as an indented list of fields."""
    out = []
    what = lambda s: ' | '.join(sorted(s['t'])) + (' (%s)' % ', '.join(sorted(s['f'])) if 'f' in s else '') + (' one of ' + ', '.join(sorted(s['e'])) if 'e' in s else '')
    for name, s in sorted(shape.get('p', {}).items()):
        optional = '' if s.get('in', 0) >= shape['t'].get('object', 0) else '?'
        out += ['%s%s%s: %s' % (pad, name, optional, what(s))] + fields(s, pad + '  ')
    if 'i' in shape:
        out += ['%s[]: %s' % (pad, what(shape['i']))] + fields(shape['i'], pad + '  ')
    return out


def show(a):
    """Prints what is known about an operation."""
    service, _, op = a.show.partition(' ')
    groups = read_gz(a.dir / 'shapes.json.gz')['groups']
    kept = read_gz(a.dir / 'samples.json.gz')['samples'] if (a.dir / 'samples.json.gz').exists() else {}
    keys = [k for k in groups if k.split('\t')[0] == service and (k.split('\t')[1] == op or k.split('\t')[1].startswith(op + ' {'))]
    if not keys:
        names = sorted({k.split('\t')[1] for k in groups if k.split('\t')[0] == service and op in k.split('\t')[1]})
        print('\n'.join(names) or 'no such operation; try --show "%s /"' % service)
        return 1
    for k in sorted(keys, key=lambda k: (k.split('\t')[1], k.split('\t')[3], [int(x) for x in re.findall(r'\d+', k.split('\t')[2])])):
        _, op, version, status = k.split('\t')
        if (a.version is None or a.version == version) and (a.status is None or a.status == status):
            print(describe(service, op, status, version, dict(groups[k], samples=kept.get(k, [])), shape=True))
    return 0


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('recording', nargs='*')
    ap.add_argument('-o', '--output')
    ap.add_argument('--with-samples', metavar='FILE')
    ap.add_argument('--errors', metavar='FILE')
    ap.add_argument('--samples', metavar='DIR')
    ap.add_argument('--show', metavar='OPERATION')
    ap.add_argument('--cases', metavar='OPERATION')
    ap.add_argument('--version')
    ap.add_argument('--status')
    ap.add_argument('--in', dest='dir', type=pathlib.Path, default=RECORDED)
    a = ap.parse_args()
    if a.show:
        return show(a)
    if a.cases:
        service, _, op = a.cases.partition(' ')
        for name, (status, o, text) in sorted(read_gz(a.dir / 'shapes.json.gz')['cases'].items()):
            if name.startswith(service + ' ') and (op == o or o.startswith(op + ' {')):
                print(status, name[len(service) + 1:], '|', text)
        return 0
    if not a.recording:
        ap.error('needs a recording, --show or --cases')
    result = distill(exchanges(a.recording))
    groups = result['groups']
    if a.samples:
        tree(groups, a.samples)
    if a.errors:
        pathlib.Path(a.errors).write_text(errors_md(groups))
    kept = {k: g.pop('samples') for k, g in groups.items()}
    if a.with_samples:
        write_gz(a.with_samples, {'samples': kept})
    if a.output:
        write_gz(a.output, result)
    print('%d exchanges, %d kinds of answer, %d operations, %d cases' % (sum(g['n'] for g in groups.values()), len(groups), len({tuple(k.split('\t')[:2]) for k in groups}), len(result['cases'])))


if __name__ == '__main__':
    sys.exit(main())
