"""Which operations does a running nephos have? Only these are held against the real services; the others are listed.

An operation of the documents counts as covered when a request to it would be routed to a row of GET /operations."""
import json
import urllib.request

import operations


def rows_of(url):
    """The table of operations of a running nephos, from its control port."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url + '/operations', timeout=10) as answer:
        value = json.load(answer)
    return value if isinstance(value, list) else next(v for v in value.values() if isinstance(v, list))


def plain(service, path):
    """A row's path as parts: no version, no project id, {} for parameters."""
    path = operations.shape(operations.bare(service, path.split('?')[0]))
    if service in operations.TENANTED and path.startswith('/{}/'):
        path = path[3:]
    return path.split('/')[1:]


class Coverage:
    """What one nephos has."""
    def __init__(self, rows):
        self.rows = {}
        for row in rows:
            if row['service'] not in operations.VERSION:        # another cloud's
                continue
            parts = plain(row['service'], row['path'])
            self.rows.setdefault(row['service'], set()).add((row['method'].upper(), tuple(parts), row.get('action') or None))

    def routed(self, service, methods, path):
        """The rows that a path would be routed to: their actions."""
        parts = operations.shape(path).split('/')[1:]
        fits = lambda row: len(row) == len(parts) and all(r == '{}' or r == p for r, p in zip(row, parts))
        return [action for method, row, action in self.rows.get(service, ()) if method in methods and fits(row)]

    def has(self, service, operation):
        """True for an operation as recorded: 'GET /x', 'POST /x/action {name}', '? PATCH /x'."""
        unknown = operation.startswith('? ')
        method, _, rest = operation[2 * unknown:].partition(' ')
        path, _, action = rest.partition(' {')
        path, action = path.rstrip('/') or '/', action.rstrip('}')
        if path in ('/', '/v2', '/v2.0', '/v2.1', '/v3'):        # the version documents
            return bool(self.rows.get(service))
        if unknown:                     # nobody has it: only left out when it is a path of which nephos has nothing
            return not known(service, path) or bool(self.routed(service, ANY, path))
        actions = self.routed(service, ('GET', 'HEAD') if method == 'HEAD' else (method,), path)
        return bool(actions) and (action in ('', '?') or action in actions or set(actions) == {None})

    def count(self, service):
        """(operations that nephos has, all, names of those that it has not)."""
        every = sorted(set(operations.of_service(service).all()))
        missing = [o for o in every if not self.has(service, o)]
        return len(every) - len(missing), len(every), missing


ANY = ('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE')


def known(service, path):
    """True for a path of the documents, whatever the method."""
    parts = operations.shape(path).split('/')[1:]
    return any(operations.of_service(service).lookup(method, parts) for method in ANY)
