//! Rescue mode: booting a server from another image (nova/api/openstack/compute/rescue.py).

use super::super::super::errors;
use super::super::super::parameter_types::{Optional, Uuid};
use super::super::passwords;
use super::super::{PowerState, Server, TaskState, VmState, permitted};
use super::{IDLE, PATH, begin, fail_task, finish, revert_task};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::glance::images::{self, Image};
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Transition, post, transition};
use schemars::JsonSchema;
use serde::Deserialize;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(PATH, "nova.server.rescue", rescue)
        .summary("Boots a server from a rescue image.")
        .action("rescue")
        .body::<RescueRequest>()
        .policy_on_target("os_compute_api:os-rescue"),
    post(PATH, "nova.server.unrescue", unrescue)
        .summary("Boots a rescued server from its own disk again.")
        .action("unrescue")
        .answers(202)
        .policy_on_target("os_compute_api:os-unrescue"),
];

/// The guest runs from the rescue image.
pub const RESCUE: Transition<OpenStack> = transition("nova.server.rescue", finish_rescue, |os, ctx, id, reason| {
    revert_task(os, ctx, id, TaskState::Rescuing, reason)
});
/// The guest runs from its own disk again.
pub const UNRESCUE: Transition<OpenStack> =
    transition("nova.server.unrescue", finish_unrescue, |os, ctx, id, reason| {
        fail_task(os, ctx, id, TaskState::Unrescuing, reason)
    });

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&RESCUE, &UNRESCUE];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RescueRequest {
    #[schemars(with = "Rescue", extend("type" = ["object", "null"]))]
    rescue: Option<Rescue>,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct Rescue {
    #[serde(default, rename = "adminPass")]
    password: Optional<String>,
    #[serde(default)]
    rescue_image_ref: Optional<Uuid>,
}

fn rescue(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<RescueRequest>()?.rescue.unwrap_or_default();
    let server = permitted(call, os)?;
    server.check_lock(call)?;
    server.check_state("rescue", &[VmState::Active, VmState::Stopped, VmState::Error], IDLE, true)?;
    let image = request.rescue_image_ref.0.map(|image| rescue_image(call, os, &image.0)).transpose()?;
    let fits = call.since(2, 87) && is_for_rescue(server, image);
    if server.is_volume_backed() && !fits {
        return Err(errors::cannot_rescue_volume_backed(&server.id));
    }
    let id = server.id.clone();
    begin(call, os, ctx, &id, ("rescue", "compute_rescue_instance"), TaskState::Rescuing);
    ctx.later(&RESCUE, &id);
    let password = request.password.0.unwrap_or_else(|| passwords::generate(ctx));
    Ok(Response::object(|o| o.set("adminPass", password)))
}

/// The rescue image, which must not be a snapshot of volumes. Errors: 400.
fn rescue_image<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o Image, Problem> {
    let image = images::find(call, os, id).map_err(|_| errors::unsupported_rescue_image(id))?;
    if image.properties.contains_key("block_device_mapping") {
        return Err(errors::unsupported_rescue_image(id));
    }
    Ok(image)
}

/// From microversion 2.87 on, these image properties allow the rescue of volume-backed servers.
fn is_for_rescue(server: &Server, image: Option<&Image>) -> bool {
    let properties = image.map_or(&*server.image_properties, |image| &image.properties);
    properties.contains_key("hw_rescue_bus") && properties.contains_key("hw_rescue_device")
}

fn finish_rescue(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    finish(os, ctx, id, TaskState::Rescuing, |server| {
        (server.vm_state, server.power_state) = (VmState::Rescued, PowerState::Running);
    });
}

fn unrescue(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let server = permitted(call, os)?;
    server.check_lock(call)?;
    server.check_state("unrescue", &[VmState::Rescued], IDLE, true)?;
    let id = server.id.clone();
    begin(call, os, ctx, &id, ("unrescue", "compute_unrescue_instance"), TaskState::Unrescuing);
    ctx.later(&UNRESCUE, &id);
    Ok(Response::empty())
}

fn finish_unrescue(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    finish(os, ctx, id, TaskState::Unrescuing, |server| {
        (server.vm_state, server.power_state) = (VmState::Active, PowerState::Running);
    });
}
