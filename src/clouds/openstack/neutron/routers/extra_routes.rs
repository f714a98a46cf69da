//! Static routes of routers (neutron/db/extraroute_db.py).

use super::super::addresses::{Cidr, parse_ip};
use super::super::record::Record;
use super::super::valid::{Valid, host_routes};
use super::super::{errors, members, subnets};
use super::{Routers, fixed_ips, ports_of, unfiltered};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::python::repr;
use crate::engine::{Answer, Call, Context, Problem};
use serde_json::{Value, json};

/// `max_routes` of neutron.conf.
const MAX_ROUTES: usize = 30;

/// Adds routes to a router.
pub fn add(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let router = members::find_allowed::<Routers>(call, os, "add_extraroutes")?.clone();
    let mut routes = router.list("routes").to_vec();
    for route in routes_in_body(call)? {
        if !routes.contains(&route) {
            routes.push(route);
        }
    }
    replace(call, os, ctx, &router, routes)
}

/// Removes routes from a router.
pub fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let router = members::find_allowed::<Routers>(call, os, "remove_extraroutes")?.clone();
    let gone = routes_in_body(call)?;
    let routes = router.list("routes").iter().filter(|route| !gone.contains(route)).cloned().collect();
    replace(call, os, ctx, &router, routes)
}

/// Reads `{"router": {"routes": […]}}`.
fn routes_in_body(call: &Call) -> Result<Vec<Value>, Problem> {
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
        record.bump_if_changed(router, ctx.now());
    }
    let more = unfiltered(os, router);
    members::answer::<Routers>(call, os, &router.id, &more)
}

/// Refuses routes whose next hop is not on a subnet of the router, or is the router itself.
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
    if routes.len() > MAX_ROUTES { Err(errors::too_many_routes()) } else { Ok(()) }
}

/// Refuses routes whose next hop is not in one of the prefixes.
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
