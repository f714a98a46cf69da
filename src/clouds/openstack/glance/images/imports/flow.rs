//! What happens in an import (glance/async_/flows/api_image_import.py): a staged or queued image is `importing`,
//! then active; a copy leaves the image active all the while. If it fails, the image is queued again.

use super::super::super::stores;
use super::super::super::tasks::{self, Source, Task};
use super::super::{Image, Status, change, data};
use super::unlock;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Blob, Context, Id, Transition, transition};
use serde_json::{Value, json};

pub const BEGIN: Transition<OpenStack> = transition("glance.import.begin", begins, failed);
pub const FINISH: Transition<OpenStack> = transition("glance.import.finish", finishes, failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&BEGIN, &FINISH];

/// Properties that come along from another Glance begin like this (`glance_download_properties`).
const COPIED: [&str; 5] = ["hw_", "trait:", "os_distro", "os_secure_boot", "os_type"];

fn begins(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
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

fn finishes(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some((task, image)) = tasks::under_way(os, id) else { return tasks::fail(os, ctx, id) };
    let Some(content) = content(os, &task, &image) else { return failed(os, ctx, id, "") };
    let stores = stores_of(&task);
    let (written, refused): (Vec<_>, Vec<_>) = stores.into_iter().partition(|store| is_writable(store));
    let all_must = task.input["import_req"]["all_stores_must_succeed"] != Value::Bool(false);
    if written.is_empty() || (all_must && !refused.is_empty()) {
        return failed(os, ctx, id, "");
    }
    let size = content.len();
    if let Source::Image(source) = &task.source {
        describe(os, source, &image.id);
    }
    let copied = is_copy(&task);
    change(os, ctx.now(), &image.id, |image| {
        for store in &written {
            image.locations.push(stores::location(store, &image.id));
        }
        image.locations.sort_by_key(|at| -at.store().and_then(stores::find).map_or(0, |store| store.weight));
        if !copied {
            data::fill(image, content);
            image.status = Status::Active;
        }
        let import = image.import.get_or_insert_default();
        import.importing_to.clear();
        import.failed_in = refused;
    });
    unlock(os, &image.id);
    tasks::succeed(os, ctx, id, json!({"image_id": image.id}), &format!("Copied {} MiB", size >> 20));
}

/// The image keeps nothing of it, but says which stores it did not come to. What another Glance says of its image is
/// read before any store is thought of: without it none is to blame, and the image goes on saying where it was to come
/// (`_ImportMetadata.revert`).
fn failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    if let Some((task, image)) = tasks::under_way(os, id) {
        unlock(os, &image.id);
        let copied = is_copy(&task);
        let undescribed = method(&task) == "glance-download" && content(os, &task, &image).is_none();
        change(os, ctx.now(), &image.id, |image| {
            if !copied {
                image.back_to_queued();
                image.staged = None;
            }
            if undescribed {
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

/// The bytes, if they can be had.
fn content(os: &OpenStack, task: &Task, image: &Image) -> Option<Blob> {
    match &task.source {
        Source::Fetched(content) => Some(content.clone()),
        Source::Staged => image.staged.clone(),
        Source::Image(source) => os.glance.images.get(source)?.content.clone(),
        Source::Missing => None,
    }
}

/// An image from another Glance has the formats and some of the properties that it has there.
fn describe(os: &mut OpenStack, source: &Id, id: &Id) {
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
