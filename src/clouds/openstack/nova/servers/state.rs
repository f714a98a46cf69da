//! The states of a server (vm_state, task_state, power_state), the status derived from them, and the checks before
//! actions.

use super::Server;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::{errors, policy, services};
use crate::engine::{Call, Problem};
use serde::{Deserialize, Serialize};

/// The stable state of a server (nova/compute/vm_states.py).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VmState {
    Building,
    Active,
    Paused,
    Suspended,
    Stopped,
    Rescued,
    Resized,
    #[serde(rename = "soft-delete")]
    SoftDeleted,
    Deleted,
    Error,
    Shelved,
    ShelvedOffloaded,
}

impl VmState {
    /// All states.
    pub const ALL: [VmState; 12] = [
        VmState::Building,
        VmState::Active,
        VmState::Paused,
        VmState::Suspended,
        VmState::Stopped,
        VmState::Rescued,
        VmState::Resized,
        VmState::SoftDeleted,
        VmState::Deleted,
        VmState::Error,
        VmState::Shelved,
        VmState::ShelvedOffloaded,
    ];

    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            VmState::Building => "building",
            VmState::Active => "active",
            VmState::Paused => "paused",
            VmState::Suspended => "suspended",
            VmState::Stopped => "stopped",
            VmState::Rescued => "rescued",
            VmState::Resized => "resized",
            VmState::SoftDeleted => "soft-delete",
            VmState::Deleted => "deleted",
            VmState::Error => "error",
            VmState::Shelved => "shelved",
            VmState::ShelvedOffloaded => "shelved_offloaded",
        }
    }
}

/// The task in progress on a server (nova/compute/task_states.py).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    Scheduling,
    BlockDeviceMapping,
    Networking,
    Spawning,
    ImageSnapshot,
    ImageSnapshotPending,
    ImagePendingUpload,
    ImageUploading,
    ImageBackup,
    UpdatingPassword,
    ResizePrep,
    ResizeMigrating,
    ResizeMigrated,
    ResizeFinish,
    ResizeReverting,
    ResizeConfirming,
    Rebooting,
    RebootPending,
    RebootStarted,
    RebootingHard,
    RebootPendingHard,
    RebootStartedHard,
    Pausing,
    Unpausing,
    Suspending,
    Resuming,
    PoweringOff,
    PoweringOn,
    Rescuing,
    Unrescuing,
    Rebuilding,
    RebuildBlockDeviceMapping,
    RebuildSpawning,
    Migrating,
    Deleting,
    SoftDeleting,
    Restoring,
    Shelving,
    ShelvingImagePendingUpload,
    ShelvingImageUploading,
    ShelvingOffloading,
    Unshelving,
}

impl TaskState {
    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            TaskState::Scheduling => "scheduling",
            TaskState::BlockDeviceMapping => "block_device_mapping",
            TaskState::Networking => "networking",
            TaskState::Spawning => "spawning",
            TaskState::ImageSnapshot => "image_snapshot",
            TaskState::ImageSnapshotPending => "image_snapshot_pending",
            TaskState::ImagePendingUpload => "image_pending_upload",
            TaskState::ImageUploading => "image_uploading",
            TaskState::ImageBackup => "image_backup",
            TaskState::UpdatingPassword => "updating_password",
            TaskState::ResizePrep => "resize_prep",
            TaskState::ResizeMigrating => "resize_migrating",
            TaskState::ResizeMigrated => "resize_migrated",
            TaskState::ResizeFinish => "resize_finish",
            TaskState::ResizeReverting => "resize_reverting",
            TaskState::ResizeConfirming => "resize_confirming",
            TaskState::Rebooting => "rebooting",
            TaskState::RebootPending => "reboot_pending",
            TaskState::RebootStarted => "reboot_started",
            TaskState::RebootingHard => "rebooting_hard",
            TaskState::RebootPendingHard => "reboot_pending_hard",
            TaskState::RebootStartedHard => "reboot_started_hard",
            TaskState::Pausing => "pausing",
            TaskState::Unpausing => "unpausing",
            TaskState::Suspending => "suspending",
            TaskState::Resuming => "resuming",
            TaskState::PoweringOff => "powering-off",
            TaskState::PoweringOn => "powering-on",
            TaskState::Rescuing => "rescuing",
            TaskState::Unrescuing => "unrescuing",
            TaskState::Rebuilding => "rebuilding",
            TaskState::RebuildBlockDeviceMapping => "rebuild_block_device_mapping",
            TaskState::RebuildSpawning => "rebuild_spawning",
            TaskState::Migrating => "migrating",
            TaskState::Deleting => "deleting",
            TaskState::SoftDeleting => "soft-deleting",
            TaskState::Restoring => "restoring",
            TaskState::Shelving => "shelving",
            TaskState::ShelvingImagePendingUpload => "shelving_image_pending_upload",
            TaskState::ShelvingImageUploading => "shelving_image_uploading",
            TaskState::ShelvingOffloading => "shelving_offloading",
            TaskState::Unshelving => "unshelving",
        }
    }
}

/// The state that the hypervisor reports (nova/compute/power_state.py).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PowerState {
    None,
    Running,
    Paused,
    Shutdown,
    Crashed,
    Suspended,
}

impl PowerState {
    /// The number in the API.
    pub fn number(self) -> u8 {
        match self {
            PowerState::None => 0,
            PowerState::Running => 1,
            PowerState::Paused => 3,
            PowerState::Shutdown => 4,
            PowerState::Crashed => 6,
            PowerState::Suspended => 7,
        }
    }
}

/// The status in the API (`status_from_state` in nova/api/openstack/common.py).
pub fn status(vm: VmState, task: Option<TaskState>) -> &'static str {
    use TaskState::*;
    match (vm, task) {
        (VmState::Active, Some(Rebooting | RebootPending | RebootStarted)) => "REBOOT",
        (VmState::Active, Some(RebootingHard | RebootPendingHard | RebootStartedHard)) => "HARD_REBOOT",
        (VmState::Active, Some(UpdatingPassword)) => "PASSWORD",
        (
            VmState::Active | VmState::Stopped | VmState::Error,
            Some(Rebuilding | RebuildBlockDeviceMapping | RebuildSpawning),
        ) => "REBUILD",
        (VmState::Active | VmState::Paused, Some(Migrating)) => "MIGRATING",
        (VmState::Active | VmState::Stopped, Some(ResizePrep | ResizeMigrating | ResizeMigrated | ResizeFinish)) => {
            "RESIZE"
        }
        (VmState::Resized, Some(ResizeReverting)) => "REVERT_RESIZE",
        (VmState::Active, _) => "ACTIVE",
        (VmState::Building, _) => "BUILD",
        (VmState::Stopped, _) => "SHUTOFF",
        (VmState::Resized, _) => "VERIFY_RESIZE",
        (VmState::Paused, _) => "PAUSED",
        (VmState::Suspended, _) => "SUSPENDED",
        (VmState::Rescued, _) => "RESCUE",
        (VmState::Error, _) => "ERROR",
        (VmState::Deleted, _) => "DELETED",
        (VmState::SoftDeleted, _) => "SOFT_DELETED",
        (VmState::Shelved, _) => "SHELVED",
        (VmState::ShelvedOffloaded, _) => "SHELVED_OFFLOADED",
    }
}

impl Server {
    /// The status in the API.
    pub fn status(&self) -> &'static str {
        status(self.vm_state, self.task_state)
    }

    /// Only administrators change locked servers (`check_instance_lock`). Errors: 409.
    pub fn check_lock(&self, call: &Call) -> Result<(), Problem> {
        if self.lock.is_some() && !policy::is_admin(call) { Err(errors::locked(&self.id)) } else { Ok(()) }
    }

    /// Servers without a host were never scheduled or are offloaded (`check_instance_host`). Errors: 409.
    pub fn check_host(&self) -> Result<(), Problem> {
        if self.host.is_none() { Err(errors::not_ready(&self.id)) } else { Ok(()) }
    }

    /// The server has a host, and its compute service is up (`check_instance_host(check_is_up=True)`). Errors: 409.
    pub fn check_host_is_up(&self, os: &OpenStack) -> Result<(), Problem> {
        self.check_host()?;
        let service = self.host.as_deref().and_then(|host| services::compute(os, host));
        if service.is_some_and(|service| service.is_up()) { Ok(()) } else { Err(errors::service_unavailable()) }
    }

    /// Checks whether an action is allowed in the current state (`check_instance_state`). Errors: 409.
    ///
    /// `action` is the name in the message. An empty list allows any state. Most actions pass `&[None]` as `tasks`,
    /// so that they are refused while a task is in progress, and require that the server has run once.
    pub fn check_state(
        &self,
        action: &str,
        vm_states: &[VmState],
        tasks: &[Option<TaskState>],
        must_have_launched: bool,
    ) -> Result<(), Problem> {
        if !vm_states.is_empty() && !vm_states.contains(&self.vm_state) {
            return Err(errors::illegal_state(action, &self.id, "vm_state", self.vm_state.as_str()));
        }
        if !tasks.is_empty() && !tasks.contains(&self.task_state) {
            return Err(match self.task_state {
                Some(task) => errors::illegal_state(action, &self.id, "task_state", task.as_str()),
                None => errors::invalid_state(action, &self.id),
            });
        }
        if must_have_launched && self.launched.is_none() {
            return Err(errors::invalid_state(action, &self.id));
        }
        Ok(())
    }
}
