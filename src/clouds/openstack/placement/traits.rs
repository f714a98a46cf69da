//! Traits: properties of providers like `HW_CPU_X86_AVX2` or `CUSTOM_RAID` (placement/handlers/trait.py). The standard
//! ones are those of the library os-traits.

use super::bodies::{self, last};
use super::dialect::dated;
use super::errors;
use super::resource_providers::{self, find};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Row, delete, get, put};
use chrono::{DateTime, Utc};
use schemars::{Schema, json_schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::LazyLock;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/traits", "placement.trait.list", list)
        .summary("Lists traits.")
        .query(list_query)
        .since(1, 6)
        .policy("placement:traits:list"),
    get("/traits/{name}", "placement.trait.show", show)
        .summary("Checks that a trait exists.")
        .answers(204)
        .since(1, 6)
        .policy("placement:traits:show"),
    put("/traits/{name}", "placement.trait.create", create)
        .summary("Creates a trait.")
        .no_body()
        .since(1, 6)
        .policy("placement:traits:update"),
    delete("/traits/{name}", "placement.trait.delete", remove)
        .summary("Deletes a trait.")
        .since(1, 6)
        .policy("placement:traits:delete"),
    get("/resource_providers/{uuid}/traits", "placement.resource_provider.traits", of_provider)
        .summary("Lists the traits of a resource provider.")
        .since(1, 6)
        .policy("placement:resource_providers:traits:list"),
    put("/resource_providers/{uuid}/traits", "placement.resource_provider.set_traits", set)
        .summary("Replaces the traits of a resource provider.")
        .body_schema(set_body)
        .since(1, 6)
        .policy("placement:resource_providers:traits:update"),
    delete("/resource_providers/{uuid}/traits", "placement.resource_provider.delete_traits", remove_all)
        .summary("Removes all traits from a resource provider.")
        .since(1, 6)
        .policy("placement:resource_providers:traits:delete"),
];

/// The standard traits, sorted as in the file.
static STANDARD: LazyLock<Vec<&'static str>> = LazyLock::new(|| include_str!("standard_traits.txt").lines().collect());

/// A trait that a client has created. Its name begins with `CUSTOM_`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CustomTrait {
    pub name: Id,
    pub created: DateTime<Utc>,
}

impl Row for CustomTrait {
    fn id(&self) -> &Id {
        &self.name
    }
    fn owner(&self) -> &Id {
        &self.name
    }
}

fn list_query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {"name": {"type": "string"}, "associated": {"type": "string"}},
        "additionalProperties": false
    })
}

fn set_body() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "traits": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 255}},
            "resource_provider_generation": {"type": "integer"}
        },
        "required": ["traits", "resource_provider_generation"],
        "additionalProperties": false
    })
}

fn is_standard(name: &str) -> bool {
    STANDARD.binary_search(&name).is_ok()
}

/// True if the name is that of a standard or a custom trait.
pub fn exists(os: &OpenStack, name: &str) -> bool {
    is_standard(name) || os.placement.traits.contains(name)
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    bodies::check_query(call, list_query)?;
    let filter = last(call, "name").map(NameFilter::parse).transpose()?;
    let associated = match last(call, "associated").map(str::to_lowercase).as_deref() {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return Err(errors::bad_associated()),
    };
    let used: BTreeSet<&str> =
        os.placement.providers.all().flat_map(|provider| &provider.traits).map(|name| &**name).collect();
    let custom = os.placement.traits.all().rev().map(|one| &*one.name);
    let names: Vec<&str> = STANDARD
        .iter()
        .copied()
        .chain(custom)
        .filter(|name| filter.as_ref().is_none_or(|filter| filter.fits(name)))
        .filter(|name| associated.is_none_or(|associated| used.contains(name) == associated))
        .collect();
    Ok(dated(call, Response::object(|o| o.set("traits", names)), call.now))
}

/// The filter `in:HW_A,HW_B` or `startswith:HW_`. As upstream does, other operators match every name.
enum NameFilter {
    In(Vec<String>),
    StartsWith(String),
    Any,
}

impl NameFilter {
    fn parse(text: &str) -> Result<NameFilter, Problem> {
        let (operator, value) = text.split_once(':').ok_or_else(|| errors::bad_trait_filter(text))?;
        Ok(match operator {
            "in" => NameFilter::In(value.split(',').map(str::to_owned).collect()),
            "startswith" => NameFilter::StartsWith(value.to_owned()),
            _ => NameFilter::Any,
        })
    }

    fn fits(&self, name: &str) -> bool {
        match self {
            NameFilter::In(names) => names.iter().any(|one| one == name),
            NameFilter::StartsWith(prefix) => name.starts_with(prefix.as_str()),
            NameFilter::Any => true,
        }
    }
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let name = call.param("name");
    if !exists(os, name) {
        return Err(errors::no_such_trait(name));
    }
    Ok(dated(call, Response::empty(), created(os, name).unwrap_or(call.now)))
}

fn created(os: &OpenStack, name: &str) -> Option<DateTime<Utc>> {
    os.placement.traits.get(name).map(|one| one.created)
}

/// The status is 201 if the trait is new, otherwise 204.
fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let name = call.param("name");
    if !is_custom_name(name) {
        return Err(errors::invalid_trait());
    }
    let known = exists(os, name);
    if !known {
        os.placement.traits.insert(CustomTrait { name: name.into(), created: ctx.now() });
    }
    let response = Response::empty().status(if known { 204 } else { 201 });
    let response = response.header("Location", format!("{}/traits/{name}", call.base()));
    Ok(dated(call, response, created(os, name).unwrap_or(call.now)))
}

/// True for `^CUSTOM_[A-Z0-9_]+$` with at most 255 characters.
pub fn is_custom_name(name: &str) -> bool {
    let rest = name.strip_prefix("CUSTOM_").unwrap_or_default();
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    !rest.is_empty() && name.len() <= 255 && rest.bytes().all(fits)
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let name = call.param("name");
    if is_standard(name) {
        return Err(errors::standard_trait_not_deleted(name));
    }
    if !exists(os, name) {
        return Err(errors::no_such_trait(name));
    }
    if os.placement.providers.all().any(|provider| provider.traits.contains(name)) {
        return Err(errors::trait_in_use(name));
    }
    os.placement.traits.remove(name);
    Ok(Response::empty())
}

fn of_provider(call: &Call, os: &OpenStack) -> Answer {
    let uuid = call.param("uuid");
    let provider = os.placement.providers.get(uuid);
    let provider = provider.ok_or_else(|| errors::provider_not_found_by_handler(uuid, ":"))?;
    let response = Response::object(|o| {
        o.set("traits", &provider.traits);
        o.set("resource_provider_generation", provider.generation);
    });
    Ok(dated(call, response, call.now))
}

#[derive(Deserialize)]
struct SetRequest {
    traits: Vec<Id>,
    resource_provider_generation: i64,
}

/// Unlike other handlers, upstream's validates the body before it looks the provider up.
fn set(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request: SetRequest = bodies::extract(call, set_body)?;
    let provider = find(os, call.param("uuid"))?;
    let uuid = provider.uuid.clone();
    if provider.generation != request.resource_provider_generation {
        return Err(errors::generation_changed());
    }
    let traits: BTreeSet<Id> = request.traits.into_iter().collect();
    let unknown: Vec<_> = traits.iter().filter(|name| !exists(os, name)).map(|name| name.to_string()).collect();
    if !unknown.is_empty() {
        return Err(errors::no_such_traits_for_provider(&unknown.join(", ")));
    }
    // Upstream does not increment the generation if nothing changes.
    if provider.traits != traits {
        resource_providers::change(os, ctx, &uuid, |provider| provider.traits = traits);
    }
    of_provider(call, os)
}

fn remove_all(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let provider = find(os, call.param("uuid"))?;
    let (uuid, has_any) = (provider.uuid.clone(), !provider.traits.is_empty());
    if has_any {
        resource_providers::change(os, ctx, &uuid, |provider| provider.traits.clear());
    }
    Ok(Response::empty())
}
