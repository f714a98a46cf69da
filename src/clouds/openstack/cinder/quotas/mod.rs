//! How much each project uses and may use (cinder/quota.py, cinder/quota_utils.py).

pub mod classes;
pub mod sets;

use super::errors;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::descriptor::Quotas;
use crate::clouds::openstack::quotas::{self, DEFAULT_CLASS, Limits, MAX_LIMIT};
use crate::engine::{Id, Problem, Row};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a project may use unless its quota or the default quota class says otherwise; -1 is no limit.
const DEFAULTS: &[(&str, i64)] = &[
    ("volumes", 10),
    ("per_volume_gigabytes", -1),
    ("snapshots", 10),
    ("gigabytes", 1000),
    ("backups", 10),
    ("backup_gigabytes", 1000),
    (GROUPS, 10),
];

/// Groups are counted apart from the rest: they come after the types, and limits do without them.
const GROUPS: &str = "groups";

/// What is counted for each type of volume as well: `volumes_lvm`.
const PER_TYPE: &[&str] = &["volumes", "gigabytes", "snapshots"];

/// What one project uses, by resource: `volumes`, `gigabytes`, `snapshots`, and the same for one type
/// of volume: `gigabytes_lvm`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Usage {
    pub project: Id,
    pub in_use: BTreeMap<String, i64>,
    /// Set aside for what is under way: a volume that grows.
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

/// Resources and how much of each.
pub type Amounts<'a> = [(&'a str, i64)];

/// Notes that the project uses more of each resource, or refuses in Cinder's words if that is more than
/// it may. `volume_type` is the name of the type that is charged along.
pub fn charge(os: &mut OpenStack, project: &Id, volume_type: Option<&str>, amounts: &Amounts) -> Result<(), Problem> {
    let amounts = with_type(volume_type, amounts);
    check(os, project, &amounts)?;
    change(os, project, &amounts, |usage, resource, amount| add(&mut usage.in_use, resource, amount));
    Ok(())
}

/// Notes that the project uses less of each resource.
pub fn release(os: &mut OpenStack, project: &Id, volume_type: Option<&str>, amounts: &Amounts) {
    change(os, project, &with_type(volume_type, amounts), |usage, resource, amount| {
        add(&mut usage.in_use, resource, -amount);
    });
}

/// As [`charge`], but for what is only under way: it ends with [`commit`] or [`cancel`].
pub fn reserve(os: &mut OpenStack, project: &Id, volume_type: Option<&str>, amounts: &Amounts) -> Result<(), Problem> {
    let amounts = with_type(volume_type, amounts);
    check(os, project, &amounts)?;
    change(os, project, &amounts, |usage, resource, amount| add(&mut usage.reserved, resource, amount));
    Ok(())
}

/// What was reserved is in use now.
pub fn commit(os: &mut OpenStack, project: &Id, volume_type: Option<&str>, amounts: &Amounts) {
    change(os, project, &with_type(volume_type, amounts), |usage, resource, amount| {
        add(&mut usage.reserved, resource, -amount);
        add(&mut usage.in_use, resource, amount);
    });
}

/// What was reserved will not be used.
pub fn cancel(os: &mut OpenStack, project: &Id, volume_type: Option<&str>, amounts: &Amounts) {
    change(os, project, &with_type(volume_type, amounts), |usage, resource, amount| {
        add(&mut usage.reserved, resource, -amount);
    });
}

/// Refuses a volume that is larger than any may be (`per_volume_gigabytes`).
pub fn check_volume_size(os: &OpenStack, project: &str, size_gib: i64) -> Result<(), Problem> {
    let most = limit(os, project, "per_volume_gigabytes");
    if most >= 0 && size_gib > most { Err(errors::volume_size_exceeds_limit(size_gib, most)) } else { Ok(()) }
}

/// Usages and limits follow a volume type that gets another name.
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

pub fn in_use(os: &OpenStack, project: &str, resource: &str) -> i64 {
    os.cinder.quota_usages.get(project).and_then(|usage| usage.in_use.get(resource)).copied().unwrap_or(0)
}

pub fn reserved(os: &OpenStack, project: &str, resource: &str) -> i64 {
    os.cinder.quota_usages.get(project).and_then(|usage| usage.reserved.get(resource)).copied().unwrap_or(0)
}

/// What the project may use of a resource; -1 is no limit.
pub fn limit(os: &OpenStack, project: &str, resource: &str) -> i64 {
    quotas::configured(&os.cinder.quotas, project, resource).unwrap_or_else(|| class_limit(os, DEFAULT_CLASS, resource))
}

/// What a class of projects may use. A resource of one type has no limit by default.
fn class_limit(os: &OpenStack, class: &str, resource: &str) -> i64 {
    quotas::class_limit(&os.cinder.quota_classes, DEFAULTS, class, resource)
}

/// Every resource that has a quota, in the order in which upstream shows them.
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

/// Refuses what would be more than the project may use.
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

/// `process_reserve_over_quota`: the words depend on what was to be made.
fn exceeded(amounts: &[(String, i64)], name: &str, amount: i64, limit: i64, used: i64) -> Problem {
    let makes = |resource: &str| amounts.iter().any(|(name, _)| name == resource);
    match name {
        name if name.contains("gigabytes") && makes("backups") => {
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

/// Counts never go below nothing.
fn add(amounts: &mut BTreeMap<String, i64>, resource: &str, amount: i64) {
    let sum = amounts.entry(resource.to_owned()).or_insert(0);
    *sum = sum.saturating_add(amount).max(0);
}

/// The amounts, and the same once more for the type.
fn with_type(volume_type: Option<&str>, amounts: &Amounts) -> Vec<(String, i64)> {
    let plain = amounts.iter().map(|(resource, amount)| ((*resource).to_owned(), *amount));
    let counted = amounts.iter().filter(|(resource, _)| PER_TYPE.contains(resource));
    let typed = volume_type
        .into_iter()
        .flat_map(|name| counted.clone().map(move |(resource, amount)| (format!("{resource}_{name}"), *amount)));
    plain.chain(typed).collect()
}
