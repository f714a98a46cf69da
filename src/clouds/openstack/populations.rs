//! Populated clouds, which start with people, projects, servers and volumes.

use super::OpenStack;
use super::descriptor::Population;
use super::services::SERVICES;
use crate::engine::Context;
use serde_json::Value;

/// Populates the cloud: `"small-team"`, `"large"` or `"devstack"`.
pub fn populate(os: &mut OpenStack, ctx: &mut Context, how: &Value) -> Result<(), String> {
    let population = match how.as_str() {
        Some("small-team") => Population::SmallTeam,
        Some("large") => Population::Large,
        Some("devstack") => Population::DevStack,
        _ => return Err("there are \"small-team\", \"large\" and \"devstack\"".into()),
    };
    SERVICES.iter().filter_map(|service| service.population).try_for_each(|populate| populate(os, ctx, population))
}
