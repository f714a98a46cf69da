//! Auto-allocated topologies: a network with external connectivity, created when a project asks for it
//! (neutron/services/auto_allocate/db.py).

use super::attributes::{Body, ResourceType, read_only as attribute};
use super::listing;
use super::networks::Networks;
use super::policy::Target;
use super::read_only::{ListOnly, create};
use super::record::Record;
use super::resource::{Resource, update_row};
use super::routers::{self, Routers, gateways, interfaces};
use super::subnets::Subnets;
use super::{attributes, errors, policy};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, get, get_changing, post, put};
use serde_json::{Value, json};

/// The stored topology. Its id is the project's id.
pub static KIND: ResourceType = ResourceType::new(
    "auto_allocated_topology",
    "auto_allocated_topologies",
    &[attribute("id"), attribute("tenant_id"), attribute("network_id").hidden(), attribute("router_id").hidden()],
);

/// The attributes of requests.
static REQUEST: ResourceType = ResourceType::new(
    "auto_allocated_topology",
    "auto_allocated_topologies",
    &[attribute("id"), attribute("tenant_id")],
);

/// The operations on auto-allocated topologies.
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

impl ListOnly for Topologies {
    const KIND: &'static ResourceType = &REQUEST;
}

/// Upstream cannot list topologies (500).
fn list(call: &Call, _os: &OpenStack) -> Answer {
    listing::filters(call, &REQUEST)?;
    Err(errors::not_found())
}

/// The project in the path; `None` means the caller's project. Only administrators may name others.
fn project(call: &Call) -> Result<Id, Problem> {
    let id = call.param("id");
    let own = call.project();
    if id == "None" || *id == *own {
        return Ok((&*own).into());
    }
    if policy::is_admin(call) { Ok(id.into()) } else { Err(errors::not_authorized()) }
}

fn show(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let project = project(call)?;
    policy::enforce(call, "get_auto_allocated_topology", &Target::of(&project)).map_err(|_| errors::not_found())?;
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

/// The id of the auto-allocated network for a server of the project. Nova calls this in the name of the project.
pub fn for_server(os: &mut OpenStack, ctx: &mut Context, project: &Id) -> Result<Id, Problem> {
    let mut call = Call::new("GET", "/v2.0/auto-allocated-topology");
    call.caller.project = Some(project.clone());
    call.now = ctx.now();
    network_of(&call, os, ctx, project)
}

/// Refuses if a topology cannot be created: there must be a default external network and a default subnet pool.
pub fn check_requirements(os: &OpenStack) -> Result<(), Problem> {
    default_external(os)?;
    match default_pools(os)[..] {
        [] => Err(errors::auto_allocation_failed("No default subnetpools defined")),
        _ => Ok(()),
    }
}

/// The network of the project's topology, which is created if the project has none or its network was deleted.
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

/// Refuses an update. Upstream looks the topology up, and takes the attributes for requested fields.
fn update(call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let body = call.json.get("auto_allocated_topology").unwrap_or(&Value::Null);
    attributes::prepare(call, &REQUEST, body, false)?;
    project(call)?;
    Err(errors::unrecognized_field())
}

fn delete(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let project = project(call)?;
    policy::enforce(call, "delete_auto_allocated_topology", &Target::of(&project))?;
    let Some(topology) = os.neutron.auto_allocated.remove(&project) else { return Ok(Response::empty()) };
    let (router, network) = (topology.text("router_id").into(), topology.text("network_id").into());
    clean_up(call, os, ctx, &network, Some(&router))?;
    Ok(Response::empty())
}

/// Deletes the existing parts of a topology.
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

/// The default subnet pools for IPv4 and IPv6.
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

/// Creates a network with subnets from the default pools, and a router to the default external network. After a
/// failure, the created parts are deleted.
fn build(call: &Call, os: &mut OpenStack, ctx: &mut Context, project: &Id) -> Result<Id, Problem> {
    let external = default_external(os)?;
    // The network is down until the topology is complete, so that it is not used before.
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
    let topology = json!({"project_id": project, "network_id": network, "router_id": router});
    os.neutron.auto_allocated.remove(project);
    os.neutron.auto_allocated.insert(Record::with_id(&KIND, project.clone(), ctx.now(), &body(topology)));
    update_row::<Networks>(os, ctx, &network, &body(json!({"admin_state_up": true})));
    Ok(network)
}

/// Creates a subnet from each default pool.
fn subnets(call: &Call, os: &mut OpenStack, ctx: &mut Context, project: &Id, network: &Id) -> Result<Vec<Id>, Problem> {
    let unable = || errors::auto_allocation_failed("Unable to provide project private network");
    let mut subnets = vec![];
    for pool in default_pools(os) {
        let version = pool.int("ip_version").unwrap_or(4);
        let subnet = json!({
            "name": format!("auto_allocated_subnet_v{version}"),
            "network_id": network,
            "project_id": project,
            "ip_version": version,
            "subnetpool_id": pool.id,
            "enable_dhcp": true,
        });
        subnets.push(Subnets::make(call, os, ctx, body(subnet)).map_err(|_| unable())?);
    }
    if subnets.is_empty() { Err(unable()) } else { Ok(subnets) }
}

/// Creates the router. A failure comes with the id of the router if it exists already.
fn connect(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    project: &Id,
    external: &Id,
    subnets: &[Id],
) -> Result<Id, (Problem, Option<Id>)> {
    let unable = || errors::auto_allocation_failed("Unable to provide external connectivity");
    let router = json!({"name": "auto_allocated_router", "project_id": project, "admin_state_up": true});
    let router = Routers::make(call, os, ctx, body(router)).map_err(|problem| (problem, None))?;
    let failed = |_| (unable(), Some(router.clone()));
    gateways::set(call, os, ctx, &router, &json!({"network_id": external})).map_err(failed)?;
    for subnet in subnets {
        interfaces::connect(call, os, ctx, &router, subnet).map_err(failed)?;
    }
    Ok(router)
}
