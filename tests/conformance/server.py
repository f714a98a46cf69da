"""Starts nephos on free ports of 127.0.0.1 and stops it by its pid. Used by run.py and by tests/clients."""
import os
import pathlib
import random
import shlex
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONTROL = 4990
PORTS = (4990, 4991, 4992, 4993, 4994, 5000, 6780, 8774, 8776, 8778, 9292, 9696, 9876)        # all that nephos may listen on


class NotStarted(Exception):
    """nephos, or what is needed to start it, does not work."""


def free_offset(taken=()):
    """An offset at which all ports are free, below the range of ephemeral ports."""
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
    """The binary, built by cargo (the environment's CARGO, if it says otherwise)."""
    command = shlex.split(os.environ.get('CARGO', 'cargo')) + ['build', '--quiet', '--bin', 'nephos']
    if subprocess.run(command + ['--release'] * (profile == 'release'), cwd=ROOT).returncode:
        raise NotStarted('nephos does not build')
    target = pathlib.Path(os.environ.get('CARGO_TARGET_DIR', ROOT / 'target'))
    return ROOT / target / ('release' if profile == 'release' else 'debug') / 'nephos'


def get(url, seconds=5):
    """The status of a GET, 0 for no answer."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=seconds) as answer:
            return answer.status
    except urllib.error.HTTPError as e:
        return e.code
    except OSError:
        return 0


def stop(process):
    """TERM, then after ten seconds KILL, by its pid."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Nephos:
    """A running nephos and its log."""
    def __init__(self, binary, log, offset=None, options=()):
        self.offset = free_offset() if offset is None else offset
        self.control, self.log = 'http://127.0.0.1:%d' % (CONTROL + self.offset), pathlib.Path(log)
        command = [binary, 'serve', '--bind', '127.0.0.1', '--port-offset', self.offset, '--seed', 1, '--no-rate-limits', *options]
        with open(self.log, 'wb') as out:
            self.process = subprocess.Popen([str(c) for c in command], stdout=out, stderr=subprocess.STDOUT)
        self.wait()

    def wait(self, seconds=20):
        for _ in range(seconds * 50):
            if self.process.poll() is not None:
                raise NotStarted('nephos ended with %s: %s' % (self.process.returncode, self.tail()))
            if get(self.control + '/ready') == 200:
                return
            time.sleep(0.02)
        stop(self.process)
        raise NotStarted('nephos is not ready after %d s: %s' % (seconds, self.tail()))

    def tail(self):
        return ' | '.join(self.log.read_text(errors='replace').splitlines()[-5:])

    def stop(self):
        """Ends it; what went wrong meanwhile."""
        wrong = []
        if self.process.poll() is not None:
            wrong.append('nephos ended by itself with %s: %s' % (self.process.returncode, self.tail()))
        stop(self.process)
        panics = [x for x in self.log.read_text(errors='replace').splitlines() if 'panicked at' in x]
        return wrong + ['nephos panicked %d times: %s' % (len(panics), panics[0][:200] if panics else '')] * bool(panics)
