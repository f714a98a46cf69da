//! Where volumes are kept: the backends of the cloud. Each is a `cinder-volume` service with one pool
//! that has the backend's own name: `cinder@lvmdriver-1#lvmdriver-1`.

use super::services::{self, Service};
use crate::clouds::openstack::OpenStack;
use crate::engine::Id;
use serde_json::{Map, Value};

/// The machine on which Cinder's services run.
pub const HOST: &str = "cinder";

/// The value of `volume_backend_name` of each backend; the first is where volumes go that don't mind.
pub const NAMES: &[&str] = &["lvmdriver-1", "lvmdriver-2"];

/// `cinder@lvmdriver-1`: the host of the backend's service.
pub fn service_host(name: &str) -> Id {
    format!("{HOST}@{name}").into()
}

/// `cinder@lvmdriver-1#lvmdriver-1`: the host of volumes on the backend.
pub fn volume_host(name: &str) -> Id {
    format!("{HOST}@{name}#{name}").into()
}

/// The part of a host that names a backend's service (`extract_host` in cinder/volume/volume_utils.py).
pub fn without_pool(host: &str) -> &str {
    host.split('#').next().unwrap_or(host)
}

/// The id of the service that keeps volumes on `host`.
pub fn service_uuid(host: &str) -> Option<&'static str> {
    SERVICES.iter().find(|(name, _)| without_pool(host) == &*service_host(name)).map(|(_, uuid)| *uuid)
}

/// The ids of the backends' services.
const SERVICES: &[(&str, &str)] =
    &[("lvmdriver-1", "5c1f8a4e-0d3e-4b63-8f0c-5d1b7f6a2e11"), ("lvmdriver-2", "5c1f8a4e-0d3e-4b63-8f0c-5d1b7f6a2e12")];

/// The service that keeps volumes on `host`: a service's own host, or that of a pool.
pub fn service<'o>(os: &'o OpenStack, host: &str) -> Option<&'o Service> {
    os.cinder.services.get(&format!("{} {}", services::VOLUME, without_pool(host)))
}

/// True if volumes can be on `host`: it names a pool.
pub fn has_pool(host: &str) -> bool {
    NAMES.iter().any(|name| host == &*volume_host(name))
}

/// The name of no backend.
pub const NONE: &str = "";

pub const PROTOCOL: &str = "iSCSI";
pub const VENDOR: &str = "Open Source";

/// True if no backend offers what the extra specs of a type ask for (the scheduler's capabilities filter).
pub fn refuse(extra_specs: &Map<String, Value>) -> bool {
    let differs = |name: &str, offered: &str| {
        let asked = extra_specs.get(name).or_else(|| extra_specs.get(&format!("capabilities:{name}")));
        asked.and_then(Value::as_str).is_some_and(|asked| asked != offered)
    };
    differs("storage_protocol", PROTOCOL) || differs("vendor_name", VENDOR)
}
