//! The projects that may use a private flavor (nova/api/openstack/compute/flavor_access.py).

use super::super::errors;
use super::{Flavor, find, nothing_since_2_102};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Operation, Response, get, post};
use schemars::JsonSchema;
use serde::Deserialize;

const ACTION: &str = "/flavors/{flavor_id}/action";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/flavors/{flavor_id}/os-flavor-access", "nova.flavor.access.list", list)
        .summary("Lists the projects that have access to a private flavor.")
        .query(nothing_since_2_102)
        .policy("os_compute_api:os-flavor-access"),
    post(ACTION, "nova.flavor.access.add", add)
        .summary("Gives a project access to a private flavor.")
        .action("addTenantAccess")
        .body::<AddRequest>()
        .policy("os_compute_api:os-flavor-access:add_tenant_access"),
    post(ACTION, "nova.flavor.access.remove", remove)
        .summary("Takes access to a private flavor from a project.")
        .action("removeTenantAccess")
        .body::<RemoveRequest>()
        .policy("os_compute_api:os-flavor-access:remove_tenant_access"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AddRequest {
    #[serde(rename = "addTenantAccess")]
    add: Access,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RemoveRequest {
    #[serde(rename = "removeTenantAccess")]
    remove: Access,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Access {
    #[schemars(length(min = 1, max = 255))]
    tenant: String,
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let flavor = find(call, os, call.param("flavor_id"))?;
    if flavor.is_public {
        return Err(errors::no_access_list_of_public_flavor());
    }
    Ok(projects(flavor))
}

fn add(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let project: Id = call.body::<AddRequest>()?.add.tenant.into();
    if os.keystone.projects.get(&project).is_none_or(|project| project.is_domain) {
        return Err(errors::not_a_valid_project(&project));
    }
    let id = find(call, os, call.param("flavor_id"))?.id.clone();
    let flavor = os.nova.flavors.get_mut(&id).ok_or_else(|| errors::flavor_not_found(&id))?;
    if call.since(2, 7) && flavor.is_public {
        return Err(errors::access_to_public_flavor());
    }
    if flavor.projects.contains(&project) {
        return Err(errors::flavor_access_exists(flavor.number, &project));
    }
    flavor.projects.push(project);
    Ok(projects(flavor))
}

/// Upstream does not check whether the project exists.
fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let project = call.body::<RemoveRequest>()?.remove.tenant;
    let id = find(call, os, call.param("flavor_id"))?.id.clone();
    let flavor = os.nova.flavors.get_mut(&id).ok_or_else(|| errors::flavor_not_found(&id))?;
    let at = flavor.projects.iter().position(|one| **one == *project);
    let at = at.ok_or_else(|| errors::flavor_access_not_found(flavor.number, &project))?;
    flavor.projects.remove(at);
    Ok(projects(flavor))
}

fn projects(flavor: &Flavor) -> Response {
    Response::many("flavor_access", &flavor.projects, |o, project| {
        o.set("flavor_id", &flavor.id);
        o.set("tenant_id", project);
    })
}
