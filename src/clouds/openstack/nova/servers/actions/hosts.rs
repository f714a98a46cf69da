//! Servers and their hosts: what is taken of a host by a server that goes there, and given back by one
//! that leaves.

use super::super::super::flavors::Flavor;
use super::super::super::scheduler::{self, NoValidHost, Request};
use super::super::super::{migrations, services};
use super::super::{change, places};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::ports;
use crate::engine::{Context, Id};
use std::sync::Arc;

pub use super::super::places::is_host as exists;

/// False if the compute service of a host is down.
pub fn is_up(os: &OpenStack, host: &str) -> bool {
    services::compute(os, host).is_some_and(|service| service.is_up())
}

/// Finds another host for a server that moves, the one that is wanted if one is. The server takes what it
/// needs there; what it has where it is is held by its migration, so that it can go back.
pub fn claim(
    os: &mut OpenStack,
    ctx: &Context,
    id: &Id,
    flavor: Arc<Flavor>,
    wanted: Option<Id>,
) -> Result<Id, NoValidHost> {
    let nowhere = NoValidHost { reason: "" };
    let migration = migrations::current(os, id).and_then(|migration| os.nova.migrations.get(&migration));
    let (Some(server), Some(migration)) = (os.nova.servers.get(id), migration) else { return Err(nowhere) };
    let (number, holder) = (migration.id.clone(), migration.uuid.clone());
    let excluded = server.host.iter().cloned().collect();
    let request = Request { flavor, host: wanted, excluded, ..Request::of(server) };
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

/// The server stays where it has gone: what its migration still held is free.
pub fn finish_move(os: &mut OpenStack, id: &Id) {
    if let Some(holder) = holder(os, id) {
        scheduler::release(os, &holder);
    }
}

/// The server is, or stays, where it was: it takes again what its migration held for it.
pub fn go_back(os: &mut OpenStack, ctx: &Context, id: &Id) {
    if let Some(holder) = holder(os, id).filter(|holder| os.placement.consumers.contains(holder)) {
        scheduler::return_from_migration(os, ctx, &holder, id);
    }
}

fn holder(os: &OpenStack, id: &Id) -> Option<Id> {
    os.nova.migrations.get(&migrations::current(os, id)?).map(|migration| migration.uuid.clone())
}

/// The server runs there now, and so do its ports.
pub fn arrive(os: &mut OpenStack, ctx: &mut Context, id: &Id, host: &Id) {
    let zone = places::zone_of(os, host);
    change(os, ctx, id, |server| {
        server.host = Some(host.clone());
        server.availability_zone = Some(zone);
    });
    ports::servers::migrate(os, ctx, id, host);
}

/// The server has left its host, where it takes nothing any more, and its ports are bound nowhere.
pub fn leave(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    scheduler::release(os, id);
    ports::servers::migrate(os, ctx, id, "");
    change(os, ctx, id, |server| server.host = None);
}
