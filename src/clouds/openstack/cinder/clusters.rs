//! Clusters of volume services: `/clusters` (cinder/api/v3/clusters.py). This cloud has none.

use super::parameter_types::Text255;
use super::{errors, strict_bool};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Operation, Response, get, put};
use schemars::JsonSchema;
use serde::Deserialize;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/clusters", "cinder.cluster.list", list)
        .summary("Lists clusters of volume services.")
        .since(3, 7)
        .policy("clusters:get_all"),
    get("/clusters/detail", "cinder.cluster.list_detail", list)
        .summary("Lists clusters of volume services with details.")
        .since(3, 7)
        .policy("clusters:get_all"),
    get("/clusters/{cluster}", "cinder.cluster.show", show)
        .summary("Shows a cluster of volume services.")
        .since(3, 7)
        .policy("clusters:get"),
    put("/clusters/enable", "cinder.cluster.enable", enable)
        .summary("Enables a cluster of volume services.")
        .body::<EnableRequest>()
        .since(3, 7)
        .policy("clusters:update"),
    put("/clusters/disable", "cinder.cluster.disable", disable)
        .summary("Disables a cluster of volume services.")
        .body::<DisableRequest>()
        .since(3, 7)
        .policy("clusters:update"),
];

/// The filters of the list and the versions that introduced them.
const FILTERS: [(&str, (u16, u16)); 8] = [
    ("name", (3, 7)),
    ("binary", (3, 7)),
    ("is_up", (3, 7)),
    ("disabled", (3, 7)),
    ("num_hosts", (3, 7)),
    ("num_down_hosts", (3, 7)),
    ("replication_status", (3, 26)),
    ("frozen", (3, 26)),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EnableRequest {
    #[schemars(length(min = 1, max = 255))]
    name: String,
    /// Default: `cinder-volume`. Null means no binary.
    #[serde(default = "volume_services")]
    binary: Text255,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DisableRequest {
    #[schemars(length(min = 1, max = 255))]
    name: String,
    /// Default: `cinder-volume`. Null means no binary.
    #[serde(default = "volume_services")]
    binary: Text255,
    #[serde(rename = "disabled_reason")]
    _disabled_reason: Option<String>,
}

fn list(call: &Call, _os: &OpenStack) -> Answer {
    let known = |name: &str| {
        FILTERS.iter().any(|(filter, since)| *filter == name && call.version >= *since)
            || (name == "active_backend_id" && call.since(3, 26))
    };
    let unknown: Vec<_> = call.query.iter().map(|(name, _)| name.as_str()).filter(|name| !known(name)).collect();
    if !unknown.is_empty() {
        return Err(errors::invalid_filter_keys(&unknown));
    }
    for name in ["disabled", "is_up"] {
        call.query(name).map_or(Ok(false), |text| strict_bool(name, text))?;
    }
    Ok(Response::object(|o| o.list("clusters", |_| {})))
}

fn show(call: &Call, _os: &OpenStack) -> Answer {
    Err(errors::cluster_not_found(Some("cinder-volume"), call.param("cluster")))
}

fn enable(call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let request: EnableRequest = call.body()?;
    Err(errors::cluster_not_found(request.binary.0.as_deref(), &request.name))
}

fn disable(call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let request: DisableRequest = call.body()?;
    Err(errors::cluster_not_found(request.binary.0.as_deref(), &request.name))
}

fn volume_services() -> Text255 {
    Text255(Some("cinder-volume".into()))
}
