//! Ports (neutron/plugins/ml2/plugin.py, neutron/db/db_base_plugin_v2.py).

pub mod binding;
pub mod bindings;
pub mod change;
mod checks;
pub mod devices;
pub mod ipam;
mod security;
pub mod servers;

use super::attributes::{
    Absent, Attribute, Body, ID, NAME, PROJECT, ResourceType, changeable, read_only, set_once, settable,
};
use super::convert::{none_to_empty_list, sanitized_mac, to_boolean, to_lower_case, to_string};
use super::listing::{self, Query};
use super::networks::{self, Networks};
use super::policy::{self, Target};
use super::qos::resource_requests;
use super::record::Record;
use super::resource::{Resource, create, delete, find, insert, list, show, update};
use super::valid::Valid;
use super::{Neutron, addresses, dns, errors, floating_ips, logs, qos, rbac, trunks};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Context, Id, Index, Operation, Problem, Table, Transition, get, post, put};
use serde_json::{Value, json};

/// The operations on ports.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/ports", "neutron.port.list", list::<Ports>).summary("Lists ports.").policy_on_target("get_port"),
    post("/ports", "neutron.port.create", create::<Ports>)
        .summary("Creates a port.")
        .policy_on_target("create_port")
        .answers(201),
    get("/ports/{port_id}", "neutron.port.show", show::<Ports>).summary("Shows a port.").policy_on_target("get_port"),
    put("/ports/{port_id}", "neutron.port.update", update::<Ports>)
        .summary("Updates a port.")
        .policy_on_target("update_port"),
    crate::engine::delete("/ports/{port_id}", "neutron.port.delete", delete::<Ports>)
        .summary("Deletes a port.")
        .policy_on_target("delete_port"),
];

/// The transitions of ports.
pub const TRANSITIONS: &[&Transition<OpenStack>] = binding::TRANSITIONS;

/// The values of `binding:vnic_type` (neutron_lib/api/definitions/portbindings.py).
pub const VNIC_TYPES: &[&str] = &[
    "normal",
    "direct",
    "macvtap",
    "baremetal",
    "direct-physical",
    "virtio-forwarder",
    "smart-nic",
    "vdpa",
    "accelerator-direct",
    "accelerator-direct-physical",
    "remote-managed",
];
const NUMA_POLICIES: &[&str] = &["required", "preferred", "legacy", "socket"];

/// The attributes of ports (neutron_lib/api/definitions/port.py) and of their extensions.
const ATTRIBUTES: &[Attribute] = &[
    ID,
    NAME,
    set_once("network_id").valid(Valid::Uuid).filter().sort(),
    PROJECT,
    settable("admin_state_up").default(Absent::True).convert(to_boolean).filter().sort(),
    settable("mac_address").default(Absent::Unset).convert(mac).valid(Valid::MacOrNone).filter().sort().enforced(),
    settable("fixed_ips")
        .default(Absent::Unset)
        .valid(Valid::FixedIps)
        .filter()
        .pairs()
        .enforced()
        .ordered_by(&["ip_address", "subnet_id"]),
    settable("device_id").default(Absent::Text("")).valid(Valid::Text(255)).filter().sort().enforced(),
    settable("device_owner").default(Absent::Text("")).valid(Valid::Text(255)).filter().sort().enforced(),
    read_only("status").filter().sort(),
    settable("allowed_address_pairs")
        .default(Absent::Unset)
        .stored_as(Absent::EmptyList)
        .convert(none_to_empty_list)
        .valid(Valid::Custom(checks::address_pairs))
        .enforced()
        .ordered_by(&["mac_address", "ip_address"]),
    changeable("data_plane_status").valid(Valid::OneOfOrNone(&["ACTIVE", "DOWN"])).enforced(),
    settable("extra_dhcp_opts").default(Absent::EmptyList).valid(Valid::Custom(checks::dhcp_options)),
    read_only("ip_allocation").filter().sort().derived(),
    set_once("device_profile").default(Absent::Null).valid(Valid::TextOrNone(255)),
    set_once("hardware_offload_type")
        .default(Absent::Unset)
        .convert(to_string)
        .valid(Valid::OneOfOrNone(&["switchdev"]))
        .enforced(),
    settable("hints").default(Absent::Null).valid(Valid::DictOrNone).enforced(),
    settable("numa_affinity_policy").default(Absent::Null).valid(Valid::OneOfOrNone(NUMA_POLICIES)),
    read_only("resource_request").derived(),
    read_only("binding:vif_type").enforced().derived(),
    read_only("binding:vif_details").enforced().derived(),
    settable("binding:vnic_type").default(Absent::Text("normal")).valid(Valid::OneOf(VNIC_TYPES)).enforced(),
    settable("binding:host_id").default(Absent::Unset).stored_as(Absent::Text("")).convert(host).filter().enforced(),
    settable("binding:profile").default(Absent::Unset).valid(Valid::DictOrNone).enforced().derived(),
    settable("port_security_enabled").default(Absent::Unset).convert(to_boolean).enforced(),
    settable("qos_policy_id").default(Absent::Null).valid(Valid::UuidOrNone).enforced(),
    read_only("qos_network_policy_id").derived(),
    read_only("trunk_details").derived(),
    settable("propagate_uplink_status").default(Absent::True).convert(to_boolean),
    settable("dns_name").default(Absent::Text("")).convert(to_lower_case).valid(Valid::Reason(dns::name)),
    read_only("dns_assignment").derived(),
    settable("dns_domain").default(Absent::Text("")).convert(to_lower_case).valid(Valid::Reason(dns::domain)),
    settable("trusted").default(Absent::Unset).convert(to_boolean).valid(Valid::Boolean).enforced(),
    settable("security_groups")
        .default(Absent::Unset)
        .convert(none_to_empty_list)
        .valid(Valid::UuidList)
        .filter()
        .ordered_by(&[]),
    // Inactive bindings on other hosts.
    read_only("bindings").hidden(),
    read_only(PLUG_ORDER).hidden(),
    read_only(CREATED_BARE).default(Absent::False).hidden(),
    set_once("tags").default(Absent::EmptyList).valid(Valid::UniqueTexts(255)).filter().hidden(),
];

/// True for ports that were created without addresses: `ip_allocation` does not change later.
const CREATED_BARE: &str = "created_without_addresses";

/// The attribute behind `plug_order`.
const PLUG_ORDER: &str = "plug_order";

/// The attribute table of ports.
pub static KIND: ResourceType =
    ResourceType::new("port", "ports", ATTRIBUTES).standard().tags().core().indexes(INDEXES);

const INDEXES: &[Index<Record>] = &[BY_NETWORK, BY_DEVICE, BY_SECURITY_GROUP, qos::BY_POLICY];
const BY_NETWORK: Index<Record> = Index::new("network_id", |port, key| port.ids_in("network_id", key));
const BY_DEVICE: Index<Record> = Index::new("device_id", |port, key| port.ids_in("device_id", key));
/// Ports by security group.
pub const BY_SECURITY_GROUP: Index<Record> =
    Index::new("security_groups", |port, key| port.ids_in("security_groups", key));

/// Null means a new random address. Upstream answers 500 for other values than strings.
fn mac(value: Value) -> Result<Value, Problem> {
    if value.is_null() || value.is_string() { sanitized_mac(value) } else { to_lower_case(value) }
}

/// Null stands for no host.
fn host(value: Value) -> Result<Value, Problem> {
    Ok(if value.is_null() { json!("") } else { value })
}

/// The resource type of ports.
pub struct Ports;

impl Resource for Ports {
    const KIND: &'static ResourceType = &KIND;
    const MARKER_MUST_EXIST: bool = true;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.ports
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.ports
    }

    fn not_found(id: &str) -> Problem {
        errors::port_not_found(id)
    }

    /// The owner of a network sees all ports on it.
    fn sees(call: &Call, os: &OpenStack, record: &Record) -> bool {
        let project = call.project();
        policy::is_admin(call)
            || *record.project == *project
            || network_of(os, record).is_some_and(|network| *network.project == *project)
    }

    fn candidates<'o>(call: &Call, os: &'o OpenStack, query: &Query) -> Vec<&'o Record> {
        let rows = &os.neutron.ports;
        let texts = |name: &str| query.filter(name).map(|values| values.iter().filter_map(Value::as_str));
        if let Some(ids) = texts("id") {
            return ids.filter_map(|id| rows.get(id)).collect();
        }
        if let Some(devices) = texts("device_id").filter(|devices| devices.clone().all(|device| !device.is_empty())) {
            return devices.flat_map(|device| of_device(os, device)).collect();
        }
        if let Some(networks) = texts("network_id") {
            return networks.flat_map(|network| of_network(os, network)).collect();
        }
        if policy::is_admin(call) {
            return rows.all().collect();
        }
        let project = call.project();
        let networks = os.neutron.networks.of(&project);
        let mut all: Vec<_> =
            networks.flat_map(|network| of_network(os, &network.id)).chain(rows.of(&project)).collect();
        all.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        all.dedup_by(|one, other| one.id == other.id);
        all
    }

    fn target(_call: &Call, os: &OpenStack, record: &Record) -> Target {
        target(os, &record.project, record.text("network_id"), record.text("device_owner"))
    }

    fn target_of_body(_call: &Call, os: &OpenStack, body: &Body) -> Target {
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        target(os, text("project_id"), text("network_id"), text("device_owner"))
    }

    fn derive(_call: &Call, os: &OpenStack, record: &Record, name: &str) -> Option<Value> {
        Some(match name {
            "binding:vif_type" => json!(binding::vif_type(record)),
            "binding:vif_details" => binding::vif_details(record),
            "binding:profile" => binding::profile(record),
            "dns_assignment" => dns::assignments(record),
            "qos_network_policy_id" => {
                network_of(os, record).map_or(Value::Null, |one| one.get("qos_policy_id").clone())
            }
            "ip_allocation" => json!(if record.flag(CREATED_BARE) { "none" } else { "immediate" }),
            "resource_request" => resource_requests::of_port(os, record),
            "trunk_details" => return trunks::details(os, &record.id),
            _ => Value::Null,
        })
    }

    fn matches_filter(_call: &Call, _os: &OpenStack, record: &Record, name: &str, values: &[Value]) -> Option<bool> {
        match name {
            "fixed_ips" => Some(checks::matches_fixed_ips(record, values)),
            "mac_address" => {
                Some(values.iter().any(|one| one.as_str().is_some_and(|mac| mac == record.text("mac_address"))))
            }
            "security_groups" => Some(listing::matches_any(record.get("security_groups"), values)),
            _ => None,
        }
    }

    /// The policy needs the owner of the network.
    fn check(call: &Call, os: &OpenStack, body: &mut Body, is_create: bool) -> Result<(), Problem> {
        networks::ensure_exists_for_policy(call, os, body, is_create)?;
        if is_create {
            find::<Networks>(call, os, body.get("network_id").and_then(Value::as_str).unwrap_or_default())?;
        }
        Ok(())
    }

    fn make(call: &Call, os: &mut OpenStack, ctx: &mut Context, body: Body) -> Result<Id, Problem> {
        checks::security_groups(call, os, &body)?;
        qos::check_reference(call, os, &body)?;
        add(os, ctx, body)
    }

    fn change(call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, body: Body) -> Result<(), Problem> {
        checks::security_groups(call, os, &body)?;
        if let Some(port) = os.neutron.ports.get(id) {
            qos::check_change(call, os, port, &body)?;
        }
        change::apply(os, ctx, id, body)
    }

    fn remove(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        if let Some(port) = os.neutron.ports.get(id) {
            checks::ensure_deletable(port)?;
            trunks::refuse_port_in_use(os, id)?;
        }
        remove(os, ctx, id);
        Ok(())
    }
}

/// The target of policy rules about a port.
fn target(os: &OpenStack, project: &str, network: &str, device_owner: &str) -> Target {
    let target = Target::of(project).device(device_owner);
    match os.neutron.networks.get(network) {
        Some(network) => target
            .with("network:project_id", &*network.project)
            .flag("shared", rbac::is_shared_with(os, &network.id, rbac::SHARED, project)),
        None => target,
    }
}

/// Creates a port from a prepared body. Chooses the missing values: MAC address, fixed IPs, security groups. Returns
/// its id.
pub fn add(os: &mut OpenStack, ctx: &mut Context, mut body: Body) -> Result<Id, Problem> {
    let id = ctx.uuid();
    body.entry("binding:vnic_type").or_insert_with(|| "normal".into());
    body.entry("binding:profile").or_insert_with(|| json!({}));
    body.entry("allowed_address_pairs").or_insert_with(|| json!([]));
    let network = body.get("network_id").and_then(Value::as_str).unwrap_or_default().to_owned();
    choose_mac(os, ctx, &network, &mut body)?;
    security::complete(os, ctx, &network, &mut body)?;
    let owner = body.get("device_owner").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mac = body.get("mac_address").and_then(Value::as_str).unwrap_or_default().to_owned();
    let requested = body.shift_remove("fixed_ips");
    let fixed = ipam::allocate(os, ctx, &id, &network, requested.as_ref(), &ipam::Plug { owner: &owner, mac: &mac })?;
    body.insert("fixed_ips".into(), fixed);
    change::number_options(&mut body);
    checks::fill_address_pairs(&mut body, &mac)?;
    let mut record = Record::with_id(&KIND, id.clone(), ctx.now(), &body);
    record.set("status", "DOWN");
    record.set(CREATED_BARE, record.list("fixed_ips").is_empty());
    checks::complete_profile(&mut record);
    if let Some(last) = of_device(os, record.text("device_id")).last().map(plug_order).filter(|last| *last > 0) {
        record.set(PLUG_ORDER, last);
    }
    // Addresses and bindings are written after the port, tags after those.
    record.revision = 1 + u32::from(!record.tags.is_empty());
    let is_bound = !record.text("binding:host_id").is_empty();
    binding::count_binding(&mut record, 1, ctx.now());
    insert::<Ports>(os, record);
    if is_bound {
        binding::bound(os, ctx, &id);
    }
    Ok(id)
}

fn choose_mac(os: &OpenStack, ctx: &mut Context, network: &str, body: &mut Body) -> Result<(), Problem> {
    let taken = |mac: &str| of_network(os, network).any(|port| port.text("mac_address") == mac);
    match body.get("mac_address").and_then(Value::as_str) {
        Some(mac) if taken(mac) => Err(errors::mac_in_use(network, mac)),
        Some(_) => Ok(()),
        None => {
            body.insert("mac_address".into(), random_mac(ctx).into());
            Ok(())
        }
    }
}

/// A random MAC address that starts with `fa:16:3e`, the default of `base_mac`.
pub fn random_mac(ctx: &mut Context) -> String {
    let [a, b, c] = ctx.bytes();
    addresses::format_mac([0xfa, 0x16, 0x3e, a, b, c])
}

/// Deletes a port and releases its addresses.
pub fn remove(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    floating_ips::disassociate_port(os, ctx, id, &[]);
    ipam::release(os, id);
    logs::delete_of(os, "target_id", id);
    os.neutron.ports.remove(id);
}

/// The network of a port.
pub fn network_of<'o>(os: &'o OpenStack, port: &Record) -> Option<&'o Record> {
    os.neutron.networks.get(port.text("network_id"))
}

/// The ports on a network, oldest first.
pub fn of_network<'o>(os: &'o OpenStack, network: &str) -> impl Iterator<Item = &'o Record> + use<'o> {
    os.neutron.ports.by(&BY_NETWORK, network).rev()
}

/// The ports of a server or router in the order in which they were attached to it.
pub fn of_device<'o>(os: &'o OpenStack, device: &str) -> impl Iterator<Item = &'o Record> + use<'o> {
    let mut ports: Vec<&Record> = os.neutron.ports.by(&BY_DEVICE, device).rev().collect();
    if ports.len() > 1 {
        ports.sort_by_key(|port| plug_order(port));
    }
    ports.into_iter()
}

/// The position of a port among the ports of its device. It is 0 for ports created for the device. A port that was
/// attached later has a higher number than those before it, and ports created after that have the number of the last
/// one.
fn plug_order(port: &Record) -> i64 {
    port.int(PLUG_ORDER).unwrap_or_default()
}

/// Moves a port behind the ports that the device has already.
fn plug_after_others(os: &mut OpenStack, port: &str, device: &str) {
    let order = of_device(os, device).last().map(|last| plug_order(last) + 1);
    if let Some(port) = os.neutron.ports.get_mut_if(port, |port| port.text("device_id") != device) {
        port.set(PLUG_ORDER, json!(order));
    }
}

/// True for the device owners of router interfaces (`ROUTER_INTERFACE_OWNERS`).
pub fn is_router_interface(owner: &str) -> bool {
    matches!(
        owner,
        "network:router_interface"
            | "network:ha_router_replicated_interface"
            | "network:router_interface_distributed"
            | "network:router_centralized_snat"
    )
}

/// True for the device owners of ports that are deleted with their network (`AUTO_DELETE_PORT_OWNERS`).
pub fn is_auto_deleted(owner: &str) -> bool {
    matches!(owner, "network:dhcp" | "network:distributed")
}
