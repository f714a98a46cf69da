//! Making volumes: blank, or from an image, a snapshot, another volume or a backup
//! (cinder/api/v3/volumes.py, cinder/volume/flows/api/create_volume.py).

use super::super::parameter_types::{
    Description, MetadataOrNull, Name, OptionalBoolean, OptionalUuid, SchedulerHints, SizeGib, Text255, ZoneName,
};
use super::super::policy::POLICY;
use super::super::{backups, errors, groups, quotas, scheduler, snapshots, types};
use super::transitions;
use super::{Doing, Source, Status, Volume, view};
use crate::clouds::openstack::glance::images;
use crate::clouds::openstack::parameter_types::Optional;
use crate::clouds::openstack::{OpenStack, python};
use crate::engine::{Answer, Call, Context, Id, Problem, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// Where volumes are unless they say otherwise, and the only place there is (`storage_availability_zone`).
const ZONE: &str = "nova";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRequest {
    volume: CreateVolume,
    #[serde(rename = "OS-SCH-HNT:scheduler_hints", default)]
    #[allow(dead_code, reason = "hints are checked; there is one pool a backend to choose from")]
    hints: Option<SchedulerHints>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(extend("x-from" = {"3.53": {"additionalProperties": false}}))]
struct CreateVolume {
    name: Optional<Name>,
    description: Optional<Description>,
    display_name: Optional<Name>,
    display_description: Optional<Description>,
    volume_type: Optional<Text255>,
    metadata: Optional<MetadataOrNull>,
    snapshot_id: Optional<OptionalUuid>,
    source_volid: Optional<OptionalUuid>,
    consistencygroup_id: Optional<OptionalUuid>,
    size: Option<SizeGib>,
    availability_zone: Optional<ZoneName>,
    #[allow(dead_code, reason = "looked at as it was sent, since null is not nothing here")]
    multiattach: Optional<OptionalBoolean>,
    image_id: Optional<Text255>,
    #[serde(rename = "imageRef")]
    image_ref: Optional<Text255>,
    #[schemars(extend("x-since" = "3.13"))]
    group_id: Optional<Text255>,
    #[schemars(extend("x-since" = "3.47"))]
    backup_id: Optional<OptionalUuid>,
}

/// What a volume is made from, looked up.
#[derive(Default)]
struct Origin<'o> {
    snapshot: Option<&'o snapshots::Snapshot>,
    volume: Option<&'o Volume>,
    image: Option<&'o images::Image>,
    backup: Option<&'o backups::Backup>,
}

#[allow(clippy::too_many_lines, reason = "one look after the other, in upstream's order")]
pub fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let asked = call.body::<CreateRequest>()?.volume;
    let name = asked.name.0.as_ref().or(asked.display_name.0.as_ref()).and_then(|name| name.0.clone());
    let description = asked.description.0.as_ref().or(asked.display_description.0.as_ref());
    let volume_type =
        match asked.volume_type.0.as_ref().and_then(|text| text.0.as_deref()).filter(|text| !text.is_empty()) {
            Some(text) => Some(types::find_by_id_or_name(call, os, text)?),
            None => None,
        };
    let origin = origin(call, os, &asked)?;
    let group = group(call, os, &asked)?;
    let size = asked.size.or(origin.size_gib().map(SizeGib));
    refuse_multiattach(call)?;
    let rule = if origin.image.is_some() { "volume:create_from_image" } else { "volume:create" };
    POLICY.enforce_rule(call, rule, &[("project_id", &call.project()), ("user_id", &call.user())])?;
    // Upstream compares the size with the limits of the type, and stumbles where there is no size.
    let size = size.ok_or_else(errors::malformed)?.0;
    // Digits in quotes pass the schema whatever they say.
    if size == 0 || size > 0x7FFF_FFFF {
        return Err(errors::invalid_size(size));
    }
    if let Some(one) = volume_type.or_else(|| types::default_for(os, &call.project())) {
        fits_provisioning(one, size)?;
    }
    if let Some(group) = group {
        belongs_in(group, volume_type)?;
    }
    origin.allows_type(os, volume_type)?;
    origin.is_ready()?;
    origin.fits_into(size)?;
    if group.is_some_and(|group| !matches!(group.status, groups::Status::Available | groups::Status::Creating)) {
        return Err(errors::invalid_group("Originating Group status must be one of 'available, creating' values"));
    }
    if let Some(image) = origin.image {
        fits_image(image, size)?;
    }
    let volume_type = match volume_type {
        Some(given) => Some(given),
        None => origin.volume_type(call, os)?,
    };
    let volume_type = volume_type.or_else(|| types::default_for(os, &call.project()));
    let volume_type = volume_type.ok_or_else(errors::no_default_type)?;
    let zone = zone(&asked, &origin, os, group)?;
    if volume_type.multiattach() && volume_type.encryption.is_some() {
        return Err(errors::invalid_volume("Multiattach cannot be used with encrypted volumes."));
    }
    if volume_type.multiattach() {
        POLICY.enforce_rule(call, "volume:multiattach", &[("project_id", &call.project())])?;
    }
    let host = match origin.volume {
        // A clone is made where its source is.
        Some(source) if volume_type.backend_name().is_none() => source.host.clone(),
        _ => scheduler::place(Some(volume_type)),
    };
    let volume = Volume {
        name,
        description: description.and_then(|text| text.0.clone()),
        doing: Some(Doing::Create { from: origin.source() }),
        availability_zone: zone.into(),
        volume_type: Some(volume_type.id.clone()),
        snapshot_id: origin.snapshot.map(|snapshot| snapshot.id.clone()),
        source_volume_id: origin.volume.map(|volume| volume.id.clone()),
        group_id: group.map(|group| group.id.clone()),
        bootable: origin.is_bootable(os),
        multiattach: volume_type.multiattach(),
        encryption_key_id: volume_type.encryption.as_ref().map(|_| ctx.uuid()),
        metadata: asked.metadata.0.and_then(|metadata| metadata.0).unwrap_or_default(),
        ..Volume::new(call, ctx, size)
    };
    let type_name = volume_type.name.clone();
    let amounts = [("volumes", 1), ("gigabytes", i64::from(size))];
    quotas::check_volume_size(os, &call.project(), i64::from(size))?;
    quotas::charge(os, &call.project(), Some(&type_name), &amounts)?;
    let response = Response::one("volume", |o| view::created(o, &volume, os, call));
    ctx.later(&transitions::CREATE, &volume.id);
    // The scheduler finds a place between the answer and the next look.
    os.cinder.volumes.insert(Volume { host, ..volume });
    Ok(response)
}

/// Finds what the volume is made from; what isn't there is told in this order.
fn origin<'o>(call: &Call, os: &'o OpenStack, asked: &CreateVolume) -> Result<Origin<'o>, Problem> {
    let id = |given: &Optional<OptionalUuid>| given.0.as_ref().and_then(|id| id.0.clone());
    let mut origin = Origin::default();
    if let Some(id) = id(&asked.snapshot_id) {
        origin.snapshot = Some(snapshots::find(call, os, &id)?);
    }
    if let Some(id) = id(&asked.source_volid) {
        origin.volume = Some(super::find(call, os, &id)?);
    }
    if let Some(id) = id(&asked.consistencygroup_id) {
        groups::find(call, os, &id)?;
    }
    let image = asked.image_id.0.as_ref().or(asked.image_ref.0.as_ref()).and_then(|image| image.0.as_deref());
    if let Some(image) = image {
        origin.image = Some(find_image(call, os, image)?);
    }
    if let Some(id) = id(&asked.backup_id).filter(|_| call.since(3, 47)) {
        origin.backup = Some(backups::find(call, os, &id)?);
    }
    let several = [origin.snapshot.is_some(), origin.volume.is_some(), origin.image.is_some(), origin.backup.is_some()];
    if several.into_iter().filter(|given| *given).count() > 1 {
        return Err(errors::invalid_input("May specify only one of backup, imageRef, snapshot, source volume"));
    }
    Ok(origin)
}

/// An image by its id, by a link that ends with it, or by its name (`_image_uuid_from_ref`).
fn find_image<'o>(call: &Call, os: &'o OpenStack, text: &str) -> Result<&'o images::Image, Problem> {
    let id = text.rsplit('/').next().unwrap_or(text);
    if let Ok(image) = images::find(call, os, id) {
        return Ok(image);
    }
    let mut named =
        os.glance.images.all().filter(|image| images::may_see(call, image) && image.name.as_deref() == Some(text));
    match (named.next(), named.next()) {
        (Some(_), Some(_)) => Err(errors::several_images(text)),
        (Some(image), None) => Ok(image),
        _ => Err(errors::invalid_image()),
    }
}

fn group<'o>(call: &Call, os: &'o OpenStack, asked: &CreateVolume) -> Result<Option<&'o groups::Group>, Problem> {
    let id = asked.group_id.0.as_ref().and_then(|id| id.0.as_deref()).filter(|_| call.since(3, 13));
    let id = id.or_else(|| asked.consistencygroup_id.0.as_ref().and_then(|id| id.0.as_deref()));
    id.map(|id| groups::find(call, os, id)).transpose()
}

/// The flag is refused with an explanation, and null with it, though the schema lets that pass.
fn refuse_multiattach(call: &Call) -> Result<(), Problem> {
    let Some(given) = call.json.pointer("/volume/multiattach") else { return Ok(()) };
    let text = python::str(given);
    match python::bool_from_string(&text) {
        Some(true) => Err(errors::multiattach_removed()),
        Some(false) => Ok(()),
        None => Err(errors::not_a_boolean("multiattach", &text)),
    }
}

/// The sizes that a type admits (`provision_filter_on_size`).
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

fn belongs_in(group: &groups::Group, volume_type: Option<&types::VolumeType>) -> Result<(), Problem> {
    let volume_type = volume_type.ok_or_else(errors::group_needs_type)?;
    if group.volume_types.contains(&volume_type.id) {
        Ok(())
    } else {
        Err(errors::type_not_of_group(&as_python_shows(volume_type)))
    }
}

/// A type as Python shows the object.
fn as_python_shows(one: &types::VolumeType) -> String {
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

/// cinder/volume/volume_utils.py, `check_image_metadata`.
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
    Ok(())
}

fn zone<'a>(
    asked: &'a CreateVolume,
    origin: &Origin<'a>,
    os: &'a OpenStack,
    group: Option<&'a groups::Group>,
) -> Result<&'a str, Problem> {
    let of_source = origin.source_volume(os).map(|volume| &*volume.availability_zone);
    let asked = asked.availability_zone.0.as_ref().and_then(|zone| zone.0.as_deref());
    let zone = group.and_then(|group| group.availability_zone.as_deref()).or(asked).or(of_source).unwrap_or(ZONE);
    if zone != ZONE {
        return Err(errors::invalid_zone(zone));
    }
    Ok(zone)
}

impl<'o> Origin<'o> {
    fn source(&self) -> Source {
        match self {
            Origin { snapshot: Some(snapshot), .. } => Source::Snapshot(snapshot.id.clone()),
            Origin { volume: Some(volume), .. } => Source::Volume(volume.id.clone()),
            Origin { image: Some(image), .. } => Source::Image(image.id.clone()),
            Origin { backup: Some(backup), .. } => Source::Backup(backup.id.clone()),
            _ => Source::Nothing,
        }
    }

    /// The size of a volume for which no other is asked; that of images says nothing.
    fn size_gib(&self) -> Option<u32> {
        let snapshot = self.snapshot.map(|snapshot| snapshot.size_gib);
        snapshot.or(self.volume.map(|volume| volume.size_gib)).or(self.backup.map(|backup| backup.size_gib))
    }

    /// The volume that is copied, or of which the snapshot was taken.
    fn source_volume(&self, os: &'o OpenStack) -> Option<&'o Volume> {
        self.volume.or_else(|| os.cinder.volumes.get(&self.snapshot?.volume))
    }

    fn is_bootable(&self, os: &'o OpenStack) -> bool {
        self.source_volume(os).is_some_and(|volume| volume.bootable)
    }

    /// Whoever copies may change the type only where the backend is the same (`_retype_is_possible`).
    fn allows_type(&self, os: &OpenStack, volume_type: Option<&types::VolumeType>) -> Result<(), Problem> {
        let Some(to) = volume_type else { return Ok(()) };
        let of_volume = self.volume.and_then(|volume| volume.volume_type.as_ref());
        let of_snapshot = self.snapshot.and_then(|snapshot| snapshot.volume_type.as_ref());
        let possible = |from: &Id| {
            let from = os.cinder.volume_types.get(from);
            from.is_some_and(|from| {
                from.encryption.is_some() == to.encryption.is_some()
                    && from.backend_name().is_some()
                    && from.backend_name() == to.backend_name()
            })
        };
        if of_volume.is_some_and(|from| *from != to.id && !possible(from)) {
            return Err(errors::type_does_not_fit_source(&to.id));
        }
        if of_snapshot.is_some_and(|from| *from != to.id && !possible(from)) {
            return Err(errors::type_does_not_fit_snapshot(&to.id));
        }
        Ok(())
    }

    fn is_ready(&self) -> Result<(), Problem> {
        if self.snapshot.is_some_and(|snapshot| snapshot.status != snapshots::Status::Available) {
            return Err(errors::invalid_snapshot("Originating snapshot status must be one of 'available' values"));
        }
        if self.volume.is_some_and(|volume| !matches!(volume.status, Status::Available | Status::InUse)) {
            let reason = "Originating source volume status must be one of 'available, in-use' values";
            return Err(errors::invalid_volume(reason));
        }
        if self.backup.is_some_and(|backup| backup.status != backups::Status::Available) {
            return Err(errors::invalid_backup("Originating backup status must be one of 'available' values"));
        }
        Ok(())
    }

    fn fits_into(&self, size: u32) -> Result<(), Problem> {
        if let Some(source) = self.volume.filter(|source| size < source.size_gib) {
            return Err(errors::smaller_than_source(size, source.size_gib));
        }
        if let Some(snapshot) = self.snapshot.filter(|snapshot| size < snapshot.size_gib) {
            return Err(errors::smaller_than_snapshot(size, snapshot.size_gib));
        }
        if let Some(backup) = self.backup.filter(|backup| size < backup.size_gib) {
            return Err(errors::smaller_than_backup(size, backup.size_gib));
        }
        Ok(())
    }

    /// The type of what is copied; an image names one in `cinder_img_volume_type`.
    fn volume_type(&self, call: &Call, os: &'o OpenStack) -> Result<Option<&'o types::VolumeType>, Problem> {
        let of_source = self.volume.and_then(|volume| volume.volume_type.as_ref());
        let id = of_source.or(self.snapshot.and_then(|snapshot| snapshot.volume_type.as_ref()));
        if let Some(id) = id {
            return Ok(os.cinder.volume_types.get(id));
        }
        let named = self.image.and_then(|image| image.properties.get("cinder_img_volume_type")).and_then(Value::as_str);
        named.map(|name| types::find_by_id_or_name(call, os, name)).transpose()
    }
}
