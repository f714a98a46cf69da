//! Validation of DNS names and domains (neutron_lib/api/validators/dns.py).

use super::ports::ipam;
use super::record::Record;
use crate::clouds::openstack::python::str;
use serde_json::{Value, json};

const MAX_LENGTH: usize = 255;
const MAX_LABEL: usize = 63;

/// Why the value is not a domain, which ends with a dot.
pub fn domain(value: &Value) -> Option<String> {
    let Some(text) = value.as_str() else { return Some(format!("'{}' is not a valid string", str(value))) };
    if text.is_empty() {
        return None;
    }
    let trimmed = text.strip_suffix('.');
    let fits = text.len() <= MAX_LENGTH
        && trimmed.is_some_and(|name| name.split('.').all(|label| reason_against_label(label).is_none()));
    (!fits).then(|| format!("'{text}' is not a FQDN"))
}

/// Why the value is not a host name, with or without a domain.
pub fn name(value: &Value) -> Option<String> {
    let Some(text) = value.as_str() else { return Some(format!("'{}' is not a valid string", str(value))) };
    if text.is_empty() {
        return None;
    }
    let why = if text.len() > MAX_LENGTH {
        Some(format!("'{text}' exceeds the {MAX_LENGTH} character FQDN limit"))
    } else {
        let name = text.strip_suffix('.').unwrap_or(text);
        let labels: Vec<_> = name.split('.').collect();
        let numeric_end =
            labels.len() > 1 && labels.last().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
        labels.iter().find_map(|label| reason_against_label(label)).or_else(|| {
            numeric_end.then(|| format!("TLD '{}' must not be all numeric", labels.last().copied().unwrap_or_default()))
        })
    };
    why.map(|why| format!("'{text}' not a valid PQDN or FQDN. Reason: {why}"))
}

fn reason_against_label(label: &str) -> Option<String> {
    if label.is_empty() {
        return Some("Encountered an empty component".into());
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Some(format!("Name '{label}' must not start or end with a hyphen"));
    }
    let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (!plain || label.len() > MAX_LABEL).then(|| {
        format!("Name '{label}' must be 1-63 characters long, each of which can only be alphanumeric or a hyphen")
    })
}

/// The domain of this cloud (`dns_domain`).
pub const DOMAIN: &str = "openstackgate.local.";

/// The value of `dns_assignment` of a port. Without a `dns_name`, names are made from the addresses.
pub fn assignments(port: &Record) -> Value {
    let one = |fixed: ipam::FixedIp| {
        let by_address = format!("host-{}", fixed.ip.replace(['.', ':'], "-"));
        let name = Some(port.text("dns_name")).filter(|name| !name.is_empty()).map_or(by_address, ToOwned::to_owned);
        let fqdn = if name.ends_with('.') { name.clone() } else { format!("{name}.{DOMAIN}") };
        json!({"ip_address": fixed.ip, "hostname": name, "fqdn": fqdn})
    };
    ipam::fixed_ips(port).map(one).collect()
}
