//! Actions on a volume: `POST /volumes/{volume_id}/action` (cinder/api/contrib/volume_actions.py,
//! admin_actions.py).

mod attach;
mod connection;
pub mod extend;
mod flags;
pub mod images;
pub mod migrate;
pub mod removal;
pub mod reset_status;
pub mod retype;
pub mod revert;

pub use migrate::{destination, is_migrating};

use super::super::super::OpenStack;
use super::super::policy::POLICY;
use super::{Volume, find};
use crate::engine::{Call, Context, Id, Operation, Problem};

pub const OPERATIONS: &[&[Operation<OpenStack>]] = &[
    attach::OPERATIONS,
    connection::OPERATIONS,
    extend::OPERATIONS,
    flags::OPERATIONS,
    images::OPERATIONS,
    migrate::OPERATIONS,
    removal::OPERATIONS,
    reset_status::OPERATIONS,
    retype::OPERATIONS,
    revert::OPERATIONS,
];

const PATH: &str = "/volumes/{volume_id}/action";

/// Finds the volume of the action and enforces the policy of the action on it.
fn subject<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Volume, Problem> {
    let volume = find(call, os, call.param("volume_id"))?;
    POLICY.enforce(call, &[("project_id", &volume.project)])?;
    Ok(volume)
}

/// Changes a volume and sets its time of update.
fn update(os: &mut OpenStack, ctx: &Context, id: &Id, change: impl FnOnce(&mut Volume)) {
    if let Some(volume) = os.cinder.volumes.get_mut(id) {
        change(volume);
        volume.updated = Some(ctx.now());
    }
}

/// What a volume uses of the per-type quotas.
fn type_amounts(volume_type: &str, size_gib: u32) -> [(String, i64); 2] {
    [(format!("volumes_{volume_type}"), 1), (format!("gigabytes_{volume_type}"), i64::from(size_gib))]
}
