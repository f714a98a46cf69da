"""covered.py leaves out the operations that nephos does not have, and no others."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from covered import Coverage  # noqa: E402

ROWS = [{'service': 'cinder', 'method': 'GET', 'path': '/v3/{project_id}/volumes/{volume_id}'},
        {'service': 'cinder', 'method': 'POST', 'path': '/v3/{project_id}/volumes/{volume_id}/action', 'action': 'os-extend'},
        {'service': 'keystone', 'method': 'GET', 'path': '/v3/users/{user}'}]


def test_routes():
    have = Coverage(ROWS)
    assert have.has('cinder', 'GET /volumes/{id}')
    assert have.has('cinder', 'HEAD /volumes/{id}')
    assert not have.has('cinder', 'DELETE /volumes/{id}')
    assert not have.has('cinder', 'GET /snapshots/{id}')
    assert have.has('keystone', 'GET /users/{user_id}')
    assert not have.has('keystone', 'GET /users')


def test_actions():
    have = Coverage(ROWS)
    assert have.has('cinder', 'POST /volumes/{id}/action {os-extend}')
    assert not have.has('cinder', 'POST /volumes/{id}/action {os-retype}')
    assert have.has('cinder', 'POST /volumes/{id}/action {?}')
    assert not have.has('cinder', 'POST /snapshots/{id}/action {?}')


def test_unknown():
    have = Coverage(ROWS)
    assert have.has('cinder', '? PATCH /volumes/{}')
    assert not have.has('cinder', '? PATCH /snapshots/{}')
    assert have.has('cinder', '? GET /nonsense')
    assert have.has('keystone', 'GET /v3')


def test_count():
    has, every, missing = Coverage(ROWS).count('keystone')
    assert has + len(missing) == every
    assert 'GET /users/{user_id}' not in missing and 'GET /users' in missing
