//! Changing the administrative password (nova/api/openstack/compute/admin_password.py).

use super::super::{TaskState, VmState, permitted};
use super::{IDLE, PATH, begin, fail_task, finish};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Operation, Response, Transition, post, transition};
use schemars::JsonSchema;
use serde::Deserialize;

pub const OPERATIONS: &[Operation<OpenStack>] = &[post(PATH, "nova.server.change_password", change_password)
    .summary("Changes the administrative password of a server.")
    .action("changePassword")
    .body::<PasswordRequest>()
    .answers(202)
    .policy_on_target("os_compute_api:os-admin-password")];

/// The guest has changed the password.
pub const CHANGE_PASSWORD: Transition<OpenStack> =
    transition("nova.server.change_password", finish_change, |os, ctx, id, reason| {
        fail_task(os, ctx, id, TaskState::UpdatingPassword, reason);
    });

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&CHANGE_PASSWORD];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PasswordRequest {
    #[serde(rename = "changePassword")]
    _change: Password,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Password {
    #[serde(rename = "adminPass")]
    _password: String,
}

/// The password itself is not stored, because there is no guest to log in to.
fn change_password(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let server = permitted(call, os)?;
    server.check_lock(call)?;
    server.check_state("changePassword", &[VmState::Active], IDLE, true)?;
    let id = server.id.clone();
    begin(call, os, ctx, &id, ("changePassword", "compute_set_admin_password"), TaskState::UpdatingPassword);
    ctx.soon(&CHANGE_PASSWORD, &id);
    Ok(Response::empty())
}

fn finish_change(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    finish(os, ctx, id, TaskState::UpdatingPassword, |_| {});
}
