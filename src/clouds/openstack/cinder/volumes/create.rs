//! `POST /volumes`: creates a blank volume, or one from an image, a snapshot, another volume or a backup
//! (cinder/api/v3/volumes.py, cinder/volume/flows/api/create_volume.py).

use super::super::parameter_types::{
    Description, MetadataOrNull, Name, OptionalBoolean, OptionalUuid, SchedulerHints, SizeGib, Text255, ZoneName,
};
use super::super::policy::POLICY;
use super::super::{errors, groups, quotas, scheduler, types};
use super::origin::{Origin, find_origin};
use super::transitions;
use super::{Task, Volume, view};
use crate::clouds::openstack::glance::images;
use crate::clouds::openstack::parameter_types::Optional;
use crate::clouds::openstack::{OpenStack, python};
use crate::engine::{Answer, Call, Context, Problem, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// The default availability zone (`storage_availability_zone`), which is the only one.
const ZONE: &str = "nova";

/// The body of `POST /volumes`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRequest {
    volume: CreateVolume,
    #[serde(rename = "OS-SCH-HNT:scheduler_hints", default)]
    #[allow(dead_code, reason = "only validated: each backend has one pool")]
    hints: Option<SchedulerHints>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(extend("x-from" = {"3.53": {"additionalProperties": false}}))]
pub(super) struct CreateVolume {
    name: Optional<Name>,
    description: Optional<Description>,
    display_name: Optional<Name>,
    display_description: Optional<Description>,
    volume_type: Optional<Text255>,
    metadata: Optional<MetadataOrNull>,
    pub(super) snapshot_id: Optional<OptionalUuid>,
    pub(super) source_volid: Optional<OptionalUuid>,
    pub(super) consistencygroup_id: Optional<OptionalUuid>,
    size: Option<SizeGib>,
    availability_zone: Optional<ZoneName>,
    #[allow(dead_code, reason = "read from the raw body, where null differs from absent")]
    multiattach: Optional<OptionalBoolean>,
    pub(super) image_id: Optional<Text255>,
    #[serde(rename = "imageRef")]
    pub(super) image_ref: Optional<Text255>,
    #[schemars(extend("x-since" = "3.13"))]
    group_id: Optional<Text255>,
    #[schemars(extend("x-since" = "3.47"))]
    pub(super) backup_id: Optional<OptionalUuid>,
}

pub fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<CreateRequest>()?.volume;
    let name = request.name.0.as_ref().or(request.display_name.0.as_ref()).and_then(|name| name.0.clone());
    let description = request.description.0.as_ref().or(request.display_description.0.as_ref());
    let volume_type =
        match request.volume_type.0.as_ref().and_then(|text| text.0.as_deref()).filter(|text| !text.is_empty()) {
            Some(text) => Some(types::find_by_id_or_name(call, os, text)?),
            None => None,
        };
    let origin = find_origin(call, os, &request)?;
    let group = group(call, os, &request)?;
    let size = request.size.or(origin.size_gib().map(SizeGib));
    refuse_multiattach(call)?;
    let rule = if origin.image.is_some() { "volume:create_from_image" } else { "volume:create" };
    POLICY.enforce_rule(call, rule, &[("project_id", &call.project()), ("user_id", &call.user())])?;
    // Upstream compares the size with the limits of the type and fails if there is no size.
    let size = size.ok_or_else(errors::malformed)?.0;
    // The schema does not limit sizes that are sent as strings.
    if size == 0 || size > 0x7FFF_FFFF {
        return Err(errors::invalid_size(size));
    }
    check_sources(call, os, &origin, group, volume_type, size)?;
    let volume_type = effective_type(call, os, &origin, volume_type)?;
    let zone = zone(&request, &origin, os, group)?;
    check_multiattach_type(call, volume_type)?;
    let host = match origin.volume {
        // A clone stays on the backend of its source.
        Some(source) if volume_type.backend_name().is_none() => source.host.clone(),
        _ => scheduler::place(Some(volume_type)),
    };
    let volume = Volume {
        name,
        description: description.and_then(|text| text.0.clone()),
        task: Some(Task::Create { from: origin.source() }),
        availability_zone: zone.into(),
        volume_type: Some(volume_type.id.clone()),
        snapshot_id: origin.snapshot.map(|snapshot| snapshot.id.clone()),
        source_volume_id: origin.volume.map(|volume| volume.id.clone()),
        group_id: group.map(|group| group.id.clone()),
        bootable: origin.is_bootable(os),
        multiattach: volume_type.multiattach(),
        encryption_key_id: volume_type.encryption.as_ref().map(|_| ctx.uuid()),
        metadata: request.metadata.0.and_then(|metadata| metadata.0).unwrap_or_default(),
        ..Volume::new(call, ctx, size)
    };
    let type_name = volume_type.name.clone();
    let amounts = [("volumes", 1), ("gigabytes", i64::from(size))];
    quotas::check_volume_size(os, &call.project(), i64::from(size))?;
    quotas::charge(os, &call.project(), Some(&type_name), &amounts)?;
    let response = Response::one("volume", |o| view::created(o, &volume, os, call));
    ctx.later(&transitions::CREATE, &volume.id);
    // The response shows no host: upstream schedules the volume after it has answered.
    os.cinder.volumes.insert(Volume { host, ..volume });
    Ok(response)
}

/// Checks the sources of the volume, its group and its size against each other, in upstream's order.
fn check_sources(
    call: &Call,
    os: &OpenStack,
    origin: &Origin,
    group: Option<&groups::Group>,
    volume_type: Option<&types::VolumeType>,
    size: u32,
) -> Result<(), Problem> {
    if let Some(one) = volume_type.or_else(|| types::default_for(os, &call.project())) {
        fits_provisioning(one, size)?;
    }
    if let Some(group) = group {
        check_group_type(group, volume_type)?;
    }
    origin.allows_type(os, volume_type)?;
    origin.is_ready()?;
    origin.fits_into(size)?;
    if group.is_some_and(|group| !matches!(group.status, groups::Status::Available | groups::Status::Creating)) {
        return Err(errors::invalid_group("Originating Group status must be one of 'available, creating' values"));
    }
    origin.image.map_or(Ok(()), |image| fits_image(image, size))
}

/// The type of the new volume: the requested one, that of the source, or the default.
fn effective_type<'o>(
    call: &Call,
    os: &'o OpenStack,
    origin: &Origin<'o>,
    requested: Option<&'o types::VolumeType>,
) -> Result<&'o types::VolumeType, Problem> {
    let volume_type = match requested {
        Some(one) => Some(one),
        None => origin.volume_type(call, os)?,
    };
    volume_type.or_else(|| types::default_for(os, &call.project())).ok_or_else(errors::no_default_type)
}

/// Fails if a multiattach type is encrypted, or if the policy denies it.
fn check_multiattach_type(call: &Call, volume_type: &types::VolumeType) -> Result<(), Problem> {
    if !volume_type.multiattach() {
        return Ok(());
    }
    if volume_type.encryption.is_some() {
        return Err(errors::invalid_volume("Multiattach cannot be used with encrypted volumes."));
    }
    POLICY.enforce_rule(call, "volume:multiattach", &[("project_id", &call.project())])
}

/// The group of the new volume.
pub(super) fn group<'o>(
    call: &Call,
    os: &'o OpenStack,
    request: &CreateVolume,
) -> Result<Option<&'o groups::Group>, Problem> {
    let id = request.group_id.0.as_ref().and_then(|id| id.0.as_deref()).filter(|_| call.since(3, 13));
    let id = id.or_else(|| request.consistencygroup_id.0.as_ref().and_then(|id| id.0.as_deref()));
    id.map(|id| groups::find(call, os, id)).transpose()
}

/// Rejects `multiattach: true`, and null, which the schema allows (`multiattach` moved to the volume types).
fn refuse_multiattach(call: &Call) -> Result<(), Problem> {
    let Some(value) = call.json.pointer("/volume/multiattach") else { return Ok(()) };
    let text = python::str(value);
    match python::bool_from_string(&text) {
        Some(true) => Err(errors::multiattach_removed()),
        Some(false) => Ok(()),
        None => Err(errors::not_a_boolean("multiattach", &text)),
    }
}

/// Checks the size in GiB against the limits of the volume type (`provision_filter_on_size`).
pub fn fits_provisioning(volume_type: &types::VolumeType, size: u32) -> Result<(), Problem> {
    let spec = |key: &str| volume_type.extra_specs.get(key).and_then(Value::as_str);
    let number = |text: &str| text.trim().parse::<u32>().ok();
    let name = &volume_type.name;
    if let Some(least) =
        spec("provisioning:min_vol_size").filter(|least| number(least).is_some_and(|least| size < least))
    {
        return Err(errors::smaller_than_type_allows(size, least, name));
    }
    if let Some(most) = spec("provisioning:max_vol_size").filter(|most| number(most).is_some_and(|most| size > most)) {
        return Err(errors::larger_than_type_allows(size, most, name));
    }
    Ok(())
}

fn check_group_type(group: &groups::Group, volume_type: Option<&types::VolumeType>) -> Result<(), Problem> {
    let volume_type = volume_type.ok_or_else(errors::group_needs_type)?;
    if group.volume_types.contains(&volume_type.id) {
        Ok(())
    } else {
        Err(errors::type_not_of_group(&python_repr(volume_type)))
    }
}

/// A volume type as `repr` of upstream's object, which an error message contains.
fn python_repr(one: &types::VolumeType) -> String {
    let specs: Vec<_> = one.extra_specs.iter().map(|(key, value)| format!("{key}={}", python::repr(value))).collect();
    let text = |text: &Option<String>| text.as_deref().map_or("None".to_owned(), python::quoted);
    let time = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    format!(
        "VolumeType(created_at={},deleted=False,deleted_at=None,description={},extra_specs={{{}}},id={},is_public={},\
         name={},projects=[],qos_specs=<?>,qos_specs_id={},updated_at={})",
        time(one.created),
        text(&one.description),
        specs.join(","),
        one.id,
        if one.is_public { "True" } else { "False" },
        python::quoted(&one.name),
        one.qos_specs.as_deref().unwrap_or("None"),
        one.updated.map_or("None".to_owned(), time),
    )
}

/// Checks that an image is active and fits on a volume of `size` GiB (`check_image_metadata` in
/// cinder/volume/volume_utils.py).
pub fn fits_image(image: &images::Image, size: u32) -> Result<(), Problem> {
    if image.status != images::Status::Active {
        return Err(errors::invalid_input(format!("Image {} is not active.", image.id)));
    }
    let needed = image.size.unwrap_or(0).div_ceil(1 << 30);
    if needed > u64::from(size) {
        return Err(errors::image_larger_than_volume(needed, size));
    }
    if size < image.min_disk {
        return Err(errors::volume_smaller_than_min_disk(size, image.min_disk));
    }
    let virtual_gib = image.virtual_size.unwrap_or(0).div_ceil(1 << 30);
    if virtual_gib > u64::from(size) {
        return Err(errors::virtual_size_larger_than_volume(&image.id, virtual_gib, size));
    }
    Ok(())
}

fn zone<'a>(
    request: &'a CreateVolume,
    origin: &Origin<'a>,
    os: &'a OpenStack,
    group: Option<&'a groups::Group>,
) -> Result<&'a str, Problem> {
    let of_source = origin.source_volume(os).map(|volume| &*volume.availability_zone);
    let requested = request.availability_zone.0.as_ref().and_then(|zone| zone.0.as_deref());
    let zone = group.and_then(|group| group.availability_zone.as_deref()).or(requested).or(of_source).unwrap_or(ZONE);
    if zone != ZONE {
        return Err(errors::invalid_zone(zone));
    }
    Ok(zone)
}
