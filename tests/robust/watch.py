"""Asks for /health on a port until a line comes in, and prints how often it was answered and how long the slowest answer took (seconds).

Used by clients.Watch. Most questions go over a kept connection, some over a new one, as those of a load balancer do. Beside each, a process that
does nothing else is asked, too: how long its slowest answer took tells how busy the machine is."""
import json
import os
import select
import socket
import sys
import time

QUESTION = b'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
PATIENCE = 60        # seconds; then it counts as never answered


def ask(connection):
    connection.sendall(QUESTION)
    answer = b''
    while b'}' not in answer:
        piece = connection.recv(4096)
        if not piece:
            raise ConnectionError('closed')
        answer += piece
    assert answer.startswith(b'HTTP/1.1 200'), answer


def idle_process():
    """A connection to a process that sends back what it gets."""
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        ours.close()
        while piece := theirs.recv(64):
            theirs.sendall(piece)
        os._exit(0)
    theirs.close()
    return ours


def main(port):
    idle = idle_process()
    print('watching', flush=True)
    worst, machine, count, dropped, connection = 0.0, 0.0, 0, 0, None
    while not select.select([sys.stdin], [], [], 0.003)[0]:
        began = time.monotonic()
        try:
            if connection is None or count % 20 == 0:
                connection = socket.create_connection(('127.0.0.1', port), timeout=PATIENCE)
            ask(connection)
        except (OSError, AssertionError):
            connection, dropped = None, dropped + 1
        worst, count, began = max(worst, time.monotonic() - began), count + 1, time.monotonic()
        idle.sendall(b'?')
        idle.recv(64)
        machine = max(machine, time.monotonic() - began)
    idle.close()
    print(json.dumps({'worst': worst, 'machine': machine, 'count': count, 'dropped': dropped}))


main(int(sys.argv[1]))
