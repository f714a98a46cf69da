//! Endpoints: the addresses of services, by interface and region (keystone/api/endpoints.py).

use super::super::OpenStack;
use super::super::parameter_types::Optional;
use super::collections::{Collection, Filters, link};
use super::parameter_types::{Change, normalized};
use super::projects::without;
use super::regions::{self, Region};
use super::{errors, services};
use crate::engine::{
    Answer, Call, Context, Id, Index, Object, Operation, Problem, Response, Row, delete, get, patch, post,
};
use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

const ALL: &str = "/endpoints";
const ONE: &str = "/endpoints/{endpoint_id}";

/// `/endpoints`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "keystone.endpoint.list", list).summary("Lists endpoints.").policy("identity:list_endpoints").query(query),
    post(ALL, "keystone.endpoint.create", create)
        .summary("Creates an endpoint.")
        .policy("identity:create_endpoint")
        .body::<CreateRequest>()
        .answers(201),
    get(ONE, "keystone.endpoint.show", show).summary("Shows an endpoint.").policy("identity:get_endpoint"),
    patch(ONE, "keystone.endpoint.update", update)
        .summary("Updates an endpoint.")
        .policy("identity:update_endpoint")
        .body::<UpdateRequest>(),
    delete(ONE, "keystone.endpoint.delete", remove).summary("Deletes an endpoint.").policy("identity:delete_endpoint"),
];

/// One address of a service.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Endpoint {
    pub id: Id,
    /// The id of the service.
    pub service: Id,
    /// `public`, `internal` or `admin`.
    pub interface: String,
    pub region: Option<Id>,
    pub address: Address,
    pub enabled: bool,
    /// Attributes that the API does not define.
    pub extra: Map<String, Value>,
}

/// The address of an endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Address {
    /// A service of nephos, by its name, such as `cinder`. Its base address depends on the address that the
    /// client uses; `path` is a template that is appended to it.
    Ours { service: Id, path: String },
    /// A template from a client, such as `http://volume.example/v3/%(project_id)s`.
    #[serde(rename = "Given")]
    Template(String),
}

/// Finds the endpoints of a region.
pub const BY_REGION: Index<Endpoint> =
    Index::new("region", |endpoint, key| endpoint.region.as_deref().into_iter().for_each(key));

impl Row for Endpoint {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.service
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_REGION]
    }
}

impl Endpoint {
    /// The URL template. `None` if the service of nephos is not mounted on the listener of `call`.
    pub fn template(&self, call: &Call) -> Option<String> {
        match &self.address {
            Address::Ours { service, path } => Some(format!("{}{path}", call.base_of(service)?)),
            Address::Template(url) => Some(url.clone()),
        }
    }

    /// The URL in the catalog of a token. `None` if the template names a project and the token has none
    /// (`format_url` in keystone/catalog/core.py).
    pub fn url(&self, call: &Call, user: &str, project: Option<&str>) -> Option<String> {
        let mut url = self.template(call)?.replace("$(", "%(");
        for (name, value) in [("user_id", Some(user)), ("project_id", project), ("tenant_id", project)] {
            let place = format!("%({name})s");
            if url.contains(&place) {
                url = url.replace(&place, value?);
            }
        }
        Some(url)
    }
}

fn find<'o>(os: &'o OpenStack, id: &str) -> Result<&'o Endpoint, Problem> {
    os.keystone.endpoints.get(id).ok_or_else(|| errors::could_not_find("endpoint", id))
}

fn query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {"interface": {"type": "string", "enum": ["admin", "internal", "public"]}},
    })
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let filters = Filters::of(call, &["interface", "service_id", "region_id"]);
    let attribute = |endpoint: &Endpoint, name: &str| match name {
        "interface" => json!(endpoint.interface),
        "service_id" => json!(endpoint.service),
        "region_id" => json!(endpoint.region),
        _ => Value::Null,
    };
    let visible =
        |endpoint: &&Endpoint| endpoint.template(call).is_some() && filters.admit(|name| attribute(endpoint, name));
    let endpoints = os.keystone.endpoints.all().rev().filter(visible);
    Ok(Collection::new(call, "endpoints").show(endpoints, |o, endpoint| view(o, call, endpoint)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let endpoint = find(os, call.param("endpoint_id"))?;
    Ok(Response::one("endpoint", |o| view(o, call, endpoint)))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    #[serde(default)]
    endpoint: Optional<NewEndpoint>,
}

#[derive(Deserialize, JsonSchema)]
struct NewEndpoint {
    #[serde(default)]
    #[allow(dead_code, reason = "validated and ignored: the endpoint gets a new id")]
    id: Optional<String>,
    #[serde(default)]
    enabled: Optional<bool>,
    interface: Interface,
    #[serde(default)]
    region_id: Change<String>,
    #[serde(default)]
    region: Change<String>,
    service_id: String,
    url: Url,
    #[serde(default)]
    name: Optional<String>,
    #[serde(default)]
    description: Change<String>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(inline, extend("enum" = ["admin", "internal", "public"]))]
struct Interface(String);

#[derive(Deserialize, JsonSchema)]
#[schemars(inline, extend("minLength" = 0, "maxLength" = 225, "pattern" = "^[a-zA-Z0-9+.-]+:.+"))]
struct Url(String);

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let new = call.body::<CreateRequest>()?.endpoint.0.ok_or_else(errors::missing_endpoint)?;
    if !is_template(&new.url.0) {
        return Err(errors::invalid_url(&new.url.0));
    }
    let region = region_of(os, new.region_id.value(), new.region.value())?;
    services::find(os, &new.service_id).map_err(|_| errors::missing_reference("service_id", "service"))?;
    let mut extra = normalized(without(new.extra, &["id", "links"]));
    if let Some(name) = new.name.0 {
        extra.insert("name".into(), name.into());
    }
    if let Some(description) = new.description.0 {
        extra.insert("description".into(), description.into());
    }
    let endpoint = os.keystone.endpoints.insert(Endpoint {
        id: ctx.hex_id(),
        service: new.service_id.into(),
        interface: new.interface.0,
        region,
        address: Address::Template(new.url.0),
        enabled: new.enabled.unwrap_or(true),
        extra,
    });
    Ok(Response::one("endpoint", |o| view(o, call, endpoint)))
}

/// The region of a request. `id` (`region_id`) must exist; `legacy` (`region`) is created if it does not exist. An
/// empty id counts as none.
fn region_of(os: &mut OpenStack, id: Option<String>, legacy: Option<String>) -> Result<Option<Id>, Problem> {
    let not_empty = |text: &String| !text.is_empty();
    match (id.filter(not_empty), legacy.filter(not_empty)) {
        (Some(id), _) => {
            regions::find(os, &id).map_err(|_| errors::missing_reference("region_id", "region"))?;
            Ok(Some(id.into()))
        }
        (None, Some(legacy)) => {
            let id: Id = legacy.into();
            if !os.keystone.regions.contains(&id) {
                let region = Region { id: id.clone(), description: String::new(), parent: None, extra: Map::new() };
                os.keystone.regions.insert(region);
            }
            Ok(Some(id))
        }
        (None, None) => Ok(None),
    }
}

/// The names that a template may contain (`check_endpoint_url` in keystone/common/utils.py).
const NAMES: [&str; 10] = [
    "tenant_id",
    "project_id",
    "user_id",
    "public_bind_host",
    "admin_bind_host",
    "compute_host",
    "admin_port",
    "public_port",
    "public_endpoint",
    "admin_endpoint",
];

/// True if Python can substitute all of `%(name)s` and `$(name)s`.
fn is_template(url: &str) -> bool {
    let url = url.replace("$(", "%(");
    let mut rest = url.as_str();
    while let Some((_, after)) = rest.split_once('%') {
        rest = match after.strip_prefix('%') {
            Some(after) => after,
            None => {
                let filled = after.strip_prefix('(').and_then(|after| after.split_once(')'));
                match filled {
                    Some((name, after)) if NAMES.contains(&name) && after.starts_with(['s', 'r', 'a']) => after,
                    _ => return false,
                }
            }
        };
    }
    true
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    endpoint: Changes,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(extend("minProperties" = 1))]
struct Changes {
    #[serde(default)]
    enabled: Optional<bool>,
    #[serde(default)]
    interface: Optional<Interface>,
    #[serde(default)]
    region_id: Change<String>,
    #[serde(default)]
    region: Change<String>,
    #[serde(default)]
    service_id: Optional<String>,
    #[serde(default)]
    url: Optional<Url>,
    #[serde(default)]
    name: Optional<String>,
    #[serde(default)]
    description: Change<String>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let changes = call.body::<UpdateRequest>()?.endpoint;
    let id: Id = call.param("endpoint_id").into();
    if changes.extra.get("id").is_some_and(|value| !value.is_null() && *value != *id) {
        return Err(errors::cannot_change_id());
    }
    let moves = changes.region_id.0.is_some() || changes.region.0.is_some();
    let region = region_of(os, changes.region_id.value(), changes.region.value())?;
    if let Some(service) = changes.service_id.as_deref() {
        services::find(os, service).map_err(|_| errors::missing_reference("service_id", "service"))?;
    }
    let mut endpoint = find(os, &id)?.clone();
    if moves {
        endpoint.region = region;
    }
    if let Some(enabled) = changes.enabled.0 {
        endpoint.enabled = enabled;
    }
    if let Some(interface) = changes.interface.0 {
        endpoint.interface = interface.0;
    }
    if let Some(service) = changes.service_id.0 {
        endpoint.service = service.into();
    }
    if let Some(url) = changes.url.0 {
        endpoint.address = Address::Template(url.0);
    }
    if let Some(name) = changes.name.0 {
        endpoint.extra.insert("name".into(), name.into());
    }
    if let Some(description) = changes.description.0 {
        endpoint.extra.insert("description".into(), description.into());
    }
    endpoint.extra.extend(without(changes.extra, &["id", "links"]));
    // Removed and inserted, because the service, which owns the row, may have changed.
    os.keystone.endpoints.remove(&id);
    let endpoint = os.keystone.endpoints.insert(endpoint);
    Ok(Response::one("endpoint", |o| view(o, call, endpoint)))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = find(os, call.param("endpoint_id"))?.id.clone();
    os.keystone.endpoints.remove(&id);
    Ok(Response::empty())
}

fn view(o: &mut Object, call: &Call, endpoint: &Endpoint) {
    o.set("id", &endpoint.id);
    o.set("interface", &endpoint.interface);
    o.set("region_id", &endpoint.region);
    o.set("service_id", &endpoint.service);
    o.set("url", endpoint.template(call));
    o.set("enabled", endpoint.enabled);
    o.set("region", &endpoint.region);
    for (name, value) in &endpoint.extra {
        o.set(name, value);
    }
    link(o, call, &format!("/endpoints/{}", endpoint.id));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_has_only_the_names_that_upstream_allows() {
        assert!(is_template("http://x/%(project_id)s/$(user_id)s/100%%"));
        for wrong in ["http://x/%(colour)s", "http://x/%(project_id)", "http://x/%(project_id", "http://x/100%"] {
            assert!(!is_template(wrong), "{wrong}");
        }
    }
}
