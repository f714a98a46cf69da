//! Updates of images (`ImagesController.update` in glance/api/v2/images.py). If one change fails, none is applied.

use super::super::{errors, policy};
use super::create::{check_limits, check_visibility, distinct, non_negative};
use super::patch::{Change, Op, changes};
use super::{Image, Status, Visibility, find, locations, view};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Problem, Response, from_json};
use serde::Deserialize;
use serde_json::Value;

/// The attributes that every image has. They can be replaced, but not removed.
const ATTRIBUTES: [&str; 10] = [
    "name",
    "visibility",
    "protected",
    "os_hidden",
    "owner",
    "container_format",
    "disk_format",
    "tags",
    "min_ram",
    "min_disk",
];

/// Applies the patch of the request.
pub fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let changes = changes(call)?;
    let mut image = find(call, os, call.param("image_id"))?.clone();
    for change in &changes {
        match (change.op, change.attribute()) {
            (Op::Add, "locations") => locations::add(call, &mut image, change)?,
            (Op::Replace, "locations") => locations::replace(call, &mut image, change)?,
            (Op::Remove, "locations") => locations::remove(call, &mut image, change)?,
            (Op::Remove, _) => remove(call, &mut image, change)?,
            _ => set(call, &mut image, change)?,
        }
    }
    if !changes.is_empty() {
        check_limits(&image)?;
        image.updated = ctx.now();
        store(os, image.clone());
    }
    Ok(Response::object(|o| view::image(o, &image)))
}

/// Stores the image. With a new owner it is inserted again, because the table lists rows by owner.
fn store(os: &mut OpenStack, image: Image) {
    match os.glance.images.get_mut(&image.id) {
        Some(known) if known.owner == image.owner => *known = image,
        _ => drop(os.glance.images.insert(image)),
    }
}

/// The URLs of new locations, which the server fetches before it runs the handler, if the caller may set locations.
pub fn addresses(call: &Call, os: &OpenStack) -> Vec<String> {
    let image = find(call, os, call.param("image_id")).ok();
    if !image.is_some_and(|image| policy::allows_on_image(call, "set_image_location", image)) {
        return vec![];
    }
    let body: Value = serde_json::from_slice(&call.bytes).unwrap_or_default();
    let changes = body.as_array().into_iter().flatten();
    let values = changes.filter_map(|change| change.get("value"));
    let locations = values.flat_map(|value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]));
    let urls = locations.filter_map(|location| Some(location.get("url")?.as_str()?.to_owned()));
    urls.filter(|url| locations::is_reachable(url)).collect()
}

/// `_do_add` and `_do_replace`, which differ in whether the property must exist.
fn set(call: &Call, image: &mut Image, change: &Change) -> Result<(), Problem> {
    let name = change.attribute();
    if change.op == Op::Replace && name == "owner" && !policy::is_admin(call) {
        return Err(errors::owner_change_forbidden());
    }
    if name == "visibility" {
        let visibility = Visibility::deserialize(&change.value).unwrap_or(image.visibility);
        check_visibility(call, &image.owner, visibility)?;
    }
    policy::enforce_on_image(call, image)?;
    let exists = ATTRIBUTES.contains(&name) || image.properties.contains_key(name);
    match change.op {
        Op::Add if exists && change.old_draft => return Err(errors::property_exists_already(name)),
        Op::Replace if !exists => return Err(errors::property_missing(name)),
        _ => {}
    }
    if ATTRIBUTES.contains(&name) {
        assign(image, name, &change.value)
    } else {
        image.properties.insert(name.to_owned(), change.value.clone());
        Ok(())
    }
}

/// Sets an attribute. The value has passed the schema.
fn assign(image: &mut Image, name: &str, value: &Value) -> Result<(), Problem> {
    let text = || value.as_str().map(str::to_owned);
    let flag = || value.as_bool().unwrap_or_default();
    match name {
        "name" => image.name = text(),
        "owner" => image.owner = text().unwrap_or_default().into(),
        "visibility" => image.visibility = Visibility::deserialize(value).unwrap_or(image.visibility),
        "protected" => image.protected = flag(),
        "os_hidden" => image.hidden = flag(),
        "tags" => image.tags = distinct(Vec::deserialize(value).unwrap_or_default()),
        "min_ram" => image.min_ram = non_negative(name, from_json(value).unwrap_or(i64::MAX))?,
        "min_disk" => image.min_disk = non_negative(name, from_json(value).unwrap_or(i64::MAX))?,
        "container_format" | "disk_format" => {
            if !matches!(image.status, Status::Queued | Status::Importing) {
                return Err(errors::format_not_changeable(name));
            }
            let format = if name == "disk_format" { &mut image.disk_format } else { &mut image.container_format };
            *format = text();
        }
        _ => {}
    }
    Ok(())
}

fn remove(call: &Call, image: &mut Image, change: &Change) -> Result<(), Problem> {
    let name = change.attribute();
    policy::enforce_on_image(call, image)?;
    if ATTRIBUTES.contains(&name) {
        return Err(errors::property_not_removable(name));
    }
    match image.properties.shift_remove(name) {
        Some(_) => Ok(()),
        None => Err(errors::property_missing(name)),
    }
}
