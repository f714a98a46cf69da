//! The resource providers of a new cloud: one for each compute host, as Nova's resource tracker reports it
//! (nova/compute/resource_tracker.py).

use super::inventories::{Inventory, MAX_INT};
use super::resource_providers::Provider;
use crate::clouds::openstack::{ComputeHosts, OpenStack};
use crate::engine::Id;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

/// The traits of a host that Nova's libvirt driver with QEMU reports.
const TRAITS: &[&str] = &[
    "COMPUTE_ACCELERATORS",
    "COMPUTE_ADDRESS_SPACE_EMULATED",
    "COMPUTE_ADDRESS_SPACE_PASSTHROUGH",
    "COMPUTE_DEVICE_TAGGING",
    "COMPUTE_IMAGE_TYPE_QCOW2",
    "COMPUTE_IMAGE_TYPE_RAW",
    "COMPUTE_MEM_BACKING_FILE",
    "COMPUTE_NET_ATTACH_INTERFACE",
    "COMPUTE_NET_ATTACH_INTERFACE_WITH_TAG",
    "COMPUTE_NODE",
    "COMPUTE_RESCUE_BFV",
    "COMPUTE_SECURITY_STATELESS_FIRMWARE",
    "COMPUTE_STORAGE_VIRTIO_FS",
    "COMPUTE_TRUSTED_CERTS",
    "COMPUTE_VOLUME_ATTACH_WITH_TAG",
    "COMPUTE_VOLUME_EXTEND",
    "COMPUTE_VOLUME_MULTI_ATTACH",
    "OWNER_NOVA",
];

/// The memory that is reserved for the host, in MiB (`reserved_host_memory_mb`).
pub const RESERVED_MEMORY_MB: i64 = 512;

/// The overcommit factor of vCPUs (`initial_cpu_allocation_ratio`).
pub const CPU_ALLOCATION_RATIO: f64 = 4.0;

/// The name of the compute host `number`, counted from 1.
pub fn host(number: u32) -> String {
    format!("compute{number}")
}

/// A provider for each compute host.
pub fn seed(os: &mut OpenStack, installed: DateTime<Utc>) {
    let hosts = os.site.computes;
    // The hosts share these strings.
    let traits: Vec<Id> = TRAITS.iter().map(|name| Id::from(*name)).collect();
    let classes: Vec<Id> = ["VCPU", "MEMORY_MB", "DISK_GB"].map(Id::from).to_vec();
    for number in 1..=hosts.count {
        let name: Id = host(number).into();
        let uuid = uuid("compute node", &name);
        let inventories = classes.iter().map(|class| inventory(class, hosts, installed)).collect();
        os.placement.providers.insert(Provider {
            root: uuid.clone(),
            uuid,
            name,
            generation: 1,
            parent: None,
            inventories,
            traits: traits.iter().cloned().collect(),
            aggregates: vec![],
            modified: installed,
            is_changed: true,
        });
    }
}

fn inventory(class: &Id, hosts: ComputeHosts, modified: DateTime<Utc>) -> Inventory {
    let (total, reserved, allocation_ratio) = match &**class {
        "VCPU" => (hosts.vcpus, 0, CPU_ALLOCATION_RATIO),
        "MEMORY_MB" => (hosts.memory_mb, RESERVED_MEMORY_MB.min(hosts.memory_mb), 1.0),
        _ => (hosts.disk_gb, 0, 1.0),
    };
    Inventory {
        class: class.clone(),
        total,
        reserved,
        min_unit: 1,
        max_unit: total.clamp(1, MAX_INT),
        step_size: 1,
        allocation_ratio,
        used: 0,
        modified,
    }
}

/// A UUID that depends on the kind of object and its name alone, so it is the same in every cloud.
pub fn uuid(kind: &str, name: &str) -> Id {
    let digest = Sha256::digest(format!("{kind} {name}"));
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, of)| *byte = of);
    uuid::Builder::from_random_bytes(bytes).into_uuid().hyphenated().to_string().into()
}
