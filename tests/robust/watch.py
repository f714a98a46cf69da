"""Asks for /health on a port until a line comes in, and prints how often it was answered and how long the slowest answer took (seconds).

Used by clients.Watch. Most questions go over a kept connection, some over a new one, as those of a load balancer do."""
import json
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


def main(port):
    print('watching', flush=True)
    worst, count, dropped, connection = 0.0, 0, 0, None
    while not select.select([sys.stdin], [], [], 0.003)[0]:
        began = time.monotonic()
        try:
            if connection is None or count % 20 == 0:
                connection = socket.create_connection(('127.0.0.1', port), timeout=PATIENCE)
            ask(connection)
        except (OSError, AssertionError):
            connection, dropped = None, dropped + 1
        worst, count = max(worst, time.monotonic() - began), count + 1
    print(json.dumps({'worst': worst, 'count': count, 'dropped': dropped}))


main(int(sys.argv[1]))
