"""The results of a recording of nephos: figures, comparison with the thresholds, differences.

Reads and writes the folder of run.py: recording.jsonl.gz, operations.json (the operations of that nephos), transitions.json, sequences.json."""
import gzip
import json

import distill
import compare
import covered
import transitions

MARGIN = 0.05                # by how much a figure may be below its threshold, in percent: rounding
NOISE = (0.4, 0.2, 0, 0.1)   # by how much figures differ from run to run: kinds of answer and cases in percent, operations, sequences in percent
FIGURES = ('% of the kinds of answer alike', '% of the cases alike', 'operations', '% of the answers to random sequences alike')


def fetch(control, out):
    """The operations of a running nephos, which are also written next to its recording."""
    rows = covered.rows_of(control)
    (out / 'operations.json').write_text(json.dumps(rows))
    return covered.Coverage(rows)


class Results:
    """A recording compared with the real services."""
    def __init__(self, out, services, have=None, operation=''):
        self.out, self.services, self.operation = out, services, operation
        self.have = have or covered.Coverage(json.loads((out / 'operations.json').read_text()))
        real = distill.read_gz(distill.RECORDED / 'shapes.json.gz')
        mine = distill.distill(distill.exchanges([out / 'recording.jsonl.gz']), services, samples=False)
        rows, cases = compare.compare(real, mine)
        wanted = lambda r: r[0] in services and operation in r[1] and self.have.has(r[0], r[1])
        self.rows, self.cases = [r for r in rows if wanted(r)], [c for c in cases if wanted(c)]
        self.left_out = sorted({(r[0], r[1]) for r in rows + cases if r[0] in services and operation in r[1]} - {(r[0], r[1]) for r in self.rows + self.cases})
        self.broken = own_failures(real, mine, operation)
        file = out / 'sequences.json'
        self.sequences = json.loads(file.read_text()) if file.exists() else None
        file = out / 'transitions.json'
        self.alike, self.wrong = transitions.differences(json.loads((distill.RECORDED / 'transitions.json').read_text()), json.loads(file.read_text())) if file.exists() else (0, [])

    def figures(self):
        """{service: (% of kinds alike, % of cases alike, operations that nephos has, % of answers to random sequences alike if they were played)}."""
        _, percent = compare.summary(self.rows, self.cases)
        played = lambda s: (self.sequences['figures'].get(s, 0),) if self.sequences else ()
        return {s: (*percent.get(s, (0, 0)), self.have.count(s)[0], *played(s)) for s in self.services}

    def lines(self):
        """The figures as text."""
        out = []
        for s in self.services:
            rows, cases = [r for r in self.rows if r[0] == s], [c for c in self.cases if c[0] == s]
            alike, like, (has, every, _) = sum(not r[5] for r in rows), sum(not c[3] for c in cases), self.have.count(s)
            out.append('%-9s %5d of %5d kinds of answer alike (%5.1f %%)   %5d of %5d cases (%5.1f %%)   %3d of %3d operations' % (
                s, alike, len(rows), 100 * alike / max(len(rows), 1), like, len(cases), 100 * like / max(len(cases), 1), has, every))
        if self.sequences:
            out += ['answers to random sequences:', *self.sequences['table']]
        if self.alike or self.wrong:
            out.append('%d of %d sequences of states as recorded' % (self.alike, self.alike + len(self.wrong)))
        return out

    def details(self, top=40):
        """Everything that differs, the most frequent reasons first, with the requests of cases."""
        asked = requests(self.out / 'recording.jsonl.gz', {'%s %s' % (c[0], c[2]) for c in self.cases if c[3]})
        out = compare.report(self.rows, [], top)
        bad = [c for c in self.cases if c[3]]
        out += ['', 'cases (single requests):'] * bool(bad)
        for service, op, name, why in bad:
            out += ['%s %s' % (service, name), '    - ' + why[0], '      ' + asked.get('%s %s' % (service, name), '')]
        out += ['', 'answers of 5xx and requests without an answer:', ''] * bool(self.broken) + self.broken
        out += ['', 'states:', ''] * bool(self.wrong) + self.wrong
        out += ['', 'random sequences:', '', *self.sequences['report']] if self.sequences else []
        out += ['', 'not covered (nephos has no such operation):', ''] + ['%s %s' % (s, o) for s in self.services for o in self.have.count(s)[2] if self.operation in o]
        return out

    def write(self):
        """Writes report.txt for people and results.json for fidelity.py."""
        (self.out / 'report.txt').write_text('\n'.join(self.lines() + self.details()) + '\n')
        found = {'figures': self.figures(), 'rows': self.rows, 'cases': self.cases, 'states': self.wrong, 'missing': {s: self.have.count(s)[2] for s in self.services}}
        (self.out / 'results.json').write_text(json.dumps(found))

    def verdict(self, notes, thresholds, complete, raise_thresholds):
        """Prints the figures and what is wrong; returns the exit code."""
        print('\n'.join(self.lines()))
        low = below(thresholds, self.figures(), complete)
        wrong = notes + low + ['%d kinds of answer are 5xx or missing' % len(self.broken)] * bool(self.broken)
        wrong += ['states: ' + w for w in self.wrong]
        print('\n'.join('WRONG  ' + w for w in wrong) or 'nothing is below the thresholds')
        if raise_thresholds and complete:
            write_thresholds(thresholds, self.figures())
        elif raise_thresholds:
            print('only a complete run raises thresholds')
        return 1 if wrong else 0


def own_failures(real, mine, operation):
    """Kinds of answer with 5xx (0: the connection was dropped) that the real service does not give by design. By design are those with a
    text of their own (Neutron's SubnetAllocationError is a 500) and 501 and 503."""
    said = {}
    for key, g in real['groups'].items():
        service, op, _, status = key.split('\t')
        said.setdefault((service, op, status), set()).update(t for t in g.get('errors', {}) if 'internal server error' not in t.lower())
    found = {}
    for key, g in mine['groups'].items():
        service, op, _, status = key.split('\t')
        if not compare.broken(status) or operation not in op:
            continue
        known = said.get((service, op, status))
        if known is None or not (status in ('501', '503') or g.get('errors') and set(g['errors']) <= known):
            found.setdefault((service, op, status), [0, g.get('errors', {})])[0] += g['n']
    return ['%s %s -> %s, %d times: %s' % (*k, n, '; '.join(list(errors)[:2])) for k, (n, errors) in sorted(found.items())]


def requests(recording, names):
    """The requests of the named cases, in a line each."""
    found = {}
    with gzip.open(recording, 'rt') as f:
        for line in f if names else ():
            e = json.loads(line)
            name = '%s %s' % (e['service'], e['req'].get('x-case'))
            if name in names:
                version = e['req'].get('openstack-api-version')
                found[name] = ' '.join([e['method'], e['path'] + ('?' + e['query'] if e['query'] else '')] + [version] * bool(version) + [json.dumps(e['body'])[:300]] * (e['body'] is not None))
    return found


def read_tests(file):
    """{package of tests: how many of them must pass}, from the lines `tests PACKAGE NUMBER`."""
    lines = [line.split('#')[0].split() for line in file.read_text().splitlines()]
    return {words[1]: int(words[2]) for words in lines if words and words[0] == 'tests'}


def read_thresholds(file):
    """{service: [% of kinds alike, % of cases alike, operations]}."""
    thresholds = {}
    for line in file.read_text().splitlines() if file.exists() else ():
        if (words := line.split('#')[0].split()) and words[0] != 'tests':
            thresholds[words[0]] = [float(w) for w in words[1:]]
    return thresholds


def below(file, figures, complete):
    """The figures that are below their thresholds. An incomplete run sees fewer kinds of answer, so then only the operations count."""
    low = []
    for service, threshold in read_thresholds(file).items():
        if complete and service not in figures:
            low.append('%s: nephos does not have it' % service)
        for what, least, reached in zip(FIGURES, threshold, figures.get(service, ())):
            if reached < least - MARGIN and (complete or what == 'operations'):
                low.append('%s: %.1f %s, threshold %.1f' % (service, reached, what, least))
    return low


def write_thresholds(file, figures):
    """Raises the thresholds to the figures that are higher."""
    thresholds = read_thresholds(file)
    for service, reached in figures.items():
        before = thresholds.get(service, (0, 0, 0, 0))
        thresholds[service] = [max(int(10 * (r - n)) / 10, b) for r, b, n in zip(reached, before, NOISE)]
    head = [x for x in file.read_text().splitlines() if x.startswith(('#', 'tests '))] if file.exists() else []
    file.write_text('\n'.join(head + ['%-9s %5.1f %5.1f %4d %5.1f' % (s, *f) for s, f in sorted(thresholds.items())]) + '\n')
