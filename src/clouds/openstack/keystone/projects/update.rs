//! Changing a project or a domain.

use super::super::super::OpenStack;
use super::super::super::parameter_types::Optional;
use super::super::errors;
use super::super::parameter_types::{Boolean, Change, ProjectName, ResourceOptions, Tags, merge_options};
use super::super::tokens::life;
use super::{Project, find, find_for, hierarchy, name_is_free, view, without};
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

/// What a project and a domain have in common.
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

pub fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let project = find_for(call, os)?.id.clone();
    let request: Request = call.body()?;
    let changes = request.project.0.unwrap_or_default();
    if changes.extra.get("id").is_some_and(|id| !id.is_null() && *id != *project) {
        return Err(errors::cannot_change_id());
    }
    let project = change(os, &project, changes)?;
    Ok(Response::one("project", |o| {
        view(o, call, project);
        // Only after an update does upstream show these twice.
        o.set("extra", &project.extra);
    }))
}

/// `_update_project` in keystone/resource/core.py, check by check.
pub fn change<'o>(os: &'o mut OpenStack, id: &Id, changes: Changes) -> Result<&'o Project, Problem> {
    let old = find(os, id)?.clone();
    let fixed = |name: &str, is: Value| changes.extra.get(name).is_some_and(|asked| *asked != is);
    if fixed("domain_id", old.domain.as_deref().into()) {
        return Err(errors::cannot_change_domain());
    }
    is_mutable(&old, &changes)?;
    if fixed("parent_id", old.parent.as_deref().into()) {
        return Err(errors::parent_is_fixed());
    }
    if fixed("is_domain", old.is_domain.into()) {
        return Err(errors::is_domain_is_fixed());
    }
    let enabled = changes.enabled.is_none_or(|flag| flag.0);
    let disabled = |id: &Id| find(os, id).is_ok_and(|one| !one.enabled);
    if !old.enabled && enabled && hierarchy::above(os, id).iter().any(disabled) {
        return Err(errors::disabled_parents(id));
    }
    if old.enabled && !enabled && !old.is_domain && !hierarchy::below(os, id).iter().all(disabled) {
        return Err(errors::enabled_below(id));
    }
    let new = apply(old, changes);
    name_is_free(os, &new)?;
    if let Some(row) = os.keystone.projects.get_mut(id) {
        *row = new;
    }
    life::reassess_all(os);
    find(os, id)
}

/// What is immutable can only be made mutable, and nothing else at the same time.
fn is_mutable(old: &Project, changes: &Changes) -> Result<(), Problem> {
    let given = [
        changes.description.0.is_some(),
        changes.enabled.is_some(),
        changes.name.is_some(),
        changes.tags.is_some(),
        !changes.extra.is_empty(),
    ];
    let immutable = changes.options.as_ref().and_then(|options| options.0.get("immutable"));
    let made_mutable = immutable.is_some_and(|flag| matches!(flag, Value::Null | Value::Bool(false)));
    if !old.is_immutable() || (made_mutable && !given.contains(&true)) {
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
