"""Requests that an operation may accept, the likeliest first.

A path takes the ids of rows that exist. A body is one that `hints.toml` has, one that a real service was seen to accept
(tests/conformance/recorded), or the smallest and the fullest that the schema in openapi/ allows. Ids in it are replaced by those of rows."""
import collections
import functools
import gzip
import itertools
import json
import pathlib
import re
import sys
import tomllib
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / 'tests/conformance'))
import operations as documented  # noqa: E402

HINTS = tomllib.loads((HERE / 'hints.toml').read_text())
ID = re.compile(r'^[0-9a-f]{32}$|^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$')
VERSIONS = {'nova': ['compute 2.1', 'compute 2.35', 'compute 2.60', 'compute 2.79', 'compute 2.90', 'compute 2.95', 'compute 2.100'],
            'cinder': ['volume 3.71', 'volume 3.0', 'volume 3.30', 'volume 3.60'],
            'placement': ['placement 1.39', 'placement 1.0', 'placement 1.7', 'placement 1.11', 'placement 1.20', 'placement 1.30']}
MOST = 60        # requests that are tried for an operation
USABLE = ('available', 'active', 'ACTIVE')        # rows in these states are tried first


def identity(row):
    """What a client calls a row by."""
    return next((row[key] for key in ('id', 'uuid', 'name') if isinstance(row.get(key), (str, int))), None)


REFERENCE = re.compile(r'^\$(\w+)/(\w+)(?:\?([\w.]+)=([^/]*(?:/\d+)?))?(?:/([a-z][\w.:]*))?$')


def inside(row, field):
    """The value at 'fields.network_id' in a row; None if there is none."""
    for part in field.split('.'):
        if part.isdigit() and isinstance(row, dict):
            row = list(row)
        row = row.get(part) if isinstance(row, dict) else row[int(part)] if isinstance(row, list) and part.isdigit() and int(part) < len(row) else None
    return row


def usable(row):
    return row.get('status', row.get('vm_state')) in USABLE


@functools.cache
def accepted_bodies():
    """Bodies that the real services accepted, by service and operation: {('nova', 'POST /servers'): [body, …]}, the most usual first."""
    samples = json.loads(gzip.decompress((ROOT / 'tests/conformance/recorded/samples.json.gz').read_bytes()))['samples']
    found = {}
    for key, exchanges in samples.items():
        service, operation, version, status = key.split('\t')
        if status[0] in '23':
            bodies = found.setdefault((service, documented.shape(operation)), [])
            for exchange in exchanges:
                body = exchange['request'].get('body')
                if body is not None and body not in [b for b, _ in bodies]:
                    bodies.append((body, version))
    return found


@functools.cache
def schemas():
    """The schema of the body of every operation, by method and path as in openapi/, and those of actions by name."""
    found = {}
    for file in sorted((ROOT / 'openapi').glob('*.json')):
        for path, methods in json.loads(file.read_text())['paths'].items():
            for method, operation in methods.items():
                content = operation.get('requestBody', {}).get('content', {}) if isinstance(operation, dict) else {}
                for body in list(content.values())[:1]:
                    found[file.stem, method.upper(), path] = body.get('schema', {})
    return found


class Rows:
    """The rows of a populated world, and what a name in a path or a body may stand for."""
    def __init__(self, world):
        self.world, self.tables, self.places = world, {}, {}
        for cloud, services in world.control('GET', '/state').json().items():
            if cloud != 'xloud':
                for service, tables in services.items():
                    for table, count in tables.items():
                        if 0 < count < 500:
                            rows = world.rows(service, table)[::-1]
                            self.tables[service, table] = sorted(rows, key=lambda row: not usable(row))

    def of(self, service, table):
        return self.tables.get((service, table), [])

    def reference(self, text):
        """The values that '$nova/servers', '$nova/servers?vm_state=active' or '$nova/servers/host' (a field) stands for.

        '$admin/project' and '$admin/user' are those of the administrator."""
        service, table, key, wanted, field = REFERENCE.match(text).groups()
        if service in ('admin', 'demo'):
            return [self.world.login(service)[1][table]['id']]
        rows = [row for row in self.of(service, table) if not key or str(inside(row, key)) == wanted]
        found = [inside(row, field) if field else identity(row) for row in rows]
        return list(dict.fromkeys(str(value) for value in found if value is not None))

    def named(self, service, name):
        """The ids that a parameter or field of this name can have: those of its own service's tables if it has such, newest first."""
        plain = name.lower().replace('-', '_').removeprefix('os_')
        for ending in ('_ids', '_id', '_uuid', 'ref', '_uuids'):
            plain = plain.removesuffix(ending)
        stem = {'tenant': 'project', 'consistencygroup': 'group', 'cg': 'group', 'source_cg': 'group', 'cgsnapshot': 'group_snapshot', 'uuid': 'network', 'imageref': 'image', 'flavorref': 'flavor', 'type': 'volume_type', 'volid': 'volume'}.get(plain, plain)
        stem = stem.rstrip('s')
        if len(stem) < 3:
            return []
        scored = []
        for (owner, table), rows in self.tables.items():
            if owner != service and not {owner, service} <= set(documented.PORTS):
                continue
            single = (table[:-3] + 'y' if table.endswith('ies') else table.rstrip('s'))
            if single == stem or single.replace('_', '') == stem.replace('_', '') or stem.endswith('_' + single) or single.endswith('_' + stem):
                scored.append((single != stem, owner != service, table, rows))
        scored.sort(key=lambda s: s[:3])
        best = [s for s in scored if s[:2] == scored[0][:2]]
        return [identity(row) for _, _, _, rows in best for row in rows if identity(row) is not None]


    def related(self, values):
        """How many of the values one row names at most."""
        if not self.places:
            for number, text in enumerate(json.dumps(row) for table in self.tables.values() for row in table):
                for word in re.findall(r'[^"\s/]{3,}', text):
                    self.places.setdefault(word, set()).add(number)
        together = collections.Counter(place for value in set(map(str, values)) for place in self.places.get(value, ()))
        return max(together.values(), default=0)


def candidates(operation, rows):
    """(method, path, body, data, headers, user, version) for an operation: at most MOST, without doubles."""
    hint = HINTS.get(operation['name'], {})
    hints = hint if isinstance(hint, list) else [hint]
    seen = []
    for hint in hints:
        for request in some(operation, rows, hint):
            if request not in seen:
                seen.append(request)
                yield request
            if len(seen) >= MOST:
                return


def some(operation, rows, hint):
    """The requests of one hint: those that differ least from the likeliest of each part come first."""
    service = operation['service']
    paths = list(itertools.islice(paths_of(operation, rows, hint), 12))
    bodies = bodies_of(operation, rows, hint)[:16]
    versions = [hint['version']] if 'version' in hint else VERSIONS.get(service, [None])
    users = [hint['user']] if 'user' in hint else ['admin'] if service == 'cinder' else ['admin', 'robot', 'demo'] if service in documented.PORTS else [None]
    own_token = rows.world.login('admin')[0]
    headers = tuple(sorted((name, value.replace('{token}', own_token)) for name, value in hint.get('headers', {}).items()))
    data = hint.get('data')
    if isinstance(data, str):
        data = substituted(data, rows)
    parts = itertools.product(enumerate(paths), enumerate(bodies), enumerate(versions), enumerate(users))
    ranked = sorted((i + j + 2 * k + 9 * u, i, j, k, u) for (i, _), (j, _), (k, _), (u, _) in parts)
    for _, i, j, k, u in ranked:
        yield operation['method'], paths[i], bodies[j], data, headers, users[u], versions[k]


def substituted(text, rows):
    """The text with a value for each '$service/table…' in it; in braces where more text follows."""
    return re.sub(r'\{(\$[^}]*)\}|(\$\w+/[^&\s]+)', lambda found: str((rows.reference(found[1] or found[2]) or ['x'])[0]), text)


def paths_of(operation, rows, hint):
    """The path with values for its parameters; a row is combined with the row that it belongs to."""
    template, service = operation['path'], operation['service']
    names = re.findall(r'\{(\w+)\}', template)
    if service == 'cinder' and names[:1] == ['project_id']:
        template = template.replace('{project_id}', rows.reference('$admin/project')[0], 1)
        names = names[1:]
    query = '?' + substituted(hint['query'], rows) if 'query' in hint else ''
    choices = [values_of(service, operation['path'], name, rows, hint) for name in names]
    combined = list(itertools.islice(itertools.product(*choices), 400))
    if len(names) > 1:
        combined.sort(key=lambda values: -rows.related(values))
    for values in combined:
        path = template
        for name, value in zip(names, values):
            path = path.replace('{%s}' % name, urllib.parse.quote(str(value), safe=''), 1)
        yield path + query


def values_of(service, template, name, rows, hint):
    """The values that a parameter of a path may have."""
    before = template.split('{%s}' % name)[0].rstrip('/').split('/')[-1]
    for known in (hint, HINTS['parameters'].get(service, {})):
        for key in (before + '/' + name, name):
            if key in known and (known is not hint or key != 'query'):
                value = known[key]
                values = value if isinstance(value, list) else [value]
                return [v for one in values for v in (rows.reference(one) if str(one).startswith('$') else [one])]
    return rows.named(service, before if name in ('id', 'uuid') else name) or rows.named(service, before) or ['x']


def bodies_of(operation, rows, hint):
    """The bodies to try; [None] for an operation that takes none."""
    service, method, action = operation['service'], operation['method'], operation['action']
    if 'body' in hint:
        return variants(hint['body'], rows, service)
    if method in ('GET', 'HEAD', 'DELETE') or 'data' in hint:
        return [None]
    found = []
    if service in documented.PORTS:
        shape = documented.shape(documented.bare(service, operation['path'].replace('/{project_id}', '', 1) if service == 'cinder' else operation['path']))
        key = '%s %s%s' % (method, shape, ' {%s}' % action if action else '')
        accepted = accepted_bodies().get((service, key.replace('{%s}' % action, '{}') if action else key), [])
        if action:
            accepted = [(b, v) for b, v in accepted if isinstance(b, dict) and action in b]
        found += [variant for body, _ in accepted[:8] for variant in variants(body, rows, service)]
    found += from_schema(operation, rows)
    if operation['name'].split('.')[-2] == 'tags' and service == 'neutron':
        found += [{'tags': ['one']}]
    elif service == 'neutron':
        resource = operation['name'].split('.')[-2]
        found += [{resource: {'name': 'name1'}}, {resource: {'description': 'd'}}, {resource: {}}, {}]
    if action and not found:
        found += [{action: None}, {action: {}}]
    return found or [None]


def from_schema(operation, rows):
    service, action = operation['service'], operation['action']
    file = 'openstackid' if service in ('marketplace', 'identity') else service
    method = operation['method']
    schema = next((s for (f, m, p), s in schemas().items() if f == file and m == method and p.endswith(operation['path']) and len(p) - len(operation['path']) < 14), None)
    if schema is None:
        return []
    if action:
        schema = next((s for s in schema.get('anyOf', [schema]) if action in s.get('properties', {})), None)
        if schema is None:
            return []
    return [example(schema, '', rows, service, full) for full in (False, True)]


def example(schema, name, rows, service, full):
    """A value that the schema allows: only what is required, or (`full`) all that it knows."""
    if isinstance(schema, bool):
        return {}
    for key in ('const', 'default'):
        if schema.get(key) is not None:
            return schema[key]
    if schema.get('enum'):
        return schema['enum'][0]
    for key in ('anyOf', 'oneOf', 'allOf'):
        if schema.get(key) and 'type' not in schema and 'properties' not in schema:
            return example(schema[key][0], name, rows, service, full)
    kind = schema.get('type', 'object' if 'properties' in schema else 'string')
    kind = next((k for k in kind if k != 'null'), 'null') if isinstance(kind, list) else kind
    if kind == 'object':
        required = schema.get('required', [])
        return {key: example(value, key, rows, service, full) for key, value in schema.get('properties', {}).items() if full or key in required}
    if kind == 'array':
        items = schema.get('items')
        return [example(items, name, rows, service, full)] if items and (full or schema.get('minItems')) else []
    if kind in ('integer', 'number'):
        return max(1, schema.get('minimum', 1))
    if kind in ('boolean', 'null'):
        return kind == 'boolean' or None
    known = rows.named(service, name)
    return known[0] if known else 'name1' if not schema.get('format') else {'uri': 'http://127.0.0.1/', 'date-time': '2030-01-01T00:00:00Z'}.get(schema['format'], 'name1')


def variants(body, rows, service):
    """The body with the ids of some of the rows that it can refer to."""
    found = []
    for choice in range(4):
        variant = filled(body, rows, service, choice)
        if variant not in found:
            found.append(variant)
    return found


def filled(value, rows, service, choice, name=''):
    """The body with ids of rows for '$service/table' and for ids of the recorded cloud."""
    if isinstance(value, dict):
        return {key: filled(item, rows, service, choice, key) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, rows, service, choice, name) for item in value]
    if value == '{null}':        # TOML has no null
        return None
    if value == '{null}':        # TOML has no null
        return None
    if isinstance(value, str) and value.startswith('$'):
        known = rows.reference(value)
        return known[choice % len(known)] if known else value
    if isinstance(value, str) and (ID.match(value) or name in ('flavorRef', 'imageRef', 'volume_type', 'host')):
        known = rows.named(service, name)
        return known[choice % len(known)] if known else value
    return value
