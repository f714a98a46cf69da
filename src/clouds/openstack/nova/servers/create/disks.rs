//! The block devices of a new server: those of the request, those that the flavor adds, and their validation
//! (nova/block_device.py; `_check_and_transform_bdm` and `_validate_bdm` in nova/compute/api.py).

use super::super::{BlockDevice, Destination, Server, Source};
use super::checks::Origin;
use super::request::{CreateServer, Device};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::{attachments, snapshots, types, volumes};
use crate::clouds::openstack::glance::images;
use crate::clouds::openstack::nova::errors;
use crate::clouds::openstack::nova::flavors::Flavor;
use crate::clouds::openstack::nova::policy::POLICY;
use crate::engine::{Call, Context, Id, Problem};
use serde_json::Value;

/// The block devices of the request, in the format of version 2. Their ids are set later. Errors: 400 and 403.
pub fn from_request(call: &Call, server: &CreateServer) -> Result<Vec<BlockDevice>, Problem> {
    let legacy = server.block_device_mapping.as_ref().map(|devices| &devices.0[..]).unwrap_or_default();
    let newer = server.block_device_mapping_v2.as_ref().map(|devices| &devices.0[..]).unwrap_or_default();
    let has_image = server.image.as_ref().is_some_and(|image| !image.0.is_empty());
    let devices = match (legacy, newer) {
        ([], []) => return Ok(vec![]),
        (legacy, []) => from_legacy(legacy, has_image),
        ([], newer) => newer.iter().map(|one| from_api(one, has_image)).collect::<Result<Vec<_>, _>>()?,
        _ => return Err(errors::two_block_device_syntaxes()),
    };
    POLICY.enforce_rule(call, "os_compute_api:servers:create:attach_volume", &[("project_id", &call.project())])?;
    Ok(devices)
}

/// `BlockDeviceDict.from_api`.
fn from_api(request: &Device, has_image: bool) -> Result<BlockDevice, Problem> {
    let source = match request.source_type.as_deref() {
        Some("volume") => Source::Volume,
        Some("image") => Source::Image,
        Some("snapshot") => Source::Snapshot,
        _ => Source::Blank,
    };
    let is_local = request.destination_type.as_deref() == Some("local");
    let invalid = |details: &str| Err(errors::invalid_bdm_format(details));
    let named = request.uuid.clone();
    let volume_type = request.volume_type.clone().filter(|one| !one.is_empty());
    let by_id = match source {
        Source::Volume => request.volume_id.clone(),
        Source::Image => request.image_id.clone(),
        Source::Snapshot => request.snapshot_id.clone(),
        Source::Blank => None,
    };
    match source {
        Source::Blank if named.is_some() => return invalid("Invalid device UUID."),
        Source::Blank => {}
        _ if named.is_none() => return invalid("Missing device UUID."),
        Source::Image if is_local && !(has_image && request.boot_number() == Some(0)) => {
            return invalid("Mapping image to local is not supported.");
        }
        _ => {}
    }
    if is_local && volume_type.is_some() {
        return invalid("Specifying a volume_type with destination_type=local is not supported.");
    }
    if source == Source::Volume && volume_type.is_some() {
        return invalid("Specifying volume type to existing volume is not supported.");
    }
    let destination = match request.destination_type.as_deref() {
        Some("local") => Destination::Local,
        Some(_) => Destination::Volume,
        None if source == Source::Blank => Destination::Local,
        None => Destination::Volume,
    };
    let id = named.or(by_id);
    Ok(BlockDevice {
        source,
        destination,
        volume: id.clone().filter(|_| source == Source::Volume),
        from: id.filter(|_| source != Source::Volume),
        device: request.device_name.clone().map(device_path),
        boot_index: request.boot_number(),
        volume_type,
        ..common(request)
    })
}

/// The fields that both versions of the mapping have.
fn common(request: &Device) -> BlockDevice {
    BlockDevice {
        delete_on_termination: request.delete_on_termination.is_some_and(|flag| flag.0),
        size_gib: request.volume_size.map(|size| u32::try_from(size.0).unwrap_or(u32::MAX)),
        guest_format: request.guest_format.clone(),
        disk_bus: request.disk_bus.clone(),
        device_type: request.device_type.clone(),
        tag: request.tag.clone(),
        ..BlockDevice::blank()
    }
}

fn device_path(name: Id) -> Id {
    if name.starts_with("/dev/") { name } else { format!("/dev/{name}").into() }
}

/// `from_legacy_mapping`. Without an image, the device named `vda` boots, or else the first one that can.
fn from_legacy(legacy: &[Device], has_image: bool) -> Vec<BlockDevice> {
    let mut devices = vec![];
    for request in legacy.iter().filter(|request| request.no_device.is_none()) {
        let (source, destination) = match (&request.snapshot_id, &request.volume_id) {
            (Some(_), _) => (Source::Snapshot, Destination::Volume),
            (None, Some(_)) => (Source::Volume, Destination::Volume),
            (None, None) => (Source::Blank, Destination::Local),
        };
        let swap = request.virtual_name.as_deref() == Some("swap");
        let mut device = BlockDevice {
            source,
            destination,
            from: request.snapshot_id.clone(),
            volume: request.volume_id.clone().filter(|_| source == Source::Volume),
            device: request.device_name.clone().map(device_path),
            ..common(request)
        };
        if swap {
            device.guest_format = Some("swap".into());
        }
        devices.push(device);
    }
    if !has_image {
        let named = devices.iter().position(|one| one.device.as_deref() == Some("/dev/vda"));
        let root = named.or_else(|| devices.iter().position(|one| one.source != Source::Blank));
        if let Some(root) = root.and_then(|at| devices.get_mut(at)) {
            root.boot_index = Some(0);
        }
    } else {
        // The server boots from the image, whose device is added in `complete`.
        devices.iter_mut().for_each(|device| device.boot_index = None);
    }
    devices
}

/// The boot source of a server without an image (`get_bdm_image_metadata`). `certified` is true if the request contains
/// trusted certificates. Errors: 400.
pub fn origin(call: &Call, os: &OpenStack, devices: &[BlockDevice], certified: bool) -> Result<Origin, Problem> {
    if certified {
        return Err(errors::certificates_with_volume());
    }
    let Some(root) = devices.iter().find(|device| device.boot_index == Some(0)) else { return Ok(Origin::default()) };
    match (root.source, &root.from, &root.volume) {
        (Source::Image, Some(image), _) => {
            let image = images::find(call, os, image).map_err(|_| errors::invalid_bdm_image(image))?;
            Ok(Origin { image: None, ..Origin::of_image(image) })
        }
        (Source::Volume, _, Some(id)) => {
            let volume = volumes::find(call, os, id).map_err(|_| errors::invalid_bdm_volume(id))?;
            of_volume(volume)
        }
        (Source::Snapshot, Some(id), _) => {
            let snapshot = snapshots::find(call, os, id).map_err(|_| errors::snapshot_not_found(id))?;
            os.cinder.volumes.get(&snapshot.volume).map_or(Ok(Origin::default()), of_volume)
        }
        _ => Ok(Origin::default()),
    }
}

fn of_volume(volume: &volumes::Volume) -> Result<Origin, Problem> {
    if !volume.bootable {
        return Err(errors::volume_not_bootable(&volume.id));
    }
    let mut properties = volume.image_metadata.clone();
    let mut remove_number = |name: &str| match properties.shift_remove(name) {
        Some(Value::String(text)) => text.parse().unwrap_or(0),
        _ => 0,
    };
    let (min_ram, min_disk) = (remove_number("min_ram"), remove_number("min_disk"));
    for name in ["image_id", "image_name", "size", "checksum", "container_format", "disk_format"] {
        properties.shift_remove(name);
    }
    let size = u64::from(volume.size_gib) << 30;
    Ok(Origin { image: None, is_active: true, min_disk, min_ram, size, properties })
}

/// Adds the device of the image and the devices of the flavor, and sets ids and device names. Errors: 400.
pub fn complete(
    ctx: &mut Context,
    mut devices: Vec<BlockDevice>,
    image: Option<&str>,
    flavor: &Flavor,
    max_count: i64,
) -> Result<Vec<BlockDevice>, Problem> {
    let names_root = devices.iter().any(|one| one.boot_index.is_some());
    if let Some(image) = image.filter(|_| !names_root) {
        let maps_images = devices.iter().any(|one| one.source == Source::Image);
        if !maps_images {
            let local = BlockDevice {
                source: Source::Image,
                from: Some(image.into()),
                boot_index: Some(0),
                delete_on_termination: true,
                ..BlockDevice::blank()
            };
            devices.insert(0, local);
        }
    }
    if image.is_some() {
        let clashes =
            |one: &&BlockDevice| one.destination == Destination::Volume && one.device.as_deref() == Some("/dev/vda");
        if devices.iter().any(|one| clashes(&one)) {
            return Err(errors::volume_named_as_root());
        }
    }
    if max_count > 1 && devices.iter().any(|one| one.source == Source::Volume) {
        return Err(errors::one_volume_for_many());
    }
    let local = |guest_format: Option<Id>, size: u32| BlockDevice {
        guest_format,
        size_gib: Some(size),
        delete_on_termination: true,
        ..BlockDevice::blank()
    };
    let is_swap = |one: &BlockDevice| one.guest_format.as_deref() == Some("swap");
    if flavor.ephemeral_gib > 0 && !devices.iter().any(is_ephemeral) {
        devices.push(local(None, flavor.ephemeral_gib));
    }
    if flavor.swap_mib > 0 && !devices.iter().any(is_swap) {
        devices.push(local(Some("swap".into()), flavor.swap_mib));
    }
    devices.iter_mut().for_each(|device| device.id = ctx.uuid());
    super::super::devices::name_all(&mut devices);
    Ok(devices)
}

fn is_ephemeral(device: &BlockDevice) -> bool {
    let is_local_blank = device.source == Source::Blank && device.destination == Destination::Local;
    is_local_blank && device.guest_format.as_deref() != Some("swap")
}

/// Checks that the block devices are valid together (`_validate_bdm`). Errors: 400.
pub fn check(call: &Call, os: &OpenStack, devices: &[BlockDevice], flavor: &Flavor) -> Result<(), Problem> {
    let mut order: Vec<i32> = devices.iter().filter_map(|device| device.boot_index).collect();
    order.sort_unstable();
    let in_sequence = order.iter().enumerate().all(|(at, index)| usize::try_from(*index) == Ok(at));
    if order.is_empty() || !in_sequence {
        return Err(errors::invalid_boot_sequence());
    }
    for device in devices {
        check_one(call, os, device)?;
    }
    let ephemeral = devices.iter().filter(|one| is_ephemeral(one));
    let ephemeral: u32 = ephemeral.map(|one| one.size_gib.unwrap_or(flavor.ephemeral_gib)).sum();
    if ephemeral > flavor.ephemeral_gib {
        return Err(errors::ephemeral_too_large());
    }
    let swaps: Vec<_> = devices.iter().filter(|one| one.guest_format.as_deref() == Some("swap")).collect();
    match swaps[..] {
        [] => {}
        [swap] if swap.size_gib.unwrap_or(0) <= flavor.swap_mib => {}
        [_] => return Err(errors::swap_too_large()),
        _ => return Err(errors::invalid_bdm_format("More than one swap drive requested.")),
    }
    if devices.iter().filter(|one| one.destination == Destination::Local).count() > MAX_LOCAL {
        return Err(errors::too_many_local_devices());
    }
    Ok(())
}

/// `max_local_block_devices`.
const MAX_LOCAL: usize = 3;

fn check_one(call: &Call, os: &OpenStack, device: &BlockDevice) -> Result<(), Problem> {
    if let Some(volume_type) = &device.volume_type
        && types::find_by_id_or_name(call, os, volume_type).is_err()
    {
        return Err(errors::volume_type_not_found(volume_type));
    }
    match (device.source, &device.from, &device.volume) {
        (Source::Image, Some(image), _) => {
            images::find(call, os, image).map_err(|_| errors::invalid_bdm_image(image))?;
            if device.destination == Destination::Volume && device.size_gib.is_none() {
                let details = "Images with destination_type 'volume' need to have a non-zero size specified";
                return Err(errors::invalid_bdm(details));
            }
        }
        (Source::Volume, _, Some(volume)) => {
            let volume = volumes::find(call, os, volume).map_err(|_| errors::invalid_bdm_volume(volume))?;
            if volume.multiattach && !call.since(2, 60) {
                return Err(errors::multiattach_not_supported_yet());
            }
        }
        (Source::Snapshot, Some(snapshot), _) => {
            snapshots::find(call, os, snapshot).map_err(|_| errors::invalid_bdm_snapshot(snapshot))?;
        }
        (Source::Blank, ..) if device.destination == Destination::Volume && device.size_gib.is_none() => {
            let details = "Blank volumes (source: 'blank', dest: 'volume') need to have non-zero size";
            return Err(errors::invalid_bdm(details));
        }
        _ => {}
    }
    match device.disk_bus.as_deref() {
        Some(bus) if !DISK_BUSES.contains(&bus) => Err(errors::invalid_bdm("Block Device Mapping is Invalid.")),
        _ => Ok(()),
    }
}

/// The disk buses that Nova knows (`DiskBus`).
const DISK_BUSES: [&str; 10] = ["fdc", "ide", "lxc", "sata", "scsi", "uml", "usb", "virtio", "xen", "nvme"];

/// Reserves the existing volumes of the server in Cinder, so that no other server can use them. Errors: 400.
pub fn reserve(os: &mut OpenStack, ctx: &mut Context, server: &mut Server) -> Result<(), Problem> {
    let id = server.id.clone();
    for device in &mut server.devices {
        let Some(volume) = device.volume.clone() else { continue };
        let reserved = attachments::reserve(os, ctx, &volume, Some(id.clone()));
        let attachment = reserved.map_err(|problem| errors::volume_cannot_be_attached(&problem.message))?;
        device.attachment = Some(attachment.id);
        device.size_gib = os.cinder.volumes.get(&volume).map(|volume| volume.size_gib);
    }
    Ok(())
}
