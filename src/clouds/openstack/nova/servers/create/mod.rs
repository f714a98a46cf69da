//! `POST /servers` (nova/api/openstack/compute/servers.py, `create`; nova/compute/api.py, `_create_instance`).

pub mod checks;
mod disks;
mod hints;
pub mod request;

pub use checks::{fits_flavor, inherited_properties};
pub use request::{CreateRequest, File, GuestName};

use super::super::flavors::{self, Flavor};
use super::super::{errors, keypairs, links, policy, server_groups};
use super::{
    Details, Networks, PowerState, Server, TaskState, VmState, Wanted, WantedNetwork, networks, passwords, places,
    usage,
};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::parameter_types::is_uuid_like;
use crate::engine::{Answer, Call, Context, Id, Object, Problem, Response};
use request::{CreateServer, NetworkList};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Everything is looked at in upstream's order, so that of several mistakes the same one is told.
#[allow(clippy::too_many_lines, reason = "one look after the other, in upstream's order")]
pub fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let mut request = call.body::<CreateRequest>()?;
    let hints = request.hints.0.take().or(request.older_hints.0.take());
    let asked = request.server;
    let least = asked.min_count.map_or(1, |count| count.0);
    let most = asked.max_count.map_or(least, |count| count.0);
    if least > most {
        return Err(errors::min_count_above_max_count());
    }
    let place = asked_place(call, &asked)?;
    let mapped = disks::asked(call, &asked)?;
    let image_id = asked.image.as_ref().map(|image| image.0.as_str()).filter(|image| !image.is_empty());
    if image_id.is_none() && mapped.is_empty() {
        return Err(errors::image_missing());
    }
    let wanted = asked_networks(call, &asked)?;
    let flavor = flavors::share(call, os, &asked.flavor.id()).map_err(errors::as_bad_request)?;
    check_count(&asked, &wanted, most)?;
    if place.host.is_none() && place.zone.as_deref().is_some_and(|zone| !places::is_zone(os, zone)) {
        return Err(errors::zone_not_available());
    }
    let image = checks::image(call, os, image_id)?;
    let certified = asked.trusted_image_certificates.as_ref().is_some_and(|given| given.0.is_some());
    let origin = match image {
        Some(image) => checks::Origin::of_image(image),
        None => disks::origin(call, os, &mapped, certified)?,
    };
    let groups = asked_security_groups(&asked);
    networks::check_security_groups(call, os, &groups)?;
    networks::check(call, os, &wanted, least)?;
    if let Some(name) = asked.key_name.as_ref()
        && keypairs::find(os, &call.user(), &name.0).is_none()
    {
        return Err(errors::invalid_key_name());
    }
    let devices = disks::complete(ctx, mapped, origin.image.as_deref(), &flavor, most)?;
    checks::metadata(os, call, asked.metadata.as_ref().map_or(0, |metadata| metadata.0.len()))?;
    checks::files(os, call, asked.personality.as_deref().unwrap_or_default())?;
    let root = devices.iter().find(|device| device.boot_index == Some(0));
    checks::fits_flavor(call, &origin, &flavor, root)?;
    let group = hints::group(call, os, hints.as_ref())?;
    if let Some(host) = place.wanted.as_deref().filter(|host| !places::is_host(os, host)) {
        return Err(errors::compute_host_not_found(host));
    }
    let count = checks::count_within_quota(os, call, &flavor, least, most)?;
    disks::check(call, os, &devices, &flavor)?;
    if let Some(group) = &group {
        hints::group_has_room(os, call, group, count)?;
    }
    let password = asked.password.as_ref().map(|password| password.0.clone());
    let password = password.unwrap_or_else(|| passwords::generate(ctx));
    let mut template = template(call, ctx, &asked, (flavor, place, hints.as_ref()));
    template.image = origin.image.clone();
    template.config_drive |= origin.demands_config_drive();
    template.image_properties = shared_properties(os, call, origin.kept_properties());
    template.devices = devices;
    template.wanted = Some(Arc::new(Wanted { networks: wanted, security_groups: groups }));
    let (reservation, auto_disk) = (template.reservation.clone(), template.auto_disk);
    let mut first = None;
    for (index, template) in std::iter::repeat_n(template, usize::try_from(count).unwrap_or_default()).enumerate() {
        let mut server = one_of(ctx, template, index, count);
        let id = server.id.clone();
        disks::reserve(os, ctx, &mut server)?;
        provision(call, os, ctx, server);
        if let Some(group) = &group {
            server_groups::join(os, group, &id);
        }
        first.get_or_insert(id);
    }
    if asked.return_reservation_id.is_some_and(|wanted| wanted.0) {
        return Ok(Response::object(|o| o.set("reservation_id", &reservation)));
    }
    let first = first.unwrap_or_else(|| "".into());
    let response = Response::one("server", |o| created(o, call, auto_disk, &first, &password));
    Ok(response.header("Location", links::href(call, "servers", &first).to_string()))
}

/// What the answer tells: the server is hardly there yet.
fn created(o: &mut Object, call: &Call, auto_disk: bool, id: &str, password: &str) {
    o.set("id", id);
    links::links(o, call, "servers", id);
    o.set("OS-DCF:diskConfig", if auto_disk { "AUTO" } else { "MANUAL" });
    match call.json.pointer("/server/security_groups") {
        Some(groups) => o.set("security_groups", groups),
        None => o.each("security_groups", ["default"], |o, name| o.set("name", name)),
    }
    o.set("adminPass", password);
}

/// Lets a server begin to be.
fn provision(call: &Call, os: &mut OpenStack, ctx: &mut Context, mut server: Server) {
    let id = server.id.clone();
    usage::charge(os, &server.project, &server.flavor);
    server.action_begins((call.user(), call.project()), ctx, "create");
    os.nova.servers.insert(server);
    ctx.later(&super::build::SCHEDULE, &id);
}

/// What a server keeps of its image, shared with the project's last server if that has kept the same.
fn shared_properties(os: &OpenStack, call: &Call, kept: Map<String, Value>) -> Arc<Map<String, Value>> {
    let last = os.nova.servers.of(&call.project()).next();
    let same = last.map(|server| &server.image_properties).filter(|properties| ***properties == kept);
    same.cloned().unwrap_or_else(|| Arc::new(kept))
}

/// Where the server shall be.
struct Place {
    zone: Option<Id>,
    /// Of `zone:host`.
    host: Option<Id>,
    /// Of `host` or `hypervisor_hostname`.
    wanted: Option<Id>,
}

fn asked_place(call: &Call, asked: &CreateServer) -> Result<Place, Problem> {
    policy::enforce(call, &[("project_id", &call.project()), ("user_id", &call.user())])?;
    let own = [("project_id", &*call.project())];
    if asked.trusted_image_certificates.as_ref().is_some_and(|given| given.0.is_some()) {
        policy::enforce_rule(call, "os_compute_api:servers:create:trusted_certs", &own)?;
    }
    let (zone, host) = parse_zone(asked.availability_zone.as_ref().map_or("", |zone| &zone.0))?;
    if host.is_some() {
        policy::enforce_rule(call, "os_compute_api:servers:create:forced_host", &own)?;
    }
    let name = asked.host.as_ref().or(asked.hypervisor_hostname.as_ref()).filter(|_| call.since(2, 74));
    if name.is_some() {
        policy::enforce_rule(call, "compute:servers:create:requested_destination", &own)?;
        if host.is_some() {
            return Err(errors::two_ways_to_name_a_host());
        }
    }
    Ok(Place { zone, host, wanted: name.map(|name| name.0.as_str().into()) })
}

/// `zone`, `zone:host`, `zone:host:node` or `zone::node` (`parse_availability_zone`). Nodes are named as
/// their hosts here.
fn parse_zone(text: &str) -> Result<(Option<Id>, Option<Id>), Problem> {
    let parts: Vec<&str> = text.split(':').collect();
    let given = |text: &str| Some(text).filter(|text| !text.is_empty()).map(Id::from);
    match parts[..] {
        // `default_schedule_zone` is configured, as in the clouds that were recorded.
        [""] => Ok((Some("nova".into()), None)),
        [zone] => Ok((given(zone), None)),
        [zone, host] => Ok((given(zone), given(host))),
        [zone, host, node] => Ok((given(zone), given(host).or_else(|| given(node)))),
        _ => Err(errors::zone_cannot_be_parsed()),
    }
}

/// `_get_requested_networks`.
fn asked_networks(call: &Call, asked: &CreateServer) -> Result<Networks, Problem> {
    let list = match asked.networks.as_ref() {
        None => return Ok(Networks::Any),
        Some(NetworkList::Word(word)) if word == "none" => return Ok(Networks::None),
        Some(NetworkList::Word(_)) => return Ok(Networks::Auto),
        Some(NetworkList::These(list)) if list.is_empty() => return Ok(Networks::Any),
        Some(NetworkList::These(list)) => list,
    };
    let mut wanted: Vec<WantedNetwork> = vec![];
    for one in list {
        let tag = one.tag.clone();
        if let Some(port) = &one.port {
            if wanted.iter().any(|known| known.port.as_ref() == Some(port)) {
                return Err(errors::port_named_twice(port));
            }
            if let Some(address) = &one.fixed_ip {
                return Err(errors::fixed_ip_with_port(address, port));
            }
            wanted.push(WantedNetwork { port: Some(port.clone()), tag, ..WantedNetwork::default() });
            continue;
        }
        let network = one.uuid.as_ref().ok_or_else(|| errors::bad_network_format("uuid"))?;
        if !is_uuid_like(network) {
            return Err(errors::bad_network_id(network));
        }
        let fixed_ip = one.fixed_ip.clone();
        wanted.push(WantedNetwork { network: Some(network.clone()), fixed_ip, tag, port: None });
    }
    policy::enforce_rule(call, "os_compute_api:servers:create:attach_network", &[("project_id", &call.project())])?;
    Ok(Networks::These(wanted))
}

/// What only one server can have.
fn check_count(asked: &CreateServer, wanted: &Networks, most: i64) -> Result<(), Problem> {
    if most == 1 {
        return Ok(());
    }
    if let Networks::These(list) = wanted {
        if list.iter().any(|one| one.fixed_ip.is_some()) {
            return Err(errors::one_fixed_ip_for_many());
        }
        if list.iter().any(|one| one.port.is_some()) {
            return Err(errors::one_port_for_many());
        }
    }
    if asked.hostname.is_some() { Err(errors::one_hostname_for_many()) } else { Ok(()) }
}

fn asked_security_groups(asked: &CreateServer) -> Vec<Id> {
    let mut names: Vec<Id> = vec![];
    for group in asked.security_groups.as_deref().unwrap_or_default() {
        let name = group.name.as_ref().map(|name| Id::from(name.0.as_str()));
        names.extend(name.filter(|name| !names.contains(name)));
    }
    if names.is_empty() { vec!["default".into()] } else { names }
}

/// What the servers of one request have in common.
fn template(
    call: &Call,
    ctx: &mut Context,
    asked: &CreateServer,
    (flavor, place, hints): (Arc<Flavor>, Place, Option<&request::Hints>),
) -> Server {
    let name: Id = asked.name.0.trim().into();
    let described = asked.description.as_ref().and_then(|text| text.0.clone());
    let mut tags: Vec<Id> = asked.tags.iter().flatten().map(|tag| tag.0.as_str().into()).collect();
    tags.sort();
    tags.dedup();
    let details = Details {
        hostname: asked.hostname.as_ref().map_or_else(|| "".into(), |name| name.0.as_str().into()),
        // Before descriptions there were, the name was taken for one.
        description: if call.since(2, 19) { described } else { Some(name.to_string()) },
        pinned_zone: place.zone.clone(),
        wanted_host: place.host.or(place.wanted),
        key_name: asked.key_name.as_ref().map(|name| name.0.as_str().into()),
        user_data: asked.user_data.as_deref().map(Into::into),
        config_drive: asked.config_drive.is_some_and(|wanted| wanted.0),
        auto_disk: asked.disk_config.as_ref().is_some_and(|config| config.0 == "AUTO"),
        metadata: asked.metadata.as_ref().map(|metadata| metadata.0.clone()).unwrap_or_default(),
        tags,
        access_ipv4: asked.access_ipv4.0.clone(),
        access_ipv6: asked.access_ipv6.0.clone().map(super::canonical),
        reservation: passwords::reservation_id(ctx),
        trusted_certificates: asked.trusted_image_certificates.as_ref().and_then(|given| given.0.clone()),
        scheduler_hints: hints.filter(|hints| !hints.0.is_empty()).map(|hints| Arc::new(as_lists(&hints.0))),
        ..Details::new(call.user(), name, flavor, ctx.now())
    };
    Server {
        id: "".into(),
        project: call.project(),
        vm_state: VmState::Building,
        task_state: Some(TaskState::Scheduling),
        power_state: PowerState::None,
        fault: None,
        host: None,
        availability_zone: place.zone,
        interfaces: vec![],
        wanted: None,
        actions: Arc::default(),
        updated: None,
        launched: None,
        terminated: None,
        details: Arc::new(details),
    }
}

/// Hints are kept as lists, whatever they were.
fn as_lists(hints: &Map<String, Value>) -> Map<String, Value> {
    let list = |value: &Value| if value.is_array() { value.clone() } else { Value::Array(vec![value.clone()]) };
    hints.iter().map(|(name, value)| (name.clone(), list(value))).collect()
}

/// One of `count` servers. If there are several, each has its number in its names.
fn one_of(ctx: &mut Context, template: Server, index: usize, count: i64) -> Server {
    let mut server = Server { id: ctx.uuid(), ..template };
    if server.hostname.is_empty() {
        server.hostname = super::guest_name(&server.name).into();
    }
    if server.hostname.is_empty() {
        server.hostname = format!("Server-{}", server.id).into();
    }
    if count > 1 {
        server.name = format!("{}-{}", server.name, index + 1).into();
        server.hostname = format!("{}-{}", server.hostname, index + 1).into();
    }
    server.devices.iter_mut().for_each(|device| device.id = ctx.uuid());
    server.launch_index = u32::try_from(index).unwrap_or_default();
    server
}
