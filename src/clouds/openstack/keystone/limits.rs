//! Limits: how much of a service's resource one project or domain may have, where that differs from what
//! is registered.

use super::super::parameter_types::Optional;
use super::super::{OpenStack, scope};
use super::collections::{Collection, link};
use super::parameter_types::{IdString, Name};
use super::registered_limits::{LimitDescription, LimitNumber, RegionId, ServiceId, names_what_exists, of_resource};
use super::{errors, policy};
use crate::engine::{
    Answer, Call, Context, Id, Index, Object, Operation, Problem, Response, Row, delete, get, patch, post,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const ONE: &str = "/limits/{limit_id}";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/limits", "keystone.limit.list", list).summary("Lists limits.").policy("identity:list_limits"),
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

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Limit {
    pub id: Id,
    /// The project or domain.
    pub owner: Id,
    pub of_domain: bool,
    pub service: Id,
    pub region: Option<Id>,
    pub resource_name: String,
    pub resource_limit: i32,
    pub description: Option<String>,
}

/// The limits of a service's resources.
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
    limits: Vec<Created>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {"required": ["service_id", "resource_name", "resource_limit", "domain_id"]},
    {"required": ["service_id", "resource_name", "resource_limit", "project_id"]},
]))]
struct Created {
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
    limit: Updated,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Updated {
    #[serde(default)]
    resource_limit: Optional<LimitNumber>,
    #[serde(default)]
    description: Optional<LimitDescription>,
}

fn find<'o>(os: &'o OpenStack, id: &str) -> Result<&'o Limit, Problem> {
    let found = os.keystone.limits.get(id);
    found.ok_or_else(|| errors::not_found(format!("Could not find limit for {id}.")))
}

/// Everything for administrators and services; else what the token's domain or project has.
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

fn list(call: &Call, os: &OpenStack) -> Answer {
    let asked = |name: &str, value: &str| call.query(name).is_none_or(|asked| asked == value);
    let limits = os.keystone.limits.all().rev().filter(|one| {
        asked("service_id", &one.service)
            && asked("region_id", one.region.as_deref().unwrap_or_default())
            && asked("resource_name", &one.resource_name)
            && (call.query("project_id").is_none() || (!one.of_domain && asked("project_id", &one.owner)))
            && (call.query("domain_id").is_none() || (one.of_domain && asked("domain_id", &one.owner)))
            && is_visible(call, os, one)
    });
    Ok(Collection::new(call, "limits").show(limits, |o, one| view(o, call, one)))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let mut made = vec![];
    for asked in call.body::<CreateRequest>()?.limits {
        let region = asked.region_id.0.unwrap_or_default().0;
        let (service, resource) = (asked.service_id.0, asked.resource_name.0);
        names_what_exists(os, "limit", Some(&service), region.as_deref())?;
        let (owner, of_domain) = owner(os, asked.project_id.as_ref(), asked.domain_id.as_ref())?;
        if of_resource(os, &service, region.as_deref(), &resource).is_none() {
            return Err(errors::limit_of_nothing());
        }
        let like = |one: &Limit| *one.service == *service && one.region.as_deref() == region.as_deref();
        if os.keystone.limits.of(&owner).any(|one| like(one) && one.resource_name == resource) {
            return Err(errors::conflict("limit", "Duplicate entry"));
        }
        let limit = Limit {
            id: ctx.hex_id(),
            owner,
            of_domain,
            service: service.into(),
            region: region.map(Id::from),
            resource_name: resource,
            resource_limit: asked.resource_limit.0,
            description: asked.description.0.unwrap_or_default().0,
        };
        made.push(os.keystone.limits.insert(limit).clone());
    }
    Ok(Response::many("limits", &made, |o, one| view(o, call, one)))
}

/// Whose limit it is, and whether that is a domain; a domain may be named as the project that it is.
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

/// Here upstream looks for the limit before it asks the policy.
fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let asked = call.body::<UpdateRequest>()?.limit;
    let id = find(os, call.param("limit_id"))?.id.clone();
    policy::enforce(call, &[])?;
    if let Some(limit) = os.keystone.limits.get_mut(&id) {
        if let Some(number) = asked.resource_limit.0 {
            limit.resource_limit = number.0;
        }
        if let Some(description) = asked.description.0 {
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

/// What goes along with a project or domain that is deleted.
pub fn forget(os: &mut OpenStack, project: &str) {
    let gone: Vec<Id> = os.keystone.limits.of(project).map(|limit| limit.id.clone()).collect();
    for id in gone {
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
