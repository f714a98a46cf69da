"""Requests that are almost valid: one part of a valid one is changed. Drawn from a seeded generator."""
import copy

VALUES = [None, True, 0, -1, 1.0, 1e30, -1e308, 2**31, 2**63, 2**64, -2**63 - 1, 10**30, '', ' ', 'x' * 300, 'x' * 70_000, 'a\r\nX-Evil: 1', '\0', '\x7f\x1b[0m',
          'ä€😀', '../../etc/passwd', '%00%0a', '0badc0de-0000-4000-8000-000000000bad', '2030-13-45T99:99:99Z', '-1', '1e999', 'NaN', [], [[]], [{}], [None] * 50, {}, {'': ''}, {'a': {'b': []}}]
SEGMENTS = ['0badc0de-0000-4000-8000-000000000bad', 'x' * 5000, '%00', '%0d%0aX-Evil:%201', '%ff%fe', '%2e%2e', '%2f', '-1', '99999999999999999999', '%F0%9F%98%80', '*', 'null']
QUERIES = ['limit=-1', 'limit=99999999999999999999', 'marker=%00', 'sort_key=%0d%0a', 'fields=' + 'x' * 3000, 'name=%ff', 'limit=1.0&limit=x', '%', '&&&=&=', 'changes-since=-999999999-01-01',
           'all_tenants=%F0%9F%98%80', 'fixed_ips=x', 'sort=a:b:c', 'offset=-1', 'deleted=%00']
TYPES = ['text/plain', '', 'application/xml', 'application/json; charset=utf-7', 'multipart/form-data; boundary=', 'application/octet-stream', ';;']
TEXTS = [b'', b'{', b'[' * 5000, b'\xff\xfe', b'{"a": 1e999999}', b'{"a": "\\ud800"}', b'null', b'"text"', b'{"a": NaN}', b'{"a": 1, "a": 2}', b'\x00']
VERSIONS = ['', 'latest', 'compute 2.9999', 'volume 3.', 'placement 1.99999999999', 'compute x', 'identity 3.0', 'compute 2.1 2.2']


def nodes(value, path=()):
    """The places of all values in a body."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from nodes(inner, (*path, key))


def changed(random, body):
    """The body with one value replaced, removed or added."""
    body = copy.deepcopy(body)
    path = random.choice(list(nodes(body)))
    if not path:
        return random.choice(VALUES)
    parent = body
    for key in path[:-1]:
        parent = parent[key]
    how = random.randrange(4)
    if how == 0 and isinstance(parent, dict):
        del parent[path[-1]]
    elif how == 1 and isinstance(parent, dict):
        parent['unknown_field'] = random.choice(VALUES)
    else:
        parent[path[-1]] = random.choice(VALUES)
    return body


def mutated(random, request):
    """The request with one of its parts changed: (method, path, body, data, headers, user, version)."""
    method, path, body, data, headers, user, version = request
    kinds = ['path', 'query', 'version', 'user'] + ['type', 'text'] * (body is not None or data is not None) + ['body'] * 6 * (body is not None) + ['data'] * 4 * (data is not None)
    kind = random.choice(kinds)
    bare, _, query = path.partition('?')
    if kind == 'path':
        segments = bare.split('/')
        segments[random.randrange(1, len(segments)) if len(segments) > 1 else 0] = random.choice(SEGMENTS)
        path = '/' + '/'.join(segments).lstrip('/') + ('?' + query if query else '')
    elif kind == 'query':
        path = bare + '?' + '&'.join(filter(None, [query, random.choice(QUERIES)]))
    elif kind == 'version':
        version = random.choice(VERSIONS)
    elif kind == 'user':
        user = random.choice([None, 'demo', 'admin'])
    elif kind == 'type':
        headers = (*headers, ('Content-Type', random.choice(TYPES)))
    elif kind == 'body':
        body = changed(random, body)
    elif kind == 'text':
        body, data = None, random.choice(TEXTS)
        headers = (('Content-Type', 'application/json'), *headers)
    else:
        lines = data.split('\n')
        lines[random.randrange(len(lines))] = random.choice(['', 'name', 'name \x00', 'size -1', 'size 99999999999999999999T', 'cpu 1e30', 'a' * 5000 + ' b', 'ide:0:0 x', 'nic:0:dhcp \xff'])
        data = '\n'.join(lines)
    return method, path, body, data, headers, user, version
