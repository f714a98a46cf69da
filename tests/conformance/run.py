#!/usr/bin/env python3
"""Measures how alike nephos is to the real Keystone, Glance, Cinder, Neutron, Nova and Placement.

Starts nephos and sends it, through the recorder: bad requests (probe.py), requests that are refused because of state (conflicts.py),
requests at every microversion (versions.py), operations whose states are watched (transitions.py, at `realistic` timing), tempest, and
sequences that were drawn at random (sequences.py).
The API tests of neutron-tempest-plugin follow without the recorder: nobody recorded them, their results count by themselves. Then it
compares the answers with those that the real services gave to the same requests, for the operations that nephos has. A
service that nephos does not have is left out. Every process that is started is stopped at the end.

    run.sh                                              everything, some minutes; needs tempest (tests/clients/venv.sh installs it)
    run.sh --quick                                      probe and conflicts only
    run.sh --quick --only cinder --operation /snapshots differences of the operations whose name contains /snapshots, seconds

Exit code: 0 if no figure is below its threshold (thresholds.txt), no answer was a 5xx that the real service does not give, nothing
panicked, the sequences of states are recorded ones, tempest passed, and so did enough tests of the plugin; 1 otherwise; 2 if nothing could be measured."""
import argparse
import collections
import os
import pathlib
import shlex
import signal
import socket
import subprocess
import sys
import time

import distill
import operations
import results
import server
from server import NotStarted

HERE = pathlib.Path(__file__).resolve().parent
SERVICES = tuple(operations.PORTS)
VERSIONED, STATEFUL = ('nova', 'cinder', 'placement'), ('cinder', 'glance', 'neutron', 'nova')
TEMPEST = {'keystone': 'identity', 'glance': 'image', 'cinder': 'volume', 'neutron': 'network', 'nova': 'compute'}        # their names in tempest
DRIVERS = ('probe', 'conflicts', 'versions', 'transitions', 'tempest', 'sequences', 'plugin')
PLUGIN = 'neutron_tempest_plugin'        # the tests of this package are the driver `plugin`
STATES = ('--timing', 'realistic', '--clock', '40x', '--scenario', server.ROOT / 'tests/conformance/states.toml')   # the nephos that transitions.py watches


class Run:
    """The processes of a measurement."""
    def __init__(self, a):
        self.a, self.out, self.running, self.nephos, self.notes = a, a.out, [], None, []
        self.out.mkdir(parents=True, exist_ok=True)
        self.recording = self.out / 'recording.jsonl.gz'
        self.environment = dict(os.environ, no_proxy='127.0.0.1', NO_PROXY='127.0.0.1')

    def start_alone(self, binary, timing):
        """Starts nephos with its default configuration and without a recorder."""
        self.nephos = server.Nephos(binary, self.out / 'nephos.log', self.a.nephos_offset, [*timing, *shlex.split(self.a.serve)])
        self.offset = self.nephos.offset

    def start(self, binary, timing):
        """Starts nephos and the recorder in front of it; returns the operations of that nephos."""
        options = ['--config', server.ROOT / 'tests/conformance/nephos.toml', *timing, *shlex.split(self.a.serve)]
        self.nephos = server.Nephos(binary, self.out / 'nephos.log', self.a.nephos_offset, options)
        self.offset = self.a.recorder_offset if self.a.recorder_offset is not None else server.free_offset([self.nephos.offset])
        have = results.fetch(self.nephos.control_url, self.out)
        compared = [s for s in SERVICES if have.rows.get(s)]
        process = self.popen('recorder', [sys.executable, HERE / 'recorder.py', '-o', self.recording, '--only', ','.join(compared),
                                          '--target-offset', self.nephos.offset, '--listen-offset', self.offset])
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if process.poll() is not None:
                raise NotStarted('the recorder ended: ' + self.log('recorder'))
            if all(s in self.log('recorder') for s in compared):
                return have
            time.sleep(0.05)
        raise NotStarted('the recorder does not start')

    def popen(self, name, command, **environment):
        with open(self.out / (name + '.log'), 'wb') as log:
            process = subprocess.Popen([str(c) for c in command], stdout=log, stderr=subprocess.STDOUT, env=dict(self.environment, **environment))
        self.running.append(process)
        return process

    def log(self, name):
        return (self.out / (name + '.log')).read_text(errors='replace')

    def drive(self, name, command, limit, **environment):
        """Runs a driver to its end and prints how it went; true if it succeeded."""
        began = time.time()
        process = self.popen(name, command, **environment)
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            code = 'the time limit of %d s' % limit
            server.stop(process)
        self.running.remove(process)
        lines = self.log(name).splitlines()
        closing = [x[13:] for x in lines if x.startswith('run_tempest:')]
        print('%-12s %4d s  %s' % (name, time.time() - began, closing[-1] if closing else 'done' if code == 0 else 'ended with %s' % code), flush=True)
        for line in [x for x in lines if x.startswith('FAILED')][:12] or lines[-3:] * (code != 0 and not closing):
            print('             ' + line[:300])
        return code == 0

    def script(self, name, *options, limit):
        return self.drive(name, [sys.executable, HERE / (name + '.py'), *options, '--offset', self.offset], limit)

    def tempest(self, venv, services):
        """Runs the selected tempest tests of these services; true if they passed."""
        names = [TEMPEST[s] for s in services if s in TEMPEST]
        ok, rows = self.tests('tempest', venv, tuple('tempest.api.%s.' % name for name in names))
        for name in names if rows else ():
            how = collections.Counter(status for status, _, test, _ in rows if test.startswith('tempest.api.%s.' % name))
            print('             %-9s %s' % (name, ', '.join('%d %s' % (n, status) for status, n in how.most_common())))
        return ok

    def plugin(self, venv):
        """Runs the selected tests of neutron-tempest-plugin. Returns what is wrong: tests that failed, and too few that passed."""
        ok, rows = self.tests('plugin', venv, (PLUGIN + '.',), EMU_NET_EXT='discover')
        how = collections.Counter(status for status, *_ in rows)
        print('             %-9s %s' % ('network', ', '.join('%d %s' % (n, status) for status, n in how.most_common())))
        least = 0 if self.a.tests else results.read_tests(HERE / 'thresholds.txt').get(PLUGIN, 0)
        few = ['%s: %d tests passed, threshold %d' % (PLUGIN, how['passed'], least)] * (how['passed'] < least)
        return few + ['plugin failed'] * (not ok)

    def tests(self, name, venv, wanted, **more):
        """Runs the selected tests whose names begin with one of these, in a workspace of this name; returns whether none failed, and the rows
        of results.tsv: status, seconds, test, reason."""
        selected = [x for x in self.a.tempest.read_text().splitlines() if x.startswith(wanted) and self.a.tests in x]
        if not selected:
            return True, []
        list_of_tests = self.out / (name + '-selected.txt')
        list_of_tests.write_text('\n'.join(selected) + '\n')
        at = lambda port: str(port + self.offset)
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            fixture = s.getsockname()[1]
        environment = dict(TEMPEST_VENV=str(venv), WS=str(self.out / name), EMU_KEYSTONE_PORT=at(5000), EMU_CINDER_PORT=at(8776), EMU_GLANCE_PORT=at(9292), EMU_PASSWORD='nephos',
                           EMU_REGION='fsd1', EMU_FIXTURE_PORT=str(fixture), EMU_NOVA_PORT=at(8774), EMU_NEUTRON_PORT=at(9696), EMU_PLACEMENT_PORT=at(8778), EMU_BUILD_INTERVAL='1', EMU_BUILD_TIMEOUT='30', **more)
        command = [HERE / 'tempest/run_tempest.sh', '-c', '6', '-t', self.a.tempest_limit, '-T', '120', '-q', list_of_tests]
        ok = self.drive(name, command, self.a.tempest_limit + 100, **environment)
        table = self.out / name / 'results.tsv'
        rows = [line.split('\t') for line in table.read_text().splitlines()[1:]] if table.exists() else []
        for line in ['\t'.join(r)[:300] for r in rows if r[0] not in ('passed', 'skipped')]:
            print('             ' + line)
        return ok, rows

    def stop(self):
        """Stops every process and notes what went wrong with nephos."""
        for process in reversed(self.running):
            server.stop(process)
        self.notes += self.nephos.stop() if self.nephos else []
        self.running, self.nephos = [], None


def find_venv(given):
    """A virtual environment with tempest: the given one, or the one in which this runs."""
    for place in (given, os.environ.get('NEPHOS_VENV'), sys.prefix):
        if place and (pathlib.Path(place) / 'bin/tempest').exists():
            return pathlib.Path(place).resolve()
    raise NotStarted('tempest is not installed: tests/clients/venv.sh makes a virtual environment and prints its folder for --venv; or use --without tempest')


def wanted_groups(services, text, have):
    """The groups of conflicts.py that have cases of operations that nephos has."""
    cases = distill.read_gz(distill.RECORDED / 'shapes.json.gz')['cases']
    conflicts = [(name.split(' '), op) for name, (_, op, _) in cases.items() if ' conflict ' in name and text in op]
    return sorted({words[2].rstrip(':') for words, op in conflicts if words[0] in services and have.has(words[0], op)})


def measure(a):
    """Runs the drivers and compares; returns the exit code."""
    services = a.only.split(',') if a.only else list(SERVICES)
    if set(services) - set(SERVICES):
        raise NotStarted('only %s can be measured' % ', '.join(SERVICES))
    drivers = [d for d in DRIVERS if d not in a.without.split(',')]
    if a.quick or a.operation:
        drivers = [d for d in drivers if d in ('probe', 'conflicts') or d == 'versions' and a.versions]
    venv = find_venv(a.venv) if {'tempest', 'plugin'} & set(drivers) else None
    binary = pathlib.Path(a.binary).resolve() if a.binary else server.build(a.profile)
    began, failed, run = time.time(), [], Run(a)
    for file in ('transitions.json', 'sequences.json'):
        (a.out / file).unlink(missing_ok=True)
    try:
        run.recording.unlink(missing_ok=True)
        have = run.start(binary, ('--timing', a.timing))
        for missing in [s for s in services if not have.rows.get(s)]:
            print('nephos has no %s: left out' % missing)
        services = [s for s in services if have.rows.get(s)]
        names = ','.join(services)
        groups = wanted_groups(services, a.operation, have)
        among = lambda these: ','.join(s for s in these if s in services)
        steps = {'probe': lambda: run.script('probe', '--services', names, '--operation', a.operation, limit=300),
                 'conflicts': lambda: not groups or run.script('conflicts', '--services', names, '--groups', ','.join(groups), limit=400),
                 'versions': lambda: not among(VERSIONED) or run.script('versions', '--services', among(VERSIONED), limit=400),
                 'tempest': lambda: run.tempest(venv, services)}
        failed = ['%s failed' % d for d in drivers if d in steps and not steps[d]()]
        if 'transitions' in drivers and among(STATEFUL):
            run.stop()
            run.start(binary, STATES)
            failed += ['transitions failed'] * (not run.script('transitions', 'run', '--control', run.nephos.control_url, '--services', among(STATEFUL), '-o', a.out / 'transitions.json', limit=600))
        if 'sequences' in drivers:
            run.stop()
            run.start(binary, ('--timing', a.timing))
            run.offset = run.nephos.offset           # not through the recorder: the answers are compared one by one
            failed += ['sequences failed'] * (not run.script('sequences', 'run', '--control', run.nephos.control_url, '--services', names, '-o', a.out / 'sequences.json', limit=900))
        if 'plugin' in drivers and 'neutron' in services:
            run.stop()
            run.start_alone(binary, ('--timing', a.timing))
            failed += run.plugin(venv)
    finally:
        run.stop()
    print('%.0f s in total; recording, report and logs are in %s' % (time.time() - began, os.path.relpath(a.out)))
    found = results.Results(a.out, services, have, a.operation)
    if a.operation:
        print('\n'.join(run.notes + found.lines() + found.details()))
        return 0
    found.write()
    return found.verdict(run.notes + failed, HERE / 'thresholds.txt', len(drivers) == len(DRIVERS) and a.only is None, a.raise_thresholds)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--quick', action='store_true', help='probe and conflicts only')
    ap.add_argument('--versions', action='store_true', help='with --quick or --operation: every microversion too')
    ap.add_argument('--only', help='only these services, comma-separated: ' + ' '.join(SERVICES))
    ap.add_argument('--operation', default='', help='only operations whose name contains this; prints what differs')
    ap.add_argument('--without', default='', help='leave out some of ' + ','.join(DRIVERS))
    ap.add_argument('--binary', help='a nephos that is built already')
    ap.add_argument('--profile', choices=('release', 'dev'), default='release', help='what cargo builds when no binary is named')
    ap.add_argument('--timing', default='fast')
    ap.add_argument('--serve', default='', metavar='OPTIONS', help='more options for nephos serve, as one argument')
    ap.add_argument('--nephos-offset', type=int, help='nephos listens on standard ports plus this (default: a free range)')
    ap.add_argument('--recorder-offset', type=int, help='the recorder listens on standard ports plus this (default: a free range)')
    ap.add_argument('--venv', help='a virtual environment with tempest')
    ap.add_argument('--tempest', type=pathlib.Path, default=HERE / 'tempest/selected.txt', metavar='FILE', help='run the tests named in this file')
    ap.add_argument('--tests', default='', metavar='TEXT', help='run only the tests of tempest and its plugin whose name contains this')
    ap.add_argument('--tempest-limit', type=int, default=1800, metavar='SECONDS')
    ap.add_argument('--out', type=pathlib.Path, default=server.ROOT / 'target/conformance', help='where recording, report and logs go')
    ap.add_argument('--raise-thresholds', action='store_true', help='write the figures that are above their thresholds into thresholds.txt')
    a = ap.parse_args()
    a.out = a.out.resolve()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    try:
        return measure(a)
    except NotStarted as e:
        print('not measured: %s' % e, file=sys.stderr)
        return 2


if __name__ == '__main__':
    sys.exit(main())
