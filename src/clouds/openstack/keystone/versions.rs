//! The version documents of the API (keystone/api/discovery.py).

use super::super::{OpenStack, healthcheck};
use crate::engine::{Answer, Call, Object, Operation, Response, get};

/// `/` and `/v3`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/", "keystone.version.list", list).summary("Lists the API versions.").absolute_path().public().answers(300),
    get("/v3", "keystone.version.show", show).summary("Shows the version of the API.").absolute_path().public(),
    get("/healthcheck", "keystone.healthcheck", healthy)
        .summary("Reports that the service is healthy.")
        .absolute_path()
        .any_method()
        .public(),
];

/// No backends are configured, so there is nothing to say.
fn healthy(call: &Call, _os: &OpenStack) -> Answer {
    Ok(healthcheck::answer(call, &[]))
}

fn list(call: &Call, _os: &OpenStack) -> Answer {
    let versions = Response::one("versions", |o| {
        o.list("values", |list| list.object(|o| view(o, call)));
    });
    Ok(versions.header("Location", format!("{}/v3/", call.base())))
}

fn show(call: &Call, _os: &OpenStack) -> Answer {
    Ok(Response::one("version", |o| view(o, call)))
}

fn view(o: &mut Object, call: &Call) {
    o.set("id", "v3.14");
    o.set("status", "stable");
    o.set("updated", "2020-04-07T00:00:00Z");
    o.list("links", |links| {
        links.object(|o| {
            o.set("rel", "self");
            o.set("href", format_args!("{}/v3/", call.base()));
        });
    });
    o.list("media-types", |types| {
        types.object(|o| {
            o.set("base", "application/json");
            o.set("type", "application/vnd.openstack.identity-v3+json");
        });
    });
}
