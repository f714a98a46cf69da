//! Unshelving servers: they are started on a host again (nova/api/openstack/compute/shelve.py).

use super::super::super::parameter_types::Optional;
use super::super::super::policy::POLICY;
use super::super::super::{aggregates, availability_zones, errors, scheduler};
use super::super::build::connector;
use super::super::{PowerState, Server, TaskState, VmState, change, devices, permitted};
use super::image::delete_image;
use super::{IDLE, PATH, begin, finish, hosts, is_doing, next_task, revert_task, shelve};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::attachments;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Transition, post, transition};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;

pub const OPERATIONS: &[Operation<OpenStack>] = &[post(PATH, "nova.server.unshelve", unshelve)
    .summary("Brings a shelved server back to a host.")
    .action("unshelve")
    .body::<UnshelveRequest>()
    .answers(202)
    .policy_on_target("os_compute_api:os-shelve:unshelve")];

/// A host is chosen.
pub const UNSHELVE: Transition<OpenStack> = transition("nova.server.unshelve", start_spawn, failed);
/// The guest runs.
pub const UNSHELVE_SPAWN: Transition<OpenStack> = transition("nova.server.unshelve_spawn", finish_unshelve, failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&UNSHELVE, &UNSHELVE_SPAWN];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UnshelveRequest {
    unshelve: RawTarget,
}

/// Any value. From microversion 2.77 on, an availability zone; from 2.91 on, also a host.
#[derive(Deserialize)]
struct RawTarget(Value);

impl JsonSchema for RawTarget {
    fn schema_name() -> Cow<'static, str> {
        "UnshelveWhere".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let name = super::super::super::parameter_types::Name::json_schema(generator);
        json_schema!({
            "x-from": {
                "2.77": {
                    "type": ["object", "null"],
                    "properties": {"availability_zone": name},
                    "required": ["availability_zone"],
                    "additionalProperties": false,
                },
                "2.91": {
                    "type": ["object", "null"],
                    "properties": {"availability_zone": {"type": ["string", "null"]}, "host": {"type": "string"}},
                    "required": [],
                    "additionalProperties": false,
                },
            },
        })
    }
}

/// The requested zone and host. Null as a zone unpins the server from its zone.
#[derive(Default, Deserialize)]
struct Target {
    #[serde(default, deserialize_with = "present")]
    availability_zone: Option<Option<String>>,
    #[serde(default)]
    host: Optional<String>,
}

/// Deserializes null as a value, to distinguish it from a missing field.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn unshelve(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let body = call.body::<UnshelveRequest>()?.unshelve.0;
    let mut target = Target::deserialize(&body).unwrap_or_default();
    if !call.since(2, 77) {
        target = Target::default();
    }
    let server = permitted(call, os)?;
    server.check_lock(call)?;
    server.check_state("unshelve", &[VmState::Shelved, VmState::ShelvedOffloaded], IDLE, true)?;
    check(call, os, server, &target)?;
    let id = server.id.clone();
    let Target { availability_zone, host } = target;
    change(os, ctx, &id, |server| {
        if let Some(zone) = availability_zone {
            server.pinned_zone = zone.map(Id::from);
        }
        server.requested_host = host.0.map(Id::from);
    });
    begin(call, os, ctx, &id, ("unshelve", "compute_unshelve_instance"), TaskState::Unshelving);
    ctx.later(&UNSHELVE, &id);
    Ok(Response::empty())
}

/// A target is allowed only for offloaded servers, and must exist. Errors: 400, 403 and 409.
fn check(call: &Call, os: &OpenStack, server: &Server, target: &Target) -> Result<(), Problem> {
    let chooses = target.availability_zone.is_some() || target.host.is_some();
    if chooses && server.vm_state != VmState::ShelvedOffloaded {
        return Err(errors::cannot_choose_unshelve_destination(&server.id, server.vm_state.as_str()));
    }
    let zone = target.availability_zone.as_ref().and_then(Option::as_deref);
    if zone.is_some_and(|zone| !availability_zones::is_zone(os, zone)) {
        return Err(errors::unavailable_zone());
    }
    let Some(host) = target.host.as_deref() else { return Ok(()) };
    let on = [("project_id", &*server.project), ("user_id", &*server.user)];
    POLICY.enforce_rule(call, "os_compute_api:os-shelve:unshelve_to_host", &on)?;
    if !hosts::exists(os, host) {
        return Err(errors::compute_host_not_found(host));
    }
    let pinned = if target.availability_zone.is_some() { zone } else { server.pinned_zone.as_deref() };
    match pinned.filter(|zone| *aggregates::zone_of(os, host) != **zone) {
        Some(zone) => Err(errors::host_not_in_zone(host, zone)),
        None => Ok(()),
    }
}

fn start_spawn(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(server) = os.nova.servers.get(id).filter(|_| is_doing(os, id, TaskState::Unshelving)) else { return };
    // A server that is not offloaded yet keeps its host.
    let (request, host) = (scheduler::Request::of(server), server.host.clone());
    let host = match host.map_or_else(|| scheduler::place(os, ctx, &request), Ok) {
        Ok(host) => host,
        Err(refused) => return failed(os, ctx, id, &errors::no_valid_host(refused).message),
    };
    if next_task(os, ctx, id, TaskState::Unshelving, TaskState::Spawning) {
        hosts::arrive(os, ctx, id, &host);
        ctx.later(&UNSHELVE_SPAWN, id);
    }
}

/// The image is no longer needed.
fn finish_unshelve(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if is_doing(os, id, TaskState::Spawning) {
        shelve::image(os, id).iter().for_each(|image| delete_image(os, image));
    }
    let was_offloaded = os.nova.servers.get(id).is_some_and(|server| server.vm_state == VmState::ShelvedOffloaded);
    finish(os, ctx, id, TaskState::Spawning, |server| {
        (server.vm_state, server.power_state) = (VmState::Active, PowerState::Running);
        server.launched = Some(ctx.now());
        server.requested_host = None;
        // Volumes attached to the offloaded server have no device names yet.
        devices::name_all(&mut server.devices);
    });
    if was_offloaded {
        connect_volumes(os, ctx, id);
    }
}

/// Connects the reserved volumes of a server that was offloaded to its new host.
fn connect_volumes(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(server) = os.nova.servers.share(id).filter(|server| server.vm_state == VmState::Active) else { return };
    for device in &server.devices {
        let Some(attachment) = &device.attachment else { continue };
        attachments::connect(os, ctx, attachment, connector(&server, device.device.as_deref()));
        attachments::finish(os, ctx, attachment);
    }
}

fn failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, reason: &str) {
    if is_doing(os, id, TaskState::Spawning) {
        hosts::leave(os, ctx, id);
    }
    revert_task(os, ctx, id, TaskState::Unshelving, reason);
    revert_task(os, ctx, id, TaskState::Spawning, reason);
}
