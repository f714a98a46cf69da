//! The types of QoS rules that this cloud's drivers support (neutron/services/qos/qos_plugin.py, `get_rule_types`).

use super::super::attributes::{Absent, ResourceType, read_only as attribute, settable};
use super::super::listing::{self, Query};
use super::super::policy::{self, Target};
use super::super::read_only::{self, ListOnly};
use super::super::{convert, errors};
use super::rules;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Operation, Response, get, post, put};
use serde_json::{Value, json};

static KIND: ResourceType = ResourceType::new(
    "rule_type",
    "rule_types",
    &[
        attribute("type"),
        attribute("drivers"),
        settable("all_rules").default(Absent::Unset).convert(convert::to_boolean_or_none).filter(),
        settable("all_supported").default(Absent::Unset).convert(convert::to_boolean_or_none).filter(),
    ],
);

/// The operations on QoS rule types.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/qos/rule-types", "neutron.qos_rule_type.list", list)
        .summary("Lists QoS rule types.")
        .policy_on_target("get_rule_type"),
    post("/qos/rule-types", "neutron.qos_rule_type.create", read_only::create::<RuleTypes>)
        .summary("Refuses to create a QoS rule type."),
    get("/qos/rule-types/{id}", "neutron.qos_rule_type.show", show)
        .summary("Shows a QoS rule type.")
        .policy_on_target("get_rule_type"),
    put("/qos/rule-types/{id}", "neutron.qos_rule_type.update", read_only::update::<RuleTypes>)
        .summary("Refuses to update a QoS rule type."),
    crate::engine::delete("/qos/rule-types/{id}", "neutron.qos_rule_type.delete", delete)
        .summary("Refuses to delete a QoS rule type."),
];

const TYPES: [&str; 5] =
    ["minimum_packet_rate", "packet_rate_limit", "bandwidth_limit", "dscp_marking", "minimum_bandwidth"];

struct RuleTypes;

impl ListOnly for RuleTypes {
    const KIND: &'static ResourceType = &KIND;
}

fn list(call: &Call, _os: &OpenStack) -> Answer {
    Query::of(call, &KIND)?;
    let fields = listing::fields(call);
    let allowed = policy::allows(call, "get_rule_type", &Target::default());
    Ok(Response::many("rule_types", TYPES.iter().filter(|_| allowed), |o, name| {
        if is_wanted(&fields, "type") {
            o.set("type", name);
        }
    }))
}

/// Upstream looks the type up before it refuses to delete it, and only administrators may look it up.
fn delete(call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    if policy::is_admin(call) { Err(errors::not_found()) } else { Err(errors::not_authorized()) }
}

/// Only administrators see the drivers of a type.
fn show(call: &Call, _os: &OpenStack) -> Answer {
    if !policy::is_admin(call) {
        return Err(errors::not_authorized());
    }
    let name = TYPES.into_iter().find(|name| *name == call.param("id")).ok_or_else(errors::not_found)?;
    let fields = listing::fields(call);
    Ok(Response::one("rule_type", |o| {
        if is_wanted(&fields, "type") {
            o.set("type", name);
        }
        if is_wanted(&fields, "drivers") {
            o.each("drivers", ["openvswitch"], |o, driver| {
                o.set("name", driver);
                o.set("supported_parameters", supported_parameters(name));
            });
        }
    }))
}

/// True if the client asked for the field, or for none.
fn is_wanted(fields: &[String], name: &str) -> bool {
    fields.is_empty() || fields.iter().any(|field| field == name)
}

/// What the driver supports: the parameters of a rule with their ranges or choices (`SUPPORTED_RULES`,
/// neutron/services/qos/drivers/openvswitch/driver.py).
fn supported_parameters(name: &str) -> Value {
    let range = |parameter: &str| {
        let values = json!({"start": 0, "end": rules::MAX_AMOUNT});
        json!({"parameter_name": parameter, "parameter_values": values, "parameter_type": "range"})
    };
    let choices = |parameter: &str, values: Value| json!({"parameter_name": parameter, "parameter_values": values, "parameter_type": "choices"});
    let both_ways = || choices("direction", json!(["ingress", "egress"]));
    match name {
        "bandwidth_limit" => json!([range("max_kbps"), range("max_burst_kbps"), both_ways()]),
        "packet_rate_limit" => json!([range("max_kpps"), range("max_burst_kpps"), both_ways()]),
        "minimum_bandwidth" => json!([range("min_kbps"), both_ways()]),
        "minimum_packet_rate" => {
            json!([range("min_kpps"), choices("direction", json!(["any", "ingress", "egress"]))])
        }
        _ => json!([choices("dscp_mark", json!(rules::DSCP_MARK_VALUES))]),
    }
}
