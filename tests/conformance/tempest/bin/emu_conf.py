#!/usr/bin/env python3
"""Discover (and with --seed create) what tempest needs in the emulator, then
render tempest.conf.  stdlib only.

exit: 0 ok / 2 usage / 3 keystone unreachable / 4 auth refused / 5 required seed missing
"""
import argparse, json, os, re, socket, sys, time, urllib.error, urllib.parse, urllib.request

E = os.environ.get
ap = argparse.ArgumentParser()
ap.add_argument('--tmpl', required=True); ap.add_argument('--out', required=True)
ap.add_argument('--ws', required=True); ap.add_argument('--seed', action='store_true')
ap.add_argument('--force', action='store_true', help='render even if required seeds are missing')
ap.add_argument('--json', help='write discovery result here')
a = ap.parse_args()

HOST = E('EMU_HOST', '127.0.0.1')
PORT = {'identity': E('EMU_KEYSTONE_PORT', '5000'), 'compute': E('EMU_NOVA_PORT', '8774'),
        'volume': E('EMU_CINDER_PORT', '8776'), 'network': E('EMU_NEUTRON_PORT', '9696'),
        'image': E('EMU_GLANCE_PORT', '9292'), 'object-store': E('EMU_SWIFT_PORT', '8080'),
        'load-balancer': E('EMU_OCTAVIA_PORT', '9876'), 'placement': E('EMU_PLACEMENT_PORT', '8778')}
KS = E('EMU_KEYSTONE_URL', f'http://{HOST}:{PORT["identity"]}/v3').rstrip('/')
ASSUME = E('EMU_ASSUME', '').split(',')       # services to enable although the catalog does not have them, for tests that only declare that they need them
USER, PW, PROJ = E('EMU_USER', 'admin'), E('EMU_PASSWORD', 'password'), E('EMU_PROJECT', 'admin')
DOM, REGION = 'Default', E('EMU_REGION', 'RegionOne')
TOKEN = None
warns, fatal = [], []
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

def say(*x): print(*x, file=sys.stderr)
def warn(m): warns.append(m); say('  WARN', m)
def bad(m): fatal.append(m); say('  MISSING', m)

def http(method, url, body=None, headers=None, timeout=15, raw=None):
    h = {'Accept': 'application/json'}
    if TOKEN: h['X-Auth-Token'] = TOKEN
    data = None
    if body is not None: data = json.dumps(body).encode(); h['Content-Type'] = 'application/json'
    if raw is not None: data = raw; h['Content-Type'] = 'application/octet-stream'
    h.update(headers or {})
    req = urllib.request.Request(url, data=data, method=method, headers=h)
    try:
        with opener.open(req, timeout=timeout) as r: st, hd, b = r.status, r.headers, r.read()
    except urllib.error.HTTPError as e: st, hd, b = e.code, e.headers, e.read()
    except Exception as e: return 0, {}, {'_error': str(e)}
    try: j = json.loads(b) if b else {}
    except ValueError: j = {'_raw': b[:200].decode('latin1')}
    return st, hd, j

# ---- keystone
st, _, j = http('GET', KS)
if st == 0: say(f'FATAL keystone {KS} unreachable: {j.get("_error")}'); sys.exit(3)
st, hd, j = http('POST', KS + '/auth/tokens', {'auth': {
    'identity': {'methods': ['password'], 'password': {'user': {'name': USER, 'password': PW, 'domain': {'name': DOM}}}},
    'scope': {'project': {'name': PROJ, 'domain': {'name': DOM}}}}})
if st != 201 or not hd.get('X-Subject-Token'):
    say(f'FATAL auth as {USER}/{PROJ}@{DOM} -> HTTP {st} {json.dumps(j)[:300]}'); sys.exit(4)
TOKEN = hd['X-Subject-Token']; tok = j['token']
ADMIN_PROJECT_ID = tok['project']['id']
if 'admin' not in [r['name'].lower() for r in tok.get('roles', [])]: warn('token has no admin role')
catalog = {}
for s in tok.get('catalog', []):
    eps = [e for e in s.get('endpoints', []) if e.get('interface') == 'public']
    eps = [e for e in eps if e.get('region') == REGION or e.get('region_id') == REGION] or eps
    if eps: catalog[s['type']] = eps[0]['url'].rstrip('/')
    if not s.get('name'): warn(f'catalog service {s["type"]} has no "name"')
say('catalog:', {k: v for k, v in sorted(catalog.items())})
if not catalog: bad('token has no service catalog')

def ep(*types):
    for t in types:
        if t in catalog: return catalog[t]
    return None
def unver(u): return re.sub(r'/v\d+(\.\d+)?(/.*)?$', '', u) if u else u
nova, glance, neutron = ep('compute'), ep('image'), ep('network')
cinder = ep('block-storage', 'volumev3', 'volume'); swift, lb = ep('object-store'), ep('load-balancer')
vtype = next((t for t in ('block-storage', 'volumev3', 'volume') if t in catalog), 'block-storage')
for t, u, p in (('compute', nova, 'compute'), ('image', glance, 'image'), ('network', neutron, 'network'),
                ('volume', cinder, 'volume'), ('object-store', swift, 'object-store'), ('load-balancer', lb, 'load-balancer')):
    if not u: warn(f'no {t} endpoint in catalog -> its tests are turned off'); continue
    if urllib.parse.urlparse(u).port != int(PORT[p]): warn(f'{t} endpoint {u} is not on port {PORT[p]}')
if neutron and re.search(r'/v2\.0$', neutron): warn('network endpoint must be UNVERSIONED (tempest appends v2.0/): ' + neutron)
if glance and re.search(r'/v2$', glance): warn('image endpoint must be UNVERSIONED (tempest appends v2/): ' + glance)
if lb and re.search(r'/v2(\.0)?$', lb): warn('load-balancer endpoint must be UNVERSIONED: ' + lb)
if nova and not re.search(r'/v2\.1', nova): warn('compute endpoint should end in /v2.1: ' + nova)
if cinder and not re.search(r'/v3', cinder): warn('volume endpoint should end in /v3[/project]: ' + cinder)
if 'placement' not in catalog: warn('no placement in catalog: 21 scenario.test_network_qos_placement tests will fail')

# ---- identity: roles and domain
st, _, j = http('GET', KS + '/domains?name=' + DOM)
dom = (j.get('domains') or [{}])[0].get('id')
if not dom: bad('GET /v3/domains?name=Default returned nothing (every dynamic credential fails)')
st, _, j = http('GET', KS + '/roles'); roles = {r['name'].lower(): r['name'] for r in j.get('roles', [])}
def need_role(n, required=False):
    if n.lower() in roles: return True
    if a.seed:
        s, _, jj = http('POST', KS + '/roles', {'role': {'name': n}})
        if s == 201: roles[n.lower()] = n; say(f'  seeded role {n}'); return True
    (bad if required else warn)(f'role "{n}" missing'); return False
for n in ('admin', 'member', 'reader'): need_role(n, True)
for n in ('manager', 'service', 'ResellerAdmin', 'swiftoperator', 'creator', 'load-balancer_member', 'load-balancer_admin',
          'load-balancer_observer', 'load-balancer_global_observer'): need_role(n)
op_role = E('EMU_SWIFT_OPERATOR_ROLE') or roles.get('swiftoperator') or 'member'

# ---- fixtures (images)
os.makedirs(os.path.join(a.ws, 'fixtures'), exist_ok=True)
raw = os.path.join(a.ws, 'fixtures', 'cirros.img'); q = os.path.join(a.ws, 'fixtures', 'cirros.qcow2')
if not os.path.exists(raw):
    b = bytearray(1 << 20)                       # 1 MiB "disk" with an MBR signature
    b[0:3] = b'\xeb\x63\x90'; b[446:462] = bytes.fromhex('80202100830a080000080000f8070000'); b[510:512] = b'\x55\xaa'
    open(raw, 'wb').write(b)
if not os.path.exists(q):                         # minimal but valid qcow2 v2, 1 MiB virtual size, no clusters
    import struct
    h = struct.pack('>4sIQIIQIIQQIIQ', b'QFI\xfb', 2, 0, 0, 16, 1 << 20, 0, 1, 0x30000, 0x10000, 1, 0, 0)
    img = bytearray(0x40000); img[:len(h)] = h
    img[0x10000:0x10008] = struct.pack('>Q', 0x20000)         # refcount table -> block
    for i in range(4): img[0x20000 + 2*i:0x20002 + 2*i] = b'\x00\x01'
    open(q, 'wb').write(img)

# ---- glance
def gl(p): return unver(glance) + '/v2' + p
img1 = img2 = ''
if glance:
    def active():
        s, _, jj = http('GET', gl('/images?limit=100&sort=created_at:asc'))
        x = [i for i in jj.get('images', []) if i.get('status') == 'active' and i.get('visibility') in ('public', 'community', None)]
        return sorted(x, key=lambda i: (0 if 'cirros' in i.get('name', '').lower() else 1, i.get('size') or 0))
    imgs = active()
    k = 0
    while a.seed and len(imgs) < 2 and k < 2:
        k += 1
        s, _, jj = http('POST', gl('/images'), {'name': f'cirros-emu-{len(imgs)+1}', 'disk_format': 'raw', 'container_format': 'bare',
                                               'visibility': 'public', 'min_disk': 0, 'min_ram': 0})
        if s == 201:
            http('PUT', gl(f'/images/{jj["id"]}/file'), raw=open(raw, 'rb').read())
            say('  seeded image', jj['id'])
        imgs = active()
    if not imgs: bad('no active public image in glance')
    elif len(imgs) == 1: warn('only one public image: image_ref_alt = image_ref (rebuild tests lose meaning)')
    if imgs: img1 = imgs[0]['id']; img2 = imgs[1]['id'] if len(imgs) > 1 else img1

# ---- nova
fl1 = fl2 = ''; ncomp = 0; nova_max = None
if nova:
    def flavs():
        s, _, jj = http('GET', nova + '/flavors/detail')
        f = [x for x in jj.get('flavors', []) if x.get('os-flavor-access:is_public', True)]
        return sorted(f, key=lambda x: (x['ram'], x['vcpus'], x['disk']))
    f = flavs()
    if a.seed and len(f) < 2:
        for i, (n, r, v, d) in enumerate((('m1.nano', 192, 1, 1), ('m1.micro', 256, 1, 1))):
            if n not in [x['name'] for x in f]:
                http('POST', nova + '/flavors', {'flavor': {'name': n, 'ram': r, 'vcpus': v, 'disk': d, 'id': str(42 + 42*i)}}); say('  seeded flavor', n)
        f = flavs()
    f = [x for x in f if x['disk'] > 0] or f
    pick = E('EMU_FLAVOR_REF')
    if pick: fl1 = pick; fl2 = E('EMU_FLAVOR_REF_ALT', pick)
    elif f:
        fl1 = str(f[0]['id'])
        alt = [x for x in f[1:] if x['ram'] >= f[0]['ram'] and x['disk'] >= f[0]['disk'] and x['vcpus'] >= f[0]['vcpus']]
        if alt: fl2 = str(alt[0]['id'])
        else: fl2 = fl1; bad('need two flavors, the second >= the first in ram/disk/vcpus')
    else: bad('no public flavor in nova')
    s, _, jj = http('GET', nova + '/os-services?binary=nova-compute')
    up = [x for x in jj.get('services', []) if x.get('state') == 'up' and x.get('status') == 'enabled']
    ncomp = len(up)
    if ncomp < 2: warn(f'{ncomp} nova-compute service(s) up; live migration/aggregate tests want >= 2')
    s, _, jj = http('GET', nova + '/os-hypervisors/detail')
    if s != 200 or len(jj.get('hypervisors', [])) < 2: warn(f'os-hypervisors/detail -> HTTP {s}, {len(jj.get("hypervisors", []))} hypervisors')
    s, _, jj = http('GET', unver(nova) + '/v2.1/')
    nova_max = (jj.get('version') or {}).get('version')
    if not nova_max: warn('GET /v2.1/ gives no version.version (max microversion)')
    s, _, jj = http('GET', nova + '/os-availability-zone/detail')
    if s != 200: warn(f'os-availability-zone/detail -> HTTP {s}')

# ---- neutron
ext_id = ext_name = ''; exts = []
if neutron:
    n2 = unver(neutron) + '/v2.0'
    def extnets(): return http('GET', n2 + '/networks?router:external=True')[2].get('networks', [])
    nets = extnets()
    if a.seed and not nets:
        s, _, jj = http('POST', n2 + '/networks', {'network': {'name': 'public', 'router:external': True, 'shared': False,
              'provider:network_type': 'flat', 'provider:physical_network': 'public'}})
        if s == 201:
            nid = jj['network']['id']
            http('POST', n2 + '/subnets', {'subnet': {'network_id': nid, 'name': 'public-subnet', 'cidr': '172.24.4.0/24', 'ip_version': 4,
                 'gateway_ip': '172.24.4.1', 'enable_dhcp': False, 'allocation_pools': [{'start': '172.24.4.2', 'end': '172.24.4.254'}]}})
            http('POST', n2 + '/subnets', {'subnet': {'network_id': nid, 'name': 'ipv6-public-subnet', 'cidr': '2001:db8:ffff::/64', 'ip_version': 6,
                 'gateway_ip': '2001:db8:ffff::2', 'enable_dhcp': False}})
            say('  seeded external network', nid)
        nets = extnets()
    nets = sorted(nets, key=lambda n: 0 if n.get('name') == 'public' else 1)
    if not nets: bad('no router:external network (floating IP / router gateway tests, every isolated router)')
    else:
        ext_id, ext_name = nets[0]['id'], nets[0]['name']
        subs = nets[0].get('subnets') or []
        if not subs: bad('external network has no subnet')
        elif len(subs) < 2: warn('external network has no IPv6 subnet (tests of dual-stack gateways)')
    pools4 = http('GET', n2 + '/subnetpools?is_default=True')[2].get('subnetpools', [])
    if a.seed and not pools4:
        for nm, px, dl, mn in (('shared-default-subnetpool-v4', '10.0.0.0/22', 26, 8), ('shared-default-subnetpool-v6', 'fdc0:ffee::/56', 64, 64)):
            s, _, jj = http('POST', n2 + '/subnetpools', {'subnetpool': {'name': nm, 'prefixes': [px], 'default_prefixlen': dl,
                            'min_prefixlen': mn, 'shared': True, 'is_default': True}})
            if s == 201: say('  seeded subnetpool', nm); pools4.append(jj)
    if not pools4: warn('no default subnetpool: 3 auto-allocated-topology tests skip')
    rt = [x.get('type') for x in http('GET', n2 + '/qos/rule-types')[2].get('rule_types', [])]
    if not {'bandwidth_limit', 'dscp_marking', 'minimum_bandwidth', 'minimum_packet_rate', 'packet_rate_limit'} <= set(rt):
        warn(f'GET /v2.0/qos/rule-types lists {rt}: 40+ QoS tests skip')
    exts = [e['alias'] for e in http('GET', n2 + '/extensions')[2].get('extensions', [])]
    if not exts: warn('GET /v2.0/extensions is empty')
    ag = http('GET', n2 + '/agents')[2].get('agents', [])
    at = {x.get('agent_type') for x in ag if x.get('alive')}
    if not {'DHCP agent', 'L3 agent'} <= at: warn(f'neutron agents alive: {sorted(x for x in at if x)}; wanted a "DHCP agent" and an "L3 agent" (each with availability_zone) plus an L2 agent')

# ---- cinder
vt, vtm, backends, proto = '', '', [], 'iSCSI'
if cinder:
    base = cinder if re.search(r'/v3/[0-9a-f-]+$', cinder) else cinder
    def ctypes(): return http('GET', base + '/types?is_public=None')[2].get('volume_types', [])
    ty = ctypes()
    want = [('lvmdriver-1', {'volume_backend_name': 'lvmdriver-1'}), ('lvmdriver-2', {'volume_backend_name': 'lvmdriver-2'}),
            ('multiattach', {'multiattach': '<is> True'})]
    if a.seed:
        have = [t['name'] for t in ty]
        for n, sp in want:
            if n not in have and not (n == 'multiattach' and any('True' in str((t.get('extra_specs') or {}).get('multiattach')) for t in ty)):
                s, _, _ = http('POST', base + '/types', {'volume_type': {'name': n, 'extra_specs': sp, 'os-volume-type-access:is_public': True}})
                if s == 200: say('  seeded volume type', n)
        ty = ctypes()
    vtm = next((t['name'] for t in ty if 'True' in str((t.get('extra_specs') or {}).get('multiattach', ''))), '')
    if not vtm: warn('no volume type with extra spec multiattach="<is> True": 9 multiattach tests fail')
    d = http('GET', base + '/types/default')[2].get('volume_type') or {}
    vt = E('EMU_VOLUME_TYPE') or d.get('name') or (ty[0]['name'] if ty else '')
    if not vt: warn('no (default) volume type')
    pools = http('GET', base + '/scheduler-stats/get_pools?detail=True')[2].get('pools', [])
    for p in pools:
        c = p.get('capabilities') or {}
        b = c.get('volume_backend_name') or p.get('name', '').split('@')[-1].split('#')[0]
        if b and b not in backends: backends.append(b)
        proto = c.get('storage_protocol') or proto
        if isinstance(proto, list): proto = proto[0]
        if c.get('vendor_name') not in (None, 'Open Source'): warn('pool vendor_name is not "Open Source"')
    if len(backends) < 2: warn(f'{len(backends)} cinder back ends in get_pools; multi_backend/retype/migration tests want 2')
    s = http('GET', base + '/os-services?binary=cinder-backup')[2].get('services', [])
    if not s: warn('no cinder-backup service listed')

# ---- swift / octavia
if swift:
    s, _, info = http('GET', re.sub(r'/v1(/.*)?$', '', swift) + '/info')
    if s != 200: warn(f'swift /info -> HTTP {s} (discoverability)')
    elif not any(p.get('name') == 'silver' for p in (info.get('swift') or {}).get('policies', [])):
        warn('swift has no storage policy "silver": 1 account-quota test is skipped')
prov = ['octavia', 'amphora']
if lb:
    s, _, jj = http('GET', unver(lb) + '/v2.0/lbaas/providers'); p = [x['name'] for x in jj.get('providers', [])]
    if p: prov = p
    else: warn(f'octavia providers -> HTTP {s}')

b = lambda x: 'true' if x else 'false'
fixp = E('EMU_FIXTURE_PORT', '8999'); fixh = E('EMU_FIXTURE_HOST', '127.0.0.1')
net_ext = 'all' if E('EMU_NET_EXT', 'all') == 'all' or not exts else ','.join(sorted(exts))
V = dict(
 WS=a.ws, ISOLATED_NETWORKS=E('EMU_ISOLATED_NETWORKS', b(bool(neutron))), ADMIN_USER=USER, ADMIN_PASSWORD=PW, ADMIN_PROJECT=PROJ, KEYSTONE_URL=KS, REGION=REGION,
 DEFAULT_DOMAIN_ID=dom or 'default', USE_SYSTEM_TOKEN=E('EMU_SYSTEM_TOKEN', 'false'),
 DOMAIN_SPECIFIC_DRIVERS=E('EMU_DOMAIN_DRIVERS', 'false'), SECURITY_COMPLIANCE=E('EMU_SECURITY_COMPLIANCE', 'true'),
 ENFORCE_SCOPE=E('EMU_ENFORCE_SCOPE', 'false'),
 HAVE_CINDER=b(cinder), HAVE_NEUTRON=b(neutron or 'neutron' in ASSUME), HAVE_GLANCE=b(glance), HAVE_SWIFT=b(swift), HAVE_NOVA=b(nova), HAVE_OCTAVIA=b(lb),
 HTTP_TIMEOUT=E('EMU_HTTP_TIMEOUT', '30'), IMAGE_REF=img1, IMAGE_REF_ALT=img2, FLAVOR_REF=fl1 or '1', FLAVOR_REF_ALT=fl2 or '2',
 BUILD_INTERVAL=E('EMU_BUILD_INTERVAL', '1'), BUILD_TIMEOUT=E('EMU_BUILD_TIMEOUT', '30'), MIN_COMPUTE_NODES=str(max(1, ncomp)),
 COMPUTE_MAX_MV=E('EMU_COMPUTE_MAX_MV', 'latest'), VOLUME_MAX_MV=E('EMU_VOLUME_MAX_MV', 'latest'), PLACEMENT_MAX_MV='latest',
 VNC_CONSOLE=E('EMU_VNC', 'true'), SERIAL_CONSOLE=E('EMU_SERIAL', 'true'), UNIFIED_LIMITS=E('EMU_UNIFIED_LIMITS', 'false'),
 NOVA_POLICY_ROLES=','.join(['admin'] + (['manager'] if 'manager' in roles else []) + ['member', 'reader']),
 VOLUME_CATALOG_TYPE=vtype, VOLUME_TYPE=vt, VOLUME_TYPE_MULTIATTACH=vtm, BACKEND_NAMES=','.join(backends or ['lvmdriver-1', 'lvmdriver-2']),
 STORAGE_PROTOCOL=proto, BACKUP_DRIVER='swift' if swift else 'posix', VOLUME_IMAGE_DEP=E('EMU_VOLUME_IMAGE_DEP', 'true'),
 PUBLIC_NETWORK_ID=ext_id, FLOATING_NETWORK_NAME=ext_name, NETWORK_EXTENSIONS=net_ext,
 PROVIDER_VLANS=E('EMU_PROVIDER_VLANS', 'public'), L3_AGENT_MODE=E('EMU_L3_AGENT_MODE', 'legacy'),
 ALT_IMAGE_LINE='alternate_image_endpoint = image_remote' if 'image_remote' in catalog else '# no image_remote service in the catalog',
 IMAGE_CACHING=E('EMU_IMAGE_CACHING', 'true'), HTTP_IMAGE=E('EMU_HTTP_IMAGE', f'http://{fixh}:{fixp}/cirros.img'),
 HTTP_QCOW2_IMAGE=E('EMU_HTTP_QCOW2', f'http://{fixh}:{fixp}/cirros.qcow2'),
 MANIFEST_LINE=('images_manifest_file = ' + E('EMU_IMAGES_MANIFEST')) if E('EMU_IMAGES_MANIFEST') else '# images_manifest_file unset',
 IMAGE_FORMAT_ENFORCEMENT=E('EMU_IMAGE_FORMAT_ENFORCEMENT', 'false'),
 IMAGE_CONVERSION=E('EMU_IMAGE_CONVERSION', 'false'), SWIFT_OPERATOR_ROLE=op_role, SWIFT_RESELLER_ROLE=roles.get('reselleradmin', 'ResellerAdmin'),
 CONTAINER_SYNC=E('EMU_CONTAINER_SYNC', 'true'), CONTAINER_SYNC_TIMEOUT=E('EMU_CONTAINER_SYNC_TIMEOUT', '30'),
 OCTAVIA_PROVIDER=E('EMU_OCTAVIA_PROVIDER', 'octavia' if 'octavia' in prov else prov[0]),
 OCTAVIA_DRIVERS=E('EMU_OCTAVIA_DRIVERS', 'amphora:The Octavia Amphora driver.,octavia:Deprecated alias of the Octavia Amphora driver.'),
 OCTAVIA_RBAC=E('EMU_OCTAVIA_RBAC', 'keystone_default_roles'), OCTAVIA_NOOP=E('EMU_OCTAVIA_NOOP', 'false'),
 OCTAVIA_TLS=E('EMU_OCTAVIA_TLS', 'true'),
)
t = open(a.tmpl).read()
t = re.sub(r'@([A-Z][A-Z0-9_]*)@', lambda m: V[m.group(1)] if m.group(1) in V else m.group(0), t)
open(a.out, 'w').write(t)
if a.json:
    json.dump(dict(values=V, catalog=catalog, roles=sorted(roles.values()), network_extensions=exts, nova_max=nova_max,
                   warnings=warns, missing=fatal), open(a.json, 'w'), indent=1)
say(f'conf: {a.out}  image={img1 or "-"} alt={img2 or "-"} flavor={fl1 or "-"}/{fl2 or "-"} ext-net={ext_id or "-"} '
    f'computes={ncomp} backends={backends} voltype={vt or "-"} swift-role={op_role} warnings={len(warns)} missing={len(fatal)}')
if fatal and not a.force: sys.exit(5)
