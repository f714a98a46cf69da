"""sequence_judge.py finds differences, and only those that sequences.py should report."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from sequence_judge import BROKEN, FOLLOWS, judge  # noqa: E402
from sequence_player import Player, dig  # noqa: E402
from sequences import line  # noqa: E402

IDS = ('0badc0de-0000-4000-8000-00000000000a', '0badc0de-0000-4000-8000-00000000000b')
CREATE = {'service': 'cinder', 'who': 'member', 'method': 'POST', 'path': '/v3/<<own>>/volumes', 'query': '', 'body': {'volume': {'size': 1}}, 'bind': 'volume1', 'pick': 'volume.id'}
SHOW = {'service': 'cinder', 'who': 'member', 'method': 'GET', 'path': '/v3/<<own>>/volumes/<<volume1>>', 'query': '', 'body': None}


def run(which, *answers):
    """The answers of a run whose volume1 has the id of that number."""
    return {'prefix': 'dfr' + 'ab'[which] * 5, 'names': {IDS[which]: 'volume1'}, 'answers': [[s, [], json.dumps(b)] for s, b in answers]}


def volume(which, **fields):
    return {'volume': {'id': IDS[which], 'name': 'dfr%s1' % ('ab'[which] * 5), 'created_at': '2026-11-30T0%d:00:00.000000' % which, **fields}}


def test_ids_names_and_times_are_not_differences():
    assert judge([CREATE], run(0, (202, volume(0))), run(1, (202, volume(1)))) == [[]]


def test_a_field_of_another_value_is_told():
    [[found]] = judge([CREATE], run(0, (202, volume(0, status='available'))), run(1, (202, volume(1, status='creating'))))
    assert line(found) == 'value of .volume.status: available, real creating'


def test_missing_fields_and_other_statuses_are_told():
    [[found]] = judge([CREATE], run(0, (202, volume(0))), run(1, (202, volume(1, size=1))))
    assert line(found) == 'missing field .volume.size'
    [[found]] = judge([CREATE], run(0, (400, {})), run(1, (202, volume(1))))
    assert line(found) == 'status 400, real 202'


def test_what_follows_from_a_difference_is_not_told_again():
    found = judge([CREATE, SHOW], run(0, (400, {}), (404, {})), run(1, (202, volume(1)), (200, volume(1))))
    assert found[1] == FOLLOWS


def test_failures_of_the_real_service_are_not_compared():
    assert judge([CREATE], run(0, (400, {})), run(1, (500, {}))) == [BROKEN]


def test_a_path_leads_into_lists_and_objects():
    assert dig({'limits': [{'id': 3}]}, 'limits.0.id') == 3
    assert dig({'limits': []}, 'limits.0.id') is None


def test_a_step_is_filled_with_what_earlier_steps_made():
    player = Player.__new__(Player)
    player.made, player.prefix, player.known = {'volume1': {'id': IDS[0], 'thing': {'size': 2}}}, 'dfraaaaa', {'demoproject': 'd', 'project': 'p'}
    assert player.fill({'<<p>>x': ['<<volume1>>', '<<volume1.size>>', '/<<own>>/<<volume1>>']}, 'member') == {'dfraaaaax': [IDS[0], 2, '/p/' + IDS[0]]}
