//! The scheduler filters that compare a host with the flavor's extra specs and with the image's properties
//! (nova/scheduler/filters/compute_capabilities_filter.py, image_props_filter.py).

use super::hypervisors::{self, HYPERVISOR_TYPE, HYPERVISOR_VERSION};
use super::image_properties;
use super::servers::BY_HOST;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::placement::resource_providers::Provider;
use crate::clouds::openstack::python;
use serde_json::{Map, Value, json};

/// True if the host has what the extra specs ask for, those in the scope `capabilities` and those without a scope that
/// name an attribute of a host (`ComputeCapabilitiesFilter`).
pub fn has_capabilities(os: &OpenStack, node: &Provider, extra_specs: &Map<String, Value>) -> bool {
    let mut attributes = None;
    for (key, required) in extra_specs {
        let mut scope: Vec<&str> = key.split(':').collect();
        if scope.len() > 1 && scope.first() != Some(&"capabilities") {
            continue;
        }
        let attributes = attributes.get_or_insert_with(|| attributes_of(os, node));
        match scope.len() {
            1 if attributes.get(key).is_none() => continue,
            1 => {}
            _ => {
                scope.remove(0);
            }
        }
        let Some(value) = capability(attributes, &scope) else { return false };
        if !matches_spec(&python::str(&value), &python::str(required)) {
            return false;
        }
    }
    true
}

/// What is at a path of the host's attributes (`_get_capabilities`). Texts on the way are read as JSON.
fn capability(attributes: &Value, scope: &[&str]) -> Option<Value> {
    let mut value = attributes.clone();
    for step in scope {
        if let Value::String(text) = &value {
            value = serde_json::from_str(text).ok()?;
        }
        value = value.get(*step)?.clone();
    }
    (!value.is_null()).then_some(value)
}

/// The attributes of a host that filters can see (`HostState`).
fn attributes_of(os: &OpenStack, node: &Provider) -> Value {
    let (total, used) = (
        |class: &str| node.inventory(class).map_or(0, |inventory| inventory.total),
        |class: &str| node.inventory(class).map_or(0, |inventory| inventory.used + inventory.reserved),
    );
    let ratio = |class: &str| node.inventory(class).map_or(1.0, |inventory| inventory.allocation_ratio);
    let free_gb = total("DISK_GB") - used("DISK_GB");
    let servers = os.nova.servers.by(&BY_HOST, &node.name);
    let busy = os.nova.servers.by(&BY_HOST, &node.name).filter(|server| server.task_state.is_some());
    json!({
        "host": node.name,
        "nodename": node.name,
        "uuid": node.uuid,
        "total_usable_ram_mb": total("MEMORY_MB"),
        "free_ram_mb": total("MEMORY_MB") - used("MEMORY_MB"),
        "total_usable_disk_gb": total("DISK_GB"),
        "free_disk_mb": free_gb * 1024,
        "disk_mb_used": used("DISK_GB") * 1024,
        "vcpus_total": total("VCPU"),
        "vcpus_used": used("VCPU"),
        "num_instances": servers.count(),
        "num_io_ops": busy.count(),
        "failed_builds": 0,
        "host_ip": "127.0.0.1",
        "hypervisor_type": HYPERVISOR_TYPE,
        "hypervisor_version": HYPERVISOR_VERSION,
        "hypervisor_hostname": node.name,
        "cpu_info": hypervisors::cpu_info().to_string(),
        "ram_allocation_ratio": ratio("MEMORY_MB"),
        "cpu_allocation_ratio": ratio("VCPU"),
        "disk_allocation_ratio": ratio("DISK_GB"),
    })
}

/// Compares a value with an operator and its words, such as `>= 7` or `<or> a <or> b`; without an operator the two must
/// be equal (`match` in nova/scheduler/filters/extra_specs_ops.py).
fn matches_spec(value: &str, required: &str) -> bool {
    let words: Vec<&str> = required.split_whitespace().collect();
    let Some((operator, words)) = words.split_first() else { return value == required };
    let numbers = |compare: fn(f64, f64) -> bool| {
        let number = words.first().and_then(|word| word.parse().ok());
        value.parse().ok().zip(number).is_some_and(|(value, number)| compare(value, number))
    };
    let texts = |compare: fn(&str, &str) -> bool| words.first().is_some_and(|word| compare(value, word));
    match *operator {
        "=" | ">=" => numbers(|value, number| value >= number),
        "<=" => numbers(|value, number| value <= number),
        "==" => numbers(|value, number| value == number),
        "!=" => numbers(|value, number| value != number),
        "<in>" => texts(|value, word| value.contains(word)),
        "<all-in>" => !words.is_empty() && words.iter().all(|word| value.contains(word)),
        "s==" => texts(|value, word| value == word),
        "s!=" => texts(|value, word| value != word),
        "s<" => texts(|value, word| value < word),
        "s<=" => texts(|value, word| value <= word),
        "s>" => texts(|value, word| value > word),
        "s>=" => texts(|value, word| value >= word),
        "<or>" => words.iter().step_by(2).any(|word| *word == value),
        _ => value == required,
    }
}

/// True if the hosts, which are all of one kind, run guests as the image requires them (`ImagePropertiesFilter`).
pub fn runs_image(properties: &Map<String, Value>) -> bool {
    let [architecture, hypervisor, mode] = image_properties::host_requirements(properties);
    if architecture.is_none() && hypervisor.is_none() && mode.is_none() {
        return true;
    }
    let is = |wanted: &Option<String>, offered: &[&str]| wanted.as_deref().is_none_or(|one| offered.contains(&one));
    is(&architecture, &["x86_64"])
        && is(&hypervisor, &["qemu", "kvm"])
        && is(&mode, &["hvm"])
        && image_properties::accepts_version(properties, HYPERVISOR_VERSION)
}

#[cfg(test)]
mod tests {
    use super::matches_spec;

    #[test]
    fn extra_specs_compare_with_operators() {
        assert!(matches_spec("QEMU", "QEMU") && matches_spec("QEMU", "s== QEMU") && !matches_spec("QEMU", "s!= QEMU"));
        assert!(matches_spec("4096", ">= 1024") && !matches_spec("4096", "<= 1024") && !matches_spec("x", ">= 1"));
        assert!(matches_spec("b", "<or> a <or> b") && !matches_spec("c", "<or> a <or> b"));
        assert!(matches_spec("['pge', 'clflush']", "<all-in> pge clflush") && !matches_spec("abc", "<in> d"));
    }
}
