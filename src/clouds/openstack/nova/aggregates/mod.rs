//! Host aggregates: groups of hosts with common metadata, such as an availability zone
//! (nova/api/openstack/compute/aggregates.py).

pub mod actions;
pub mod images;

use super::super::OpenStack;
use super::super::times::{Micros, MicrosExact};
use super::flavors::nothing_since_2_102;
use super::parameter_types::{Name, Optional, SpacedName, ZoneName};
use super::servers::BY_HOST;
use super::{errors, services};
use crate::engine::{self, Answer, Call, Context, Id, Object, Operation, Problem, Response, Row, get, post, put};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/os-aggregates", "nova.aggregate.list", list)
        .summary("Lists host aggregates.")
        .query(nothing_since_2_102)
        .policy("os_compute_api:os-aggregates:index"),
    post("/os-aggregates", "nova.aggregate.create", create)
        .summary("Creates a host aggregate.")
        .body::<CreateRequest>()
        .policy("os_compute_api:os-aggregates:create"),
    get("/os-aggregates/{id}", "nova.aggregate.show", show)
        .summary("Shows a host aggregate.")
        .query(nothing_since_2_102)
        .policy("os_compute_api:os-aggregates:show"),
    put("/os-aggregates/{id}", "nova.aggregate.update", update)
        .summary("Updates the name or the availability zone of an aggregate.")
        .body::<UpdateRequest>()
        .policy("os_compute_api:os-aggregates:update"),
    engine::delete("/os-aggregates/{id}", "nova.aggregate.delete", remove)
        .summary("Deletes a host aggregate.")
        .answers(200)
        .policy("os_compute_api:os-aggregates:delete"),
];

/// The zone of hosts that no aggregate assigns to one (`default_availability_zone`).
pub const DEFAULT_ZONE: &str = "nova";

/// The metadata key of the availability zone.
const ZONE: &str = "availability_zone";

/// A row of the `aggregates` table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Aggregate {
    /// A serial number.
    pub id: Id,
    pub uuid: Id,
    pub name: String,
    pub hosts: Vec<Id>,
    /// Contains the availability zone under `availability_zone`.
    pub metadata: BTreeMap<String, String>,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

impl Row for Aggregate {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.uuid
    }
}

impl Aggregate {
    /// The availability zone of the hosts, if the aggregate sets one.
    pub fn zone(&self) -> Option<&str> {
        self.metadata.get(ZONE).map(String::as_str)
    }
}

/// The availability zone of a compute host.
pub fn zone_of(os: &OpenStack, host: &str) -> Id {
    zone_by_aggregate(os, host, None).map_or_else(|| DEFAULT_ZONE.into(), Id::from)
}

/// The availability zone that the aggregates of a host set, without the aggregate `except`.
fn zone_by_aggregate<'o>(os: &'o OpenStack, host: &str, except: Option<&str>) -> Option<&'o str> {
    let of_host = |aggregate: &&Aggregate| aggregate.hosts.iter().any(|one| **one == *host);
    let others = os.nova.aggregates.all().rev().filter(|one| except.is_none_or(|except| *one.id != *except));
    others.filter(of_host).find_map(Aggregate::zone)
}

/// Removes a deleted host from all aggregates.
pub fn remove_host(os: &mut OpenStack, host: &str) {
    let having = os.nova.aggregates.all().filter(|one| one.hosts.iter().any(|own| **own == *host));
    let having: Vec<_> = having.map(|one| one.id.clone()).collect();
    for id in having {
        if let Some(aggregate) = os.nova.aggregates.get_mut(&id) {
            aggregate.hosts.retain(|own| **own != *host);
        }
    }
}

/// The aggregate of the path. Errors: 400 if the id is not a number, 404.
fn find<'o>(os: &'o OpenStack, id: &str) -> Result<&'o Aggregate, Problem> {
    let number: i64 = id.parse().map_err(|_| errors::id_not_an_integer())?;
    os.nova.aggregates.get(&number.to_string()).ok_or_else(|| errors::aggregate_not_found(id))
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    Ok(Response::many("aggregates", os.nova.aggregates.all().rev(), |o, aggregate| view(call, o, aggregate)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let aggregate = find(os, call.param("id"))?;
    Ok(one(call, aggregate))
}

fn one(call: &Call, aggregate: &Aggregate) -> Response {
    Response::one("aggregate", |o| view(call, o, aggregate))
}

/// The answer to a change of metadata, which upstream dates without storing the time (`update_aggregate_metadata` in
/// nova/compute/api.py).
fn one_changed_now(call: &Call, aggregate: &Aggregate) -> Response {
    Response::one("aggregate", |o| write(call, o, aggregate, |o| o.set("updated_at", MicrosExact(call.now))))
}

fn view(call: &Call, o: &mut Object, aggregate: &Aggregate) {
    write(call, o, aggregate, |o| o.set("updated_at", aggregate.updated.map(Micros)));
}

fn write(call: &Call, o: &mut Object, aggregate: &Aggregate, updated_at: impl FnOnce(&mut Object)) {
    o.set("id", aggregate.id.parse::<i64>().unwrap_or_default());
    if call.since(2, 41) {
        o.set("uuid", &aggregate.uuid);
    }
    o.set("name", &aggregate.name);
    o.set("hosts", &aggregate.hosts);
    o.set("metadata", &aggregate.metadata);
    o.set("created_at", Micros(aggregate.created));
    updated_at(o);
    o.set("deleted_at", ());
    o.set("deleted", false);
    o.set(ZONE, aggregate.zone());
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    aggregate: Create,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    name: Name,
    #[serde(default)]
    availability_zone: ZoneOrNone,
}

/// `{"oneOf": [az_name, null]}`
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
struct ZoneOrNone(#[schemars(with = "ZoneSchema")] Option<String>);

#[derive(JsonSchema)]
#[schemars(inline, untagged)]
#[allow(dead_code, reason = "exists for its schema only")]
enum ZoneSchema {
    Name(ZoneName),
    None(()),
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<CreateRequest>()?.aggregate;
    let name = request.name.0.trim().to_owned();
    check_name(os, &name, None)?;
    let last = os.nova.aggregates.all().filter_map(|one| one.id.parse::<u64>().ok()).max();
    let zone = request.availability_zone.0.map(|zone| (ZONE.to_owned(), zone.trim().to_owned()));
    let aggregate = os.nova.aggregates.insert(Aggregate {
        id: (last.unwrap_or(0) + 1).to_string().into(),
        uuid: ctx.uuid(),
        name,
        hosts: vec![],
        metadata: zone.into_iter().collect(),
        created: ctx.now(),
        updated: None,
    });
    // The response to the creation contains neither hosts nor metadata.
    Ok(Response::one("aggregate", |o| {
        o.set("id", aggregate.id.parse::<i64>().unwrap_or_default());
        if call.since(2, 41) {
            o.set("uuid", &aggregate.uuid);
        }
        o.set("name", &aggregate.name);
        o.set("created_at", MicrosExact(aggregate.created));
        o.set("updated_at", ());
        o.set("deleted_at", ());
        o.set("deleted", false);
        o.set(ZONE, aggregate.zone());
    }))
}

fn check_name(os: &OpenStack, name: &str, own: Option<&str>) -> Result<(), Problem> {
    let taken = |one: &Aggregate| one.name == name && own.is_none_or(|own| *one.id != *own);
    if os.nova.aggregates.all().any(taken) { Err(errors::aggregate_exists(name)) } else { Ok(()) }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    aggregate: Update,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [{"required": ["name"]}, {"required": ["availability_zone"]}]))]
struct Update {
    #[serde(default)]
    name: Optional<SpacedName>,
    #[serde(default)]
    availability_zone: ZoneChange,
}

/// A zone, null, or `None` if the field is missing.
#[derive(Clone, Default, JsonSchema)]
#[schemars(inline)]
struct ZoneChange(#[schemars(with = "ZoneSchema")] Option<Option<String>>);

impl<'de> Deserialize<'de> for ZoneChange {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|zone| ZoneChange(Some(zone)))
    }
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<UpdateRequest>()?.aggregate;
    let aggregate = find(os, call.param("id"))?.clone();
    let name = request.name.0.map(|name| name.0.trim().to_owned());
    if let Some(name) = &name {
        check_name(os, name, Some(&aggregate.id))?;
    }
    if let Some(zone) = &request.availability_zone.0 {
        check_zone(os, &aggregate, zone.as_deref(), &aggregate.hosts)
            .map_err(|reason| errors::cannot_update_aggregate(&aggregate.id, &reason))?;
    }
    let (now, has_zone) = (ctx.now(), request.availability_zone.0.is_some());
    if let Some(row) = os.nova.aggregates.get_mut(&aggregate.id) {
        // SQLAlchemy sets the update time only if the name changes. The zone is in another table.
        if let Some(name) = name.filter(|name| *name != row.name) {
            (row.name, row.updated) = (name, Some(now));
        }
        if let Some(zone) = request.availability_zone.0.flatten() {
            row.metadata.insert(ZONE.into(), zone.trim().to_owned());
        }
    }
    let shown = find(os, &aggregate.id)?;
    Ok(if has_zone { one_changed_now(call, shown) } else { one(call, shown) })
}

/// The error is upstream's reason. The zone must not be empty, no host may belong to another zone, and no host may have
/// servers if the zone changes (`is_safe_to_update_az`).
fn check_zone(os: &OpenStack, aggregate: &Aggregate, zone: Option<&str>, hosts: &[Id]) -> Result<(), String> {
    let Some(zone) = zone.filter(|zone| !zone.is_empty()) else {
        return Err(format!("Aggregate {} does not support empty named availability zone", aggregate.name));
    };
    check_other_zones(os, aggregate, zone, hosts)?;
    let has_servers = |host: &Id| os.nova.servers.by(&BY_HOST, host).next().is_some();
    if aggregate.zone() != Some(zone) && hosts.iter().any(has_servers) {
        return Err("One or more hosts contain instances in this zone".into());
    }
    Ok(())
}

/// No host may belong to another zone through another aggregate. The error is upstream's reason.
fn check_other_zones(os: &OpenStack, aggregate: &Aggregate, zone: &str, hosts: &[Id]) -> Result<(), String> {
    let others = hosts.iter().filter_map(|host| zone_by_aggregate(os, host, Some(&aggregate.id)));
    let mut others: Vec<_> = others.filter(|other| *other != zone).collect();
    if others.is_empty() {
        return Ok(());
    }
    others.sort_unstable();
    others.dedup();
    Err(format!("One or more hosts already in availability zone(s) {}", super::super::python::repr(&others.into())))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let aggregate = find(os, call.param("id"))?;
    let id = aggregate.id.clone();
    if !aggregate.hosts.is_empty() {
        return Err(errors::aggregate_has_hosts(&id));
    }
    os.nova.aggregates.remove(&id);
    Ok(Response::empty())
}

/// True if a compute host of this name exists.
fn is_host(os: &OpenStack, host: &str) -> bool {
    services::compute(os, host).is_some()
}
