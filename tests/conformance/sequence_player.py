"""Plays recorded sequences of requests on a nephos and keeps its answers.

A step names what earlier steps made as <<name>>, <<name.field>>: ids differ from cloud to cloud. Beside them there are <<p>> and <<P>> (the prefix of
all names of this run), <<own>> (the caller's project), <<token>>, <<project>>, <<member>>, <<reader>>, <<image>>, <<public>>, <<role_NAME>>, <<u:anything>> (an
id that does not exist) and <<vni>> (a number). The clock of the nephos stands still; it is advanced after every change, so that everything that
the change began is finished before the next step."""
import http.client
import json
import random
import re
import string
import urllib.parse
import uuid

import operations

PASSWORD = 'nephos'
VERSION_TYPES = {'nova': 'compute', 'cinder': 'volume', 'placement': 'placement'}        # names in the header OpenStack-API-Version
LATEST = {'cinder': '3.71', 'nova': '2.60', 'placement': '1.39'}                        # for removing what a sequence made
JSON_PATCH = 'application/openstack-images-v2.1-json-patch'
DISK = bytes(446) + bytes.fromhex('80202100830a080000080000f8070000') + bytes(48) + b'\x55\xaa' + bytes(65536 - 512)      # a small disk with a partition table
NAME = re.compile(r'<<([\w.:]+)>>')
PASS = {'keystone': '0.4s'}         # how far the clock moves after a change: Keystone's lockouts are short, all others have transitions
PASS_OTHERS = '5s'


def parsed(text):
    """A body's JSON, or its text as {'_text': …}, or None."""
    try:
        return json.loads(text)
    except ValueError:
        return {'_text': text} if text else None


def dig(value, path):
    """What is at a path such as limits.0.id, or None."""
    for part in path.split('.') if path not in ('', '-') else ():
        if isinstance(value, list):
            value = value[int(part)] if part.isdigit() and int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def kind_of(name):
    """volume2 -> volume: names of things end in a number."""
    return re.sub(r'\d+$', '', name)


class Cloud:
    """A nephos, and what is in it before anything is asked."""
    def __init__(self, offset, control):
        self.offset, self.control, self.known = offset, control, {}
        admin = self.login('admin')
        self.login('demo')
        get = lambda service, path: parsed(self.ask(service, 'GET', path, token=admin)[2])
        self.known.update({'role_' + r['name']: r['id'] for r in get('keystone', '/v3/roles')['roles']})
        self.known['public'] = next(n['id'] for n in get('neutron', '/v2.0/networks?router:external=true')['networks'])
        image = {'name': 'differ-base', 'disk_format': 'raw', 'container_format': 'bare', 'visibility': 'public'}
        self.known['image'] = parsed(self.ask('glance', 'POST', '/v2/images', image, admin)[2])['id']
        self.ask('glance', 'PUT', '/v2/images/%s/file' % self.known['image'], token=admin, raw=DISK, headers={'Content-Type': 'application/octet-stream'})

    def ask(self, service, method, path, body=None, token=None, headers=None, raw=None):
        """Status (0: no answer), headers and text of the answer."""
        sent = {'Accept': 'application/json', **({'X-Auth-Token': token} if token else {}), **(headers or {})}
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        if data is not None:
            sent.setdefault('Content-Type', 'application/json')
        connection = http.client.HTTPConnection('127.0.0.1', operations.PORTS[service] + self.offset, timeout=60)
        try:
            connection.request(method, urllib.parse.quote(path, safe="/?&=%:,;@+$!*'()~#[]"), data, {k: v for k, v in sent.items() if v})
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read().decode('utf-8', 'replace')
        except (OSError, http.client.HTTPException) as e:
            return 0, [], repr(e)
        finally:
            connection.close()

    def login(self, user, password=PASSWORD, project=None):
        """A token: for a user and project of the default domain of one name (which is noted), or for a user and a project by their ids."""
        by = (lambda x: {'id': x}) if project else (lambda x: {'name': x, 'domain': {'id': 'default'}})
        identity = {'methods': ['password'], 'password': {'user': {**by(user), 'password': password}}}
        status, headers, text = self.ask('keystone', 'POST', '/v3/auth/tokens', {'auth': {'identity': identity, 'scope': {'project': by(project or user)}}})
        assert status == 201, 'no token for %s: %s %s' % (user, status, text[:200])
        token, value = next(v for k, v in headers if k.lower() == 'x-subject-token'), json.loads(text)['token']
        if not project:
            self.known.update({'token:' + user: token, 'adminproject' if user == 'admin' else user + 'project': value['project']['id'], user: value['user']['id']})
        return token

    def advance(self, service):
        """Lets what a change began come to its end."""
        self.control('PATCH', '/clock', {'advance': PASS.get(service, PASS_OTHERS)})


class Player:
    """One sequence on a cloud, in a project of its own."""
    def __init__(self, cloud, steps, seed):
        self.cloud, self.steps, self.made, self.answers = cloud, steps, {}, []
        self.random = random.Random(seed)
        self.prefix = 'dfr' + ''.join(self.random.choices(string.ascii_lowercase, k=5))
        for user in ('admin', 'demo'):
            cloud.login(user)
        self.known = dict(cloud.known)

    def play(self):
        """{answers, prefix, names}: names: which thing has each id."""
        self.begin()
        try:
            for step in self.steps:
                self.step(step)
        finally:
            self.clean()
        names = {str(v): k for k, v in self.known.items() if not k.startswith('token:') and len(str(v)) > 6}
        names.update({str(v['id']): n for n, v in reversed(self.made.items())})
        return {'answers': self.answers, 'prefix': self.prefix, 'names': names}

    def admin(self, service, method, path, body=None, version=None):
        return self.cloud.ask(service, method, self.fill(path, 'admin'), body, self.known['token:admin'], self.versions(service, version))

    @staticmethod
    def versions(service, version):
        return {'OpenStack-API-Version': '%s %s' % (VERSION_TYPES[service], version)} if version and service in VERSION_TYPES else {}

    def begin(self):
        """The project, its users and their tokens."""
        known = self.known
        new = lambda key, **body: parsed(self.admin('keystone', 'POST', '/v3/%ss' % key, {key: {'domain_id': 'default', **body}})[2])[key]['id']
        known['project'] = new('project', name=self.prefix)
        for who in ('member', 'reader'):
            known[who] = new('user', name=self.prefix + who, password='Secret-1')
        for who in ('member', 'reader', 'admin'):
            self.admin('keystone', 'PUT', '/v3/projects/%s/users/%s/roles/%s' % (known['project'], known[who], known['role_' + who]))
            known['token:' + who] = self.cloud.login(known[who], PASSWORD if who == 'admin' else 'Secret-1', known['project'])

    def id_of(self, name, who, service=''):
        """What <<name>> is on this cloud; for what was never made an id that does not exist."""
        head, _, rest = name.partition('.')
        fixed = {'p': self.prefix, 'P': self.prefix.upper(), 'own': self.known['demoproject' if who == 'demo' else 'project'], 'token': self.known.get('token:' + who, 'none')}
        if head in fixed:
            return fixed[head]
        if head == 'vni' or head.startswith('u:'):
            return self.known.setdefault(head, self.random.randrange(1000000, 9999999) if head == 'vni' else str(uuid.UUID(int=self.random.getrandbits(128), version=4)))
        value = self.made.get(head, self.known.get(head))
        if isinstance(value, dict):
            value = dig(value['thing'], rest) if rest else value['id']
        if not isinstance(value, (str, int)):
            value = uuid.uuid5(uuid.NAMESPACE_URL, name)
            value = value.hex if service == 'keystone' else str(value)
        return value

    def fill(self, value, who, service=''):
        """A step's words in those of this cloud."""
        if isinstance(value, dict):
            return {self.fill(k, who, service): self.fill(v, who, service) for k, v in value.items()}
        if isinstance(value, list):
            return [self.fill(v, who, service) for v in value]
        if not isinstance(value, str):
            return value
        whole = NAME.fullmatch(value)
        return self.id_of(whole[1], who, service) if whole else NAME.sub(lambda m: str(self.id_of(m[1], who, service)), value)

    def headers(self, step):
        raw, found = step.get('raw'), self.versions(step['service'], step['version'])
        if raw == '<<data>>':
            found['Content-Type'] = 'application/octet-stream'
        found.update({header: step[key] for key, header in (('type', 'Content-Type'), ('accept', 'Accept')) if key in step})
        if step['path'] == '/v3/auth/tokens' and step['method'] in ('GET', 'HEAD'):
            found['X-Subject-Token'] = self.known['token:member']
        return found

    def step(self, s):
        """Sends a step, keeps its answer, and remembers what it made."""
        who, service, raw = s['who'], s['service'], s.get('raw')
        raw = DISK[:4096] if raw == '<<data>>' else raw.encode('latin-1') if raw is not None else None
        path = self.fill(s['path'], who, service) + ('?' + self.fill(s['query'], who, service) if s['query'] else '')
        token = None if who == 'nobody' else 'gAAAAAnonsense' if who == 'bad' else self.known['token:' + who]
        body = self.fill(s['body'], who, service) if s['body'] is not None and s['method'] != 'HEAD' else None
        status, headers, text = self.cloud.ask(service, s['method'], path, body, token, self.headers(s), raw)
        self.answers.append([status, [[k, v if k.lower() != 'x-subject-token' else 'TOKEN'] for k, v in headers], text])
        if s.get('bind') and 200 <= status < 300 and s['method'] != 'DELETE':
            self.remember(s, text)
        if s['method'] not in ('GET', 'HEAD') and 200 <= status < 300:
            self.cloud.advance(service)

    def remember(self, s, text):
        """Keeps what a step made under its name."""
        value = parsed(text)
        ident = self.fill(s['preset'], s['who']) if s.get('preset') else dig(value, s['pick'])
        if ident is None or isinstance(ident, (dict, list)):
            return
        thing = dig(value, s['pick'].rpartition('.')[0])
        at = self.fill(s['path'], s['who'], s['service']).split('?')[0]
        if s.get('again') and s['bind'] in self.made:
            where = self.made[s['bind']]['where']
        elif s.get('preset'):
            where = at
        elif 'add_router_interface' in at:
            where = '/v2.0/ports/%s' % ident
        else:
            where = '%s/%s' % (at, ident)
        self.made[s['bind']] = {'id': ident, 'thing': thing if isinstance(thing, dict) else {}, 'where': where, 'service': s['service'], 'found': s['method'] == 'GET' and not s.get('again')}

    def clean(self):
        """Removes what was made, newest first; what cannot be removed at once a second time."""
        left = [(n, t) for n, t in reversed(self.made.items()) if t['where'].split('/')[-1] and not t['found']]
        for again in (False, True, True):
            left = [(n, t) for n, t in left if not self.remove(n, t, again)]
            self.cloud.advance('')
        for group in (parsed(self.admin('neutron', 'GET', '/v2.0/security-groups?project_id=' + self.known['project'])[2]) or {}).get('security_groups', ()):
            self.admin('neutron', 'DELETE', '/v2.0/security-groups/' + group['id'])
        if any('auto-allocated' in s['path'] for s in self.steps):
            self.admin('neutron', 'DELETE', '/v2.0/auto-allocated-topology/' + self.known['project'])
        for kind, name in (('users', 'member'), ('users', 'reader'), ('projects', 'project')):
            self.admin('keystone', 'DELETE', '/v3/%s/%s' % (kind, self.known[name]))

    def remove(self, name, t, again):
        """Removes a thing; false if that is refused."""
        if kind_of(name) == 'domain':
            self.admin('keystone', 'PATCH', t['where'], {'domain': {'enabled': False}})
        if kind_of(name) == 'interface' and len(t['thing']) > 2:
            self.admin('neutron', 'PUT', '/v2.0/routers/%s/remove_router_interface' % t['thing'].get('id'), {'port_id': t['id']})
            return True
        if again and t['service'] == 'cinder':
            status = {'status': 'error', **({'attach_status': 'detached'} if '/volumes/' in t['where'] else {})}
            self.admin('cinder', 'POST', t['where'] + '/action', {'os-reset_status': status}, '3.0')
        if again and '/images/' in t['where']:
            self.cloud.ask('glance', 'PATCH', t['where'], [{'op': 'replace', 'path': '/protected', 'value': False}], self.known['token:admin'], {'Content-Type': JSON_PATCH})
        for host in ('compute1', 'compute2') if '/os-aggregates/' in t['where'] else ():
            self.admin('nova', 'POST', t['where'] + '/action', {'remove_host': {'host': host}})
        return self.admin(t['service'], 'DELETE', t['where'], version=LATEST.get(t['service']))[0] not in (400, 403, 409)
