//! What happens to volumes after the answer (cinder/volume/flows/manager/create_volume.py).

use super::super::messages::{self, About, Action, Detail};
use super::super::scheduler;
use super::{Doing, Source, Status, Volume, destroy};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::glance::images::Image;
use crate::engine::{Blob, Context, Id, Transition, transition};
use serde_json::{Map, Value, json};

pub const CREATE: Transition<OpenStack> = transition("cinder.volume.create", created, create_failed);
pub const DOWNLOAD: Transition<OpenStack> = transition("cinder.volume.download", downloaded, download_failed);
pub const DELETE: Transition<OpenStack> = transition("cinder.volume.delete", deleted, delete_failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&CREATE, &DOWNLOAD, &DELETE];

pub fn created(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(volume) = os.cinder.volumes.get(id).filter(|volume| volume.status == Status::Creating) else { return };
    let volume_type = volume.volume_type.as_ref().and_then(|id| os.cinder.volume_types.get(id));
    let Some(host) = volume.host.clone().or_else(|| scheduler::place(volume_type)) else {
        messages::note(os, ctx, About::Volume, id, Action::SCHEDULE_ALLOCATE_VOLUME, Detail::NO_BACKEND_AVAILABLE);
        return transition_if(os, ctx, id, Status::Creating, |volume| {
            (volume.status, volume.doing) = (Status::Error, None)
        });
    };
    let from = match &volume.doing {
        Some(Doing::Create { from }) => from.clone(),
        _ => Source::Nothing,
    };
    if let Source::Image(_) = from {
        transition_if(os, ctx, id, Status::Creating, |volume| volume.status = Status::Downloading);
        return ctx.later(&DOWNLOAD, id);
    }
    let (content, image_metadata) = inherited(os, &from);
    let backup = if let Source::Backup(id) = &from { os.cinder.backups.get(id).cloned() } else { None };
    transition_if(os, ctx, id, Status::Creating, |volume| {
        (volume.status, volume.doing, volume.host) = (Status::Available, None, Some(host));
        (volume.content, volume.image_metadata) = (content, image_metadata);
        if let Some(backup) = backup {
            backup.restore_to(volume);
        }
    });
}

/// What a volume has of what it was made from: the bytes, and what that kept of its image.
fn inherited(os: &OpenStack, from: &Source) -> (Option<Blob>, Map<String, Value>) {
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

pub fn create_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    if os.cinder.volumes.get(id).is_some_and(|volume| volume.status == Status::Creating) {
        messages::note(os, ctx, About::Volume, id, Action::CREATE_VOLUME_FROM_BACKEND, Detail::DRIVER_FAILED_CREATE);
    }
    transition_if(os, ctx, id, Status::Creating, |volume| (volume.status, volume.doing) = (Status::Error, None));
}

/// The image is on the volume, which keeps what describes it, and can be booted from.
fn downloaded(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(Doing::Create { from: Source::Image(image) }) =
        os.cinder.volumes.get(id).and_then(|one| one.doing.clone())
    else {
        return;
    };
    let Some(image) = os.glance.images.get(&image) else { return download_failed(os, ctx, id, "the image is gone") };
    let (content, metadata) = (image.content.clone(), kept_of(image));
    transition_if(os, ctx, id, Status::Downloading, |volume| {
        (volume.status, volume.doing, volume.bootable) = (Status::Available, None, true);
        volume.content = content;
        volume.image_metadata = metadata;
    });
}

/// What a volume keeps of its image, as text.
pub fn kept_of(image: &Image) -> Map<String, Value> {
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
        messages::note(os, ctx, About::Volume, id, Action::COPY_IMAGE_TO_VOLUME, Detail::UNKNOWN_ERROR);
    }
    transition_if(os, ctx, id, Status::Downloading, |volume| (volume.status, volume.doing) = (Status::Error, None));
}

pub fn deleted(os: &mut OpenStack, _ctx: &mut Context, id: &Id) {
    let deleting = |volume: &Volume| matches!(volume.status, Status::Deleting | Status::ErrorManagingDeleting);
    if os.cinder.volumes.get(id).is_some_and(deleting) {
        destroy(os, id);
    }
}

fn delete_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    transition_if(os, ctx, id, Status::Deleting, |volume| volume.status = Status::ErrorDeleting);
}

/// Changes the volume if it is still in the state `from`: one that was reset or deleted meanwhile is left alone.
pub fn transition_if(os: &mut OpenStack, ctx: &mut Context, id: &Id, from: Status, change: impl FnOnce(&mut Volume)) {
    if os.cinder.volumes.get(id).is_none_or(|volume| volume.status != from) {
        return;
    }
    if let Some(volume) = os.cinder.volumes.get_mut(id) {
        change(volume);
        volume.updated = Some(ctx.now());
    }
}
