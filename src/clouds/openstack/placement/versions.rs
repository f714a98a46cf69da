//! The version document at `/`, which needs no token (placement/handlers/root.py).

use super::dialect::dated;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Operation, Response, get};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/", "placement.version.list", list).summary("Lists the API versions.").public(),
    get("", "placement.version.list_bare", list).summary("Lists the API versions.").public(),
];

fn list(call: &Call, _os: &OpenStack) -> Answer {
    let response = Response::object(|o| {
        o.list("versions", |list| {
            list.object(|o| {
                o.set("id", "v1.0");
                o.set("max_version", "1.39");
                o.set("min_version", "1.0");
                o.set("status", "CURRENT");
                o.list("links", |list| {
                    list.object(|o| {
                        o.set("rel", "self");
                        o.set("href", "");
                    });
                });
            });
        });
    });
    Ok(dated(call, response, call.now))
}
