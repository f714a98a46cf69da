//! The bindings of a port: one is active, others are prepared on hosts to which its server may move
//! (neutron/plugins/ml2/plugin.py, `create_port_binding`).

use super::{Ports, binding};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::attributes::{self, Absent, ResourceType, read_only, set_once, settable};
use crate::clouds::openstack::neutron::errors;
use crate::clouds::openstack::neutron::listing::{self, Query};
use crate::clouds::openstack::neutron::policy::{self, Target};
use crate::clouds::openstack::neutron::record::Record;
use crate::clouds::openstack::neutron::resource::find;
use crate::clouds::openstack::neutron::valid::Valid;
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Response, get, post, put};
use serde_json::{Value, json};

/// The operations on bindings of ports.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/ports/{port_id}/bindings", "neutron.port.binding.list", list)
        .summary("Lists the bindings of a port.")
        .policy_on_target("get_port_binding"),
    post("/ports/{port_id}/bindings", "neutron.port.binding.create", create)
        .summary("Creates a binding of a port.")
        .policy_on_target("create_port_binding")
        .answers(201),
    get("/ports/{port_id}/bindings/{host}", "neutron.port.binding.show", show)
        .summary("Shows a binding of a port.")
        .policy_on_target("get_port_binding"),
    put("/ports/{port_id}/bindings/{host}", "neutron.port.binding.update", update)
        .summary("Updates a binding of a port.")
        .policy_on_target("update_port_binding"),
    put("/ports/{port_id}/bindings/{host}/activate", "neutron.port.binding.activate", activate)
        .summary("Activates the binding of a port on a host.")
        .policy_on_target("activate"),
    crate::engine::delete("/ports/{port_id}/bindings/{host}", "neutron.port.binding.delete", delete)
        .summary("Deletes a binding of a port.")
        .policy_on_target("delete_port_binding"),
];

/// The attributes of bindings (neutron_lib/api/definitions/portbindings_extended.py).
static KIND: ResourceType = ResourceType::new(
    "binding",
    "bindings",
    &[
        set_once("host").filter().sort(),
        read_only("vif_type").filter().sort(),
        read_only("vif_details"),
        settable("vnic_type").default(Absent::Text("normal")).valid(Valid::OneOf(super::VNIC_TYPES)).filter().sort(),
        settable("profile").default(Absent::EmptyDict).valid(Valid::DictOrNone),
        read_only("status").filter().sort(),
        attributes::PROJECT.hidden(),
    ],
);

fn port<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Record, Problem> {
    find::<Ports>(call, os, call.param("port_id"))
}

/// Refuses ports that do not belong to a server or a share: only these can have several bindings.
fn ensure_movable(port: &Record) -> Result<(), Problem> {
    let owner = port.text("device_owner");
    if owner.starts_with("compute:") || owner.starts_with("manila:") {
        Ok(())
    } else {
        Err(errors::port_stays(&port.id))
    }
}

/// The active binding, then the inactive ones.
fn all(port: &Record) -> Vec<Value> {
    let host = port.text("binding:host_id");
    let active = json!({
        "host": host,
        "vif_type": binding::vif_type(port),
        "vif_details": binding::vif_details(port),
        "vnic_type": port.get("binding:vnic_type"),
        "profile": port.get("binding:profile"),
        "status": "ACTIVE",
    });
    let active = (!host.is_empty()).then_some(active);
    active.into_iter().chain(port.list("bindings").iter().cloned()).collect()
}

fn binding_on(port: &Record, host: &str) -> Option<Value> {
    all(port).into_iter().find(|binding| binding["host"] == host)
}

fn view(o: &mut Object, binding: &Value) {
    for (name, value) in binding.as_object().into_iter().flatten() {
        o.set(name, value);
    }
}

fn allowed(call: &Call) -> Result<(), Problem> {
    policy::enforce(call, call.policy.0, &Target::default())
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let query = Query::of(call, &KIND)?;
    let port = port(call, os)?;
    ensure_movable(port)?;
    let matches = |binding: &Value| {
        query.filters.iter().all(|(name, values)| listing::matches_any(&binding[name.as_str()], values))
    };
    // The policy hides the items of a list from callers who may not see them.
    let is_allowed = allowed(call).is_ok();
    let bindings: Vec<_> = all(port).into_iter().filter(|binding| is_allowed && matches(binding)).collect();
    Ok(Response::many("bindings", &bindings, view))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let port = port(call, os)?;
    ensure_movable(port)?;
    let host = call.param("host");
    let binding = binding_on(port, host).ok_or_else(|| errors::binding_not_found(&port.id, host))?;
    allowed(call)?;
    Ok(Response::one("binding", |o| view(o, &binding)))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let body = attributes::prepare(call, &KIND, call.json.get("binding").unwrap_or(&Value::Null), true)?;
    allowed(call)?;
    let port = port(call, os)?;
    ensure_movable(port)?;
    let id = port.id.clone();
    let host = body.get("host").and_then(Value::as_str).unwrap_or_default().to_owned();
    if binding_on(port, &host).is_some() {
        return Err(errors::binding_exists(&id, &host));
    }
    let mut moved = port.clone();
    moved.set("binding:host_id", host.as_str());
    let binding = json!({
        "host": host,
        "vif_type": binding::vif_type(&moved),
        "vif_details": binding::vif_details(&moved),
        "vnic_type": body.get("vnic_type"),
        "profile": body.get("profile"),
        "status": "INACTIVE",
    });
    let mut bindings = port.list("bindings").to_vec();
    bindings.push(binding.clone());
    set_bindings(os, ctx, &id, bindings);
    Ok(Response::one("binding", |o| view(o, &binding)))
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let body = attributes::prepare(call, &KIND, call.json.get("binding").unwrap_or(&Value::Null), false)?;
    let port = port(call, os)?;
    ensure_movable(port)?;
    allowed(call)?;
    let (id, host) = (port.id.clone(), call.param("host"));
    let mut binding = binding_on(port, host).ok_or_else(|| errors::binding_not_found(&id, host))?;
    for (name, value) in body {
        binding[name.as_str()] = value;
    }
    let mut bindings = port.list("bindings").to_vec();
    bindings.retain(|one| one["host"] != host);
    if binding["status"] == "INACTIVE" {
        bindings.push(binding.clone());
    }
    set_bindings(os, ctx, &id, bindings);
    Ok(Response::one("binding", |o| view(o, &binding)))
}

/// The inactive binding on a host becomes the active one, and the active one becomes inactive.
fn activate(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let port = port(call, os)?;
    ensure_movable(port)?;
    let (id, host) = (port.id.clone(), call.param("host").to_owned());
    let mut binding = binding_on(port, &host).ok_or_else(|| errors::binding_not_found(&id, &host))?;
    allowed(call)?;
    if binding["status"] == "ACTIVE" {
        return Err(errors::binding_is_active(&id, &host));
    }
    let old = binding_on(port, port.text("binding:host_id"));
    let mut bindings = port.list("bindings").to_vec();
    bindings.retain(|one| one["host"] != *host);
    bindings.extend(old.map(|mut old| {
        old["status"] = json!("INACTIVE");
        old
    }));
    set_bindings(os, ctx, &id, bindings);
    if let Some(port) = os.neutron.ports.get_mut(&id) {
        port.set("binding:host_id", host);
    }
    binding::bound(os, ctx, &id);
    binding["status"] = json!("ACTIVE");
    Ok(Response::one("binding", |o| view(o, &binding)))
}

fn delete(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let port = port(call, os)?;
    ensure_movable(port)?;
    allowed(call)?;
    let (id, host) = (port.id.clone(), call.param("host"));
    binding_on(port, host).ok_or_else(|| errors::binding_not_found(&id, host))?;
    let left = port.list("bindings").iter().filter(|one| one["host"] != host).cloned().collect();
    set_bindings(os, ctx, &id, left);
    Ok(Response::empty())
}

fn set_bindings(os: &mut OpenStack, ctx: &Context, port: &Id, bindings: Vec<Value>) {
    if let Some(port) = os.neutron.ports.get_mut(port) {
        port.set("bindings", bindings);
        port.bump(ctx.now());
    }
}
