//! `/os-security-groups` and `/os-security-group-rules`, forwarded to Neutron
//! (nova/api/openstack/compute/security_groups.py). Nova shows ingress rules only.

use super::{ProxyRequest, call_neutron, delete, get, items, with_body};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::parameter_types::is_uuid_like;
use crate::clouds::openstack::nova::{errors, paging, policy};
use crate::engine::{self, Answer, Call, Context, Object, Operation, Problem, Response, get_changing, post, put};
use schemars::{Schema, json_schema};
use serde_json::{Value, json};
use std::collections::HashMap;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get_changing("/os-security-groups", "nova.security_group.list", list)
        .summary("Lists security groups through Neutron.")
        .query(list_query)
        .until(2, 35)
        .policy("os_compute_api:os-security-groups:get"),
    post("/os-security-groups", "nova.security_group.create", create)
        .summary("Creates a security group through Neutron.")
        .body_schema(group_body)
        .until(2, 35)
        .policy("os_compute_api:os-security-groups:create"),
    get_changing("/os-security-groups/{id}", "nova.security_group.show", show)
        .summary("Shows a security group through Neutron.")
        .until(2, 35)
        .policy("os_compute_api:os-security-groups:show"),
    put("/os-security-groups/{id}", "nova.security_group.update", update)
        .summary("Updates a security group through Neutron.")
        .body_schema(group_body)
        .until(2, 35)
        .policy("os_compute_api:os-security-groups:update"),
    engine::delete("/os-security-groups/{id}", "nova.security_group.delete", remove)
        .summary("Deletes a security group through Neutron.")
        .answers(202)
        .until(2, 35)
        .policy("os_compute_api:os-security-groups:delete"),
    post("/os-security-group-rules", "nova.security_group_rule.create", create_rule)
        .summary("Creates a security group rule through Neutron.")
        .body_schema(rule_body)
        .until(2, 35)
        .policy("os_compute_api:os-security-groups:rule:create"),
    engine::delete("/os-security-group-rules/{id}", "nova.security_group_rule.delete", remove_rule)
        .summary("Deletes a security group rule through Neutron.")
        .answers(202)
        .until(2, 35)
        .policy("os_compute_api:os-security-groups:rule:delete"),
];

fn list_query() -> Schema {
    let number = json!({"type": "string", "pattern": "^[0-9]*$", "minLength": 1});
    json_schema!({
        "type": "object",
        "properties": {"limit": number, "offset": number, "all_tenants": {"type": "string"}},
        "additionalProperties": true
    })
}

fn group_body() -> Schema {
    let text = json!({"type": "string", "minLength": 0, "maxLength": 255});
    json_schema!({
        "type": "object",
        "properties": {
            "security_group": {
                "type": "object",
                "properties": {"name": text, "description": text},
                "required": ["name", "description"],
                "additionalProperties": true
            }
        },
        "required": ["security_group"],
        "additionalProperties": true
    })
}

fn rule_body() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "security_group_rule": {
                "type": "object",
                "properties": {
                    "group_id": {"type": ["string", "null"], "format": "uuid"},
                    "parent_group_id": {"type": "string", "format": "uuid"},
                    "to_port": {}, "from_port": {}, "ip_protocol": {}, "cidr": {}
                },
                "required": ["parent_group_id"],
                "additionalProperties": true
            }
        },
        "required": ["security_group_rule"],
        "additionalProperties": true
    })
}

/// Name and project of security groups, by id, for rules that refer to groups.
type Names = HashMap<String, (Value, Value)>;

fn names(groups: &[Value]) -> Names {
    let entry =
        |group: &Value| Some((group["id"].as_str()?.to_owned(), (group["name"].clone(), group["tenant_id"].clone())));
    groups.iter().filter_map(entry).collect()
}

fn view(o: &mut Object, group: &Value, names: &Names) {
    o.set("id", &group["id"]);
    o.set("description", &group["description"]);
    o.set("name", &group["name"]);
    o.set("tenant_id", &group["tenant_id"]);
    let incoming = items(group, "security_group_rules").iter().filter(|rule| rule["direction"] == "ingress");
    o.each("rules", incoming, |o, rule| view_rule(o, rule, names));
}

/// A rule without a port range applies to all ports.
fn view_rule(o: &mut Object, rule: &Value, names: &Names) {
    o.set("id", &rule["id"]);
    o.set("parent_group_id", &rule["security_group_id"]);
    o.set("ip_protocol", &rule["protocol"]);
    let (low, high) = (&rule["port_range_min"], &rule["port_range_max"]);
    match rule["protocol"].as_str() {
        Some(protocol) if low.is_null() && high.is_null() => {
            let with_ports = protocol.eq_ignore_ascii_case("tcp") || protocol.eq_ignore_ascii_case("udp");
            o.set("from_port", if with_ports { 1 } else { -1 });
            o.set("to_port", if with_ports { 65_535 } else { -1 });
        }
        _ => {
            o.set("from_port", low);
            o.set("to_port", high);
        }
    }
    let remote = rule["remote_group_id"].as_str().and_then(|id| names.get(id));
    o.object("group", |o| {
        if let Some((name, project)) = remote {
            o.set("name", name);
            o.set("tenant_id", project);
        }
    });
    o.object("ip_range", |o| {
        if rule["remote_group_id"].is_null() {
            o.set("cidr", rule["remote_ip_prefix"].as_str().unwrap_or("0.0.0.0/0"));
        }
    });
}

fn list(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let project = call.project();
    let all = policy::is_admin(call) && call.last_query("all_tenants").is_some();
    let own = [("tenant_id", &*project)];
    let query = if all { &[][..] } else { &own[..] };
    let answer = call_neutron(call, os, ctx, ProxyRequest { query, ..get("/v2.0/security-groups") })?;
    let groups = items(&answer, "security_groups");
    let names = names(groups);
    let (offset, limit) = paging::slice(call);
    let page = groups.iter().skip(offset).take(limit);
    Ok(Response::many("security_groups", page, |o, group| view(o, group, &names)))
}

fn show(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let group = find(call, os, ctx, call.param("id"))?;
    let names = all_names(call, os, ctx)?;
    Ok(Response::one("security_group", |o| view(o, &group, &names)))
}

fn all_names(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Result<Names, Problem> {
    Ok(names(items(&call_neutron(call, os, ctx, get("/v2.0/security-groups"))?, "security_groups")))
}

fn find(call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &str) -> Result<Value, Problem> {
    if !is_uuid_like(id) {
        return Err(errors::security_group_id_not_a_uuid());
    }
    let found = call_neutron(call, os, ctx, get(&format!("/v2.0/security-groups/{id}")));
    found.map(|answer| answer["security_group"].clone()).map_err(|problem| converted(call, &problem))
}

/// Neutron's error as its client words it.
fn converted(call: &Call, problem: &Problem) -> Problem {
    let message = format!("{}\nNeutron server returns request_ids: ['{}']", problem.message, call.request_id);
    match problem.status {
        404 => errors::not_found(message),
        _ => errors::bad_request(message),
    }
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let body = json!({"security_group": name_and_description(call)});
    let made = call_neutron(call, os, ctx, with_body("POST", "/v2.0/security-groups", body));
    let made = made.map_err(|problem| match problem.status {
        409 => errors::not_allowed("Quota exceeded, too many security groups."),
        _ => converted(call, &problem),
    })?;
    Ok(Response::one("security_group", |o| view(o, &made["security_group"], &Names::new())))
}

/// The fields of the body that Nova forwards.
fn name_and_description(call: &Call) -> Value {
    let request = &call.json["security_group"];
    json!({"name": request["name"], "description": request["description"]})
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    find(call, os, ctx, call.param("id"))?;
    let path = format!("/v2.0/security-groups/{}", call.param("id"));
    let changed =
        call_neutron(call, os, ctx, with_body("PUT", &path, json!({"security_group": name_and_description(call)})));
    let changed = changed.map_err(|problem| converted(call, &problem))?;
    let names = all_names(call, os, ctx)?;
    Ok(Response::one("security_group", |o| view(o, &changed["security_group"], &names)))
}

fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    find(call, os, ctx, call.param("id"))?;
    let path = format!("/v2.0/security-groups/{}", call.param("id"));
    call_neutron(call, os, ctx, delete(&path)).map_err(|problem| converted(call, &problem))?;
    Ok(Response::empty())
}

fn create_rule(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.json["security_group_rule"].clone();
    let parent = request["parent_group_id"].as_str().unwrap_or_default().to_owned();
    find(call, os, ctx, &parent)?;
    let port = |name: &str| match &request[name] {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    };
    let protocol = request["ip_protocol"].as_str();
    let remote = request["group_id"].as_str();
    if remote.is_none() && (protocol.is_none() || port("from_port").is_none() || port("to_port").is_none()) {
        return Err(errors::rule_incomplete());
    }
    let cidr = request["cidr"].as_str().filter(|cidr| !cidr.is_empty()).unwrap_or("0.0.0.0/0");
    // Neutron has no negative ports: a missing bound means all ports.
    let port_or_all = |name| port(name).filter(|port| *port >= 0);
    let mut rule = json!({
        "security_group_id": parent, "direction": "ingress", "protocol": protocol.map(str::to_lowercase),
        "port_range_min": port_or_all("from_port"), "port_range_max": port_or_all("to_port"),
        "ethertype": if remote.is_none() && cidr.contains(':') { "IPv6" } else { "IPv4" },
    });
    match remote {
        Some(remote) => rule["remote_group_id"] = remote.into(),
        None => rule["remote_ip_prefix"] = cidr.into(),
    }
    let body = json!({"security_group_rule": rule});
    let made = call_neutron(call, os, ctx, with_body("POST", "/v2.0/security-group-rules", body));
    let made = made.map_err(|problem| converted(call, &problem))?;
    let names = all_names(call, os, ctx)?;
    Ok(Response::one("security_group_rule", |o| view_rule(o, &made["security_group_rule"], &names)))
}

fn remove_rule(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let id = call.param("id");
    if !is_uuid_like(id) {
        return Err(errors::security_group_id_not_a_uuid());
    }
    let gone = call_neutron(call, os, ctx, delete(&format!("/v2.0/security-group-rules/{id}")));
    gone.map_err(|problem| converted(call, &problem))?;
    Ok(Response::empty())
}
