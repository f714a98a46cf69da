//! A network that leads out, made for a project that asks for one (neutron/services/auto_allocate/db.py).

use super::attributes::{Body, ValueType, read_only as attribute};
use super::listing;
use super::networks::Networks;
use super::read_only::{Listed, create};
use super::record::Record;
use super::resource::{Resource, update_row};
use super::routers::{self, Routers, gateways, interfaces};
use super::subnets::Subnets;
use super::{attributes, errors, policy};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, get, get_changing, post, put};
use serde_json::{Value, json};

/// A topology as it is stored: its id is the project's.
pub static KIND: ValueType = ValueType::new(
    "auto_allocated_topology",
    "auto_allocated_topologies",
    &[attribute("id"), attribute("tenant_id"), attribute("network_id").hidden(), attribute("router_id").hidden()],
);

/// What clients may send and ask.
static ASKED: ValueType =
    ValueType::new("auto_allocated_topology", "auto_allocated_topologies", &[attribute("id"), attribute("tenant_id")]);

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/auto-allocated-topology", "neutron.auto_allocated_topology.list", list)
        .summary("Refuses to list auto-allocated topologies.")
        .policy_on_target("get_auto_allocated_topology"),
    post("/auto-allocated-topology", "neutron.auto_allocated_topology.create", create::<Topologies>)
        .summary("Refuses to create an auto-allocated topology."),
    get_changing("/auto-allocated-topology/{id}", "neutron.auto_allocated_topology.show", show)
        .summary("Shows a project's auto-allocated topology and creates it first if needed.")
        .policy_on_target("get_auto_allocated_topology"),
    put("/auto-allocated-topology/{id}", "neutron.auto_allocated_topology.update", update)
        .summary("Refuses to update an auto-allocated topology.")
        .policy_on_target("get_auto_allocated_topology"),
    crate::engine::delete("/auto-allocated-topology/{id}", "neutron.auto_allocated_topology.delete", delete)
        .summary("Deletes a project's auto-allocated topology.")
        .policy_on_target("delete_auto_allocated_topology"),
];

struct Topologies;

impl Listed for Topologies {
    const KIND: &'static ValueType = &ASKED;
}

/// Topologies are shown one by one; upstream has nothing to list them with (500).
fn list(call: &Call, _os: &OpenStack) -> Answer {
    listing::filters(call, &ASKED)?;
    Err(errors::not_found())
}

/// The project in the path; `None` is the caller's own.
fn project(call: &Call) -> Result<Id, Problem> {
    let asked = call.param("id");
    let own = call.project();
    if asked == "None" || *asked == *own {
        return Ok((&*own).into());
    }
    if policy::is_admin(call) { Ok(asked.into()) } else { Err(errors::not_authorized()) }
}

fn show(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let project = project(call)?;
    let fields = listing::fields(call);
    if fields.iter().any(|field| field == "dry-run") {
        check_requirements(os)?;
        return Ok(answer("dry-run=pass", &project));
    }
    if fields.iter().any(|field| !matches!(field.as_str(), "id" | "tenant_id" | "project_id")) {
        return Err(errors::unrecognized_field());
    }
    Ok(answer(&network_of(call, os, ctx, &project)?, &project))
}

/// The network of a server whose project has none; Nova asks for it in the project's name.
pub fn for_server(os: &mut OpenStack, ctx: &mut Context, project: &Id) -> Result<Id, Problem> {
    let mut call = Call::new("GET", "/v2.0/auto-allocated-topology");
    call.caller.project = Some(project.clone());
    call.now = ctx.now();
    network_of(&call, os, ctx, project)
}

/// What must be there before a topology can be made: a way out, and prefixes.
pub fn check_requirements(os: &OpenStack) -> Result<(), Problem> {
    default_external(os)?;
    match default_pools(os)[..] {
        [] => Err(errors::auto_allocation_failed("No default subnetpools defined")),
        _ => Ok(()),
    }
}

/// The project's topology, made if it has none. One is forgotten with its network.
fn network_of(call: &Call, os: &mut OpenStack, ctx: &mut Context, project: &Id) -> Result<Id, Problem> {
    let known = os.neutron.auto_allocated.get(project).map(|topology| Id::from(topology.text("network_id")));
    match known.filter(|network| os.neutron.networks.contains(network)) {
        Some(network) => Ok(network),
        None => build(call, os, ctx, project),
    }
}

fn answer(network: &str, project: &str) -> Response {
    Response::one("auto_allocated_topology", |o| {
        o.set("id", network);
        o.set("tenant_id", project);
        o.set("project_id", project);
    })
}

/// There is nothing to change; upstream looks at the body's fields as if they were the ones to show.
fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let given = call.json.get("auto_allocated_topology").unwrap_or(&Value::Null);
    attributes::prepare(call, &ASKED, given, false)?;
    let _ = os;
    Err(errors::unrecognized_field())
}

fn delete(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let project = project(call)?;
    let Some(topology) = os.neutron.auto_allocated.remove(&project) else { return Ok(Response::empty()) };
    let (router, network) = (topology.text("router_id").into(), topology.text("network_id").into());
    clean_up(call, os, ctx, &network, Some(&router))?;
    Ok(Response::empty())
}

/// Takes away what is there of a topology.
fn clean_up(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    network: &Id,
    router: Option<&Id>,
) -> Result<(), Problem> {
    if let Some(router) = router.filter(|router| os.neutron.routers.contains(router)) {
        let ports: Vec<Id> = routers::interfaces_of(os, router).map(|port| port.id.clone()).collect();
        for port in ports {
            super::ports::devices::discard(os, ctx, &port);
        }
        Routers::remove(call, os, ctx, router)?;
    }
    if os.neutron.networks.contains(network) { Networks::remove(call, os, ctx, network) } else { Ok(()) }
}

fn default_external(os: &OpenStack) -> Result<Id, Problem> {
    let found = os.neutron.networks.all().find(|network| network.flag("router:external") && network.flag("is_default"));
    let missing = || errors::auto_allocation_failed("No default router:external network");
    found.map(|network| network.id.clone()).ok_or_else(missing)
}

/// The pools from which every project's subnets are, of IPv4 and of IPv6.
fn default_pools(os: &OpenStack) -> Vec<Record> {
    let pool = |version: i64| {
        let fits = |pool: &&Record| pool.flag("is_default") && pool.int("ip_version") == Some(version);
        os.neutron.subnet_pools.all().find(fits).cloned()
    };
    [4, 6].into_iter().filter_map(pool).collect()
}

fn body(fields: Value) -> Body {
    fields.as_object().cloned().unwrap_or_default()
}

/// A network with subnets of the default pools, and a router that leads from them to the default external network.
/// What was made before something failed goes again.
fn build(call: &Call, os: &mut OpenStack, ctx: &mut Context, project: &Id) -> Result<Id, Problem> {
    let external = default_external(os)?;
    // It is not up before all of it is there, so that nobody takes it for a network to use.
    let named = json!({"name": "auto_allocated_network", "project_id": project, "admin_state_up": false});
    let network = Networks::make(call, os, ctx, body(named))?;
    let made = match subnets(call, os, ctx, project, &network) {
        Ok(subnets) => connect(call, os, ctx, project, &external, &subnets),
        Err(problem) => Err((problem, None)),
    };
    let router = match made {
        Ok(router) => router,
        Err((problem, router)) => {
            clean_up(call, os, ctx, &network, router.as_ref())?;
            return Err(problem);
        }
    };
    let kept = json!({"project_id": project, "network_id": network, "router_id": router});
    os.neutron.auto_allocated.remove(project);
    os.neutron.auto_allocated.insert(Record::with_id(&KIND, project.clone(), ctx.now(), &body(kept)));
    update_row::<Networks>(os, ctx, &network, &body(json!({"admin_state_up": true})));
    Ok(network)
}

/// A subnet of each default pool.
fn subnets(call: &Call, os: &mut OpenStack, ctx: &mut Context, project: &Id, network: &Id) -> Result<Vec<Id>, Problem> {
    let unable = || errors::auto_allocation_failed("Unable to provide project private network");
    let mut subnets = vec![];
    for pool in default_pools(os) {
        let version = pool.int("ip_version").unwrap_or(4);
        let wanted = json!({
            "name": format!("auto_allocated_subnet_v{version}"),
            "network_id": network,
            "project_id": project,
            "ip_version": version,
            "subnetpool_id": pool.id,
            "enable_dhcp": true,
        });
        subnets.push(Subnets::make(call, os, ctx, body(wanted)).map_err(|_| unable())?);
    }
    if subnets.is_empty() { Err(unable()) } else { Ok(subnets) }
}

/// The router that leads out; with a failure comes the router as far as it was made.
fn connect(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    project: &Id,
    external: &Id,
    subnets: &[Id],
) -> Result<Id, (Problem, Option<Id>)> {
    let unable = || errors::auto_allocation_failed("Unable to provide external connectivity");
    let wanted = json!({"name": "auto_allocated_router", "project_id": project, "admin_state_up": true});
    let router = Routers::make(call, os, ctx, body(wanted)).map_err(|problem| (problem, None))?;
    let failed = |_| (unable(), Some(router.clone()));
    gateways::set(call, os, ctx, &router, &json!({"network_id": external})).map_err(failed)?;
    for subnet in subnets {
        interfaces::connect(call, os, ctx, &router, subnet).map_err(failed)?;
    }
    Ok(router)
}
