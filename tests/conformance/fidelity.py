#!/usr/bin/env python3
"""Writes docs/fidelity.md: what differs from the real services, and why.

usage: fidelity.py [--in target/conformance] [-o docs/fidelity.md] [--check]
The differences are those of the last complete run of run.py. The reasons are written by hand in reasons.toml, each for a service,
operations (a glob) and a difference (a regular expression). The first reason that matches is used; a difference that matches none is
listed without a reason. --check writes nothing and exits with 1 if a difference has no reason."""
import argparse
import collections
import fnmatch
import json
import pathlib
import re
import sys
import tomllib

import server

HERE = pathlib.Path(__file__).resolve().parent
HEAD = '''# Fidelity

What nephos answers differently from the real Keystone 30.0.0, Glance 33.0.0, Cinder 29.0.0, Neutron 29.0.0, Nova 34.0.0 and Placement
16.0.0, and why. Made by `tests/conformance/fidelity.py` from a complete run of `tests/conformance/run.sh`; `tests/conformance/README.md` says what is counted.

| service | kinds of answer alike | single cases alike | operations | answers to random sequences alike |
|---|---|---|---|---|
'''


def differences(found):
    """(service, operation, what differs, where) of kinds of answer, cases, missing operations and sequences of states."""
    for service, op, version, status, n, reasons in found['rows']:
        for reason in reasons:
            yield service, op, reason, 'status %s%s' % (status, ' at ' + version if version else '')
    for service, op, name, why in found['cases']:
        for w in why:
            yield service, op, w, 'case: ' + name
    for service, missing in found['missing'].items():
        for op in missing:
            yield service, op, 'not covered', 'nephos has no such operation'
    for wrong in found['states']:
        yield stateful(wrong), wrong.split(',')[0], 'states: ' + wrong.split(': ', 1)[1], 'transition'


def stateful(name):
    """The service whose resource an operation of transitions.py changes."""
    if name.startswith(('server', 'interface', 'volume attach', 'volume detach', 'volume extend attached')):
        return 'nova'
    if name.startswith('image'):
        return 'glance'
    return 'neutron' if name.startswith(('port', 'router', 'floating ip')) else 'cinder'


def reason_of(reasons, service, op, what, where):
    """The first reason that matches a difference."""
    for r in reasons:
        if r.get('service', service) == service and fnmatch.fnmatchcase(op, glob(r.get('operation', '*'))) and re.search(r.get('what', ''), what) and re.search(r.get('where', ''), where):
            r['used'] = True
            return r['reason']
    return None


def glob(pattern):
    """A pattern for fnmatch in which only * is a wildcard: operations contain brackets and question marks."""
    return pattern.replace('[', '[[]').replace('?', '[?]')


def text(s, limit=220):
    s = re.sub(r'\s+', ' ', s).replace('|', '\\|').replace('<', '&lt;')
    return s if len(s) <= limit else s[:limit] + '…'


def document(found, reasons):
    """The text of docs/fidelity.md and the differences without a reason."""
    out = [HEAD.rstrip('\n')]
    for service, (kinds, cases, operations, sequences) in sorted(found['figures'].items()):
        out.append('| %s | %.1f %% | %.1f %% | %d of %d | %.1f %% |' % (service, kinds, cases, operations, operations + len(found['missing'][service]), sequences))
    by_reason, without = collections.OrderedDict(), []
    for service, op, what, where in differences(found):
        reason = reason_of(reasons, service, op, what, where)
        if reason:
            by_reason.setdefault((service, reason), []).append((op, what, where))
        else:
            without.append((service, op, what, where))
    for service in sorted(found['figures']):
        out += ['', '## ' + service.capitalize()]
        for (s, reason), rows in sorted(by_reason.items(), key=lambda x: (-len(x[1]), x[0])):
            if s == service:
                out += ['', '**%s** (%d)' % (reason.strip(), len(rows)), ''] + entries(rows)
        rows = [(op, what, where) for s, op, what, where in without if s == service]
        if rows:
            out += ['', '### Without a reason (%d)' % len(rows), ''] + shortened(entries(rows))
    return '\n'.join(out + accepted()) + '\n', without


def accepted():
    """The differences that are accepted when sequences.py compares."""
    entries = tomllib.loads((HERE / 'accepted.toml').read_text())['difference']
    row = lambda e: '| %s | `%s` | %s |' % (e.get('service', 'all'), e.get('operation', '*'), text(e['reason'], 600))
    return ['', '## Random sequences', '', 'Differences that do not count there:', '', '| service | operations | reason |', '|---|---|---|', *map(row, entries)]


def shortened(lines, most=60):
    return lines[:most] + ['- and %d operations more' % (len(lines) - most)] * (len(lines) > most)


def entries(rows):
    """A line for each operation with what differs, and how often if more than once."""
    counted = collections.Counter((op, what) for op, what, _ in rows)
    by_op = collections.OrderedDict()
    for (op, what), n in counted.items():
        by_op.setdefault(op, []).append(text(what) + (' (%d times)' % n if n > 1 else ''))
    if all(whats == ['not covered'] for whats in by_op.values()):
        return [', '.join('`%s`' % op for op in by_op)]
    return ['- `%s`: %s' % (op, '; '.join(whats[:6]) + ('; and %d more' % (len(whats) - 6) if len(whats) > 6 else '')) for op, whats in by_op.items()]


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--in', dest='out', type=pathlib.Path, default=server.ROOT / 'target/conformance')
    ap.add_argument('-o', '--output', type=pathlib.Path, default=server.ROOT / 'docs/fidelity.md')
    ap.add_argument('--check', action='store_true')
    a = ap.parse_args()
    reasons = tomllib.loads((HERE / 'reasons.toml').read_text()).get('difference', [])
    page, without = document(json.loads((a.out / 'results.json').read_text()), reasons)
    if not a.check:
        a.output.write_text(page)
    for r in reasons:
        if not r.get('used'):
            print('no difference has this reason any more: %s' % r['reason'].strip()[:120])
    print('%d differences without a reason' % len(without))
    return 1 if a.check and without else 0


if __name__ == '__main__':
    sys.exit(main())
