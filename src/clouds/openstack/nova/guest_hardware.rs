//! The virtual hardware that a flavor and an image ask for together: CPU policies, NUMA nodes, page sizes
//! (`numa_get_constraints` and its neighbours in nova/virt/hardware.py). Nothing here places a guest; the checks only
//! refuse what contradicts itself.

use super::errors;
use super::flavors::Flavor;
use crate::clouds::openstack::python;
use crate::engine::Problem;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The extra specs of a flavor and the properties of an image.
struct Wishes<'a> {
    flavor: &'a Flavor,
    properties: &'a Map<String, Value>,
}

impl Wishes<'_> {
    fn spec(&self, key: &str) -> Option<String> {
        self.flavor.extra_specs.get(key).map(python::str).filter(|text| !text.is_empty())
    }

    /// The values of `hw:KEY` in the flavor and `hw_KEY` in the image (`_get_flavor_image_meta`).
    fn both(&self, key: &str) -> (Option<String>, Option<String>) {
        let property = self.properties.get(&format!("hw_{key}")).map(python::str);
        (self.spec(&format!("hw:{key}")), property.filter(|text| !text.is_empty()))
    }
}

const POLICIES: [&str; 3] = ["dedicated", "shared", "mixed"];
const THREAD_POLICIES: [&str; 3] = ["prefer", "isolate", "require"];

/// Refuses what contradicts itself. Errors: 400.
pub fn check(flavor: &Flavor, properties: &Map<String, Value>) -> Result<(), Problem> {
    let wishes = Wishes { flavor, properties };
    same_flag(&wishes, "pmu")?;
    serial_ports(&wishes)?;
    let realtime = realtime_cpus(&wishes)?;
    if flavor.vcpus >= 2 {
        same_flag(&wishes, "vif_multiqueue_enabled")?;
    }
    let policy = cpu_policy(&wishes, realtime.is_some())?;
    numa_nodes(&wishes, &policy)?;
    // No host offers PCI devices, so no alias of them is configured (`_translate_alias_to_requests`).
    match wishes.spec("pci_passthrough:alias") {
        Some(alias) => Err(errors::pci_alias_not_defined(alias.split(':').next().unwrap_or_default().trim())),
        None => Ok(()),
    }
}

/// Flavor and image must not say different things (`get_pmu_constraint`, `get_vif_multiqueue_constraint`).
fn same_flag(wishes: &Wishes, key: &str) -> Result<(), Problem> {
    let (flavor, image) = wishes.both(key);
    let flag = |text: String| python::bool_from_string(&text).unwrap_or(false);
    match (flavor.map(flag), image.map(flag)) {
        (Some(flavor), Some(image)) if flavor != image => {
            Err(errors::flavor_image_conflict(&wishes.flavor.name, key, flavor, image))
        }
        _ => Ok(()),
    }
}

/// `get_number_of_serial_ports`
fn serial_ports(wishes: &Wishes) -> Result<(), Problem> {
    let (Some(flavor), image) = wishes.both("serial_port_count") else { return Ok(()) };
    let allowed = python::int(&flavor).ok_or_else(|| errors::serial_ports_not_a_number(&flavor))?;
    match image.as_deref().and_then(python::int) {
        Some(wanted) if allowed != 0 && wanted > allowed => Err(errors::too_many_serial_ports()),
        _ => Ok(()),
    }
}

/// `get_realtime_cpu_constraint`
fn realtime_cpus(wishes: &Wishes) -> Result<Option<BTreeSet<u64>>, Problem> {
    let enabled = wishes.spec("hw:cpu_realtime").and_then(|text| python::bool_from_string(&text));
    if enabled != Some(true) {
        return Ok(None);
    }
    let (flavor, image) = wishes.both("cpu_realtime_mask");
    let all: BTreeSet<u64> = (0..u64::from(wishes.flavor.vcpus)).collect();
    let cpus = match image.or(flavor) {
        None => all.clone(),
        Some(mask) if mask.trim().starts_with('^') => {
            let last = wishes.flavor.vcpus.saturating_sub(1);
            python::cpu_set(&format!("0-{last},{mask}")).map_err(errors::bad_request)?
        }
        Some(mask) => python::cpu_set(&mask).map_err(errors::bad_request)?,
    };
    if cpus.is_empty() || (cpus == all && emulator_threads(wishes)?.is_none()) {
        return Err(errors::realtime_needs_other_cpus());
    }
    if cpus.is_subset(&all) { Ok(Some(cpus)) } else { Err(errors::realtime_cpus_not_in_flavor()) }
}

/// `get_emulator_thread_policy_constraint`
fn emulator_threads(wishes: &Wishes) -> Result<Option<String>, Problem> {
    let policy = wishes.spec("hw:emulator_threads_policy");
    match policy.as_deref() {
        None | Some("isolate" | "share") => Ok(policy),
        Some(other) => Err(errors::invalid_emulator_threads(other)),
    }
}

/// The policy for CPUs and the checks of what depends on it (`get_cpu_policy_constraint`,
/// `get_cpu_thread_policy_constraint`).
fn cpu_policy(wishes: &Wishes, realtime: bool) -> Result<Option<String>, Problem> {
    let (flavor, image) = wishes.both("cpu_policy");
    if let Some(policy) = flavor.as_deref().filter(|policy| !POLICIES.contains(policy)) {
        return Err(errors::invalid_cpu_policy("CPU policy", policy, "('dedicated', 'shared', 'mixed')"));
    }
    let policy = match (flavor.as_deref(), image.as_deref()) {
        (Some("mixed"), Some("dedicated")) | (Some("shared"), Some("mixed" | "dedicated")) => {
            return Err(errors::image_cpu_policy_forbidden());
        }
        (None, _) => image,
        _ => flavor,
    };
    let (flavor, image) = wishes.both("cpu_thread_policy");
    if let Some(threads) = flavor.as_deref().filter(|threads| !THREAD_POLICIES.contains(threads)) {
        return Err(errors::invalid_cpu_policy("CPU thread policy", threads, "('prefer', 'isolate', 'require')"));
    }
    if flavor.as_deref().is_some_and(|flavor| flavor != "prefer") && image.is_some() && image != flavor {
        return Err(errors::image_thread_policy_forbidden());
    }
    let has_threads = flavor.is_some() || image.is_some();
    let emulator = emulator_threads(wishes)?;
    let dedicated = wishes.spec("hw:cpu_dedicated_mask").is_some();
    match policy.as_deref() {
        None | Some("shared") => {
            if has_threads {
                return Err(errors::threads_need_pinning());
            }
            if emulator.as_deref() == Some("isolate") {
                return Err(errors::emulator_threads_need_pinning());
            }
            if dedicated {
                return Err(errors::dedicated_mask_needs_mixed());
            }
            if realtime {
                return Err(errors::realtime_needs_pinning());
            }
        }
        Some("mixed") if realtime == dedicated => return Err(errors::mixed_needs_one_mask()),
        Some("dedicated") if dedicated => return Err(errors::dedicated_mask_needs_mixed()),
        _ => {}
    }
    Ok(policy)
}

/// The size of memory pages (`_get_numa_pagesize_constraint`). Returns whether the flavor asks for one.
fn page_size(wishes: &Wishes) -> Result<bool, Problem> {
    let (flavor, image) = wishes.both("mem_page_size");
    let is_size = |text: &str| {
        let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let unit = text.strip_prefix(number).unwrap_or_default();
        let unit = unit.trim_end_matches(['b', 'B']).trim_end_matches('i');
        number.parse::<f64>().is_ok() && matches!(unit, "" | "K" | "k" | "M" | "G" | "T")
    };
    let check = |text: &str| match text {
        "any" | "large" | "small" => Ok(()),
        text if is_size(text) => Ok(()),
        text => Err(errors::invalid_page_size(text)),
    };
    let Some(flavor) = flavor else {
        return image.map_or(Ok(false), |image| Err(errors::page_size_forbidden(&image, "<empty>")));
    };
    check(&flavor)?;
    match image {
        Some(image) if matches!(&*flavor, "any" | "large") => check(&image)?,
        Some(image) => return Err(errors::page_size_forbidden(&image, &flavor)),
        None => {}
    }
    Ok(true)
}

/// The NUMA nodes with their CPUs and memory (`_get_numa_topology_auto`, `_get_numa_topology_manual`).
fn numa_nodes(wishes: &Wishes, policy: &Option<String>) -> Result<(), Problem> {
    let (flavor, image) = wishes.both("numa_nodes");
    if flavor.is_some() && image.is_some() {
        return Err(errors::image_numa_forbidden("hw_numa_nodes"));
    }
    let nodes = match flavor.or(image) {
        Some(text) => match python::int(&text).and_then(|nodes| u32::try_from(nodes).ok()).filter(|nodes| *nodes > 0) {
            Some(nodes) => Some(nodes),
            None => return Err(errors::invalid_numa_nodes(&text)),
        },
        None => None,
    };
    let pages = page_size(wishes)?;
    if nodes.is_none() && !pages && !matches!(policy.as_deref(), Some("dedicated" | "mixed")) {
        return Ok(());
    }
    let nodes = nodes.unwrap_or(1);
    match (per_node(wishes, "numa_cpus")?, per_node(wishes, "numa_mem")?) {
        (None, None) if !(wishes.flavor.vcpus.is_multiple_of(nodes) && wishes.flavor.ram_mib.is_multiple_of(nodes)) => {
            Err(errors::numa_asymmetric())
        }
        (None, None) => Ok(()),
        (Some(cpus), Some(memory)) if [cpus.len(), memory.len()] == [nodes as usize; 2] => {
            assigned(wishes, &cpus, &memory)
        }
        _ => Err(errors::numa_incomplete()),
    }
}

/// The texts of `hw:KEY.0`, `hw:KEY.1`, … or of the image's properties of these names.
fn per_node(wishes: &Wishes, key: &str) -> Result<Option<Vec<String>>, Problem> {
    let of_flavor: Vec<_> = (0..128).map_while(|node| wishes.spec(&format!("hw:{key}.{node}"))).collect();
    let of_image = (0..128).map_while(|node| wishes.properties.get(&format!("hw_{key}.{node}")));
    let of_image: Vec<_> = of_image.map(python::str).collect();
    match (of_flavor.is_empty(), of_image.is_empty()) {
        (true, true) => Ok(None),
        (false, false) => Err(errors::image_numa_forbidden(&format!("hw_{key}"))),
        (false, true) => Ok(Some(of_flavor)),
        (true, false) => Ok(Some(of_image)),
    }
}

/// Every CPU belongs to one node, and the nodes have the flavor's memory.
fn assigned(wishes: &Wishes, cpus: &[String], memory: &[String]) -> Result<(), Problem> {
    let mut free: BTreeSet<u64> = (0..u64::from(wishes.flavor.vcpus)).collect();
    for text in cpus {
        for cpu in python::cpu_set(text).map_err(errors::bad_request)? {
            if cpu >= u64::from(wishes.flavor.vcpus) {
                return Err(errors::numa_cpu_out_of_range(cpu, i64::from(wishes.flavor.vcpus) - 1));
            }
            if !free.remove(&cpu) {
                return Err(errors::numa_cpu_twice(cpu));
            }
        }
    }
    if !free.is_empty() {
        let free: Vec<String> = free.iter().map(u64::to_string).collect();
        return Err(errors::numa_cpus_unassigned(&format!("{{{}}}", free.join(", "))));
    }
    let total: i64 = memory.iter().filter_map(|text| python::int(text)).fold(0, i64::saturating_add);
    let expected = i64::from(wishes.flavor.ram_mib);
    if total == expected { Ok(()) } else { Err(errors::numa_memory_out_of_range(total, expected)) }
}
