"""Which operations does a running nephos have? Only these are compared with the real services; the others are listed.

A documented operation is covered if a request to it would be routed to an entry of GET /operations."""
import operations
import server


def rows_of(url):
    """The operations of a running nephos, from its control API."""
    status, value = server.request('GET', url + '/operations')
    if status != 200:
        raise server.NotStarted('GET /operations -> %s' % status)
    return value if isinstance(value, list) else next(v for v in value.values() if isinstance(v, list))


def plain(service, path):
    """The segments of a path without version and project id, {} for a parameter."""
    path = operations.shape(operations.bare(service, path.split('?')[0]))
    if service in operations.TENANTED and path.startswith('/{}/'):
        path = path[3:]
    return path.split('/')[1:]


class Coverage:
    """The operations of one nephos."""
    def __init__(self, rows):
        self.rows = {}
        for row in rows:
            if row['service'] not in operations.VERSION:        # of another cloud
                continue
            parts = plain(row['service'], row['path'])
            self.rows.setdefault(row['service'], set()).add((row['method'].upper(), tuple(parts), row.get('action') or None))

    def routed(self, service, methods, path):
        """The actions of the operations that a path would be routed to (None: no action)."""
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
        if unknown:                     # a method that no service has: only left out if nephos has nothing on that path
            return not known(service, path) or bool(self.routed(service, ANY, path))
        actions = self.routed(service, ('GET', 'HEAD') if method == 'HEAD' else (method,), path)
        return bool(actions) and (action in ('', '?') or action in actions or set(actions) == {None})

    def count(self, service):
        """(number of operations that nephos has, number of all, names of the missing ones)."""
        every = sorted(set(operations.of_service(service).all()))
        missing = [o for o in every if not self.has(service, o)]
        return len(every) - len(missing), len(every), missing


ANY = ('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE')


def known(service, path):
    """True for a documented path, whatever the method."""
    parts = operations.shape(path).split('/')[1:]
    return any(operations.of_service(service).lookup(method, parts) for method in ANY)
