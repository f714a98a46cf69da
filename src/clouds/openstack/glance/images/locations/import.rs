//! The API that adds one location. A task hashes the data there and compares the hash with that of the request
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

/// The location is added.
pub const IMPORT: Transition<OpenStack> = transition("glance.location.import", begin, fail);
/// The hash is computed and compared.
pub const HASH: Transition<OpenStack> = transition("glance.location.hash", verify, fail);

/// The transitions of added locations.
pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&IMPORT, &HASH];

#[derive(Deserialize)]
struct AddLocationRequest {
    url: String,
    #[serde(default)]
    validation_data: ValidationData,
}

/// Adds a location to a queued image.
pub fn add(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    if call.json.is_null() {
        return Err(errors::body_expected());
    }
    schemas::LOCATION.check(&json!({"add_location": call.json}))?;
    let request = call.body::<AddLocationRequest>()?;
    let image = find(call, os, call.param("image_id"))?;
    if image.status != Status::Queued {
        return Err(errors::locations_not_changeable("add", image.status.as_str()));
    }
    policy::enforce_on_image(call, image)?;
    if !call.caller.has_role("service") && !request.url.starts_with("http") {
        return Err(errors::http_store_needed());
    }
    request.validation_data.check()?;
    if !is_reachable(&request.url) {
        return Err(errors::location_filtered(&request.url));
    }
    let image = image.id.clone();
    imports::check_lock(os, ctx, &image)?;
    let source = match call.fetched(&request.url) {
        Some(Ok(content)) if !content.is_empty() => Source::Fetched(content.clone()),
        _ => Source::Missing,
    };
    let input = json!({"image_id": image, "loc_url": request.url, "validation_data": request.validation_data});
    let task = Task::pending(call, ctx, TaskType::LocationImport, Some(image.clone()), input, source);
    imports::lock(os, ctx, &image, &task.id);
    ctx.later(&IMPORT, &task.id);
    os.glance.tasks.insert(task);
    Ok(Response::empty())
}

/// Sets the data of the image. If the request has a hash, the image stays `importing` until the hash is compared.
fn begin(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some((task, image)) = tasks::begin(os, ctx, id) else { return };
    let Source::Fetched(content) = &task.source else { return fail(os, ctx, id, "") };
    let validation_data = validation_data(&task.input);
    let url = task.input["loc_url"].as_str().unwrap_or_default().to_owned();
    let metadata = Map::from_iter([("store".to_owned(), Value::from("web"))]);
    let has_hash = validation_data.os_hash_value.is_some();
    let location = Location { url, metadata };
    let is_ready = image.status == Status::Queued && image.missing_formats().is_empty();
    if !is_ready || image.locations.contains(&location) {
        return fail(os, ctx, id, "");
    }
    change(os, ctx.now(), &image.id, |image| {
        image.locations.push(location);
        (image.size, image.content) = (Some(content.len()), Some(content.clone()));
        image.hash_algo = validation_data.os_hash_algo.or_else(|| Some(HASH_ALGO.to_owned()));
        image.status = if has_hash { Status::Importing } else { Status::Active };
    });
    ctx.later(&HASH, id);
}

fn verify(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some((task, image)) = tasks::unfinished(os, id) else { return tasks::fail(os, ctx, id) };
    let Source::Fetched(content) = &task.source else { return fail(os, ctx, id, "") };
    let sums = Sums::of(content, image.hash_algo.as_deref().unwrap_or(HASH_ALGO));
    let expected = validation_data(&task.input).os_hash_value;
    if expected.is_some_and(|expected| !expected.eq_ignore_ascii_case(&sums.hash)) {
        return fail(os, ctx, id, "");
    }
    change(os, ctx.now(), &image.id, |image| {
        (image.checksum, image.hash) = (Some(sums.md5), Some(sums.hash));
        image.status = Status::Active;
    });
    imports::unlock(os, &image.id);
    tasks::succeed(os, ctx, id, json!({"image_id": image.id}), "");
}

/// Reverts an image that is `importing`, but its location stays, as upstream does. An active image is left unchanged.
fn fail(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    if let Some((_, image)) = tasks::unfinished(os, id) {
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

fn validation_data(input: &Value) -> ValidationData {
    ValidationData::deserialize(&input["validation_data"]).unwrap_or_default()
}
