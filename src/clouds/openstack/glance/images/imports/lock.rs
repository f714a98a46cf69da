//! The import lock: only one task at a time may use an image (`os_glance_import_task`).

use super::super::super::errors;
use super::super::super::tasks;
use super::super::change;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Context, Id, Problem};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// The state of the imports of an image.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Import {
    /// The task that holds the lock.
    pub task: Option<Id>,
    /// The stores that do not have the data yet (`os_glance_importing_to_stores`).
    pub importing_to: Vec<String>,
    /// The stores for which the import failed (`os_glance_failed_import`).
    pub failed_in: Vec<String>,
}

/// Releases a stale lock; the error is 409 if another task holds it. A task loses the lock after one hour without
/// progress, or two hours if it has not begun (`_enforce_import_lock`).
pub fn check_lock(os: &mut OpenStack, ctx: &mut Context, image: &Id) -> Result<(), Problem> {
    let import = os.glance.images.get(image).and_then(|image| image.import.as_ref());
    let Some(id) = import.and_then(|import| import.task.clone()) else { return Ok(()) };
    if let Some(task) = os.glance.tasks.get(&id) {
        let max_age = if task.status == tasks::Status::Pending { 2 } else { 1 };
        if ctx.now() - task.updated < TimeDelta::hours(max_age) {
            return Err(errors::active_task());
        }
        tasks::preempt(os, ctx, &id);
    }
    unlock(os, image);
    Ok(())
}

/// Gives the lock to a task.
pub fn lock(os: &mut OpenStack, ctx: &mut Context, image: &Id, task: &Id) {
    change(os, ctx.now(), image, |image| {
        image.import.get_or_insert_default().task = Some(task.clone());
    });
}

/// Releases the lock. `updated_at` stays.
pub fn unlock(os: &mut OpenStack, image: &Id) {
    if let Some(image) = os.glance.images.get_mut(image)
        && let Some(import) = &mut image.import
    {
        import.task = None;
    }
}
