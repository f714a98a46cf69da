//! Building a server: scheduling, networks, block devices, spawning (`schedule_and_build_instances` in
//! nova/conductor/manager.py, `_do_build_and_run_instance` in nova/compute/manager.py).

use super::{Destination, PowerState, Server, Source, TaskState, VmState, change, networks, transition_if};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::{attachments, volumes};
use crate::clouds::openstack::nova::{aggregates, instance_actions, scheduler};
use crate::engine::{Context, Id, Transition, transition};
use chrono::TimeDelta;
use serde_json::{Map, Value};

/// A host is chosen.
pub const SCHEDULE: Transition<OpenStack> = transition("nova.server.schedule", schedule, schedule_failed);
/// The compute service of the host starts the build.
pub const BUILD: Transition<OpenStack> = transition("nova.server.build", build, build_failed);
/// The ports of the server are created and bound.
pub const NETWORK: Transition<OpenStack> = transition("nova.server.network", network, network_failed);
/// The volumes of the server are created and connected. Repeats until they are available.
pub const MAP_DEVICES: Transition<OpenStack> = transition("nova.server.map_devices", map_devices, map_devices_failed);
/// The hypervisor starts the guest.
pub const SPAWN: Transition<OpenStack> = transition("nova.server.spawn", spawn, build_failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&SCHEDULE, &BUILD, &NETWORK, &MAP_DEVICES, &SPAWN];

/// How often the build checks whether its volumes are available.
const VOLUME_POLL_INTERVAL: TimeDelta = TimeDelta::milliseconds(250);

/// After this time the build fails (`block_device_allocate_retries`).
const VOLUME_TIMEOUT: TimeDelta = TimeDelta::minutes(30);

const BUILDING: VmState = VmState::Building;

fn schedule(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let scheduling = (BUILDING, Some(TaskState::Scheduling));
    let Some(server) = os.nova.servers.get(id).filter(|one| (one.vm_state, one.task_state) == scheduling) else {
        return;
    };
    let request = scheduler::Request::of(server);
    let host = match scheduler::place(os, ctx, &request) {
        Ok(host) => host,
        Err(refused) => return schedule_failed(os, ctx, id, refused.reason),
    };
    let zone = aggregates::zone_of(os, &host);
    change(os, ctx, id, |server| {
        server.task_state = None;
        (server.host, server.availability_zone) = (Some(host), Some(zone));
    });
    ctx.later(&BUILD, id);
}

/// Puts the server into ERROR. Its volumes stay reserved until it is deleted, as upstream.
fn schedule_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, reason: &str) {
    let waiting = |server: &Server| server.vm_state == BUILDING && server.task_state == Some(TaskState::Scheduling);
    if os.nova.servers.get(id).is_some_and(waiting) {
        // An injected fault may contain Nova's whole message.
        let reason = reason.trim_start_matches("No valid host was found.").trim_start();
        super::fail(os, ctx, id, 500, format!("No valid host was found. {reason}"));
        // Upstream records this event of the conductor only on failure (`_bury_in_cell0`).
        instance_actions::event_begins(os, ctx, id, "conductor_schedule_and_build_instances");
        instance_actions::events_end(os, ctx, id, Err("No valid host was found. "));
    }
}

/// The compute service of the host claims the server.
fn build(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let claimed = transition_if(os, ctx, id, (BUILDING, None), |server| {
        server.task_state = Some(TaskState::Networking);
        server.event_begins(ctx, "compute__do_build_and_run_instance");
    });
    if claimed {
        ctx.later(&NETWORK, id);
    }
}

/// Upstream retries a failed build on other hosts. Here every host would fail, so the error is that of exhausted
/// retries.
fn build_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    if !os.nova.servers.get(id).is_some_and(|server| server.vm_state == BUILDING) {
        return;
    }
    let message = format!(
        "Exceeded maximum number of retries. Exhausted all hosts available for retrying build failures for instance \
         {id}."
    );
    abort_build(os, ctx, id, message);
}

/// Releases everything that the build has allocated and puts the server into ERROR.
fn abort_build(os: &mut OpenStack, ctx: &mut Context, id: &Id, message: String) {
    networks::release(os, ctx, id);
    scheduler::release(os, id);
    instance_actions::events_end(os, ctx, id, Err(&message));
    super::fail(os, ctx, id, 500, message);
    // `_nil_out_instance_obj_host_and_node`
    change(os, ctx, id, |server| {
        (server.host, server.availability_zone, server.interfaces) = (None, None, vec![]);
    });
}

/// Creates and binds the ports of the server.
fn network(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let networking = (BUILDING, Some(TaskState::Networking));
    let Some(server) = os.nova.servers.share(id).filter(|one| (one.vm_state, one.task_state) == networking) else {
        return;
    };
    let (interfaces, plugged) = networks::allocate(os, ctx, &server);
    change(os, ctx, id, |server| {
        // The interfaces plugged before a failure are recorded too, so that they are released with the server.
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
        abort_build(os, ctx, id, message);
    }
}

/// Creates missing volumes, waits for them, and connects all volumes.
fn map_devices(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let mapping = (BUILDING, Some(TaskState::BlockDeviceMapping));
    let Some(server) = os.nova.servers.share(id).filter(|one| (one.vm_state, one.task_state) == mapping) else {
        return;
    };
    let mut volumes = server.devices.iter().filter(|device| device.destination == Destination::Volume).peekable();
    if volumes.peek().is_some() {
        if volumes.any(has_unreadable_connection) {
            return map_devices_failed(os, ctx, id, "Failure prepping block device.");
        }
        match ready_volumes(os, ctx, &server) {
            Ok(true) => {}
            Ok(false) => return ctx.after(ctx.recurs_after(VOLUME_POLL_INTERVAL), &MAP_DEVICES, id),
            Err(reason) => return map_devices_failed(os, ctx, id, &reason),
        }
    }
    // `_default_block_device_names`
    let root = server.devices.iter().find(|device| device.boot_index == Some(0));
    let root = root.and_then(|root| root.device.clone()).or_else(|| server.root_device.clone());
    change(os, ctx, id, |server| (server.task_state, server.root_device) = (Some(TaskState::Spawning), root));
    // A volume needs no image download, so a volume-backed server starts at once.
    match server.is_volume_backed() {
        true => ctx.soon(&SPAWN, id),
        false => ctx.later(&SPAWN, id),
    }
}

/// The driver reads the connection as a JSON object (`DriverVolumeBlockDevice` in nova/virt/block_device.py).
fn has_unreadable_connection(device: &super::BlockDevice) -> bool {
    let is_object = |info: &Id| serde_json::from_str::<Map<String, Value>>(info).is_ok();
    device.connection_info.as_ref().is_some_and(|info| !is_object(info))
}

/// Creates missing volumes, and connects all volumes once they are available. Returns whether they are connected.
fn ready_volumes(os: &mut OpenStack, ctx: &mut Context, server: &Server) -> Result<bool, String> {
    let id = &server.id;
    for (at, device) in server.devices.iter().enumerate() {
        let is_missing = device.destination == Destination::Volume && device.volume.is_none();
        if !is_missing {
            continue;
        }
        let volume = create_volume(os, ctx, server, device)?;
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
        Some(false) if ctx.now() - server.created < VOLUME_TIMEOUT => Ok(false),
        _ => Err("did not become available".into()),
    }
}

fn create_volume(
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
    let volume = volumes::ServerVolumeRequest {
        project: &server.project,
        user: &server.user,
        name: if device.source == Source::Blank { format!("{}-blank-vol", server.id) } else { String::new() },
        size_gib: device.size_gib,
        volume_type: device.volume_type.as_deref(),
        from,
    };
    volumes::create_for_server(os, ctx, volume).map_err(|problem| problem.message)
}

/// True once every volume can be attached; `None` if one never can be.
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

/// Reserves the volumes created for the server and connects all volumes to its host.
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

/// The connector properties that a host sends to Cinder (`get_connector_properties` of os-brick).
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
        abort_build(os, ctx, id, message);
    }
}

/// The guest runs.
fn spawn(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let (now, mut attached) = (ctx.now(), vec![]);
    transition_if(os, ctx, id, (BUILDING, Some(TaskState::Spawning)), |server| {
        (server.vm_state, server.task_state) = (VmState::Active, None);
        server.power_state = PowerState::Running;
        server.launched = Some(now);
        server.build_request = None;
        server.events_end(ctx, Ok(()));
        attached.extend(server.devices.iter().filter_map(|one| one.attachment.clone()));
    });
    for attachment in attached {
        attachments::finish(os, ctx, &attachment);
    }
}
