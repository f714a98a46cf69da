//! Transitions of volumes (cinder/volume/flows/manager/create_volume.py, cinder/volume/manager.py).

use super::super::messages::{self, Action, Detail, ResourceType};
use super::super::scheduler;
use super::{Source, Status, Task, Volume, destroy};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::glance::images::Image;
use crate::engine::{Blob, Context, Id, Transition, transition};
use serde_json::{Map, Value, json};

/// Ends `creating`.
pub const CREATE: Transition<OpenStack> = transition("cinder.volume.create", created, create_failed);
/// Ends `downloading`.
pub const DOWNLOAD: Transition<OpenStack> = transition("cinder.volume.download", downloaded, download_failed);
/// Ends `deleting`.
pub const DELETE: Transition<OpenStack> = transition("cinder.volume.delete", deleted, delete_failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&CREATE, &DOWNLOAD, &DELETE];

/// Places the volume and makes it available, or starts the download of its image.
pub fn created(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(volume) = os.cinder.volumes.get(id).filter(|volume| volume.status == Status::Creating) else { return };
    let volume_type = volume.volume_type.as_ref().and_then(|id| os.cinder.volume_types.get(id));
    let Some(host) = volume.host.clone().or_else(|| scheduler::place(volume_type)) else {
        messages::create(
            os,
            ctx,
            ResourceType::Volume,
            id,
            Action::SCHEDULE_ALLOCATE_VOLUME,
            Detail::NO_BACKEND_AVAILABLE,
        );
        return transition_if(os, ctx, id, Status::Creating, |volume| {
            (volume.status, volume.task) = (Status::Error, None)
        });
    };
    let from = match &volume.task {
        Some(Task::Create { from }) => from.clone(),
        _ => Source::Nothing,
    };
    if let Source::Image(_) = from {
        transition_if(os, ctx, id, Status::Creating, |volume| volume.status = Status::Downloading);
        return ctx.later(&DOWNLOAD, id);
    }
    let (content, image_metadata) = copied_from(os, &from);
    let backup = if let Source::Backup(id) = &from { os.cinder.backups.get(id).cloned() } else { None };
    transition_if(os, ctx, id, Status::Creating, |volume| {
        (volume.status, volume.task, volume.host) = (Status::Available, None, Some(host));
        (volume.content, volume.image_metadata) = (content, image_metadata);
        if let Some(backup) = backup {
            backup.restore_to(volume);
        }
    });
}

/// The content and image metadata that a new volume copies from its source.
fn copied_from(os: &OpenStack, from: &Source) -> (Option<Blob>, Map<String, Value>) {
    let volume = |id: &Id| os.cinder.volumes.get(id);
    match from {
        Source::Volume(id) => {
            volume(id).map(|source| (source.content.clone(), source.image_metadata.clone())).unwrap_or_default()
        }
        Source::Snapshot(id) => {
            let snapshot = os.cinder.snapshots.get(id);
            snapshot.map(|from| (from.content.clone(), from.image_metadata.clone())).unwrap_or_default()
        }
        Source::Nothing | Source::Image(_) | Source::Backup(_) => Default::default(),
    }
}

/// The creation failed: the volume is in error and a user message is written.
pub fn create_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    if os.cinder.volumes.get(id).is_some_and(|volume| volume.status == Status::Creating) {
        messages::create(
            os,
            ctx,
            ResourceType::Volume,
            id,
            Action::CREATE_VOLUME_FROM_BACKEND,
            Detail::DRIVER_FAILED_CREATE,
        );
    }
    transition_if(os, ctx, id, Status::Creating, |volume| (volume.status, volume.task) = (Status::Error, None));
}

/// The image has been written to the volume, which is bootable now.
fn downloaded(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(Task::Create { from: Source::Image(image) }) = os.cinder.volumes.get(id).and_then(|one| one.task.clone())
    else {
        return;
    };
    let Some(image) = os.glance.images.get(&image) else { return download_failed(os, ctx, id, "the image is gone") };
    let (content, metadata) = (image.content.clone(), metadata_from_image(image));
    transition_if(os, ctx, id, Status::Downloading, |volume| {
        (volume.status, volume.task, volume.bootable) = (Status::Available, None, true);
        volume.content = content;
        volume.image_metadata = metadata;
    });
}

/// The image metadata of a volume: all values are strings.
pub fn metadata_from_image(image: &Image) -> Map<String, Value> {
    let mut metadata = Map::new();
    metadata.insert("signature_verified".into(), json!("False"));
    metadata.insert("image_id".into(), json!(image.id));
    for (key, value) in [
        ("image_name", image.name.clone()),
        ("checksum", image.checksum.clone()),
        ("container_format", image.container_format.clone()),
        ("disk_format", image.disk_format.clone()),
        ("min_disk", Some(image.min_disk.to_string())),
        ("min_ram", Some(image.min_ram.to_string())),
        ("size", image.size.map(|size| size.to_string())),
    ] {
        if let Some(value) = value {
            metadata.insert(key.into(), json!(value));
        }
    }
    metadata.extend(image.properties.clone());
    metadata
}

fn download_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    if os.cinder.volumes.get(id).is_some_and(|volume| volume.status == Status::Downloading) {
        messages::create(os, ctx, ResourceType::Volume, id, Action::COPY_IMAGE_TO_VOLUME, Detail::UNKNOWN_ERROR);
    }
    transition_if(os, ctx, id, Status::Downloading, |volume| (volume.status, volume.task) = (Status::Error, None));
}

/// Removes the volume.
pub fn deleted(os: &mut OpenStack, _ctx: &mut Context, id: &Id) {
    let deleting = |volume: &Volume| matches!(volume.status, Status::Deleting | Status::ErrorManagingDeleting);
    if os.cinder.volumes.get(id).is_some_and(deleting) {
        destroy(os, id);
    }
}

fn delete_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    transition_if(os, ctx, id, Status::Deleting, |volume| volume.status = Status::ErrorDeleting);
}

/// Changes the volume if its status is still `from`. It may have been reset or deleted in the meantime.
pub fn transition_if(os: &mut OpenStack, ctx: &mut Context, id: &Id, from: Status, change: impl FnOnce(&mut Volume)) {
    if os.cinder.volumes.get(id).is_none_or(|volume| volume.status != from) {
        return;
    }
    if let Some(volume) = os.cinder.volumes.get_mut(id) {
        change(volume);
        volume.updated = Some(ctx.now());
    }
}
