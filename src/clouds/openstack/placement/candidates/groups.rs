//! Request groups: one without a suffix, whose resources may come from several providers of a tree, and any number with
//! a suffix, each of which must come from one provider (`RequestGroup` in placement/lib.py).

use super::search::RequestWideParams;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::placement::query::{self, AggregateFilter, TraitFilter};
use crate::clouds::openstack::placement::{Class, errors, resource_classes};
use crate::clouds::openstack::python::repr;
use crate::engine::{Call, Problem};
use serde_json::Value;

/// One request group.
#[derive(Default)]
pub struct RequestGroup {
    /// Empty for the group without a suffix.
    pub suffix: String,
    pub resources: Vec<(Class, i64)>,
    pub traits: TraitFilter,
    pub aggregates: AggregateFilter,
    /// The UUID of any provider of the tree.
    pub in_tree: Option<String>,
}

impl RequestGroup {
    /// True if one provider must have all of the resources.
    pub fn is_granular(&self) -> bool {
        !self.suffix.is_empty()
    }
}

/// The parameters that may have a suffix.
const NAMES: [&str; 4] = ["resources", "required", "member_of", "in_tree"];

/// The groups of the query (`RequestGroup.dict_from_request`).
pub fn parse(call: &Call, params: &RequestWideParams) -> Result<Vec<RequestGroup>, Problem> {
    let mut groups: Vec<RequestGroup> = vec![];
    for (key, value) in &call.query {
        let named = NAMES.iter().find_map(|name| Some((*name, key.strip_prefix(name)?)));
        let Some((name, suffix)) = named else { continue };
        if !groups.iter().any(|group| group.suffix == suffix) {
            groups.push(RequestGroup { suffix: suffix.to_owned(), ..RequestGroup::default() });
        }
        let Some(group) = groups.iter_mut().find(|group| group.suffix == suffix) else { continue };
        match name {
            "resources" => group.resources = query::resources(value)?,
            "required" => group.traits = TraitFilter::parse(call, suffix)?,
            "member_of" => group.aggregates = AggregateFilter::parse(call, suffix)?,
            _ => group.in_tree = Some(query::in_tree(value)?),
        }
    }
    if call.since(1, 36) {
        check_subtrees(&groups, params)?;
    } else {
        check_orphans(&groups)?;
    }
    if call.since(1, 22) {
        check_conflicts(&groups)?;
    }
    Ok(groups)
}

/// Since 1.36 a group may have no resources if `same_subtree` names it (`_check_for_one_resources`,
/// `_check_resourceless_suffix`, `_check_actual_suffix`).
fn check_subtrees(groups: &[RequestGroup], params: &RequestWideParams) -> Result<(), Problem> {
    let without = groups.iter().filter(|group| group.resources.is_empty());
    let without: Vec<&str> = without.map(|group| group.suffix.as_str()).collect();
    if without.len() == groups.len() {
        return Err(errors::no_resources());
    }
    let named: Vec<&str> = params.same_subtrees.iter().flatten().map(String::as_str).collect();
    let list = |names: Vec<&str>| repr(&Value::from(names));
    let bad: Vec<_> = without.into_iter().filter(|suffix| !named.contains(suffix)).collect();
    if !bad.is_empty() {
        return Err(errors::groups_without_resources(&list(bad)));
    }
    let known: Vec<&str> = groups.iter().map(|group| group.suffix.as_str()).collect();
    let bad: Vec<_> = named.into_iter().filter(|suffix| !known.contains(suffix)).collect();
    if bad.is_empty() { Ok(()) } else { Err(errors::no_such_suffixes(&list(bad), &list(known))) }
}

/// Before 1.36 every group needs resources (`_check_for_orphans`).
fn check_orphans(groups: &[RequestGroup]) -> Result<(), Problem> {
    let without: Vec<&RequestGroup> = groups.iter().filter(|group| group.resources.is_empty()).collect();
    let keys = |name: &str, has: fn(&RequestGroup) -> bool| {
        let orphaned = without.iter().filter(|group| has(group));
        orphaned.map(|group| format!("{name}{}", group.suffix)).collect::<Vec<_>>().join(", ")
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

/// No trait may be both required and forbidden.
fn check_conflicts(groups: &[RequestGroup]) -> Result<(), Problem> {
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

/// Checks that all resource classes and traits exist.
pub fn check_names(os: &OpenStack, groups: &[RequestGroup], params: &RequestWideParams) -> Result<(), Problem> {
    if let Some(unknown) = params.root_traits.unknown(os) {
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
