"""Starts nephos on free ports of 127.0.0.1, uses its control API, and stops it by its process id.

Used by run.py, by tests/clients and by benches/load.sh."""
import contextlib
import json
import os
import pathlib
import random
import re
import shlex
import signal
import socket
import subprocess
import time
import tomllib
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONTROL = tomllib.loads((ROOT / 'src/default.toml').read_text())['control_port']
PORTS = [int(port) for port in re.search(r'^EXPOSE (.*)$', (ROOT / 'Dockerfile').read_text(), re.M)[1].split()]        # those on which nephos listens (tests/registration.rs)
NO_PROXY = {'NO_PROXY': '127.0.0.1', 'no_proxy': '127.0.0.1'}
STARTS = 5        # another process may take a port between the check and the start


class NotStarted(Exception):
    """nephos, or something needed to start it, does not work."""


def free_offset(taken=()):
    """An offset at which all ports are free, below the range of ephemeral ports and away from the offsets in `taken`."""
    for _ in range(200):
        offset = random.randrange(10200, 22800, 50)
        if any(abs(offset - t) < 50 for t in taken):
            continue
        try:
            for port in PORTS:
                with socket.socket() as s:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    s.bind(('127.0.0.1', port + offset))
            return offset
        except OSError:
            continue
    raise NotStarted('no free range of ports')


def build(profile='release'):
    """Builds nephos with cargo (or with what the variable CARGO names) and returns the path of the binary."""
    command = shlex.split(os.environ.get('CARGO', 'cargo')) + ['build', '--quiet', '--bin', 'nephos']
    if subprocess.run(command + ['--release'] * (profile == 'release'), cwd=ROOT).returncode:
        raise NotStarted('nephos does not build')
    target = pathlib.Path(os.environ.get('CARGO_TARGET_DIR', ROOT / 'target'))
    return ROOT / target / ('release' if profile == 'release' else 'debug') / 'nephos'


def request(method, url, body=None, seconds=20):
    """Sends JSON without any proxy. Returns the status (0: no answer) and the JSON of the answer (None: there is none)."""
    data = None if body is None else json.dumps(body).encode()
    headers = {'Content-Type': 'application/json'}
    if os.environ.get('NEPHOS_CONTROL_TOKEN'):        # nephos asks for it, since it inherits the variable
        headers['Authorization'] = 'Bearer ' + os.environ['NEPHOS_CONTROL_TOKEN']
    asked = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=seconds) as answer:
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as e:
        status, text = e.code, e.read()
    except OSError:
        return 0, None
    try:
        return status, json.loads(text)
    except ValueError:
        return status, None


def get(url):
    """The status of a GET, 0 if there is no answer."""
    return request('GET', url, seconds=5)[0]


def stop(process):
    """Sends TERM, and KILL if the process is still there after ten seconds."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Nephos:
    """A running nephos and its log file. Without an offset it takes a free range of ports. `popen` is for subprocess: env, preexec_fn."""
    def __init__(self, binary, log, offset=None, options=(), **popen):
        self.log, self.popen = pathlib.Path(log), popen
        for attempt in range(STARTS):
            try:
                return self.start(binary, free_offset() if offset is None else offset, options)
            except NotStarted as e:
                if offset is not None or attempt == STARTS - 1 or 'in use' not in str(e):
                    raise

    def start(self, binary, offset, options):
        self.offset, self.control_url = offset, 'http://127.0.0.1:%d' % (CONTROL + offset)
        bind = [] if '--bind' in options else ['--bind', '127.0.0.1']
        command = [binary, 'serve', *bind, '--port-offset', offset, '--seed', 1, '--no-rate-limits', *options]
        with open(self.log, 'wb') as out:
            self.process = subprocess.Popen([str(c) for c in command], stdout=out, stderr=subprocess.STDOUT, **self.popen)
        self.wait_until_ready()

    def wait_until_ready(self, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise NotStarted('nephos ended with %s: %s' % (self.process.returncode, self.tail()))
            if get(self.control_url + '/ready') == 200:
                return
            time.sleep(0.02)
        stop(self.process)
        raise NotStarted('nephos is not ready after %d s: %s' % (seconds, self.tail()))

    def url(self, port, path=''):
        """The address of a path on one of the standard ports."""
        return 'http://127.0.0.1:%d%s' % (port + self.offset, path)

    def control(self, method, path, body=None):
        """A request to the control API that must succeed; returns the JSON of the answer."""
        status, value = request(method, self.control_url + path, body)
        assert 200 <= status < 300, '%s %s: %s %s' % (method, path, status, value)
        return value

    def clock(self, **change):
        """Changes the virtual clock: advance='10m', now='2030-01-01T12:00:00Z', speed=10 or frozen=True. Returns its state."""
        return self.control('PATCH', '/clock', change)

    @contextlib.contextmanager
    def frozen(self):
        """The virtual clock stands still; only `clock` moves it."""
        speed = self.control('GET', '/clock')['speed']
        self.clock(frozen=True)
        try:
            yield
        finally:
            if speed:
                self.clock(speed=speed)

    def tail(self):
        return ' | '.join(self.log.read_text(errors='replace').splitlines()[-5:])

    def stop(self):
        """Stops it; returns a list of what went wrong while it ran."""
        wrong = []
        if self.process.poll() is not None:
            wrong.append('nephos ended by itself with %s: %s' % (self.process.returncode, self.tail()))
        stop(self.process)
        panics = [x for x in self.log.read_text(errors='replace').splitlines() if 'panicked at' in x]
        return wrong + ['nephos panicked %d times: %s' % (len(panics), panics[0][:200] if panics else '')] * bool(panics)
