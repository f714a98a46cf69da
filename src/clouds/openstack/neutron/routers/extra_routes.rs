//! Routes that a router knows beside those of its subnets (neutron/db/extraroute_db.py).

use super::super::addresses::{Cidr, parse_ip};
use super::super::record::Record;
use super::super::valid::{Valid, host_routes};
use super::super::{errors, members, subnets};
use super::{Routers, fixed_ips, ports_of};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::python::repr;
use crate::engine::{Answer, Call, Context, Problem};
use serde_json::{Value, json};

/// `max_routes` of neutron.conf.
const MOST: usize = 30;

pub fn add(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let router = members::subject::<Routers>(call, os, "add_extraroutes")?.clone();
    let mut routes = router.list("routes").to_vec();
    for route in given(call)? {
        if !routes.contains(&route) {
            routes.push(route);
        }
    }
    replace(call, os, ctx, &router, routes)
}

pub fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let router = members::subject::<Routers>(call, os, "remove_extraroutes")?.clone();
    let gone = given(call)?;
    let routes = router.list("routes").iter().filter(|route| !gone.contains(route)).cloned().collect();
    replace(call, os, ctx, &router, routes)
}

/// `{"router": {"routes": […]}}`
fn given(call: &Call) -> Result<Vec<Value>, Problem> {
    let routes = call.json.pointer("/router/routes").unwrap_or(&Value::Null);
    match Valid::HostRoutes.reason(routes).or_else(|| host_routes(routes)) {
        Some(reason) => Err(errors::invalid_attribute("routes", &reason)),
        None => Ok(routes.as_array().cloned().unwrap_or_default()),
    }
}

fn replace(call: &Call, os: &mut OpenStack, ctx: &mut Context, router: &Record, routes: Vec<Value>) -> Answer {
    check(os, &router.id, &routes)?;
    if let Some(record) = os.neutron.routers.get_mut(&router.id) {
        record.set("routes", json!(routes));
        record.bump(ctx.now());
    }
    members::answer::<Routers>(call, os, &router.id)
}

/// Every next hop must be on a subnet of the router, and not the router itself.
pub fn check(os: &OpenStack, router: &str, routes: &[Value]) -> Result<(), Problem> {
    let mut cidrs: Vec<Cidr> = vec![];
    let mut own: Vec<_> = vec![];
    for (subnet, ip) in ports_of(os, router).flat_map(fixed_ips) {
        cidrs.extend(os.neutron.subnets.get(subnet).map(subnets::cidr));
        own.extend(parse_ip(ip));
    }
    for hop in next_hops(routes) {
        one_hop_within(routes, hop, &cidrs)?;
        if parse_ip(hop).is_some_and(|hop| own.contains(&hop)) {
            return Err(errors::invalid_routes(&repr(&json!(routes)), "the nexthop is used by router"));
        }
    }
    if routes.len() > MOST { Err(errors::too_many_routes()) } else { Ok(()) }
}

/// Every next hop must be on one of these subnets.
pub fn next_hops_within(routes: &[Value], cidrs: &[Cidr]) -> Result<(), Problem> {
    next_hops(routes).try_for_each(|hop| one_hop_within(routes, hop, cidrs))
}

fn next_hops(routes: &[Value]) -> impl Iterator<Item = &str> {
    routes.iter().filter_map(|route| route["nexthop"].as_str())
}

fn one_hop_within(routes: &[Value], hop: &str, cidrs: &[Cidr]) -> Result<(), Problem> {
    let reached = parse_ip(hop).is_some_and(|hop| cidrs.iter().any(|cidr| cidr.contains(hop)));
    if reached {
        return Ok(());
    }
    Err(errors::invalid_routes(&repr(&json!(routes)), "the nexthop is not connected with router"))
}
