//! Locations of the data of an image: their changes by a patch (`_do_add_locations`, `_do_replace_locations`,
//! `_do_remove_locations` in glance/api/v2/images.py), and the newer API for locations alone.

mod import;
mod validation_data;

pub use import::TRANSITIONS;

use super::super::{errors, policy, schemas};
use super::patch::Change;
use super::{Image, Location, Status, find};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::python;
use crate::engine::{Answer, Blob, Call, Operation, Problem, Response, get, post};
use serde::Deserialize;
use serde_json::{Map, Value};
use validation_data::ValidationData;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/images/{image_id}/locations", "glance.image.location.list", list)
        .summary("Lists the locations of an image.")
        .policy_on_target("fetch_image_location"),
    post("/images/{image_id}/locations", "glance.image.location.add", import::add)
        .summary("Adds a location to an image.")
        .documents(|| schemas::LOCATION.documentation())
        .fetches(addresses)
        .answers(202)
        .policy_on_target("add_image_location"),
];

/// A location in a request.
#[derive(Deserialize)]
struct LocationRequest {
    url: String,
    metadata: Map<String, Value>,
    validation_data: Option<ValidationData>,
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let image = find(call, os, call.param("image_id"))?;
    policy::enforce_on_image(call, image)?;
    Ok(Response::json(&image.locations))
}

/// The URL of the new location, which the server fetches before it runs the handler, if the caller may add it.
fn addresses(call: &Call, os: &OpenStack) -> Vec<String> {
    let body: Value = serde_json::from_slice(&call.bytes).unwrap_or_default();
    let url = body["url"].as_str().filter(|url| is_reachable(url));
    let image = find(call, os, call.param("image_id")).ok();
    let may_add = image.is_some_and(|image| policy::allows_on_image(call, call.policy.0, image));
    url.filter(|_| may_add).map(str::to_owned).into_iter().collect()
}

/// True if nephos may fetch the URL: it fetches only from loopback addresses, if it was started so.
pub fn is_reachable(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(literal) => literal.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

/// Applies the operation `add`.
pub fn add(call: &Call, image: &mut Image, change: &Change) -> Result<(), Problem> {
    policy::enforce_rule_on_image(call, "set_image_location", image)?;
    check_status(image, "add")?;
    let request = LocationRequest::deserialize(&change.value).map_err(|_| errors::invalid_location())?;
    let validation_data = validation_data::merge(image, request.validation_data.as_slice())?;
    let position = position(change).map(|position| position.unwrap_or(usize::MAX));
    let position = position.ok_or_else(|| errors::bad_location_position("adding"))?.min(image.locations.len());
    let content = content(call, &request.url)?;
    let location = web_location(request);
    if image.locations.contains(&location) {
        return Err(errors::location_exists(&location.url));
    }
    image.locations.insert(position, location);
    activate(image, content, validation_data)
}

/// Applies the operation `replace`, which has all locations.
pub fn replace(call: &Call, image: &mut Image, change: &Change) -> Result<(), Problem> {
    let all = Vec::<LocationRequest>::deserialize(&change.value).map_err(|_| errors::invalid_location())?;
    if all.is_empty() {
        return Err(errors::locations_cannot_be_emptied());
    }
    policy::enforce_rule_on_image(call, "set_image_location", image)?;
    check_status(image, "replace")?;
    let data: Vec<_> = all.iter().filter_map(|request| request.validation_data.clone()).collect();
    let validation_data = validation_data::merge(image, &data)?;
    let same =
        sorted(all.iter().map(|request| &*request.url)) == sorted(image.locations.iter().map(|known| &*known.url));
    if !same && !image.locations.is_empty() {
        let locations = serde_json::to_value(&image.locations).unwrap_or_default();
        return Err(errors::locations_not_empty(&python::repr(&locations)));
    }
    let mut first = None;
    for request in all.iter().filter(|_| !same) {
        let content = content(call, &request.url)?;
        first = first.or(Some(content));
    }
    image.locations = all.into_iter().map(web_location).collect();
    match first {
        Some(content) => activate(image, content, validation_data),
        None => Ok(()),
    }
}

/// Applies the operation `remove`.
pub fn remove(call: &Call, image: &mut Image, change: &Change) -> Result<(), Problem> {
    policy::enforce_rule_on_image(call, "delete_image_location", image)?;
    if image.status != Status::Active {
        return Err(errors::locations_not_changeable("remove", image.status.as_str()));
    }
    if image.locations.len() == 1 {
        return Err(errors::last_location());
    }
    let last = image.locations.len().saturating_sub(1);
    let position = position(change).map(|position| position.unwrap_or(last)).filter(|position| *position <= last);
    image.locations.remove(position.ok_or_else(|| errors::bad_location_position("removing"))?);
    Ok(())
}

fn check_status(image: &Image, action: &str) -> Result<(), Problem> {
    match image.status {
        Status::Active | Status::Queued => Ok(()),
        status => Err(errors::locations_not_changeable(action, status.as_str())),
    }
}

/// The position in the path: a number, or `Some(None)` for `-`, the end. `None` is an invalid position.
fn position(change: &Change) -> Option<Option<usize>> {
    match change.path.get(1)?.as_str() {
        "-" => Some(None),
        number => number.parse().ok().map(Some),
    }
}

fn sorted<'u>(urls: impl Iterator<Item = &'u str>) -> Vec<&'u str> {
    let mut urls: Vec<_> = urls.collect();
    urls.sort_unstable();
    urls
}

/// The fetched data, which must not be empty.
fn content<'c>(call: &'c Call, url: &str) -> Result<&'c Blob, Problem> {
    match call.fetched(url) {
        Some(Ok(content)) if !content.is_empty() => Ok(content),
        _ => Err(errors::invalid_location()),
    }
}

/// The location with the store `web`.
fn web_location(request: LocationRequest) -> Location {
    let mut metadata = request.metadata;
    metadata.insert("store".into(), "web".into());
    Location { url: request.url, metadata }
}

/// Sets the data of a queued image, whose status is `active` then. As upstream does, it computes no hashes: the image
/// has those of the validation data.
fn activate(image: &mut Image, content: &Blob, validation_data: ValidationData) -> Result<(), Problem> {
    if image.size.unwrap_or(0) == 0 {
        image.size = Some(content.len());
    }
    image.content.get_or_insert_with(|| content.clone());
    if image.status == Status::Queued {
        let missing = image.missing_formats();
        if !missing.is_empty() {
            return Err(errors::formats_missing(&missing));
        }
        validation_data.apply(image);
        image.status = Status::Active;
    }
    Ok(())
}
