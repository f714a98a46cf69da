//! The transitions of an import (glance/async_/flows/api_image_import.py). A staged or queued image is `importing`,
//! then `active`; if the import fails, it is queued again. During a copy the image stays active.

use super::super::super::stores;
use super::super::super::tasks::{self, Source, Task};
use super::super::{Image, Status, change, data};
use super::unlock;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Blob, Context, Id, Transition, transition};
use serde_json::{Value, json};

/// The task begins.
pub const BEGIN: Transition<OpenStack> = transition("glance.import.begin", begin, fail);
/// The data are in the stores.
pub const FINISH: Transition<OpenStack> = transition("glance.import.finish", finish, fail);

/// The transitions of imports.
pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&BEGIN, &FINISH];

/// The prefixes of properties that `glance-download` copies (`glance_download_properties` with upstream's defaults).
const COPIED: [&str; 5] = ["hw_", "trait:", "os_distro", "os_secure_boot", "os_type"];

fn begin(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some((task, image)) = tasks::begin(os, ctx, id) else { return };
    let stores = stores_of(&task);
    let copied = is_copy(&task);
    change(os, ctx.now(), &image.id, |image| {
        if !copied {
            image.status = Status::Importing;
        }
        let import = image.import.get_or_insert_default();
        import.failed_in.retain(|store| !stores.contains(store));
        import.importing_to = stores;
        import.importing_to.sort_unstable();
    });
    ctx.later(&FINISH, id);
}

fn finish(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some((task, image)) = tasks::unfinished(os, id) else { return tasks::fail(os, ctx, id) };
    let Some(content) = content(os, &task, &image) else { return fail(os, ctx, id, "") };
    let stores = stores_of(&task);
    let (written, refused): (Vec<_>, Vec<_>) = stores.into_iter().partition(|store| is_writable(store));
    let all_stores_required = task.input["import_req"]["all_stores_must_succeed"] != Value::Bool(false);
    if written.is_empty() || (all_stores_required && !refused.is_empty()) {
        return fail(os, ctx, id, "");
    }
    let size = content.len();
    if let Source::Image(source) = &task.source {
        copy_metadata(os, source, &image.id);
    }
    let copied = is_copy(&task);
    change(os, ctx.now(), &image.id, |image| {
        for store in &written {
            image.locations.push(stores::location(store, &image.id));
        }
        image.locations.sort_by_key(|at| -at.store().and_then(stores::find).map_or(0, |store| store.weight));
        if !copied {
            data::set_content(image, content);
            image.status = Status::Active;
        }
        let import = image.import.get_or_insert_default();
        import.importing_to.clear();
        import.failed_in = refused;
    });
    unlock(os, &image.id);
    tasks::succeed(os, ctx, id, json!({"image_id": image.id}), &format!("Copied {} MiB", size >> 20));
}

/// Reverts the image and lists the stores of the task as failed. If the metadata of the other Glance cannot be read,
/// upstream fails before it uses any store, so the image keeps `os_glance_importing_to_stores` and no store has failed
/// (`_ImportMetadata.revert`).
fn fail(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    if let Some((task, image)) = tasks::unfinished(os, id) {
        unlock(os, &image.id);
        let copied = is_copy(&task);
        let without_metadata = method(&task) == "glance-download" && content(os, &task, &image).is_none();
        change(os, ctx.now(), &image.id, |image| {
            if !copied {
                image.back_to_queued();
                image.staged = None;
            }
            if without_metadata {
                return;
            }
            let import = image.import.get_or_insert_default();
            import.importing_to.clear();
            import.failed_in = stores_of(&task);
            import.failed_in.sort_unstable();
        });
    }
    tasks::fail(os, ctx, id);
}

/// The data, if they are available.
fn content(os: &OpenStack, task: &Task, image: &Image) -> Option<Blob> {
    match &task.source {
        Source::Fetched(content) => Some(content.clone()),
        Source::Staged => image.staged.clone(),
        Source::Image(source) => os.glance.images.get(source)?.content.clone(),
        Source::Missing => None,
    }
}

/// Copies the formats and some of the properties from the image of the other Glance.
fn copy_metadata(os: &mut OpenStack, source: &Id, id: &Id) {
    let Some(source) = os.glance.images.get(source).filter(|source| source.id != *id).cloned() else { return };
    if let Some(image) = os.glance.images.get_mut(id) {
        (image.disk_format, image.container_format) = (source.disk_format, source.container_format);
        let copied = source.properties.into_iter();
        image.properties.extend(copied.filter(|(name, _)| COPIED.iter().any(|prefix| name.starts_with(prefix))));
    }
}

fn stores_of(task: &Task) -> Vec<String> {
    let stores = task.input["backend"].as_array();
    stores.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn method(task: &Task) -> &Value {
    &task.input["import_req"]["method"]["name"]
}

fn is_copy(task: &Task) -> bool {
    method(task) == "copy-image"
}

fn is_writable(store: &str) -> bool {
    stores::writable().any(|known| known == store)
}
