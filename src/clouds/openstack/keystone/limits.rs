//! Limits of single projects and domains, which override registered limits (keystone/api/limits.py). No
//! service enforces them.

use super::super::parameter_types::Optional;
use super::super::{OpenStack, scope};
use super::collections::{Collection, link};
use super::parameter_types::{IdString, Name};
use super::registered_limits::{
    LimitDescription, LimitNumber, RegionId, ServiceId, check_references, find_by_resource,
};
use super::{errors, policy};
use crate::engine::{
    Answer, Call, Context, Id, Index, Object, Operation, Problem, Response, Row, delete, get, patch, post,
};
use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::json;

const ONE: &str = "/limits/{limit_id}";

/// `/limits`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/limits", "keystone.limit.list", list).summary("Lists limits.").policy("identity:list_limits").query(query),
    post("/limits", "keystone.limit.create", create)
        .summary("Creates limits.")
        .body::<CreateRequest>()
        .answers(201)
        .policy("identity:create_limits"),
    get("/limits/model", "keystone.limit.model.show", show_model)
        .summary("Shows the enforcement model of limits.")
        .policy("identity:get_limit_model"),
    get(ONE, "keystone.limit.show", show).summary("Shows a limit.").policy_on_target("identity:get_limit"),
    patch(ONE, "keystone.limit.update", update)
        .summary("Updates a limit.")
        .body::<UpdateRequest>()
        .policy_on_target("identity:update_limit"),
    delete(ONE, "keystone.limit.delete", remove).summary("Deletes a limit.").policy_on_target("identity:delete_limit"),
];

/// How much of a resource a project or domain may use.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Limit {
    pub id: Id,
    /// The id of the project or domain.
    pub owner: Id,
    /// True if `owner` is a domain.
    pub of_domain: bool,
    /// The id of the service that has the resource.
    pub service: Id,
    pub region: Option<Id>,
    pub resource_name: String,
    /// -1 for no limit.
    pub resource_limit: i32,
    pub description: Option<String>,
}

/// Finds the limits of a service.
pub const BY_SERVICE: Index<Limit> = Index::new("service", |limit, key| key(&limit.service));

impl Row for Limit {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.owner
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_SERVICE]
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    #[schemars(length(min = 1))]
    limits: Vec<NewLimit>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {"required": ["service_id", "resource_name", "resource_limit", "domain_id"]},
    {"required": ["service_id", "resource_name", "resource_limit", "project_id"]},
], "x-alternatives-last" = true))]
struct NewLimit {
    #[serde(default)]
    project_id: Option<IdString>,
    #[serde(default)]
    domain_id: Option<IdString>,
    resource_name: Name,
    #[serde(default)]
    region_id: Optional<RegionId>,
    service_id: ServiceId,
    resource_limit: LimitNumber,
    #[serde(default)]
    description: Optional<LimitDescription>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-unknown-first" = true))]
struct UpdateRequest {
    limit: LimitChanges,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LimitChanges {
    #[serde(default)]
    resource_limit: Optional<LimitNumber>,
    #[serde(default)]
    description: Optional<LimitDescription>,
}

fn find<'o>(os: &'o OpenStack, id: &str) -> Result<&'o Limit, Problem> {
    let found = os.keystone.limits.get(id);
    found.ok_or_else(|| errors::not_found(format!("Could not find limit for {id}.")))
}

/// Administrators and services see all limits. Other users see those of the domain or project of their token.
fn is_visible(call: &Call, os: &OpenStack, limit: &Limit) -> bool {
    let caller = &call.caller;
    if scope::is_system(caller) || caller.has_role("admin") || caller.has_role("service") {
        return true;
    }
    let domain = os.keystone.projects.get(&limit.owner).and_then(|project| project.domain.as_ref());
    match (scope::domain(caller), &caller.project) {
        (Some(own), _) => **domain.unwrap_or(&limit.owner) == *own,
        (None, Some(own)) => limit.owner == *own && !limit.of_domain,
        (None, None) => false,
    }
}

fn query() -> Schema {
    let id = json!({"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[a-zA-Z0-9-]+$"});
    json_schema!({
        "type": "object",
        "properties": {
            "service_id": {"type": "string", "format": "uuid"},
            "region_id": {"type": "string", "minLength": 1, "maxLength": 255},
            "resource_name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"[\S]+"},
            "project_id": id,
            "domain_id": id,
        },
    })
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let matches = |name: &str, value: &str| call.query(name).is_none_or(|filter| filter == value);
    let limits = os.keystone.limits.all().rev().filter(|one| {
        matches("service_id", &one.service)
            && matches("region_id", one.region.as_deref().unwrap_or_default())
            && matches("resource_name", &one.resource_name)
            && (call.query("project_id").is_none() || (!one.of_domain && matches("project_id", &one.owner)))
            && (call.query("domain_id").is_none() || (one.of_domain && matches("domain_id", &one.owner)))
            && is_visible(call, os, one)
    });
    Ok(Collection::new(call, "limits").show(limits, |o, one| view(o, call, one)))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let mut created = vec![];
    for request in call.body::<CreateRequest>()?.limits {
        let region = request.region_id.0.unwrap_or_default().0;
        let (service, resource) = (request.service_id.0, request.resource_name.0);
        check_references(os, "limit", Some(&service), region.as_deref())?;
        let (owner, of_domain) = owner(os, request.project_id.as_ref(), request.domain_id.as_ref())?;
        if find_by_resource(os, &service, region.as_deref(), &resource).is_none() {
            return Err(errors::limit_without_registered_limit());
        }
        let same_place = |one: &Limit| *one.service == *service && one.region.as_deref() == region.as_deref();
        if os.keystone.limits.of(&owner).any(|one| same_place(one) && one.resource_name == resource) {
            return Err(errors::conflict("limit", "Duplicate entry"));
        }
        let limit = Limit {
            id: ctx.hex_id(),
            owner,
            of_domain,
            service: service.into(),
            region: region.map(Id::from),
            resource_name: resource,
            resource_limit: request.resource_limit.0,
            description: request.description.0.unwrap_or_default().0,
        };
        created.push(os.keystone.limits.insert(limit).clone());
    }
    Ok(Response::many("limits", &created, |o, one| view(o, call, one)))
}

/// The owner of a limit, and whether it is a domain. `project_id` may be the id of a domain too.
fn owner(os: &OpenStack, project: Option<&IdString>, domain: Option<&IdString>) -> Result<(Id, bool), Problem> {
    let projects = &os.keystone.projects;
    match (project, domain) {
        (Some(id), _) => {
            let project = projects.get(&id.0).ok_or_else(|| errors::expecting("project_id", "limit"))?;
            Ok((project.id.clone(), project.is_domain))
        }
        (None, Some(id)) => {
            let domain = projects.get(&id.0).filter(|domain| domain.is_domain);
            Ok((domain.ok_or_else(|| errors::expecting("domain_id", "limit"))?.id.clone(), true))
        }
        (None, None) => Err(errors::expecting("project_id", "limit")),
    }
}

fn show_model(_call: &Call, _os: &OpenStack) -> Answer {
    Ok(Response::one("model", |o| {
        o.set("name", "flat");
        o.set("description", "Limit enforcement and validation does not take project hierarchy into consideration.");
    }))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let found = find(os, call.param("limit_id"));
    match &found {
        Err(_) => policy::enforce(call, &[])?,
        Ok(limit) if limit.of_domain => policy::enforce(call, &[("target.limit.domain.id", &limit.owner)])?,
        Ok(limit) => {
            let project = os.keystone.projects.get(&limit.owner);
            let domain = project.and_then(|project| project.domain.as_deref()).unwrap_or("None");
            let target = [("target.limit.project_id", &*limit.owner), ("target.limit.project.domain_id", domain)];
            policy::enforce(call, &target)?;
        }
    }
    let limit = found?;
    Ok(Response::one("limit", |o| view(o, call, limit)))
}

/// Upstream looks up the limit before it enforces the policy.
fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let changes = call.body::<UpdateRequest>()?.limit;
    let id = find(os, call.param("limit_id"))?.id.clone();
    policy::enforce(call, &[])?;
    if let Some(limit) = os.keystone.limits.get_mut(&id) {
        if let Some(number) = changes.resource_limit.0 {
            limit.resource_limit = number.0;
        }
        if let Some(description) = changes.description.0 {
            limit.description = description.0;
        }
    }
    let limit = find(os, &id)?;
    Ok(Response::one("limit", |o| view(o, call, limit)))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = find(os, call.param("limit_id"))?.id.clone();
    policy::enforce(call, &[])?;
    os.keystone.limits.remove(&id);
    Ok(Response::empty())
}

/// Deletes the limits of a project or domain that is being deleted.
pub fn forget(os: &mut OpenStack, project: &str) {
    let ids: Vec<Id> = os.keystone.limits.of(project).map(|limit| limit.id.clone()).collect();
    for id in ids {
        os.keystone.limits.remove(&id);
    }
}

fn view(o: &mut Object, call: &Call, limit: &Limit) {
    o.set("id", &limit.id);
    o.set("project_id", (!limit.of_domain).then_some(&limit.owner));
    o.set("domain_id", limit.of_domain.then_some(&limit.owner));
    o.set("resource_limit", limit.resource_limit);
    o.set("description", &limit.description);
    o.set("service_id", &limit.service);
    o.set("region_id", &limit.region);
    o.set("resource_name", &limit.resource_name);
    link(o, call, &format!("/limits/{}", limit.id));
}
