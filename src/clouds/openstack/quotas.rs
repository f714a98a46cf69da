//! Quota limits of Nova and Cinder, whose quota code has one origin (`quota.py`). Neutron has its own.

use crate::engine::{Id, Row, Table};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The quota class that applies to all projects.
pub const DEFAULT_CLASS: &str = "default";

/// The largest value of the database column.
pub const MAX_LIMIT: i64 = 0x7FFF_FFFF;

/// Resources and their default limits. -1 means no limit.
pub type Defaults = &'static [(&'static str, i64)];

/// Configured limits: of a project, of a user within a project, or of a quota class.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Limits {
    /// The id of the project, `project/user`, or the name of the class.
    pub holder: Id,
    /// In Nova, the id of the project or the name of the class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<Id>,
    pub limits: BTreeMap<String, i64>,
}

impl Row for Limits {
    fn id(&self) -> &Id {
        &self.holder
    }
    fn owner(&self) -> &Id {
        self.project.as_ref().unwrap_or(&self.holder)
    }
}

/// The default limit of a resource. None for unknown resources.
pub fn default_limit(defaults: Defaults, resource: &str) -> Option<i64> {
    defaults.iter().find(|(name, _)| *name == resource).map(|(_, limit)| *limit)
}

/// The limit that is configured for a holder, if any.
pub fn configured(table: &Table<Limits>, holder: &str, resource: &str) -> Option<i64> {
    table.get(holder)?.limits.get(resource).copied()
}

/// The limit of a quota class: its own, else that of the default class, else the built-in default.
pub fn class_limit(classes: &Table<Limits>, defaults: Defaults, class: &str, resource: &str) -> i64 {
    let set = configured(classes, class, resource).or_else(|| configured(classes, DEFAULT_CLASS, resource));
    set.or_else(|| default_limit(defaults, resource)).unwrap_or(-1)
}

/// Merges new limits into those of their holder.
pub fn configure(table: &mut Table<Limits>, new: Limits) {
    match table.get_mut(&new.holder) {
        Some(known) => known.limits.extend(new.limits),
        None => {
            table.insert(new);
        }
    }
}

/// Sets or removes one limit and returns the former one.
pub fn replace(limits: &mut BTreeMap<String, i64>, resource: &str, limit: Option<i64>) -> Option<i64> {
    match limit {
        Some(limit) => limits.insert(resource.to_owned(), limit),
        None => limits.remove(resource),
    }
}

/// Like [`replace`] in the limits of the holder of `new`, which are added to the table if it has none.
pub fn replace_in(table: &mut Table<Limits>, new: Limits, resource: &str, limit: Option<i64>) -> Option<i64> {
    let mut set = table.get(&new.holder).cloned().unwrap_or(new);
    let before = replace(&mut set.limits, resource, limit);
    table.insert(set);
    before
}
