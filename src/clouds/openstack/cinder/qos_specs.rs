//! QoS specs: limits that a volume type can have, enforced by the backend, the hypervisor or both
//! (cinder/api/contrib/qos_specs_manage.py).

use super::super::OpenStack;
use super::listing::{self, Column, Key, Listing, Query};
use super::types::BY_QOS_SPECS;
use super::types::fields::NewSpecs;
use super::{errors, strict_bool};
use crate::engine::{
    Answer, Call, Context, Id, Object, Operation, Problem, Response, Row, delete, get, get_changing, post, put,
};
use chrono::{DateTime, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/qos-specs", "cinder.qos_specs.list", list)
        .summary("Lists sets of QoS specs.")
        .policy("volume_extension:qos_specs_manage:get_all"),
    post("/qos-specs", "cinder.qos_specs.create", create)
        .summary("Creates a set of QoS specs.")
        .body::<CreateRequest>()
        .policy("volume_extension:qos_specs_manage:create"),
    get("/qos-specs/{qos_id}", "cinder.qos_specs.show", show)
        .summary("Shows a set of QoS specs.")
        .policy("volume_extension:qos_specs_manage:get"),
    put("/qos-specs/{qos_id}", "cinder.qos_specs.update", update)
        .summary("Updates a set of QoS specs.")
        .body::<SetRequest>()
        .policy("volume_extension:qos_specs_manage:update"),
    delete("/qos-specs/{qos_id}", "cinder.qos_specs.delete", remove)
        .summary("Deletes a set of QoS specs.")
        .answers(202)
        .policy("volume_extension:qos_specs_manage:delete"),
    put("/qos-specs/{qos_id}/delete_keys", "cinder.qos_specs.delete_keys", delete_keys)
        .summary("Deletes keys of a set of QoS specs.")
        .body::<UnsetRequest>()
        .answers(202)
        .policy("volume_extension:qos_specs_manage:delete"),
    get("/qos-specs/{qos_id}/associations", "cinder.qos_specs.associations", associations)
        .summary("Lists the volume types of a set of QoS specs.")
        .policy("volume_extension:qos_specs_manage:get_all"),
    get_changing("/qos-specs/{qos_id}/associate", "cinder.qos_specs.associate", associate)
        .summary("Associates a set of QoS specs with a volume type.")
        .answers(202)
        .policy("volume_extension:qos_specs_manage:update"),
    get_changing("/qos-specs/{qos_id}/disassociate", "cinder.qos_specs.disassociate", disassociate)
        .summary("Removes a set of QoS specs from a volume type.")
        .answers(202)
        .policy("volume_extension:qos_specs_manage:update"),
    get_changing("/qos-specs/{qos_id}/disassociate_all", "cinder.qos_specs.disassociate_all", disassociate_all)
        .summary("Removes a set of QoS specs from all volume types.")
        .answers(202)
        .policy("volume_extension:qos_specs_manage:update"),
];

/// A row of the table `qos_specs`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QosSpecs {
    pub id: Id,
    pub name: String,
    /// Who enforces them: `front-end`, `back-end` or `both`.
    pub consumer: String,
    pub specs: Map<String, Value>,
    pub created: DateTime<Utc>,
}

impl Row for QosSpecs {
    fn id(&self) -> &Id {
        &self.id
    }
    /// Specs belong to no project.
    fn owner(&self) -> &Id {
        &self.id
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    qos_specs: CreateQosSpecs,
}

/// A name and any other fields, which are the specs.
#[derive(Deserialize)]
#[serde(transparent)]
struct CreateQosSpecs(Map<String, Value>);

impl JsonSchema for CreateQosSpecs {
    fn schema_name() -> Cow<'static, str> {
        "create_qos_specs".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": {"name": {"type": "string", "format": "name_skip_leading_trailing_spaces"}},
            "required": ["name"],
        })
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetRequest {
    qos_specs: NewSpecs,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UnsetRequest {
    #[schemars(extend("uniqueItems" = true))]
    keys: Vec<SpecKey>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
struct SpecKey(#[schemars(length(min = 1, max = 255))] String);

const QOS_SPECS: Listing<QosSpecs> = Listing { columns: COLUMNS, no_marker: Some(errors::qos_specs_not_found) };

/// The columns of `quality_of_service_specs` in cinder/db/models.py. Upstream has one row for each key; the
/// first one, which lists show, has the name.
const COLUMNS: &[Column<QosSpecs>] = &[
    ("id", |one| Key::Text(one.id.to_string())),
    ("key", |_| Key::Text("QoS_Specs_Name".into())),
    ("value", |one| Key::Text(one.name.clone())),
    ("specs_id", |_| Key::Nothing),
    ("created_at", |one| Key::time(Some(one.created))),
    ("updated_at", |_| Key::Nothing),
    ("deleted", |_| Key::Flag(false)),
    ("deleted_at", |_| Key::Nothing),
];

fn list(call: &Call, os: &OpenStack) -> Answer {
    let query = Query::of(call, "qos_specs")?;
    let page = QOS_SPECS.page_of(call, &query, &os.cinder.qos_specs, None, |_| true)?;
    Ok(Response::object(|o| {
        o.each("qos_specs", page.rows.iter().copied(), fields);
        page.finish(o, call, "qos_specs", "qos-specs");
    }))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let mut specs = call.body::<CreateRequest>()?.qos_specs.0;
    let name = specs.shift_remove("name").and_then(|name| name.as_str().map(|name| name.trim().to_owned()));
    let name = name.unwrap_or_default();
    check_lengths(&specs)?;
    let consumer = match specs.get("consumer").and_then(Value::as_str).filter(|text| !text.is_empty()) {
        Some(_) => consumer(specs.shift_remove("consumer"))?,
        None => "back-end".into(),
    };
    if os.cinder.qos_specs.all().any(|one| one.name == name) {
        return Err(errors::qos_specs_exist(&name));
    }
    let row = QosSpecs { id: ctx.uuid(), name, consumer, specs, created: ctx.now() };
    let created = os.cinder.qos_specs.insert(row);
    Ok(Response::object(|o| document(o, created, call)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let shown = find(call, os)?;
    Ok(Response::object(|o| document(o, shown, call)))
}

/// Answers with the body of the request, not with the resulting specs.
fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let mut specs = call.body::<SetRequest>()?.qos_specs.0;
    let id = find(call, os)?.id.clone();
    let consumer = specs.shift_remove("consumer").map(|name| consumer(Some(name))).transpose()?;
    if let Some(found) = os.cinder.qos_specs.get_mut(&id) {
        found.consumer = consumer.unwrap_or_else(|| found.consumer.clone());
        found.specs.extend(specs);
    }
    Ok(Response::object(|o| o.set("qos_specs", &call.json["qos_specs"])))
}

/// Specs that volume types use are deleted only with `force`, and removed from the types.
fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let force = strict_bool("force", call.query("force").unwrap_or("false"))?;
    let id = find(call, os)?.id.clone();
    if !force && !types_with(os, &id).is_empty() {
        return Err(errors::qos_specs_in_use());
    }
    disassociate_types(os, &id);
    os.cinder.qos_specs.remove(&id);
    Ok(Response::empty())
}

fn delete_keys(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let keys = call.body::<UnsetRequest>()?.keys;
    let id = find(call, os)?.id.clone();
    let found = os.cinder.qos_specs.get_mut(&id).ok_or_else(|| errors::qos_specs_not_found(&id))?;
    for SpecKey(key) in keys {
        found.specs.shift_remove(&key).ok_or_else(|| errors::qos_key_not_found(&id, &key))?;
    }
    Ok(Response::empty())
}

fn associations(call: &Call, os: &OpenStack) -> Answer {
    let id = &find(call, os)?.id;
    let types = os.cinder.volume_types.by(&BY_QOS_SPECS, id).rev();
    Ok(Response::many("qos_associations", types, |o, one| {
        o.set("association_type", "volume_type");
        o.set("name", &one.name);
        o.set("id", &one.id);
    }))
}

fn associate(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let (id, type_id) = specs_and_type(call, os)?;
    let found = os.cinder.volume_types.get_mut(&type_id).ok_or_else(|| errors::volume_type_not_found(&type_id))?;
    match &found.qos_specs {
        Some(other) if *other != id => Err(errors::other_qos_specs(&type_id, other)),
        _ => {
            found.qos_specs = Some(id);
            Ok(Response::empty())
        }
    }
}

fn disassociate(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let (id, type_id) = specs_and_type(call, os)?;
    let found = os.cinder.volume_types.get_mut(&type_id).ok_or_else(|| errors::volume_type_not_found(&type_id))?;
    found.qos_specs.take_if(|own| *own == id);
    Ok(Response::empty())
}

fn disassociate_all(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = find(call, os)?.id.clone();
    disassociate_types(os, &id);
    Ok(Response::empty())
}

/// The ids of the specs in the path and of the type in the query.
fn specs_and_type(call: &Call, os: &OpenStack) -> Result<(Id, Id), Problem> {
    let type_id = call.query("vol_type_id").filter(|id| !id.is_empty()).ok_or_else(errors::no_volume_type_named)?;
    Ok((find(call, os)?.id.clone(), type_id.into()))
}

fn find<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o QosSpecs, Problem> {
    let id = call.param("qos_id");
    os.cinder.qos_specs.get(id).ok_or_else(|| errors::qos_specs_not_found(id))
}

/// The ids of the types with the specs.
fn types_with(os: &OpenStack, id: &Id) -> Vec<Id> {
    let types = os.cinder.volume_types.by(&BY_QOS_SPECS, id);
    types.map(|one| one.id.clone()).collect()
}

fn disassociate_types(os: &mut OpenStack, id: &Id) {
    for volume_type in types_with(os, id) {
        if let Some(found) = os.cinder.volume_types.get_mut(&volume_type) {
            found.qos_specs = None;
        }
    }
}

fn consumer(value: Option<Value>) -> Result<String, Problem> {
    match value.as_ref().and_then(Value::as_str) {
        Some(consumer @ ("back-end" | "front-end" | "both")) => Ok(consumer.into()),
        _ => Err(errors::invalid_qos_consumer()),
    }
}

/// `utils.validate_dictionary_string_length`: keys of 1 to 255 characters, values of up to 255, or null.
fn check_lengths(specs: &Map<String, Value>) -> Result<(), Problem> {
    for (key, value) in specs {
        let length = key.chars().count();
        if length == 0 {
            return Err(errors::qos_text_length("Key \"\"", length, "less than 1"));
        }
        if length > 255 {
            return Err(errors::qos_text_length(&format!("Key \"{key}\""), length, "more than 255"));
        }
        match value {
            Value::Null => {}
            Value::String(text) if text.chars().count() > 255 => {
                let what = format!("Value for key \"{key}\"");
                return Err(errors::qos_text_length(&what, text.chars().count(), "more than 255"));
            }
            Value::String(_) => {}
            _ => return Err(errors::qos_value_not_text(key)),
        }
    }
    Ok(())
}

fn document(o: &mut Object, shown: &QosSpecs, call: &Call) {
    o.object("qos_specs", |o| fields(o, shown));
    listing::links(o, call, "qos-specs", &shown.id);
}

fn fields(o: &mut Object, shown: &QosSpecs) {
    o.set("id", &shown.id);
    o.set("name", &shown.name);
    o.set("consumer", &shown.consumer);
    o.set("specs", &shown.specs);
}
