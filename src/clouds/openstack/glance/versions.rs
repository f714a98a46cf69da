//! The versions of the API (glance/api/versions.py). A middleware of upstream
//! (glance/api/middleware/version_negotiation.py) comes before authentication and answers any path without a version
//! with the list of versions.

use super::super::path_info::is_below;
use super::super::{OpenStack, healthcheck};
use crate::engine::{Answer, Call, Operation, Response, get};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/", "glance.version.list", choices)
        .summary("Lists the API versions.")
        .absolute_path()
        .public()
        .any_method()
        .answers(300),
    get("/versions", "glance.version.show", choices)
        .summary("Lists the API versions.")
        .absolute_path()
        .any_method()
        .public(),
    get("/healthcheck", "glance.healthcheck", healthy)
        .summary("Reports that the service is healthy.")
        .absolute_path()
        .any_method()
        .public(),
];

fn healthy(call: &Call, _os: &OpenStack) -> Answer {
    Ok(healthcheck::answer(call, &["OK"]))
}

/// The newest minor version of a Glance with a cache and several stores. All older ones are supported.
const NEWEST: u8 = 18;

fn choices(call: &Call, _os: &OpenStack) -> Answer {
    Ok(list(call))
}

/// The list of versions.
pub fn list(call: &Call) -> Response {
    Response::many("versions", (0..=NEWEST).rev(), |o, minor| {
        o.set("id", format_args!("v2.{minor}"));
        o.set("status", if minor == NEWEST { "CURRENT" } else { "SUPPORTED" });
        o.list("links", |links| {
            links.object(|o| {
                o.set("rel", "self");
                o.set("href", format_args!("{}/v2/", call.base()));
            });
        });
    })
}

/// True if the routed path begins with the version.
pub fn is_versioned(path: &str) -> bool {
    is_below(path, "/v2")
}

/// The path that the router sees (`VersionNegotiationFilter`): the version comes from the media type in `Accept` or from
/// the path, and each minor version is version 2. Without a version, the path is that of the list of versions.
pub fn negotiated(call: &Call, path: &str) -> String {
    const MEDIA_TYPE: &str = "application/vnd.openstack.images-";
    let (first, rest) = match path.trim_start_matches('/').find('/') {
        Some(at) => path.trim_start_matches('/').split_at(at),
        None => (path.trim_start_matches('/'), ""),
    };
    if first == "versions" {
        return "/versions".into();
    }
    let (version, rest) = match call.header("accept").and_then(|accept| accept.strip_prefix(MEDIA_TYPE)) {
        Some(version) => (version, path),
        None => (first, rest),
    };
    let minor = |minor: &str| !minor.starts_with('0') && minor.parse::<u8>().is_ok_and(|minor| minor <= NEWEST);
    let is_version = version == "v2" || version == "v2.0" || version.strip_prefix("v2.").is_some_and(minor);
    if is_version { format!("/v2{rest}") } else { "/".into() }
}
