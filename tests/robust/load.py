"""A small HTTP client for many connections at once: it keeps them, and counts statuses, broken connections and times."""
import asyncio
import collections
import json as json_module
import time


def request(method, host, path, headers=(), json=None, data=b''):
    """The bytes of a request."""
    body = json_module.dumps(json).encode() if json is not None else data
    lines = ['%s %s HTTP/1.1' % (method, path), 'Host: ' + host, 'Content-Length: %d' % len(body)]
    lines += ['%s: %s' % header for header in headers] + ['Content-Type: application/json'] * (json is not None)
    return '\r\n'.join([*lines, '', '']).encode() + body


class Outcome:
    def __init__(self):
        self.statuses, self.broken, self.slowest, self.clients = collections.Counter(), [], 0.0, collections.Counter()

    def __str__(self):
        return '%d answers %s, %d broken, the slowest after %.2f s' % (sum(self.statuses.values()), dict(self.statuses), len(self.broken), self.slowest)


async def answer(reader, method):
    """Reads an answer to its end and returns the status."""
    head = await reader.readuntil(b'\r\n\r\n')
    lines = head.split(b'\r\n')
    status, length, chunked = int(lines[0].split()[1]), 0, False
    for line in lines[1:]:
        name, _, value = line.partition(b':')
        if name.lower() == b'content-length':
            length = int(value)
        chunked = chunked or name.lower() == b'transfer-encoding'
    if method == b'HEAD' or status in (204, 304):
        return status
    if not chunked:
        await reader.readexactly(length)
        return status
    while size := int((await reader.readuntil(b'\r\n')).strip(), 16):
        await reader.readexactly(size + 2)
    await reader.readuntil(b'\r\n')
    return status


async def client(number, draw, until, outcome):
    """Sends requests one after another until the time is over or `draw` has no more; one connection for each port."""
    connections = {}
    while time.monotonic() < until:
        drawn = draw()
        if drawn is None:
            break
        port, data = drawn
        began = time.monotonic()
        try:
            if port not in connections:
                connections[port] = await asyncio.open_connection('127.0.0.1', port)
            reader, writer = connections[port]
            writer.write(data)
            status = await asyncio.wait_for(answer(reader, data.split(b' ', 1)[0]), 60)
        except (OSError, EOFError, asyncio.TimeoutError, ValueError) as e:
            outcome.broken.append('%s: %r' % (data[:80], e))
            connections.pop(port, None)
            continue
        outcome.statuses[status] += 1
        outcome.clients[number] += 1
        outcome.slowest = max(outcome.slowest, time.monotonic() - began)
    for _, writer in connections.values():
        writer.close()


def run(clients, draw, seconds=120):
    """Lets so many clients send what `draw()` returns, (port, bytes), until it returns None or the time is over."""
    outcome = Outcome()

    async def all_of_them():
        until = time.monotonic() + seconds
        await asyncio.gather(*[client(number, draw, until, outcome) for number in range(clients)])
    asyncio.run(all_of_them())
    return outcome
