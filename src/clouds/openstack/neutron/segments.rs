//! Segments of networks. Each network has one from the start; administrators can add more
//! (neutron/services/segments).

use super::attributes::{Absent, Body, HIDDEN_PROJECT, ID, ResourceType, read_only, set_once, settable};
use super::provider::Segment;
use super::record::Record;
use super::resource::{Resource, create, delete, insert, list, show, update};
use super::valid::Valid;
use super::{Neutron, convert, errors, ports, provider, subnets};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Context, Id, Index, Operation, Problem, Table, get, post, put};
use serde_json::{Value, json};

/// The attribute table of segments.
pub static KIND: ResourceType = ResourceType::new(
    "segment",
    "segments",
    &[
        ID,
        HIDDEN_PROJECT,
        set_once("network_id").valid(Valid::Uuid).filter().sort(),
        set_once("physical_network").default(Absent::Unset).valid(Valid::Text(64)).filter().sort(),
        set_once("network_type").valid(Valid::Text(32)).filter().sort(),
        set_once("segmentation_id").default(Absent::Unset).convert(convert::to_int).sort(),
        settable("name").default(Absent::Unset).valid(Valid::NameOrNone(255)).filter().sort(),
        settable("description").default(Absent::Text("")).valid(Valid::Text(255)).filter(),
        // The position among the segments of the network.
        read_only("segment_index").hidden(),
    ],
)
.standard()
.indexes(&[BY_NETWORK, BY_USE]);

const BY_NETWORK: Index<Record> = Index::new("network_id", |segment, key| segment.ids_in("network_id", key));

/// Segments by network type, physical network and id, in the order of the ids.
const BY_USE: Index<Record> = Index::ordered("use", |segment, key| key(&use_of(segment)));

fn use_of(segment: &Record) -> String {
    let id = segment.int("segmentation_id").unwrap_or_default();
    format!("{}{id:010}", range_of(segment.text("network_type"), segment.text("physical_network")))
}

/// The beginning of all keys of [`BY_USE`] with this network type and physical network.
fn range_of(kind: &str, physical: &str) -> String {
    format!("{kind}/{physical}/")
}

/// The operations on segments.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/segments", "neutron.segment.list", list::<Segments>)
        .summary("Lists segments.")
        .policy_on_target("get_segment"),
    post("/segments", "neutron.segment.create", create::<Segments>)
        .summary("Creates a segment.")
        .policy_on_target("create_segment")
        .answers(201),
    get("/segments/{segment_id}", "neutron.segment.show", show::<Segments>)
        .summary("Shows a segment.")
        .policy_on_target("get_segment"),
    put("/segments/{segment_id}", "neutron.segment.update", update::<Segments>)
        .summary("Updates a segment.")
        .policy_on_target("update_segment"),
    crate::engine::delete("/segments/{segment_id}", "neutron.segment.delete", delete::<Segments>)
        .summary("Deletes a segment.")
        .policy_on_target("delete_segment"),
];

/// The resource type of segments.
pub struct Segments;

impl Resource for Segments {
    const KIND: &'static ResourceType = &KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.segments
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.segments
    }

    fn not_found(id: &str) -> Problem {
        errors::segment_not_found(id)
    }

    /// Segments have no owner. The policy shows them only to administrators.
    fn sees(_call: &Call, _os: &OpenStack, _record: &Record) -> bool {
        true
    }

    fn make(_call: &Call, os: &mut OpenStack, ctx: &mut Context, mut body: Body) -> Result<Id, Problem> {
        let network = body.get("network_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        if !os.neutron.networks.contains(&network) {
            return Err(errors::network_not_found(&network));
        }
        let own = |name: &str| body.get(name.strip_prefix("provider:").unwrap_or(name));
        let segment = provider::reserve(os, "", Segment::described_by(own)?)?;
        for (name, value) in fields(&segment) {
            body.insert(name.to_owned(), value);
        }
        let last = of_network(os, &network).filter_map(|segment| segment.int("segment_index")).max();
        body.insert("segment_index".into(), json!(last.map_or(0, |last| last + 1)));
        let mut record = Record::new(&KIND, ctx, &body);
        record.project = "".into();
        // Upstream writes the segment twice: when it is made, and when it has its position in the network.
        record.revision = 1;
        Ok(insert::<Segments>(os, record))
    }

    fn remove(_call: &Call, os: &mut OpenStack, _ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        let subnets: Vec<_> = os.neutron.subnets.by(&subnets::BY_SEGMENT, id).collect();
        if !subnets.is_empty() {
            let ids: Vec<_> = subnets.iter().map(|subnet| &*subnet.id).collect();
            let reason = format!("The segment is still associated with subnet(s) {}", ids.join(", "));
            return Err(errors::segment_in_use(id, &reason));
        }
        let Some(segment) = os.neutron.segments.get(id) else { return Ok(()) };
        let network: Id = segment.text("network_id").into();
        if of_network(os, &network).count() == 1 && ports::of_network(os, &network).next().is_some() {
            let reason = format!("The segment is used by port(s) of network {network}");
            return Err(errors::segment_in_use(id, &reason));
        }
        os.neutron.segments.remove(id);
        Ok(())
    }
}

/// The segments of a network, in no particular order.
pub fn of_network<'o>(os: &'o OpenStack, network: &str) -> impl Iterator<Item = &'o Record> + use<'o> {
    os.neutron.segments.by(&BY_NETWORK, network)
}

/// The segments of a network in their order.
pub fn ordered<'o>(os: &'o OpenStack, network: &str) -> impl Iterator<Item = &'o Record> + use<'o> {
    let mut all: Vec<_> = of_network(os, network).collect();
    all.sort_by_key(|segment| segment.int("segment_index"));
    all.into_iter()
}

/// The stored segment with the same type, physical network and id.
pub fn holder<'o>(os: &'o OpenStack, segment: &Segment) -> Option<&'o Record> {
    let range = range_of(&segment.kind, segment.physical.as_deref().unwrap_or_default());
    let id = segment.id.unwrap_or_default();
    os.neutron.segments.by(&BY_USE, &format!("{range}{id:010}")).next()
}

/// The segments of a type on a physical network with ids from `low` on, in the order of their ids.
pub fn from<'o>(os: &'o OpenStack, kind: &str, physical: &str, low: i64) -> impl Iterator<Item = &'o Record> + use<'o> {
    let range = range_of(kind, physical);
    let before = format!("{range}{:010}", low - 1);
    os.neutron.segments.range(&BY_USE, &range, Some(&before))
}

fn fields(segment: &Segment) -> [(&'static str, Value); 3] {
    [
        ("network_type", json!(segment.kind)),
        ("physical_network", json!(segment.physical)),
        ("segmentation_id", json!(segment.id)),
    ]
}

/// The body of the segment at a position of a network.
pub fn body(network: &str, at: usize, segment: &Segment) -> Body {
    let place = [("network_id", json!(network)), ("segment_index", json!(at)), ("description", Value::Null)];
    place.into_iter().chain(fields(segment)).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Adds a segment to a new network.
pub fn add(os: &mut OpenStack, ctx: &mut Context, network: &str, at: usize, segment: &Segment) {
    let record = Record::new(&KIND, ctx, &body(network, at, segment));
    insert::<Segments>(os, record);
}

/// Deletes the segments of a deleted network.
pub fn delete_of_network(os: &mut OpenStack, network: &str) {
    let gone: Vec<Id> = of_network(os, network).map(|segment| segment.id.clone()).collect();
    for id in gone {
        os.neutron.segments.remove(&id);
    }
}
