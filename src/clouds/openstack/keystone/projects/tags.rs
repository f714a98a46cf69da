//! Tags of a project, and looking for projects by their tags.

use super::super::super::OpenStack;
use super::super::super::parameter_types::Optional;
use super::super::collections::own_address;
use super::super::errors;
use super::super::lazy_validation::lazy_validate;
use super::super::parameter_types::Tag;
use super::{Project, find_for};
use crate::engine::{Answer, Call, Context, Operation, Problem, Response, delete, get, put};
use schemars::{JsonSchema, Schema, json_schema};
use serde::Deserialize;
use serde_json::{Value, json};

const ALL: &str = "/projects/{project_id}/tags";
const ONE: &str = "/projects/{project_id}/tags/{value}";

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
    #[allow(dead_code, reason = "read for its schema alone")]
    tags: Optional<Vec<Tag>>,
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    Ok(shown(call, &find_for(call, os)?.tags))
}

fn check(call: &Call, os: &OpenStack) -> Answer {
    has(find_for(call, os)?, call.param("value"))?;
    Ok(Response::empty())
}

fn replace(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let project = find_for(call, os);
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
    Ok(shown(call, &tags))
}

fn clear(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = mutable(find_for(call, os)?, "update")?.id.clone();
    if let Some(row) = os.keystone.projects.get_mut(&id) {
        row.tags.clear();
    }
    Ok(Response::empty())
}

fn add(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let project = find_for(call, os);
    if let Err(problem) = &project
        && problem.status == 403
    {
        return Err(problem.clone());
    }
    let tag = call.param("value");
    lazy_validate("keystone.project.tag.add", tag_schema, &tag.into())?;
    let project = project?;
    let with_it: Vec<_> = project.tags.iter().map(String::as_str).chain([tag]).collect();
    lazy_validate("keystone.project.tag.replace", tags_schema, &json!(with_it))?;
    let id = mutable(project, "create")?.id.clone();
    if let Some(row) = os.keystone.projects.get_mut(&id) {
        row.tags.push(tag.trim().to_owned());
    }
    Ok(Response::empty().header("Location", own_address(call)))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let project = mutable(find_for(call, os)?, "delete")?;
    let tag = call.param("value");
    has(project, tag)?;
    let id = project.id.clone();
    if let Some(row) = os.keystone.projects.get_mut(&id) {
        row.tags.retain(|one| one != tag);
    }
    Ok(Response::empty())
}

fn has(project: &Project, tag: &str) -> Result<(), Problem> {
    let found = project.tags.iter().any(|one| one == tag);
    if found { Ok(()) } else { Err(errors::could_not_find("project tag", tag)) }
}

fn mutable<'p>(project: &'p Project, did: &str) -> Result<&'p Project, Problem> {
    if project.is_immutable() { Err(errors::tags_of_immutable(did, &project.id)) } else { Ok(project) }
}

fn shown(call: &Call, tags: &[String]) -> Response {
    Response::object(|o| {
        o.object("links", |o| o.set("self", own_address(call)));
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

/// `tags` (all of them), `tags-any`, and the opposites of both; several are told apart by commas.
pub struct TagFilters<'c> {
    all: Option<Vec<&'c str>>,
    any: Option<Vec<&'c str>>,
    not_all: Option<Vec<&'c str>>,
    not_any: Option<Vec<&'c str>>,
}

impl<'c> TagFilters<'c> {
    pub fn of(call: &'c Call) -> Self {
        let tags = |name| call.query(name).map(|tags| tags.split(',').collect());
        TagFilters {
            all: tags("tags"),
            any: tags("tags-any"),
            not_all: tags("not-tags"),
            not_any: tags("not-tags-any"),
        }
    }

    pub fn admit(&self, tags: &[String]) -> bool {
        let has = |wanted: &&str| tags.iter().any(|tag| tag == wanted);
        self.all.as_ref().is_none_or(|wanted| wanted.iter().all(has))
            && self.any.as_ref().is_none_or(|wanted| wanted.iter().any(has))
            && self.not_all.as_ref().is_none_or(|wanted| !wanted.iter().all(has))
            && self.not_any.as_ref().is_none_or(|wanted| !wanted.iter().any(has))
    }
}
