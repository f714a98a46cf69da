//! Groups of resources that are asked for: one that may be spread over a tree, and any number that must
//! each come from one provider (placement/lib.py).

use super::search::Whole;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::placement::query::{self, WantedAggregates, WantedTraits};
use crate::clouds::openstack::placement::{Class, errors, resource_classes};
use crate::clouds::openstack::python::repr;
use crate::engine::{Call, Problem};
use serde_json::Value;

#[derive(Default)]
pub struct Group {
    /// Empty for the one without.
    pub suffix: String,
    pub resources: Vec<(Class, i64)>,
    pub traits: WantedTraits,
    pub aggregates: WantedAggregates,
    pub in_tree: Option<String>,
}

impl Group {
    /// True if all of it must come from one provider.
    pub fn is_granular(&self) -> bool {
        !self.suffix.is_empty()
    }
}

const NAMES: [&str; 4] = ["resources", "required", "member_of", "in_tree"];

pub fn asked(call: &Call, whole: &Whole) -> Result<Vec<Group>, Problem> {
    let mut groups: Vec<Group> = vec![];
    for (key, value) in &call.query {
        let named = NAMES.iter().find_map(|name| Some((*name, key.strip_prefix(name)?)));
        let Some((name, suffix)) = named else { continue };
        if !groups.iter().any(|group| group.suffix == suffix) {
            groups.push(Group { suffix: suffix.to_owned(), ..Group::default() });
        }
        let Some(group) = groups.iter_mut().find(|group| group.suffix == suffix) else { continue };
        match name {
            "resources" => group.resources = query::resources(value)?,
            "required" => group.traits = WantedTraits::asked(call, suffix)?,
            "member_of" => group.aggregates = WantedAggregates::asked(call, suffix)?,
            _ => group.in_tree = Some(query::in_tree(value)?),
        }
    }
    if call.since(1, 36) {
        check_subtrees(&groups, whole)?;
    } else {
        check_orphans(&groups)?;
    }
    if call.since(1, 22) {
        check_conflicts(&groups)?;
    }
    Ok(groups)
}

/// Since 1.36 a group may be without resources if it is only there to hold others together.
fn check_subtrees(groups: &[Group], whole: &Whole) -> Result<(), Problem> {
    let without = groups.iter().filter(|group| group.resources.is_empty());
    let without: Vec<&str> = without.map(|group| group.suffix.as_str()).collect();
    if without.len() == groups.len() {
        return Err(errors::no_resources());
    }
    let named: Vec<&str> = whole.same_subtrees.iter().flatten().map(String::as_str).collect();
    let list = |names: Vec<&str>| repr(&Value::from(names));
    let bad: Vec<_> = without.into_iter().filter(|suffix| !named.contains(suffix)).collect();
    if !bad.is_empty() {
        return Err(errors::groups_without_resources(&list(bad)));
    }
    let known: Vec<&str> = groups.iter().map(|group| group.suffix.as_str()).collect();
    let bad: Vec<_> = named.into_iter().filter(|suffix| !known.contains(suffix)).collect();
    if bad.is_empty() { Ok(()) } else { Err(errors::no_such_suffixes(&list(bad), &list(known))) }
}

fn check_orphans(groups: &[Group]) -> Result<(), Problem> {
    let without: Vec<&Group> = groups.iter().filter(|group| group.resources.is_empty()).collect();
    let keys = |name: &str, has: fn(&Group) -> bool| {
        let having = without.iter().filter(|group| has(group));
        having.map(|group| format!("{name}{}", group.suffix)).collect::<Vec<_>>().join(", ")
    };
    let orphans = keys("required", |group| !group.traits.required.is_empty());
    if !orphans.is_empty() {
        return Err(errors::orphaned_traits(&orphans));
    }
    let orphans =
        keys("member_of", |group| !group.aggregates.required.is_empty() || !group.aggregates.forbidden.is_empty());
    if !orphans.is_empty() {
        return Err(errors::orphaned_member_of(&orphans));
    }
    if !without.is_empty() {
        return Err(errors::group_without_resources());
    }
    if groups.is_empty() { Err(errors::no_group()) } else { Ok(()) }
}

fn check_conflicts(groups: &[Group]) -> Result<(), Problem> {
    let mut keys = vec![];
    for group in groups {
        let forbidden = &group.traits.forbidden;
        for choice in group.traits.required.iter().filter(|choice| choice.is_subset(forbidden)) {
            let names: Vec<_> = choice.iter().map(String::as_str).collect();
            keys.push(format!("required{}: ({})", group.suffix, names.join(", ")));
        }
    }
    keys.sort();
    if keys.is_empty() { Ok(()) } else { Err(errors::conflicting_traits(&keys.join(", "))) }
}

/// Names that nobody has given to a class or a trait.
pub fn check_names(os: &OpenStack, groups: &[Group], whole: &Whole) -> Result<(), Problem> {
    if let Some(unknown) = whole.root_traits.unknown(os) {
        return Err(errors::unknown_traits(&unknown));
    }
    for group in groups {
        if let Some((unknown, _)) = group.resources.iter().find(|(class, _)| !resource_classes::exists(os, class)) {
            return Err(errors::unknown_class_in_query(unknown));
        }
        if let Some(unknown) = group.traits.unknown(os) {
            return Err(errors::unknown_traits(&unknown));
        }
    }
    Ok(())
}
