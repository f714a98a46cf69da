//! Network segment ranges: the segmentation ids that networks can get (neutron/services/network_segment_range). The
//! ranges of the configuration exist from the start and cannot be changed.

use super::attributes::{Absent, Body, ID, NAME, PROJECT, ResourceType, read_only, set_once, settable};
use super::provider::Segment;
use super::record::Record;
use super::resource::{Resource, create, delete, insert, list, show, update, update_row};
use super::valid::Valid;
use super::{Neutron, convert, errors, seed, segments};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Context, Id, Operation, Problem, Table, get, post, put};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The attribute table of network segment ranges.
pub static KIND: ResourceType = ResourceType::new(
    "network_segment_range",
    "network_segment_ranges",
    &[
        ID,
        NAME,
        read_only("default").default(Absent::False).convert(convert::to_boolean),
        set_once("shared").default(Absent::True).convert(convert::to_boolean),
        PROJECT,
        set_once("network_type")
            .default(Absent::Unset)
            .valid(Valid::OneOf(&["vlan", "vxlan", "gre", "geneve"]))
            .filter(),
        set_once("physical_network").default(Absent::Unset).valid(Valid::Text(64)).filter(),
        settable("minimum").convert(convert::to_int).valid(Valid::Range(1, 4_294_967_295)),
        settable("maximum").convert(convert::to_int).valid(Valid::Range(1, 4_294_967_295)),
        settable("description").default(Absent::Text("")).valid(Valid::Text(255)).filter(),
        read_only("used").derived(),
        read_only("available").derived(),
    ],
)
.standard()
.tags()
.owner("project_id");

/// The operations on network segment ranges.
pub const OPERATIONS: &[Operation<OpenStack>] = &rows("/network-segment-ranges", "/network-segment-ranges/{range_id}");

/// The same operations at paths with underscores, which the SDK uses. Upstream accepts both.
pub const UNDERSCORED: &[Operation<OpenStack>] = &rows("/network_segment_ranges", "/network_segment_ranges/{range_id}");

const fn rows(collection: &'static str, member: &'static str) -> [Operation<OpenStack>; 5] {
    [
        get(collection, "neutron.network_segment_range.list", list::<Ranges>)
            .summary("Lists network segment ranges.")
            .policy_on_target("get_network_segment_range"),
        post(collection, "neutron.network_segment_range.create", create::<Ranges>)
            .summary("Creates a network segment range.")
            .policy_on_target("create_network_segment_range")
            .answers(201),
        get(member, "neutron.network_segment_range.show", show::<Ranges>)
            .summary("Shows a network segment range.")
            .policy_on_target("get_network_segment_range"),
        put(member, "neutron.network_segment_range.update", update::<Ranges>)
            .summary("Updates a network segment range.")
            .policy_on_target("update_network_segment_range"),
        crate::engine::delete(member, "neutron.network_segment_range.delete", delete::<Ranges>)
            .summary("Deletes a network segment range.")
            .policy_on_target("delete_network_segment_range"),
    ]
}

/// The largest number of available ids in an answer.
const MAX_LISTED: i64 = 65_535;

/// The ranges of the configuration: network type, physical network, first and last id.
const CONFIGURED: [(&str, &str, i64, i64); 4] =
    [("vlan", "public", 1, 4_094), ("vxlan", "", 1, 65_535), ("gre", "", 1, 65_535), ("geneve", "", 1, 65_535)];

/// The resource type of network segment ranges.
pub struct Ranges;

impl Resource for Ranges {
    const KIND: &'static ResourceType = &KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.segment_ranges
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.segment_ranges
    }

    fn not_found(id: &str) -> Problem {
        errors::segment_range_not_found(id)
    }

    /// The policy shows ranges only to administrators.
    fn sees(_call: &Call, _os: &OpenStack, _record: &Record) -> bool {
        true
    }

    /// The ranges of the configuration have no name, no owner and no time of a change. The owner of others is shown as
    /// `project_id` only, and not if all projects share the range, except in the answer to its creation.
    fn shows(call: &Call, record: &Record, name: &str) -> bool {
        match name {
            "name" | "updated_at" => !record.flag("default"),
            "project_id" => !record.flag("default") && (call.method == "POST" || !record.project.is_empty()),
            _ => name != "tenant_id",
        }
    }

    fn owner(record: &Record) -> Value {
        if record.project.is_empty() { Value::Null } else { json!(record.project) }
    }

    fn derive(_call: &Call, os: &OpenStack, record: &Record, name: &str) -> Option<Value> {
        let used = used(os, record);
        match name {
            "used" => Some(json!(used)),
            _ => {
                let (low, high) = bounds(record);
                let free = (low..=high.min(low + MAX_LISTED)).filter(|id| !used.contains_key(&id.to_string()));
                Some(free.map(Value::from).collect())
            }
        }
    }

    fn make(_call: &Call, os: &mut OpenStack, ctx: &mut Context, mut body: Body) -> Result<Id, Problem> {
        if body.get("network_type").and_then(Value::as_str) != Some("vlan") {
            body.insert("physical_network".into(), json!(""));
        }
        let mut record = Record::new(&KIND, ctx, &body);
        if record.flag("shared") {
            record.project = "".into();
        }
        check_bounds(os, &record)?;
        Ok(insert::<Ranges>(os, record))
    }

    fn change(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, body: Body) -> Result<(), Problem> {
        let Some(record) = os.neutron.segment_ranges.get(id) else { return Ok(()) };
        ensure_changeable(record)?;
        let mut changed = record.clone();
        changed.merge(&body);
        if loses_used_ids(os, record, &changed) {
            return Err(errors::segment_range_in_use(id));
        }
        check_bounds(os, &changed)?;
        update_row::<Ranges>(os, ctx, id, &body);
        Ok(())
    }

    fn remove(_call: &Call, os: &mut OpenStack, _ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        let Some(record) = os.neutron.segment_ranges.get(id) else { return Ok(()) };
        ensure_changeable(record)?;
        if !used(os, record).is_empty() {
            return Err(errors::segment_range_in_use(id));
        }
        os.neutron.segment_ranges.remove(id);
        Ok(())
    }
}

fn ensure_changeable(record: &Record) -> Result<(), Problem> {
    if record.flag("default") { Err(errors::segment_range_read_only(&record.id)) } else { Ok(()) }
}

fn bounds(record: &Record) -> (i64, i64) {
    (record.int("minimum").unwrap_or_default(), record.int("maximum").unwrap_or_default())
}

/// The segments whose ids are in the range, in the order of the ids.
fn within<'o>(os: &'o OpenStack, range: &Record) -> impl Iterator<Item = (i64, &'o Record)> + use<'o> {
    let (low, high) = bounds(range);
    segments::from(os, range.text("network_type"), range.text("physical_network"), low)
        .filter_map(|segment| Some((segment.int("segmentation_id")?, segment)))
        .take_while(move |(id, _)| *id <= high)
}

/// The used ids of the range, with the projects whose networks use them.
fn used(os: &OpenStack, range: &Record) -> BTreeMap<String, String> {
    let owner = |segment: &Record| {
        let network = os.neutron.networks.get(segment.text("network_id"));
        network.map_or_else(String::new, |network| network.project.to_string())
    };
    within(os, range).map(|(id, segment)| (id.to_string(), owner(segment))).collect()
}

/// True if a used id of the range is outside of its new bounds (`_are_allocated_segments_in_range_impacted`).
fn loses_used_ids(os: &OpenStack, old: &Record, new: &Record) -> bool {
    let (low, high) = bounds(new);
    within(os, old).any(|(id, _)| !(low..=high).contains(&id))
}

/// The lowest free id for a segment of a project: from the project's own ranges, else from the shared ones without
/// what other projects have (`get_segments_for_project`, `get_segments_shared`).
pub fn lowest_free(os: &OpenStack, project: &str, segment: &Segment) -> Option<i64> {
    let physical = segment.physical.as_deref().unwrap_or_default();
    let fits =
        |range: &&Record| range.text("network_type") == segment.kind && range.text("physical_network") == physical;
    let all: Vec<&Record> = os.neutron.segment_ranges.all().filter(fits).collect();
    let of = |wanted: &dyn Fn(&Record) -> bool| -> Vec<(i64, i64)> {
        all.iter().filter(|range| wanted(range)).map(|range| bounds(range)).collect()
    };
    let own = of(&|range| !project.is_empty() && *range.project == *project);
    let shared = of(&|range| range.flag("shared"));
    let others = of(&|range| !project.is_empty() && !range.project.is_empty() && *range.project != *project);
    let search = |ranges: &[(i64, i64)], taken: &[(i64, i64)]| {
        ranges.iter().filter_map(|range| gap(os, &segment.kind, physical, *range, taken)).min()
    };
    search(&own, &[]).or_else(|| search(&shared, &others))
}

/// The lowest id in a range that no segment has and that is in none of the ranges `taken`.
fn gap(os: &OpenStack, kind: &str, physical: &str, (low, high): (i64, i64), taken: &[(i64, i64)]) -> Option<i64> {
    let mut used =
        segments::from(os, kind, physical, low).filter_map(|segment| segment.int("segmentation_id")).peekable();
    let mut id = low;
    while id <= high {
        while used.next_if(|one| *one < id).is_some() {}
        if let Some((_, last)) = taken.iter().find(|(first, last)| (*first..=*last).contains(&id)) {
            id = last + 1;
        } else if used.next_if_eq(&id).is_some() {
            id += 1;
        } else {
            return Some(id);
        }
    }
    None
}

/// Refuses invalid bounds, and ranges that overlap with others that administrators made.
fn check_bounds(os: &OpenStack, range: &Record) -> Result<(), Problem> {
    let (low, high) = bounds(range);
    let is_vlan = range.text("network_type") == "vlan";
    if is_vlan {
        if let Some(id) = [low, high].into_iter().find(|id| !(1..=4_094).contains(id)) {
            return Err(errors::invalid_vlan_range(low, high, &format!("{id} is not a valid VLAN tag")));
        }
        if low > high {
            return Err(errors::invalid_vlan_range(low, high, "End of VLAN range is less than start of VLAN range"));
        }
    } else if low > high {
        return Err(errors::invalid_tunnel_range(low, high, "End of tunnel range is less than start of tunnel range"));
    }
    let overlaps = |other: &&Record| {
        let (other_low, other_high) = bounds(other);
        other.id != range.id
            && !other.flag("default")
            && other.text("network_type") == range.text("network_type")
            && other.text("physical_network") == range.text("physical_network")
            && low <= other_high
            && high >= other_low
    };
    let others: Vec<_> = os.neutron.segment_ranges.all().filter(overlaps).map(|other| &*other.id).collect();
    if others.is_empty() { Ok(()) } else { Err(errors::segment_ranges_overlap(&others.join(", "))) }
}

/// Inserts the ranges of the configuration.
pub fn seed(os: &mut OpenStack, now: DateTime<Utc>) {
    for (kind, physical, minimum, maximum) in CONFIGURED {
        let body = json!({
            "default": true,
            "shared": true,
            "network_type": kind,
            "physical_network": physical,
            "minimum": minimum,
            "maximum": maximum,
            "description": null,
        });
        let body = body.as_object().cloned().unwrap_or_default();
        let record = Record::with_id(&KIND, seed::id("network_segment_range", kind), now, &body);
        os.neutron.segment_ranges.insert(record);
    }
}
