//! Default volume types of projects, since 3.62 (cinder/api/v3/default_types.py).

use super::super::super::OpenStack;
use super::super::super::parameter_types::Optional;
use super::super::errors;
use super::super::policy::POLICY;
use super::fields::FullName;
use super::{DefaultType, find_by_id_or_name};
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Response, delete, get, put};
use schemars::JsonSchema;
use serde::Deserialize;

const ALL: &str = "/default-types";
const ONE: &str = "/default-types/{of_project}";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "cinder.default_type.list", list)
        .summary("Lists default volume types of projects.")
        .since(3, 62)
        .policy_on_target("volume_extension:default_get_all"),
    get(ONE, "cinder.default_type.show", show)
        .summary("Shows a default volume type of a project.")
        .since(3, 62)
        .policy_on_target("volume_extension:default_get"),
    put(ONE, "cinder.default_type.set", set)
        .summary("Sets the default volume type of a project.")
        .since(3, 62)
        .body::<SetRequest>()
        .policy_on_target("volume_extension:default_set_or_update"),
    delete(ONE, "cinder.default_type.unset", unset)
        .summary("Unsets the default volume type of a project.")
        .since(3, 62)
        .policy_on_target("volume_extension:default_unset"),
];

#[derive(Deserialize, JsonSchema)]
struct SetRequest {
    default_type: Optional<SetDefault>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct SetDefault {
    volume_type: FullName,
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    POLICY.enforce(call, &[("project_id", &call.project())]).map_err(|_| errors::not_authorized())?;
    Ok(Response::many("default_types", os.cinder.default_types.all().rev(), view))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let project = project(call, os)?;
    let shown = os.cinder.default_types.get(&project).ok_or_else(|| errors::no_default_of_project(&project))?;
    Ok(Response::one("default_type", |o| view(o, shown)))
}

fn set(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let request = call.body::<SetRequest>()?.default_type.0.ok_or_else(errors::malformed_body)?;
    let project = project(call, os)?;
    let found = find_by_id_or_name(call, os, &request.volume_type.0);
    let volume_type = found.map(|found| found.id.clone()).map_err(errors::as_bad_request)?;
    let row = DefaultType { project: project.clone(), volume_type };
    Ok(Response::one("default_type", |o| view(o, os.cinder.default_types.insert(row))))
}

/// The default of a deleted project can be removed too.
fn unset(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = call.param("of_project");
    if project_exists(os, id) {
        project(call, os)?;
    } else {
        // Upstream looks for the project first and passes over what it then would have checked.
        call.policy_was_checked();
    }
    os.cinder.default_types.remove(id);
    Ok(Response::empty())
}

fn view(o: &mut Object, shown: &DefaultType) {
    o.set("project_id", &shown.project);
    o.set("volume_type_id", &shown.volume_type);
}

/// The project in the path. Fails with 404 if Keystone does not have it, and with 403 if the policy denies it.
fn project(call: &Call, os: &OpenStack) -> Result<Id, Problem> {
    let id = call.param("of_project");
    if !project_exists(os, id) {
        return Err(errors::project_not_found(id));
    }
    POLICY.enforce(call, &[("project_id", id)]).map_err(|_| errors::not_authorized())?;
    Ok(id.into())
}

fn project_exists(os: &OpenStack, id: &str) -> bool {
    os.keystone.projects.contains(id)
}
