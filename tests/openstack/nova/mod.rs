//! Compute.

mod actions;
mod flavors;
mod keypairs;
mod placement_of_servers;
mod proxies;
mod server_groups;
mod servers;
mod versions;

use crate::support::Cloud;
use serde_json::json;

/// An active server of the smallest flavor, without a network; its path.
pub fn server(cloud: &Cloud) -> String {
    format!("/v2.1/servers/{}", servers::active(cloud, json!({})))
}
