//! Where volumes are put: on the first backend that has what their type asks for (`CapabilitiesFilter`
//! in cinder/scheduler/filters/capabilities_filter.py).

use super::super::python::bool_from_string;
use super::backends;
use super::types::VolumeType;
use crate::engine::Id;
use serde_json::Value;

/// Where a volume of the type goes; nothing if no backend fits.
pub fn place(volume_type: Option<&VolumeType>) -> Option<Id> {
    let fits = |name: &&&str| volume_type.is_none_or(|volume_type| fits(volume_type, name));
    backends::NAMES.iter().find(fits).map(|name| backends::volume_host(name))
}

/// Keys of a scope of their own are for drivers.
fn fits(volume_type: &VolumeType, backend: &str) -> bool {
    volume_type.extra_specs.iter().all(|(key, asked)| {
        let key = key.strip_prefix("capabilities:").unwrap_or(key);
        key.contains(':')
            || capability(backend, key).is_some_and(|has| matches(&has, asked.as_str().unwrap_or_default()))
    })
}

/// What a backend says of itself, as its pool shows it.
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

/// Whether a backend has what is asked: `<is> True`, `<in> SCSI`, `>= 5`, `s== up`, `<or> a <or> b`, or
/// the value itself (cinder/scheduler/filters/extra_specs_ops.py).
fn matches(has: &Value, asked: &str) -> bool {
    let text = if let Value::String(text) = has { text.clone() } else { has.to_string() };
    let words: Vec<&str> = asked.split_whitespace().collect();
    let Some((operator, words)) = words.split_first() else { return text.is_empty() };
    let word = words.first().copied().unwrap_or_default();
    let numbers = || text.parse::<f64>().ok().zip(word.parse::<f64>().ok());
    let truth = |text: &str| bool_from_string(text).unwrap_or(false);
    match *operator {
        "<is>" => truth(&text) == truth(word),
        "<in>" => text.contains(word),
        "<all-in>" => words.iter().all(|word| text.contains(word)),
        "<or>" => words.iter().any(|word| *word != "<or>" && *word == text),
        // "Equal or better": upstream's equals sign is that.
        "=" | ">=" => numbers().is_some_and(|(has, asked)| has >= asked),
        "==" => numbers().is_some_and(|(has, asked)| has == asked),
        "!=" => numbers().is_some_and(|(has, asked)| has != asked),
        "<=" => numbers().is_some_and(|(has, asked)| has <= asked),
        "<" => numbers().is_some_and(|(has, asked)| has < asked),
        ">" => numbers().is_some_and(|(has, asked)| has > asked),
        "s==" => text == word,
        "s!=" => text != word,
        "s<" => *text < *word,
        "s<=" => *text <= *word,
        "s>" => *text > *word,
        "s>=" => *text >= *word,
        _ if has.is_boolean() => Some(truth(&text)) == bool_from_string(asked),
        _ => text == asked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_are_held_against_what_backends_say() {
        for (key, asked) in [
            ("multiattach", "<is> True"),
            ("thick_provisioning_support", "False"),
            ("storage_protocol", "<in> SCSI"),
            ("storage_protocol", "<or> FC <or> iSCSI"),
            ("reserved_percentage", "<= 5"),
            ("backend_state", "s== up"),
        ] {
            assert!(capability("lvmdriver-1", key).is_some_and(|has| matches(&has, asked)), "{key}: {asked}");
        }
        for (key, asked) in [("storage_protocol", "FC"), ("multiattach", "<is> False"), ("reserved_percentage", "> x")]
        {
            assert!(!capability("lvmdriver-1", key).is_some_and(|has| matches(&has, asked)), "{key}: {asked}");
        }
    }
}
