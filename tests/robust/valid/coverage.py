#!/usr/bin/env python3
"""Coverage of good answers: for each operation a valid request is looked for, in a fork of a populated world. Prints a table.

usage: coverage.py --control URL [--only SERVICE] [--operations] [--failed]      (a nephos that runs, with --timing instant)"""
import argparse
import collections
import fnmatch
import json
import pathlib
import sys
import time
import tomllib
import types

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import candidates as requests_for  # noqa: E402
import population  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
THRESHOLDS = tomllib.loads((HERE / 'thresholds.toml').read_text())
CHANGES_NOTHING = ('GET', 'HEAD')


def never(operation):
    """The status with which an operation refuses by design, as the real service does; None if it can succeed."""
    for status, names in THRESHOLDS['refused'].items():
        if any(fnmatch.fnmatchcase(operation['name'], name) for name in names.split()):
            return int(status)
    return None


class Coverage:
    """What each operation answered: `good` has the request that succeeded, `bad` the last refusals."""
    def __init__(self, nephos, only=None):
        self.nephos, self.good, self.bad, self.broken = nephos, {}, {}, []
        nephos_world = population.World(nephos, 'default')
        listed = nephos_world.control('GET', '/operations').json()['operations']
        self.operations = [o for o in listed if o['service'] != 'control' and (not only or o['service'] == only)]
        nephos_world.tokens = {}
        self.base = nephos_world.fork('populated-%d' % time.time())
        population.populate(self.base)
        self.rows = requests_for.Rows(self.base)

    def wrong(self):
        """What breaks the promises: server errors, and operations that refuse by design with another status than it says."""
        wrong = list(self.broken)
        for number, operation in enumerate(self.operations):
            status = never(operation)
            if status and number in self.good:
                wrong.append('%s can succeed: %s' % (operation['name'], self.good[number]))
            elif status and all(answer[0] != status for answer in self.bad[number]):
                wrong.append('%s is not refused with %d: %s' % (operation['name'], status, self.bad[number][:1]))
        return wrong

    def run(self):
        for number, operation in enumerate(self.operations):
            self.find(number, operation)
        return self

    def find(self, number, operation):
        reads = operation['method'] in CHANGES_NOTHING and operation['service'] != 'cloudsigma'
        world = self.base if reads else self.base.fork('%s-%d' % (self.base.name, number))
        for before in requests_for.HINTS.get(operation['name'], {}).get('before', []):
            path = requests_for.substituted(before['path'], self.rows)
            answer = world.send(before['service'], before['method'], path, body=before.get('body'), version=before.get('version'))
            assert answer.status_code < 300, '%s: %s' % (path, answer.text)
        answers = []
        for request in requests_for.candidates(operation, self.rows):
            method, path, body, data, headers, user, version = request
            answer = world.send(operation['service'], method, path, user=user, body=body, data=data, headers=headers, version=version)
            if answer.status_code >= 500 and answer.status_code not in (501,):
                self.broken.append('%s %s %s: %s %s' % (operation['name'], path, json.dumps(body)[:200], answer.status_code, answer.text[:200]))
            if answer.status_code < 400:
                self.good[number] = request
                break
            answers.append((answer.status_code, request, answer.text[:300]))
        else:
            self.bad[number] = answers
        if not reads:
            world.delete()

    def by_operation(self):
        """Rows of operation, what became of it, and the request that succeeded."""
        for number, operation in enumerate(self.operations):
            good, status = self.good.get(number), never(operation)
            outcome = 'good' if good else 'refused with %d by design' % status if status else 'not reached'
            yield operation['name'], outcome, '%s %s %s' % (good[0], good[1], json.dumps(good[2])) if good else ''

    def table(self):
        """Rows of service, operations that can succeed, those with a good answer, per cent."""
        able, good = collections.Counter(), collections.Counter()
        for number, operation in enumerate(self.operations):
            if not never(operation):
                able[operation['service']] += 1
                good[operation['service']] += number in self.good
        return [(service, able[service], good[service], 100 * good[service] / able[service]) for service in able]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument('--control', required=True)
    options.add_argument('--only')
    options.add_argument('--failed', action='store_true', help='print the operations without a good answer, and what the last requests were answered')
    options.add_argument('--operations', action='store_true', help='print a line for each operation, with the request that succeeded')
    options = options.parse_args()
    nephos = types.SimpleNamespace(control_url=options.control)
    coverage = Coverage(nephos, options.only)
    try:
        coverage.run()
    finally:
        coverage.base.delete()
    if options.operations:
        for row in coverage.by_operation():
            print(*row, sep='\t')
    if options.failed:
        for number, answers in coverage.bad.items():
            operation = coverage.operations[number]
            if never(operation):
                continue
            print('%s %s %s' % (operation['name'], operation['method'], operation['path']), operation['action'] or '')
            seen = collections.Counter((status, text[:160]) for status, _, text in answers)
            for (status, text), count in seen.most_common(3):
                example = next(r for s, r, t in answers if (s, t[:160]) == (status, text))
                print('    %d× %s %s\n        %s %s %s' % (count, status, text, example[1], json.dumps(example[2])[:200], example[6]))
    print(*coverage.wrong(), sep='\n')
    print('%-12s %10s %10s %8s' % ('service', 'operations', 'good', '%'))
    for row in coverage.table():
        print('%-12s %10d %10d %8.1f' % row)


if __name__ == '__main__':
    main()
