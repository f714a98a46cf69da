//! Routers (neutron/db/l3_db.py and its mixins).

pub mod agents;
pub mod extra_routes;
pub mod gateways;
pub mod ha;
pub mod interfaces;

use super::attributes::{
    Absent, Attribute, Body, ID, NAME, PROJECT, ResourceType, changeable, read_only, set_once, settable,
};
use super::convert::{none_to_empty_list, to_boolean, to_boolean_or_none};
use super::flavors::{self, Flavors};
use super::ports::{self, devices};
use super::record::Record;
use super::resource::{Resource, create, delete, find, insert, list, show, update};
use super::valid::Valid;
use super::{Neutron, conntrack_helpers, errors};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Context, Id, Index, Operation, Problem, Table, get, post, put};
use serde_json::{Value, json};

const ATTRIBUTES: &[Attribute] = &[
    ID,
    NAME,
    settable("admin_state_up").default(Absent::True).convert(to_boolean).filter().sort(),
    read_only("status").sort(),
    PROJECT,
    settable("external_gateway_info").default(Absent::Null).valid(Valid::Custom(gateways::check)).enforced().derived(),
    settable("ha").default(Absent::Unset).convert(to_boolean_or_none).enforced().derived(),
    settable("enable_ndp_proxy").default(Absent::Unset).convert(to_boolean_or_none).filter().derived().idle_filter(),
    set_once("flavor_id").default(Absent::Unset).enforced().sort(),
    read_only("availability_zones").derived(),
    set_once("availability_zone_hints").default(Absent::EmptyList).valid(Valid::UniqueTexts(255)),
    settable("distributed").default(Absent::Unset).convert(to_boolean_or_none).enforced().derived(),
    read_only("conntrack_helpers").derived(),
    changeable("routes")
        .default(Absent::EmptyList)
        .convert(none_to_empty_list)
        .valid(Valid::HostRoutes)
        .ordered_by(&["destination", "nexthop"]),
    // Stored values of the derived flags above, and the gateway's settings that its port does not have.
    read_only("is_distributed").default(Absent::False).hidden(),
    read_only("is_ha").default(Absent::False).hidden(),
    read_only("has_ndp_proxies").default(Absent::False).hidden(),
    // True if upstream's database has a row that says whether NDP proxies are enabled.
    read_only(NDP_STATE).default(Absent::False).hidden(),
    read_only("enable_snat").default(Absent::True).hidden(),
    read_only("gateway_qos_policy_id").hidden(),
    read_only("l3_agents").default(Absent::EmptyList).hidden(),
];

const NDP_STATE: &str = "has_ndp_proxy_state";

/// The attribute table of routers.
pub static KIND: ResourceType =
    ResourceType::new("router", "routers", ATTRIBUTES).standard().tags().indexes(&[BY_FLAVOR, BY_GATEWAY_QOS_POLICY]);

/// Routers by flavor.
pub const BY_FLAVOR: Index<Record> = Index::new("flavor_id", |router, key| router.ids_in("flavor_id", key));
/// Routers by the QoS policy of their gateway.
pub const BY_GATEWAY_QOS_POLICY: Index<Record> =
    Index::new("gateway_qos_policy_id", |router, key| router.ids_in("gateway_qos_policy_id", key));

/// The operations on routers.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/routers", "neutron.router.list", list::<Routers>).summary("Lists routers.").policy_on_target("get_router"),
    post("/routers", "neutron.router.create", create::<Routers>)
        .summary("Creates a router.")
        .policy_on_target("create_router")
        .answers(201),
    get("/routers/{router_id}", "neutron.router.show", show::<Routers>)
        .summary("Shows a router.")
        .policy_on_target("get_router"),
    put("/routers/{router_id}", "neutron.router.update", update::<Routers>)
        .summary("Updates a router.")
        .policy_on_target("update_router"),
    crate::engine::delete("/routers/{router_id}", "neutron.router.delete", delete::<Routers>)
        .summary("Deletes a router.")
        .policy_on_target("delete_router"),
    put("/routers/{router_id}/add_router_interface", "neutron.router.add_interface", interfaces::add)
        .summary("Attaches a router to a subnet or a port.")
        .policy_on_target("add_router_interface"),
    put("/routers/{router_id}/remove_router_interface", "neutron.router.remove_interface", interfaces::remove)
        .summary("Detaches a router from a subnet or a port.")
        .policy_on_target("remove_router_interface"),
    put("/routers/{router_id}/add_extraroutes", "neutron.router.add_extraroutes", extra_routes::add)
        .summary("Adds routes to a router.")
        .policy_on_target("add_extraroutes"),
    put("/routers/{router_id}/remove_extraroutes", "neutron.router.remove_extraroutes", extra_routes::remove)
        .summary("Removes routes from a router.")
        .policy_on_target("remove_extraroutes"),
    put(
        "/routers/{router_id}/add_external_gateways",
        "neutron.router.add_external_gateways",
        gateways::refuse_multiple_gateways,
    )
    .summary("Refuses to add external gateways to a router.")
    .policy_on_target("add_external_gateways"),
    put(
        "/routers/{router_id}/update_external_gateways",
        "neutron.router.update_external_gateways",
        gateways::refuse_multiple_gateways,
    )
    .summary("Refuses to update external gateways of a router.")
    .policy_on_target("update_external_gateways"),
    put(
        "/routers/{router_id}/remove_external_gateways",
        "neutron.router.remove_external_gateways",
        gateways::refuse_multiple_gateways,
    )
    .summary("Refuses to remove external gateways from a router.")
    .policy_on_target("remove_external_gateways"),
];

/// Flags: the name in requests, and the name of the stored value.
const FLAGS: [(&str, &str); 3] =
    [("distributed", "is_distributed"), ("ha", "is_ha"), ("enable_ndp_proxy", "has_ndp_proxies")];

/// The resource type of routers.
pub struct Routers;

impl Resource for Routers {
    const KIND: &'static ResourceType = &KIND;
    const MARKER_MUST_EXIST: bool = true;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.routers
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.routers
    }

    fn not_found(id: &str) -> Problem {
        errors::router_not_found(id)
    }

    fn derive(call: &Call, os: &OpenStack, record: &Record, name: &str) -> Option<Value> {
        // A router without a gateway has no NDP proxies.
        if name == "enable_ndp_proxy" && gateway_port(os, record).is_none() {
            return Some(json!(false));
        }
        if let Some((_, stored)) = FLAGS.iter().find(|(flag, _)| *flag == name) {
            return Some(record.get(stored).clone());
        }
        match name {
            "external_gateway_info" => Some(gateways::info(os, record)),
            "conntrack_helpers" => Some(conntrack_helpers::within_router(os, &record.id)),
            // Upstream schedules a router after it has rendered the answer to its creation.
            "availability_zones" if call.operation == "neutron.router.create" => Some(json!([])),
            "availability_zones" => Some(agents::zones(os, record)),
            _ => None,
        }
    }

    fn make(call: &Call, os: &mut OpenStack, ctx: &mut Context, mut body: Body) -> Result<Id, Problem> {
        if let Some(flavor) = body.get("flavor_id") {
            let flavor = find::<Flavors>(call, os, flavor.as_str().unwrap_or("None"))?;
            flavors::next_provider(os, flavor)?.0.ensure_supports(&body)?;
        }
        let gateway = body.shift_remove("external_gateway_info").unwrap_or_default();
        let id = ctx.uuid();
        if body.get("enable_ndp_proxy") == Some(&json!(true)) {
            gateways::ensure_advertises(os, &id, &gateway)?;
        }
        let states_ndp = match body.get("enable_ndp_proxy") {
            None => gateways::names_network(&gateway),
            Some(enabled) => *enabled == json!(true) || !gateways::names_network(&gateway),
        };
        let flags = take_flags(&mut body);
        let mut record = Record::with_id(&KIND, id, ctx.now(), &body);
        record.set("status", "ACTIVE");
        store_flags(&mut record, &flags);
        record.set(NDP_STATE, states_ndp);
        // The row of the router's further attributes is written after the router.
        record.revision = 1;
        let id = insert::<Routers>(os, record);
        if flags.get("ha") == Some(&json!(true)) {
            ha::attach(call, os, ctx, &id)?;
        }
        if gateways::names_network(&gateway) {
            gateways::set(call, os, ctx, &id, &gateway)?;
        }
        agents::schedule(os, ctx, &id);
        Ok(id)
    }

    fn change(call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, mut body: Body) -> Result<(), Problem> {
        let Some(router) = os.neutron.routers.get(id).cloned() else { return Ok(()) };
        let stays_up = body.get("admin_state_up").map_or(router.flag("admin_state_up"), |up| *up == json!(true));
        let changes = |name: &str, stored: &str| {
            body.get(name).and_then(Value::as_bool).is_some_and(|requested| requested != router.flag(stored))
        };
        let changes_flags = changes("distributed", "is_distributed") || changes("ha", "is_ha");
        if changes_flags && !router.text("flavor_id").is_empty() {
            return Err(errors::flavor_fixes_flags());
        }
        let becomes_ha = body.get("ha").and_then(Value::as_bool).filter(|_| changes("ha", "is_ha"));
        let up = stays_up || router.flag("admin_state_up");
        if up && changes("distributed", "is_distributed") {
            return Err(errors::distributed_router_is_up());
        }
        if up && changes("ha", "is_ha") {
            return Err(errors::ha_router_is_up());
        }
        if let Some(routes) = body.get("routes").and_then(Value::as_array) {
            extra_routes::check(os, id, routes)?;
        }
        if let Some(gateway) = body.shift_remove("external_gateway_info") {
            gateways::set(call, os, ctx, id, &gateway)?;
            agents::schedule(os, ctx, id);
        }
        let advertises = gateways::advertises(os, &router);
        match body.get("enable_ndp_proxy").and_then(Value::as_bool) {
            Some(true) if !advertises => return Err(errors::cannot_enable_ndp_proxy(id, gateways::NO_ADVERTISEMENTS)),
            Some(_) => {}
            // Upstream switches this on with any change of a router whose gateway allows it.
            None => _ = body.insert("enable_ndp_proxy".into(), advertises.into()),
        }
        write(os, ctx, id, body);
        match becomes_ha {
            Some(true) => ha::attach(call, os, ctx, id)?,
            Some(false) => ha::detach(call, os, ctx, id, &router.project)?,
            None => {}
        }
        if becomes_ha.is_some() {
            agents::schedule(os, ctx, id);
            interfaces::set_owners(os, id);
        }
        if router.list("l3_agents").is_empty() {
            ctx.soon(&agents::SCHEDULE, id);
        }
        Ok(())
    }

    fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        let attached: Vec<_> = interfaces_of(os, id).map(|port| &*port.id).collect();
        if !attached.is_empty() {
            return Err(errors::router_in_use(id, &attached));
        }
        let gateway =
            os.neutron.routers.get(id).and_then(|router| gateway_port(os, router)).map(|port| port.id.clone());
        if let Some(port) = gateway {
            devices::discard(os, ctx, &port);
        }
        let helpers: Vec<Id> = conntrack_helpers::of_router(os, id).map(|helper| helper.id.clone()).collect();
        for helper in helpers {
            os.neutron.conntrack_helpers.remove(&helper);
        }
        let router = os.neutron.routers.remove(id);
        match router.filter(|router| router.flag("is_ha")) {
            Some(router) => ha::detach(call, os, ctx, id, &router.project),
            None => Ok(()),
        }
    }
}

/// Changes the attributes and counts that. Upstream writes routes by themselves, and with each update the row that says
/// whether NDP proxies are enabled, if there is none (`_process_ndp_proxy_state_for_update_router`).
fn write(os: &mut OpenStack, ctx: &Context, id: &Id, mut body: Body) {
    let Some(record) = os.neutron.routers.get_mut(id) else { return };
    if let Some(routes) = body.shift_remove("routes") {
        let before = record.clone();
        record.set("routes", routes);
        record.bump_if_changed(&before, ctx.now());
    }
    let before = record.clone();
    let flags = take_flags(&mut body);
    store_flags(record, &flags);
    record.set(NDP_STATE, true);
    record.merge(&body);
    record.bump_if_changed(&before, ctx.now());
}

/// Takes the flags, which are stored under other names, out of a body.
fn take_flags(body: &mut Body) -> Body {
    FLAGS.into_iter().filter_map(|(name, _)| Some((name.to_owned(), body.shift_remove(name)?))).collect()
}

fn store_flags(record: &mut Record, body: &Body) {
    for (name, stored) in FLAGS {
        if let Some(flag) = body.get(name).and_then(Value::as_bool) {
            record.set(stored, flag);
        }
    }
}

/// The device owner of the port of an external gateway.
pub const GATEWAY: &str = "network:router_gateway";
/// The device owner of the port of an interface.
pub const INTERFACE: &str = "network:router_interface";
const DISTRIBUTED_INTERFACE: &str = "network:router_interface_distributed";
const HA_INTERFACE: &str = "network:ha_router_replicated_interface";

/// The device owner of a router's interfaces (`_get_device_owner`).
pub fn interface_owner(router: &Record) -> &'static str {
    match (router.flag("is_distributed"), router.flag("is_ha")) {
        (true, _) => DISTRIBUTED_INTERFACE,
        (_, true) => HA_INTERFACE,
        _ => INTERFACE,
    }
}

/// All ports of a router, with that of its gateway.
pub fn ports_of<'o>(os: &'o OpenStack, router: &str) -> impl Iterator<Item = &'o Record> + use<'o> {
    ports::of_device(os, router).filter(|port| port.text("device_owner").starts_with("network:"))
}

/// The interfaces of a router.
pub fn interfaces_of<'o>(os: &'o OpenStack, router: &str) -> impl Iterator<Item = &'o Record> + use<'o> {
    ports::of_device(os, router).filter(|port| is_interface(port))
}

/// True if the port is a router interface.
pub fn is_interface(port: &Record) -> bool {
    let owner = port.text("device_owner");
    [INTERFACE, DISTRIBUTED_INTERFACE, HA_INTERFACE].contains(&owner)
}

/// The port of a router's external gateway.
pub fn gateway_port<'o>(os: &'o OpenStack, router: &Record) -> Option<&'o Record> {
    ports::of_device(os, &router.id).find(|port| port.text("device_owner") == GATEWAY)
}

/// Subnet id and address of each fixed IP of a port.
pub fn fixed_ips(port: &Record) -> impl Iterator<Item = (&str, &str)> {
    port.list("fixed_ips")
        .iter()
        .filter_map(|fixed| Some((fixed["subnet_id"].as_str()?, fixed["ip_address"].as_str()?)))
}

/// What a router has in answers that pass no policy, beside its attributes.
fn unfiltered(os: &OpenStack, router: &Record) -> [(&'static str, Value); 5] {
    [
        ("enable_snat", router.get("enable_snat").clone()),
        ("gw_port_id", json!(gateway_port(os, router).map(|port| port.id.clone()))),
        ("ha_vr_id", json!(0)),
        ("enable_default_route_ecmp", json!(false)),
        ("enable_default_route_bfd", json!(false)),
    ]
}

/// Counts a change of a router outside of its attributes.
pub fn touch(os: &mut OpenStack, ctx: &Context, id: &str) {
    if let Some(router) = os.neutron.routers.get_mut(id) {
        router.bump(ctx.now());
    }
}
