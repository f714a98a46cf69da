//! `/os-quota-class-sets/{id}`: the quotas of a quota class. Only the class `default` has an effect
//! (nova/api/openstack/compute/quota_classes.py).

use super::sets::{number, resources_schema};
use super::{class_limit, visible_resources};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::errors;
use crate::clouds::openstack::nova::flavors::nothing_since_2_102;
use crate::clouds::openstack::quotas::{self, Limits};
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Response, get, put};
use schemars::{Schema, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/os-quota-class-sets/{id}", "nova.quota_class_set.show", show)
        .summary("Shows the quotas of a quota class.")
        .query(nothing_since_2_102)
        .policy("os_compute_api:os-quota-class-sets:show"),
    put("/os-quota-class-sets/{id}", "nova.quota_class_set.update", update)
        .summary("Updates the quotas of a quota class.")
        .body_schema(update_body)
        .policy("os_compute_api:os-quota-class-sets:update"),
];

#[derive(Deserialize)]
struct UpdateRequest {
    quota_class_set: Map<String, Value>,
}

fn update_body() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "quota_class_set": {
                "type": "object",
                "properties": resources_schema("2.49", Map::new()),
                "additionalProperties": false
            }
        },
        "required": ["quota_class_set"],
        "additionalProperties": false
    })
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let class = call.param("id");
    Ok(Response::one("quota_class_set", |o| {
        o.set("id", class);
        view(call, os, o, class);
    }))
}

/// Until microversion 2.49 the response does not contain the quotas of server groups.
fn view(call: &Call, os: &OpenStack, o: &mut Object, class: &str) {
    let names = visible_resources(call, (2, 50)).filter(|name| call.since(2, 50) || !name.starts_with("server_group"));
    names.for_each(|name| o.set(name, class_limit(os, class, name)));
}

fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let request = call.body::<UpdateRequest>()?.quota_class_set;
    let class: Id = call.param("id").into();
    let mut limits = vec![];
    for (name, value) in request {
        limits.push((name, number(&value).ok_or_else(errors::malformed)?));
    }
    let limits = limits.into_iter().collect();
    let new = Limits { holder: class.clone(), project: Some(class.clone()), limits };
    quotas::configure(&mut os.nova.quota_classes, new);
    Ok(Response::one("quota_class_set", |o| view(call, os, o, &class)))
}
