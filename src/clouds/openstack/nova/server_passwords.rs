//! The administrative password that a server has generated and posted to the metadata service, encrypted with the
//! public key of its user (nova/api/openstack/compute/server_password.py).

use super::super::OpenStack;
use super::flavors::nothing_since_2_102;
use super::servers::{self, permitted};
use crate::engine::{Answer, Call, Context, Operation, Response, delete, get};

const PATH: &str = "/servers/{server_id}/os-server-password";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(PATH, "nova.server.password.show", show)
        .summary("Shows the encrypted password that a server has posted.")
        .query(nothing_since_2_102)
        .policy_on_target("os_compute_api:os-server-password:show"),
    delete(PATH, "nova.server.password.clear", clear)
        .summary("Clears the encrypted password that a server has posted.")
        .policy_on_target("os_compute_api:os-server-password:clear"),
];

fn show(call: &Call, os: &OpenStack) -> Answer {
    let server = permitted(call, os)?;
    Ok(Response::object(|o| o.set("password", server.posted_password.as_deref().unwrap_or_default())))
}

/// Only Nova's copy is deleted. The password of the guest stays valid.
fn clear(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let id = permitted(call, os)?.id.clone();
    servers::change(os, ctx, &id, |server| server.posted_password = None);
    Ok(Response::empty())
}
