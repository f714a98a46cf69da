//! Which versions of the API there are (glance/api/versions.py).

use super::super::OpenStack;
use crate::engine::{Answer, Call, Operation, Response, get};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/", "glance.version.list", list).rooted().public().answers(300),
    get("/versions", "glance.version.show", list).rooted().public(),
];

/// The versions that a Glance with several stores has.
const VERSIONS: &[(&str, &str)] = &[
    ("v2.17", "CURRENT"),
    ("v2.16", "SUPPORTED"),
    ("v2.15", "SUPPORTED"),
    ("v2.13", "SUPPORTED"),
    ("v2.12", "SUPPORTED"),
    ("v2.11", "SUPPORTED"),
    ("v2.10", "SUPPORTED"),
    ("v2.9", "SUPPORTED"),
    ("v2.8", "SUPPORTED"),
    ("v2.7", "SUPPORTED"),
    ("v2.6", "SUPPORTED"),
    ("v2.5", "SUPPORTED"),
    ("v2.4", "SUPPORTED"),
    ("v2.3", "SUPPORTED"),
    ("v2.2", "SUPPORTED"),
    ("v2.1", "SUPPORTED"),
    ("v2.0", "SUPPORTED"),
];

fn list(call: &Call, _os: &OpenStack) -> Answer {
    Ok(Response::many("versions", VERSIONS, |o, (id, status)| {
        o.set("id", id);
        o.set("status", status);
        o.list("links", |links| {
            links.object(|o| {
                o.set("rel", "self");
                o.set("href", format_args!("{}/v2/", call.base()));
            });
        });
    }))
}
