"""How nephos starts, what it says, how it ends, and what the clock of the host does to it."""
import pathlib
import signal
import socket
import subprocess
import time

import pytest
import requests
from clients import User

FAKETIME = [pathlib.Path(p) for p in ('/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1', '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1')]


def ipv6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(('::1', 0))
        return True
    except OSError:
        return False


@pytest.mark.skipif(not ipv6(), reason='the machine has no IPv6')
def test_addresses_of_ipv6_are_printed_in_brackets(binary, start, tmp_path):
    offset = start().offset        # its ports are free on ::1, too
    with open(tmp_path / 'out', 'w+') as out:
        process = subprocess.Popen([str(binary), 'serve', '--bind', '::1', '--port-offset', str(offset)], stdout=out, stderr=out)
        try:
            end = time.monotonic() + 20
            while (tmp_path / 'out').read_text().count('http://') < 5 and time.monotonic() < end:
                time.sleep(0.05)
        finally:
            process.terminate()
            process.wait(10)
    printed = (tmp_path / 'out').read_text()
    assert 'http://[::1]:' in printed and 'http://::1:' not in printed


@pytest.mark.parametrize('ends', [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda s: s.name)
def test_signals_end_it_within_two_seconds_whatever_is_connected(start, ends):
    nephos = start()
    connections = [socket.create_connection(('127.0.0.1', nephos.offset + 5000)) for _ in range(20)]
    for connection in connections[10:]:
        connection.sendall(b'POST /v3/auth/tokens HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{')
    began = time.monotonic()
    nephos.process.send_signal(ends)
    code, nephos.ended = nephos.process.wait(10), True
    assert code == 0
    assert time.monotonic() - began < 2
    [connection.close() for connection in connections]


def test_strict_counts_unknown_paths_of_every_world(start):
    nephos = start('--strict')
    nephos.control('POST', '/worlds', {'name': 't1'})
    demo = User(nephos, world='t1')
    assert demo('GET', 'nova', '/v2.1/nonsense').status_code == 404
    nephos.process.terminate()
    code, nephos.ended = nephos.process.wait(10), True
    assert code == 3


def test_malformed_requests_do_not_fill_the_log(start):
    nephos = start()
    for data in (b'\x16\x03\x01\x02\x00\x01\x00', b'GET\r\n\r\n', b'GET / HTTP/9.9\r\n\r\n', b'GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n', b'\0' * 100) * 10:
        with socket.create_connection(('127.0.0.1', nephos.offset + 5000), timeout=5) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(4096)
    assert requests.get(nephos.url(5000, '/v3')).status_code == 200
    assert 'ERROR' not in nephos.log.read_text()


def test_connections_are_kept_for_longer_than_clients_keep_them(start):
    """At least for longer than the five seconds that Go's and Python's clients met resets with."""
    nephos = start()
    with socket.create_connection(('127.0.0.1', nephos.offset + 5000), timeout=5) as connection:
        for _ in range(2):
            connection.sendall(b'GET /v3 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
            assert connection.recv(65536).startswith(b'HTTP/1.1 200')
            time.sleep(7)


@pytest.mark.skipif(not any(p.exists() for p in FAKETIME), reason="Debian's faketime is not installed")
@pytest.mark.parametrize('jump', ['-3600', '+3600000'])
def test_what_was_begun_ends_although_the_clock_of_the_host_jumps(start, tmp_path, jump):
    offset = tmp_path / 'offset'
    offset.write_text('+0\n')
    library = next(str(p) for p in FAKETIME if p.exists())
    nephos = start(temporary=tmp_path, env={'LD_PRELOAD': library, 'FAKETIME_TIMESTAMP_FILE': str(offset), 'FAKETIME_NO_CACHE': '1', 'DONT_FAKE_MONOTONIC': '1'})
    demo = User(nephos)
    volume = demo.made('cinder', '/v3/%s/volumes' % demo.project, volume={'size': 1})['id']
    offset.write_text(jump + '\n')
    end, status = time.monotonic() + 5, None
    while status != 'available' and time.monotonic() < end:
        answer = demo('GET', 'cinder', '/v3/%s/volumes/%s' % (demo.project, volume))
        status = answer.json()['volume']['status'] if answer.ok else answer.text
        time.sleep(0.1)
    assert status == 'available'
