//! Adding servers to security groups and removing them, which changes the groups of all their ports in Neutron
//! (nova/api/openstack/compute/security_groups.py, nova/network/security_group_api.py).

use super::super::super::errors;
use super::super::{Server, permitted};
use super::PATH;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::record::Record;
use crate::clouds::openstack::neutron::{attributes::Body, ports, security_groups};
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, post};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(PATH, "nova.server.add_security_group", add)
        .summary("Adds a server to a security group.")
        .action("addSecurityGroup")
        .body::<AddRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:os-security-groups:add"),
    post(PATH, "nova.server.remove_security_group", remove)
        .summary("Removes a server from a security group.")
        .action("removeSecurityGroup")
        .body::<RemoveRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:os-security-groups:remove"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AddRequest {
    #[serde(rename = "addSecurityGroup")]
    add: Group,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RemoveRequest {
    #[serde(rename = "removeSecurityGroup")]
    remove: Group,
}

/// A group by name or id.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Group {
    #[schemars(length(min = 1))]
    name: String,
}

fn add(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let name = call.body::<AddRequest>()?.add.name;
    let server = permitted(call, os)?;
    let group = group(os, &server.project, &name)?;
    let ports = ports_of(os, server)?;
    for (port, mut groups) in ports {
        if groups.contains(&group) {
            return Err(errors::duplicate_security_group(&group, &call.request_id));
        }
        groups.push(group.clone());
        set(os, ctx, &port, &groups)?;
    }
    Ok(Response::empty())
}

fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let name = call.body::<RemoveRequest>()?.remove.name;
    let server = permitted(call, os)?;
    let group = group(os, &server.project, &name)?;
    let ports = ports_of(os, server)?;
    let id = server.id.clone();
    let mut found = false;
    for (port, mut groups) in ports {
        let before = groups.len();
        groups.retain(|one| *one != group);
        if groups.len() < before {
            set(os, ctx, &port, &groups)?;
            found = true;
        }
    }
    if found { Ok(Response::empty()) } else { Err(errors::not_in_security_group(&name, &id)) }
}

/// The only group of the project with this name or id. Errors: 404 and 409.
fn group(os: &OpenStack, project: &str, name: &str) -> Result<Id, Problem> {
    match security_groups::find_by_id_or_name(os, project, name)[..] {
        [] => Err(errors::security_group_of_project_not_found(name, project)),
        [group] => Ok(group.id.clone()),
        _ => Err(errors::several_security_groups_named(name)),
    }
}

/// The ports of the server that support security groups, each with its groups. Errors: 404 if the server has no ports.
fn ports_of(os: &OpenStack, server: &Server) -> Result<Vec<(Id, Vec<Id>)>, Problem> {
    let ports: Vec<&Record> = ports::of_device(os, &server.id).collect();
    if ports.is_empty() {
        return Err(errors::no_ports(&server.id));
    }
    let secured = |port: &&&Record| port.flag("port_security_enabled") && !port.list("fixed_ips").is_empty();
    let groups = |port: &&Record| (port.id.clone(), port.texts("security_groups").map(Id::from).collect());
    Ok(ports.iter().filter(secured).map(groups).collect())
}

fn set(os: &mut OpenStack, ctx: &mut Context, port: &Id, groups: &[Id]) -> Result<(), Problem> {
    let mut body = Body::new();
    body.insert("security_groups".into(), json!(groups));
    ports::change::apply(os, ctx, port, body).map_err(errors::as_bad_request)
}
