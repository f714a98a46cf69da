//! Errors of backups (cinder/backup/api.py).

use super::{bad_request, invalid_volume, not_found, snapshots::invalid_snapshot};
use crate::clouds::openstack::cinder::backups::Status as BackupStatus;
use crate::clouds::openstack::cinder::snapshots::Status as SnapshotStatus;
use crate::clouds::openstack::cinder::status::StatusText;
use crate::clouds::openstack::cinder::volumes::Status as VolumeStatus;
use crate::engine::Problem;

pub fn backup_not_found(id: &str) -> Problem {
    not_found(format!("Backup {id} could not be found."))
}

pub fn all_tenants_not_a_boolean(text: &str) -> Problem {
    bad_request(format!("all_tenants must be a boolean, got '{text}'."))
}

pub fn snapshot_of_another_volume(volume: &str, its: &str) -> Problem {
    invalid_volume(format!("Volume {volume} does not match with snapshot.volume_id {its}."))
}

pub fn snapshot_to_back_up(status: SnapshotStatus) -> Problem {
    let needed = "Snapshot to be backed up must be available";
    invalid_snapshot(format!("{needed}, but the current status is \"{}\".", status.text()))
}

pub fn volume_to_back_up(status: VolumeStatus) -> Problem {
    let needed = "Volume to be backed up must be available or in-use";
    invalid_volume(format!("{needed}, but the current status is \"{}\".", status.text()))
}

pub fn backup_in_use_needs_force() -> Problem {
    invalid_volume("Backing up an in-use volume must use the force flag.")
}

pub fn no_backup_to_add_to() -> Problem {
    invalid_backup("No backups available to do an incremental backup.")
}

pub fn backup_status_to_delete() -> Problem {
    invalid_backup("Backup status must be available or error")
}

pub fn backup_has_dependents() -> Problem {
    invalid_backup("Incremental backups exist for this backup.")
}

pub fn backup_status_to_restore() -> Problem {
    invalid_backup("Backup status must be available")
}

pub fn backup_status_to_export(status: BackupStatus) -> Problem {
    invalid_backup(format!("Backup status must be available and not {}.", status.text()))
}

pub fn volume_to_restore_to() -> Problem {
    invalid_volume("Volume to be restored to must be available")
}

pub fn volume_too_small_to_restore_to(volume_gib: u32, backup_gib: u32) -> Problem {
    let sizes = format!("volume size {volume_gib} is too small to restore backup of size {backup_gib}.");
    invalid_volume(sizes)
}

pub fn backup_status_unknown(status: &str) -> Problem {
    bad_request(format!("Backup status: {status} is invalid, valid statuses are: ['available', 'error']."))
}

pub fn backup_record_cannot_be_decoded() -> Problem {
    bad_request("Invalid input received: Can't decode backup record.")
}

pub fn backup_record_cannot_be_parsed() -> Problem {
    bad_request("Invalid input received: Can't parse backup record.")
}

pub fn backup_record_without_id() -> Problem {
    bad_request("Invalid input received: Provided backup record is missing an id")
}

pub fn backup_record_without_size() -> Problem {
    bad_request("Invalid input received: Provided backup record is missing size attribute")
}

pub fn backup_exists_already() -> Problem {
    invalid_backup("Backup already exists in database.")
}

fn invalid_backup(reason: impl AsRef<str>) -> Problem {
    bad_request(format!("Invalid backup: {}", reason.as_ref()))
}
