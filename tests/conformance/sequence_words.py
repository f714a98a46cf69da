"""Puts the answers of a cloud into words that any cloud has: ids by the names of the things, times by their form, drawn values by their kind."""
import json
import re

import shapes

SECRET = set('adminPass secret password auth_key access private_key fingerprint encryption_key_id token audit_ids reservation_id OS-EXT-SRV-ATTR:reservation_id OS-EXT-SRV-ATTR:instance_name backup_url'.split())
HOST = set('host hostId OS-EXT-SRV-ATTR:host OS-EXT-SRV-ATTR:hypervisor_hostname hypervisor_hostname binding:host_id os-vol-host-attr:host service_host dest_compute source_compute dest_host dest_node source_node compute'
           ' os_glance_stage_host host_name'.split())
ADDRESS = set('ip_address internal_ip_address addr floating_ip_address fixed_ip_address local_ip_address mac_address OS-EXT-IPS-MAC:mac_addr mac_addr external_ip fixed_ip address nexthop'.split())
LOAD = re.compile(r'free_|_free|total_capacity|allocated_capacity|provisioned_capacity|memory_mb|local_gb|disk_available|running_vms|current_workload|uptime|host_time|cpu_info|total_memory|total_hours|total_local|total_vcpus|hours|heartbeat'
                  r'|segmentation_id|progress|random|start_time|stop_time|usage_audit|used_ips|total_ips|hits|last_accessed|capabilities|^counter')
DRAWN = (({'url', 'direct_url'}, 'file:'), ({'hostname', 'fqdn'}, r'host-\d+-'), ({'container'}, '[0-9a-f]{2}/[0-9a-f]{2}/'), ({'output'}, r'\[ '), ({'device_path', 'provider_location'}, ''), ({'details'}, 'Traceback'), (SECRET, ''))
ID = re.compile(r'(?<![0-9a-fA-F-])(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32})(?![0-9a-fA-F-])')
TIME = re.compile(r'\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?')
OTHERS = re.compile('(?i)dfr[a-z]{5}')       # what another sequence made


class Words:
    """The words of one run: «name» is what the sequence knows by that name, ~ and ^ are its prefix."""
    def __init__(self, run, steps):
        self.names, self.prefix = run['names'], run['prefix']
        self.sent = json.dumps([[s['path'], s['body']] for s in steps])

    def id(self, match):
        name = self.names.get(match[0])
        return '«%s»' % name if name else match[0] if match[0] in self.sent else '<id>'

    def text(self, s):
        """A text without what is drawn anew in every run."""
        s = re.sub(r'https?://(?:127\.0\.0\.1|localhost)(?::\d+)?', '<base>', re.sub(r'[\w-]+@(lvmdriver-\d)(?:#[\w-]+)?', r'<host>@\1', s))
        s = ID.sub(self.id, s)
        for k, n in self.names.items():
            if len(k) > 6 and not re.fullmatch('[0-9a-f-]{32,36}', k) and k in s:
                s = s.replace(k, '«%s»' % n)
        s = s.replace(self.prefix, '~').replace(self.prefix.upper(), '^')
        s = re.sub(r'-\d{12,}|(?<=ggregate )\d+|(?<=igration )\d+', '<number>', re.sub(r'req-[0-9a-f]{8}-[0-9a-f-]{27}', '<req>', s))
        return TIME.sub(lambda m: m[0] if m[0] in self.sent else '<%s>' % shapes.form(m[0]), s)

    def value(self, v, key=''):
        """A JSON value in common words; `key` is the name of the field."""
        if isinstance(v, dict):
            return {self.text(k): self.value(x, k) for k, x in v.items() if not OTHERS.search(self.text(k))}
        if isinstance(v, list):
            return [self.value(x, key) for x in v if not (isinstance(x, str) and OTHERS.search(self.text(x)))]
        if v is None or v == '':
            return v
        sent = '"%s"' % v in self.sent
        if key in HOST or (key == 'name' and re.match(r'oracle@|cinder@|compute\d', str(v))):
            return '<host>' if not sent or len(str(v)) > 12 else v
        if LOAD.search(key) and not isinstance(v, bool):
            return '<%s>' % type(v).__name__
        if any(key in keys and re.match(form, str(v)) for keys, form in DRAWN):
            return '<%s>' % key
        if key in ADDRESS and isinstance(v, str) and not sent and re.fullmatch(r'[0-9a-f.:]+', v):
            return '<mac>' if v.count(':') == 5 else '<ip%d>' % (6 if ':' in v else 4)
        if isinstance(v, int) and not isinstance(v, bool) and (key == 'id' or key.endswith('_id') or len(str(v)) > 6):
            return '«%s»' % self.names[str(v)] if str(v) in self.names else '<number>' if key.endswith('id') else v
        return self.text(v) if isinstance(v, str) else v
