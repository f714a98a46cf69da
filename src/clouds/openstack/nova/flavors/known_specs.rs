//! Validation of the extra specs that Nova knows (nova/api/validation/extra_specs). An extra spec in one of Nova's
//! namespaces must be known. Other namespaces, and names without one, are free.

use crate::clouds::openstack::placement::resource_classes;
use crate::clouds::openstack::python::bool_from_string;
use regex::Regex;

/// The values that a known extra spec allows.
#[derive(Clone, Copy)]
enum Validator {
    Anything,
    Boolean,
    /// A whole number from the first to the second bound.
    Integer(i64, i64),
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// A string that matches the whole regular expression.
    Like(&'static str),
}

use Validator::{Anything, Boolean, Integer, Like, OneOf};

const NUMBER: Validator = Integer(i64::MIN, i64::MAX);
const NATURAL: Validator = Integer(0, i64::MAX);
const POSITIVE: Validator = Integer(1, i64::MAX);
const CPUS: Validator = Like(r"\^?\d+((-\d+)?(,\^?\d+(-\d+)?)?)*");
const LEVEL: Validator = OneOf(&["custom", "high", "normal", "low"]);

/// Validates the value of an extra spec. The error is upstream's reason.
pub fn check(name: &str, value: &str) -> Result<(), String> {
    let Some((namespace, key)) = name.split_once(':') else {
        return GLOBAL.iter().find(|(known, _)| *known == name).map_or(Ok(()), |(_, validator)| validator.check(value));
    };
    let validator = match namespace {
        "aggregate_instance_extra_specs" if !key.is_empty() => Some(Anything),
        "accel" => one_of(&["device_profile"], key),
        "capabilities" => capability(key),
        "hw" => hardware(key),
        "hw_rng" => look_up(&[("allowed", Boolean), ("rate_bytes", NATURAL), ("rate_period", NATURAL)], key),
        "hw_video" => look_up(&[("ram_max_mb", NATURAL)], key),
        "os" => look_up(&[("secure_boot", OneOf(&["disabled", "required"]))], key),
        "pci_passthrough" => look_up(&[("alias", Like(r"[^:]+:\d+(?:\s*,\s*[^:]+:\d+)*"))], key),
        "quota" => look_up(QUOTA, key),
        "vmware" => one_of(&["hw_version", "storage_policy"], key),
        _ if is_group(namespace, "resources") => is_resource_class(key).then_some(NUMBER),
        _ if is_group(namespace, "trait") => is_trait(key).then_some(OneOf(&["required", "forbidden"])),
        "aggregate_instance_extra_specs" => None,
        _ => return Ok(()),
    };
    let validator =
        validator.ok_or_else(|| format!("extra spec '{name}' does not appear to be a valid extra spec."))?;
    validator.check(value)
}

impl Validator {
    fn check(self, value: &str) -> Result<(), String> {
        match self {
            Anything => Ok(()),
            Boolean if bool_from_string(value).is_some() => Ok(()),
            Boolean => Err(format!("'{value}' is not a valid boolean-like value.")),
            Integer(least, most) => match value.trim().parse::<i64>() {
                Err(_) => Err(format!("'{value}' is not a valid integer value.")),
                Ok(number) if number > most => Err(format!("'{number}' is greater than the max value of '{most}'.")),
                Ok(number) if number < least => Err(format!("'{number}' is less than the min value of '{least}'.")),
                Ok(_) => Ok(()),
            },
            OneOf(values) if values.contains(&value) => Ok(()),
            OneOf(values) => Err(format!("'{value}' is not one of: {}.", values.join(", "))),
            Like(pattern) if matches(pattern, value) => Ok(()),
            Like(pattern) => Err(format!("'{value}' is not of the format '{pattern}'.")),
        }
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|regex| regex.is_match(text))
}

fn look_up(known: &[(&str, Validator)], key: &str) -> Option<Validator> {
    known.iter().find(|(name, _)| *name == key).map(|(_, validator)| *validator)
}

fn one_of(known: &[&str], key: &str) -> Option<Validator> {
    known.contains(&key).then_some(Anything)
}

/// `resources`, or `resources` with the name of a request group: `resources1`, `resources_DISK`.
fn is_group(namespace: &str, stem: &str) -> bool {
    namespace.strip_prefix(stem).is_some_and(|group| {
        group.len() <= 64 && group.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    })
}

fn is_resource_class(name: &str) -> bool {
    resource_classes::STANDARD.contains(&name) || name.strip_prefix("CUSTOM_").is_some_and(is_upper)
}

/// Recognises standard traits by their first word.
fn is_trait(name: &str) -> bool {
    let families = ["COMPUTE_", "HW_", "MISC_", "OWNER_", "STORAGE_", "CUSTOM_"];
    families.iter().any(|family| name.strip_prefix(family).is_some_and(is_upper))
}

fn is_upper(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// A capability of hosts. Some allow a path into their value, separated by colons.
fn capability(key: &str) -> Option<Validator> {
    let (stem, path) = key.split_once(':').map_or((key, None), |(stem, path)| (stem, Some(path)));
    let word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
    let deep = DEEP_CAPABILITIES.contains(&stem) && path.is_none_or(|path| path.split(':').all(word));
    (deep || CAPABILITIES.contains(&key)).then_some(Anything)
}

fn hardware(key: &str) -> Option<Validator> {
    let numbered = |stem: &str| {
        let number = key.strip_prefix(stem)?.strip_prefix('.')?;
        (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(())
    };
    match key {
        _ if numbered("numa_cpus").is_some() => Some(CPUS),
        _ if numbered("numa_mem").is_some() => Some(POSITIVE),
        _ => look_up(HARDWARE, key),
    }
}

const GLOBAL: &[(&str, Validator)] = &[("hide_hypervisor_id", Boolean), ("group_policy", OneOf(&["isolate", "none"]))];

const HARDWARE: &[(&str, Validator)] = &[
    ("cpu_realtime", Boolean),
    ("cpu_realtime_mask", Like(r"(\^)?\d+((-\d+)?(,\^?\d+(-\d+)?)?)*")),
    ("hide_hypervisor_id", Boolean),
    ("cpu_policy", OneOf(&["dedicated", "shared", "mixed"])),
    ("cpu_thread_policy", OneOf(&["prefer", "isolate", "require"])),
    ("emulator_threads_policy", OneOf(&["isolate", "share"])),
    ("cpu_dedicated_mask", CPUS),
    ("mem_page_size", Like(r"(large|small|any|\d+([kKMGT]i?)?(b|bit|B)?)")),
    ("locked_memory", Boolean),
    ("numa_nodes", POSITIVE),
    ("pci_numa_affinity_policy", OneOf(&["required", "preferred", "legacy", "socket"])),
    ("cpu_sockets", POSITIVE),
    ("cpu_cores", POSITIVE),
    ("cpu_threads", POSITIVE),
    ("cpu_max_sockets", POSITIVE),
    ("cpu_max_cores", POSITIVE),
    ("cpu_max_threads", POSITIVE),
    ("boot_menu", Boolean),
    ("vif_multiqueue_enabled", Boolean),
    ("mem_encryption", Boolean),
    ("mem_encryption_model", OneOf(&["amd-sev", "amd-sev-es", "amd-sev-snp"])),
    ("pmem", Like(r"([a-zA-Z0-9_]+(,)?)+")),
    ("pmu", Boolean),
    ("serial_port_count", NATURAL),
    ("tpm_model", OneOf(&["tpm-tis", "tpm-crb"])),
    ("tpm_version", OneOf(&["1.2", "2.0"])),
    ("tpm_secret_security", OneOf(&["user", "host", "deployment"])),
    ("watchdog_action", OneOf(&["none", "pause", "poweroff", "reset", "disabled"])),
    ("viommu_model", OneOf(&["intel", "smmuv3", "virtio", "auto"])),
    ("virtio_packed_ring", Boolean),
    ("sound_model", OneOf(&["sb16", "es1370", "pcspk", "ac97", "ich6", "ich9", "usb", "virtio"])),
    ("usb_model", OneOf(&["none", "nec-xhci", "qemu-xhci"])),
    ("redirected_usb_ports", Integer(0, 15)),
    ("ephemeral_encryption", Boolean),
    ("ephemeral_encryption_format", OneOf(&["plain", "luks", "luksv2"])),
];

const QUOTA: &[(&str, Validator)] = &[
    ("cpu_limit", NATURAL),
    ("cpu_reservation", NUMBER),
    ("cpu_shares_level", LEVEL),
    ("cpu_shares_share", NATURAL),
    ("memory_limit", NATURAL),
    ("memory_reservation", NUMBER),
    ("memory_shares_level", LEVEL),
    ("memory_shares_share", NATURAL),
    ("disk_io_limit", NATURAL),
    ("disk_io_reservation", NUMBER),
    ("disk_io_shares_level", LEVEL),
    ("disk_io_shares_share", NATURAL),
    ("vif_limit", NATURAL),
    ("vif_reservation", NUMBER),
    ("vif_shares_level", LEVEL),
    ("vif_shares_share", NATURAL),
    ("cpu_shares", NATURAL),
    ("cpu_period", NATURAL),
    ("cpu_quota", NUMBER),
    ("disk_read_bytes_sec", NATURAL),
    ("disk_read_iops_sec", NATURAL),
    ("disk_write_bytes_sec", NATURAL),
    ("disk_write_iops_sec", NATURAL),
    ("disk_total_bytes_sec", NATURAL),
    ("disk_total_iops_sec", NATURAL),
    ("vif_inbound_average", NATURAL),
    ("vif_inbound_peak", NATURAL),
    ("vif_inbound_burst", NATURAL),
    ("vif_outbound_average", NATURAL),
    ("vif_outbound_peak", NATURAL),
    ("vif_outbound_burst", NATURAL),
];

const CAPABILITIES: &[&str] = &[
    "id",
    "uuid",
    "service_id",
    "host",
    "vcpus",
    "memory_mb",
    "local_gb",
    "vcpus_used",
    "memory_mb_used",
    "local_gb_used",
    "hypervisor_type",
    "hypervisor_version",
    "hypervisor_hostname",
    "free_ram_mb",
    "free_disk_gb",
    "current_workload",
    "running_vms",
    "disk_available_least",
    "host_ip",
    "mapped",
    "cpu_allocation_ratio",
    "ram_allocation_ratio",
    "disk_allocation_ratio",
    "total_usable_ram_mb",
    "total_usable_disk_gb",
    "disk_mb_used",
    "free_disk_mb",
    "vcpus_total",
    "num_instances",
    "num_io_ops",
    "failed_builds",
    "aggregates",
    "cell_uuid",
    "updated",
];

const DEEP_CAPABILITIES: &[&str] = &[
    "cpu_info",
    "metrics",
    "stats",
    "numa_topology",
    "supported_hv_specs",
    "pci_device_pools",
    "nodename",
    "pci_stats",
    "supported_instances",
    "limits",
    "instances",
];

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn known_extra_specs_are_validated_as_upstream_does() {
        let right = [
            ("hw:numa_cpus.0", "0-3,^2"),
            ("hw:cpu_policy", "shared"),
            ("resources:VCPU", "2"),
            ("resources_SSD:CUSTOM_DISK", "1"),
            ("trait:HW_CPU_X86_AVX", "required"),
            ("capabilities:cpu_info:vendor", "<in> Intel"),
            ("colour", "red"),
            ("mine:colour", "red"),
        ];
        for (name, value) in right {
            assert_eq!(check(name, value), Ok(()), "{name}");
        }
        let wrong = [
            ("hw:cpu_policy", "x", "'x' is not one of: dedicated, shared, mixed."),
            ("hw:numa_nodes", "0", "'0' is less than the min value of '1'."),
            ("hw:cpu_realtime", "x", "'x' is not a valid boolean-like value."),
            ("hw:colour", "red", "extra spec 'hw:colour' does not appear to be a valid extra spec."),
            ("resources:COLOUR", "1", "extra spec 'resources:COLOUR' does not appear to be a valid extra spec."),
        ];
        for (name, value, reason) in wrong {
            assert_eq!(check(name, value), Err(reason.to_owned()));
        }
    }
}
