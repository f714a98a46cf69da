//! Events about servers that Neutron, Cinder and other services report
//! (nova/api/openstack/compute/server_external_events.py).

use super::super::instance_actions;
use super::super::parameter_types::{Optional, Uuid};
use super::{PowerState, VmState, change};
use crate::clouds::openstack::cinder::attachments;
use crate::clouds::openstack::{OpenStack, events};
use crate::engine::{Answer, Call, Context, Id, Operation, Response, Transition, post, transition};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

pub const OPERATIONS: &[Operation<OpenStack>] =
    &[post("/os-server-external-events", "nova.server.external_event.create", create)
        .summary("Reports events about servers from other services.")
        .body::<EventsRequest>()
        .policy("os_compute_api:os-server-external-events:create")];

/// The host has noticed the new size of a volume.
pub const EXTEND_VOLUME: Transition<OpenStack> =
    transition("nova.server.extend_volume", finish_extend, |os, ctx, id, reason| {
        instance_actions::events_end(os, ctx, id, Err(reason));
    });

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&EXTEND_VOLUME];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EventsRequest {
    #[schemars(extend("minItems" = 1))]
    events: Vec<Event>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct Event {
    name: EventName,
    server_uuid: Uuid,
    #[serde(default)]
    #[schemars(extend("enum" = ["failed", "completed", "in-progress"]))]
    #[allow(dead_code, reason = "validated, but without effect here")]
    status: Optional<String>,
    #[serde(default)]
    #[schemars(extend("maxLength" = 255))]
    tag: Optional<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend(
    "enum" = ["network-changed", "network-vif-plugged", "network-vif-unplugged", "network-vif-deleted"],
    "x-from" = {
        "2.51": {"enum": [
            "network-changed", "network-vif-plugged", "network-vif-unplugged", "network-vif-deleted",
            "volume-extended",
        ]},
        "2.76": {"enum": [
            "network-changed", "network-vif-plugged", "network-vif-unplugged", "network-vif-deleted",
            "volume-extended", "power-update",
        ]},
        "2.82": {"enum": [
            "network-changed", "network-vif-plugged", "network-vif-unplugged", "network-vif-deleted",
            "volume-extended", "power-update", "accelerator-request-bound",
        ]},
        "2.93": {"enum": [
            "network-changed", "network-vif-plugged", "network-vif-unplugged", "network-vif-deleted",
            "volume-extended", "power-update", "accelerator-request-bound", "volume-reimaged",
        ]},
    },
))]
struct EventName(String);

/// Events that require a tag (`TAG_REQUIRED`).
const TAGGED: [&str; 4] = ["volume-extended", "power-update", "accelerator-request-bound", "volume-reimaged"];

/// The response repeats the events, each with its result.
fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let events = call.body::<EventsRequest>()?.events;
    let reported = call.json["events"].as_array().cloned().unwrap_or_default();
    let mut all_accepted = true;
    let mut answers = vec![];
    for (event, mut answer) in events.into_iter().zip(reported) {
        let code = apply_event(call, os, ctx, &event);
        all_accepted &= code == 200;
        answer["status"] = if code == 200 { "completed" } else { "failed" }.into();
        answer["code"] = code.into();
        answers.push(answer);
    }
    let response = Response::object(|o| o.set("events", Value::Array(answers)));
    Ok(response.status(if all_accepted { 200 } else { 207 }))
}

/// Applies an event. Returns the status code of its result.
fn apply_event(call: &Call, os: &mut OpenStack, ctx: &mut Context, event: &Event) -> u16 {
    let Some(server) = os.nova.servers.get(&event.server_uuid.0) else { return 404 };
    if TAGGED.contains(&event.name.0.as_str()) && event.tag.is_none() {
        return 400;
    }
    if server.host.is_none() {
        return 422;
    }
    let id: Id = server.id.clone();
    match (event.name.0.as_str(), event.tag.as_deref()) {
        ("power-update", Some("POWER_OFF")) => change(os, ctx, &id, |server| {
            (server.vm_state, server.power_state) = (VmState::Stopped, PowerState::Shutdown);
        }),
        ("power-update", Some("POWER_ON")) => change(os, ctx, &id, |server| {
            (server.vm_state, server.power_state) = (VmState::Active, PowerState::Running);
        }),
        ("network-vif-deleted", Some(port)) => {
            change(os, ctx, &id, |server| server.interfaces.retain(|interface| *interface.port != *port));
        }
        ("volume-extended", _) => volume_extended((call.user(), call.project()), os, ctx, &id),
        _ => {}
    }
    200
}

/// Servers on a host see that their volume has grown.
pub fn on_event(os: &mut OpenStack, ctx: &mut Context, event: &events::Event) {
    let events::Event::VolumeExtended { volume } = event;
    let servers: Vec<_> = attachments::of_volume(os, volume)
        .filter_map(|attachment| os.nova.servers.get(attachment.instance.as_ref()?))
        .filter(|server| server.host.is_some())
        .map(|server| (server.id.clone(), (server.user.clone(), server.project.clone())))
        .collect();
    for (server, by) in servers {
        volume_extended(by, os, ctx, &server);
    }
}

/// A volume of the server has been extended. The rescan on the host is a separate action in the server's history.
fn volume_extended(by: (Id, Id), os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    instance_actions::begin_for(by, os, ctx, id, "extend_volume");
    instance_actions::event_begins(os, ctx, id, "compute_extend_volume");
    ctx.soon(&EXTEND_VOLUME, id);
}

fn finish_extend(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    instance_actions::events_end(os, ctx, id, Ok(()));
}
