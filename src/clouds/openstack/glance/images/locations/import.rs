//! A location is added on its own: the bytes there are hashed and, if the client said what they are, compared
//! (glance/async_/flows/location_import.py).

use super::super::super::tasks::{self, Source, Task, TaskType};
use super::super::super::{errors, policy, schemas};
use super::super::data::HASH_ALGO;
use super::super::sums::Sums;
use super::super::{Location, Status, change, find, imports};
use super::{ValidationData, is_reachable};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Response, Transition, transition};
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub const IMPORT: Transition<OpenStack> = transition("glance.location.import", begins, failed);
pub const HASH: Transition<OpenStack> = transition("glance.location.hash", hashed, failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&IMPORT, &HASH];

#[derive(Deserialize)]
struct AddLocation {
    url: String,
    #[serde(default)]
    validation_data: ValidationData,
}

pub fn add(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    if call.json.is_null() {
        return Err(errors::body_expected());
    }
    schemas::LOCATION.check(&json!({"add_location": call.json}))?;
    let asked = call.body::<AddLocation>()?;
    let image = find(call, os, call.param("image_id"))?;
    if image.status != Status::Queued {
        return Err(errors::locations_fixed("add", image.status.as_str()));
    }
    policy::enforce_on_image(call, image)?;
    if !call.caller.has_role("service") && !asked.url.starts_with("http") {
        return Err(errors::http_store_needed());
    }
    asked.validation_data.check()?;
    if !is_reachable(&asked.url) {
        return Err(errors::location_filtered(&asked.url));
    }
    let image = image.id.clone();
    imports::take_lock(os, ctx, &image)?;
    let source = match call.fetched(&asked.url) {
        Some(Ok(content)) if !content.is_empty() => Source::Fetched(content.clone()),
        _ => Source::Missing,
    };
    let input = json!({"image_id": image, "loc_url": asked.url, "validation_data": asked.validation_data});
    let task = Task::pending(call, ctx, TaskType::LocationImport, Some(image.clone()), input, source);
    imports::lock(os, ctx, &image, &task.id);
    ctx.later(&IMPORT, &task.id);
    os.glance.tasks.insert(task);
    Ok(Response::empty())
}

/// The image is active at once if nothing is known of the bytes, and waits for the hash if there is.
fn begins(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some((task, image)) = tasks::begin(os, ctx, id) else { return };
    let Source::Fetched(content) = &task.source else { return failed(os, ctx, id, "") };
    let said = said(&task.input);
    let url = task.input["loc_url"].as_str().unwrap_or_default().to_owned();
    let metadata = Map::from_iter([("store".to_owned(), Value::from("web"))]);
    let checked = said.os_hash_value.is_some();
    let location = Location { url, metadata };
    let fits = image.status == Status::Queued && image.missing_formats().is_empty();
    if !fits || image.locations.contains(&location) {
        return failed(os, ctx, id, "");
    }
    change(os, ctx.now(), &image.id, |image| {
        image.locations.push(location);
        (image.size, image.content) = (Some(content.len()), Some(content.clone()));
        image.hash_algo = said.os_hash_algo.or_else(|| Some(HASH_ALGO.to_owned()));
        image.status = if checked { Status::Importing } else { Status::Active };
    });
    ctx.later(&HASH, id);
}

fn hashed(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some((task, image)) = tasks::under_way(os, id) else { return tasks::fail(os, ctx, id) };
    let Source::Fetched(content) = &task.source else { return failed(os, ctx, id, "") };
    let sums = Sums::of(content, image.hash_algo.as_deref().unwrap_or(HASH_ALGO));
    let said = said(&task.input).os_hash_value;
    if said.is_some_and(|said| !said.eq_ignore_ascii_case(&sums.hash)) {
        return failed(os, ctx, id, "");
    }
    change(os, ctx.now(), &image.id, |image| {
        (image.checksum, image.hash) = (Some(sums.md5), Some(sums.hash));
        image.status = Status::Active;
    });
    imports::unlock(os, &image.id);
    tasks::succeed(os, ctx, id, json!({"image_id": image.id}), "");
}

/// The image is queued again, without its bytes, but still says where they were; one that is active already stays
/// so.
fn failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    if let Some((_, image)) = tasks::under_way(os, id) {
        imports::unlock(os, &image.id);
        change(os, ctx.now(), &image.id, |image| {
            if image.status == Status::Importing {
                image.back_to_queued();
                (image.content, image.checksum, image.hash_algo, image.hash) = (None, None, None, None);
            }
        });
    }
    tasks::fail(os, ctx, id);
}

fn said(input: &Value) -> ValidationData {
    ValidationData::deserialize(&input["validation_data"]).unwrap_or_default()
}
