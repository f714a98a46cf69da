//! The backends of the cloud. Each is a `cinder-volume` service with one pool, which has the same name:
//! `cinder@lvmdriver-1#lvmdriver-1`.

use super::services::{self, Service};
use crate::clouds::openstack::OpenStack;
use crate::engine::Id;
use serde_json::{Map, Value};

/// The host name of Cinder's services.
pub const HOST: &str = "cinder";

/// The `volume_backend_name` of each backend. The first one is the default.
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

/// The UUID of the volume service of `host`.
pub fn service_uuid(host: &str) -> Option<&'static str> {
    SERVICES.iter().find(|(name, _)| without_pool(host) == &*service_host(name)).map(|(_, uuid)| *uuid)
}

/// The ids of the backends' services.
const SERVICES: &[(&str, &str)] =
    &[("lvmdriver-1", "5c1f8a4e-0d3e-4b63-8f0c-5d1b7f6a2e11"), ("lvmdriver-2", "5c1f8a4e-0d3e-4b63-8f0c-5d1b7f6a2e12")];

/// The volume service of `host`, which can include a pool.
pub fn service<'o>(os: &'o OpenStack, host: &str) -> Option<&'o Service> {
    os.cinder.services.get(&format!("{} {}", services::VOLUME, without_pool(host)))
}

/// True if `host` is that of a pool.
pub fn has_pool(host: &str) -> bool {
    NAMES.iter().any(|name| host == &*volume_host(name))
}

/// A name that no backend has.
pub const NONE: &str = "";

/// The storage protocol of all backends.
pub const PROTOCOL: &str = "iSCSI";
/// The vendor of all backends.
pub const VENDOR: &str = "Open Source";

/// True if no backend has the capabilities that the extra specs require (the scheduler's capabilities filter).
pub fn refuse(extra_specs: &Map<String, Value>) -> bool {
    let differs = |name: &str, offered: &str| {
        let required = extra_specs.get(name).or_else(|| extra_specs.get(&format!("capabilities:{name}")));
        required.and_then(Value::as_str).is_some_and(|required| required != offered)
    };
    differs("storage_protocol", PROTOCOL) || differs("vendor_name", VENDOR)
}
