"""Finds the operation of a request by method and path, among those of recorded/operations.json.gz.

Paths are compared without the version prefix and without the optional project id."""
import functools
import gzip
import json
import pathlib
import re

PORTS = {'keystone': 5000, 'glance': 9292, 'cinder': 8776, 'neutron': 9696, 'nova': 8774, 'placement': 8778}        # the services that are compared
RECORDED = pathlib.Path(__file__).resolve().parent / 'recorded'
VERSION = {'keystone': r'/v3', 'nova': r'/v2(?:\.1)?', 'cinder': r'/v3', 'neutron': r'/v2\.0', 'glance': r'/v2(?:\.\d+)?',
           'octavia': r'/v2(?:\.0)?(?:/lbaas)?', 'swift': r'(?:/swift)?/v1', 'placement': r''}
TENANTED = ('cinder', 'nova')        # their paths may begin with a project id
PROJECT = re.compile(r'^[0-9a-f]{32}$|^[0-9a-f]{8}-|^\{')


@functools.cache
def known_paths(service):
    """[path, verbs, names of actions] of every documented path."""
    return json.loads(gzip.decompress((RECORDED / 'operations.json.gz').read_bytes()))[service]


def bare(service, path):
    """A path without its version prefix: /v3/users -> /users. The version documents (/v3) keep it."""
    path = re.sub(r'/{2,}', '/', path)
    rest = re.sub('^' + VERSION[service] + r'(?=/.)', '', path) if VERSION[service] else path
    return rest.rstrip('/') or '/'


def shape(path):
    """A template without the names of its parameters: /users/{user_id} -> /users/{}."""
    return re.sub(r'\{[^}]*\}', '{}', path)


class Operations:
    """The operations of one service."""
    def __init__(self, service):
        self.service = service
        self.templates, self.words, self.actions = {}, set(), {}
        for path, verbs, actions in known_paths(service):
            template = bare(service, path)
            if service in TENANTED and re.match(r'^/\{[^}]*\}/.', template):
                template = re.sub(r'^/\{[^}]*\}', '', template)
            parts = template.split('/')[1:]
            self.words |= {p for p in parts if not p.startswith('{')}
            for verb in verbs:
                known = self.templates.setdefault((verb.upper(), len(parts)), {})
                known.setdefault(tuple('{}' if p.startswith('{') else p for p in parts), template)
                if actions and verb == 'post':
                    self.actions.setdefault(template, set()).update(actions)

    def all(self):
        """Every 'METHOD /template', followed by the name of the action if it has one."""
        for (method, _), known in self.templates.items():
            for template in known.values():
                if method == 'POST' and template in self.actions:
                    yield from ('POST %s {%s}' % (template, action) for action in sorted(self.actions[template]))
                else:
                    yield '%s %s' % (method, template)

    def lookup(self, method, parts):
        """Of the templates that match, the one with the most literal segments."""
        best = None
        for pattern, template in self.templates.get((method, len(parts)), {}).items():
            if all(s == '{}' and p != '' or s == p for s, p in zip(pattern, parts)):
                score = [s != '{}' for s in pattern]
                if best is None or score > best[0]:
                    best = score, template
        return best and best[1]

    def of(self, method, path, body=None):
        """'METHOD /template' for a request, followed by the name of the action; with '? ' before it if it is not documented."""
        rest = bare(self.service, path)
        if self.service == 'swift':
            return self.of_swift(method, path, rest)
        if re.fullmatch(VERSION[self.service] or '-', path.rstrip('/')):
            return '%s %s' % (method, path.rstrip('/') + '/' * (path.endswith('/') and self.service != 'keystone'))
        parts = rest.split('/')[1:]
        template = self.lookup(method, parts)
        if self.service in TENANTED and len(parts) > 1 and (not template or PROJECT.match(parts[0])):
            template = self.lookup(method, parts[1:]) or template
        if not template:
            if self.service in TENANTED and len(parts) > 1 and PROJECT.match(parts[0]):
                parts = parts[1:]
            return '? %s %s' % (method, self.masked(parts))
        if template.endswith('/action') and method == 'POST':
            keys = list(body) if isinstance(body, dict) else []
            known = [k for k in keys if k in self.actions.get(template, ())]
            return '%s %s {%s}' % (method, template, known[0] if known else '?')
        return '%s %s' % (method, template)

    def of_swift(self, method, path, rest):
        names, parts = ['/{account}', '/{container}', '/{object}'], rest.split('/', 3)[1:]
        known = method in ('GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'COPY') and rest != '/' and path.startswith(('/v1/', '/swift/v1/'))
        return '%s %s' % (method, ''.join(names[:len(parts)])) if known else '? %s %s' % (method, self.masked(rest.split('/')[1:2]))

    def masked(self, parts):
        """A path with {} for every segment that occurs in no document."""
        known = self.words | {'', 'v1', 'v2', 'v3', 'v2.0', 'v2.1', 'versions', 'info', 'healthcheck', 'extensions'}
        return '/' + '/'.join(p if p in known else '{}' for p in parts)


@functools.cache
def of_service(service):
    return Operations(service)
