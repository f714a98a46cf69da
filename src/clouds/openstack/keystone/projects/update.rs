//! Updates of projects and domains (`_update_project` in keystone/resource/core.py).

use super::super::super::OpenStack;
use super::super::super::parameter_types::Optional;
use super::super::errors;
use super::super::parameter_types::{Boolean, Change, ProjectName, ResourceOptions, Tags, merge_options};
use super::super::tokens::validity;
use super::{Project, find, find_authorized, hierarchy, name_is_free, view, without};
use crate::engine::{Answer, Call, Context, Id, Problem, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    #[serde(default)]
    project: Optional<Changes>,
}

/// The fields that projects and domains have in common.
#[derive(Default, Deserialize, JsonSchema)]
pub struct Changes {
    #[serde(default)]
    pub description: Change<String>,
    #[serde(default)]
    pub enabled: Optional<Boolean>,
    #[serde(default)]
    pub name: Optional<ProjectName>,
    #[serde(default)]
    pub options: Optional<ResourceOptions>,
    #[serde(default)]
    pub tags: Optional<Tags>,
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// `PATCH /projects/{project_id}`
pub fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let project = find_authorized(call, os)?.id.clone();
    let request: Request = call.body()?;
    let changes = request.project.0.unwrap_or_default();
    if changes.extra.get("id").is_some_and(|id| !id.is_null() && *id != *project) {
        return Err(errors::cannot_change_id());
    }
    let project = apply_changes(os, &project, changes)?;
    Ok(Response::one("project", |o| {
        view(o, call, project);
        // In the response to an update upstream repeats these attributes.
        o.set("extra", &project.extra);
    }))
}

/// Checks and applies the changes, in the order of `_update_project`. Tokens are reassessed afterwards.
pub fn apply_changes<'o>(os: &'o mut OpenStack, id: &Id, changes: Changes) -> Result<&'o Project, Problem> {
    let old = find(os, id)?.clone();
    let differs = |name: &str, current: Value| changes.extra.get(name).is_some_and(|value| *value != current);
    if differs("domain_id", old.domain.as_deref().into()) {
        return Err(errors::cannot_change_domain());
    }
    check_mutable(&old, &changes)?;
    if differs("parent_id", old.parent.as_deref().into()) {
        return Err(errors::parent_is_fixed());
    }
    if differs("is_domain", old.is_domain.into()) {
        return Err(errors::is_domain_is_fixed());
    }
    let enabled = changes.enabled.is_none_or(|flag| flag.0);
    let disabled = |id: &Id| find(os, id).is_ok_and(|one| !one.enabled);
    if !old.enabled && enabled && hierarchy::above(os, id).iter().any(disabled) {
        return Err(errors::disabled_parents(id));
    }
    if old.enabled && !enabled && !old.is_domain && !hierarchy::below(os, id).iter().all(disabled) {
        return Err(errors::enabled_descendants(id));
    }
    let is_domain = old.is_domain;
    let new = apply(old, changes);
    name_is_free(os, &new)?;
    if let Some(row) = os.keystone.projects.get_mut(id) {
        *row = new;
    }
    if is_domain {
        validity::reassess_all(os)
    } else {
        validity::reassess_project(os, id)
    }
    find(os, id)
}

/// An immutable project can only be made mutable, with no other change in the same request.
fn check_mutable(old: &Project, changes: &Changes) -> Result<(), Problem> {
    let other_changes = [
        changes.description.0.is_some(),
        changes.enabled.is_some(),
        changes.name.is_some(),
        changes.tags.is_some(),
        !changes.extra.is_empty(),
    ];
    let immutable = changes.options.as_ref().and_then(|options| options.0.get("immutable"));
    let made_mutable = immutable.is_some_and(|flag| matches!(flag, Value::Null | Value::Bool(false)));
    if !old.is_immutable() || (made_mutable && !other_changes.contains(&true)) {
        return Ok(());
    }
    Err(errors::immutable_update(if old.is_domain { "domain" } else { "project" }, &old.id))
}

fn apply(old: Project, changes: Changes) -> Project {
    let mut new = old;
    if let Some(description) = changes.description.0 {
        new.description = description;
    }
    if let Some(enabled) = changes.enabled.0 {
        new.enabled = enabled.0;
    }
    if let Some(name) = changes.name.0 {
        new.name = name.0.trim().to_owned();
    }
    if let Some(tags) = changes.tags.0 {
        new.tags = tags.texts();
    }
    merge_options(&mut new.options, changes.options.0.unwrap_or_default().0);
    new.extra.extend(without(changes.extra, &["id", "domain_id", "parent_id", "is_domain", "links"]));
    new
}
