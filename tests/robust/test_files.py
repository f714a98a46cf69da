"""What nephos writes to the disk: nothing is left behind, nothing grows without bound, and a disk that fails is an error in the service's words."""
import base64
import json
import os
import signal
import time
import zlib

import pytest
import requests
from clients import OCTETS, User, control, stored

LARGE = bytes(20 << 20)        # in a file, not in memory


def upload(nephos, data=LARGE):
    demo = User(nephos)
    image = demo.image()
    assert demo.upload(image, data).status_code == 204
    return demo, image


@pytest.mark.parametrize('ends', [signal.SIGKILL, signal.SIGHUP, signal.SIGTERM], ids=lambda s: s.name)
def test_no_bytes_stay_on_the_disk_when_the_process_ends(start, tmp_path, ends):
    nephos = start(temporary=tmp_path)
    upload(nephos)
    nephos.process.send_signal(ends)
    nephos.process.wait(10)
    nephos.ended = True
    start(temporary=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_bytes_of_deleted_images_leave_the_disk(start, tmp_path):
    nephos = start(temporary=tmp_path)
    for _ in range(5):
        demo, image = upload(nephos)
        assert demo('DELETE', 'glance', '/v2/images/' + image).status_code == 204
    assert stored(nephos, tmp_path) <= 20


@pytest.mark.parametrize('kind', ['missing', 'full'])
def test_an_upload_that_cannot_be_stored_is_refused_as_glance_refuses(start, tmp_path, kind):
    folder = tmp_path / 'folder-of-the-server'
    if kind == 'full':
        if not os.path.exists('/dev/full'):
            pytest.skip('there is no device that is always full')
        folder = tmp_path        # a file may not grow beyond a few MiB: the next write fails
    nephos = start(temporary=folder, **(dict(preexec_fn=small_files) if kind == 'full' else {}))
    demo = User(nephos)
    image = demo.image()
    refused = demo.upload(image, LARGE)
    assert refused.status_code in (413, 500, 503), refused.text
    assert str(folder) not in refused.text
    assert any(e['method'] == 'PUT' and e['status'] == refused.status_code for e in control(nephos, 'GET', '/journal').json()['entries'])
    shown = demo('GET', 'glance', '/v2/images/' + image).json()
    assert (shown['status'], shown.get('size')) == ('queued', None), 'nothing is half done'
    assert control(nephos, 'GET', '/health').status_code == 200


def small_files():
    """Writing beyond 4 MiB into a file fails, as on a full disk."""
    import resource
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, 4 << 20))


def test_files_that_vanish_under_it_are_no_panic(start, tmp_path):
    nephos = start(temporary=tmp_path)
    demo, image = upload(nephos)
    for path in tmp_path.rglob('*'):
        path.unlink()
    control(nephos, 'POST', '/snapshots', json={'name': 's'})
    assert demo('GET', 'glance', '/v2/images/%s/file' % image).status_code in (200, 404, 500)
    assert control(nephos, 'GET', '/snapshots/s').status_code in (200, 500)


def test_a_snapshot_that_inflates_beyond_what_it_says_is_refused(start, tmp_path):
    nephos = start(temporary=tmp_path)
    control(nephos, 'POST', '/snapshots', json={'name': 's'})
    saved = control(nephos, 'GET', '/snapshots/s').json()
    saved.pop('sha256', None)
    deflate = zlib.compressobj(9)
    bomb = b''.join(deflate.compress(bytes(1 << 20)) for _ in range(512)) + deflate.flush()
    saved['clouds']['gozunga']['glance']['images'][0]['content'] = base64.b64encode(bomb).decode()
    refused = control(nephos, 'PUT', '/snapshots/bomb', data=json.dumps(saved))
    assert refused.status_code == 400, refused.text
    assert stored(nephos, tmp_path) < 64
    assert [s['name'] for s in control(nephos, 'GET', '/snapshots').json()['snapshots']] == ['s']


def test_damaged_snapshots_are_refused_and_change_nothing(start):
    nephos = start()
    control(nephos, 'POST', '/snapshots', json={'name': 's'})
    saved = control(nephos, 'GET', '/snapshots/s').json()
    saved.pop('sha256', None)
    before = control(nephos, 'GET', '/state').json()

    def damaged(*path, value):
        copy = json.loads(json.dumps(saved))
        at = copy
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value
        return copy
    tables = [('clouds', 'gozunga', 'nova'), ('clouds', 'gozunga', 'glance', 'images'), ('clouds', 'gozunga', 'keystone', 'users', 0), ('clouds',)]
    for path in tables:
        for value in (None, 7, 'text', [], [7], [[]], {'a': 1}, -1, 1e300):
            answer = control(nephos, 'PUT', '/snapshots/damaged', data=json.dumps(damaged(*path, value=value)))
            empty_table = path[-1] == 'images' and value == []
            assert answer.status_code == (200 if empty_table else 400), '%s %s: %s' % (path, value, answer.text[:200])
    for data in (b'', b'{', b'[]', b'null', b'\xff', b'{"clouds": {}}', json.dumps(saved).encode()[:-100], b'[' * 100_000):
        assert control(nephos, 'PUT', '/snapshots/damaged', data=data, headers=OCTETS).status_code == 400
    assert control(nephos, 'GET', '/state').json() == before


def test_files_are_closed_when_uploads_break_off(start, tmp_path):
    nephos = start(temporary=tmp_path)
    demo = User(nephos)
    image = demo.image()

    def breaks():
        yield bytes(8 << 20)
        raise ConnectionError('the client goes away')
    for _ in range(5):
        with pytest.raises(requests.exceptions.ConnectionError):
            demo.upload(image, breaks())
    end = time.monotonic() + 10
    while stored(nephos, tmp_path) and time.monotonic() < end:
        time.sleep(0.05)
    assert stored(nephos, tmp_path) == 0
    assert demo('GET', 'glance', '/v2/images/' + image).json()['status'] == 'queued'
