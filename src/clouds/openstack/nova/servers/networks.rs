//! The interface between Nova and Neutron: ports, addresses and security groups of servers (nova/network/neutron.py,
//! nova/network/security_group_api.py).

use super::{Interface, NetworkRequest, Networks, Server, change};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::ports::servers as ports;
use crate::clouds::openstack::neutron::record::Record;
use crate::clouds::openstack::neutron::{self, auto_allocation, security_groups as groups};
use crate::clouds::openstack::nova::{errors, policy};
use crate::engine::{Call, Context, Id, Problem, ProblemKind};

pub use ports::Address;

/// The addresses of a server, in the order of its interfaces.
pub fn addresses<'o>(os: &'o OpenStack, server: &Server) -> Vec<Address<'o>> {
    ports::addresses(os, &server.id)
}

/// The fixed IPs of a server.
pub fn fixed_ips<'o>(os: &'o OpenStack, server: &Server) -> impl Iterator<Item = &'o str> {
    addresses(os, server).into_iter().filter(|address| !address.floating).map(|address| address.ip)
}

/// The names of the security groups of the server's ports. A group of several ports is listed several times, as
/// upstream does.
pub fn security_groups<'o>(os: &'o OpenStack, server: &Server) -> Vec<&'o str> {
    let mut names = vec![];
    for port in ports::of_server(os, &server.id) {
        let known = port.texts("security_groups").filter_map(|id| os.neutron.security_groups.get(id));
        names.extend(known.map(|group| group.text("name")));
    }
    names
}

/// A port that the caller may see.
pub fn find_port<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Option<&'o Record> {
    os.neutron.ports.get(id).filter(|port| policy::is_own_or_admin(call, &port.project))
}

fn find_network<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Option<&'o Record> {
    let visible =
        |network: &&Record| policy::is_admin(call) || neutron::networks::visible_to(os, network, &call.project());
    os.neutron.networks.get(id).filter(visible)
}

/// Checks that each group exists and is unique (`_check_requested_secgroups`). The default group always exists.
pub fn check_security_groups(call: &Call, os: &OpenStack, names: &[Id]) -> Result<(), Problem> {
    for name in names.iter().filter(|name| &***name != "default") {
        match groups::find_by_id_or_name(os, &call.project(), name).len() {
            0 => return Err(errors::security_group_not_found(name)),
            1 => {}
            _ => return Err(errors::several_security_groups(name)),
        }
    }
    Ok(())
}

/// Checks the requested networks for `count` servers (`validate_networks`).
pub fn check(call: &Call, os: &OpenStack, networks: &Networks, count: i64) -> Result<(), Problem> {
    let project = call.project();
    let needed = match networks {
        Networks::None => 0,
        Networks::Any | Networks::Auto => {
            let available = ports::networks_for(os, &project).len();
            if available > 1 {
                return Err(errors::several_networks_possible());
            }
            if available == 0 && *networks == Networks::Auto {
                // Nova does not report which requirement is missing (`_can_auto_allocate_network`).
                auto_allocation::check_requirements(os).map_err(|_| errors::no_network_to_allocate(&project))?;
            }
            1
        }
        Networks::These(list) => {
            check_requested(call, os, list)?;
            list.iter().filter(|one| one.port.is_none()).count()
        }
    };
    let needed = needed.saturating_mul(usize::try_from(count).unwrap_or(usize::MAX));
    if needed == 0 {
        return Ok(());
    }
    neutron::quotas::enforce_count(os, &project, "port", needed).map_err(|_| errors::too_many_ports())
}

fn check_requested(call: &Call, os: &OpenStack, list: &[NetworkRequest]) -> Result<(), Problem> {
    let mut missing: Vec<&str> = vec![];
    for request in list {
        if let Some(id) = &request.port {
            check_port(call, os, id)?;
        } else if let (Some(network), Some(ip)) = (&request.network, &request.fixed_ip)
            && let Some(port) = holder(os, network, ip)
        {
            return Err(errors::fixed_ip_in_use(ip, port.text("device_id")));
        }
    }
    for network in list.iter().filter(|one| one.port.is_none()).filter_map(|one| one.network.as_deref()) {
        match find_network(call, os, network) {
            Some(_) if neutron::subnets::of_network(os, network).next().is_none() => {
                return Err(errors::network_requires_subnet(network));
            }
            Some(_) => {}
            None if missing.contains(&network) => {}
            None => missing.push(network),
        }
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(errors::as_bad_request(errors::network_not_found(&missing.join(", "))))
    }
}

/// Checks that the port exists, is free, and has an address.
fn check_port(call: &Call, os: &OpenStack, id: &str) -> Result<(), Problem> {
    let port = find_port(call, os, id).ok_or_else(|| errors::as_bad_request(errors::port_not_found(id)))?;
    if !ports::is_free(port) {
        return Err(errors::port_in_use(id));
    }
    if port.list("fixed_ips").is_empty() {
        return Err(errors::port_requires_fixed_ip(id));
    }
    Ok(())
}

/// The port that has this address in the network.
fn holder<'o>(os: &'o OpenStack, network: &str, ip: &str) -> Option<&'o Record> {
    let subnets = neutron::subnets::of_network(os, network);
    let id = subnets.filter_map(|subnet| neutron::ports::ipam::holder(os, &subnet.id, ip)).next()?;
    os.neutron.ports.get(id)
}

/// The ids of the requested groups; `None` for the default group only.
fn group_ids(os: &OpenStack, project: &str, names: &[Id]) -> Option<Vec<Id>> {
    if names.iter().all(|name| &**name == "default") {
        return None;
    }
    let ids = names
        .iter()
        .filter_map(|name| groups::find_by_id_or_name(os, project, name).first().map(|group| group.id.clone()));
    Some(ids.collect())
}

/// Creates and binds the requested ports (`allocate_for_instance`). Returns the plugged interfaces, and an error if not
/// all could be plugged.
pub fn allocate(os: &mut OpenStack, ctx: &mut Context, server: &Server) -> (Vec<Interface>, Result<(), String>) {
    let mut interfaces = vec![];
    let Some(request) = &server.build_request else { return (interfaces, Ok(())) };
    let list = match &request.networks {
        Networks::None => return (interfaces, Ok(())),
        Networks::Any => only(ports::networks_for(os, &server.project).first().map(|network| network.id.clone())),
        Networks::Auto => match available_or_allocated(os, ctx, &server.project) {
            Ok(network) => only(Some(network)),
            Err(reason) => return (interfaces, Err(reason)),
        },
        Networks::These(list) => list.clone(),
    };
    let groups = group_ids(os, &server.project, &request.security_groups);
    let plugged = list.iter().try_for_each(|one| {
        interfaces.push(plug_one(os, ctx, server, one, groups.clone())?);
        Ok(())
    });
    (interfaces, plugged.map_err(|problem: Problem| problem.message))
}

fn only(network: Option<Id>) -> Vec<NetworkRequest> {
    network.map(|network| NetworkRequest { network: Some(network), ..NetworkRequest::default() }).into_iter().collect()
}

/// The network for `auto`: an available network that is up, or one that Neutron creates for the project
/// (`_auto_allocate_network`).
fn available_or_allocated(os: &mut OpenStack, ctx: &mut Context, project: &Id) -> Result<Id, String> {
    let usable = |network: &&&Record| network.project != *project || network.flag("admin_state_up");
    match ports::networks_for(os, project).iter().find(usable).map(|network| network.id.clone()) {
        Some(network) => Ok(network),
        None => auto_allocation::for_server(os, ctx, project).map_err(|problem| problem.message),
    }
}

/// Binds an existing port or creates one.
fn plug_one(
    os: &mut OpenStack,
    ctx: &mut Context,
    server: &Server,
    request: &NetworkRequest,
    security_groups: Option<Vec<Id>>,
) -> Result<Interface, Problem> {
    let zone = server.availability_zone.as_deref().unwrap_or("nova");
    let host = server.host.as_deref().unwrap_or_default();
    let network = request.network.clone().unwrap_or_else(|| "".into());
    let new_port = ports::PortRequest {
        server: &server.id,
        project: &server.project,
        network: &network,
        fixed_ip: request.fixed_ip.as_deref(),
        security_groups,
        zone,
        host,
        dns_name: &server.hostname,
    };
    if let Some(port) = &request.port {
        let record = os.neutron.ports.get(port).ok_or_else(|| errors::port_not_found(port))?;
        if !ports::is_free(record) {
            return Err(errors::port_in_use(port));
        }
        let network = record.text("network_id").into();
        ports::bind(os, ctx, port, &new_port);
        return Ok(Interface { port: port.clone(), network, made_by_nova: false, tag: request.tag.clone() });
    }
    let port = ports::create(os, ctx, &new_port)?;
    Ok(Interface { port, network, made_by_nova: true, tag: request.tag.clone() })
}

/// Plugs one more interface into a server (`allocate_port_for_instance`). Returns the port.
pub fn attach(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    server: &Server,
    mut request: NetworkRequest,
) -> Result<Id, Problem> {
    if let Some(port) = &request.port {
        let record = find_port(call, os, port).ok_or_else(|| errors::port_not_found(port))?;
        if !ports::is_free(record) {
            return Err(errors::port_in_use(port));
        }
    } else if let Some(network) = &request.network {
        find_network(call, os, network).ok_or_else(|| errors::network_not_found(network))?;
        if let Some(ip) = &request.fixed_ip
            && let Some(port) = holder(os, network, ip)
        {
            return Err(errors::fixed_ip_in_use_conflict(ip, port.text("device_id")));
        }
    } else {
        let available = ports::networks_for(os, &server.project);
        request.network = match available[..] {
            [] => return Err(errors::no_network_to_attach(&server.project)),
            [one] => Some(one.id.clone()),
            _ => return Err(errors::several_networks_for_interface()),
        };
    }
    let fixed_ip = request.fixed_ip.clone().unwrap_or_else(|| "".into());
    let network = request.network.clone().unwrap_or_else(|| "".into());
    let convert = |problem| if request.port.is_some() { problem } else { converted(problem, &fixed_ip, &network) };
    let interface = plug_one(os, ctx, server, &request, None).map_err(convert)?;
    let port = interface.port.clone();
    ports::plugged(os, &port);
    change(os, ctx, &server.id, |server| server.interfaces.push(interface));
    Ok(port)
}

/// An error of Neutron about a port to create, in Nova's words.
fn converted(problem: Problem, ip: &str, network: &str) -> Problem {
    match problem.kind {
        ProblemKind::Service(neutron::errors::OVER_QUOTA) => errors::too_many_ports(),
        ProblemKind::Service(neutron::errors::NO_ADDRESS_LEFT) => errors::no_more_fixed_ips(network),
        _ => errors::ip_not_of_network(ip, network),
    }
}

/// Unplugs an interface. Deletes the port if Nova created it, otherwise unbinds it.
pub fn detach(os: &mut OpenStack, ctx: &mut Context, server: &Id, port: &Id) {
    let interfaces = os.nova.servers.get(server).map(|server| &server.interfaces);
    let preexisting = interfaces.is_some_and(|all| all.iter().any(|one| one.port == *port && !one.made_by_nova));
    if preexisting {
        ports::unbind(os, ctx, port)
    } else {
        ports::delete(os, ctx, port)
    }
    change(os, ctx, server, |server| server.interfaces.retain(|interface| interface.port != *port));
}

/// Unplugs all interfaces of a server that is deleted.
pub fn release(os: &mut OpenStack, ctx: &mut Context, server: &Id) {
    let all: Vec<Id> = ports::of_server(os, server).map(|port| port.id.clone()).collect();
    for port in &all {
        detach(os, ctx, server, port);
    }
}
