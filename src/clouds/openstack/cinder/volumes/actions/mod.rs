//! What can be done to a volume: `POST /volumes/{volume_id}/action`, a file for each kind of thing.

mod attach;
mod connection;
pub mod extend;
mod flags;
pub mod images;
pub mod leave;
pub mod migrate;
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
    leave::OPERATIONS,
    migrate::OPERATIONS,
    reset_status::OPERATIONS,
    retype::OPERATIONS,
    revert::OPERATIONS,
];

const PATH: &str = "/volumes/{volume_id}/action";

/// The volume that the action is about: it is found first, then the caller's right to the action is
/// asked about it.
fn subject<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Volume, Problem> {
    let volume = find(call, os, call.param("volume_id"))?;
    POLICY.enforce(call, &[("project_id", &volume.project)])?;
    Ok(volume)
}

/// Changes a volume and notes when.
fn update(os: &mut OpenStack, ctx: &Context, id: &Id, change: impl FnOnce(&mut Volume)) {
    if let Some(volume) = os.cinder.volumes.get_mut(id) {
        change(volume);
        volume.updated = Some(ctx.now());
    }
}

/// What a volume counts as under the quotas of its type alone.
fn of_type(volume_type: &str, size_gib: u32) -> [(String, i64); 2] {
    [(format!("volumes_{volume_type}"), 1), (format!("gigabytes_{volume_type}"), i64::from(size_gib))]
}
