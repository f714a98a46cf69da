#!/usr/bin/env python3
"""Plays sequences of requests that were drawn at random, and compares the answers with those that the real services gave.

usage: sequences.py run --offset N --control URL [--services nova,cinder] [--only TEXT] [-o FILE] [-v]
       sequences.py show LABEL          the requests of a sequence, with the real answers

recorded/sequences-*.jsonl.gz has a sequence in each line: about twenty requests about one service, some of them spoiled (a field of another type, an
unknown id, a reader instead of a member, an odd query), and what the real services answered. accepted.toml has the differences that are accepted,
with reasons. The clock of the nephos is stopped and moved: use one of your own (run.py starts one).

The table: "alike" is the percentage of answers without any difference that is not accepted; "status" and "text" that of answers whose status, and whose
status and error text, are alike. FILE holds the figures and every difference."""
import argparse
import collections
import fnmatch
import gzip
import json
import pathlib
import re
import sys
import tomllib

import operations
import server
import shapes
from sequence_judge import BROKEN, FOLLOWS, judge
from sequence_player import Cloud, Player

HERE = pathlib.Path(__file__).resolve().parent
SERVICES = tuple(operations.PORTS)


def recorded(services=SERVICES, only=''):
    """The recorded sequences of these services whose label contains a text."""
    for file in sorted((HERE / 'recorded').glob('sequences-*.jsonl.gz')):
        with gzip.open(file, 'rt') as lines:
            for row in map(json.loads, lines):
                if row['service'] in services and only in row['label']:
                    yield row


def line(difference):
    """A difference in a line, as accepted.toml matches it and reports group it."""
    kind, where, a, b = difference
    short = lambda v: json.dumps(v, ensure_ascii=False)[:120] if not isinstance(v, str) else v[:160]
    if kind == 'text':
        return 'says "%s", real "%s"' % tuple(shapes.mask(short(x)) for x in (a, b))
    if kind == 'value' and isinstance(a, (str, bool, int)) and isinstance(b, (str, bool, int)) and len(str(a)) + len(str(b)) < 60:
        return 'value of %s: %s, real %s' % (where, *(re.sub(r'\d+', '<n>', short(x)) for x in (a, b)))
    if kind == 'header':
        return 'header %s: %s, real %s' % (where, short(a), short(b))
    return '%s%s %s' % (kind, ' field' * (kind in ('missing', 'extra')), where)


class Accepted:
    """The differences that are accepted: the first entry that fits gives the reason."""
    def __init__(self, file):
        self.entries = tomllib.loads(file.read_text())['difference']

    def reason(self, service, operation, text):
        for e in self.entries:
            pattern = e.get('operation', '*').replace('[', '[[]')
            if e.get('service', service) == service and fnmatch.fnmatchcase(operation, pattern) and re.search(e.get('what', ''), text):
                return e['reason']
        return None


class Tally:
    """Counts, and the differences that are not accepted, by service, operation and kind."""
    def __init__(self, accepted):
        self.counts, self.found, self.accepted = collections.defaultdict(collections.Counter), {}, accepted

    def add(self, row, mine):
        for i, (step, found) in enumerate(zip(row['steps'], judge(row['steps'], mine, row['real']))):
            count = self.counts[step['service']]
            if isinstance(found, str):
                count[found] += 1
                continue
            fresh = [d for d in found if not self.accepted.reason(step['service'], step['operation'], line(d))]
            kinds = {d[0] for d in fresh}
            if found and not fresh:
                count['accepted'] += 1
                continue
            count.update({'compared': 1, 'status': 'status' not in kinds, 'text': not kinds & {'status', 'text'}, 'alike': not kinds})
            for d in fresh:
                self.note(row, i, step, d, mine)

    def note(self, row, i, step, difference, mine):
        key = (step['service'], step['operation'], line(difference))
        sent = {k: v for k, v in step.items() if v not in (None, '') and k in ('who', 'method', 'path', 'query', 'body', 'version', 'raw', 'type', 'accept', 'spoiled')}
        entry = self.found.setdefault(key, {'service': key[0], 'operation': key[1], 'what': key[2], 'times': 0, 'sequence': row['label'], 'step': i, 'request': sent,
                                            'nephos': [mine['answers'][i][0], difference[2]], 'real': [row['real']['answers'][i][0], difference[3]]})
        entry['times'] += 1

    def figures(self):
        """{service: percent of answers that are alike}, with 'all'."""
        total = sum(self.counts.values(), collections.Counter())
        return {s: 100 * c['alike'] / max(c['compared'], 1) for s, c in [*self.counts.items(), ('all', total)]}

    def table(self):
        rows = ['%-10s %8s %8s %7s %7s %7s %9s %9s' % ('', 'compared', 'accepted', 'status', 'text', 'alike', 'real 5xx', 'follows')]
        total = sum(self.counts.values(), collections.Counter())
        for service, c in [(s, self.counts[s]) for s in SERVICES if s in self.counts] + [('all', total)]:
            part = lambda k: '%.1f' % (100 * c[k] / max(c['compared'], 1))
            rows.append('%-10s %8d %8d %7s %7s %7s %9d %9d' % (service, c['compared'], c['accepted'], part('status'), part('text'), part('alike'), c[BROKEN], c[FOLLOWS]))
        return rows

    def report(self):
        """Every difference, the most frequent first."""
        out, cut = [], lambda v: (v if isinstance(v, str) else json.dumps(v, ensure_ascii=False))[:500].replace('\n', ' ')
        for d in sorted(self.found.values(), key=lambda d: (d['service'], -d['times'], d['operation'])):
            out += ['%s %s: %s' % (d['service'], d['operation'], d['what'][:300]), '    %d times; %s, step %d' % (d['times'], d['sequence'], d['step']), '    ' + cut(d['request']),
                    '    nephos %s %s' % (d['nephos'][0], cut(d['nephos'][1])), '    real   %s %s' % (d['real'][0], cut(d['real'][1]))]
        return out


def run(a):
    control_url = a.control or 'http://127.0.0.1:%d' % (server.CONTROL + a.offset)

    def control(method, path, body=None):
        status, value = server.request(method, control_url + path, body)
        assert 200 <= status < 300, '%s %s: %s %s' % (method, path, status, value)
        return value
    control('POST', '/reset')
    control('PATCH', '/clock', {'frozen': True})
    tally, cloud, services = Tally(Accepted(HERE / 'accepted.toml')), Cloud(a.offset, control), a.services.split(',')
    for row in recorded(services, a.only):
        mine = Player(cloud, row['steps'], row['label']).play()
        tally.add(row, mine)
        for step, got, found in zip(row['steps'], mine['answers'], judge(row['steps'], mine, row['real'])) if a.verbose else ():
            print('%s %s %s as %s: %s  %s' % (row['label'], step['method'], step['path'], step['who'], got[0], found if isinstance(found, str) else '; '.join(map(line, found))))
    print('\n'.join(tally.table()))
    if a.output:
        a.output.write_text(json.dumps({'figures': tally.figures(), 'table': tally.table(), 'report': tally.report()}, ensure_ascii=False, indent=1))
        a.output.with_suffix('.txt').write_text('\n'.join(tally.table() + [''] + tally.report()) + '\n')


def show(a):
    for row in recorded(only=a.label):
        for i, (step, answer) in enumerate(zip(row['steps'], row['real']['answers'])):
            print('%s %d  %s' % (row['label'], i, json.dumps({k: v for k, v in step.items() if v not in (None, '')}, ensure_ascii=False)))
            print('    %d %s' % (answer[0], answer[2][:1000]))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = ap.add_subparsers(required=True)
    p = commands.add_parser('run')
    p.add_argument('--offset', type=int, default=0, help='the nephos listens on the standard ports plus this')
    p.add_argument('--control', help='URL of its control API')
    p.add_argument('--services', default=','.join(SERVICES))
    p.add_argument('--only', default='', help='only sequences whose label contains this')
    p.add_argument('-o', '--output', type=pathlib.Path, help='FILE.json; FILE.txt is the same for people')
    p.add_argument('-v', '--verbose', action='store_true')
    p.set_defaults(do=run)
    p = commands.add_parser('show')
    p.add_argument('label')
    p.set_defaults(do=show)
    a = ap.parse_args()
    return a.do(a)


if __name__ == '__main__':
    sys.exit(main())
