//! The host that a server goes to, be it moved, evacuated or unshelved.

use super::super::{Server, change};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::flavors::Flavor;
use crate::engine::{Id, Sim};

const HOSTS: [&str; 2] = ["compute1", "compute2"];

/// True if there is a compute host of that name.
pub fn exists(_os: &OpenStack, host: &str) -> bool {
    HOSTS.contains(&host)
}

/// False if the compute service of a host is down.
pub fn is_up(_os: &OpenStack, _host: &str) -> bool {
    true
}

/// A host with room for a server of that flavor: the one that is wanted, or any but the server's own.
pub fn find(_os: &OpenStack, server: &Server, _flavor: &Flavor, wanted: Option<&str>) -> Option<Id> {
    let mut others = HOSTS.into_iter().filter(|host| server.host.as_deref() != Some(host));
    match wanted {
        Some(wanted) => others.find(|host| *host == wanted).map(Id::from),
        None => others.next().map(Id::from),
    }
}

/// The server runs there now, and so do its ports.
pub fn arrive(os: &mut OpenStack, sim: &Sim, id: &Id, host: &Id) {
    change(os, sim, id, |server| server.host = Some(host.clone()));
}

/// The server has left its host, and its ports are bound nowhere.
pub fn leave(os: &mut OpenStack, sim: &Sim, id: &Id) {
    change(os, sim, id, |server| server.host = None);
}
