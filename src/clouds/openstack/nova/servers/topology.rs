//! The NUMA topology of a server (nova/api/openstack/compute/server_topology.py). The emulated servers have none.

use super::permitted;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::flavors::nothing_since_2_102;
use crate::engine::{Answer, Call, Operation, Response, get};
use serde_json::json;

pub const OPERATIONS: &[Operation<OpenStack>] = &[get("/servers/{server_id}/topology", "nova.server.topology", show)
    .summary("Shows the NUMA topology of a server.")
    .query(nothing_since_2_102)
    .since(2, 78)
    .policy_on_target("compute:server:topology:index")];

fn show(call: &Call, os: &OpenStack) -> Answer {
    permitted(call, os)?;
    Ok(Response::object(|o| {
        o.set("nodes", json!([]));
        o.set("pagesize_kb", None::<u32>);
    }))
}
