//! The history of a server: the actions performed on it, by whom, and their results
//! (nova/api/openstack/compute/instance_actions.py).

use super::super::OpenStack;
use super::flavors::nothing_since_2_102;
use super::policy::{self, POLICY};
use super::servers::{self, Server, host_id};
use super::{errors, paging, parameter_types, services};
use crate::clouds::openstack::paging::skip_to_marker;
use crate::clouds::openstack::times::Micros;
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Response, get};
use chrono::{DateTime, SubsecRound, Utc};
use schemars::{Schema, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/servers/{server_id}/os-instance-actions", "nova.server.action.list", list)
        .summary("Lists the actions performed on a server.")
        .query(list_query)
        .policy_on_target("os_compute_api:os-instance-actions:list"),
    get("/servers/{server_id}/os-instance-actions/{request_id}", "nova.server.action.show", show)
        .summary("Shows an action performed on a server, with its events.")
        .query(nothing_since_2_102)
        .policy_on_target("os_compute_api:os-instance-actions:show"),
];

/// One action. Each server holds its own actions, oldest first, and keeps them after its deletion.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Action {
    /// The id of the request that started the action, which is also the action's id.
    pub request: Id,
    /// `create`, `stop`, `live-migration`.
    pub name: Cow<'static, str>,
    pub user: Id,
    pub project: Id,
    pub started: DateTime<Utc>,
    pub updated: DateTime<Utc>,
    /// At least one event has failed.
    pub failed: bool,
    pub events: Vec<Event>,
}

/// A step of an action.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Event {
    /// For example `compute_stop_instance`.
    pub name: Cow<'static, str>,
    pub started: DateTime<Utc>,
    pub finished: Option<DateTime<Utc>>,
    /// The error message, if the event failed.
    pub error: Option<String>,
    /// The host that ran the step.
    pub host: Option<Id>,
}

// -- recording ------------------------------------------------------------------------------------

/// Records that the caller starts the action `name` on a server.
pub fn begin(call: &Call, os: &mut OpenStack, ctx: &Context, server: &Id, name: &'static str) {
    begin_for((call.user(), call.project()), os, ctx, server, name);
}

/// Like [`begin`], for a given user and project.
pub fn begin_for((user, project): (Id, Id), os: &mut OpenStack, ctx: &Context, server: &Id, name: &'static str) {
    if let Some(server) = os.nova.servers.get_mut(server) {
        server.action_begins((user, project), ctx, name);
    }
}

/// Calls [`Server::event_begins`] on the server with this id, if the current request started an action on it.
pub fn event_begins(os: &mut OpenStack, ctx: &Context, server: &Id, event: &'static str) {
    if let Some(server) = with_current_action(os, ctx, server) {
        server.event_begins(ctx, event);
    }
}

/// Calls [`Server::events_end`] on the server with this id, if the current request started an action on it.
pub fn events_end(os: &mut OpenStack, ctx: &Context, server: &Id, outcome: Result<(), &str>) {
    if let Some(server) = with_current_action(os, ctx, server) {
        server.events_end(ctx, outcome);
    }
}

/// The server, if the current request started an action on it. Transitions that no request caused are not recorded.
fn with_current_action<'o>(os: &'o mut OpenStack, ctx: &Context, id: &Id) -> Option<&'o mut Server> {
    os.nova.servers.get_mut_if(id, |server| server.actions.iter().any(|action| action.request == *ctx.request_id()))
}

impl Server {
    /// Records that a user of a project starts the action `name`.
    pub fn action_begins(&mut self, (user, project): (Id, Id), ctx: &Context, name: &'static str) {
        Arc::make_mut(&mut self.actions).push(Action {
            request: ctx.request_id().clone(),
            name: name.into(),
            user,
            project,
            started: ctx.now(),
            updated: ctx.now(),
            failed: false,
            events: vec![],
        });
    }

    /// Records the start of an event of the current action. The host of a `compute_` event is the server's host; all
    /// other events run on the controller.
    pub fn event_begins(&mut self, ctx: &Context, event: &'static str) {
        let host = if event.starts_with("compute_") { self.host.clone() } else { Some(services::CONTROLLER.into()) };
        self.change_action(ctx, |action| {
            let event = Event { name: event.into(), started: ctx.now(), finished: None, error: None, host };
            action.events.push(event);
        });
    }

    /// Records the outcome of all unfinished events of the current action. An error makes the action a failed one.
    pub fn events_end(&mut self, ctx: &Context, outcome: Result<(), &str>) {
        self.change_action(ctx, |action| {
            for event in action.events.iter_mut().filter(|event| event.finished.is_none()) {
                event.finished = Some(ctx.now());
                event.error = outcome.err().map(str::to_owned);
            }
            action.failed |= outcome.is_err();
        });
    }

    /// Changes the action that the current request started, if there is one.
    fn change_action(&mut self, ctx: &Context, change: impl FnOnce(&mut Action)) {
        let Some(at) = self.actions.iter().rposition(|action| action.request == *ctx.request_id()) else { return };
        let action = &mut Arc::make_mut(&mut self.actions)[at];
        change(action);
        action.updated = ctx.now();
    }
}

// -- requests -------------------------------------------------------------------------------------

fn list_query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "limit": {"type": "string", "pattern": "^[0-9]*$", "minLength": 1, "x-since": "2.58", "x-single": "2.58"},
            "marker": {"type": "string", "x-since": "2.58", "x-single": "2.58"},
            "changes-since": {"type": "string", "format": "date-time", "x-since": "2.58", "x-single": "2.58"},
            "changes-before": {"type": "string", "format": "date-time", "x-since": "2.66", "x-single": "2.66"},
        },
        "additionalProperties": true,
        "x-from": {"2.58": {"additionalProperties": false}},
    })
}

/// Newest first.
fn list(call: &Call, os: &OpenStack) -> Answer {
    let server = target(call, os)?;
    let mut actions: Vec<_> = server.actions.iter().rev().collect();
    let paged = call.since(2, 58);
    if paged {
        let (since, before) = changes(call)?;
        actions.retain(|action| since.is_none_or(|since| action.updated.trunc_subsecs(0) >= since));
        actions.retain(|action| before.is_none_or(|before| action.updated.trunc_subsecs(0) <= before));
        let is_named = |action: &&Action, marker: &str| *action.request == *marker;
        skip_to_marker(call, &mut actions, is_named, errors::marker_not_found)?;
        actions.truncate(paging::limit(call));
    }
    Ok(Response::object(|o| {
        o.each("instanceActions", &actions, |o, action| view(o, server, action, call));
        if paged {
            let path = format!("servers/{}/os-instance-actions", server.id);
            let last = actions.last().map(|last| &*last.request);
            paging::next_link(o, call, "links", &path, actions.len(), last);
        }
    }))
}

/// The bounds of a range of update times: not before the first, not after the second.
type Changes = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// Reads `changes-since` and `changes-before`, whose format the query schema has checked. Errors: 400 if the range is
/// empty.
pub fn changes(call: &Call) -> Result<Changes, Problem> {
    let time = |name: &str| call.last_query(name).and_then(parameter_types::parse_time);
    match (time("changes-since"), time("changes-before")) {
        (Some(since), Some(before)) if before < since => Err(errors::changes_range_empty()),
        times => Ok(times),
    }
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let server = target(call, os)?;
    let request = call.param("request_id");
    let action = server.actions.iter().rfind(|action| *action.request == *request);
    let action = action.ok_or_else(|| errors::instance_action_not_found(request))?;
    let on = [("project_id", &*server.project)];
    let sees_all = POLICY.allows(call, "os_compute_api:os-instance-actions:events", &on);
    let details = call.since(2, 84) && POLICY.allows(call, "os_compute_api:os-instance-actions:events:details", &on);
    Ok(Response::one("instanceAction", |o| {
        view(o, server, action, call);
        if sees_all || call.since(2, 51) {
            o.each("events", &action.events, |o, event| {
                view_event(o, event, sees_all);
                if call.since(2, 62) {
                    if sees_all {
                        o.set("host", &event.host);
                    }
                    o.set("hostId", host_id(&action.project, event.host.as_deref()));
                }
                if details {
                    o.set("details", &event.error);
                }
            });
        }
    }))
}

fn view(o: &mut Object, server: &Server, action: &Action, call: &Call) {
    o.set("action", &action.name);
    o.set("instance_uuid", &server.id);
    o.set("request_id", &action.request);
    o.set("user_id", &action.user);
    o.set("project_id", &action.project);
    o.set("start_time", Micros(action.started));
    o.set("message", action.failed.then_some("Error"));
    if call.since(2, 58) {
        o.set("updated_at", Micros(action.updated));
    }
}

fn view_event(o: &mut Object, event: &Event, traceback: bool) {
    o.set("event", &event.name);
    o.set("start_time", Micros(event.started));
    o.set("finish_time", event.finished.map(Micros));
    o.set("result", event.finished.map(|_| if event.error.is_none() { "Success" } else { "Error" }));
    if traceback {
        o.set("traceback", &event.error);
    }
}

/// The server of the path. From microversion 2.21 on it may be a deleted one.
fn target<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Server, Problem> {
    let id = call.param("server_id");
    let visible = |server: &&Server| policy::is_own_or_admin(call, &server.project);
    let deleted = || os.nova.deleted_servers.get(id).filter(visible).filter(|_| call.since(2, 21));
    let server = servers::find(call, os, id).or_else(|problem| deleted().ok_or(problem))?;
    POLICY.enforce(call, &[("project_id", &server.project)])?;
    Ok(server)
}
