//! Services in the catalog (keystone/api/services.py).

use super::super::OpenStack;
use super::super::parameter_types::Optional;
use super::collections::{Collection, Filters, link};
use super::errors;
use super::parameter_types::normalized;
use super::projects::without;
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Response, Row, delete, get, patch, post};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

const ALL: &str = "/services";
const ONE: &str = "/services/{service_id}";

/// `/services`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "keystone.service.list", list).summary("Lists services.").policy("identity:list_services"),
    post(ALL, "keystone.service.create", create)
        .summary("Creates a service.")
        .policy("identity:create_service")
        .body::<CreateRequest>()
        .answers(201),
    get(ONE, "keystone.service.show", show).summary("Shows a service.").policy("identity:get_service"),
    patch(ONE, "keystone.service.update", update)
        .summary("Updates a service.")
        .policy("identity:update_service")
        .body::<UpdateRequest>(),
    delete(ONE, "keystone.service.delete", remove).summary("Deletes a service.").policy("identity:delete_service"),
];

/// A service in the catalog.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Service {
    pub id: Id,
    /// The type, such as `identity` or `volumev3`.
    pub kind: String,
    pub enabled: bool,
    /// `name`, `description` and attributes that the API does not define.
    pub extra: Map<String, Value>,
}

impl Row for Service {
    fn id(&self) -> &Id {
        &self.id
    }
    /// Services have no owner.
    fn owner(&self) -> &Id {
        &self.id
    }
}

/// Finds a service by id. Fails with 404.
pub fn find<'o>(os: &'o OpenStack, id: &str) -> Result<&'o Service, Problem> {
    os.keystone.services.get(id).ok_or_else(|| errors::could_not_find("service", id))
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let filters = Filters::of(call, &["type", "name"]);
    let attribute = |service: &Service, name: &str| match name {
        "type" => json!(service.kind),
        name => service.extra.get(name).cloned().unwrap_or_default(),
    };
    let services = os.keystone.services.all().rev();
    let services = services.filter(|service| filters.admit(|name| attribute(service, name)));
    Ok(Collection::new(call, "services").show(services, |o, service| view(o, call, service)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let service = find(os, call.param("service_id"))?;
    Ok(Response::one("service", |o| view(o, call, service)))
}

#[derive(Deserialize, JsonSchema)]
struct CreateRequest {
    #[serde(default)]
    service: Optional<NewService>,
}

#[derive(Deserialize, JsonSchema)]
struct NewService {
    #[serde(default)]
    enabled: Optional<bool>,
    #[serde(rename = "type")]
    kind: Text,
    #[serde(default)]
    name: Optional<Text>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(inline, extend("minLength" = 1, "maxLength" = 255))]
struct Text(String);

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let new = call.body::<CreateRequest>()?.service.0.ok_or_else(|| errors::missing_object("service"))?;
    let mut extra = normalized(without(new.extra, &["id", "links"]));
    extra.insert("name".into(), new.name.0.map(|name| name.0).unwrap_or_default().into());
    let enabled = new.enabled.unwrap_or(true);
    let service = os.keystone.services.insert(Service { id: ctx.hex_id(), kind: new.kind.0, enabled, extra });
    Ok(Response::one("service", |o| view(o, call, service)))
}

#[derive(Deserialize, JsonSchema)]
struct UpdateRequest {
    service: Changes,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(extend("minProperties" = 1))]
struct Changes {
    #[serde(default)]
    enabled: Optional<bool>,
    #[serde(default, rename = "type")]
    kind: Optional<Text>,
    #[serde(default)]
    name: Optional<Text>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let changes = call.body::<UpdateRequest>()?.service;
    let id: Id = call.param("service_id").into();
    if changes.extra.get("id").is_some_and(|value| !value.is_null() && *value != *id) {
        return Err(errors::cannot_change_id());
    }
    let mut service = find(os, &id)?.clone();
    if let Some(enabled) = changes.enabled.0 {
        service.enabled = enabled;
    }
    if let Some(kind) = changes.kind.0 {
        service.kind = kind.0;
    }
    if let Some(name) = changes.name.0 {
        service.extra.insert("name".into(), name.0.into());
    }
    service.extra.extend(without(changes.extra, &["id", "links"]));
    if let Some(row) = os.keystone.services.get_mut(&id) {
        row.clone_from(&service);
    }
    Ok(Response::one("service", |o| view(o, call, &service)))
}

/// Deletes the service and its endpoints.
fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = find(os, call.param("service_id"))?.id.clone();
    let endpoints: Vec<Id> = os.keystone.endpoints.of(&id).map(|endpoint| endpoint.id.clone()).collect();
    for endpoint in endpoints {
        os.keystone.endpoints.remove(&endpoint);
    }
    os.keystone.services.remove(&id);
    Ok(Response::empty())
}

fn view(o: &mut Object, call: &Call, service: &Service) {
    o.set("id", &service.id);
    o.set("type", &service.kind);
    o.set("enabled", service.enabled);
    for (name, value) in &service.extra {
        o.set(name, value);
    }
    link(o, call, &format!("/services/{}", service.id));
}
