//! Servers come back from the shelf, where there is room for them.

use super::super::super::parameter_types::Optional;
use super::super::super::{errors, policy};
use super::super::{PowerState, Server, TaskState, VmState, change, devices, permitted, places};
use super::image::forget;
use super::{IDLE, PATH, begin, finish, hosts, is_doing, pass, shelve, undone};
use crate::clouds::openstack::OpenStack;
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

pub const UNSHELVE: Transition<OpenStack> = transition("nova.server.unshelve", spawning, failed);
pub const UNSHELVE_SPAWN: Transition<OpenStack> = transition("nova.server.unshelve_spawn", unshelved, failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&UNSHELVE, &UNSHELVE_SPAWN];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UnshelveRequest {
    unshelve: Asked,
}

/// Anything at all; a zone from 2.77 on, a host too from 2.91 on.
#[derive(Deserialize)]
struct Asked(Value);

impl JsonSchema for Asked {
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

/// Where the client wants the server: in a zone (null unpins it from its own), on a host.
#[derive(Default, Deserialize)]
struct Wanted {
    #[serde(default, deserialize_with = "present")]
    availability_zone: Option<Option<String>>,
    #[serde(default)]
    host: Optional<String>,
}

/// Tells null from nothing at all.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn unshelve(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let asked = call.body::<UnshelveRequest>()?.unshelve.0;
    let mut wanted = Wanted::deserialize(&asked).unwrap_or_default();
    if !call.since(2, 77) {
        wanted = Wanted::default();
    }
    let server = permitted(call, os)?;
    server.check_lock(call)?;
    server.check_state("unshelve", &[VmState::Shelved, VmState::ShelvedOffloaded], IDLE, true)?;
    check(call, os, server, &wanted)?;
    let id = server.id.clone();
    let Wanted { availability_zone, host } = wanted;
    change(os, ctx, &id, |server| {
        if let Some(zone) = availability_zone {
            server.pinned_zone = zone.map(Id::from);
        }
        server.wanted_host = host.0.map(Id::from);
    });
    begin(call, os, ctx, &id, ("unshelve", "compute_unshelve_instance"), TaskState::Unshelving);
    ctx.later(&UNSHELVE, &id);
    Ok(Response::empty())
}

/// Only what is on no host can be told where to go, and the place must be there.
fn check(call: &Call, os: &OpenStack, server: &Server, wanted: &Wanted) -> Result<(), Problem> {
    let chooses = wanted.availability_zone.is_some() || wanted.host.is_some();
    if chooses && server.vm_state != VmState::ShelvedOffloaded {
        return Err(errors::cannot_choose_unshelve_destination(&server.id, server.vm_state.as_str()));
    }
    let zone = wanted.availability_zone.as_ref().and_then(Option::as_deref);
    if zone.is_some_and(|zone| !places::is_zone(os, zone)) {
        return Err(errors::unavailable_zone());
    }
    let Some(host) = wanted.host.as_deref() else { return Ok(()) };
    let on = [("project_id", &*server.project), ("user_id", &*server.user)];
    policy::enforce_rule(call, "os_compute_api:os-shelve:unshelve_to_host", &on)?;
    if !hosts::exists(os, host) {
        return Err(errors::compute_host_not_found(host));
    }
    let pinned = if wanted.availability_zone.is_some() { zone } else { server.pinned_zone.as_deref() };
    match pinned.filter(|zone| *places::zone_of(os, host) != **zone) {
        Some(zone) => Err(errors::host_not_in_zone(host, zone)),
        None => Ok(()),
    }
}

fn spawning(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(server) = os.nova.servers.get(id).filter(|_| is_doing(os, id, TaskState::Unshelving)) else { return };
    let (server, stays) = (server.clone(), server.host.clone());
    let place = stays.map_or_else(|| places::place(os, ctx, &places::Request::of(&server)), Ok);
    let host = match place {
        Ok(host) => host,
        Err(refused) => return failed(os, ctx, id, &errors::no_valid_host(refused).message),
    };
    if pass(os, ctx, id, TaskState::Unshelving, TaskState::Spawning) {
        hosts::arrive(os, ctx, id, &host);
        ctx.later(&UNSHELVE_SPAWN, id);
    }
}

/// The image has done its work.
fn unshelved(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if is_doing(os, id, TaskState::Spawning) {
        shelve::image(os, id).iter().for_each(|image| forget(os, image));
    }
    finish(os, ctx, id, TaskState::Spawning, |server| {
        (server.vm_state, server.power_state) = (VmState::Active, PowerState::Running);
        server.launched = Some(ctx.now());
        server.wanted_host = None;
        // Disks that were added meanwhile have got no name yet.
        devices::name_all(&mut server.devices);
    });
}

fn failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, reason: &str) {
    if is_doing(os, id, TaskState::Spawning) {
        hosts::leave(os, ctx, id);
    }
    undone(os, ctx, id, TaskState::Unshelving, reason);
    undone(os, ctx, id, TaskState::Spawning, reason);
}
