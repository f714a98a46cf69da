//! The encryption of volume types (cinder/api/contrib/volume_type_encryption.py).

use super::super::super::OpenStack;
use super::super::super::parameter_types::Optional;
use super::super::super::times::Micros;
use super::super::errors;
use super::{Encryption, VolumeType, find, in_use};
use crate::engine::{Answer, Call, Context, Operation, Problem, Response, delete, get, post, put};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

const ALL: &str = "/types/{type_id}/encryption";
const ONE: &str = "/types/{type_id}/encryption/{key}";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "cinder.volume_type.encryption.show", show)
        .summary("Shows the encryption of a volume type.")
        .policy("volume_extension:volume_type_encryption:get"),
    post(ALL, "cinder.volume_type.encryption.create", create)
        .summary("Creates the encryption of a volume type.")
        .body::<CreateRequest>()
        .policy("volume_extension:volume_type_encryption:create"),
    get(ONE, "cinder.volume_type.encryption.show_one", show_one)
        .summary("Shows one value of the encryption of a volume type.")
        .policy("volume_extension:volume_type_encryption:get"),
    put(ONE, "cinder.volume_type.encryption.update", update)
        .summary("Updates the encryption of a volume type.")
        .body::<UpdateRequest>()
        .policy("volume_extension:volume_type_encryption:update"),
    delete(ONE, "cinder.volume_type.encryption.delete", remove)
        .summary("Deletes the encryption of a volume type.")
        .answers(202)
        .policy("volume_extension:volume_type_encryption:delete"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    encryption: CreateEncryption,
}

#[derive(Deserialize, JsonSchema)]
struct CreateEncryption {
    key_size: Optional<KeySize>,
    #[schemars(length(max = 255))]
    provider: String,
    control_location: ControlLocation,
    #[schemars(length(max = 255))]
    cipher: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    encryption: UpdateEncryption,
}

#[derive(Deserialize, JsonSchema)]
struct UpdateEncryption {
    key_size: Optional<KeySize>,
    provider: Optional<Provider>,
    control_location: Optional<ControlLocation>,
    #[serde(default, deserialize_with = "nullable")]
    #[schemars(length(max = 255))]
    cipher: Option<Option<String>>,
}

/// Distinguishes null (`Some(None)`) from an absent field (`None`).
fn nullable<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
struct Provider(#[schemars(length(max = 255))] String);

/// A key size in bits: a number, digits, or null.
#[derive(Clone, Copy, Debug)]
struct KeySize(Option<i64>);

impl<'de> Deserialize<'de> for KeySize {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(KeySize(value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())))
    }
}

impl JsonSchema for KeySize {
    fn schema_name() -> Cow<'static, str> {
        "key_size".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "integer", "null"],
            "minimum": 0,
            "maximum": 0x7FFF_FFFF,
            "format": "key_size",
        })
    }
}

/// Who encrypts: the hypervisor (`front-end`) or the backend. Upstream's schema has no type, only the values.
#[derive(Deserialize)]
struct ControlLocation(String);

impl JsonSchema for ControlLocation {
    fn schema_name() -> Cow<'static, str> {
        "control_location".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"enum": ["front-end", "back-end"]})
    }
}

/// A type without encryption has an empty document.
fn show(call: &Call, os: &OpenStack) -> Answer {
    let document = document(find(call, os, call.param("type_id"))?);
    Ok(Response::object(|o| document.iter().for_each(|(key, value)| o.set(key, value))))
}

fn show_one(call: &Call, os: &OpenStack) -> Answer {
    let (id, key) = (call.param("type_id"), call.param("key"));
    let document = document(find(call, os, id)?);
    let value = document.get(key).ok_or_else(|| errors::encryption_not_found(id))?;
    Ok(Response::object(|o| o.set(key, value)))
}

/// Answers with the body of the request and the new ids.
fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<CreateRequest>()?.encryption;
    let id = call.param("type_id");
    if in_use(os, id) {
        return Err(errors::encryption_in_use("create"));
    }
    if find(call, os, id)?.encryption.is_some() {
        return Err(errors::encryption_exists(id));
    }
    let mut echo = echo_body(call, request.key_size.and_then(|size| size.0));
    let encryption = Encryption {
        id: ctx.uuid(),
        provider: request.provider,
        cipher: request.cipher,
        key_size: request.key_size.and_then(|size| size.0),
        control_location: request.control_location.0,
        created: ctx.now(),
        updated: None,
    };
    echo.insert("volume_type_id".into(), json!(id));
    echo.insert("encryption_id".into(), json!(encryption.id));
    change(os, id, |found| found.encryption = Some(encryption))?;
    Ok(Response::object(|o| o.set("encryption", &echo)))
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<UpdateRequest>()?.encryption;
    let id = call.param("type_id");
    let found = find(call, os, id)?;
    if in_use(os, id) {
        return Err(errors::encryption_in_use("update"));
    }
    let Some(mut encryption) = found.encryption.clone() else { return Err(errors::encryption_not_found(id)) };
    let echo = echo_body(call, request.key_size.and_then(|size| size.0));
    encryption.key_size = request.key_size.map_or(encryption.key_size, |size| size.0);
    encryption.provider = request.provider.0.map_or(encryption.provider, |provider| provider.0);
    encryption.control_location = request.control_location.0.map_or(encryption.control_location, |place| place.0);
    encryption.cipher = request.cipher.unwrap_or(encryption.cipher);
    encryption.updated = Some(ctx.now());
    change(os, id, |found| found.encryption = Some(encryption))?;
    Ok(Response::object(|o| o.set("encryption", &echo)))
}

/// Deletes the encryption, whatever `key` is. Upstream does not check that the type exists.
fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = call.param("type_id");
    if in_use(os, id) {
        return Err(errors::encryption_in_use("delete"));
    }
    let found = os.cinder.volume_types.get(id);
    if found.is_none_or(|found| found.encryption.is_none()) {
        return Err(errors::encryption_not_found(id));
    }
    change(os, id, |found| found.encryption = None)?;
    Ok(Response::empty())
}

fn change(os: &mut OpenStack, id: &str, change: impl FnOnce(&mut VolumeType)) -> Result<(), Problem> {
    let found = os.cinder.volume_types.get_mut(id).ok_or_else(|| errors::volume_type_not_found(id))?;
    change(found);
    Ok(())
}

/// The body of the request, with the key size as a number.
fn echo_body(call: &Call, key_size: Option<i64>) -> Map<String, Value> {
    let mut echo = call.json["encryption"].as_object().cloned().unwrap_or_default();
    if let Some(size) = echo.get_mut("key_size") {
        *size = json!(key_size);
    }
    echo
}

fn document(found: &VolumeType) -> Map<String, Value> {
    let Some(encryption) = &found.encryption else { return Map::new() };
    let fields = [
        ("encryption_id", json!(encryption.id)),
        ("cipher", json!(encryption.cipher)),
        ("key_size", json!(encryption.key_size)),
        ("provider", json!(encryption.provider)),
        ("control_location", json!(encryption.control_location)),
        ("volume_type_id", json!(found.id)),
        ("deleted_at", Value::Null),
        ("deleted", json!(false)),
        ("created_at", json!(Micros(encryption.created))),
        ("updated_at", json!(encryption.updated.map(Micros))),
    ];
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
