//! Quota classes: `/os-quota-class-sets/{id}` (cinder/api/contrib/quota_classes.py). The class `default` has the
//! default limits of all projects. Other classes can be set and shown but have no effect.

use super::super::errors;
use super::sets::check_name;
use super::{class_limit, resources};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::quotas::{self, Limits};
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Response, get, put};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/os-quota-class-sets/{id}", "cinder.quota_class_set.show", show)
        .summary("Shows a quota class.")
        .policy("volume_extension:quota_classes:get"),
    put("/os-quota-class-sets/{id}", "cinder.quota_class_set.update", update)
        .summary("Updates a quota class.")
        .body::<UpdateRequest>()
        .policy("volume_extension:quota_classes:update"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    quota_class_set: ClassSet,
}

#[derive(Deserialize)]
struct ClassSet(Map<String, Value>);

impl JsonSchema for ClassSet {
    fn schema_name() -> Cow<'static, str> {
        "quota_class_set".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "patternProperties": {
                "^[a-zA-Z0-9-_:. ]{1,300}$": {
                    "type": ["integer", "string"],
                    "pattern": "^[0-9]*$",
                    "minimum": -1,
                    "minLength": 1,
                    "maximum": 0x7FFF_FFFF,
                },
            },
        })
    }
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let class = call.param("id");
    Ok(Response::one("quota_class_set", |o| {
        view(o, os, class);
        o.set("id", class);
    }))
}

fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let request = call.body::<UpdateRequest>()?.quota_class_set.0;
    let class: Id = call.param("id").into();
    check_name("quota_class_name", &class)?;
    let known = resources(os);
    let unknown: Vec<_> =
        request.keys().map(String::as_str).filter(|name| !known.iter().any(|one| one == name)).collect();
    if !unknown.is_empty() {
        return Err(errors::bad_quota_keys("quota class set", &unknown));
    }
    let mut limits = BTreeMap::new();
    for (name, value) in request {
        let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
        let number = number.ok_or_else(|| errors::not_an_integer(&name))?;
        limits.insert(name, number);
    }
    quotas::configure(&mut os.cinder.quota_classes, Limits { holder: class.clone(), project: None, limits });
    Ok(Response::one("quota_class_set", |o| view(o, os, &class)))
}

fn view(o: &mut Object, os: &OpenStack, class: &str) {
    resources(os).iter().for_each(|name| o.set(name, class_limit(os, class, name)));
}
