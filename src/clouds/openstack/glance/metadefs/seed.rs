//! The definitions of a new cloud: some of those that upstream's `db_load_metadefs` loads, with descriptions of our
//! own.

use super::objects::Object;
use super::properties::Property;
use super::resource_types::{Association, ensure_exists};
use super::{Namespace, Visibility};
use crate::clouds::openstack::{OpenStack, ids};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

/// The resource types of a new cloud.
const RESOURCE_TYPES: [&str; 6] = [
    "OS::Glance::Image",
    "OS::Cinder::Volume",
    "OS::Nova::Server",
    "OS::Nova::Aggregate",
    "OS::Nova::Flavor",
    "OS::Trove::Instance",
];

/// A namespace: name, title, resource types with prefix and target, and properties with title, type and values. If
/// there is an object, it has all of the properties.
type NamespaceData = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str, &'static str)],
    Option<&'static str>,
    &'static [(&'static str, &'static str, &'static str, &'static [&'static str])],
);

const NAMESPACES: [NamespaceData; 6] = [
    (
        "OS::Compute::Quota",
        "Flavor Quota",
        &[("OS::Nova::Flavor", "", "")],
        Some("CPU Limits"),
        &[
            ("quota:cpu_shares", "Quota: CPU Shares", "integer", &[]),
            ("quota:cpu_period", "Quota: CPU Period", "integer", &[]),
            ("quota:cpu_quota", "Quota: CPU Quota", "integer", &[]),
        ],
    ),
    (
        "OS::Compute::Watchdog",
        "Watchdog Behavior",
        &[("OS::Glance::Image", "hw_", ""), ("OS::Cinder::Volume", "hw_", "image"), ("OS::Nova::Flavor", "hw:", "")],
        None,
        &[("watchdog_action", "Watchdog Action", "string", &["disabled", "reset", "poweroff", "pause", "none"])],
    ),
    (
        "OS::Compute::CPUPinning",
        "CPU Pinning",
        &[("OS::Glance::Image", "hw_", ""), ("OS::Nova::Flavor", "hw:", "")],
        None,
        &[
            ("cpu_policy", "CPU Pinning policy", "string", &["shared", "dedicated"]),
            ("cpu_thread_policy", "CPU Thread Pinning Policy.", "string", &["isolate", "prefer", "require"]),
        ],
    ),
    (
        "OS::Compute::VirtCPUTopology",
        "Virtual CPU Topology",
        &[("OS::Glance::Image", "hw_", ""), ("OS::Nova::Flavor", "hw:", "")],
        None,
        &[
            ("cpu_sockets", "vCPU Sockets", "integer", &[]),
            ("cpu_cores", "vCPU Cores", "integer", &[]),
            ("cpu_threads", "vCPU Threads", "integer", &[]),
        ],
    ),
    (
        "OS::OperatingSystem",
        "Common Operating System Properties",
        &[("OS::Glance::Image", "", ""), ("OS::Cinder::Volume", "", "image")],
        None,
        &[
            ("os_distro", "OS Distro", "string", &[]),
            ("os_version", "OS Version", "string", &[]),
            ("os_admin_user", "OS Admin User", "string", &[]),
        ],
    ),
    (
        "CIM::StorageAllocationSettingData",
        "CIM Storage Allocation Setting Data",
        &[("OS::Glance::Image", "CIM_SASD_", ""), ("OS::Cinder::Volume", "", "image")],
        None,
        &[("Access", "Access", "string", &["Unknown", "Readable", "Writeable", "Read/Write Supported"])],
    ),
];

/// Adds the definitions.
pub fn seed(os: &mut OpenStack, now: DateTime<Utc>) {
    for name in RESOURCE_TYPES {
        ensure_exists(os, name, now);
    }
    for (number, data) in NAMESPACES.iter().enumerate() {
        os.glance.namespaces.insert(namespace(number as u64, data, now));
    }
}

fn namespace(number: u64, data: &NamespaceData, now: DateTime<Utc>) -> Namespace {
    let (name, title, types, object, properties) = data;
    let properties =
        properties.iter().map(|(name, title, kind, values)| ((*name).to_owned(), schema(title, kind, values)));
    let properties: Vec<(String, Map<String, Value>)> = properties.collect();
    let mut namespace = Namespace {
        name: (*name).into(),
        number: number + 1,
        display_name: Some((*title).to_owned()),
        description: Some(format!("{title}, as resources may describe it.")),
        visibility: Visibility::Public,
        protected: true,
        owner: ids::id("project", "admin"),
        resource_types: types.iter().map(|(name, prefix, target)| association(name, prefix, target, now)).collect(),
        objects: vec![],
        properties: vec![],
        tags: vec![],
        created: now,
        updated: now,
    };
    match object {
        Some(object) => namespace.objects.push(Object {
            name: (*object).to_owned(),
            description: Some(format!("{object} of a resource.")),
            required: vec![],
            properties: properties.into_iter().map(|(name, schema)| (name, Value::Object(schema))).collect(),
            created: now,
            updated: now,
        }),
        None => {
            namespace.properties = properties.into_iter().map(|(name, schema)| Property::of(&name, schema)).collect();
        }
    }
    namespace
}

fn association(name: &str, prefix: &str, target: &str, now: DateTime<Utc>) -> Association {
    let non_empty = |text: &str| if text.is_empty() { None } else { Some(text.to_owned()) };
    Association {
        name: name.to_owned(),
        prefix: non_empty(prefix),
        properties_target: non_empty(target),
        created: now,
        updated: now,
    }
}

fn schema(title: &str, kind: &str, values: &[&str]) -> Map<String, Value> {
    let mut schema = Map::from_iter([("title".to_owned(), json!(title)), ("type".to_owned(), json!(kind))]);
    if !values.is_empty() {
        schema.insert("enum".into(), json!(values));
    }
    schema
}
