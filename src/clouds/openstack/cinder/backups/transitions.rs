//! Transitions of backups (cinder/backup/manager.py).

use super::super::super::OpenStack;
use super::super::messages::{self, Action, Detail, ResourceType};
use super::super::{snapshots, volumes};
use super::{Backup, Saved, Status, forget};
use crate::clouds::openstack::cinder::status::StatusText;
use crate::engine::{Context, Id, Transition, transition};

/// Ends `creating`.
pub const CREATE: Transition<OpenStack> = transition("cinder.backup.create", created, create_failed);
/// Ends `restoring`.
pub const RESTORE: Transition<OpenStack> = transition("cinder.backup.restore", restored, restore_failed);
/// Ends `deleting`.
pub const DELETE: Transition<OpenStack> = transition("cinder.backup.delete", deleted, delete_failed);
/// Ends `creating` of an imported backup.
pub const IMPORT: Transition<OpenStack> = transition("cinder.backup.import", imported, import_failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&CREATE, &RESTORE, &DELETE, &IMPORT];

/// The backup driver, as records name it.
pub const DRIVER: &str = "cinder.backup.drivers.posix.PosixBackupDriver";
/// The size of the driver's objects in bytes (`backup_file_size`).
const OBJECT_SIZE: u64 = 1_999_994_880;

fn created(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(backup) = os.cinder.backups.get(id).filter(|backup| backup.status == Status::Creating) else { return };
    if let Err(reason) = check_source(os, backup) {
        transition_if(os, ctx, id, Status::Creating, |backup| fail(backup, &reason));
        return;
    }
    let Some(volume) = os.cinder.volumes.get(&backup.volume) else { return };
    let saved = Saved::of(volume);
    let encryption_key = volume.encryption_key_id.is_some().then(|| ctx.uuid());
    let snapshot = backup.snapshot.as_ref().and_then(|id| os.cinder.snapshots.get(id));
    let content = snapshot.map_or(&volume.content, |snapshot| &snapshot.content).clone();
    let (size_gib, parent, stamp) = (volume.size_gib, backup.parent.clone(), ctx.now().format("%Y%m%d%H%M%S"));
    let object_prefix = format!("volume_{}_{stamp}_backup_{id}", volume.id);
    release_source(os, ctx, id, volumes::Status::BackingUp);
    transition_if(os, ctx, id, Status::Creating, |backup| {
        backup.status = Status::Available;
        (backup.saved, backup.content, backup.encryption_key_id) = (saved, content, encryption_key);
        (backup.service, backup.service_metadata) = (Some(DRIVER.into()), Some(object_prefix));
        backup.container.get_or_insert_with(|| container(id));
        backup.availability_zone.get_or_insert_with(|| "nova".into());
        backup.size_gib = size_gib;
        backup.object_count = (u64::from(size_gib) << 30).div_ceil(OBJECT_SIZE) as u32;
    });
    if let Some(parent) = parent.and_then(|parent| os.cinder.backups.get_mut(&parent)) {
        parent.dependents += 1;
    }
}

/// The driver's default container, such as `f2/55/f255f1c8-…`.
fn container(id: &str) -> String {
    format!("{}/{}/{id}", id.get(..2).unwrap_or_default(), id.get(2..4).unwrap_or_default())
}

/// Checks that the source still has the status `backing-up`. The error is the reason of the failure.
fn check_source(os: &OpenStack, backup: &Backup) -> Result<(), String> {
    let (kind, status) = match &backup.snapshot {
        Some(id) => ("snapshot", os.cinder.snapshots.get(id).map(|snapshot| snapshot.status.text())),
        None => ("volume", os.cinder.volumes.get(&backup.volume).map(|volume| volume.status.text())),
    };
    match status.as_deref().filter(|_| os.cinder.volumes.contains(&backup.volume)) {
        Some("backing-up") => Ok(()),
        Some(status) => Err(format!("Create backup aborted, expected {kind} status backing-up but got {status}.")),
        None => Err(format!("Volume {} could not be found.", backup.volume)),
    }
}

/// Restores the status of the volume, or makes the snapshot available. `previous` is stored as the volume's
/// previous status.
fn release_source(os: &mut OpenStack, ctx: &mut Context, id: &Id, previous: volumes::Status) {
    let Some(backup) = os.cinder.backups.get(id) else { return };
    if let Some(snapshot) = backup.snapshot.as_ref().and_then(|id| os.cinder.snapshots.get_mut(id)) {
        if snapshot.status == snapshots::Status::BackingUp {
            (snapshot.status, snapshot.updated) = (snapshots::Status::Available, Some(ctx.now()));
        }
        return;
    }
    let volume = backup.volume.clone();
    volumes::transition_if(os, ctx, &volume, volumes::Status::BackingUp, |volume| {
        volume.status = volume.previous_status.unwrap_or(volumes::Status::Available);
        volume.previous_status = Some(previous);
    });
}

fn create_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, reason: &str) {
    if transition_if(os, ctx, id, Status::Creating, |backup| fail(backup, reason)) {
        release_source(os, ctx, id, volumes::Status::ErrorBackingUp);
        messages::create(os, ctx, ResourceType::Backup, id, Action::BACKUP_CREATE, Detail::BACKUP_CREATE_DRIVER_ERROR);
    }
}

fn restored(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(backup) = os.cinder.backups.get(id).filter(|backup| backup.status == Status::Restoring) else { return };
    let backup = backup.clone();
    let to = backup.restore_volume.as_ref().unwrap_or(&backup.volume);
    volumes::transition_if(os, ctx, to, volumes::Status::RestoringBackup, |volume| {
        volume.status = volumes::Status::Available;
        backup.restore_to(volume);
    });
    transition_if(os, ctx, id, Status::Restoring, |backup| backup.status = Status::Available);
}

fn restore_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    let to = os.cinder.backups.get(id).and_then(|backup| backup.restore_volume.clone());
    if !transition_if(os, ctx, id, Status::Restoring, |backup| backup.status = Status::Available) {
        return;
    }
    if let Some(to) = to {
        volumes::transition_if(os, ctx, &to, volumes::Status::RestoringBackup, |volume| {
            volume.status = volumes::Status::ErrorRestoring;
        });
    }
    messages::create(os, ctx, ResourceType::Backup, id, Action::BACKUP_RESTORE, Detail::BACKUP_RESTORE_ERROR);
}

fn deleted(os: &mut OpenStack, _ctx: &mut Context, id: &Id) {
    if os.cinder.backups.get(id).is_some_and(|backup| backup.status == Status::Deleting) {
        forget(os, id);
    }
}

fn delete_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, reason: &str) {
    if transition_if(os, ctx, id, Status::Deleting, |backup| fail(backup, reason)) {
        messages::create(os, ctx, ResourceType::Backup, id, Action::BACKUP_DELETE, Detail::BACKUP_DELETE_DRIVER_ERROR);
    }
}

/// An unusable record already has its `fail_reason`.
fn imported(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    transition_if(os, ctx, id, Status::Creating, |backup| {
        backup.status = if backup.fail_reason.is_some() { Status::Error } else { Status::Available };
    });
}

fn import_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, reason: &str) {
    transition_if(os, ctx, id, Status::Creating, |backup| fail(backup, reason));
}

/// The database column has 255 characters.
fn fail(backup: &mut Backup, reason: &str) {
    backup.status = Status::Error;
    backup.fail_reason = Some(reason.chars().take(255).collect());
}

/// Changes the backup if its status is still `from`, and returns whether it was. It may have been reset or
/// deleted in the meantime.
fn transition_if(
    os: &mut OpenStack,
    ctx: &mut Context,
    id: &Id,
    from: Status,
    change: impl FnOnce(&mut Backup),
) -> bool {
    if os.cinder.backups.get(id).is_none_or(|backup| backup.status != from) {
        return false;
    }
    if let Some(backup) = os.cinder.backups.get_mut(id) {
        change(backup);
        backup.updated = Some(ctx.now());
    }
    true
}
