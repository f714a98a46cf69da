//! Block device mappings as clients and images write them (`BlockDeviceDict` in nova/block_device.py,
//! `_check_and_transform_bdm` and `_get_image_defined_bdms` in nova/compute/api.py).

use super::super::{BlockDevice, Destination, Source};
use super::request::{CreateServer, Device};
use crate::clouds::openstack::nova::errors;
use crate::clouds::openstack::nova::policy::POLICY;
use crate::clouds::openstack::python;
use crate::engine::{Call, Id, Problem};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The block devices of a request. Those of version 1 can only be read together with the image.
pub enum Requested {
    Legacy(Vec<Device>),
    Current(Vec<Mapping>),
}

/// A mapping, which may only say that the image's device of this name is not wanted.
#[derive(Clone)]
pub struct Mapping {
    pub device: BlockDevice,
    pub no_device: bool,
}

impl Requested {
    pub fn is_empty(&self) -> bool {
        match self {
            Requested::Legacy(devices) => devices.is_empty(),
            Requested::Current(mappings) => mappings.is_empty(),
        }
    }
}

/// The block devices of the request. Errors: 400 and 403.
pub fn from_request(call: &Call, server: &CreateServer) -> Result<Requested, Problem> {
    let legacy = server.block_device_mapping.as_ref().map(|devices| &devices.0[..]).unwrap_or_default();
    let newer = server.block_device_mapping_v2.as_ref().map(|devices| &devices.0[..]).unwrap_or_default();
    let has_image = server.image.as_ref().is_some_and(|image| !image.0.is_empty());
    let requested = match (legacy, newer) {
        ([], []) => return Ok(Requested::Legacy(vec![])),
        (legacy, []) => Requested::Legacy(legacy.to_vec()),
        ([], newer) => {
            Requested::Current(newer.iter().map(|one| from_api(one, has_image)).collect::<Result<Vec<_>, _>>()?)
        }
        _ => return Err(errors::two_block_device_syntaxes()),
    };
    POLICY.enforce_rule(call, "os_compute_api:servers:create:attach_volume", &[("project_id", &call.project())])?;
    Ok(requested)
}

/// `BlockDeviceDict.from_api`.
fn from_api(request: &Device, has_image: bool) -> Result<Mapping, Problem> {
    let no_device = request.no_device.as_ref().is_some_and(python::is_true);
    let is_local = request.destination_type.as_deref() == Some("local");
    let volume_type = request.volume_type.clone().filter(|one| !one.is_empty());
    let source = source(request.source_type.as_deref());
    let invalid = |details: &str| Err(errors::invalid_bdm_format(details));
    if !no_device {
        match source {
            Source::Blank if request.uuid.is_some() => return invalid("Invalid device UUID."),
            Source::Blank => {}
            _ if request.uuid.is_none() => return invalid("Missing device UUID."),
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
    }
    let mapping = Mapping { device: device(request, request.uuid.clone()), no_device };
    check_name(&mapping)?;
    Ok(mapping)
}

fn source(text: Option<&str>) -> Source {
    match text {
        Some("volume") => Source::Volume,
        Some("image") => Source::Image,
        Some("snapshot") => Source::Snapshot,
        _ => Source::Blank,
    }
}

/// The device of a mapping of version 2. `named` is the id of what it is created from, unless a field of its own has it.
fn device(request: &Device, named: Option<Id>) -> BlockDevice {
    let source = source(request.source_type.as_deref());
    let destination = match request.destination_type.as_deref() {
        Some("local") => Destination::Local,
        None if source == Source::Blank => Destination::Local,
        _ => Destination::Volume,
    };
    let by_id = match source {
        Source::Volume => request.volume_id.clone(),
        Source::Image => request.image_id.clone(),
        Source::Snapshot => request.snapshot_id.clone(),
        Source::Blank => None,
    };
    let id = named.or(by_id);
    BlockDevice {
        source,
        destination,
        volume: id.clone().filter(|_| source == Source::Volume),
        from: id.filter(|_| source != Source::Volume),
        boot_index: request.boot_number(),
        volume_type: request.volume_type.clone().filter(|one| !one.is_empty()),
        ..common(request)
    }
}

/// The fields that both versions of the mapping have.
fn common(request: &Device) -> BlockDevice {
    BlockDevice {
        delete_on_termination: request.delete_on_termination.is_some_and(|flag| flag.0),
        size_gib: request.volume_size.map(|size| u32::try_from(size.0).unwrap_or(u32::MAX)),
        guest_format: request.guest_format.clone(),
        disk_bus: request.disk_bus.clone(),
        device_type: request.device_type.clone(),
        device: request.device_name.clone().map(device_path),
        tag: request.tag.clone(),
        ..BlockDevice::blank()
    }
}

/// `prepend_dev`
pub fn device_path(name: Id) -> Id {
    if name.starts_with("/dev/") { name } else { format!("/dev/{name}").into() }
}

/// `strip_dev`
fn device_name(path: &str) -> &str {
    path.strip_prefix("/dev/").unwrap_or(path)
}

/// `validate_device_name`
fn check_name(mapping: &Mapping) -> Result<(), Problem> {
    match mapping.device.device.as_deref().map(device_name) {
        Some("") => Err(errors::invalid_bdm_format("Device name empty or too long.")),
        Some(name) if name.contains(' ') => Err(errors::invalid_bdm_format("Device name contains spaces.")),
        _ => Ok(()),
    }
}

/// True for `swap` and `ephemeral0` (`is_swap_or_ephemeral`).
fn is_swap_or_ephemeral(name: &str) -> bool {
    let number = name.strip_prefix("ephemeral").unwrap_or_default();
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    name == "swap" || (is_number && (number.len() == 1 || !number.starts_with('0')))
}

/// `BlockDeviceDict.from_legacy`.
fn from_legacy(request: &Device) -> Result<Mapping, Problem> {
    let virtual_name = request.virtual_name.as_deref().filter(|name| is_swap_or_ephemeral(name));
    let no_device = request.no_device.as_ref().is_some_and(python::is_true);
    let of = |source, destination| BlockDevice { source, destination, ..common(request) };
    let device = match (virtual_name, &request.snapshot_id, &request.volume_id) {
        (Some(name), ..) => BlockDevice {
            delete_on_termination: true,
            guest_format: (name == "swap").then(|| "swap".into()),
            ..of(Source::Blank, Destination::Local)
        },
        (None, Some(snapshot), _) => {
            BlockDevice { from: Some(snapshot.clone()), ..of(Source::Snapshot, Destination::Volume) }
        }
        (None, None, Some(volume)) => {
            BlockDevice { volume: Some(volume.clone()), ..of(Source::Volume, Destination::Volume) }
        }
        (None, None, None) if no_device => of(Source::Blank, Destination::Local),
        (None, None, None) => return Err(errors::invalid_bdm_format("Unrecognized legacy format.")),
    };
    let mapping = Mapping { device, no_device };
    check_name(&mapping)?;
    Ok(mapping)
}

/// `from_legacy_mapping`: the device with the name of the root device boots, or else the image. With `no_root` none of
/// them boots.
fn from_legacy_mapping(
    legacy: &[Device],
    image: Option<&str>,
    root_name: &str,
    no_root: bool,
) -> Result<Vec<Mapping>, Problem> {
    let mut mappings = legacy.iter().map(from_legacy).collect::<Result<Vec<_>, _>>()?;
    mappings.iter_mut().for_each(|one| one.device.boot_index = None);
    if no_root {
        return Ok(mappings);
    }
    let is_root = |one: &&mut Mapping| {
        one.device.source != Source::Blank
            && one.device.device.as_deref().is_some_and(|name| device_name(name) == device_name(root_name))
    };
    let mut boots = false;
    mappings.iter_mut().filter(|one| is_root(one)).for_each(|one| {
        one.device.boot_index = Some(0);
        boots = true;
    });
    if let Some(image) = image.filter(|_| !boots) {
        let device = BlockDevice {
            source: Source::Image,
            from: Some(image.into()),
            boot_index: Some(0),
            delete_on_termination: true,
            device_type: Some("disk".into()),
            ..BlockDevice::blank()
        };
        mappings.insert(0, Mapping { device, no_device: false });
    }
    Ok(mappings)
}

/// The fields of a mapping in an image (`bdm_new_fields`, `bdm_db_only_fields` and `bdm_db_inherited_fields`).
const FIELDS: [&str; 28] = [
    "source_type",
    "destination_type",
    "guest_format",
    "device_type",
    "disk_bus",
    "boot_index",
    "device_name",
    "delete_on_termination",
    "snapshot_id",
    "volume_id",
    "volume_size",
    "image_id",
    "no_device",
    "connection_info",
    "tag",
    "volume_type",
    "encrypted",
    "encryption_secret_uuid",
    "encryption_format",
    "encryption_options",
    "id",
    "instance_uuid",
    "attachment_id",
    "uuid",
    "created_at",
    "updated_at",
    "deleted_at",
    "deleted",
];

/// The devices that the image defines (`_get_image_defined_bdms`). Errors: 400.
fn from_image(properties: &Map<String, Value>, root_name: &str) -> Result<Vec<Mapping>, Problem> {
    let text = properties.get("block_device_mapping").and_then(Value::as_str).unwrap_or("[]");
    let unreadable = || errors::invalid_bdm_format("Unrecognized legacy format.");
    let list: Vec<Map<String, Value>> = serde_json::from_str(text).map_err(|_| unreadable())?;
    let read =
        |fields: &Map<String, Value>| Device::deserialize(Value::Object(fields.clone())).map_err(|_| unreadable());
    if !properties.get("bdm_v2").is_some_and(python::is_true) {
        let legacy = list.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        return from_legacy_mapping(&legacy, None, root_name, false);
    }
    let mut mappings = vec![];
    for fields in &list {
        let unknown: Vec<&str> = fields.keys().map(String::as_str).filter(|name| !FIELDS.contains(name)).collect();
        if !unknown.is_empty() {
            return Err(errors::invalid_bdm_format(&format!("Following fields are invalid: {}", unknown.join(" "))));
        }
        let no_device = fields.get("no_device").is_some_and(python::is_true);
        if !no_device && !fields.contains_key("source_type") {
            return Err(errors::invalid_bdm_format("Some required fields are missing"));
        }
        let mapping = Mapping { device: device(&read(fields)?, None), no_device };
        check_name(&mapping)?;
        mappings.push(mapping);
    }
    Ok(mappings)
}

/// The name of the root device in the image's properties, with `/dev/` (`properties_root_device_name`).
pub fn root_device_name(properties: &Map<String, Value>) -> Option<Id> {
    let named = properties.get("root_device_name").and_then(Value::as_str).filter(|name| !name.is_empty())?;
    Some(device_path(named.into()))
}

/// The devices of the request and those of the image, of which the request may override some by their names
/// (`_check_and_transform_bdm`, `_merge_bdms_lists`). Errors: 400.
pub fn merged(
    requested: Requested,
    image: Option<&str>,
    properties: &Map<String, Value>,
) -> Result<Vec<BlockDevice>, Problem> {
    let root_name = root_device_name(properties).unwrap_or_else(|| "vda".into());
    if let (Some(_), Requested::Current(mappings)) = (image, &requested) {
        let clashes = |one: &Mapping| {
            let name = one.device.device.as_deref().map(device_name);
            one.device.destination == Destination::Volume && name == Some(&*root_name)
        };
        if mappings.iter().any(clashes) {
            return Err(errors::volume_named_as_root());
        }
    }
    let of_image = from_image(properties, &root_name)?;
    let image_boots = of_image.iter().any(|one| one.device.boot_index == Some(0));
    let mut mappings = match requested {
        Requested::Legacy(devices) => from_legacy_mapping(&devices, image, &root_name, image_boots)?,
        Requested::Current(mappings) => mappings,
    };
    if image_boots {
        mappings.retain(|one| one.device.boot_index != Some(0) || one.device.source != Source::Image);
    }
    let names: Vec<Id> = mappings.iter().filter_map(|one| one.device.device.clone()).collect();
    let overridden = |one: &Mapping| one.device.device.as_ref().is_some_and(|name| names.contains(name));
    mappings.extend(of_image.into_iter().filter(|one| !overridden(one)));
    Ok(mappings.into_iter().filter(|one| !one.no_device).map(|one| one.device).collect())
}

/// The devices that could be the boot source of a server without an image (`get_bdm_image_metadata`): by their boot
/// index, in version 1 by the letter of their name.
pub fn boot_candidates(requested: &Requested) -> Vec<BlockDevice> {
    match requested {
        Requested::Current(mappings) => {
            mappings.iter().map(|one| &one.device).filter(|one| one.boot_index == Some(0)).cloned().collect()
        }
        Requested::Legacy(devices) => {
            let is_first = |one: &&Device| one.device_name.as_deref().is_some_and(|name| letter(name) == "a");
            let read = devices.iter().filter(is_first).filter_map(|one| from_legacy(one).ok());
            read.map(|one| one.device).collect()
        }
    }
}

/// `get_device_letter`: the letters of a device name, without the number of a partition.
fn letter(name: &str) -> &str {
    let name = device_name(name).trim_end_matches(|digit: char| digit.is_ascii_digit());
    let prefixes = ["xvd", "sd", "hd", "vd", "fd"];
    prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}
