"""Users of a running nephos, raw connections to it, and a process that watches how long it takes to answer."""
import json
import pathlib
import socket
import subprocess
import sys
import threading

import requests

PORTS = {'keystone': 5000, 'nova': 8774, 'cinder': 8776, 'glance': 9292, 'neutron': 9696, 'placement': 8778}
SIGMA, ZY, OPENSTACKID, CONTROL = 4992, 4993, 4994, 4990
SIGMA_LOGIN = ('demo@example.com', 'nephos')
OCTETS = {'Content-Type': 'application/octet-stream'}


def address(nephos, service, world=None):
    """Where a service of the cloud gozunga is: its own port, or its path in a world."""
    return nephos.url(CONTROL, '/worlds/%s/gozunga/%s' % (world, service)) if world else nephos.url(PORTS[service])


def password(user, project=None, secret='nephos'):
    """The body of a login. Without a project it has no scope."""
    identity = {'methods': ['password'], 'password': {'user': {'name': user, 'domain': {'id': 'default'}, 'password': secret}}}
    scope = {'project': {'name': project, 'domain': {'id': 'default'}}}
    return {'auth': {'identity': identity, **({'scope': scope} if project else {})}}


class User:
    """A logged-in user with a connection that is kept: user('GET', 'nova', '/v2.1/servers')."""
    def __init__(self, nephos, name='demo', project=None, world=None, body=None):
        self.nephos, self.world, self.session = nephos, world, requests.Session()
        self.session.trust_env = False
        answer = self.session.post(address(nephos, 'keystone', world) + '/v3/auth/tokens', json=body or password(name, project or name), timeout=30)
        assert answer.status_code == 201, answer.text
        self.token, self.info = answer.headers['X-Subject-Token'], answer.json()['token']
        self.session.headers['X-Auth-Token'] = self.token

    @property
    def project(self):
        return self.info['project']['id']

    @property
    def id(self):
        return self.info['user']['id']

    def __call__(self, method, service, path, **options):
        return self.session.request(method, address(self.nephos, service, self.world) + path, **{'timeout': 60, **options})

    def made(self, service, path, **body):
        """Makes something that must be made; returns the JSON of the answer without its single key."""
        answer = self('POST', service, path, json=body)
        assert answer.status_code < 300, '%s: %s' % (path, answer.text)
        value = answer.json()
        return next(iter(value.values())) if len(value) == 1 else value

    def image(self, name='image'):
        return self.made('glance', '/v2/images', name=name, disk_format='raw', container_format='bare')['id']

    def upload(self, image, data, **options):
        return self('PUT', 'glance', '/v2/images/%s/file' % image, data=data, headers=OCTETS, **options)


def control(nephos, method, path, **options):
    """A request to the control API; any answer is returned."""
    return requests.request(method, nephos.control_url + path, **{'timeout': 60, **options})


def raw(port, data, seconds=5):
    """Sends bytes on a connection of its own and returns the bytes that come back until it is closed or `seconds` pass."""
    answer = b''
    with socket.create_connection(('127.0.0.1', port), timeout=seconds) as connection:
        try:
            connection.sendall(data)
            while piece := connection.recv(65536):
                answer += piece
        except OSError:
            pass
    return answer


def resident(nephos):
    """MiB of memory that the process has."""
    status = pathlib.Path('/proc/%d/status' % nephos.process.pid).read_text()
    return int(status.split('VmRSS:')[1].split()[0]) / 1024


def stored(nephos, folder):
    """MiB on the disk that the process uses: files in `folder`, and files that it has open and that have no name."""
    files = {(s.st_dev, s.st_ino): s for s in (path.stat() for path in pathlib.Path(folder).rglob('*') if path.is_file())}
    for handle in pathlib.Path('/proc/%d/fd' % nephos.process.pid).iterdir():
        try:
            if str(handle.readlink()).startswith(str(folder)):
                files[(handle.stat().st_dev, handle.stat().st_ino)] = handle.stat()
        except OSError:
            continue        # closed meanwhile
    return sum(s.st_blocks * 512 for s in files.values()) / 2**20


def together(*works):
    """Does all at the same time, each in a thread, and raises what any of them raised."""
    wrong = []

    def guarded(work):
        try:
            work()
        except BaseException as e:  # noqa: BLE001 - it is raised again below
            wrong.append(e)
    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    [t.start() for t in threads]
    [t.join() for t in threads]
    if wrong:
        raise wrong[0]


class Watch:
    """Asks for /health again and again in a process of its own: `with Watch(nephos) as watch: …`, then watch.worst, watch.machine (seconds), watch.count."""
    def __init__(self, nephos):
        self.port = nephos.offset + CONTROL

    def __enter__(self):
        script = pathlib.Path(__file__).with_name('watch.py')
        self.process = subprocess.Popen([sys.executable, str(script), str(self.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == 'watching\n'
        return self

    def __exit__(self, *_):
        out, _ = self.process.communicate('stop\n', timeout=120)
        self.__dict__.update(json.loads(out))
