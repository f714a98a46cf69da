//! The source of a new volume: an image, a snapshot, another volume or a backup.

use super::super::{backups, errors, groups, snapshots, types};
use super::create::{CreateVolume, group};
use super::{Source, Status, Volume};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::parameter_types::OptionalUuid;
use crate::clouds::openstack::glance::images;
use crate::clouds::openstack::parameter_types::Optional;
use crate::engine::{Call, Id, Problem};
use serde_json::Value;

/// The resource that a volume is created from. At most one field is set.
#[derive(Default)]
pub struct Origin<'o> {
    pub snapshot: Option<&'o snapshots::Snapshot>,
    pub volume: Option<&'o Volume>,
    pub image: Option<&'o images::Image>,
    pub backup: Option<&'o backups::Backup>,
}

/// Looks up the source of the volume. The order decides which missing resource is reported.
pub(super) fn find_origin<'o>(call: &Call, os: &'o OpenStack, request: &CreateVolume) -> Result<Origin<'o>, Problem> {
    let id = |field: &Optional<OptionalUuid>| field.0.as_ref().and_then(|id| id.0.clone());
    let mut origin = Origin::default();
    if let Some(id) = id(&request.snapshot_id) {
        origin.snapshot = Some(snapshots::find(call, os, &id)?);
    }
    if let Some(id) = id(&request.source_volid) {
        origin.volume = Some(super::find(call, os, &id)?);
    }
    if let Some(id) = id(&request.consistencygroup_id) {
        groups::find(call, os, &id)?;
    }
    group(call, os, request)?;
    let image = request.image_id.0.as_ref().or(request.image_ref.0.as_ref()).and_then(|image| image.0.as_deref());
    if let Some(image) = image {
        origin.image = Some(find_image(call, os, image)?);
    }
    if let Some(id) = id(&request.backup_id).filter(|_| call.since(3, 47)) {
        origin.backup = Some(backups::find(call, os, &id)?);
    }
    let sources = [origin.snapshot.is_some(), origin.volume.is_some(), origin.image.is_some(), origin.backup.is_some()];
    if sources.into_iter().filter(|present| *present).count() > 1 {
        return Err(errors::invalid_input("May specify only one of backup, imageRef, snapshot, source volume"));
    }
    Ok(origin)
}

/// Finds an image by its id, by a link that ends with the id, or by its name (`_image_uuid_from_ref`).
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

impl<'o> Origin<'o> {
    /// The source as the task of the volume stores it.
    pub fn source(&self) -> Source {
        match self {
            Origin { snapshot: Some(snapshot), .. } => Source::Snapshot(snapshot.id.clone()),
            Origin { volume: Some(volume), .. } => Source::Volume(volume.id.clone()),
            Origin { image: Some(image), .. } => Source::Image(image.id.clone()),
            Origin { backup: Some(backup), .. } => Source::Backup(backup.id.clone()),
            _ => Source::Nothing,
        }
    }

    /// The default size in GiB. An image has none: the request must name a size.
    pub fn size_gib(&self) -> Option<u32> {
        let snapshot = self.snapshot.map(|snapshot| snapshot.size_gib);
        snapshot.or(self.volume.map(|volume| volume.size_gib)).or(self.backup.map(|backup| backup.size_gib))
    }

    /// The source volume, or the volume of the source snapshot.
    pub fn source_volume(&self, os: &'o OpenStack) -> Option<&'o Volume> {
        self.volume.or_else(|| os.cinder.volumes.get(&self.snapshot?.volume))
    }

    /// True if the source volume is bootable.
    pub fn is_bootable(&self, os: &'o OpenStack) -> bool {
        self.source_volume(os).is_some_and(|volume| volume.bootable)
    }

    /// A copy can have another type only on the same backend (`_retype_is_possible`).
    pub fn allows_type(&self, os: &OpenStack, volume_type: Option<&types::VolumeType>) -> Result<(), Problem> {
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

    /// Fails with 400 if the status of the source does not allow it to be copied.
    pub fn is_ready(&self) -> Result<(), Problem> {
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

    /// Fails with 400 if the source is larger than `size` GiB.
    pub fn fits_into(&self, size: u32) -> Result<(), Problem> {
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

    /// The type of the source. An image names one in `cinder_img_volume_type`.
    pub fn volume_type(&self, call: &Call, os: &'o OpenStack) -> Result<Option<&'o types::VolumeType>, Problem> {
        let of_source = self.volume.and_then(|volume| volume.volume_type.as_ref());
        let id = of_source.or(self.snapshot.and_then(|snapshot| snapshot.volume_type.as_ref()));
        if let Some(id) = id {
            return Ok(os.cinder.volume_types.get(id));
        }
        let named = self.image.and_then(|image| image.properties.get("cinder_img_volume_type")).and_then(Value::as_str);
        named.map(|name| types::find_by_id_or_name(call, os, name)).transpose()
    }
}
