"""Every operation can be answered with success, and a valid request with one part changed never breaks anything.

`valid/` finds the valid requests. The table of good answers is printed with `pytest -s`."""
import pathlib
import random
import sys

import pytest
import requests

sys.path.insert(0, str(pathlib.Path(__file__).parent / 'valid'))
import coverage as good_answers  # noqa: E402
import mutations  # noqa: E402

SEED = 1
MUTATIONS = 5        # of each valid request
BY_DESIGN = (501,)   # Keystone's and Cinder's own answer to what they do not implement


@pytest.fixture(scope='module')
def coverage(start):
    return good_answers.Coverage(start('--timing', 'instant')).run()


def test_nothing_breaks_on_the_way_to_a_valid_request(coverage):
    assert coverage.wrong() == []


def test_operations_are_answered_with_success(coverage):
    print()
    print('%-12s %10s %10s %8s' % ('service', 'operations', 'good', '%'))
    for row in coverage.table():
        print('%-12s %10d %10d %8.1f' % row)
    thresholds = good_answers.THRESHOLDS['good']
    assert [row for row in coverage.table() if row[3] < thresholds[row[0]]] == []


def test_almost_valid_requests_break_nothing(coverage):
    drawn, wrong, count, good = random.Random(SEED), [], 0, 0
    for number, request in coverage.good.items():
        service, world = coverage.operations[number]['service'], coverage.base.fork('mutations-%d' % number)
        for _ in range(MUTATIONS):
            method, path, body, data, headers, user, version = mutations.mutated(drawn, request)
            what = '%s %s %s %s' % (method, path[:200], str(body if data is None else data)[:200], headers)
            try:
                answer = world.send(service, method, path, user=user, body=body, data=data, headers=headers, version=version)
            except requests.exceptions.InvalidHeader:
                continue        # the client refuses to send it
            except requests.exceptions.ConnectionError as e:
                wrong.append('%s: %r' % (what, e))
                continue
            count, good = count + 1, good + answer.ok
            if answer.status_code >= 500 and answer.status_code not in BY_DESIGN:
                wrong.append('%s: %d %s' % (what, answer.status_code, answer.text[:200]))
            if 'X-Evil' in answer.headers:
                wrong.append('%s: a header of the client was sent back' % what)
        world.delete()
    print('%d almost valid requests, %d of them succeeded' % (count, good))
    assert wrong == []
