//! Tags of projects, and filters by tags (keystone/api/projects.py).

use super::super::super::OpenStack;
use super::super::super::parameter_types::Optional;
use super::super::collections::{own_address, root_address};
use super::super::errors;
use super::super::lazy_validation::lazy_validate;
use super::super::parameter_types::Tag;
use super::{Project, find_authorized};
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, delete, get, put};
use schemars::{JsonSchema, Schema, json_schema};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashSet;

const ALL: &str = "/projects/{project_id}/tags";
const ONE: &str = "/projects/{project_id}/tags/{value}";

/// `/projects/{project_id}/tags`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "keystone.project.tag.list", list)
        .summary("Lists the tags of a project.")
        .policy_on_target("identity:list_project_tags"),
    put(ALL, "keystone.project.tag.replace", replace)
        .summary("Replaces the tags of a project.")
        .policy_on_target("identity:update_project_tags")
        .body::<Request>(),
    delete(ALL, "keystone.project.tag.clear", clear)
        .summary("Removes all tags of a project.")
        .policy_on_target("identity:delete_project_tags"),
    get(ONE, "keystone.project.tag.check", check)
        .summary("Checks that a project has a tag.")
        .policy_on_target("identity:get_project_tag")
        .answers(204),
    put(ONE, "keystone.project.tag.add", add)
        .summary("Adds a tag to a project.")
        .policy_on_target("identity:create_project_tag")
        .answers(201),
    delete(ONE, "keystone.project.tag.remove", remove)
        .summary("Removes a tag from a project.")
        .policy_on_target("identity:delete_project_tag"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Request {
    #[serde(default)]
    #[allow(dead_code, reason = "declares the schema; the handler validates the body itself")]
    tags: Optional<Vec<Tag>>,
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    Ok(tags_response(call, &find_authorized(call, os)?.tags))
}

fn check(call: &Call, os: &OpenStack) -> Answer {
    check_has(find_authorized(call, os)?, call.param("value"))?;
    Ok(Response::empty())
}

fn replace(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let project = find_authorized(call, os);
    if let Err(problem) = &project
        && problem.status == 403
    {
        return Err(problem.clone());
    }
    let tags = call.json.get("tags").cloned().unwrap_or_else(|| json!({}));
    lazy_validate("keystone.project.tag.replace", tags_schema, &tags)?;
    let tags = tags.as_array().into_iter().flatten().filter_map(Value::as_str);
    let tags: Vec<String> = tags.map(|tag| tag.trim().to_owned()).collect();
    let id = mutable(project?, "update")?.id.clone();
    if let Some(row) = os.keystone.projects.get_mut(&id) {
        row.tags.clone_from(&tags);
    }
    Ok(tags_response(call, &tags))
}

fn clear(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = mutable(find_authorized(call, os)?, "update")?.id.clone();
    if let Some(row) = os.keystone.projects.get_mut(&id) {
        row.tags.clear();
    }
    Ok(Response::empty())
}

fn add(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let project = find_authorized(call, os);
    if let Err(problem) = &project
        && problem.status == 403
    {
        return Err(problem.clone());
    }
    let tag = call.param("value");
    lazy_validate("keystone.project.tag.add", tag_schema, &tag.into())?;
    let project = project?;
    let with_new: Vec<_> = project.tags.iter().map(String::as_str).chain([tag]).collect();
    lazy_validate("keystone.project.tag.replace", tags_schema, &json!(with_new))?;
    let id = mutable(project, "create")?.id.clone();
    if let Some(row) = os.keystone.projects.get_mut(&id) {
        row.tags.push(tag.trim().to_owned());
    }
    Ok(Response::empty().header("Location", own_address(call)))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let project = mutable(find_authorized(call, os)?, "delete")?;
    let tag = call.param("value");
    check_has(project, tag)?;
    let id = project.id.clone();
    if let Some(row) = os.keystone.projects.get_mut(&id) {
        row.tags.retain(|one| one != tag);
    }
    Ok(Response::empty())
}

fn check_has(project: &Project, tag: &str) -> Result<(), Problem> {
    let found = project.tags.iter().any(|one| one == tag);
    if found { Ok(()) } else { Err(errors::could_not_find("project tag", tag)) }
}

/// Fails with 403 if the project is immutable. `action` is the verb in the message.
fn mutable<'p>(project: &'p Project, action: &str) -> Result<&'p Project, Problem> {
    if project.is_immutable() { Err(errors::tags_of_immutable(action, &project.id)) } else { Ok(project) }
}

fn tags_response(call: &Call, tags: &[String]) -> Response {
    Response::object(|o| {
        o.object("links", |o| o.set("self", root_address(call)));
        o.set("tags", tags);
    })
}

fn tag_schema() -> Schema {
    json_schema!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^,/]*$"})
}

fn tags_schema() -> Schema {
    let tag = tag_schema();
    json_schema!({"type": "array", "items": tag, "required": [], "maxItems": 80, "uniqueItems": true})
}

/// The filters `tags` (all of them), `tags-any`, `not-tags` and `not-tags-any`. Each has a list separated by
/// commas.
pub struct TagFilters<'c> {
    all: Option<Vec<&'c str>>,
    any: Option<Vec<&'c str>>,
    not_all: Option<Vec<&'c str>>,
    not_any: Option<Vec<&'c str>>,
}

impl<'c> TagFilters<'c> {
    /// The filters in the query of `call`. None if there are none.
    pub fn of(call: &'c Call) -> Option<Self> {
        let tags = |name| call.query(name).map(|tags| tags.split(',').collect());
        let filters = TagFilters {
            all: tags("tags"),
            any: tags("tags-any"),
            not_all: tags("not-tags"),
            not_any: tags("not-tags-any"),
        };
        let TagFilters { all, any, not_all, not_any } = &filters;
        let given = [all, any, not_all, not_any].iter().any(|filter| filter.is_some());
        given.then_some(filters)
    }

    /// The ids of the projects that pass the filters, with upstream's peculiarities: a filter that no project passes
    /// does not limit a following `not-` filter, and `not-tags` and `not-tags-any` together add to each other
    /// (`list_projects_by_tags` in keystone/resource/backends/sql.py).
    pub fn selected(&self, os: &OpenStack) -> HashSet<Id> {
        let with = |fits: &dyn Fn(&Project) -> bool| -> HashSet<Id> {
            os.keystone.projects.all().filter(|project| fits(project)).map(|project| project.id.clone()).collect()
        };
        let has = |project: &Project, name: &str| project.tags.iter().any(|tag| tag == name);
        let all_of = |names: &[&str]| with(&|project| names.iter().all(|name| has(project, name)));
        let any_of = |names: &[&str]| with(&|project| names.iter().any(|name| has(project, name)));
        let without = |excluded: &HashSet<Id>, among: &HashSet<Id>| {
            with(&|one| !excluded.contains(&one.id) && (among.is_empty() || among.contains(&one.id)))
        };
        let mut selected = self.all.as_ref().map(|names| all_of(names)).unwrap_or_default();
        if let Some(names) = &self.any {
            let any = any_of(names);
            selected = if self.all.is_some() { any.intersection(&selected).cloned().collect() } else { any };
        }
        if let Some(names) = &self.not_all {
            selected = without(&all_of(names), &selected);
        }
        match &self.not_any {
            Some(names) if self.not_all.is_some() => selected.extend(any_of(names)),
            Some(names) => selected = without(&any_of(names), &selected),
            None => {}
        }
        selected
    }
}
