//! Section 10: groups of servers, as a web console shows them.

pub mod members;

use super::dialect::{pairs, text};
use super::errors::{self, ValidationErrors};
use super::text::Text;
use super::{CloudSigma, schemas};
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Row, get, post};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Operation<CloudSigma>] = &[
    post("/servergroups/create", "cloudsigma.group.create", create)
        .summary("Creates a server group.")
        .documents(schemas::group),
    get("/servergroups/list", "cloudsigma.group.list", list)
        .summary("Lists the server groups of the account.")
        .also_at("POST"),
    get("/servergroups/{group}/info", "cloudsigma.group.show", show).summary("Shows a server group.").also_at("POST"),
    post("/servergroups/{group}/set", "cloudsigma.group.update", update)
        .summary("Updates a server group.")
        .documents(schemas::group),
    post("/servergroups/{group}/destroy", "cloudsigma.group.destroy", destroy)
        .summary("Destroys a server group.")
        .no_body(),
];

/// A group of servers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub id: Id,
    pub owner: Id,
    pub name: String,
    pub description: String,
    /// Servers, in the order in which they were added.
    pub members: Vec<Id>,
}

impl Row for Group {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.owner
    }
}

fn create(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let pairs = pairs(call);
    let mut errors_found = ValidationErrors::default();
    if pairs.get("name").is_none() {
        errors_found.add("name", errors::REQUIRED);
    }
    errors_found.refuse(&pairs)?;
    let group = cloud.groups.insert(Group {
        id: ctx.uuid(),
        owner: call.user(),
        name: pairs.get("name").unwrap_or_default().to_owned(),
        description: pairs.get("description").unwrap_or_default().to_owned(),
        members: vec![],
    });
    Ok(text(view(group)))
}

/// Oldest first, like every list of UUIDs.
fn list(call: &Call, cloud: &CloudSigma) -> Answer {
    Ok(text(Text::lines(cloud.groups.of(&call.user()).rev().map(|group| &group.id))))
}

fn show(call: &Call, cloud: &CloudSigma) -> Answer {
    Ok(text(view(own(call, cloud)?)))
}

/// The response has no UUID (10.2).
fn update(call: &Call, cloud: &mut CloudSigma, _ctx: &mut Context) -> Answer {
    let pairs = pairs(call);
    let id = own(call, cloud)?.id.clone();
    let mut errors_found = ValidationErrors::default();
    if pairs.named("name").is_some_and(str::is_empty) {
        errors_found.add("name", errors::REQUIRED);
    }
    errors_found.refuse(&pairs)?;
    let group = cloud.groups.get_mut(&id).ok_or_else(errors::group_not_found)?;
    for (key, field) in [("name", &mut group.name), ("description", &mut group.description)] {
        if let Some(value) = pairs.named(key) {
            value.clone_into(field);
        }
    }
    let mut shown = Text::default();
    shown.pair("name", &group.name);
    shown.pair("description", &group.description);
    Ok(text(shown.finish()))
}

/// 200 without a body. The manual leaves open whether it should be 204.
fn destroy(call: &Call, cloud: &mut CloudSigma, _ctx: &mut Context) -> Answer {
    let id = own(call, cloud)?.id.clone();
    cloud.groups.remove(&id);
    Ok(Response::empty())
}

/// The group of the path, if it is the caller's.
fn own<'c>(call: &Call, cloud: &'c CloudSigma) -> Result<&'c Group, Problem> {
    let group = cloud.groups.get(call.param("group")).filter(|group| group.owner == call.user());
    group.ok_or_else(errors::group_not_found)
}

fn view(group: &Group) -> String {
    let mut shown = Text::default();
    shown.pair("uuid", &group.id);
    shown.pair("name", &group.name);
    shown.pair_if_set("description", &group.description);
    shown.finish()
}
