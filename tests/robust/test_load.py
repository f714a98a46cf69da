"""Many clients at once, and memory after much work.

The figures are scaled to the development build and two cores: 600 clients for ten seconds, 18,000 requests, 999 worlds beside the default one (all that --max-worlds
allows), 900 uploads."""
import base64
import random
import resource

import load
import pytest
from clients import CONTROL, PORTS, SIGMA, SIGMA_LOGIN, ZY, User, password, resident, stored

CLIENTS, SECONDS = 600, 10
REQUESTS, WORLDS, UPLOADS = 18_000, 999, 800
FILES = 8192


def many_files():
    """Each client has a connection to each port that it asks."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, most), most))


@pytest.fixture(scope='module')
def nephos(start):
    many_files()
    return start(preexec_fn=many_files)


def mixture(nephos):
    """Requests to all clouds, (port, bytes): reads, writes and mistakes."""
    demo, host = User(nephos), '127.0.0.1'
    token, project = [('X-Auth-Token', demo.token)], demo.project
    sigma = [('Authorization', 'Basic ' + base64.b64encode(':'.join(SIGMA_LOGIN).encode()).decode())]
    volume = demo.made('cinder', '/v3/%s/volumes' % project, volume={'size': 1, 'name': 'one'})['id']
    image = demo.image()

    def to(service, method, path, **body):
        return nephos.offset + PORTS[service], load.request(method, host, path, token, **body)
    return [
        to('keystone', 'POST', '/v3/auth/tokens', json=password('demo', 'demo')),
        to('keystone', 'POST', '/v3/auth/tokens', json=password('demo', 'demo', 'wrong')),
        to('keystone', 'GET', '/v3/auth/catalog'),
        to('nova', 'GET', '/v2.1/flavors/detail'), to('nova', 'GET', '/v2.1/servers/detail'), to('nova', 'GET', '/v2.1/servers/nonsense'),
        to('nova', 'POST', '/v2.1/servers', json={'server': {'name': 'x', 'flavorRef': '1', 'imageRef': '', 'networks': 'none'}}),
        to('cinder', 'GET', '/v3/%s/volumes/detail?limit=20' % project), to('cinder', 'GET', '/v3/%s/volumes/%s' % (project, volume)),
        to('cinder', 'PUT', '/v3/%s/volumes/%s' % (project, volume), json={'volume': {'name': 'two'}}),
        to('cinder', 'POST', '/v3/%s/volumes' % project, json={'volume': {'size': 1}}),
        to('neutron', 'GET', '/v2.0/networks'), to('neutron', 'GET', '/v2.0/ports?limit=20'), to('neutron', 'POST', '/v2.0/networks', json={'network': {'name': 'x'}}),
        to('neutron', 'POST', '/v2.0/networks', data=b'{"network": '),
        to('glance', 'GET', '/v2/images?limit=5'), to('glance', 'GET', '/v2/images/' + image), to('glance', 'GET', '/v2/schemas/image'),
        to('placement', 'GET', '/resource_providers'),
        (nephos.offset + SIGMA, load.request('GET', host, '/drives/list', sigma)),
        (nephos.offset + SIGMA, load.request('POST', host, '/drives/create', sigma, data=b'name x\nsize 1G\n')),
        (nephos.offset + ZY, load.request('GET', host, '/developers/v1/instances', [('API-Token', 'nephos')])),
        (nephos.offset + ZY, load.request('GET', host, '/developers/v1/products?regionId=US-New-York', [('API-Token', 'nephos')])),
        (nephos.offset + CONTROL, load.request('GET', host, '/state')), (nephos.offset + CONTROL, load.request('GET', host, '/health')),
    ]


def counted(total, requests, seed=1):
    """Draws `total` of the requests."""
    drawn, left = random.Random(seed), [total]

    def draw():
        left[0] -= 1
        return drawn.choice(requests) if left[0] >= 0 else None
    return draw


def test_hundreds_of_clients_of_all_clouds_are_all_answered(nephos):
    requests, drawn = mixture(nephos), random.Random(2)
    outcome = load.run(CLIENTS, lambda: drawn.choice(requests), SECONDS)
    print(outcome)
    assert outcome.broken == []
    assert [status for status in outcome.statuses if status >= 500] == []
    assert len(outcome.clients) == CLIENTS, 'some clients were never answered'


def test_memory_after_many_requests_is_bounded(start):
    """What must grow are the rows; the rest, the journal and the history, has a bound. The rows are taken back by a reset."""
    nephos = start()
    requests = mixture(nephos)
    load.run(16, counted(REQUESTS // 3, requests))
    nephos.control('POST', '/reset')
    half = resident(nephos)
    requests = mixture(nephos)
    for _ in range(2):
        outcome = load.run(16, counted(REQUESTS // 3, requests))
        assert outcome.broken == []
        nephos.control('POST', '/reset')
        requests = mixture(nephos)
    print('%.0f MiB after a third of the requests, %.0f MiB after all' % (half, resident(nephos)))
    assert resident(nephos) < half + 64


def test_memory_after_many_worlds_is_that_of_before(start):
    nephos = start()
    port, host = nephos.offset + CONTROL, '127.0.0.1'

    def forks_and_deletes():
        for method, path, body in (('POST', lambda n: '/worlds', lambda n: {'name': 'w%d' % n}), ('GET', lambda n: '/worlds/w%d/state' % n, lambda n: None),
                                   ('DELETE', lambda n: '/worlds/w%d' % n, lambda n: None)):
            numbers = iter(range(WORLDS))

            def draw():
                n = next(numbers, None)
                return None if n is None else (port, load.request(method, host, path(n), json=body(n)))  # noqa: B023 - used before the next turn
            outcome = load.run(8, draw)
            assert outcome.broken == [] and max(outcome.statuses) < 300, outcome
    forks_and_deletes()
    before = resident(nephos)
    forks_and_deletes()
    print('%.0f MiB after %d worlds, %.0f MiB after %d' % (before, WORLDS, resident(nephos), 2 * WORLDS))
    assert resident(nephos) < before + 32
    assert len(nephos.control('GET', '/worlds')['worlds']) == 1


def test_memory_and_disk_after_many_uploads_are_those_of_before(start, tmp_path):
    nephos = start(temporary=tmp_path)
    demo, host, port = User(nephos), '127.0.0.1', nephos.offset + PORTS['glance']
    token, octets = [('X-Auth-Token', demo.token)], [('Content-Type', 'application/octet-stream')]

    def uploads(count, size):
        for turn in range(count // 20):
            images = [demo.image() for _ in range(20)]
            for method, tail, data in (('PUT', '/file', bytes(size)), ('DELETE', '', b'')):
                sent = iter([(port, load.request(method, host, '/v2/images/%s%s' % (image, tail), token + octets, data=data)) for image in images])
                outcome = load.run(4, lambda: next(sent, None))  # noqa: B023 - used before the next turn
                assert outcome.broken == [] and set(outcome.statuses) == {204}, outcome
    uploads(UPLOADS // 2, 16 << 10)
    uploads(40, 2 << 20)
    before, disk = resident(nephos), stored(nephos, tmp_path)
    uploads(UPLOADS // 2, 16 << 10)
    uploads(40, 2 << 20)
    print('%.0f MiB of memory and %.0f MiB on the disk, then %.0f and %.0f' % (before, disk, resident(nephos), stored(nephos, tmp_path)))
    assert resident(nephos) < before + 64
    assert stored(nephos, tmp_path) <= 64, 'the history may keep a little'
