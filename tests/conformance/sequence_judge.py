"""Compares the answers of nephos to a sequence with those of the real services: status, headers, error text, every field of the body.

A difference is (kind, where, nephos' value, the real value). Not compared are answers that the real service failed to give (5xx), what follows from a
difference already told (if only one cloud did something, what it did it to is left out of the rest), and what the clouds were seeded with: of what
the sequence did not make only the names are compared, and only names that both have."""
import collections
import json
import re

import shapes
from sequence_player import NAME, parsed
from sequence_words import Words

HEADERS = ('content-type', 'location', 'openstack-api-version', 'x-openstack-nova-api-version', 'openstack-api-minimum-version', 'openstack-api-maximum-version', 'vary', 'retry-after', 'www-authenticate', 'allow', 'x-subject-token',
           'openstack-image-import-methods', 'x-openstack-request-id', 'x-compute-request-id', 'cache-control', 'last-modified')
AGGREGATE = re.compile(r'/(limits|quotas|os-quota|os-simple-tenant-usage|volumes/summary|os-hypervisors|usage|network-ip-availabilities|scheduler-stats|os-instance_usage|extensions|versions|schemas|agents|OS-SIMPLE|os-availability-zone|availability_zones|cache)')
OWN = re.compile(r'«(?!(?:demo|admin|public|image|role_[^»]+|demoproject|adminproject)»)|[~^]')       # what the sequence made
BROKEN, FOLLOWS = 'the real service failed', 'follows from another difference'


def identity(item):
    """What tells an item of a list from others, on every cloud."""
    if not isinstance(item, dict):
        return json.dumps(item, sort_keys=True)
    for k in ('id', 'uuid', 'name', 'alias', 'zoneName', 'namespace', 'member_id', 'hypervisor_hostname', 'collection', 'href', 'agent_type', 'resource_type', 'binary'):
        if isinstance(item.get(k), str) and item[k] and not item[k].startswith('<'):
            return '%s=%s' % (k, item[k])
    inner = [x for x in item.values() if isinstance(x, dict) and 'name' in x]
    return identity(inner[0]) if len(item) <= 2 and inner else '=' + json.dumps(item, sort_keys=True)


def differences(a, b, path=''):
    """The differences of two JSON values."""
    if isinstance(a, dict) and isinstance(b, dict):
        at = lambda k: '%s.%s' % (path, '{}' if re.search('[«~<^]', k) else k)
        for kind, x, y in (('missing', b, a), ('extra', a, b)):
            odd = sorted(set(x) - set(y))
            if odd:
                yield kind, '%s.{%s}' % (path, ','.join(odd)) if len(odd) > 1 else at(odd[0]), *({k: d.get(k, '(none)') for k in odd} for d in (a, b))
        for k in [k for k in b if k in a]:
            yield from differences(a[k], b[k], at(k))
    elif isinstance(a, list) and isinstance(b, list):
        yield from list_differences(a, b, path)
    elif type(a) is not type(b):
        yield 'type', '%s %s≠%s' % (path, shapes.kind(a), shapes.kind(b)), a, b
    elif a != b:
        yield 'value', path, a, b


def list_differences(a, b, path):
    """The differences of two lists: those of items that both have, then the other items."""
    mine, theirs = collections.defaultdict(list), collections.defaultdict(list)
    for rows, into in ((a, mine), (b, theirs)):
        for x in rows:
            into[identity(x)].append(x)
    odd_a = [x for k, v in mine.items() for x in v[len(theirs[k]):]]
    odd_b = [x for k, v in theirs.items() for x in v[len(mine[k]):]]
    for k in mine:
        for x, y in zip(mine[k], theirs[k]):
            yield from differences(x, y, path + '[]')
    odd_a, odd_b = sorted(odd_a, key=json.dumps), sorted(odd_b, key=json.dumps)
    if odd_a and len(odd_a) == len(odd_b) and not any(identity(x).startswith(('id', 'name', 'uuid')) for x in odd_a + odd_b):
        for x, y in zip(odd_a, odd_b):
            yield from differences(x, y, path + '[]')
    elif odd_a or odd_b:
        yield 'members', path, odd_a, odd_b


def without_links(x):
    return json.dumps({k: v for k, v in x.items() if k != 'links'} if isinstance(x, dict) else x, ensure_ascii=False)


def is_own(x):
    return bool(OWN.search(without_links(x)))


def order_difference(step, field, rows):
    """A difference in the order of two lists with the same members, where the service has an order. Neighbours may be of the same second."""
    service, query = step['service'], step['query']
    mine, theirs = ([identity(x) for x in side if is_own(x)] for side in rows)
    far = 'sort' in query or any(abs(i - theirs.index(x)) > 1 for i, x in enumerate(mine) if x in theirs)
    ordered = service in ('nova', 'cinder', 'glance') or service == 'neutron' and 'sort_key' in query
    return [('order', '.' + field, mine, theirs)] if mine != theirs and sorted(mine) == sorted(theirs) and far and ordered and field != 'tags' else []


def without_seeds(left, right, tainted, step):
    """Two bodies whose lists have only what the sequence made and the names of what both clouds were seeded with, and differences of order."""
    if not (isinstance(left, dict) and isinstance(right, dict)):
        return left, right, []
    left, right, dropped, out, query = dict(left), dict(right), 0, [], step['query']
    for k in [k for k in left if isinstance(left[k], list) and isinstance(right.get(k), list) and not k.endswith('links')]:
        a, b = ([x for x in side[k] if not any('«%s»' % t in without_links(x) for t in tainted)] for side in (left, right))
        both = {identity(x) for x in a} & {identity(x) for x in b}
        keep = lambda x: is_own(x) or identity(x) in both and identity(x)[0] != '=' or isinstance(x, str) and step['path'] != '/traits'
        for side, rows in ((left, a), (right, b)):
            seeded = sorted({identity(x) for x in rows if not is_own(x) and isinstance(x, dict) and keep(x)})
            side[k] = [x for x in rows if is_own(x) or isinstance(x, str) and keep(x)] + [{'id': i} for i in seeded]
        dropped += len(a) + len(b) - len(left[k]) - len(right[k])
        if step['service'] == 'neutron' and re.search('limit|marker', query) and 'sort_key=name' not in query:       # in the order of ids: which ones is chance
            left[k], right[k] = [], []
            dropped += 1
        out += order_difference(step, k, (a, b))
    for side, other in ((left, right), (right, left)) if dropped else ():
        for k in list(side):        # pages of other things
            pages = re.search('limit|marker|offset', query) and isinstance(side[k], list) and k in other and len(side[k]) != len(other[k])
            if k.endswith('links') or k in ('next', 'first', 'count') or pages:
                side.pop(k), other.pop(k, None)
    return left, right, out


def header(name, headers, words):
    """A header's value as it can be compared, None if it is not there."""
    if name not in headers:
        return None
    if 'request-id' in name or name == 'last-modified':
        return '(there)'
    if name in ('allow', 'vary'):
        return ', '.join(sorted(headers[name].split(', ')))
    return re.sub(r'(?<=/)\d+$', '<number>', words.text(headers[name]))


def answer_differences(step, a, b, words, tainted):
    """All differences between two answers."""
    (status, headers_a, text_a), (real, headers_b, text_b) = a, b
    if status != real:
        return [('status', '%s, real %s' % (status, real), text_a[:300], text_b[:300])]
    out = []
    headers = [{k.lower(): v for k, v in h} for h in (headers_a, headers_b)]
    for name in HEADERS:
        x, y = (header(name, h, w) for h, w in zip(headers, words))
        if x != y and not (name == 'content-type' and not text_a and not text_b):
            out.append(('header', name, x, y))
    if text_b is None:          # too long to be kept
        return out
    mine, theirs = words[0].value(parsed(text_a)), words[1].value(parsed(text_b))
    if status >= 400:
        x, y = ((shapes.texts(v, digits=True) or [''])[0] if v is not None else '' for v in (mine, theirs))
        if x != y:
            return out + [('text', '', x, y)]
        if isinstance(mine, dict) and '_text' in mine:
            return out
        return out + [d for d in differences(mine, theirs) if not re.search(r'\.(message|detail|faultstring)$', d[1])]
    if re.search(r'/auth/tokens|/auth/catalog', step['path']):
        for v in (mine, theirs):
            (v.get('token', v) if isinstance(v, dict) else {}).pop('catalog', None)
    mine, theirs, order = without_seeds(mine, theirs, tainted, step)
    return out + order + list(differences(mine, theirs))


def names_in(*values):
    """The names that a request mentions."""
    return {m.split('.')[0] for m in NAME.findall(json.dumps(values))}


def judge(steps, mine, real):
    """For each step its differences, or in a word why it is not compared."""
    words, tainted, out, apart = (Words(mine, steps), Words(real, steps)), set(), [], False
    until = real.get('stuck')           # from here on the real service had not come to rest
    for step, a, b in list(zip(steps, mine['answers'], real['answers']))[:until]:
        about, made = names_in(step['path'], step['query'], step['body']), {step['bind']} if step.get('bind') else set()
        busy = re.search('No valid host was found|Exceeded maximum number of retries', b[2] or '') and '"ACTIVE"' in a[2]        # a server that the real cloud was too busy to build
        if about & tainted:
            found = FOLLOWS
            tainted |= made
        elif not 0 < b[0] < 500 or busy:
            found = BROKEN
            tainted |= about - {'own', 'project', 'member'} if busy else set()
        else:
            found = answer_differences(step, a, b, words, tainted)
        counts = AGGREGATE.search(step['path']) or step['path'].count('/') < 4 and step['method'] == 'GET'
        if apart and found and found[0][0] in ('members', 'value', 'order') and counts:
            found = FOLLOWS
        out.append(found)
        if step['method'] not in ('GET', 'HEAD') and (200 <= a[0] < 300) != (200 <= b[0] < 300) and not about & tainted:
            apart = True
            changed = names_in(step['path']) if not made or 'interface' in step['bind'] else set()
            tainted |= made | (changed - {'own', 'project', 'p', 'member'})
    return out
