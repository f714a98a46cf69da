//! Manila shares attached to servers (nova/api/openstack/compute/server_shares.py). There is no Manila here, so no
//! share exists.

use super::super::OpenStack;
use super::errors;
use super::parameter_types::{Optional, Uuid};
use super::servers::{VmState, permitted_in_its_cell};
use crate::engine::{Answer, Call, Context, Operation, Response, delete, get, post};
use schemars::JsonSchema;
use serde::Deserialize;

const ALL: &str = "/servers/{server_id}/shares";
const ONE: &str = "/servers/{server_id}/shares/{share_id}";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "nova.server.share.list", list)
        .summary("Lists the Manila shares attached to a server.")
        .since(2, 97)
        .policy_on_target("os_compute_api:os-server-shares:index"),
    post(ALL, "nova.server.share.create", create)
        .summary("Attaches a Manila share to a server.")
        .since(2, 97)
        .body::<CreateRequest>()
        .answers(201)
        .policy_on_target("os_compute_api:os-server-shares:create"),
    get(ONE, "nova.server.share.show", show)
        .summary("Shows a Manila share attached to a server.")
        .since(2, 97)
        .policy_on_target("os_compute_api:os-server-shares:show"),
    delete(ONE, "nova.server.share.delete", remove)
        .summary("Detaches a Manila share from a server.")
        .since(2, 97)
        .answers(200)
        .policy_on_target("os_compute_api:os-server-shares:delete"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    share: Create,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    share_id: Uuid,
    #[serde(default, rename = "tag")]
    _tag: Optional<Tag>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(inline, extend("pattern" = "^[a-zA-Z0-9-]*$", "minLength" = 1, "maxLength" = 255))]
struct Tag(#[allow(dead_code, reason = "read for its schema alone")] String);

fn list(call: &Call, os: &OpenStack) -> Answer {
    permitted_in_its_cell(call, os)?;
    Ok(Response::object(|o| o.list("shares", |_| {})))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    permitted_in_its_cell(call, os)?;
    Err(errors::share_not_found(call.param("share_id")))
}

/// Upstream attaches shares only to stopped servers.
fn create(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let share = call.body::<CreateRequest>()?.share.share_id.0;
    permitted_in_its_cell(call, os)?.check_state("create share", &[VmState::Stopped], &[], false)?;
    Err(errors::share_not_found(&share))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    permitted_in_its_cell(call, os)?.check_state("delete share", &[VmState::Stopped, VmState::Error], &[], false)?;
    Err(errors::share_not_found(call.param("share_id")))
}
