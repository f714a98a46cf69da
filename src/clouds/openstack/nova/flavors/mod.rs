//! Flavors: the virtual hardware of servers (nova/api/openstack/compute/flavors.py).

pub mod access;
mod create;
pub mod extra_specs;
mod known_specs;
mod list;
pub mod view;

use super::super::OpenStack;
use super::{errors, policy};
use crate::engine::{self, Answer, Call, Context, Id, Operation, Problem, Response, Row, get, post, put};
use chrono::{DateTime, Utc};
use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/flavors", "nova.flavor.list", list::list).summary("Lists flavors.").query(list::query),
    get("/flavors/detail", "nova.flavor.list_detail", list::list_detail)
        .summary("Lists flavors with details.")
        .query(list::query),
    post("/flavors", "nova.flavor.create", create::create)
        .summary("Creates a flavor.")
        .body::<create::CreateRequest>()
        .policy("os_compute_api:os-flavor-manage:create"),
    get("/flavors/{flavor_id}", "nova.flavor.show", show).summary("Shows a flavor.").query(nothing_since_2_102),
    put("/flavors/{flavor_id}", "nova.flavor.update", update)
        .summary("Updates the description of a flavor.")
        .since(2, 55)
        .body::<UpdateRequest>()
        .policy("os_compute_api:os-flavor-manage:update"),
    engine::delete("/flavors/{flavor_id}", "nova.flavor.delete", remove)
        .summary("Deletes a flavor.")
        .answers(202)
        .policy("os_compute_api:os-flavor-manage:delete"),
];

/// A flavor. Servers share the row as it was when they were created or last resized; later changes of the flavor do not
/// affect them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Flavor {
    pub id: Id,
    /// The primary key in upstream's database, which some error messages contain.
    pub number: u32,
    pub name: String,
    pub vcpus: u32,
    pub ram_mib: u32,
    pub disk_gib: u32,
    pub ephemeral_gib: u32,
    pub swap_mib: u32,
    pub rxtx_factor: f64,
    pub is_public: bool,
    pub description: Option<String>,
    pub extra_specs: Map<String, Value>,
    /// The projects that may use a private flavor.
    pub projects: Vec<Id>,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

impl Row for Flavor {
    fn id(&self) -> &Id {
        &self.id
    }
    /// Flavors have no owner.
    fn owner(&self) -> &Id {
        &self.id
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    flavor: Update,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Update {
    description: Description,
}

/// A required string of up to 65,535 characters, or null.
#[derive(Deserialize)]
struct Description(Option<String>);

impl JsonSchema for Description {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FlavorDescription".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "null"], "minLength": 0, "maxLength": 65535, "pattern": PRINTABLE})
    }
}

/// Strings without control characters (`valid_description_regex`).
pub(super) const PRINTABLE: &str = r"^[^\p{C}\p{Zl}\p{Zp}]*$";

/// The query schema of operations that allow no query parameters from microversion 2.102 on.
pub(in crate::clouds::openstack::nova) fn nothing_since_2_102() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {},
        "additionalProperties": true,
        "x-from": {"2.102": {"additionalProperties": false}},
    })
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let flavor = find(call, os, call.param("flavor_id"))?;
    Ok(Response::one("flavor", |o| view::detail(o, flavor, call)))
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let id = find(call, os, call.param("flavor_id"))?.id.clone();
    let description = call.body::<UpdateRequest>()?.flavor.description.0;
    let flavor = os.nova.flavors.get_mut(&id).ok_or_else(|| errors::flavor_not_found(&id))?;
    flavor.description = description;
    flavor.updated = Some(ctx.now());
    Ok(Response::one("flavor", |o| view::detail(o, flavor, call)))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = call.param("flavor_id");
    os.nova.flavors.remove(id).ok_or_else(|| errors::flavor_not_found(id))?;
    Ok(Response::empty())
}

/// A flavor that the caller may use: a public one, one of the caller's project, or any for an administrator. Errors:
/// 404.
pub fn find<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o Flavor, Problem> {
    os.nova.flavors.get(id).filter(|flavor| flavor.is_usable_by(call)).ok_or_else(|| errors::flavor_not_found(id))
}

/// Like [`find`], for a server to keep.
pub fn share(call: &Call, os: &OpenStack, id: &str) -> Result<Arc<Flavor>, Problem> {
    let id = &find(call, os, id)?.id;
    os.nova.flavors.share(id).ok_or_else(|| errors::flavor_not_found(id))
}

impl Flavor {
    fn is_usable_by(&self, call: &Call) -> bool {
        self.is_public || policy::is_admin(call) || self.projects.contains(&call.project())
    }

    /// The value of an extra spec.
    pub fn spec(&self, key: &str) -> Option<&str> {
        self.extra_specs.get(key).and_then(Value::as_str)
    }
}

/// The next primary key.
fn next_number(os: &OpenStack) -> u32 {
    os.nova.flavors.all().next().map_or(1, |newest| newest.number + 1)
}

/// Id, name, VCPUs, memory in MiB and disk in GiB.
type SeededFlavor = (&'static str, &'static str, u32, u32, u32);

/// The flavors of every cloud, which DevStack creates, too.
const STANDARD: [SeededFlavor; 5] = [
    ("1", "m1.tiny", 1, 512, 1),
    ("2", "m1.small", 1, 2048, 20),
    ("3", "m1.medium", 2, 4096, 40),
    ("4", "m1.large", 4, 8192, 80),
    ("5", "m1.xlarge", 8, 16384, 160),
];

/// DevStack's other flavors (`create_flavors` in lib/nova).
const DEVSTACK: [SeededFlavor; 5] = [
    ("c1", "cirros256", 1, 256, 1),
    ("d1", "ds512M", 1, 512, 5),
    ("d2", "ds1G", 1, 1024, 10),
    ("d3", "ds2G", 2, 2048, 10),
    ("d4", "ds4G", 4, 4096, 20),
];

/// Creates the flavors `m1.tiny` to `m1.xlarge`.
pub fn seed(os: &mut OpenStack, now: DateTime<Utc>) {
    insert_all(os, &STANDARD, now);
}

/// Adds DevStack's other flavors, and the property that DevStack gives to all of its flavors.
pub fn seed_devstack(os: &mut OpenStack, now: DateTime<Utc>) {
    insert_all(os, &DEVSTACK, now);
    for (id, ..) in STANDARD.iter().chain(&DEVSTACK) {
        if let Some(flavor) = os.nova.flavors.get_mut(id) {
            flavor.extra_specs.insert("hw_rng:allowed".into(), "True".into());
        }
    }
}

fn insert_all(os: &mut OpenStack, flavors: &[SeededFlavor], now: DateTime<Utc>) {
    for (id, name, vcpus, ram_mib, disk_gib) in flavors {
        let flavor = seeded(os, id, name, (*vcpus, *ram_mib, *disk_gib), now);
        os.nova.flavors.insert(flavor);
    }
}

/// A public flavor. The tuple is VCPUs, memory in MiB and disk in GiB.
fn seeded(
    os: &OpenStack,
    id: &str,
    name: &str,
    (vcpus, ram_mib, disk_gib): (u32, u32, u32),
    now: DateTime<Utc>,
) -> Flavor {
    Flavor {
        id: id.into(),
        number: next_number(os),
        name: name.into(),
        vcpus,
        ram_mib,
        disk_gib,
        ephemeral_gib: 0,
        swap_mib: 0,
        rxtx_factor: 1.0,
        is_public: true,
        description: None,
        extra_specs: Map::new(),
        projects: vec![],
        created: now,
        updated: None,
    }
}
