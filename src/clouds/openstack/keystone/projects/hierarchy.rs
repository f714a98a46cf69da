//! The tree of projects below each domain: its rules and views (keystone/resource/core.py).

use super::super::super::OpenStack;
use super::super::{assignments, errors};
use super::{BY_PARENT, Project, find, view};
use crate::engine::{Call, Id, Object, Problem};
use serde_json::{Map, Value};

/// Upstream's `[DEFAULT] max_project_tree_depth`. The domain counts.
const MAX_DEPTH: usize = 5;

/// The ids of the projects above a project, nearest first. The last one is its domain.
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

/// The ids of all projects below a project or domain, level by level.
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

/// The ids of the children of a project or domain, oldest first.
pub fn children(os: &OpenStack, project: &str) -> Vec<Id> {
    os.keystone.projects.by(&BY_PARENT, project).rev().map(|one| one.id.clone()).collect()
}

/// Fails with 400 if a domain has a parent.
pub fn check_domain(project: &Project) -> Result<(), Problem> {
    if project.parent.is_some() { Err(errors::domain_with_parent()) } else { Ok(()) }
}

/// Fails unless the parent is in the project's domain, it and all projects above it are enabled, and the tree does
/// not get too deep (`_enforce_project_constraints` in keystone/resource/core.py).
pub fn check_parent(os: &OpenStack, project: &Project) -> Result<(), Problem> {
    let domain_id = project.domain.as_deref().unwrap_or_default();
    let domain = find(os, domain_id).ok().filter(|domain| domain.is_domain);
    let domain = domain.ok_or_else(|| errors::as_invalid(errors::could_not_find("domain", domain_id)))?;
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
        return Err(errors::disabled_ancestor(disabled));
    }
    if above.len() + 1 > MAX_DEPTH { Err(errors::too_deep(&parent.id)) } else { Ok(()) }
}

/// The projects above, as `{"PARENT": {"GRANDPARENT": null}}`.
pub fn parents_as_ids(os: &OpenStack, project: &Project) -> Value {
    let nest = |inner: Value, id: &Id| Value::Object(Map::from_iter([(id.to_string(), inner)]));
    above(os, &project.id).iter().rev().fold(Value::Null, nest)
}

/// The projects below, as `{"CHILD": {"GRANDCHILD": null}, "OTHER": null}`.
pub fn subtree_as_ids(os: &OpenStack, project: &str) -> Value {
    let children = children(os, project);
    if children.is_empty() {
        return Value::Null;
    }
    children.iter().map(|child| (child.to_string(), subtree_as_ids(os, child))).collect::<Map<_, _>>().into()
}

/// Writes those of `projects` on which the caller has a role, each as `{"project": …}`.
pub fn view_list(o: &mut Object, key: &str, call: &Call, os: &OpenStack, projects: &[Id]) {
    let user = call.user();
    let has_role = |project: &&Project| assignments::has_role_in(os, &user, project);
    let projects = projects.iter().filter_map(|id| os.keystone.projects.get(id)).filter(has_role);
    o.each(key, projects, |o, project| {
        o.object("project", |o| view(o, call, project));
    });
}
