//! Networks (neutron/db/db_base_plugin_v2.py, neutron/plugins/ml2/plugin.py).

use super::attributes::{Absent, Attribute, Body, ID, NAME, PROJECT, ResourceType, read_only, set_once, settable};
use super::convert::{to_boolean, to_int, to_lower_case};
use super::listing::{self, Query};
use super::policy::{self, Target};
use super::record::Record;
use super::resource::{Resource, create, delete, insert, list, show, update, update_row_and};
use super::valid::Valid;
use super::{
    Neutron, dns, errors, floating_ips, ports, provider, qos, rbac, routers, security_groups, segments, subnet_pools,
    subnets,
};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Context, Id, Operation, Problem, Table, get, post, put};
use serde_json::{Value, json};

/// The operations on networks.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/networks", "neutron.network.list", list::<Networks>)
        .summary("Lists networks.")
        .policy_on_target("get_network"),
    post("/networks", "neutron.network.create", create::<Networks>)
        .summary("Creates a network.")
        .policy_on_target("create_network")
        .answers(201),
    get("/networks/{network_id}", "neutron.network.show", show::<Networks>)
        .summary("Shows a network.")
        .policy_on_target("get_network"),
    put("/networks/{network_id}", "neutron.network.update", update::<Networks>)
        .summary("Updates a network.")
        .policy_on_target("update_network"),
    crate::engine::delete("/networks/{network_id}", "neutron.network.delete", delete::<Networks>)
        .summary("Deletes a network.")
        .policy_on_target("delete_network"),
];

/// The attributes of networks (neutron_lib/api/definitions/network.py) and of their extensions.
const ATTRIBUTES: &[Attribute] = &[
    ID,
    NAME,
    PROJECT,
    settable("admin_state_up").default(Absent::True).convert(to_boolean).filter().sort(),
    read_only("status").filter().sort().derived(),
    read_only("subnets").derived(),
    settable("shared").default(Absent::False).convert(to_boolean).filter().enforced().derived(),
    read_only("ipv4_address_scope").derived(),
    read_only("ipv6_address_scope").derived(),
    settable("router:external").default(Absent::False).convert(to_boolean).filter().enforced(),
    read_only("l2_adjacency").derived(),
    settable("segments")
        .default(Absent::Unset)
        .convert(provider::convert_segments)
        .valid(Valid::Custom(provider::check_segments))
        .enforced()
        .derived(),
    settable("mtu").default(Absent::Int(0)).convert(to_int).valid(Valid::NonNegative).filter().sort().enforced(),
    read_only("availability_zones").derived(),
    set_once("availability_zone_hints").default(Absent::EmptyList).valid(Valid::UniqueTexts(255)).sort(),
    set_once("ha").default(Absent::False).convert(to_boolean).hidden(),
    settable("port_security_enabled").default(Absent::True).convert(to_boolean).enforced(),
    settable("provider:network_type").default(Absent::Unset).valid(Valid::Text(32)).filter().enforced().derived(),
    settable("provider:physical_network").default(Absent::Unset).valid(Valid::Text(64)).filter().enforced().derived(),
    settable("provider:segmentation_id").default(Absent::Unset).convert(to_int).filter().enforced().derived(),
    settable("qos_policy_id").default(Absent::Null).valid(Valid::UuidOrNone).enforced(),
    settable("is_default").default(Absent::False).convert(to_boolean).filter().enforced().idle_filter(),
    settable("dns_domain").default(Absent::Text("")).convert(to_lower_case).valid(Valid::Reason(dns::domain)),
    // The ids of the DHCP agents that host the network.
    read_only("dhcp_agents").hidden(),
];

/// The attribute table of networks.
pub static KIND: ResourceType =
    ResourceType::new("network", "networks", ATTRIBUTES).standard().tags().core().indexes(&[qos::BY_POLICY]);

/// The resource type of networks.
pub struct Networks;

impl Resource for Networks {
    const KIND: &'static ResourceType = &KIND;
    const MARKER_MUST_EXIST: bool = true;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.networks
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.networks
    }

    fn not_found(id: &str) -> Problem {
        errors::network_not_found(id)
    }

    fn sees(call: &Call, os: &OpenStack, record: &Record) -> bool {
        policy::is_admin(call) || visible_to(os, record, &call.project())
    }

    fn candidates<'o>(call: &Call, os: &'o OpenStack, query: &Query) -> Vec<&'o Record> {
        let rows = &os.neutron.networks;
        if let Some(ids) = query.filter("id") {
            let mut found: Vec<_> = ids.iter().filter_map(|id| rows.get(id.as_str()?)).collect();
            found.sort_unstable_by(|one, other| one.id.cmp(&other.id));
            found.dedup_by(|one, other| one.id == other.id);
            return found;
        }
        if policy::is_admin(call) {
            return rows.all().collect();
        }
        let project = call.project();
        let shared = rbac::shared_objects(os, "network", &project);
        let others = shared.filter_map(|id| rows.get(id)).filter(|record| *record.project != *project);
        let mut all: Vec<_> = rows.of(&project).chain(others).collect();
        all.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        all.dedup_by(|one, other| one.id == other.id);
        all
    }

    fn target(call: &Call, os: &OpenStack, record: &Record) -> Target {
        Target::of(&record.project)
            .flag("shared", rbac::is_shared(call, os, &record.id))
            .flag("router:external", record.flag("router:external"))
            .with("network:project_id", &*record.project)
    }

    fn derive(call: &Call, os: &OpenStack, record: &Record, name: &str) -> Option<Value> {
        Some(match name {
            "status" => json!("ACTIVE"),
            "shared" => json!(rbac::is_shared(call, os, &record.id)),
            "subnets" => {
                let mut ids: Vec<_> = subnets::of_network(os, &record.id).map(|subnet| subnet.id.clone()).collect();
                ids.sort_unstable();
                json!(ids)
            }
            "availability_zones" => availability_zones(os, record),
            "l2_adjacency" => json!(true),
            "segments" => return provider::shown(os, &record.id, name),
            name if name.starts_with("provider:") => return provider::shown(os, &record.id, name),
            "ipv4_address_scope" => subnet_pools::scope_of_network(os, &record.id, 4),
            "ipv6_address_scope" => subnet_pools::scope_of_network(os, &record.id, 6),
            _ => Value::Null,
        })
    }

    /// The provider attributes of a network are those of its segments.
    fn matches_filter(_call: &Call, os: &OpenStack, record: &Record, name: &str, values: &[Value]) -> Option<bool> {
        let (_, own) = provider::ATTRIBUTES.iter().find(|(attribute, _)| *attribute == name)?;
        let mut all = segments::of_network(os, &record.id);
        Some(all.any(|segment| listing::matches_any(segment.get(own), values)))
    }

    /// Networks that are not external have no `is_default`, except in the answer to their creation
    /// (`_extend_external_network_default`).
    fn shows(call: &Call, record: &Record, name: &str) -> bool {
        name != "is_default" || call.method == "POST" || record.flag("router:external")
    }

    fn check(_call: &Call, _os: &OpenStack, body: &mut Body, _is_create: bool) -> Result<(), Problem> {
        let zones = body.get("availability_zone_hints").and_then(Value::as_array);
        match zones.into_iter().flatten().filter_map(Value::as_str).find(|zone| *zone != ZONE) {
            Some(zone) => Err(errors::availability_zone_not_found(zone)),
            None => Ok(()),
        }
    }

    fn make(call: &Call, os: &mut OpenStack, ctx: &mut Context, mut body: Body) -> Result<Id, Problem> {
        let project = body.get("project_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        if !project.is_empty() {
            security_groups::default_of(os, ctx, &project);
        }
        let mut requested = provider::requested(&body)?;
        if requested.is_empty() {
            requested.push(provider::Segment { kind: "vxlan".into(), physical: None, id: None });
        }
        qos::check_reference(call, os, &body)?;
        let kinds = requested.iter().map(|segment| segment.kind.as_str());
        let mtu = provider::mtu(body.get("mtu").and_then(provider::requested_mtu).unwrap_or_default(), kinds)?;
        body.insert("mtu".into(), mtu.into());
        body.retain(|name, _| name != "segments" && !name.starts_with("provider:"));
        let shared = body.shift_remove("shared") == Some(json!(true));
        let mut record = Record::new(&KIND, ctx, &body);
        if record.get("qos_policy_id").is_null() {
            record.set("qos_policy_id", json!(qos::default_of(os, &project).map(|policy| &policy.id)));
        }
        record.revision = 1;
        let external = record.flag("router:external");
        // Upstream compares also if the network is not external: the body has the default by then.
        if record.flag("is_default") {
            ensure_only_default(os, &record.id)?;
        }
        let id = insert::<Networks>(os, record.clone());
        for (at, segment) in requested.into_iter().enumerate() {
            let segment = provider::reserve(os, &project, segment)?;
            segments::add(os, ctx, &id, at, &segment);
        }
        rbac::share(os, ctx, &record, rbac::SHARED, shared);
        rbac::share(os, ctx, &record, rbac::EXTERNAL, external);
        Ok(id)
    }

    fn change(call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, mut body: Body) -> Result<(), Problem> {
        let Some(record) = os.neutron.networks.get(id).cloned() else { return Ok(()) };
        provider::change(os, &record, &mut body)?;
        qos::check_change(call, os, &record, &body)?;
        provider::fit_mtu(os, &record, &mut body)?;
        mtu_suits_subnets(os, &record, &body)?;
        if body.get("is_default") == Some(&json!(true)) {
            ensure_only_default(os, id)?;
        }
        let mut changed = false;
        if let Some(shared) = body.shift_remove("shared") {
            if shared == json!(false) && rbac::is_shared_with(os, id, rbac::SHARED, rbac::EVERYBODY) {
                ensure_unused_by_others(os, &record)?;
            }
            changed |= rbac::share(os, ctx, &record, rbac::SHARED, shared == json!(true));
        }
        if let Some(external) = body.get("router:external").and_then(Value::as_bool) {
            changed |= change_external(os, ctx, &record, external)?;
        }
        if !record.flag("router:external") && body.get("router:external") != Some(&json!(true)) {
            body.shift_remove("is_default");
        }
        changed |= qos::is_attached_anew(&record, &body);
        update_row_and::<Networks>(os, ctx, id, &body, changed);
        Ok(())
    }

    fn remove(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        floating_ips::delete_unassociated(os, ctx, id);
        let used: Vec<&str> = ports::of_network(os, id)
            .filter(|port| !ports::is_auto_deleted(port.text("device_owner")))
            .map(|port| &*port.id)
            .collect();
        if !used.is_empty() {
            return Err(errors::network_in_use(id, &used));
        }
        let leftovers: Vec<Id> = ports::of_network(os, id).map(|port| port.id.clone()).collect();
        leftovers.iter().for_each(|port| ports::remove(os, ctx, port));
        let subnets: Vec<Id> = subnets::of_network(os, id).map(|subnet| subnet.id.clone()).collect();
        for subnet in subnets {
            os.neutron.subnets.remove(&subnet);
        }
        segments::delete_of_network(os, id);
        rbac::forget(os, id);
        os.neutron.networks.remove(id);
        Ok(())
    }
}

/// True if the members of a project see the network: their own, a shared or an external one.
pub fn visible_to(os: &OpenStack, network: &Record, project: &str) -> bool {
    *network.project == *project
        || rbac::is_shared_with(os, &network.id, rbac::SHARED, project)
        || rbac::is_shared_with(os, &network.id, rbac::EXTERNAL, project)
}

/// Refuses a second default external network. Auto-allocated topologies use the default one.
fn ensure_only_default(os: &OpenStack, id: &str) -> Result<(), Problem> {
    let other = os
        .neutron
        .networks
        .all()
        .find(|other| other.flag("is_default") && other.flag("router:external") && *other.id != *id);
    other.map_or(Ok(()), |other| Err(errors::default_external_network_exists(&other.id)))
}

/// The policy for subnets and ports needs the owner of their network. For all but administrators an unknown network
/// is refused here, before other checks.
pub fn ensure_exists_for_policy(call: &Call, os: &OpenStack, body: &Body, is_create: bool) -> Result<(), Problem> {
    let id = body.get("network_id").and_then(Value::as_str).unwrap_or_default();
    let needed = is_create && !policy::is_admin(call);
    if needed && !os.neutron.networks.contains(id) { Err(errors::network_not_found(id)) } else { Ok(()) }
}

/// The only availability zone that has agents.
pub const ZONE: &str = "nova";

/// A network is in the availability zones of the DHCP agents that host it.
fn availability_zones(os: &OpenStack, network: &Record) -> Value {
    let agents = network.texts("dhcp_agents").filter_map(|id| os.neutron.agents.get(id));
    let mut zones: Vec<_> = agents.map(|agent| agent.get("availability_zone").clone()).collect();
    zones.dedup();
    zones.into()
}

/// Refuses to unshare a network while projects have ports or subnets on it that would no longer see it
/// (`_validate_shared_update`).
fn ensure_unused_by_others(os: &OpenStack, network: &Record) -> Result<(), Problem> {
    let has_access = |project: &str| {
        let mut targets = rbac::policies_of(os, &network.id, rbac::SHARED).map(|one| one.text("target_tenant"));
        *project == *network.project || targets.any(|target| target == project)
    };
    let ports = ports::of_network(os, &network.id).filter(|port| !port.text("device_owner").starts_with("network:"));
    let mut users = ports.chain(subnets::of_network(os, &network.id));
    match users.find(|user| !has_access(&user.project)) {
        Some(_) => Err(errors::shared_in_use(network.text("name"))),
        None => Ok(()),
    }
}

/// Makes a network external for everybody, or internal (`_process_l3_update`, neutron/db/external_net_db.py). True if
/// that changes something.
fn change_external(os: &mut OpenStack, ctx: &mut Context, network: &Record, external: bool) -> Result<bool, Problem> {
    if external == network.flag("router:external") {
        return Ok(false);
    }
    if external {
        return Ok(rbac::share(os, ctx, network, rbac::EXTERNAL, true));
    }
    let is_gateway = |port: &Record| port.text("device_owner") == routers::GATEWAY;
    if ports::of_network(os, &network.id).any(is_gateway) {
        return Err(errors::external_in_use(&network.id));
    }
    let gone: Vec<Id> = rbac::policies_of(os, &network.id, rbac::EXTERNAL).map(|policy| policy.id.clone()).collect();
    gone.iter().for_each(|policy| rbac::remove(os, policy));
    Ok(true)
}

/// Refuses an MTU that is too small for a subnet (`_validate_change_network_mtu`).
fn mtu_suits_subnets(os: &OpenStack, network: &Record, body: &Body) -> Result<(), Problem> {
    let Some(mtu) = body.get("mtu").and_then(Value::as_i64) else { return Ok(()) };
    let versions = subnets::of_network(os, &network.id).filter_map(|subnet| subnet.int("ip_version"));
    versions.into_iter().try_for_each(|version| mtu_suits(&network.id, mtu, version))
}

/// Refuses a subnet of this IP version on a network with a smaller MTU than the version allows.
pub fn mtu_suits(network: &str, mtu: i64, version: i64) -> Result<(), Problem> {
    const LEAST: i64 = 68;
    const LEAST_FOR_V6: i64 = 1280;
    match (mtu, version) {
        (0, _) => Ok(()),
        (..LEAST, _) => Err(errors::mtu_too_small(network, LEAST)),
        (..LEAST_FOR_V6, 6) => Err(errors::mtu_too_small(network, LEAST_FOR_V6)),
        _ => Ok(()),
    }
}

/// The networks that are shared with a project or with all projects.
pub fn shared_with<'o>(os: &'o OpenStack, project: &str) -> impl Iterator<Item = &'o Record> {
    let project = project.to_owned();
    let all = rbac::shared_objects(os, "network", &project).filter_map(|id| os.neutron.networks.get(id));
    let all: Vec<_> = all.collect();
    all.into_iter().filter(move |network| rbac::is_shared_with(os, &network.id, rbac::SHARED, &project))
}

/// The floating IP addresses that are associated with a fixed address of a port.
pub fn floating_addresses<'o>(os: &'o OpenStack, port: &Record, fixed: &str) -> impl Iterator<Item = &'o str> {
    floating_ips::of_port(os, &port.id)
        .filter(move |floating| floating.text("fixed_ip_address") == fixed)
        .map(|floating| floating.text("floating_ip_address"))
}
