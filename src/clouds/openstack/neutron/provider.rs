//! Provider attributes of networks: the segments that a request asks for, and the resulting MTU
//! (neutron/plugins/ml2/managers.py and drivers/type_*.py).

use super::attributes::Body;
use super::errors;
use super::record::Record;
use super::{segment_ranges, segments};
use crate::clouds::openstack::OpenStack;
use crate::engine::Problem;
use serde_json::{Value, json};

/// The MTU of this cloud's physical networks, in bytes.
const PHYSICAL_MTU: i64 = 1500;
/// The overhead of a tunnel, in bytes.
const VXLAN_OVERHEAD: i64 = 50;
/// The name of the only physical network.
pub const PHYSICAL: &str = "public";
/// The keys of an item of `segments`.
pub const SEGMENT_KEYS: [&str; 3] = ["provider:network_type", "provider:physical_network", "provider:segmentation_id"];
const TYPES: [&str; 6] = ["flat", "geneve", "vlan", "gre", "local", "vxlan"];
/// The ids that tunnels can have.
pub const TUNNELS: std::ops::RangeInclusive<i64> = 1..=65_535;
const VLANS: std::ops::RangeInclusive<i64> = 1..=4_094;

/// The provider attributes in their order in upstream's answers: the attribute of a network, and that of a segment.
pub const ATTRIBUTES: [(&str, &str); 3] =
    [(SEGMENT_KEYS[0], "network_type"), (SEGMENT_KEYS[1], "physical_network"), (SEGMENT_KEYS[2], "segmentation_id")];

/// A segment of a network. In a request, the physical network and the id may be missing.
#[derive(Clone, PartialEq)]
pub struct Segment {
    pub kind: String,
    pub physical: Option<String>,
    pub id: Option<i64>,
}

impl Segment {
    /// The segment that provider attributes describe. Refuses a description that the type of network does not allow
    /// (`_process_provider_segment`).
    pub fn described_by<'v>(attribute: impl Fn(&str) -> Option<&'v Value>) -> Result<Segment, Problem> {
        let text = |name: &str| attribute(name).and_then(Value::as_str).map(str::to_owned);
        let kind = text("provider:network_type").ok_or_else(|| errors::invalid_input("network_type required"))?;
        let physical = text("provider:physical_network").filter(|name| !name.is_empty());
        let id = attribute("provider:segmentation_id").and_then(Value::as_i64);
        let segment = Segment { kind, physical, id };
        segment.validate()?;
        Ok(segment)
    }

    /// `validate_provider_segment` of the type's driver.
    fn validate(&self) -> Result<(), Problem> {
        let wrong = |reason: String| Err(errors::invalid_input(reason));
        match (self.kind.as_str(), &self.physical, self.id) {
            ("flat", None, _) => wrong("physical_network required for flat provider network".into()),
            ("flat", _, Some(_)) => wrong("segmentation_id prohibited for flat provider network".into()),
            ("local", Some(_), _) => wrong("physical_network prohibited for local provider network".into()),
            ("local", _, Some(_)) => wrong("segmentation_id prohibited for local provider network".into()),
            ("vlan", Some(physical), _) if physical != PHYSICAL => {
                wrong(format!("physical_network '{physical}' unknown for VLAN provider network"))
            }
            ("vlan", Some(_), Some(id)) if !VLANS.contains(&id) => {
                wrong("segmentation_id out of range (1 through 4094)".into())
            }
            ("vlan", None, Some(_)) => {
                wrong("segmentation_id requires physical_network for VLAN provider network".into())
            }
            ("flat" | "local" | "vlan", ..) => Ok(()),
            (kind, ..) if !TYPES.contains(&kind) => wrong(format!("network_type value '{kind}' not supported")),
            (kind, Some(_), _) => wrong(format!("provider:physical_network specified for {kind} network")),
            (_, _, Some(id)) if !TUNNELS.contains(&id) => {
                wrong("segmentation_id out of range (1 through 65535)".into())
            }
            _ => Ok(()),
        }
    }

    /// True if the id is left to Neutron (`is_partial_segment`).
    fn is_partial(&self) -> bool {
        self.id.is_none() && !matches!(self.kind.as_str(), "flat" | "local")
    }
}

/// The segments that a body asks for: by its provider attributes, by `segments`, or none
/// (`_process_provider_create`).
pub fn requested(body: &Body) -> Result<Vec<Segment>, Problem> {
    let segments = body.get("segments").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if ATTRIBUTES.iter().any(|(name, _)| body.get(*name).is_some_and(|value| !value.is_null())) {
        if !segments.is_empty() {
            return Err(errors::segments_and_provider());
        }
        return Ok(vec![Segment::described_by(|name| body.get(name))?]);
    }
    let all: Vec<Segment> =
        segments.iter().map(|one| Segment::described_by(|name| one.get(name))).collect::<Result<_, _>>()?;
    let whole: Vec<_> = all.iter().filter(|segment| !segment.is_partial()).collect();
    let is_repeated = |at: usize| whole.iter().take(at).any(|other| *other == whole[at]);
    if (0..whole.len()).any(is_repeated) { Err(errors::duplicate_segments()) } else { Ok(all) }
}

/// Validates `segments` of a body: objects of provider attributes (`convert_and_validate_segments`).
pub fn check_segments(value: &Value) -> Result<(), Problem> {
    let wrong = || errors::bad_request("Body contains invalid data");
    for segment in value.as_array().ok_or_else(wrong)? {
        let fields = segment.as_object().ok_or_else(wrong)?;
        let unknown: Vec<_> = fields.keys().map(String::as_str).filter(|name| !SEGMENT_KEYS.contains(name)).collect();
        if !unknown.is_empty() {
            return Err(errors::bad_request(format!("Unrecognized attribute(s) '{}'", unknown.join(", "))));
        }
    }
    Ok(())
}

/// Reserves a segment for a project: chooses a missing id, and refuses one in use. Upstream takes the lowest free id
/// of the ranges that the project may use (`reserve_provider_segment`).
pub fn reserve(os: &OpenStack, project: &str, mut segment: Segment) -> Result<Segment, Problem> {
    if segment.kind == "local" {
        return Ok(segment);
    }
    if segment.is_partial() {
        if segment.kind == "vlan" {
            segment.physical.get_or_insert_with(|| PHYSICAL.into());
        }
        segment.id = segment_ranges::lowest_free(os, project, &segment);
        return if segment.id.is_some() { Ok(segment) } else { Err(errors::no_network_available()) };
    }
    if segments::holder(os, &segment).is_none() {
        return Ok(segment);
    }
    let (physical, id) = (segment.physical.as_deref().unwrap_or_default(), segment.id.unwrap_or_default());
    Err(match segment.kind.as_str() {
        "flat" => errors::flat_network_in_use(physical),
        "vlan" => errors::vlan_in_use(id, physical),
        _ => errors::tunnel_in_use(id),
    })
}

/// A requested MTU; those that do not fit into 64 bits are too big anyway.
pub fn requested_mtu(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().map(|_| i64::MAX))
}

/// The MTU of a network on segments of these types: the requested one, or the maximum instead of 0
/// (`_get_network_mtu`).
pub fn mtu<'k>(requested: i64, kinds: impl Iterator<Item = &'k str>) -> Result<i64, Problem> {
    let limit = |kind: &str| match kind {
        "vxlan" | "geneve" | "gre" => PHYSICAL_MTU - VXLAN_OVERHEAD,
        _ => PHYSICAL_MTU,
    };
    let most = kinds.map(limit).min().unwrap_or(PHYSICAL_MTU);
    match requested {
        0 => Ok(most),
        requested if requested > most => {
            Err(errors::invalid_input(format!("Requested MTU is too big, maximum is {most}")))
        }
        requested => Ok(requested),
    }
}

/// Checks a changed MTU against the types of the network's segments, and replaces 0 by the maximum.
pub fn fit_mtu(os: &OpenStack, network: &Record, body: &mut Body) -> Result<(), Problem> {
    let Some(requested) = body.get("mtu").and_then(requested_mtu) else { return Ok(()) };
    let fitting = mtu(requested, segments::ordered(os, &network.id).map(|segment| segment.text("network_type")))?;
    body.insert("mtu".into(), fitting.into());
    Ok(())
}

/// A provider attribute of a network, or `segments`, as answers show it: a network with several segments has no
/// provider attributes, one without has only null (`extend_network_with_provider_segments`).
pub fn shown(os: &OpenStack, network: &str, name: &str) -> Option<Value> {
    let all: Vec<_> = segments::ordered(os, network).collect();
    let Some((_, own)) = ATTRIBUTES.iter().find(|(attribute, _)| *attribute == name) else {
        let one = |segment: &&Record| {
            let fields = ATTRIBUTES.map(|(attribute, own)| (attribute.to_owned(), segment.get(own).clone()));
            Value::Object(fields.into_iter().collect())
        };
        return (all.len() > 1).then(|| all.iter().map(one).collect());
    };
    match all[..] {
        [] => Some(Value::Null),
        [only] => Some(only.get(own).clone()),
        _ => None,
    }
}

/// Changes the provider attributes of a network. Only the id of a VLAN can change (`update_network_segment`).
pub fn change(os: &mut OpenStack, network: &Record, body: &mut Body) -> Result<(), Problem> {
    let fixed = ["provider:network_type", "provider:physical_network"];
    let differs = |name: &&str| {
        let new = body.get(*name).filter(|value| !value.is_null());
        new.is_some_and(|new| shown(os, &network.id, name).is_some_and(|old| old != *new))
    };
    if fixed.iter().any(differs) {
        return Err(errors::invalid_input(format!(
            "Plugin does not support updating the following provider network attributes: {}",
            fixed.join(", ")
        )));
    }
    let requested = body.get("provider:segmentation_id").and_then(Value::as_i64);
    let only = segments::ordered(os, &network.id).next().cloned();
    if let (Some(id), Some(old)) = (requested, only)
        && old.int("segmentation_id") != Some(id)
    {
        if old.text("network_type") != "vlan" {
            return Err(errors::invalid_input("Only VLAN type networks can be updated."));
        }
        let physical = Some(old.text("physical_network").to_owned());
        let segment = Segment { kind: "vlan".into(), physical, id: Some(id) };
        segment.validate()?;
        reserve(os, &network.project, segment)?;
        if let Some(record) = os.neutron.segments.get_mut(&old.id) {
            record.set("segmentation_id", json!(id));
        }
    }
    for (name, _) in ATTRIBUTES {
        body.shift_remove(name);
    }
    body.shift_remove("segments");
    Ok(())
}

/// Converts `segments` of a body: the ids become numbers, and missing attributes null.
pub fn convert_segments(mut value: Value) -> Result<Value, Problem> {
    for fields in value.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        for (name, _) in ATTRIBUTES {
            fields.entry(name).or_insert(Value::Null);
        }
        if let Some(id) = fields.get_mut("provider:segmentation_id").filter(|id| !id.is_null()) {
            *id = super::convert::to_int(id.take())?;
        }
    }
    Ok(value)
}
