//! Administrative actions: resetting the state and the network of a server
//! (nova/api/openstack/compute/admin_actions.py).

use super::super::super::{errors, instance_actions};
use super::super::{VmState, change, permitted};
use super::PATH;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Operation, Response, post};
use schemars::JsonSchema;
use serde::Deserialize;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(PATH, "nova.server.reset_state", reset_state)
        .summary("Sets the state of a server to active or error.")
        .action("os-resetState")
        .body::<ResetRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:os-admin-actions:reset_state"),
    post(PATH, "nova.server.reset_network", reset_network)
        .summary("Answers 410 because the guest agent that reset networks no longer exists.")
        .action("resetNetwork"),
    post(PATH, "nova.server.inject_network_info", inject_network_info)
        .summary("Injects network information into a server.")
        .action("injectNetworkInfo")
        .answers(202)
        .policy_on_target("os_compute_api:os-admin-actions:inject_network_info"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ResetRequest {
    #[serde(rename = "os-resetState")]
    reset: Reset,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reset {
    #[schemars(extend("enum" = ["active", "error"]))]
    state: String,
}

/// Transitions in progress have no effect, because they find the server in an unexpected state.
fn reset_state(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let state = call.body::<ResetRequest>()?.reset.state;
    let id = permitted(call, os)?.id.clone();
    instance_actions::begin(call, os, ctx, &id, "resetState");
    let vm_state = if state == "active" { VmState::Active } else { VmState::Error };
    change(os, ctx, &id, |server| (server.vm_state, server.task_state) = (vm_state, None));
    Ok(Response::empty())
}

/// Upstream removed this action together with the guest agent of the Xen driver.
fn reset_network(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    Err(errors::gone())
}

fn inject_network_info(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    permitted(call, os)?.check_lock(call)?;
    Ok(Response::empty())
}
