//! The projects that can use a private volume type (cinder/api/contrib/volume_type_access.py).

use super::super::super::OpenStack;
use super::super::errors;
use super::find;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, get, post};
use schemars::JsonSchema;
use serde::Deserialize;

const ACTION: &str = "/types/{type_id}/action";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/types/{type_id}/os-volume-type-access", "cinder.volume_type.access.list", list)
        .summary("Lists the projects that can use a private volume type.")
        .policy("volume_extension:volume_type_access:get_all_for_type"),
    post(ACTION, "cinder.volume_type.access.add", add)
        .summary("Lets a project use a private volume type.")
        .action("addProjectAccess")
        .body::<AddRequest>()
        .answers(202)
        .policy("volume_extension:volume_type_access:addProjectAccess"),
    post(ACTION, "cinder.volume_type.access.remove", remove)
        .summary("Takes a private volume type from a project.")
        .action("removeProjectAccess")
        .body::<RemoveRequest>()
        .answers(202)
        .policy("volume_extension:volume_type_access:removeProjectAccess"),
    post(ACTION, "cinder.volume_type.delete_by_action", delete_by_action)
        .summary("Deletes a volume type.")
        .action("delete"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AddRequest {
    #[serde(rename = "addProjectAccess")]
    add: Access,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RemoveRequest {
    #[serde(rename = "removeProjectAccess")]
    remove: Access,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Access {
    #[schemars(length(min = 1, max = 255))]
    project: String,
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let found = find(call, os, call.param("type_id"))?;
    if found.is_public {
        return Err(errors::no_access_list_of_public_type());
    }
    Ok(Response::many("volume_type_access", &found.projects, |o, project| {
        o.set("volume_type_id", &found.id);
        o.set("project_id", project);
    }))
}

fn add(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let project: Id = call.body::<AddRequest>()?.add.project.into();
    let id = private(call, os)?;
    let found = os.cinder.volume_types.get_mut(&id).ok_or_else(|| errors::volume_type_not_found(&id))?;
    if found.projects.contains(&project) {
        return Err(errors::volume_type_access_exists(&id, &project));
    }
    found.projects.push(project);
    Ok(Response::empty())
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let project: Id = call.body::<RemoveRequest>()?.remove.project.into();
    let id = private(call, os)?;
    let found = os.cinder.volume_types.get_mut(&id).ok_or_else(|| errors::volume_type_not_found(&id))?;
    let at = found.projects.iter().position(|one| *one == project);
    let at = at.ok_or_else(|| errors::volume_type_access_not_found(&id, &project))?;
    found.projects.remove(at);
    Ok(Response::empty())
}

/// The id of the type in the path. Fails with 400 if it is public.
fn private(call: &Call, os: &OpenStack) -> Result<Id, Problem> {
    let found = find(call, os, call.param("type_id"))?;
    if found.is_public { Err(errors::access_to_public_type()) } else { Ok(found.id.clone()) }
}

/// Upstream routes this action by accident; it fails.
fn delete_by_action(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    Err(errors::malformed())
}
