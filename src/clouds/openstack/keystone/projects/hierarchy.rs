//! Projects below projects: where one may be, and what is above and below it.

use super::super::super::OpenStack;
use super::super::{assignments, errors};
use super::{BY_PARENT, Project, find, view};
use crate::engine::{Call, Id, Object, Problem};
use serde_json::{Map, Value};

/// Upstream's `[DEFAULT] max_project_tree_depth`; the domain counts.
const MAX_DEPTH: usize = 5;

/// The projects above one, nearest first; the last is its domain.
pub fn above(os: &OpenStack, project: &str) -> Vec<Id> {
    let mut above: Vec<Id> = vec![];
    let mut here = os.keystone.projects.get(project);
    while let Some(parent) = here.and_then(|here| here.parent.as_ref()) {
        if above.contains(parent) {
            break;
        }
        above.push(parent.clone());
        here = os.keystone.projects.get(parent);
    }
    above
}

/// All projects below one, those nearer to it first.
pub fn below(os: &OpenStack, project: &str) -> Vec<Id> {
    let mut below: Vec<Id> = vec![];
    let mut level = children(os, project);
    while !level.is_empty() {
        level.retain(|id| !below.contains(id));
        below.extend(level.iter().cloned());
        level = level.iter().flat_map(|id| children(os, id)).collect();
    }
    below
}

/// The projects right below one, oldest first.
pub fn children(os: &OpenStack, project: &str) -> Vec<Id> {
    os.keystone.projects.by(&BY_PARENT, project).rev().map(|one| one.id.clone()).collect()
}

/// A domain is at the top of its tree.
pub fn may_be_domain(project: &Project) -> Result<(), Problem> {
    if project.parent.is_some() { Err(errors::domain_with_parent()) } else { Ok(()) }
}

/// A project is below an enabled project of its own domain, and not too deep
/// (`_enforce_project_constraints` in keystone/resource/core.py).
pub fn may_be_below(os: &OpenStack, project: &Project) -> Result<(), Problem> {
    let named = project.domain.as_deref().unwrap_or_default();
    let domain = find(os, named).ok().filter(|domain| domain.is_domain);
    let domain = domain.ok_or_else(|| errors::as_invalid(errors::could_not_find("domain", named)))?;
    let parent = find(os, project.parent.as_deref().unwrap_or_default()).map_err(errors::as_invalid)?;
    if parent.is_domain && parent.id != domain.id {
        return Err(errors::domain_of_parent_differs(&parent.id, &domain.id));
    }
    if !parent.is_domain && parent.domain.as_ref() != Some(&domain.id) {
        return Err(errors::parent_in_another_domain(&domain.id, parent.domain.as_deref().unwrap_or("None")));
    }
    let above = above(os, &parent.id);
    let disabled = above.iter().chain([&parent.id]).find(|id| find(os, id).is_ok_and(|one| !one.enabled));
    if let Some(disabled) = disabled {
        return Err(errors::disabled_above(disabled));
    }
    if above.len() + 1 > MAX_DEPTH { Err(errors::too_deep(&parent.id)) } else { Ok(()) }
}

/// `{"PARENT": {"GRANDPARENT": null}}`
pub fn parents_as_ids(os: &OpenStack, project: &Project) -> Value {
    let nest = |inner: Value, id: &Id| Value::Object(Map::from_iter([(id.to_string(), inner)]));
    above(os, &project.id).iter().rev().fold(Value::Null, nest)
}

/// `{"CHILD": {"GRANDCHILD": null}, "OTHER": null}`
pub fn subtree_as_ids(os: &OpenStack, project: &str) -> Value {
    let children = children(os, project);
    if children.is_empty() {
        return Value::Null;
    }
    children.iter().map(|child| (child.to_string(), subtree_as_ids(os, child))).collect::<Map<_, _>>().into()
}

/// Of `projects` those in which the caller has a role, each in a `{"project": …}` of its own.
pub fn view_list(o: &mut Object, key: &str, call: &Call, os: &OpenStack, projects: &[Id]) {
    let user = call.user();
    let holds = |project: &&Project| assignments::has_role_in(os, &user, project);
    let projects = projects.iter().filter_map(|id| os.keystone.projects.get(id)).filter(holds);
    o.each(key, projects, |o, project| {
        o.object("project", |o| view(o, call, project));
    });
}
