//! Which versions of the API there are (cinder/api/versions.py).

use super::super::OpenStack;
use super::LATEST;
use crate::engine::{Answer, Call, List, Operation, Response, get};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/", "cinder.version.list", list).rooted().public().answers(300),
    get("/v3", "cinder.version.show", show).rooted().public(),
];

fn list(call: &Call, _os: &OpenStack) -> Answer {
    Ok(Response::object(|o| o.list("versions", |versions| view(versions, call))))
}

fn show(call: &Call, _os: &OpenStack) -> Answer {
    Ok(Response::object(|o| o.list("versions", |versions| view(versions, call))))
}

fn view(versions: &mut List, call: &Call) {
    versions.object(|o| {
        o.set("id", "v3.0");
        o.set("status", "CURRENT");
        o.set("version", format_args!("{}.{}", LATEST.0, LATEST.1));
        o.set("min_version", "3.0");
        o.set("updated", "2023-08-31T00:00:00Z");
        o.list("links", |links| {
            links.object(|o| {
                o.set("rel", "describedby");
                o.set("type", "text/html");
                o.set("href", "https://docs.openstack.org/");
            });
            links.object(|o| {
                o.set("rel", "self");
                o.set("href", format_args!("{}/v3/", call.base()));
            });
        });
        o.list("media-types", |types| {
            types.object(|o| {
                o.set("base", "application/json");
                o.set("type", "application/vnd.openstack.volume+json;version=3");
            });
        });
    });
}
