//! Images change (`ImagesController.update`): one change after the other, all or none.

use super::super::{errors, policy};
use super::create::{distinct, may_show_to, natural, within_limits};
use super::patch::{Change, Op, changes};
use super::{Image, Status, Visibility, find, locations, view};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::glance;
use crate::clouds::openstack::keystone::auth_token;
use crate::engine::{Answer, Call, Context, Problem, Response};
use serde::Deserialize;
use serde_json::Value;

/// What every image has; it can be set, but not be removed.
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
        within_limits(&image)?;
        image.updated = ctx.now();
        keep(os, image.clone());
    }
    Ok(Response::object(|o| view::image(o, &image)))
}

/// An image that changes hands is another's from then on, and counts as the newest.
fn keep(os: &mut OpenStack, image: Image) {
    match os.glance.images.get_mut(&image.id) {
        Some(known) if known.owner == image.owner => *known = image,
        _ => drop(os.glance.images.insert(image)),
    }
}

/// The addresses of locations that are to be looked at.
pub fn addresses(call: &Call, os: &OpenStack) -> Vec<String> {
    if auth_token::valid_token(call, os, &glance::SERVICE).is_none() {
        return vec![];
    }
    let body: Value = serde_json::from_slice(&call.bytes).unwrap_or_default();
    let changes = body.as_array().into_iter().flatten();
    let values = changes.filter_map(|change| change.get("value"));
    let locations = values.flat_map(|value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]));
    let urls = locations.filter_map(|location| Some(location.get("url")?.as_str()?.to_owned()));
    urls.filter(|url| locations::is_reachable(url)).collect()
}

/// `_do_add` and `_do_replace`: they differ only in what must be there before.
fn set(call: &Call, image: &mut Image, change: &Change) -> Result<(), Problem> {
    let name = change.attribute();
    if change.op == Op::Replace && name == "owner" && !policy::is_admin(call) {
        return Err(errors::owner_not_yours_to_change());
    }
    if name == "visibility" {
        let visibility = Visibility::deserialize(&change.value).unwrap_or(image.visibility);
        may_show_to(call, &image.owner, visibility)?;
    }
    policy::enforce_on_image(call, image)?;
    let there = ATTRIBUTES.contains(&name) || image.properties.contains_key(name);
    match change.op {
        Op::Add if there && change.old_draft => return Err(errors::property_there_already(name)),
        Op::Replace if !there => return Err(errors::property_missing(name)),
        _ => {}
    }
    if ATTRIBUTES.contains(&name) {
        assign(image, name, &change.value)
    } else {
        image.properties.insert(name.to_owned(), change.value.clone());
        Ok(())
    }
}

/// The value has passed the schema.
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
        "min_ram" => image.min_ram = natural(name, value.as_i64().unwrap_or(i64::MAX))?,
        "min_disk" => image.min_disk = natural(name, value.as_i64().unwrap_or(i64::MAX))?,
        "container_format" | "disk_format" => {
            if !matches!(image.status, Status::Queued | Status::Importing) {
                return Err(errors::format_fixed(name));
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
        return Err(errors::property_stays(name));
    }
    match image.properties.shift_remove(name) {
        Some(_) => Ok(()),
        None => Err(errors::property_missing(name)),
    }
}
