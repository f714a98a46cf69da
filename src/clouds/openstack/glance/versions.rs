//! The versions of the API (glance/api/versions.py). A middleware of upstream
//! (glance/api/middleware/version_negotiation.py) comes before authentication and answers any path without a version
//! with the list of versions.

use super::super::OpenStack;
use crate::engine::{Answer, Call, Operation, Response, get};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/", "glance.version.list", choices).summary("Lists the API versions.").absolute_path().public().answers(300),
    get("/versions", "glance.version.show", choices).summary("Lists the API versions.").absolute_path().public(),
];

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

/// The prefixes of paths that requests may use: `/v2`, `/v2.7`. The first one is in the documentation.
pub const PREFIXES: &[&str] = &[
    "/v2", "/v2.0", "/v2.1", "/v2.2", "/v2.3", "/v2.4", "/v2.5", "/v2.6", "/v2.7", "/v2.8", "/v2.9", "/v2.10",
    "/v2.11", "/v2.12", "/v2.13", "/v2.14", "/v2.15", "/v2.16", "/v2.17", "/v2.18",
];

/// True if the path begins with a version.
pub fn is_versioned(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    PREFIXES.iter().any(|prefix| prefix.trim_start_matches('/') == first)
}
