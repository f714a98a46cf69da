//! Nova.

mod actions;
mod flavors;
mod keypairs;
mod legacy;
mod proxies;
mod queries;
mod scheduler;
mod server_groups;
mod servers;
mod versions;

use crate::support::Cloud;
use serde_json::json;

/// Creates an active server of the smallest flavor without networks. Returns its path.
pub fn server(cloud: &Cloud) -> String {
    format!("/v2.1/servers/{}", servers::active(cloud, json!({})))
}
