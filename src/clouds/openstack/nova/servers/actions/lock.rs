//! Locking servers: only administrators can change a locked server (nova/api/openstack/compute/lock_server.py).

use super::super::super::instance_actions;
use super::super::super::policy::POLICY;
use super::super::{Lock, change, find, permitted};
use super::PATH;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Operation, Response, post};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(PATH, "nova.server.lock", lock)
        .summary("Locks a server against changes by its users.")
        .action("lock")
        .body::<LockRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:os-lock-server:lock"),
    post(PATH, "nova.server.unlock", unlock)
        .summary("Unlocks a server.")
        .action("unlock")
        .answers(202)
        .policy_on_target("os_compute_api:os-lock-server:unlock"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LockRequest {
    lock: LockReason,
}

/// Any value. From microversion 2.73 on, a reason or null.
#[derive(Deserialize)]
struct LockReason(Value);

impl JsonSchema for LockReason {
    fn schema_name() -> Cow<'static, str> {
        "WhyLocked".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "x-from": {"2.73": {
                "type": ["object", "null"],
                "properties": {"locked_reason": {"type": "string", "minLength": 1, "maxLength": 255}},
                "additionalProperties": false,
            }},
        })
    }
}

/// The owner cannot lock a locked server again, because that would replace the lock of an administrator.
fn lock(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let body = call.body::<LockRequest>()?.lock.0;
    let server = permitted(call, os)?;
    let is_owner = server.project == call.project();
    if server.lock.is_some() && is_owner {
        return Ok(Response::empty());
    }
    let reason = body["locked_reason"].as_str().filter(|_| call.since(2, 73)).map(str::to_owned);
    let id = server.id.clone();
    change(os, ctx, &id, |server| server.lock = Some(Lock { by_admin: !is_owner, reason }));
    instance_actions::begin(call, os, ctx, &id, "lock");
    instance_actions::event_begins(os, ctx, &id, "api_lock");
    instance_actions::events_end(os, ctx, &id, Ok(()));
    Ok(Response::empty())
}

/// Overriding the lock of the other side requires a separate policy rule.
fn unlock(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let server = find(call, os, call.param("server_id"))?;
    POLICY.enforce(call, &[("project_id", &server.project)])?;
    let is_owner = server.project == call.project();
    if server.lock.as_ref().is_some_and(|lock| lock.by_admin == is_owner) {
        let on = [("project_id", &*server.project)];
        POLICY.enforce_rule(call, "os_compute_api:os-lock-server:unlock:unlock_override", &on)?;
    }
    let id = server.id.clone();
    change(os, ctx, &id, |server| server.lock = None);
    instance_actions::begin(call, os, ctx, &id, "unlock");
    instance_actions::event_begins(os, ctx, &id, "api_unlock");
    instance_actions::events_end(os, ctx, &id, Ok(()));
    Ok(Response::empty())
}
