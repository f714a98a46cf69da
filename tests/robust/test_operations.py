"""Every operation can be answered with success, and a valid request with one part changed never breaks anything.

`valid/` finds the valid requests, which are also what is rewound, restored and compared in two runs. The table of good answers is printed with `pytest -s`."""
import pathlib
import random
import re
import sys

import pytest
import requests

sys.path.insert(0, str(pathlib.Path(__file__).parent / 'valid'))
import coverage as good_answers  # noqa: E402
import mutations  # noqa: E402

SEED = 1
MUTATIONS = 5        # of each valid request
BY_DESIGN = (501,)   # Keystone's and Cinder's own answer to what they do not implement
# These close the connection where a path is not UTF-8: so do the real ones, whose servers fail there.
CLOSE_WHERE_NOT_UTF8 = ('glance', 'nova', 'neutron', 'cinder')


@pytest.fixture(scope='module')
def coverage(start):
    return good_answers.Coverage(start('--timing', 'instant')).run()


def test_nothing_breaks_on_the_way_to_a_valid_request(coverage):
    wrong = coverage.wrong()
    assert wrong == [], '\n'.join(wrong)


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
                if '%ff%fe' not in path or service not in CLOSE_WHERE_NOT_UTF8:
                    wrong.append('%s: %r' % (what, e))
                continue
            count, good = count + 1, good + answer.ok
            if answer.status_code >= 500 and answer.status_code not in BY_DESIGN:
                wrong.append('%s: %d %s' % (what, answer.status_code, answer.text[:200]))
            if 'X-Evil' in answer.headers:
                wrong.append('%s: a header of the client was sent back' % what)
        world.delete()
    print('%d almost valid requests, %d of them succeeded' % (count, good))
    assert wrong == [], '\n'.join(wrong)


def state(world):
    """All rows of all clouds in a world, as text."""
    tables = world.control('GET', '/state').json()
    return {(cloud, service, table): world.control('GET', '/state/%s/%s/%s' % (cloud, service, table)).text
            for cloud, services in tables.items() for service, rows in services.items() for table in rows}


def some_operations(coverage, world, drawn, count):
    """Sends valid requests in a random order; later ones often fail, because of what earlier ones did. How many succeeded."""
    # Logins are no writes that a rewind counts.
    numbers, good = [n for n in coverage.good if 'token' not in coverage.operations[n]['name']], 0
    for number in drawn.choices(numbers, k=count):
        method, path, body, data, headers, user, version = coverage.good[number]
        good += world.send(coverage.operations[number]['service'], method, path, user=user, body=body, data=data, headers=headers, version=version).ok
    return good


def undoable(world):
    """How many writes a rewind can undo."""
    refused = world.control('POST', '/rewind', {'writes': 10**9})
    assert refused.status_code == 409, refused.text
    return int(re.search(r'has (\d+) to undo', refused.json()['error']['message'])[1])


@pytest.mark.parametrize('seed', range(6))
def test_a_rewind_takes_back_all_that_random_operations_did(coverage, seed):
    world = coverage.base.fork('rewound-%d' % seed)
    before = state(world)
    good = some_operations(coverage, world, random.Random(seed), 60)
    assert good > 20 and state(world) != before
    rewound = world.control('POST', '/rewind', {'writes': undoable(world)})
    assert rewound.status_code == 200, rewound.text
    assert state(world) == before
    world.delete()


@pytest.mark.parametrize('seed', range(6))
def test_a_snapshot_brings_back_what_was_before_random_operations(coverage, seed):
    world = coverage.base.fork('restored-%d' % seed)
    world.control('POST', '/snapshots', {'name': 'before'})
    before, saved = state(world), world.control('GET', '/snapshots/before').content
    assert some_operations(coverage, world, random.Random(100 + seed), 60) > 20
    assert world.control('POST', '/snapshots/before/restore', {}).status_code == 200
    assert state(world) == before
    world.control('POST', '/snapshots', {'name': 'before'})
    assert world.control('GET', '/snapshots/before').content == saved, 'the file of the restored world is another one'
    assert world.session.put(world.base + '/snapshots/loaded', data=saved).status_code == 200
    assert some_operations(coverage, world, random.Random(200 + seed), 30) > 10
    assert world.control('POST', '/snapshots/loaded/restore', {}).status_code == 200
    assert state(world) == before
    world.delete()


def test_two_runs_with_the_same_seed_and_clock_give_the_same_answers(start, coverage):
    def play(**options):
        nephos = start('--timing', 'instant', '--clock', 'frozen', **options)
        nephos.clock(now='2030-01-01T12:00:00Z')
        world = good_answers.population.World(nephos, 'default').fork('played')
        world.transcript = []
        good_answers.population.populate(world)
        numbers = list(coverage.good)
        random.Random(SEED).shuffle(numbers)
        for number in numbers:
            method, path, body, data, headers, user, version = coverage.good[number]
            headers = [(name, value) for name, value in headers if name != 'X-Subject-Token']
            world.send(coverage.operations[number]['service'], method, path, user=user, body=body, data=data, headers=headers, version=version)
        end = state(world)
        assert nephos.stop() == []
        nephos.ended = True
        return nephos.offset, world.transcript, end
    offset, first, end = play()
    _, second, other_end = play(offset=offset)
    assert sum(answer[2] < 300 for answer in first) > 600
    assert [(one, other) for one, other in zip(first, second) if one != other][:1] == []
    assert (len(first), end) == (len(second), other_end)
