//! Quotas: usages and limits of projects (cinder/quota.py, cinder/quota_utils.py).

pub mod classes;
pub mod sets;

use super::errors;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::descriptor::Quotas;
use crate::clouds::openstack::quotas::{self, DEFAULT_CLASS, Limits, MAX_LIMIT};
use crate::engine::{Id, Problem, Row};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The default limits, unless the project or the default quota class has its own. -1 means no limit.
const DEFAULTS: &[(&str, i64)] = &[
    ("volumes", 10),
    ("per_volume_gigabytes", -1),
    ("snapshots", 10),
    ("gigabytes", 1000),
    ("backups", 10),
    ("backup_gigabytes", 1000),
    (GROUPS, 10),
];

/// Groups are listed after the per-type resources, and `GET /limits` omits them.
const GROUPS: &str = "groups";

/// The resources that are also counted per volume type: `volumes_lvm`.
const PER_TYPE: &[&str] = &["volumes", "gigabytes", "snapshots"];

/// A row of the table `quota_usages`: the usage of a project by resource, such as `volumes`, or `gigabytes_lvm` for
/// a volume type.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Usage {
    pub project: Id,
    pub in_use: BTreeMap<String, i64>,
    /// Reserved for operations in progress, such as extending a volume.
    pub reserved: BTreeMap<String, i64>,
}

impl Row for Usage {
    fn id(&self) -> &Id {
        &self.project
    }
    fn owner(&self) -> &Id {
        &self.project
    }
}

/// Resources and their amounts.
pub type Amounts<'a> = [(&'a str, i64)];

/// Adds to the usage of a project. Fails with 413 if a limit would be exceeded. `volume_type` is the name of the
/// type whose per-type usage changes as well.
pub fn charge(os: &mut OpenStack, project: &Id, volume_type: Option<&str>, amounts: &Amounts) -> Result<(), Problem> {
    let amounts = with_type(volume_type, amounts);
    check(os, project, &amounts)?;
    change(os, project, &amounts, |usage, resource, amount| add(&mut usage.in_use, resource, amount));
    Ok(())
}

/// Subtracts from the usage of a project.
pub fn release(os: &mut OpenStack, project: &Id, volume_type: Option<&str>, amounts: &Amounts) {
    change(os, project, &with_type(volume_type, amounts), |usage, resource, amount| {
        add(&mut usage.in_use, resource, -amount);
    });
}

/// As [`charge`], for an operation in progress. Must be followed by [`commit`] or [`cancel`].
pub fn reserve(os: &mut OpenStack, project: &Id, volume_type: Option<&str>, amounts: &Amounts) -> Result<(), Problem> {
    let amounts = with_type(volume_type, amounts);
    check(os, project, &amounts)?;
    change(os, project, &amounts, |usage, resource, amount| add(&mut usage.reserved, resource, amount));
    Ok(())
}

/// Turns a reservation into usage.
pub fn commit(os: &mut OpenStack, project: &Id, volume_type: Option<&str>, amounts: &Amounts) {
    change(os, project, &with_type(volume_type, amounts), |usage, resource, amount| {
        add(&mut usage.reserved, resource, -amount);
        add(&mut usage.in_use, resource, amount);
    });
}

/// Drops a reservation.
pub fn cancel(os: &mut OpenStack, project: &Id, volume_type: Option<&str>, amounts: &Amounts) {
    change(os, project, &with_type(volume_type, amounts), |usage, resource, amount| {
        add(&mut usage.reserved, resource, -amount);
    });
}

/// Fails with 413 if a volume of `size_gib` GiB exceeds `per_volume_gigabytes`.
pub fn check_volume_size(os: &OpenStack, project: &str, size_gib: i64) -> Result<(), Problem> {
    let most = limit(os, project, "per_volume_gigabytes");
    if most >= 0 && size_gib > most { Err(errors::volume_size_exceeds_limit(size_gib, most)) } else { Ok(()) }
}

/// Renames the per-type usages and limits of a volume type.
pub fn rename_type(os: &mut OpenStack, from: &str, to: &str) {
    let projects: Vec<_> = os.cinder.quota_usages.all().map(|usage| usage.project.clone()).collect();
    for project in projects {
        if let Some(usage) = os.cinder.quota_usages.get_mut(&project) {
            rename(&mut usage.in_use, from, to);
            rename(&mut usage.reserved, from, to);
        }
    }
    for table in [&mut os.cinder.quotas, &mut os.cinder.quota_classes] {
        let holders: Vec<_> = table.all().map(|set| set.holder.clone()).collect();
        for holder in holders {
            if let Some(set) = table.get_mut(&holder) {
                rename(&mut set.limits, from, to);
            }
        }
    }
}

fn rename(amounts: &mut BTreeMap<String, i64>, from: &str, to: &str) {
    for part in PER_TYPE {
        if let Some(amount) = amounts.remove(&format!("{part}_{from}")) {
            amounts.insert(format!("{part}_{to}"), amount);
        }
    }
}

/// The amount in use.
pub fn in_use(os: &OpenStack, project: &str, resource: &str) -> i64 {
    os.cinder.quota_usages.get(project).and_then(|usage| usage.in_use.get(resource)).copied().unwrap_or(0)
}

/// The reserved amount.
pub fn reserved(os: &OpenStack, project: &str, resource: &str) -> i64 {
    os.cinder.quota_usages.get(project).and_then(|usage| usage.reserved.get(resource)).copied().unwrap_or(0)
}

/// The limit of a project for a resource. -1 means no limit.
pub fn limit(os: &OpenStack, project: &str, resource: &str) -> i64 {
    quotas::configured(&os.cinder.quotas, project, resource).unwrap_or_else(|| class_limit(os, DEFAULT_CLASS, resource))
}

/// The limit of a quota class. Per-type resources have no limit by default.
fn class_limit(os: &OpenStack, class: &str, resource: &str) -> i64 {
    quotas::class_limit(&os.cinder.quota_classes, DEFAULTS, class, resource)
}

/// All resources with a quota, in upstream's order.
pub fn resources(os: &OpenStack) -> Vec<String> {
    let plain = DEFAULTS.iter().map(|(name, _)| (*name).to_owned()).filter(|name| name != GROUPS);
    let types = os.cinder.volume_types.all();
    let typed = types.flat_map(|kind| PER_TYPE.iter().map(move |part| format!("{part}_{}", kind.name)));
    plain.chain(typed).chain([GROUPS.to_owned()]).collect()
}

/// The limits of projects.
pub const QUOTAS: Quotas =
    Quotas { has: |os, resource| resources(os).iter().any(|known| known == resource), set: replace };

fn replace(os: &mut OpenStack, project: &Id, resource: &str, limit: Option<i64>) -> Option<i64> {
    let new = Limits { holder: project.clone(), ..Limits::default() };
    quotas::replace_in(&mut os.cinder.quotas, new, resource, limit)
}

/// Fails with 413 if the amounts would exceed a limit.
fn check(os: &OpenStack, project: &Id, amounts: &[(String, i64)]) -> Result<(), Problem> {
    let used = |resource: &str| in_use(os, project, resource) + reserved(os, project, resource);
    let growing = || amounts.iter().filter(|(_, amount)| *amount > 0);
    let mut overflowing: Vec<_> = growing().filter(|(name, amount)| used(name) + amount > MAX_LIMIT).collect();
    if !overflowing.is_empty() {
        overflowing.sort();
        let names: Vec<_> = overflowing.iter().map(|(name, _)| name.clone()).collect();
        return Err(errors::quota_usage_overflows(&names, MAX_LIMIT));
    }
    let is_over = |name: &str, amount: i64| {
        let limit = limit(os, project, name);
        limit >= 0 && used(name) + amount > limit
    };
    let first = amounts.iter().filter(|(name, amount)| *amount >= 0 && is_over(name, *amount)).min();
    let Some((name, amount)) = first else { return Ok(()) };
    Err(exceeded(amounts, name, *amount, limit(os, project, name), used(name)))
}

/// The error of an exceeded limit, which depends on the resource to create (`process_reserve_over_quota`).
fn exceeded(amounts: &[(String, i64)], name: &str, amount: i64, limit: i64, used: i64) -> Problem {
    let creates = |resource: &str| amounts.iter().any(|(name, _)| name == resource);
    match name {
        name if name.contains("gigabytes") && creates("backups") => {
            errors::backup_size_exceeds_quota(amount, limit, used)
        }
        name if name.contains("gigabytes") => errors::volume_size_exceeds_quota(name, amount, limit, used),
        name if name.starts_with("snapshots") => errors::snapshot_limit_exceeded(limit),
        "backups" => errors::backup_limit_exceeded(limit),
        "groups" => errors::group_limit_exceeded(limit),
        name => errors::volume_limit_exceeded(name, limit),
    }
}

fn change(os: &mut OpenStack, project: &Id, amounts: &[(String, i64)], change: impl Fn(&mut Usage, &str, i64)) {
    if !os.cinder.quota_usages.contains(project) {
        os.cinder.quota_usages.insert(Usage { project: project.clone(), ..Usage::default() });
    }
    if let Some(usage) = os.cinder.quota_usages.get_mut(project) {
        amounts.iter().for_each(|(resource, amount)| change(usage, resource, *amount));
    }
}

/// Adds to a count, which cannot become negative.
fn add(amounts: &mut BTreeMap<String, i64>, resource: &str, amount: i64) {
    let sum = amounts.entry(resource.to_owned()).or_insert(0);
    *sum = sum.saturating_add(amount).max(0);
}

/// The amounts, and those of the volume type.
fn with_type(volume_type: Option<&str>, amounts: &Amounts) -> Vec<(String, i64)> {
    let plain = amounts.iter().map(|(resource, amount)| ((*resource).to_owned(), *amount));
    let counted = amounts.iter().filter(|(resource, _)| PER_TYPE.contains(resource));
    let typed = volume_type
        .into_iter()
        .flat_map(|name| counted.clone().map(move |(resource, amount)| (format!("{resource}_{name}"), *amount)));
    plain.chain(typed).collect()
}
