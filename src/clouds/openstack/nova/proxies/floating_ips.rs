//! `/os-floating-ips` and `/os-floating-ip-pools`, which forward to Neutron
//! (nova/api/openstack/compute/floating_ips.py, floating_ip_pools.py).

use super::{ProxyRequest, call_neutron, delete, get, items, with_body};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::errors;
use crate::engine::{self, Answer, Call, Context, Object, Operation, Problem, Response, get_changing, post};
use schemars::{Schema, json_schema};
use serde_json::{Value, json};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get_changing("/os-floating-ips", "nova.floating_ip.list", list)
        .summary("Lists the floating IPs of the project through Neutron.")
        .until(2, 35)
        .policy("os_compute_api:os-floating-ips:list"),
    post("/os-floating-ips", "nova.floating_ip.create", create)
        .summary("Allocates a floating IP through Neutron.")
        .body_schema(create_body)
        .until(2, 35)
        .policy("os_compute_api:os-floating-ips:create"),
    get_changing("/os-floating-ips/{id}", "nova.floating_ip.show", show)
        .summary("Shows a floating IP through Neutron.")
        .until(2, 35)
        .policy("os_compute_api:os-floating-ips:show"),
    engine::delete("/os-floating-ips/{id}", "nova.floating_ip.delete", remove)
        .summary("Releases a floating IP through Neutron.")
        .answers(202)
        .until(2, 35)
        .policy("os_compute_api:os-floating-ips:delete"),
    get_changing("/os-floating-ip-pools", "nova.floating_ip_pool.list", pools)
        .summary("Lists the external networks that floating IPs come from.")
        .until(2, 35)
        .policy("os_compute_api:os-floating-ip-pools"),
];

/// The pool of requests that name none (`[neutron] default_floating_pool`).
const DEFAULT_POOL: &str = "nova";

fn create_body() -> Schema {
    json_schema!({"type": ["object", "null"], "properties": {"pool": {"type": ["string", "null"]}}})
}

fn list(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let project = call.project();
    let request = ProxyRequest { query: &[("tenant_id", &project)], ..get("/v2.0/floatingips") };
    let answer = call_neutron(call, os, ctx, request)?;
    let mut views = vec![];
    for floating_ip in items(&answer, "floatingips") {
        views.push(FloatingIp::load(call, os, ctx, floating_ip)?);
    }
    Ok(Response::many("floating_ips", &views, |o, one| one.view(o)))
}

fn show(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let floating_ip = find(call, os, ctx)?;
    let view = FloatingIp::load(call, os, ctx, &floating_ip)?;
    Ok(Response::one("floating_ip", |o| view.view(o)))
}

fn find(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Result<Value, Problem> {
    let id = call.param("id");
    let found = call_neutron(call, os, ctx, get(&format!("/v2.0/floatingips/{id}")));
    found.map(|answer| answer["floatingip"].clone()).map_err(|_| errors::proxied_floating_ip_not_found(id))
}

/// A floating IP as Nova shows it: with the server of its port and the name of its network.
struct FloatingIp {
    floating_ip: Value,
    server: Value,
    pool: Value,
}

impl FloatingIp {
    /// Reads the network and the port of a floating IP from Neutron.
    fn load(call: &Call, os: &mut OpenStack, ctx: &mut Context, floating_ip: &Value) -> Result<FloatingIp, Problem> {
        let network = floating_ip["floating_network_id"].as_str().unwrap_or_default();
        let network = call_neutron(call, os, ctx, get(&format!("/v2.0/networks/{network}")))?;
        let server = match floating_ip["port_id"].as_str() {
            Some(port) => {
                let port = call_neutron(call, os, ctx, get(&format!("/v2.0/ports/{port}")))?;
                port["port"]["device_id"].clone()
            }
            None => Value::Null,
        };
        let pool = network["network"]["name"].clone();
        Ok(FloatingIp { floating_ip: floating_ip.clone(), server, pool })
    }

    fn view(&self, o: &mut Object) {
        o.set("fixed_ip", &self.floating_ip["fixed_ip_address"]);
        o.set("id", &self.floating_ip["id"]);
        o.set("instance_id", &self.server);
        o.set("ip", &self.floating_ip["floating_ip_address"]);
        o.set("pool", &self.pool);
    }
}

fn external_networks(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Result<Value, Problem> {
    call_neutron(call, os, ctx, ProxyRequest { query: &[("router:external", "True")], ..get("/v2.0/networks") })
}

/// The pool is the name or the id of an external network.
fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let pool = call.json["pool"].as_str().unwrap_or(DEFAULT_POOL).to_owned();
    let answer = external_networks(call, os, ctx)?;
    let is = |network: &&Value| network["name"] == *pool || network["id"] == *pool;
    let network = items(&answer, "networks").iter().find(is).ok_or_else(errors::floating_ip_pool_not_found)?;
    let body = json!({"floatingip": {"floating_network_id": network["id"], "tenant_id": call.project()}});
    let made = call_neutron(call, os, ctx, with_body("POST", "/v2.0/floatingips", body));
    let made = made.map_err(|problem| match problem.status {
        409 => errors::not_allowed(problem.message),
        _ => problem,
    })?;
    let view = FloatingIp::load(call, os, ctx, &made["floatingip"])?;
    Ok(Response::one("floating_ip", |o| view.view(o)))
}

fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    find(call, os, ctx)?;
    call_neutron(call, os, ctx, delete(&format!("/v2.0/floatingips/{}", call.param("id"))))?;
    Ok(Response::empty())
}

fn pools(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let answer = external_networks(call, os, ctx)?;
    let networks = items(&answer, "networks");
    Ok(Response::many("floating_ip_pools", networks, |o, network| o.set("name", &network["name"])))
}
