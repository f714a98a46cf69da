//! `POST /servers` (`create` in nova/api/openstack/compute/servers.py, `_create_instance` in nova/compute/api.py).

pub mod checks;
mod disks;
mod hints;
mod mapping;
pub mod request;

pub use checks::fits_flavor;
pub use request::{CreateRequest, File, GuestName};

use super::super::flavors::{self, Flavor};
use super::super::policy::POLICY;
use super::super::{
    availability_zones, errors, guest_hardware, image_properties, keypairs, links, scheduler, server_groups,
};
use super::{
    BuildRequest, Details, NetworkRequest, Networks, PowerState, Server, TaskState, VmState, networks, passwords, usage,
};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::parameter_types::is_uuid_like;
use crate::engine::{Answer, Call, Context, Id, Object, Problem, Response};
use checks::Origin;
use request::{CreateServer, NetworkList};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The checks run in upstream's order, so that a request with several mistakes gets the same error.
pub fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let mut body = call.body::<CreateRequest>()?;
    let hints = body.hints.0.take().or(body.older_hints.0.take());
    let request = body.server;
    let (min_count, max_count) = counts(&request)?;
    let target = requested_target(call, &request)?;
    let mapped = mapping::from_request(call, &request)?;
    let image_id = request.image.as_ref().map(|image| image.0.as_str()).filter(|image| !image.is_empty());
    if image_id.is_none() && mapped.is_empty() {
        return Err(errors::image_missing());
    }
    let networks = requested_networks(call, &request)?;
    let flavor = flavors::share(call, os, &request.flavor.id()).map_err(errors::as_bad_request)?;
    check_single(&request, &networks, max_count)?;
    if target.host.is_none() && target.zone.as_deref().is_some_and(|zone| !availability_zones::is_zone(os, zone)) {
        return Err(errors::zone_not_available());
    }
    let origin = match checks::image(call, os, image_id)? {
        Some(image) => Origin::of_image(image),
        None => disks::origin(call, os, &mapped, is_certified(&request))?,
    };
    let security_groups = requested_security_groups(&request);
    networks::check_security_groups(call, os, &security_groups)?;
    networks::check(call, os, &networks, min_count)?;
    check_keypair(call, os, &request)?;
    image_properties::check(&origin.properties)?;
    guest_hardware::check(&flavor, &origin.properties)?;
    let devices = disks::complete(ctx, mapped, &origin, &flavor, max_count)?;
    checks::metadata(os, call, request.metadata.as_ref().map_or(0, |metadata| metadata.0.len()))?;
    checks::files(os, call, request.personality.as_deref().unwrap_or_default())?;
    let root = devices.iter().find(|device| device.boot_index == Some(0));
    checks::fits_flavor(call, &origin, &flavor, root)?;
    let group = hints::group(call, os, hints.as_ref())?;
    if let Some(host) = target.destination.as_deref().filter(|host| !scheduler::is_host(os, host)) {
        return Err(errors::compute_host_not_found(host));
    }
    let count = checks::count_within_quota(os, call, &flavor, min_count, max_count)?;
    disks::check(call, os, &devices, &flavor)?;
    if let Some(group) = &group {
        hints::group_has_room(os, call, group, count)?;
    }
    let password = request.password.as_ref().map(|password| password.0.clone());
    let password = password.unwrap_or_else(|| passwords::generate(ctx));
    let mut template = template(call, ctx, &request, (flavor, target, hints.as_ref()));
    template.image = origin.image.clone();
    template.config_drive |= origin.requires_config_drive();
    template.image_properties = shared_properties(os, call, origin.into_system_metadata(&template.flavor));
    let root = devices.iter().find(|device| device.boot_index == Some(0)).and_then(|root| root.device.clone());
    template.root_device = root.or(template.root_device.clone());
    template.devices = devices;
    template.build_request = Some(Arc::new(BuildRequest { networks, security_groups }));
    let (reservation, auto_disk) = (template.reservation.clone(), template.auto_disk);
    let first = provision_all(call, os, ctx, template, (count, group.as_ref()))?;
    if request.return_reservation_id.is_some_and(|flag| flag.0) {
        return Ok(Response::object(|o| o.set("reservation_id", &reservation)));
    }
    let response = Response::one("server", |o| view_created(o, call, auto_disk, &first, &password));
    Ok(response.header("Location", links::href(call, "servers", &first).to_string()))
}

/// `min_count` and `max_count`.
fn counts(request: &CreateServer) -> Result<(i64, i64), Problem> {
    let min_count = request.min_count.map_or(1, |count| count.0);
    let max_count = request.max_count.map_or(min_count, |count| count.0);
    if min_count > max_count { Err(errors::min_count_above_max_count()) } else { Ok((min_count, max_count)) }
}

/// True if the request contains trusted image certificates.
fn is_certified(request: &CreateServer) -> bool {
    request.trusted_image_certificates.as_ref().is_some_and(|certificates| certificates.0.is_some())
}

fn check_keypair(call: &Call, os: &OpenStack, request: &CreateServer) -> Result<(), Problem> {
    match request.key_name.as_ref().filter(|name| keypairs::find(os, &call.user(), &name.0).is_none()) {
        Some(_) => Err(errors::invalid_key_name()),
        None => Ok(()),
    }
}

/// Creates `count` servers from a template and adds them to the server group. Returns the id of the first one.
fn provision_all(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    template: Server,
    (count, group): (i64, Option<&Id>),
) -> Result<Id, Problem> {
    let mut first = None;
    for (index, template) in std::iter::repeat_n(template, usize::try_from(count).unwrap_or_default()).enumerate() {
        let mut server = one_of(ctx, template, index, count);
        let id = server.id.clone();
        disks::reserve(os, ctx, &mut server)?;
        provision(call, os, ctx, server);
        if let Some(group) = group {
            server_groups::join(os, group, &id);
        }
        first.get_or_insert(id);
    }
    Ok(first.unwrap_or_else(|| "".into()))
}

/// The response to a create request, which shows only a few fields.
fn view_created(o: &mut Object, call: &Call, auto_disk: bool, id: &str, password: &str) {
    o.set("id", id);
    links::links(o, call, "servers", id);
    o.set("OS-DCF:diskConfig", if auto_disk { "AUTO" } else { "MANUAL" });
    match call.json.pointer("/server/security_groups") {
        Some(groups) => o.set("security_groups", groups),
        None => o.each("security_groups", ["default"], |o, name| o.set("name", name)),
    }
    o.set("adminPass", password);
}

/// Stores a new server and starts its build.
fn provision(call: &Call, os: &mut OpenStack, ctx: &mut Context, mut server: Server) {
    let id = server.id.clone();
    usage::charge(os, &server.project, &server.flavor);
    server.action_begins((call.user(), call.project()), ctx, "create");
    os.nova.servers.insert(server);
    ctx.later(&super::build::SCHEDULE, &id);
}

/// Inherited image properties, shared with the project's newest server if they are the same.
fn shared_properties(os: &OpenStack, call: &Call, properties: Map<String, Value>) -> Arc<Map<String, Value>> {
    let newest = os.nova.servers.of(&call.project()).next();
    let same = newest.map(|server| &server.image_properties).filter(|shared| ***shared == properties);
    same.cloned().unwrap_or_else(|| Arc::new(properties))
}

/// The requested availability zone and host.
struct Target {
    zone: Option<Id>,
    /// The host of `zone:host` in `availability_zone`.
    host: Option<Id>,
    /// The host of `host` or `hypervisor_hostname`.
    destination: Option<Id>,
}

/// Reads the target and checks the policies of the request. Errors: 400 and 403.
fn requested_target(call: &Call, request: &CreateServer) -> Result<Target, Problem> {
    POLICY.enforce(call, &[("project_id", &call.project()), ("user_id", &call.user())])?;
    let own = [("project_id", &*call.project())];
    if is_certified(request) {
        POLICY.enforce_rule(call, "os_compute_api:servers:create:trusted_certs", &own)?;
    }
    let (zone, host) = parse_zone(request.availability_zone.as_ref().map_or("", |zone| &zone.0))?;
    if host.is_some() {
        POLICY.enforce_rule(call, "os_compute_api:servers:create:forced_host", &own)?;
    }
    let name = request.host.as_ref().or(request.hypervisor_hostname.as_ref()).filter(|_| call.since(2, 74));
    if name.is_some() {
        POLICY.enforce_rule(call, "compute:servers:create:requested_destination", &own)?;
        if host.is_some() {
            return Err(errors::two_ways_to_name_a_host());
        }
    }
    Ok(Target { zone, host, destination: name.map(|name| name.0.as_str().into()) })
}

/// Parses `zone`, `zone:host`, `zone:host:node` or `zone::node` (`parse_availability_zone`). A node has the name of
/// its host.
fn parse_zone(text: &str) -> Result<(Option<Id>, Option<Id>), Problem> {
    let parts: Vec<&str> = text.split(':').collect();
    let non_empty = |text: &str| Some(text).filter(|text| !text.is_empty()).map(Id::from);
    match parts[..] {
        // `default_schedule_zone` is set to `nova`, as in the recorded clouds.
        [""] => Ok((Some("nova".into()), None)),
        [zone] => Ok((non_empty(zone), None)),
        [zone, host] => Ok((non_empty(zone), non_empty(host))),
        [zone, host, node] => Ok((non_empty(zone), non_empty(host).or_else(|| non_empty(node)))),
        _ => Err(errors::zone_cannot_be_parsed()),
    }
}

/// `_get_requested_networks`. Errors: 400 and 403.
fn requested_networks(call: &Call, request: &CreateServer) -> Result<Networks, Problem> {
    let list = match request.networks.as_ref() {
        None => return Ok(Networks::Any),
        Some(NetworkList::Word(word)) if word == "none" => return Ok(Networks::None),
        Some(NetworkList::Word(_)) => return Ok(Networks::Auto),
        Some(NetworkList::These(list)) if list.is_empty() => return Ok(Networks::Any),
        Some(NetworkList::These(list)) => list,
    };
    let mut networks: Vec<NetworkRequest> = vec![];
    for one in list {
        let tag = one.tag.clone();
        if let Some(port) = &one.port {
            if networks.iter().any(|known| known.port.as_ref() == Some(port)) {
                return Err(errors::port_named_twice(port));
            }
            if let Some(address) = &one.fixed_ip {
                return Err(errors::fixed_ip_with_port(address, port));
            }
            networks.push(NetworkRequest { port: Some(port.clone()), tag, ..NetworkRequest::default() });
            continue;
        }
        let network = one.uuid.as_ref().ok_or_else(|| errors::bad_network_format("uuid"))?;
        if !is_uuid_like(network) {
            return Err(errors::bad_network_id(network));
        }
        let fixed_ip = one.fixed_ip.clone();
        networks.push(NetworkRequest { network: Some(network.clone()), fixed_ip, tag, port: None });
    }
    POLICY.enforce_rule(call, "os_compute_api:servers:create:attach_network", &[("project_id", &call.project())])?;
    Ok(Networks::These(networks))
}

/// Several servers cannot share a port, an address or a host name.
fn check_single(request: &CreateServer, networks: &Networks, max_count: i64) -> Result<(), Problem> {
    if max_count == 1 {
        return Ok(());
    }
    if let Networks::These(list) = networks {
        if list.iter().any(|one| one.fixed_ip.is_some()) {
            return Err(errors::one_fixed_ip_for_many());
        }
        if list.iter().any(|one| one.port.is_some()) {
            return Err(errors::one_port_for_many());
        }
    }
    if request.hostname.is_some() { Err(errors::one_hostname_for_many()) } else { Ok(()) }
}

fn requested_security_groups(request: &CreateServer) -> Vec<Id> {
    let mut names: Vec<Id> = vec![];
    for group in request.security_groups.as_deref().unwrap_or_default() {
        let name = group.name.as_ref().map(|name| Id::from(name.0.as_str()));
        names.extend(name.filter(|name| !names.contains(name)));
    }
    if names.is_empty() { vec!["default".into()] } else { names }
}

/// What the servers of one create request have in common.
fn template(
    call: &Call,
    ctx: &mut Context,
    request: &CreateServer,
    (flavor, target, hints): (Arc<Flavor>, Target, Option<&request::Hints>),
) -> Server {
    let name: Id = request.name.0.trim().into();
    let description = request.description.as_ref().and_then(|text| text.0.clone());
    let mut tags: Vec<Id> = request.tags.iter().flatten().map(|tag| tag.0.as_str().into()).collect();
    tags.sort();
    tags.dedup();
    let details = Details {
        hostname: request.hostname.as_ref().map_or_else(|| "".into(), |name| name.0.as_str().into()),
        // Before microversion 2.19, upstream uses the name as the description.
        description: if call.since(2, 19) { description } else { Some(name.to_string()) },
        pinned_zone: target.zone.clone(),
        requested_host: target.host.or(target.destination),
        key_name: request.key_name.as_ref().map(|name| name.0.as_str().into()),
        user_data: request.user_data.as_deref().map(Into::into),
        config_drive: request.config_drive.is_some_and(|flag| flag.0),
        auto_disk: request.disk_config.as_ref().is_some_and(|config| config.0 == "AUTO"),
        metadata: request.metadata.as_ref().map(|metadata| metadata.0.clone()).unwrap_or_default(),
        tags,
        access_ipv4: request.access_ipv4.0.clone(),
        access_ipv6: request.access_ipv6.0.clone().map(super::canonical),
        reservation: passwords::reservation_id(ctx),
        trusted_certificates: request
            .trusted_image_certificates
            .as_ref()
            .and_then(|certificates| certificates.0.clone()),
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
        availability_zone: target.zone,
        interfaces: vec![],
        build_request: None,
        actions: Arc::default(),
        updated: None,
        launched: None,
        terminated: None,
        details: Arc::new(details),
    }
}

/// Upstream stores every hint as a list.
fn as_lists(hints: &Map<String, Value>) -> Map<String, Value> {
    let list = |value: &Value| if value.is_array() { value.clone() } else { Value::Array(vec![value.clone()]) };
    hints.iter().map(|(name, value)| (name.clone(), list(value))).collect()
}

/// The server with this index. If there are several, their names and host names end with a number.
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
