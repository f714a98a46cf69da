//! Tasks of the type `import`, which create an image from a URL (glance/async_/flows/base_import.py).

use super::super::images::locations::is_reachable;
use super::super::images::{self, Image, Visibility, take_in};
use super::super::{errors, schemas};
use super::{Source, Status, Task, TaskType, end, fail, view};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Problem, Response};
use serde::Deserialize;
use serde_json::{Value, json};

/// The URL of the data, which the server fetches before it runs the handler.
pub fn addresses(call: &Call, _os: &OpenStack) -> Vec<String> {
    let body: Value = serde_json::from_slice(&call.bytes).unwrap_or_default();
    let address = body["input"]["import_from"].as_str().filter(|address| is_reachable(address));
    address.map(str::to_owned).into_iter().collect()
}

/// Creates a task.
pub fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    if call.json.is_null() {
        return Err(errors::body_expected());
    }
    for name in ["type", "input"] {
        if call.json.get(name).is_none() {
            return Err(errors::task_field_missing(name));
        }
    }
    schemas::TASK.check(&call.json)?;
    let input = call.json["input"].clone();
    let source = match call.json["type"].as_str() {
        Some("import") => source(call, &input)?,
        _ => return Err(errors::task_not_for_clients()),
    };
    let image = input["image_id"].as_str().map(Id::from);
    let task = Task::pending(call, ctx, TaskType::Import, image, input, source);
    ctx.later(&super::BEGIN, &task.id);
    let task = os.glance.tasks.insert(task);
    let location = format!("{}/v2/tasks/{}", call.base(), task.id);
    Ok(Response::object(|o| view(o, task)).header("Location", location))
}

/// The data at the URL. nephos fetches only from loopback addresses.
fn source(call: &Call, input: &Value) -> Result<Source, Problem> {
    let address = match &input["import_from"] {
        Value::String(text) if !text.is_empty() => text,
        _ => return Err(errors::no_import_address()),
    };
    if address.starts_with("file:///") || address.starts_with("filesystem:///") {
        return Err(errors::file_import());
    }
    if !address.starts_with("http://") && !address.starts_with("https://") {
        return Err(errors::import_scheme());
    }
    if !is_reachable(address) {
        return Err(errors::legacy_import_filtered(address));
    }
    Ok(match call.fetched(address) {
        Some(Ok(content)) => Source::Fetched(content.clone()),
        _ => Source::Missing,
    })
}

/// Begins the task: creates the image with the status `saving`.
pub fn begin(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(task) = os.glance.tasks.get_mut(id).filter(|task| task.status == Status::Pending) else { return };
    (task.status, task.updated) = (Status::Processing, ctx.now());
    let task = task.clone();
    let required = ["import_from", "import_from_format", "image_properties"];
    if let Some(missing) = required.iter().find(|name| task.input.get(**name).is_none()) {
        let message = format!("Input does not contain '{missing}' field");
        return end(os, ctx, id, Status::Failure, Value::Null, &message);
    }
    if matches!(task.source, Source::Missing) {
        return revert(os, ctx, id, "");
    }
    let image = new_image(ctx, &task);
    let image_id = image.id.clone();
    os.glance.images.insert(image);
    if let Some(known) = os.glance.tasks.remove(id) {
        os.glance.tasks.insert(Task { image: image_id, ..Task::clone(&known) });
    }
    ctx.later(&super::FINISH, id);
}

/// The new image with the properties of the task (`set_base_image_properties`).
fn new_image(ctx: &mut Context, task: &Task) -> Image {
    let properties = task.input["image_properties"].as_object().cloned().unwrap_or_default();
    let text = |name: &str| properties.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut image = Image::queued(ctx.uuid(), task.project.clone(), text("name"), ctx.now());
    image.status = images::Status::Saving;
    image.container_format = text("container_format").or_else(|| Some("bare".into()));
    image.disk_format = text("disk_format").or_else(|| Some("qcow2".into()));
    let visibility = properties.get("visibility").and_then(|text| Visibility::deserialize(text).ok());
    image.visibility = visibility.unwrap_or(image.visibility);
    let attributes = ["name", "container_format", "disk_format", "visibility"];
    let others =
        properties.into_iter().filter(|(name, value)| !attributes.contains(&name.as_str()) && value.is_string());
    image.properties = others.filter(|(name, _)| !name.starts_with("os_glance")).collect();
    image
}

/// Finishes the task: the image gets its data.
pub fn finish(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let task = os.glance.tasks.get(id).filter(|task| task.status == Status::Processing);
    let Some(Task { source: Source::Fetched(content), image, .. }) = task.cloned() else {
        return revert(os, ctx, id, "");
    };
    match os.glance.images.get_mut(&image) {
        Some(known) => take_in(known, content, ctx.now()),
        None => return revert(os, ctx, id, ""),
    }
    end(os, ctx, id, Status::Success, json!({"image_id": image}), "");
}

/// Fails the task. An image that is `saving` stays without data, with the status `killed`.
pub fn revert(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    let image = os.glance.tasks.get(id).map(|task| task.image.clone());
    if let Some(image) = image.and_then(|image| os.glance.images.get_mut(&image))
        && image.status == images::Status::Saving
    {
        image.status = images::Status::Killed;
    }
    fail(os, ctx, id);
}
