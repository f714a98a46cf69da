//! Where servers can be: zones and hosts.

use super::Server;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Id, Sim};

/// True if there is such an availability zone with a host that works.
pub fn is_zone(_os: &OpenStack, name: &str) -> bool {
    name == "nova"
}

/// The zone of a host.
pub fn zone_of(_os: &OpenStack, _host: &str) -> Id {
    "nova".into()
}

pub fn is_host(_os: &OpenStack, name: &str) -> bool {
    HOSTS.contains(&name)
}

const HOSTS: [&str; 2] = ["compute1", "compute2"];

/// A host for the server; nothing if none will have it.
pub fn place(os: &OpenStack, _sim: &mut Sim, server: &Server) -> Option<Id> {
    if let Some(zone) = &server.pinned_zone
        && !is_zone(os, zone)
    {
        return None;
    }
    match &server.wanted_host {
        Some(host) => Some(host.clone()).filter(|host| is_host(os, host)),
        None => HOSTS.first().map(|host| Id::from(*host)),
    }
}

/// The server uses nothing of its host any more.
pub fn leave(_os: &mut OpenStack, _sim: &mut Sim, _server: &Id) {}
