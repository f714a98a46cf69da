"""Nobody waits for another: /health is answered within 100 ms while something large goes on.

The bound holds for the development build, too: work that takes long in it is not done where requests are answered. How late a process is that
does nothing but answer is measured beside it, and added to the bound: so busy is the machine. A case that was too slow is done again; it fails if
it is too slow every time."""
import contextlib
import itertools
import socket
import time

import pytest
import requests
from clients import CONTROL, PORTS, SIGMA_LOGIN, User, Watch, control, password, together

BOUND = 0.1        # seconds
TIMES = 3          # how often a case may be repeated
ENOUGH = 0.5       # seconds; shorter work is done again to see enough
NUMBERS = itertools.count(1)


def answered_while(nephos, work):
    """Does the work while /health is asked for; it must have been answered in time in one of TIMES goes."""
    seen = []
    for _ in range(TIMES):
        with Watch(nephos) as watch:
            end = time.monotonic() + ENOUGH
            work()
            while time.monotonic() < end:
                work()
        seen.append((watch.worst, watch.machine))
        assert not watch.dropped, '%d of %d questions were not answered' % (watch.dropped, watch.count)
        if watch.worst <= BOUND + watch.machine:
            assert watch.count > 20, 'the work was too short to see anything'
            return
    pytest.fail('the slowest answers took %s ms (those of an idle process %s ms)' % tuple([round(s * 1000) for s in times] for times in zip(*seen)))


@pytest.fixture(scope='module')
def large(start):
    """A cloud with 10,000 servers."""
    return start('--scenario', 'large')


def fork(nephos):
    name = 'w%d' % next(NUMBERS)
    nephos.control('POST', '/worlds', {'name': name})
    return name


def test_while_key_pairs_are_made(nephos, demo):
    def keys():
        for _ in range(2):
            made = demo('POST', 'nova', '/v2.1/os-keypairs', json={'keypair': {'name': 'k%d' % next(NUMBERS)}})
            assert made.status_code == 200, made.text
    answered_while(nephos, lambda: together(*[keys] * 4))


def test_while_a_large_image_comes_in_and_goes_out(nephos, demo):
    piece = bytes(1 << 20)

    def upload():
        image = demo.image()
        assert demo.upload(image, (piece for _ in range(256))).status_code == 204
        with demo('GET', 'glance', '/v2/images/%s/file' % image, stream=True) as answer:
            assert sum(len(part) for part in answer.iter_content(1 << 20)) == 256 << 20
        demo('DELETE', 'glance', '/v2/images/' + image)
    answered_while(nephos, upload)


def test_while_access_rules_with_many_wildcards_are_matched(nephos, demo):
    rule = {'path': '/**' * 20 + '/x', 'method': 'GET', 'service': 'compute'}
    made = demo('POST', 'keystone', '/v3/users/%s/application_credentials' % demo.id,
                json={'application_credential': {'name': 'rules', 'access_rules': [rule]}})
    assert made.status_code == 201, made.text
    made = made.json()['application_credential']
    credential = {'id': made['id'], 'secret': made['secret']}
    limited = User(nephos, body={'auth': {'identity': {'methods': ['application_credential'], 'application_credential': credential}}})

    def ask():
        for _ in range(10):
            assert limited('GET', 'nova', '/v2.1' + '/a' * 20, timeout=20).status_code in (401, 404)
    answered_while(nephos, lambda: together(ask, ask))


def test_while_cloudsigma_is_billed_over_thousands_of_years(nephos):
    def bill():
        world = fork(nephos)
        base = nephos.control_url + '/worlds/%s/cloudsigma/cloudsigma' % world
        nephos.control('PATCH', '/worlds/%s/state/cloudsigma/balance' % world, 10**9)

        def word(key, text):
            return next(line.split()[1] for line in text.splitlines() if line.startswith(key + ' '))

        def post(path, data=''):
            answer = requests.post(base + path, data=data, auth=SIGMA_LOGIN, timeout=30)
            assert answer.status_code < 300, answer.text
            return answer.text
        image = requests.get(base + '/drives/standard/img/list', auth=SIGMA_LOGIN).text.split()[0]
        drive = word('drive', post('/drives/%s/clone' % image, 'name root'))
        nephos.control('PATCH', '/worlds/%s/clock' % world, {'advance': '10m'})
        server = word('server', post('/servers/create', 'name w\ncpu 2000\nmem 1024\nide:0:0 %s\nboot ide:0:0\nnic:0:dhcp auto\n' % drive))
        post('/servers/%s/start' % server)
        moved = control(nephos, 'PATCH', '/worlds/%s/clock' % world, json={'now': '9999-12-31T00:00:00Z'}, timeout=20)
        assert moved.status_code in (200, 400), moved.text
        assert requests.get(base + '/profile/info', auth=SIGMA_LOGIN, timeout=20).status_code == 200
        nephos.control('DELETE', '/worlds/' + world)
    answered_while(nephos, bill)


def test_while_a_project_with_many_tokens_is_disabled(nephos):
    def disable():
        world = fork(nephos)
        login, body = nephos.control_url + '/worlds/%s/gozunga/keystone/v3/auth/tokens' % world, password('demo', 'demo')

        def logins():
            session = requests.Session()
            for _ in range(750):
                assert session.post(login, json=body).status_code == 201
        together(*[logins] * 4)
        admin, project = User(nephos, 'admin', world=world), User(nephos, world=world).project
        began = time.monotonic()
        change = admin('PATCH', 'keystone', '/v3/projects/' + project, json={'project': {'enabled': False}})
        assert change.status_code == 200, change.text
        assert time.monotonic() - began < 1, 'the work for each token grows with the number of tokens'
        nephos.control('DELETE', '/worlds/' + world)
    answered_while(nephos, disable)


def test_while_followers_of_the_journal_never_read(nephos, demo):
    def busy(seconds):
        """The number of requests that four clients are answered in so many seconds."""
        counts, end = [], time.monotonic() + seconds

        def ask():
            user, count = User(nephos), 0
            while time.monotonic() < end:
                user('GET', 'nova', '/v2.1/flavors/detail')
                count += 1
            counts.append(count)
        together(*[ask] * 4)
        return sum(counts)

    def follow():
        before, followers = busy(1.5), []
        with contextlib.ExitStack() as stack:
            for _ in range(200):
                connection = stack.enter_context(socket.create_connection(('127.0.0.1', nephos.offset + CONTROL)))
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                connection.sendall(b'GET /journal/stream?since=0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
                followers.append(connection)
            assert busy(1.5) > before / 4, 'followers that do not read slow all others'
    answered_while(nephos, follow)


def test_while_bodies_and_heads_stall(nephos):
    heads = [b'GET /v3 HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half', b'POST /v3/auth/tokens HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{',
             b'POST /v3/auth/tokens HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab']

    def stall():
        with contextlib.ExitStack() as stack:
            for head in heads * 70:
                stack.enter_context(socket.create_connection(('127.0.0.1', nephos.offset + PORTS['keystone']))).sendall(head)
            end = time.monotonic() + 1
            while time.monotonic() < end:
                User(nephos)
    answered_while(nephos, stall)


def test_while_bodies_are_too_large(nephos, demo):
    body = b'{"auth": "' + b'x' * (20 << 20) + b'"}'

    def send():
        for path in ('/v3/auth/tokens', '/v3/users'):
            answer = demo('POST', 'keystone', path, data=body, headers={'Content-Type': 'application/json'})
            assert answer.status_code in (400, 401, 413), answer.status_code
    answered_while(nephos, lambda: together(send, send))


def test_while_a_scenario_with_a_long_timeline_is_applied(nephos):
    step = '[[at]]\ntime = "%ds"\nfault = { on = "cinder.volume.create", status = 503, for = "1s" }\n'
    text = 'description = "long"\n' + ''.join(step % n for n in range(1, 2001))

    def apply():
        world = fork(nephos)
        nephos.control('PATCH', '/worlds/%s/clock' % world, {'frozen': True})
        made = control(nephos, 'POST', '/worlds/%s/scenarios' % world, json={'name': 'long', 'toml': text})
        assert made.status_code in (201, 400), made.text
        nephos.control('PATCH', '/worlds/%s/clock' % world, {'advance': '1h'})
        nephos.control('DELETE', '/worlds/' + world)
    answered_while(nephos, apply)


def test_while_thousands_of_transitions_become_due_at_once(nephos):
    def move():
        world = fork(nephos)
        demo = User(nephos, world=world)
        nephos.control('PATCH', '/worlds/%s/clock' % world, {'frozen': True})
        nephos.control('PATCH', '/worlds/%s/state/gozunga/quota' % world, {'project': 'demo', 'volumes': -1, 'gigabytes': -1})

        def make():
            user = User(nephos, world=world)
            for _ in range(500):
                user.made('cinder', '/v3/%s/volumes' % demo.project, volume={'size': 1})
        together(*[make] * 4)
        nephos.control('PATCH', '/worlds/%s/clock' % world, {'advance': '1h'})
        nephos.control('DELETE', '/worlds/' + world)
    answered_while(nephos, move)


def test_while_snapshots_are_saved_and_loaded(large):
    def save_and_load():
        large.control('POST', '/snapshots', {'name': 's'})
        saved = control(large, 'GET', '/snapshots/s').content
        assert len(saved) > 1 << 20
        assert control(large, 'PUT', '/snapshots/t', data=saved).status_code == 200
        assert control(large, 'POST', '/snapshots/t/restore', json={}).status_code == 200
        large.control('DELETE', '/snapshots/s'), large.control('DELETE', '/snapshots/t')
    answered_while(large, save_and_load)


def test_while_large_lists_and_states_are_read(large):
    demo = User(large)

    def read():
        rows = control(large, 'GET', '/state/gozunga/nova/servers').json()['servers']
        assert len(rows) == 10_000
        assert demo('GET', 'nova', '/v2.1/servers/detail?limit=1000').status_code == 200
    answered_while(large, lambda: together(read, read))


def test_while_a_large_population_is_made_and_taken_away(nephos):
    def populate():
        world = fork(nephos)
        nephos.control('POST', '/worlds/%s/scenarios/large/apply' % world)
        nephos.control('DELETE', '/worlds/%s/scenarios/large' % world)
        nephos.control('DELETE', '/worlds/' + world)
    answered_while(nephos, populate)


def test_while_the_journal_is_read_and_exported(nephos, demo):
    for _ in range(300):
        demo('GET', 'nova', '/v2.1/servers')

    def read():
        for path in ('/journal', '/journal/har', '/metrics'):
            assert control(nephos, 'GET', path).status_code == 200
    answered_while(nephos, lambda: together(read, read))
