//! The texts of user messages (cinder/message/message_field.py).

/// The action that failed: number and text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Action(pub &'static str, pub &'static str);

/// The reason of the failure: number and text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detail(pub &'static str, pub &'static str);

impl Action {
    pub const SCHEDULE_ALLOCATE_VOLUME: Action = Action("001", "schedule allocate volume");
    pub const ATTACH_VOLUME: Action = Action("002", "attach volume");
    pub const COPY_VOLUME_TO_IMAGE: Action = Action("003", "copy volume to image");
    pub const UPDATE_ATTACHMENT: Action = Action("004", "update attachment");
    pub const COPY_IMAGE_TO_VOLUME: Action = Action("005", "copy image to volume");
    pub const UNMANAGE_VOLUME: Action = Action("006", "unmanage volume");
    pub const EXTEND_VOLUME: Action = Action("007", "extend volume");
    pub const CREATE_VOLUME_FROM_BACKEND: Action = Action("008", "create volume from backend storage");
    pub const SNAPSHOT_CREATE: Action = Action("009", "create snapshot");
    pub const SNAPSHOT_DELETE: Action = Action("010", "delete snapshot");
    pub const SNAPSHOT_UPDATE: Action = Action("011", "update snapshot");
    pub const SNAPSHOT_METADATA_UPDATE: Action = Action("012", "update snapshot metadata");
    pub const BACKUP_CREATE: Action = Action("013", "create backup");
    pub const BACKUP_DELETE: Action = Action("014", "delete backup");
    pub const BACKUP_RESTORE: Action = Action("015", "restore backup");
    pub const REIMAGE_VOLUME: Action = Action("016", "reimage volume");
}

impl Detail {
    pub const UNKNOWN_ERROR: Detail = Detail("001", "An unknown error occurred.");
    pub const DRIVER_NOT_INITIALIZED: Detail = Detail("002", "Driver is not initialized at present.");
    pub const NO_BACKEND_AVAILABLE: Detail = Detail("003", "Could not find any available weighted backend.");
    pub const FAILED_TO_UPLOAD_VOLUME: Detail = Detail("004", "Failed to upload volume to image at backend.");
    pub const VOLUME_ATTACH_MODE_INVALID: Detail = Detail("005", "Volume's attach mode is invalid.");
    pub const QUOTA_EXCEED: Detail = Detail("006", "Not enough quota resource for operation.");
    pub const NOT_ENOUGH_SPACE_FOR_IMAGE: Detail =
        Detail("007", "Image used for creating volume exceeds available space.");
    pub const UNMANAGE_ENC_NOT_SUPPORTED: Detail = Detail("008", "Unmanaging encrypted volumes is not supported.");
    pub const NOTIFY_COMPUTE_SERVICE_FAILED: Detail = Detail("009", "Compute service failed to extend volume.");
    pub const DRIVER_FAILED_EXTEND: Detail = Detail("010", "Volume Driver failed to extend volume.");
    pub const SIGNATURE_VERIFICATION_FAILED: Detail = Detail("011", "Image signature verification failed.");
    pub const DRIVER_FAILED_CREATE: Detail = Detail("012", "Driver failed to create the volume.");
    pub const SNAPSHOT_CREATE_ERROR: Detail = Detail("013", "Snapshot failed to create.");
    pub const SNAPSHOT_UPDATE_METADATA_FAILED: Detail = Detail("014", "Volume snapshot update metadata failed.");
    pub const SNAPSHOT_IS_BUSY: Detail = Detail("015", "Snapshot is busy.");
    pub const SNAPSHOT_DELETE_ERROR: Detail = Detail("016", "Snapshot failed to delete.");
    pub const BACKUP_INVALID_STATE: Detail = Detail("017", "Backup status is invalid.");
    pub const BACKUP_SERVICE_DOWN: Detail = Detail("018", "Backup service is down.");
    pub const BACKUP_CREATE_DEVICE_ERROR: Detail =
        Detail("019", "Failed to get backup device from the volume service.");
    pub const BACKUP_CREATE_DRIVER_ERROR: Detail = Detail("020", "Backup driver failed to create backup.");
    pub const ATTACH_ERROR: Detail = Detail("021", "Failed to attach volume.");
    pub const DETACH_ERROR: Detail = Detail("022", "Failed to detach volume.");
    pub const BACKUP_CREATE_CLEANUP_ERROR: Detail = Detail("023", "Cleanup of temporary volume/snapshot failed.");
    pub const BACKUP_SCHEDULE_ERROR: Detail =
        Detail("024", "Backup failed to schedule. Service not found for creating backup.");
    pub const BACKUP_DELETE_DRIVER_ERROR: Detail = Detail("025", "Backup driver failed to delete backup.");
    pub const BACKUP_RESTORE_ERROR: Detail = Detail("026", "Backup driver failed to restore backup.");
    pub const VOLUME_INVALID_STATE: Detail = Detail("027", "Volume status is invalid.");
    pub const REIMAGE_VOLUME_FAILED: Detail = Detail("028", "Compute service failed to reimage volume.");
    pub const IMAGE_FORMAT_UNACCEPTABLE: Detail = Detail(
        "029",
        "The image disk format must be the same as the volume format for the volume type you are requesting.",
    );
    pub const INCREMENTAL_BACKUP_FORCES_FULL_BACKUP: Detail =
        Detail("030", "Incremental backup not possible, forcing full backup.");
}
