//! What can be done to a volume: `POST /volumes/{volume_id}/action`.

use super::super::super::OpenStack;
use super::super::parameter_types::SizeGib;
use super::super::{errors, policy};
use super::{Doing, Status, find};
use crate::engine::{Answer, Call, Operation, Response, Sim, post};
use schemars::JsonSchema;
use serde::Deserialize;

const PATH: &str = "/volumes/{volume_id}/action";

pub const OPERATIONS: &[Operation<OpenStack>] = &[post(PATH, "cinder.volume.extend", extend)
    .action("os-extend")
    .takes::<ExtendRequest>()
    .answers(202)
    .policy_on_target("volume:extend")];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExtendRequest {
    #[serde(rename = "os-extend")]
    extend: Extend,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Extend {
    new_size: SizeGib,
}

fn extend(call: &Call, os: &mut OpenStack, sim: &mut Sim) -> Answer {
    let to_gib = call.body::<ExtendRequest>()?.extend.new_size.0;
    let volume = find(call, os, call.param("volume_id"))?;
    policy::enforce(call, &[("project_id", &volume.project)])?;
    let (id, size) = (volume.id.clone(), volume.size_gib);
    if volume.status != Status::Available {
        return Err(errors::invalid_volume(format!("Volume {id} status must be available to extend.")));
    }
    if to_gib <= size {
        let reason = "New size for extend must be greater than current size.";
        return Err(errors::invalid_volume(format!("{reason} (current: {size}, extended: {to_gib}).")));
    }
    if let Some(volume) = os.cinder.volumes.get_mut(&id) {
        (volume.status, volume.doing) = (Status::Extending, Some(Doing::Extend { to_gib }));
    }
    sim.later("cinder.volume.extend", &id);
    Ok(Response::empty())
}
