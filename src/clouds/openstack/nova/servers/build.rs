//! How a server comes to be: scheduling, networks, disks, and at last it runs (nova/conductor/manager.py,
//! `schedule_and_build_instances`; nova/compute/manager.py, `_do_build_and_run_instance`).

use super::{Destination, PowerState, Server, Source, TaskState, VmState, change, networks, places, transition_if};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::{attachments, volumes};
use crate::clouds::openstack::nova::instance_actions;
use crate::engine::{Context, Id, Transition, transition};
use chrono::TimeDelta;
use serde_json::{Map, Value};

pub const SCHEDULE: Transition<OpenStack> = transition("nova.server.schedule", schedule, schedule_failed);
pub const BUILD: Transition<OpenStack> = transition("nova.server.build", build, build_failed);
pub const NETWORK: Transition<OpenStack> = transition("nova.server.network", network, network_failed);
pub const MAP_DEVICES: Transition<OpenStack> = transition("nova.server.map_devices", map_devices, map_devices_failed);
pub const SPAWN: Transition<OpenStack> = transition("nova.server.spawn", spawn, build_failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&SCHEDULE, &BUILD, &NETWORK, &MAP_DEVICES, &SPAWN];

/// How often the build looks whether the volumes that Cinder makes for it are ready.
const PATIENCE: TimeDelta = TimeDelta::milliseconds(250);

/// For how long it does (`block_device_allocate_retries`).
const MOST_PATIENCE: TimeDelta = TimeDelta::minutes(30);

const BUILDING: VmState = VmState::Building;

/// Finds a host.
fn schedule(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let scheduling = (BUILDING, Some(TaskState::Scheduling));
    let Some(server) = os.nova.servers.get(id).filter(|one| (one.vm_state, one.task_state) == scheduling) else {
        return;
    };
    let request = places::Request::of(server);
    let host = match places::place(os, ctx, &request) {
        Ok(host) => host,
        Err(none) => return schedule_failed(os, ctx, id, none.reason),
    };
    let zone = places::zone_of(os, &host);
    change(os, ctx, id, |server| {
        server.task_state = None;
        (server.host, server.availability_zone) = (Some(host), Some(zone));
    });
    ctx.later(&BUILD, id);
}

/// No host will have it. Its reserved volumes stay with it until it is deleted.
fn schedule_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, reason: &str) {
    let waiting = |server: &Server| server.vm_state == BUILDING && server.task_state == Some(TaskState::Scheduling);
    if os.nova.servers.get(id).is_some_and(waiting) {
        // A fault may be ordered in the whole of Nova's words.
        let reason = reason.trim_start_matches("No valid host was found.").trim_start();
        super::fail(os, ctx, id, 500, format!("No valid host was found. {reason}"));
        // The only step of the conductor that is noted, and only here (`_bury_in_cell0`).
        instance_actions::event_begins(os, ctx, id, "conductor_schedule_and_build_instances");
        instance_actions::events_end(os, ctx, id, Err("No valid host was found. "));
    }
}

/// The host takes the server on.
fn build(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let claimed = transition_if(os, ctx, id, (BUILDING, None), |server| {
        server.task_state = Some(TaskState::Networking);
        server.event_begins(ctx, "compute__do_build_and_run_instance");
    });
    if claimed {
        ctx.later(&NETWORK, id);
    }
}

/// What the hypervisor cannot do on one host it is asked for on the next, until there is none left.
fn build_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    if !os.nova.servers.get(id).is_some_and(|server| server.vm_state == BUILDING) {
        return;
    }
    let message = format!(
        "Exceeded maximum number of retries. Exhausted all hosts available for retrying build failures for instance \
         {id}."
    );
    give_up(os, ctx, id, message);
}

/// The build is over, and what it has made goes.
fn give_up(os: &mut OpenStack, ctx: &mut Context, id: &Id, message: String) {
    networks::release(os, ctx, id);
    places::leave(os, ctx, id);
    instance_actions::events_end(os, ctx, id, Err(&message));
    super::fail(os, ctx, id, 500, message);
    change(os, ctx, id, |server| (server.host, server.interfaces) = (None, vec![]));
}

/// Makes the server's ports.
fn network(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let networking = (BUILDING, Some(TaskState::Networking));
    let Some(server) = os.nova.servers.share(id).filter(|one| (one.vm_state, one.task_state) == networking) else {
        return;
    };
    let (interfaces, plugged) = networks::allocate(os, ctx, &server);
    change(os, ctx, id, |server| {
        // Those that were plugged before one failed are the server's too: they are released with it.
        server.interfaces.extend(interfaces);
        if plugged.is_ok() {
            server.task_state = Some(TaskState::BlockDeviceMapping);
        }
    });
    match plugged {
        Ok(()) => ctx.later(&MAP_DEVICES, id),
        Err(reason) => network_failed(os, ctx, id, &reason),
    }
}

fn network_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    if os.nova.servers.get(id).is_some_and(|server| server.vm_state == BUILDING) {
        let message = format!("Build of instance {id} aborted: Failed to allocate the network(s), not rescheduling.");
        give_up(os, ctx, id, message);
    }
}

/// Has Cinder make the volumes that are not there yet, waits for them, and connects all.
fn map_devices(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let mapping = (BUILDING, Some(TaskState::BlockDeviceMapping));
    let Some(server) = os.nova.servers.share(id).filter(|one| (one.vm_state, one.task_state) == mapping) else {
        return;
    };
    if server.devices.iter().any(|device| device.destination == Destination::Volume) {
        match ready_volumes(os, ctx, &server) {
            Ok(true) => {}
            Ok(false) => return ctx.after(PATIENCE, &MAP_DEVICES, id),
            Err(reason) => return map_devices_failed(os, ctx, id, &reason),
        }
    }
    change(os, ctx, id, |server| server.task_state = Some(TaskState::Spawning));
    // A disk that Cinder has made is there already.
    match server.is_volume_backed() {
        true => ctx.soon(&SPAWN, id),
        false => ctx.later(&SPAWN, id),
    }
}

/// Makes the volumes that are not there yet, and connects all once they are ready: true if they are.
fn ready_volumes(os: &mut OpenStack, ctx: &mut Context, server: &Server) -> Result<bool, String> {
    let id = &server.id;
    for (at, device) in server.devices.iter().enumerate() {
        let to_make = device.destination == Destination::Volume && device.volume.is_none();
        if !to_make {
            continue;
        }
        let volume = make_volume(os, ctx, server, device)?;
        change(os, ctx, id, |server| {
            if let Some(device) = server.devices.get_mut(at) {
                device.volume = Some(volume);
            }
        });
    }
    match volumes_are_ready(os, id) {
        Some(true) => {
            connect_volumes(os, ctx, id);
            Ok(true)
        }
        Some(false) if ctx.now() - server.created < MOST_PATIENCE => Ok(false),
        _ => Err("did not become available".into()),
    }
}

fn make_volume(
    os: &mut OpenStack,
    ctx: &mut Context,
    server: &Server,
    device: &super::BlockDevice,
) -> Result<Id, String> {
    let from = match (device.source, &device.from) {
        (Source::Image, Some(image)) => volumes::Source::Image(image.clone()),
        (Source::Snapshot, Some(snapshot)) => volumes::Source::Snapshot(snapshot.clone()),
        _ => volumes::Source::Nothing,
    };
    let wanted = volumes::Wanted {
        project: &server.project,
        user: &server.user,
        name: if device.source == Source::Blank { format!("{}-blank-vol", server.id) } else { String::new() },
        size_gib: device.size_gib,
        volume_type: device.volume_type.as_deref(),
        from,
    };
    volumes::create_for(os, ctx, wanted).map_err(|problem| problem.message)
}

/// True once every volume can be attached; nothing if one never will.
fn volumes_are_ready(os: &OpenStack, id: &Id) -> Option<bool> {
    let mut ready = true;
    for device in &os.nova.servers.get(id)?.devices {
        let Some(volume) = device.volume.as_ref().filter(|_| device.attachment.is_none()) else { continue };
        match os.cinder.volumes.get(volume)?.status {
            volumes::Status::Available => {}
            volumes::Status::Creating | volumes::Status::Downloading => ready = false,
            _ => return None,
        }
    }
    Some(ready)
}

/// Reserves the volumes that were made just now, and tells Cinder from where each is used.
fn connect_volumes(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(server) = os.nova.servers.share(id) else { return };
    let mut devices = server.devices.clone();
    for device in &mut devices {
        let Some(volume) = device.volume.clone() else { continue };
        if device.attachment.is_none() {
            let reserved = attachments::reserve(os, ctx, &volume, Some(id.clone()));
            device.attachment = reserved.ok().map(|attachment| attachment.id);
        }
        if let Some(attachment) = &device.attachment {
            attachments::connect(os, ctx, attachment, connector(&server, device.device.as_deref()));
        }
    }
    change(os, ctx, id, |server| server.devices = devices);
}

/// What a host says of itself to Cinder.
pub fn connector(server: &Server, device: Option<&str>) -> Map<String, Value> {
    let mut connector = Map::new();
    let host = server.host.as_deref().unwrap_or_default();
    for (key, value) in [("host", host), ("ip", "127.0.0.1"), ("os_type", "linux"), ("platform", "x86_64")] {
        connector.insert(key.into(), value.into());
    }
    connector.insert("multipath".into(), false.into());
    if let Some(device) = device {
        connector.insert("mountpoint".into(), device.into());
    }
    connector
}

fn map_devices_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, reason: &str) {
    if os.nova.servers.get(id).is_some_and(|server| server.vm_state == BUILDING) {
        let message = format!("Build of instance {id} aborted: {reason}");
        give_up(os, ctx, id, message);
    }
}

/// The machine runs.
fn spawn(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let (now, mut attached) = (ctx.now(), vec![]);
    transition_if(os, ctx, id, (BUILDING, Some(TaskState::Spawning)), |server| {
        (server.vm_state, server.task_state) = (VmState::Active, None);
        server.power_state = PowerState::Running;
        server.launched = Some(now);
        server.wanted = None;
        server.events_end(ctx, Ok(()));
        attached.extend(server.devices.iter().filter_map(|one| one.attachment.clone()));
    });
    for attachment in attached {
        attachments::finish(os, ctx, &attachment);
    }
}
