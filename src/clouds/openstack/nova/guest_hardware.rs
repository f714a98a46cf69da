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
struct Requirements<'a> {
    flavor: &'a Flavor,
    properties: &'a Map<String, Value>,
}

impl Requirements<'_> {
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
    let requirements = Requirements { flavor, properties };
    same_flag(&requirements, "pmu")?;
    serial_ports(&requirements)?;
    let realtime = realtime_cpus(&requirements)?;
    if flavor.vcpus >= 2 {
        same_flag(&requirements, "vif_multiqueue_enabled")?;
    }
    let policy = cpu_policy(&requirements, realtime.is_some())?;
    numa_nodes(&requirements, &policy)?;
    // No host offers PCI devices, so no alias of them is configured (`_translate_alias_to_requests`).
    match requirements.spec("pci_passthrough:alias") {
        Some(alias) => Err(errors::pci_alias_not_defined(alias.split(':').next().unwrap_or_default().trim())),
        None => Ok(()),
    }
}

/// Flavor and image must not say different things (`get_pmu_constraint`, `get_vif_multiqueue_constraint`).
fn same_flag(requirements: &Requirements, key: &str) -> Result<(), Problem> {
    let (flavor, image) = requirements.both(key);
    let flag = |text: String| python::bool_from_string(&text).unwrap_or(false);
    match (flavor.map(flag), image.map(flag)) {
        (Some(flavor), Some(image)) if flavor != image => {
            Err(errors::flavor_image_conflict(&requirements.flavor.name, key, flavor, image))
        }
        _ => Ok(()),
    }
}

/// `get_number_of_serial_ports`
fn serial_ports(requirements: &Requirements) -> Result<(), Problem> {
    let (Some(flavor), image) = requirements.both("serial_port_count") else { return Ok(()) };
    let allowed = python::int(&flavor).ok_or_else(|| errors::serial_ports_not_a_number(&flavor))?;
    match image.as_deref().and_then(python::int) {
        Some(wanted) if allowed != 0 && wanted > allowed => Err(errors::too_many_serial_ports()),
        _ => Ok(()),
    }
}

/// `get_realtime_cpu_constraint`
fn realtime_cpus(requirements: &Requirements) -> Result<Option<BTreeSet<u64>>, Problem> {
    let enabled = requirements.spec("hw:cpu_realtime").and_then(|text| python::bool_from_string(&text));
    if enabled != Some(true) {
        return Ok(None);
    }
    let (flavor, image) = requirements.both("cpu_realtime_mask");
    let all: BTreeSet<u64> = (0..u64::from(requirements.flavor.vcpus)).collect();
    let cpus = match image.or(flavor) {
        None => all.clone(),
        Some(mask) if mask.trim().starts_with('^') => {
            let last = requirements.flavor.vcpus.saturating_sub(1);
            cpu_set(&format!("0-{last},{mask}")).map_err(errors::bad_request)?
        }
        Some(mask) => cpu_set(&mask).map_err(errors::bad_request)?,
    };
    if cpus.is_empty() || (cpus == all && emulator_threads(requirements)?.is_none()) {
        return Err(errors::realtime_needs_other_cpus());
    }
    if cpus.is_subset(&all) { Ok(Some(cpus)) } else { Err(errors::realtime_cpus_not_in_flavor()) }
}

/// `get_emulator_thread_policy_constraint`
fn emulator_threads(requirements: &Requirements) -> Result<Option<String>, Problem> {
    let policy = requirements.spec("hw:emulator_threads_policy");
    match policy.as_deref() {
        None | Some("isolate" | "share") => Ok(policy),
        Some(other) => Err(errors::invalid_emulator_threads(other)),
    }
}

/// The policy for CPUs and the checks of what depends on it (`get_cpu_policy_constraint`,
/// `get_cpu_thread_policy_constraint`).
fn cpu_policy(requirements: &Requirements, realtime: bool) -> Result<Option<String>, Problem> {
    let (flavor, image) = requirements.both("cpu_policy");
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
    let (flavor, image) = requirements.both("cpu_thread_policy");
    if let Some(threads) = flavor.as_deref().filter(|threads| !THREAD_POLICIES.contains(threads)) {
        return Err(errors::invalid_cpu_policy("CPU thread policy", threads, "('prefer', 'isolate', 'require')"));
    }
    if flavor.as_deref().is_some_and(|flavor| flavor != "prefer") && image.is_some() && image != flavor {
        return Err(errors::image_thread_policy_forbidden());
    }
    let has_threads = flavor.is_some() || image.is_some();
    let emulator = emulator_threads(requirements)?;
    let dedicated = requirements.spec("hw:cpu_dedicated_mask").is_some();
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
fn page_size(requirements: &Requirements) -> Result<bool, Problem> {
    let (flavor, image) = requirements.both("mem_page_size");
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
fn numa_nodes(requirements: &Requirements, policy: &Option<String>) -> Result<(), Problem> {
    let (flavor, image) = requirements.both("numa_nodes");
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
    let pages = page_size(requirements)?;
    if nodes.is_none() && !pages && !matches!(policy.as_deref(), Some("dedicated" | "mixed")) {
        return Ok(());
    }
    let nodes = nodes.unwrap_or(1);
    match (per_node(requirements, "numa_cpus")?, per_node(requirements, "numa_mem")?) {
        (None, None)
            if !(requirements.flavor.vcpus.is_multiple_of(nodes)
                && requirements.flavor.ram_mib.is_multiple_of(nodes)) =>
        {
            Err(errors::numa_asymmetric())
        }
        (None, None) => Ok(()),
        (Some(cpus), Some(memory)) if [cpus.len(), memory.len()] == [nodes as usize; 2] => {
            assigned(requirements, &cpus, &memory)
        }
        _ => Err(errors::numa_incomplete()),
    }
}

/// The texts of `hw:KEY.0`, `hw:KEY.1`, … or of the image's properties of these names.
fn per_node(requirements: &Requirements, key: &str) -> Result<Option<Vec<String>>, Problem> {
    let of_flavor: Vec<_> = (0..128).map_while(|node| requirements.spec(&format!("hw:{key}.{node}"))).collect();
    let of_image = (0..128).map_while(|node| requirements.properties.get(&format!("hw_{key}.{node}")));
    let of_image: Vec<_> = of_image.map(python::str).collect();
    match (of_flavor.is_empty(), of_image.is_empty()) {
        (true, true) => Ok(None),
        (false, false) => Err(errors::image_numa_forbidden(&format!("hw_{key}"))),
        (false, true) => Ok(Some(of_flavor)),
        (true, false) => Ok(Some(of_image)),
    }
}

/// Every CPU belongs to one node, and the nodes have the flavor's memory.
fn assigned(requirements: &Requirements, cpus: &[String], memory: &[String]) -> Result<(), Problem> {
    let mut free: BTreeSet<u64> = (0..u64::from(requirements.flavor.vcpus)).collect();
    for text in cpus {
        for cpu in cpu_set(text).map_err(errors::bad_request)? {
            if cpu >= u64::from(requirements.flavor.vcpus) {
                return Err(errors::numa_cpu_out_of_range(cpu, i64::from(requirements.flavor.vcpus) - 1));
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
    let expected = i64::from(requirements.flavor.ram_mib);
    if total == expected { Ok(()) } else { Err(errors::numa_memory_out_of_range(total, expected)) }
}

/// A set of CPUs such as `0-3,^1` (`parse_cpu_spec` in nova/virt/hardware.py). The error is upstream's.
pub fn cpu_set(text: &str) -> Result<BTreeSet<u64>, String> {
    let (mut included, mut excluded) = (BTreeSet::new(), BTreeSet::new());
    for rule in text.split(',').map(str::trim).filter(|rule| !rule.is_empty()) {
        if let Some(cpu) = rule.strip_prefix('^') {
            let cpu = python::int(cpu).and_then(|cpu| u64::try_from(cpu).ok());
            excluded.insert(cpu.ok_or_else(|| format!("Invalid exclusion expression {}", python::quoted(rule)))?);
        } else if let Some((first, last)) = rule.split_once('-') {
            let bounds = python::int(first).zip(python::int(last)).filter(|(first, last)| (0..=*last).contains(first));
            let (first, last) = bounds.ok_or_else(|| format!("Invalid range expression {}", python::quoted(rule)))?;
            const MOST: i64 = 1 << 16;
            included.extend((first..=last.min(first.saturating_add(MOST))).filter_map(|cpu| u64::try_from(cpu).ok()));
        } else {
            let cpu = python::int(rule).and_then(|cpu| u64::try_from(cpu).ok());
            included.insert(cpu.ok_or_else(|| format!("Invalid inclusion expression {}", python::quoted(rule)))?);
        }
    }
    Ok(included.difference(&excluded).copied().collect())
}
