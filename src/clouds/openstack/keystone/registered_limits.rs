//! Registered limits: the default limits of a service's resources (keystone/api/registered_limits.py). No
//! service enforces them.

use super::super::OpenStack;
use super::super::parameter_types::Optional;
use super::collections::{Collection, link};
use super::errors;
use super::parameter_types::Name;
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Response, Row, delete, get, patch, post};
use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};

const ONE: &str = "/registered_limits/{registered_limit_id}";

/// `/registered_limits`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/registered_limits", "keystone.registered_limit.list", list)
        .summary("Lists registered limits.")
        .policy("identity:list_registered_limits")
        .query(query),
    post("/registered_limits", "keystone.registered_limit.create", create)
        .summary("Creates registered limits.")
        .body::<CreateRequest>()
        .answers(201)
        .policy("identity:create_registered_limits"),
    get(ONE, "keystone.registered_limit.show", show)
        .summary("Shows a registered limit.")
        .policy("identity:get_registered_limit"),
    patch(ONE, "keystone.registered_limit.update", update)
        .summary("Updates a registered limit.")
        .body::<UpdateRequest>()
        .policy("identity:update_registered_limit"),
    delete(ONE, "keystone.registered_limit.delete", remove)
        .summary("Deletes a registered limit.")
        .policy("identity:delete_registered_limit"),
];

/// The limit of a resource for projects without a separate limit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegisteredLimit {
    pub id: Id,
    /// The id of the service that has the resource.
    pub service: Id,
    pub region: Option<Id>,
    pub resource_name: String,
    /// -1 for no limit.
    pub default_limit: i32,
    pub description: Option<String>,
}

impl Row for RegisteredLimit {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.service
    }
}

/// A limit. -1 means unlimited.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[schemars(inline, extend("minimum" = -1, "maximum" = i32::MAX, "format" = "int32"))]
pub struct LimitNumber(pub i32);

#[derive(Clone, Deserialize, JsonSchema)]
#[schemars(inline, extend("format" = "uuid"))]
pub struct ServiceId(pub String);

/// The id of a region, or null.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[schemars(inline, extend("minLength" = 1, "maxLength" = 255))]
pub struct RegionId(pub Option<String>);

/// At most 255 characters, or null.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[schemars(inline, extend("maxLength" = 255))]
pub struct LimitDescription(pub Option<String>);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    #[schemars(length(min = 1))]
    registered_limits: Vec<NewRegisteredLimit>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-unknown-first" = true))]
struct NewRegisteredLimit {
    service_id: ServiceId,
    #[serde(default)]
    region_id: Optional<RegionId>,
    resource_name: Name,
    default_limit: LimitNumber,
    #[serde(default)]
    description: Optional<LimitDescription>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-unknown-first" = true))]
struct UpdateRequest {
    registered_limit: RegisteredLimitChanges,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RegisteredLimitChanges {
    #[serde(default)]
    service_id: Optional<ServiceId>,
    #[serde(default)]
    region_id: Optional<RegionId>,
    #[serde(default)]
    resource_name: Optional<Name>,
    #[serde(default)]
    default_limit: Optional<LimitNumber>,
    #[serde(default)]
    description: Optional<LimitDescription>,
}

fn find<'o>(os: &'o OpenStack, id: &str) -> Result<&'o RegisteredLimit, Problem> {
    let found = os.keystone.registered_limits.get(id);
    found.ok_or_else(|| errors::not_found(format!("Could not find registered limit for {id}.")))
}

/// Fails with 400 if the service or region of a limit does not exist. `kind` is `limit` or `registered_limit`.
pub fn check_references(
    os: &OpenStack,
    kind: &str,
    service: Option<&str>,
    region: Option<&str>,
) -> Result<(), Problem> {
    if service.is_some_and(|id| !os.keystone.services.contains(id)) {
        return Err(errors::expecting("service_id", kind));
    }
    if region.is_some_and(|id| !os.keystone.regions.contains(id)) {
        return Err(errors::expecting("region_id", kind));
    }
    Ok(())
}

/// The registered limit of a resource in a region. There is at most one.
pub fn find_by_resource<'o>(
    os: &'o OpenStack,
    service: &str,
    region: Option<&str>,
    resource: &str,
) -> Option<&'o RegisteredLimit> {
    let mut of_service = os.keystone.registered_limits.of(service);
    of_service.find(|one| one.region.as_deref() == region && one.resource_name == resource)
}

/// Fails with 403 while projects or domains have limits for the same resource.
fn check_unused(os: &OpenStack, registered: &RegisteredLimit) -> Result<(), Problem> {
    let mut of_service = os.keystone.limits.by(&super::limits::BY_SERVICE, &registered.service);
    let same_resource = |limit: &super::limits::Limit| {
        limit.region == registered.region && limit.resource_name == registered.resource_name
    };
    if of_service.any(same_resource) {
        return Err(errors::registered_limit_in_use(&registered.id));
    }
    Ok(())
}

fn query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "service_id": {"type": "string", "format": "uuid"},
            "region_id": {"type": "string", "minLength": 1, "maxLength": 255},
            "resource_name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"[\S]+"},
        },
    })
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let matches = |name: &str, value: &str| call.query(name).is_none_or(|filter| filter == value);
    let limits = os.keystone.registered_limits.all().rev().filter(|one| {
        matches("service_id", &one.service)
            && matches("region_id", one.region.as_deref().unwrap_or_default())
            && matches("resource_name", &one.resource_name)
    });
    Ok(Collection::new(call, "registered_limits").show(limits, |o, one| view(o, call, one)))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let mut created = vec![];
    for request in call.body::<CreateRequest>()?.registered_limits {
        let region = request.region_id.0.unwrap_or_default().0;
        let (service, resource) = (request.service_id.0, request.resource_name.0);
        check_references(os, "registered_limit", Some(&service), region.as_deref())?;
        if find_by_resource(os, &service, region.as_deref(), &resource).is_some() {
            return Err(errors::conflict("registered_limit", "Duplicate entry"));
        }
        let limit = RegisteredLimit {
            id: ctx.hex_id(),
            service: service.into(),
            region: region.map(Id::from),
            resource_name: resource,
            default_limit: request.default_limit.0,
            description: request.description.0.unwrap_or_default().0,
        };
        created.push(os.keystone.registered_limits.insert(limit).clone());
    }
    Ok(Response::many("registered_limits", &created, |o, one| view(o, call, one)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let limit = find(os, call.param("registered_limit_id"))?;
    Ok(Response::one("registered_limit", |o| view(o, call, limit)))
}

fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let changes = call.body::<UpdateRequest>()?.registered_limit;
    let service = changes.service_id.as_ref().map(|service| service.0.as_str());
    let region = changes.region_id.as_ref().map(|region| region.0.as_deref());
    check_references(os, "registered_limit", service, region.flatten())?;
    let limit = find(os, call.param("registered_limit_id"))?;
    let mut changed = limit.clone();
    if let Some(service) = service {
        changed.service = service.into();
    }
    if let Some(region) = region {
        changed.region = region.map(Id::from);
    }
    if let Some(name) = changes.resource_name.0 {
        changed.resource_name = name.0;
    }
    let moves = (&changed.service, &changed.region, &changed.resource_name)
        != (&limit.service, &limit.region, &limit.resource_name);
    if moves {
        check_unused(os, limit)?;
        if find_by_resource(os, &changed.service, changed.region.as_deref(), &changed.resource_name).is_some() {
            return Err(errors::conflict("registered_limit", "Duplicate entry"));
        }
    }
    if let Some(number) = changes.default_limit.0 {
        changed.default_limit = number.0;
    }
    if let Some(description) = changes.description.0 {
        changed.description = description.0;
    }
    let limit = os.keystone.registered_limits.insert(changed).clone();
    Ok(Response::one("registered_limit", |o| view(o, call, &limit)))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let limit = find(os, call.param("registered_limit_id"))?;
    check_unused(os, limit)?;
    let id = limit.id.clone();
    os.keystone.registered_limits.remove(&id);
    Ok(Response::empty())
}

fn view(o: &mut Object, call: &Call, limit: &RegisteredLimit) {
    o.set("id", &limit.id);
    o.set("service_id", &limit.service);
    o.set("region_id", &limit.region);
    o.set("resource_name", &limit.resource_name);
    o.set("default_limit", limit.default_limit);
    o.set("description", &limit.description);
    link(o, call, &format!("/registered_limits/{}", limit.id));
}
