//! Where servers can be: zones and hosts, as the scheduler and the aggregates know them.

use super::Server;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::scheduler;
use crate::clouds::openstack::nova::{errors, services};
use crate::engine::{Context, Id, Problem};

pub use crate::clouds::openstack::nova::aggregates::zone_of;
pub use crate::clouds::openstack::nova::availability_zones::is_zone;
pub use crate::clouds::openstack::nova::scheduler::{Request, is_host, place};

/// The server uses nothing of its host any more.
pub fn leave(os: &mut OpenStack, _ctx: &Context, server: &Id) {
    scheduler::release(os, server);
}

/// `check_instance_host(check_is_up=True)`: the server is on a host whose compute service answers.
pub fn check_up(os: &OpenStack, server: &Server) -> Result<(), Problem> {
    server.check_host()?;
    let up = server.host.as_deref().and_then(|host| services::compute(os, host)).is_some_and(|service| service.is_up());
    if up { Ok(()) } else { Err(errors::service_unavailable()) }
}
