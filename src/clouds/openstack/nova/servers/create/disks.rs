//! The block devices of a new server: those of the request, those that image and flavor add, and their validation
//! (`_check_and_transform_bdm` and `_validate_bdm` in nova/compute/api.py).

use super::super::{BlockDevice, Destination, Server, Source};
use super::checks::Origin;
use super::mapping::{self, Requested};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::{attachments, snapshots, types, volumes};
use crate::clouds::openstack::glance::images;
use crate::clouds::openstack::nova::errors;
use crate::clouds::openstack::nova::flavors::Flavor;
use crate::engine::{Call, Context, Id, Problem};
use serde_json::Value;

/// The boot source of a server without an image (`get_bdm_image_metadata`). `certified` is true if the request contains
/// trusted certificates. Errors: 400.
pub fn origin(call: &Call, os: &OpenStack, requested: &Requested, certified: bool) -> Result<Origin, Problem> {
    if certified {
        return Err(errors::certificates_with_volume());
    }
    let candidates = mapping::boot_candidates(requested);
    let Some(root) = candidates.first() else { return Ok(Origin::default()) };
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
    Ok(Origin { is_active: true, min_disk, min_ram, size, properties, ..Origin::default() })
}

/// The devices of the request, the image and the flavor, with ids and device names. Errors: 400.
pub fn complete(
    ctx: &mut Context,
    requested: Requested,
    origin: &Origin,
    flavor: &Flavor,
    max_count: i64,
) -> Result<Vec<BlockDevice>, Problem> {
    let mut devices = mapping::merged(requested, origin.image.as_deref(), &origin.properties)?;
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
    let root = devices.iter_mut().find(|device| device.boot_index == Some(0) && device.device.is_none());
    if let (Some(root), Some(name)) = (root, mapping::root_device_name(&origin.properties)) {
        root.device = Some(name);
    }
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
