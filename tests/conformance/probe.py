#!/usr/bin/env python3
"""Sends deliberately bad requests (recorded/probe.jsonl.gz) to every operation, through the recorder.

usage: probe.py [--offset 10000] [--services keystone,cinder,…] [--operation TEXT] [--jobs 4]
Addresses: 127.0.0.1 at standard port + offset. Each request has its name in an X-Case header, so that two recordings can be compared
request by request. The ids in the requests do not exist, so the seed data is not touched; if a request creates something, that is
deleted at once."""
import argparse
import collections
import concurrent.futures
import gzip
import http.client
import json
import os
import sys
import threading
import time

import operations
from operations import PORTS

HEX = '0badc0de0000400080000000000000ba'        # the project id in the recorded paths; no project has it
REQUESTS = operations.RECORDED / 'probe.jsonl.gz'


class Client:
    """An HTTP client with a connection for each service and thread."""
    def __init__(self, offset):
        self.offset, self.local, self.tokens, self.gone = offset, threading.local(), {}, set()

    def send(self, service, method, path, body=None, headers=(), token='admin', case=None, raw=None):
        """Returns status (0: no answer), headers and JSON (None: there is none)."""
        h = {'Accept': 'application/json', **dict(headers)}
        if token:
            h['X-Auth-Token'] = self.tokens.get(token, token)
        if case:
            h['X-Case'] = case
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        if data is not None:
            h.setdefault('Content-Type', 'application/json')
        held = self.local.__dict__.setdefault('held', {})
        for attempt in (0, 1):
            c = held.get(service)
            if c is None:
                c = held[service] = http.client.HTTPConnection('127.0.0.1', PORTS[service] + self.offset, timeout=30)
            try:
                c.request(method, path, data, {k: v for k, v in h.items() if v is not None})
                r = c.getresponse()
                text = r.read()
                break
            except (OSError, http.client.HTTPException):
                c.close()
                held.pop(service)
                if attempt:
                    return 0, {}, None
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        return r.status, {k.lower(): v for k, v in r.getheaders()}, value

    def down(self, service):
        """True if the service was away and is back. After five seconds without an answer it is given up."""
        for attempt in range(0 if service in self.gone else 25):
            if self.send(service, 'GET', '/', token=None)[0]:
                return attempt > 0
            time.sleep(0.2)
        self.gone.add(service)
        return False

    def login(self, user, project=None, password=os.environ.get('NEPHOS_PASSWORD', 'nephos')):
        """Gets a token for a user and keeps it; returns what Keystone says of it."""
        domain = {'id': 'default'}
        body = {'auth': {'identity': {'methods': ['password'], 'password': {'user': {'name': user, 'password': password, 'domain': domain}}},
                         'scope': {'project': {'name': project or user, 'domain': domain}}}}
        status, headers, value = self.send('keystone', 'POST', '/v3/auth/tokens', body, token=None)
        if status != 201:
            sys.exit('no token for %s: %s %s' % (user, status, value))
        self.tokens[user] = headers['x-subject-token']
        return value['token']


def created(client, service, method, path, value):
    """Deletes what a request created although it should have been refused."""
    if method == 'PUT':
        client.send(service, 'DELETE', path)
        return
    if service == 'placement':
        client.send(service, 'DELETE', '%s/%s' % (path, (value or {}).get('uuid', (value or {}).get('name', 'CUSTOM_PROBE'))))
        return
    for inner in [value] + [v for v in value.values() if isinstance(v, dict)] if isinstance(value, dict) else []:
        ident = inner.get('id') or inner.get('uuid') or (inner.get('name') if 'keypairs' in path else inner.get('namespace'))
        if ident and not isinstance(ident, (dict, list)):
            if path.endswith('/domains'):
                client.send(service, 'PATCH', '%s/%s' % (path, ident), {'domain': {'enabled': False}})
            for _ in range(40):
                status = client.send(service, 'DELETE', '%s/%s' % (path, ident))[0]
                if status not in (400, 409, 403):
                    return
                time.sleep(0.1)
            return


def read(services, operation, project):
    """The recorded requests as [(service, operation, [(label, method, path, how)])]."""
    jobs = {}
    with gzip.open(REQUESTS, 'rt') as lines:
        for service, template, label, method, path, how in map(json.loads, lines):
            if service in services and operation in template:
                if how.get('raw') is not None:
                    how['raw'] = how['raw'].encode('latin-1')
                if service == 'cinder':
                    path = path.replace('/v3/' + HEX, '/v3/' + project, 1)
                jobs.setdefault((service, template), []).append((label, method, path, how))
    return [(s, t, rows) for (s, t), rows in jobs.items()]


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--offset', type=int, default=10000)
    ap.add_argument('--services', default=','.join(PORTS))
    ap.add_argument('--operation', default='', help='only operations whose "METHOD /path" contains this')
    ap.add_argument('--jobs', type=int, default=4)
    a = ap.parse_args()
    client = Client(a.offset)
    client.login('demo')
    jobs = read(a.services.split(','), a.operation, client.login('admin')['project']['id'])
    began, statuses = time.time(), collections.Counter()

    def ask(service, template, rows):
        for label, method, path, how in rows if service not in client.gone else ():
            case = '%s: %s' % (template, label.encode('ascii', 'replace').decode())
            status, headers, value = client.send(service, method, path, case=case, **how)
            if not status and client.down(service):
                status, headers, value = client.send(service, method, path, case=case, **how)
            statuses[service, status] += 1
            if status in (200, 201, 202) and method in ('POST', 'PUT') and not path.endswith('/action') and '/auth/' not in path:
                created(client, service, method, path, value)

    def work(family):
        for job in family:
            ask(*job)

    families = collections.defaultdict(list)          # the operations of a collection share ids, so they run one after the other
    for job in jobs:
        families[job[0], job[1].split('/')[1].split(' ')[0]].append(job)
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        for i, _ in enumerate(pool.map(work, sorted(families.values(), key=len, reverse=True)), 1):
            if i % 10 == 0:
                client.login('admin'), client.login('demo')
    told = ', '.join('%s %s %d' % (*k, n) for k, n in sorted(statuses.items()))
    print('%d operations, %d requests in %d s: %s' % (len(jobs), sum(statuses.values()), time.time() - began, told))


if __name__ == '__main__':
    main()
