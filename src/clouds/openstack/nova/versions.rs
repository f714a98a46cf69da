//! API version discovery (nova/api/openstack/compute/versions.py).

use super::super::OpenStack;
use super::super::path_info::{self, is_below};
use super::{LATEST, errors};
use crate::engine::{Answer, Call, Object, Operation, Response, get};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/", "nova.version.list", list).summary("Lists the API versions.").absolute_path().any_method().public(),
    get("/v2", "nova.version.show_v2", show_legacy)
        .summary("Shows API version 2.")
        .absolute_path()
        .any_method()
        .public(),
    get("/v2/", "nova.version.show_v2_root", show_legacy)
        .summary("Shows API version 2.")
        .absolute_path()
        .any_method()
        .public(),
    get("/v2.1", "nova.version.show", show_current)
        .summary("Shows API version 2.1.")
        .absolute_path()
        .any_method()
        .public(),
    get("/v2.1/", "nova.version.show_root", show_current)
        .summary("Shows API version 2.1.")
        .absolute_path()
        .any_method()
        .public(),
    get("/versions/{id}", "nova.version.show_by_id", show_by_id).summary("Shows an API version."),
];

fn list(call: &Call, _os: &OpenStack) -> Answer {
    Ok(Response::many("versions", [Api::Legacy, Api::Current], |o, api| {
        head(o, api);
        o.list("links", |links| links.object(|o| own_link(o, api, call)));
    }))
}

fn show_legacy(call: &Call, _os: &OpenStack) -> Answer {
    Ok(show(Api::Legacy, call))
}

fn show_current(call: &Call, _os: &OpenStack) -> Answer {
    Ok(show(Api::Current, call))
}

/// See nova/api/openstack/compute/versionsV21.py.
fn show_by_id(call: &Call, _os: &OpenStack) -> Answer {
    match call.param("id") {
        "v2.0" => Ok(show(Api::Legacy, call)),
        "v2.1" => Ok(show(Api::Current, call)),
        _ => Err(errors::no_such_resource()),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Api {
    /// `/v2`, the API without microversions.
    Legacy,
    /// `/v2.1`.
    Current,
}

fn show(api: Api, call: &Call) -> Response {
    Response::one("version", |o| {
        head(o, api);
        o.list("links", |links| {
            links.object(|o| own_link(o, api, call));
            links.object(|o| {
                o.set("rel", "describedby");
                o.set("type", "text/html");
                o.set("href", "http://docs.openstack.org/");
            });
        });
        media_types(o, api);
    })
}

/// The answer to any path that begins with no version (`Versions.multi`).
pub fn choices(call: &Call) -> Response {
    let base = call.base();
    let path = path_info::seen_by_middleware(call);
    let path = path.strip_prefix(call.prefix.as_str()).unwrap_or(&path);
    let choices = Response::many("choices", [Api::Legacy, Api::Current], |o, api| {
        let (id, status, version) = match api {
            Api::Legacy => ("v2.0", "DEPRECATED", "v2"),
            Api::Current => ("v2.1", "CURRENT", "v2.1"),
        };
        o.set("id", id);
        o.set("status", status);
        o.list("links", |links| {
            links.object(|o| {
                o.set("rel", "self");
                o.set("href", format_args!("{base}/{version}{path}"));
            });
        });
        media_types(o, api);
    });
    choices.status(300)
}

fn media_types(o: &mut Object, api: Api) {
    o.list("media-types", |types| {
        types.object(|o| {
            let version = if api == Api::Legacy { "2" } else { "2.1" };
            o.set("base", "application/json");
            o.set("type", format_args!("application/vnd.openstack.compute+json;version={version}"));
        });
    });
}

/// True if Paste's URL map gives the path to a version of the API.
pub fn is_versioned(path: &str) -> bool {
    is_below(path, "/v2.1") || is_below(path, "/v2")
}

fn head(o: &mut Object, api: Api) {
    let (major, minor) = LATEST;
    let (id, status, version, min_version, updated) = match api {
        Api::Legacy => ("v2.0", "DEPRECATED", String::new(), "", "2025-07-04T12:00:00Z"),
        Api::Current => ("v2.1", "CURRENT", format!("{major}.{minor}"), "2.1", "2013-07-23T11:33:21Z"),
    };
    o.set("id", id);
    o.set("status", status);
    o.set("version", version);
    o.set("min_version", min_version);
    o.set("updated", updated);
}

fn own_link(o: &mut Object, api: Api, call: &Call) {
    let path = if api == Api::Legacy { "v2" } else { "v2.1" };
    o.set("rel", "self");
    o.set("href", format_args!("{}/{path}/", call.base()));
}
