//! How much each project uses and may use.

use super::errors;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Id, Problem, Row};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a project may use unless its quota says otherwise; -1 is no limit (cinder/quota.py).
const DEFAULTS: &[(&str, i64)] = &[
    ("volumes", 10),
    ("per_volume_gigabytes", -1),
    ("snapshots", 10),
    ("gigabytes", 1000),
    ("backups", 10),
    ("backup_gigabytes", 1000),
    ("groups", 10),
];

/// What one project uses, by resource: `volumes`, `gigabytes`, `snapshots`, and the same for one type
/// of volume: `gigabytes_lvm`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Usage {
    pub project: Id,
    pub in_use: BTreeMap<String, i64>,
}

impl Row for Usage {
    fn id(&self) -> &Id {
        &self.project
    }
    fn owner(&self) -> &Id {
        &self.project
    }
}

/// Notes that the project uses more of each resource, or refuses in Cinder's words if that is more than
/// it may. `volume_type` is the name of the type that is charged along.
pub fn charge(
    os: &mut OpenStack,
    project: &Id,
    volume_type: Option<&str>,
    amounts: &[(&str, i64)],
) -> Result<(), Problem> {
    for (resource, amount) in with_type(volume_type, amounts) {
        let limit = limit(os, project, &resource);
        let used = used(os, project, &resource);
        if limit >= 0 && used + amount > limit {
            return Err(exceeded(&resource, amount, limit, used));
        }
    }
    change(os, project, volume_type, amounts, 1);
    Ok(())
}

/// Notes that the project uses less of each resource.
pub fn release(os: &mut OpenStack, project: &Id, volume_type: Option<&str>, amounts: &[(&str, i64)]) {
    change(os, project, volume_type, amounts, -1);
}

pub fn used(os: &OpenStack, project: &str, resource: &str) -> i64 {
    os.cinder.quota_usages.get(project).and_then(|usage| usage.in_use.get(resource)).copied().unwrap_or(0)
}

/// What the project may use of a resource; -1 is no limit. A resource of one type has none by default.
pub fn limit(_os: &OpenStack, _project: &str, resource: &str) -> i64 {
    DEFAULTS.iter().find(|(name, _)| *name == resource).map_or(-1, |(_, limit)| *limit)
}

fn exceeded(resource: &str, amount: i64, limit: i64, used: i64) -> Problem {
    match resource.split('_').next() {
        Some("gigabytes") => {
            errors::size_exceeds_quota("VolumeSizeExceedsAvailableQuota", "volume or snapshot", amount, limit, used)
        }
        Some("snapshots") => errors::limit_exceeded("SnapshotLimitExceeded", "snapshots", limit, resource),
        _ => errors::limit_exceeded("VolumeLimitExceeded", "volumes", limit, resource),
    }
}

fn change(os: &mut OpenStack, project: &Id, volume_type: Option<&str>, amounts: &[(&str, i64)], sign: i64) {
    if !os.cinder.quota_usages.contains(project) {
        os.cinder.quota_usages.insert(Usage { project: project.clone(), in_use: BTreeMap::new() });
    }
    if let Some(usage) = os.cinder.quota_usages.get_mut(project) {
        for (resource, amount) in with_type(volume_type, amounts) {
            let used = usage.in_use.entry(resource).or_insert(0);
            *used = (*used + sign * amount).max(0);
        }
    }
}

/// The amounts, and the same once more for the type.
fn with_type(volume_type: Option<&str>, amounts: &[(&str, i64)]) -> Vec<(String, i64)> {
    let plain = amounts.iter().map(|(resource, amount)| ((*resource).to_owned(), *amount));
    let typed = volume_type
        .into_iter()
        .flat_map(|name| amounts.iter().map(move |(resource, amount)| (format!("{resource}_{name}"), *amount)));
    plain.chain(typed).collect()
}
