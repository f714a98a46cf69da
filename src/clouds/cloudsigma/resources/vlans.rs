//! Sections 9.1 to 9.4: VLANs, which are private networks.

use super::super::dialect::{pairs, text};
use super::super::errors::{self, ValidationErrors};
use super::super::servers::network;
use super::super::text::{Pairs, Text};
use super::super::{CloudSigma, schemas};
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Row, get, get_changing, post};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Operation<CloudSigma>] = &[
    get("/resources/vlan/list", "cloudsigma.vlan.list", list).summary("Lists VLANs of the account.").also_at("POST"),
    get("/resources/vlan/info", "cloudsigma.vlan.show_all", show_all)
        .summary("Shows all VLANs of the account.")
        .also_at("POST"),
    post("/resources/vlan/create", "cloudsigma.vlan.create", create)
        .summary("Creates a VLAN.")
        .documents(schemas::name),
    get("/resources/vlan/{vlan}/info", "cloudsigma.vlan.show", show).summary("Shows a VLAN.").also_at("POST"),
    post("/resources/vlan/{vlan}/set", "cloudsigma.vlan.update", update)
        .summary("Updates a VLAN.")
        .documents(schemas::name),
    get_changing("/resources/vlan/{vlan}/destroy", "cloudsigma.vlan.destroy", destroy)
        .summary("Destroys a VLAN.")
        .also_at("POST")
        .answers(204),
];

/// A VLAN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vlan {
    pub id: Id,
    pub owner: Id,
    pub name: String,
}

impl Row for Vlan {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.owner
    }
}

fn list(call: &Call, cloud: &CloudSigma) -> Answer {
    Ok(text(Text::lines(cloud.vlans.of(&call.user()).rev().map(|vlan| format!("vlan {}", vlan.id)))))
}

fn show_all(call: &Call, cloud: &CloudSigma) -> Answer {
    Ok(text(Text::records(cloud.vlans.of(&call.user()).rev(), record)))
}

fn show(call: &Call, cloud: &CloudSigma) -> Answer {
    Ok(text(Text::records([own(call, cloud)?], record)))
}

fn create(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let pairs = pairs(call);
    let name = name(&pairs)?;
    let vlan = add(cloud, ctx, &call.user(), name);
    Ok(text(Text::records(cloud.vlans.get(&vlan), record)))
}

/// Adds a VLAN and returns its UUID.
pub fn add(cloud: &mut CloudSigma, ctx: &mut Context, user: &Id, name: &str) -> Id {
    let id = ctx.uuid();
    cloud.vlans.insert(Vlan { id: id.clone(), owner: user.clone(), name: name.to_owned() });
    id
}

fn update(call: &Call, cloud: &mut CloudSigma, _ctx: &mut Context) -> Answer {
    let pairs = pairs(call);
    let id = own(call, cloud)?.id.clone();
    let name = name(&pairs)?;
    let vlan = cloud.vlans.get_mut(&id).ok_or_else(errors::vlan_not_found)?;
    name.clone_into(&mut vlan.name);
    Ok(text(Text::records([&*vlan], record)))
}

fn name(pairs: &Pairs) -> Result<&str, Problem> {
    let mut errors_found = ValidationErrors::default();
    if pairs.get("name").is_none() {
        errors_found.add("name", errors::REQUIRED);
    }
    errors_found.refuse(pairs)?;
    Ok(pairs.get("name").unwrap_or_default())
}

fn destroy(call: &Call, cloud: &mut CloudSigma, _ctx: &mut Context) -> Answer {
    let vlan = own(call, cloud)?;
    if network::user_of_vlan(cloud, &vlan.owner, &vlan.id).is_some() {
        return Err(errors::in_use("VLAN"));
    }
    let id = vlan.id.clone();
    cloud.vlans.remove(&id);
    Ok(Response::empty())
}

fn own<'c>(call: &Call, cloud: &'c CloudSigma) -> Result<&'c Vlan, Problem> {
    let vlan = cloud.vlans.get(call.param("vlan")).filter(|vlan| vlan.owner == call.user());
    vlan.ok_or_else(errors::vlan_not_found)
}

fn record(shown: &mut Text, vlan: &Vlan) {
    shown.pair("resource", &vlan.id);
    shown.pair("type", "vlan");
    shown.pair("user", &vlan.owner);
    shown.pair("name", &vlan.name);
}
