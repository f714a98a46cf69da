//! A server is booted from another image, to repair it.

use super::super::super::errors;
use super::super::super::parameter_types::{Optional, Uuid};
use super::super::passwords;
use super::super::{PowerState, Server, TaskState, VmState, permitted};
use super::{IDLE, PATH, begin, broken, finish, undone};
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

pub const RESCUE: Transition<OpenStack> =
    transition("nova.server.rescue", rescued, |os, ctx, id, why| undone(os, ctx, id, TaskState::Rescuing, why));
pub const UNRESCUE: Transition<OpenStack> =
    transition("nova.server.unrescue", unrescued, |os, ctx, id, why| broken(os, ctx, id, TaskState::Unrescuing, why));

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
    let asked = call.body::<RescueRequest>()?.rescue.unwrap_or_default();
    let server = permitted(call, os)?;
    server.check_lock(call)?;
    server.check_state("rescue", &[VmState::Active, VmState::Stopped, VmState::Error], IDLE, true)?;
    let image = asked.rescue_image_ref.0.map(|image| rescue_image(call, os, &image.0)).transpose()?;
    let fits = call.since(2, 87) && is_for_rescue(server, image);
    if server.is_volume_backed() && !fits {
        return Err(errors::cannot_rescue_volume_backed(&server.id));
    }
    let id = server.id.clone();
    begin(call, os, ctx, &id, ("rescue", "compute_rescue_instance"), TaskState::Rescuing);
    ctx.later(&RESCUE, &id);
    let password = asked.password.0.unwrap_or_else(|| passwords::generate(ctx));
    Ok(Response::object(|o| o.set("adminPass", password)))
}

/// The image to boot from, which may not be a snapshot of volumes.
fn rescue_image<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o Image, Problem> {
    let image = images::find(call, os, id).map_err(|_| errors::unsupported_rescue_image(id))?;
    if image.properties.contains_key("block_device_mapping") {
        return Err(errors::unsupported_rescue_image(id));
    }
    Ok(image)
}

/// From 2.87 on an image can say how a server with a volume to boot from is rescued by it.
fn is_for_rescue(server: &Server, image: Option<&Image>) -> bool {
    let properties = image.map_or(&*server.image_properties, |image| &image.properties);
    properties.contains_key("hw_rescue_bus") && properties.contains_key("hw_rescue_device")
}

fn rescued(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
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

fn unrescued(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    finish(os, ctx, id, TaskState::Unrescuing, |server| {
        (server.vm_state, server.power_state) = (VmState::Active, PowerState::Running);
    });
}
