//! Moving servers between hosts: allocations in Placement, port bindings, and the server's host.

use super::super::super::flavors::Flavor;
use super::super::super::scheduler::{self, NoValidHost, Request};
use super::super::super::{aggregates, migrations, services};
use super::super::change;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::ports;
use crate::engine::{Context, Id};
use std::sync::Arc;

pub use super::super::super::scheduler::is_host as exists;

/// True if the compute service of the host is up.
pub fn is_up(os: &OpenStack, host: &str) -> bool {
    services::compute(os, host).is_some_and(|service| service.is_up())
}

/// Chooses another host for a server, or checks the requested one, and allocates its resources there. The migration
/// holds the old allocation, so that the server can return.
pub fn claim(
    os: &mut OpenStack,
    ctx: &Context,
    id: &Id,
    flavor: Arc<Flavor>,
    requested: Option<Id>,
) -> Result<Id, NoValidHost> {
    let no_host = NoValidHost { reason: "" };
    let migration = migrations::current(os, id).and_then(|migration| os.nova.migrations.get(&migration));
    let (Some(server), Some(migration)) = (os.nova.servers.get(id), migration) else { return Err(no_host) };
    let (number, holder) = (migration.id.clone(), migration.uuid.clone());
    let excluded = server.host.iter().cloned().collect();
    let request = Request { flavor, host: requested, excluded, ..Request::of(server) };
    scheduler::hold_for_migration(os, ctx, id, &holder);
    match scheduler::place(os, ctx, &request) {
        Ok(host) => {
            if let Some(migration) = os.nova.migrations.get_mut(&number) {
                migration.to_host = Some(host.clone());
            }
            Ok(host)
        }
        Err(refused) => {
            scheduler::return_from_migration(os, ctx, &holder, id);
            Err(refused)
        }
    }
}

/// The server stays on the new host: the allocation held by its migration is released.
pub fn finish_move(os: &mut OpenStack, id: &Id) {
    if let Some(holder) = holder(os, id) {
        scheduler::release(os, &holder);
    }
}

/// The server stays on, or returns to, the old host: it gets back the allocation held by its migration.
pub fn restore_allocation(os: &mut OpenStack, ctx: &Context, id: &Id) {
    if let Some(holder) = holder(os, id).filter(|holder| os.placement.consumers.contains(holder)) {
        scheduler::return_from_migration(os, ctx, &holder, id);
    }
}

fn holder(os: &OpenStack, id: &Id) -> Option<Id> {
    os.nova.migrations.get(&migrations::current(os, id)?).map(|migration| migration.uuid.clone())
}

/// The server runs on `host`. Its ports are bound there.
pub fn arrive(os: &mut OpenStack, ctx: &mut Context, id: &Id, host: &Id) {
    let zone = aggregates::zone_of(os, host);
    change(os, ctx, id, |server| {
        server.host = Some(host.clone());
        server.availability_zone = Some(zone);
    });
    ports::servers::migrate(os, ctx, id, host);
}

/// The server has left its host. Its allocation is released and its ports are unbound.
pub fn leave(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    scheduler::release(os, id);
    ports::servers::migrate(os, ctx, id, "");
    change(os, ctx, id, |server| (server.host, server.availability_zone) = (None, None));
}
