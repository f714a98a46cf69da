//! Placement of volumes: on the first backend with the capabilities that the type requires (`CapabilitiesFilter`
//! in cinder/scheduler/filters/capabilities_filter.py).

use super::super::python::bool_from_string;
use super::backends;
use super::types::VolumeType;
use crate::engine::Id;
use serde_json::Value;

/// The host for a volume of the type: `host@backend#pool`. None if no backend fits.
pub fn place(volume_type: Option<&VolumeType>) -> Option<Id> {
    let fits = |name: &&&str| volume_type.is_none_or(|volume_type| fits(volume_type, name));
    backends::NAMES.iter().find(fits).map(|name| backends::volume_host(name))
}

/// Keys with another scope than `capabilities` are for drivers and are ignored.
fn fits(volume_type: &VolumeType, backend: &str) -> bool {
    volume_type.extra_specs.iter().all(|(key, required)| {
        let key = key.strip_prefix("capabilities:").unwrap_or(key);
        key.contains(':')
            || capability(backend, key).is_some_and(|has| matches(&has, required.as_str().unwrap_or_default()))
    })
}

/// A capability of a backend, as its pool shows it.
fn capability(backend: &str, key: &str) -> Option<Value> {
    Some(match key {
        "volume_backend_name" | "pool_name" => backend.into(),
        "storage_protocol" => "iSCSI".into(),
        "vendor_name" => "Open Source".into(),
        "driver_version" => "1.0.0".into(),
        "backend_state" => "up".into(),
        "multiattach" | "thin_provisioning_support" | "online_extend_support" | "replication_enabled" | "cacheable" => {
            true.into()
        }
        "QoS_support"
        | "thick_provisioning_support"
        | "consistencygroup_support"
        | "consistent_group_snapshot_enabled" => false.into(),
        "reserved_percentage" => 0.into(),
        _ => return None,
    })
}

/// True if a capability fulfils a requirement: `<is> True`, `<in> SCSI`, `>= 5`, `s== up`, `<or> a <or> b`, or
/// the value itself (cinder/scheduler/filters/extra_specs_ops.py).
fn matches(has: &Value, required: &str) -> bool {
    let text = if let Value::String(text) = has { text.clone() } else { has.to_string() };
    let words: Vec<&str> = required.split_whitespace().collect();
    let Some((operator, words)) = words.split_first() else { return text.is_empty() };
    let word = words.first().copied().unwrap_or_default();
    let numbers = || text.parse::<f64>().ok().zip(word.parse::<f64>().ok());
    let truth = |text: &str| bool_from_string(text).unwrap_or(false);
    match *operator {
        "<is>" => truth(&text) == truth(word),
        "<in>" => text.contains(word),
        "<all-in>" => words.iter().all(|word| text.contains(word)),
        "<or>" => words.iter().any(|word| *word != "<or>" && *word == text),
        // Upstream defines `=` as "equal to or greater than".
        "=" | ">=" => numbers().is_some_and(|(has, required)| has >= required),
        "==" => numbers().is_some_and(|(has, required)| has == required),
        "!=" => numbers().is_some_and(|(has, required)| has != required),
        "<=" => numbers().is_some_and(|(has, required)| has <= required),
        "<" => numbers().is_some_and(|(has, required)| has < required),
        ">" => numbers().is_some_and(|(has, required)| has > required),
        "s==" => text == word,
        "s!=" => text != word,
        "s<" => *text < *word,
        "s<=" => *text <= *word,
        "s>" => *text > *word,
        "s>=" => *text >= *word,
        _ if has.is_boolean() => Some(truth(&text)) == bool_from_string(required),
        _ => text == required,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extra_specs_are_compared_with_capabilities_of_backends() {
        for (key, required) in [
            ("multiattach", "<is> True"),
            ("thick_provisioning_support", "False"),
            ("storage_protocol", "<in> SCSI"),
            ("storage_protocol", "<or> FC <or> iSCSI"),
            ("reserved_percentage", "<= 5"),
            ("backend_state", "s== up"),
        ] {
            assert!(capability("lvmdriver-1", key).is_some_and(|has| matches(&has, required)), "{key}: {required}");
        }
        for (key, required) in
            [("storage_protocol", "FC"), ("multiattach", "<is> False"), ("reserved_percentage", "> x")]
        {
            assert!(!capability("lvmdriver-1", key).is_some_and(|has| matches(&has, required)), "{key}: {required}");
        }
    }
}
