//! Where Nova meets Neutron: what a server has of ports, addresses and security groups
//! (nova/network/neutron.py).

use super::{Networks, Server};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Id, Problem, Sim};

/// One address of a server.
pub struct Address {
    pub network: String,
    pub ip: String,
    pub mac: String,
    /// `fixed` or `floating`.
    pub kind: &'static str,
}

pub fn addresses(_os: &OpenStack, _server: &Server) -> Vec<Address> {
    vec![]
}

pub fn fixed_ips<'o>(_os: &'o OpenStack, _server: &'o Server) -> impl Iterator<Item = &'o str> {
    std::iter::empty()
}

pub fn security_groups(_os: &OpenStack, _server: &Server) -> Vec<String> {
    vec![]
}

pub fn check_security_groups(_call: &Call, _os: &OpenStack, _names: &[Id]) -> Result<(), Problem> {
    Ok(())
}

pub fn check(_call: &Call, _os: &OpenStack, _wanted: &Networks) -> Result<(), Problem> {
    Ok(())
}

pub fn allocate(_os: &mut OpenStack, _sim: &mut Sim, _id: &Id) -> Result<(), String> {
    Ok(())
}

pub fn plug(_os: &mut OpenStack, _sim: &mut Sim, _id: &Id) {}

pub fn release(_os: &mut OpenStack, _sim: &mut Sim, _id: &Id) {}
