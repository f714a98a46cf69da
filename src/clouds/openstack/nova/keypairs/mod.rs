//! Keypairs: public keys that users log in to servers with (nova/api/openstack/compute/keypairs.py).

mod ssh;
mod x509;

use super::super::OpenStack;
use super::policy::POLICY;
use super::{errors, paging, quotas};
use crate::clouds::openstack::parameter_types::Optional;
use crate::clouds::openstack::times::Micros;
use crate::engine::{self, Answer, Call, Context, Id, Object, Operation, Prepared, Problem, Response, Row, get, post};
use chrono::{DateTime, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/os-keypairs", "nova.keypair.list", list)
        .summary("Lists the keypairs of a user.")
        .query(list_query)
        .policy_on_target("os_compute_api:os-keypairs:index"),
    post("/os-keypairs", "nova.keypair.create", create)
        .summary("Imports or generates a keypair.")
        .body::<CreateRequest>()
        .prepares(make_key)
        .policy_on_target("os_compute_api:os-keypairs:create"),
    get("/os-keypairs/{name}", "nova.keypair.show", show)
        .summary("Shows a keypair.")
        .query(user_query)
        .policy_on_target("os_compute_api:os-keypairs:show"),
    engine::delete("/os-keypairs/{name}", "nova.keypair.delete", remove)
        .summary("Deletes a keypair.")
        .query(user_query)
        .policy_on_target("os_compute_api:os-keypairs:delete"),
];

/// A row of the `key_pairs` table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Keypair {
    /// `user/name`: names are unique per user.
    pub id: Id,
    /// The primary key in upstream's database, which the API shows as `id`.
    pub number: u32,
    pub user: Id,
    pub name: Id,
    #[serde(rename = "type")]
    pub kind: KeyType,
    pub public_key: String,
    pub fingerprint: String,
    pub created: DateTime<Utc>,
}

/// The kind of the public key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum KeyType {
    #[default]
    Ssh,
    X509,
}

impl Row for Keypair {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.user
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    keypair: Create,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-from" = {"2.92": {"required": ["name", "public_key"]}}))]
struct Create {
    name: Name,
    #[serde(default, rename = "type")]
    #[schemars(extend("type" = "string", "x-since" = "2.2"))]
    kind: Optional<KeyType>,
    #[serde(default)]
    public_key: Optional<String>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.10"))]
    user_id: Optional<String>,
}

/// The name of a keypair. Microversion 2.92 allows more characters.
#[derive(Deserialize)]
struct Name(String);

impl JsonSchema for Name {
    fn schema_name() -> Cow<'static, str> {
        "KeypairName".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let name = super::parameter_types::StrictName::json_schema(generator);
        let letters =
            |pattern: &str| json_schema!({"type": "string", "pattern": pattern, "minLength": 1, "maxLength": 255});
        json_schema!({
            "allOf": [name, letters(r"^[_\- a-zA-Z0-9]+$")],
            "x-from": {"2.92": {"allOf": [name, letters(r"^[_\-\@\. a-zA-Z0-9]+$")]}},
        })
    }
}

/// From microversion 2.10 on, the query may name the owner.
fn user_query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {"user_id": {"type": "string", "x-since": "2.10"}},
        "additionalProperties": true,
        "x-from": {"2.75": {"additionalProperties": false}},
    })
}

fn list_query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "user_id": {"type": "string", "x-since": "2.10"},
            "limit": {"type": "string", "pattern": "^[0-9]*$", "minLength": 1, "x-since": "2.35"},
            "marker": {"type": "string", "x-since": "2.35"},
        },
        "additionalProperties": true,
        "x-from": {"2.75": {"additionalProperties": false}},
    })
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let user = user(call)?;
    let mut keypairs: Vec<_> = os.nova.keypairs.of(&user).collect();
    keypairs.sort_by(|one, other| one.name.cmp(&other.name));
    let paged = call.since(2, 35);
    if paged {
        if let Some(marker) = call.last_query("marker") {
            let row = find(os, &user, marker).ok_or_else(|| errors::marker_not_found(marker))?;
            keypairs.retain(|keypair| keypair.name > row.name);
        }
        keypairs.truncate(paging::limit(call));
    }
    let last = keypairs.last().map(|last| &*last.name);
    Ok(Response::object(|o| {
        o.each("keypairs", &keypairs, |o, keypair| o.object("keypair", |o| view(o, keypair, call)));
        if paged {
            paging::next_link(o, call, "keypairs_links", "os-keypairs", keypairs.len(), last);
        }
    }))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let (user, name) = (user(call)?, call.param("name"));
    let keypair = find(os, &user, name).ok_or_else(|| errors::keypair_not_found(name, &user))?;
    Ok(Response::one("keypair", |o| {
        view(o, keypair, call);
        o.set("user_id", &keypair.user);
        o.set("created_at", Micros(keypair.created));
        o.set("deleted", false);
        o.set("deleted_at", None::<()>);
        o.set("id", keypair.number);
        o.set("updated_at", None::<()>);
    }))
}

/// A generated key: the public key, and the private key for the user.
type NewKey = (String, String);

/// The owner of a new keypair. Checks the policy and the quota. Errors: 403.
fn new_owner(call: &Call, os: &OpenStack, request: &Create) -> Result<Id, Problem> {
    let requested = request.user_id.0.as_deref().filter(|user| !user.is_empty());
    let user = requested.map_or_else(|| call.user(), Id::from);
    POLICY.enforce(call, &[("user_id", &user)])?;
    let allowed = quotas::user_limit(os, &call.project(), &user, "key_pairs");
    if usize::try_from(allowed).is_ok_and(|allowed| os.nova.keypairs.of(&user).count() >= allowed) {
        return Err(errors::too_many_keypairs());
    }
    Ok(user)
}

/// Generates the key, which takes up to a second.
fn make_key(call: &Call, os: &OpenStack, seed: [u8; 32]) -> Result<Prepared, Problem> {
    let request = call.body::<CreateRequest>()?.keypair;
    if request.public_key.0.is_some() {
        return Ok(None);
    }
    let user = new_owner(call, os, &request)?;
    let key: NewKey = match request.kind.0.unwrap_or_default() {
        KeyType::Ssh => ssh::generate(seed)?,
        KeyType::X509 => x509::generate(seed, call.now, &user)?,
    };
    Ok(Some(Box::new(key)))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<CreateRequest>()?.keypair;
    let user = new_owner(call, os, &request)?;
    let kind = request.kind.0.unwrap_or_default();
    let (public_key, private_key) = match request.public_key.0 {
        Some(public_key) => (public_key, None),
        None => {
            let (public, private) = call.prepared::<NewKey>().ok_or_else(errors::no_key_prepared)?;
            (public.clone(), Some(private))
        }
    };
    let fingerprint = match kind {
        KeyType::Ssh => ssh::fingerprint(&public_key).ok_or_else(errors::invalid_ssh_key)?,
        KeyType::X509 => x509::fingerprint(&public_key).ok_or_else(errors::invalid_certificate)?,
    };
    let name = request.name.0.trim();
    if find(os, &user, name).is_some() {
        return Err(errors::keypair_exists(name));
    }
    let number = os.nova.keypairs.all().next().map_or(1, |newest| newest.number + 1);
    let (id, name) = (key(&user, name), name.into());
    let keypair = Keypair { id, number, user, name, kind, public_key, fingerprint, created: ctx.now() };
    let keypair = os.nova.keypairs.insert(keypair);
    let response = Response::one("keypair", |o| {
        view(o, keypair, call);
        if let Some(private_key) = private_key {
            o.set("private_key", private_key);
        }
        o.set("user_id", &keypair.user);
    });
    Ok(response.status(if call.since(2, 2) { 201 } else { 200 }))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let (user, name) = (user(call)?, call.param("name"));
    os.nova.keypairs.remove(&key(&user, name)).ok_or_else(|| errors::keypair_not_found(name, &user))?;
    Ok(Response::empty().status(if call.since(2, 2) { 204 } else { 202 }))
}

/// The owner of the keypairs: the caller, or the user in the query from microversion 2.10 on. Checks the policy.
/// Errors: 403.
fn user(call: &Call) -> Result<Id, Problem> {
    let requested = call.last_query("user_id").filter(|user| call.since(2, 10) && !user.is_empty());
    let user = requested.map_or_else(|| call.user(), Id::from);
    POLICY.enforce(call, &[("user_id", &user)])?;
    Ok(user)
}

fn view(o: &mut Object, keypair: &Keypair, call: &Call) {
    o.set("name", &keypair.name);
    o.set("public_key", &keypair.public_key);
    o.set("fingerprint", &keypair.fingerprint);
    if call.since(2, 2) {
        o.set("type", keypair.kind);
    }
}

/// The keypair of a user with this name.
pub fn find<'o>(os: &'o OpenStack, user: &str, name: &str) -> Option<&'o Keypair> {
    os.nova.keypairs.get(&key(user, name))
}

fn key(user: &str, name: &str) -> Id {
    format!("{user}/{name}").into()
}
