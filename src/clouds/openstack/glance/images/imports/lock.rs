//! One task at a time works on an image (`os_glance_import_task`).

use super::super::super::errors;
use super::super::super::tasks;
use super::super::change;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Context, Id, Problem};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// How the imports of an image stand.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Import {
    /// The task that works on the image.
    pub task: Option<Id>,
    /// The stores that it is still to come to.
    pub importing_to: Vec<String>,
    /// Those where that went wrong.
    pub failed_in: Vec<String>,
}

/// Refuses while another task works on the image. A task that did nothing for an hour is given up, one that did
/// not even begin after two.
pub fn take_lock(os: &mut OpenStack, ctx: &mut Context, image: &Id) -> Result<(), Problem> {
    let import = os.glance.images.get(image).and_then(|image| image.import.as_ref());
    let Some(id) = import.and_then(|import| import.task.clone()) else { return Ok(()) };
    if let Some(task) = os.glance.tasks.get(&id) {
        let patience = if task.status == tasks::Status::Pending { 2 } else { 1 };
        if ctx.now() - task.updated < TimeDelta::hours(patience) {
            return Err(errors::active_task());
        }
        tasks::give_up(os, ctx, &id);
    }
    unlock(os, image);
    Ok(())
}

pub fn lock(os: &mut OpenStack, ctx: &mut Context, image: &Id, task: &Id) {
    change(os, ctx.now(), image, |image| {
        image.import.get_or_insert_default().task = Some(task.clone());
    });
}

/// This is no change that a client would see in the time of the last update.
pub fn unlock(os: &mut OpenStack, image: &Id) {
    if let Some(image) = os.glance.images.get_mut(image)
        && let Some(import) = &mut image.import
    {
        import.task = None;
    }
}
