//! Where the bytes of an image are: locations as part of an image's changes (`_do_add_locations` and the like in
//! glance/api/v2/images.py), and the API of their own that came later.

mod import;
mod validation_data;

pub use import::TRANSITIONS;

use super::super::{errors, policy, schemas};
use super::patch::Change;
use super::{Image, Location, Status, find};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::glance;
use crate::clouds::openstack::keystone::auth_token;
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

/// A location as a client writes it.
#[derive(Deserialize)]
struct Asked {
    url: String,
    metadata: Map<String, Value>,
    validation_data: Option<ValidationData>,
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let image = find(call, os, call.param("image_id"))?;
    policy::enforce_on_image(call, image)?;
    Ok(Response::json(&image.locations))
}

/// The address of the new location, for a client that is known.
fn addresses(call: &Call, os: &OpenStack) -> Vec<String> {
    let body: Value = serde_json::from_slice(&call.bytes).unwrap_or_default();
    let url = body["url"].as_str().filter(|url| is_reachable(url));
    let known = || auth_token::valid_token(call, os, &glance::SERVICE).is_some();
    url.filter(|_| known()).map(str::to_owned).into_iter().collect()
}

/// Nothing but this machine is reached.
pub fn is_reachable(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(literal) => literal.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

pub fn add(call: &Call, image: &mut Image, change: &Change) -> Result<(), Problem> {
    policy::enforce_rule_on_image(call, "set_image_location", image)?;
    changeable(image, "add")?;
    let asked = Asked::deserialize(&change.value).map_err(|_| errors::invalid_location())?;
    let known = validation_data::known(image, asked.validation_data.as_slice())?;
    let place = place(change).map(|place| place.unwrap_or(usize::MAX));
    let place = place.ok_or_else(|| errors::bad_location_position("adding"))?.min(image.locations.len());
    let content = content(call, &asked.url)?;
    let location = located(asked);
    if image.locations.contains(&location) {
        return Err(errors::location_exists(&location.url));
    }
    image.locations.insert(place, location);
    becomes_active(image, content, known)
}

pub fn replace(call: &Call, image: &mut Image, change: &Change) -> Result<(), Problem> {
    let all = Vec::<Asked>::deserialize(&change.value).map_err(|_| errors::invalid_location())?;
    if all.is_empty() {
        return Err(errors::locations_cannot_be_emptied());
    }
    policy::enforce_rule_on_image(call, "set_image_location", image)?;
    changeable(image, "replace")?;
    let data: Vec<_> = all.iter().filter_map(|asked| asked.validation_data.clone()).collect();
    let known = validation_data::known(image, &data)?;
    let same = sorted(all.iter().map(|asked| &*asked.url)) == sorted(image.locations.iter().map(|known| &*known.url));
    if !same && !image.locations.is_empty() {
        let locations = serde_json::to_value(&image.locations).unwrap_or_default();
        return Err(errors::locations_not_empty(&python::repr(&locations)));
    }
    let mut first = None;
    for asked in all.iter().filter(|_| !same) {
        let content = content(call, &asked.url)?;
        first = first.or(Some(content));
    }
    image.locations = all.into_iter().map(located).collect();
    match first {
        Some(content) => becomes_active(image, content, known),
        None => Ok(()),
    }
}

pub fn remove(call: &Call, image: &mut Image, change: &Change) -> Result<(), Problem> {
    policy::enforce_rule_on_image(call, "delete_image_location", image)?;
    if image.status != Status::Active {
        return Err(errors::locations_fixed("remove", image.status.as_str()));
    }
    if image.locations.len() == 1 {
        return Err(errors::last_location());
    }
    let last = image.locations.len().saturating_sub(1);
    let place = place(change).map(|place| place.unwrap_or(last)).filter(|place| *place <= last);
    image.locations.remove(place.ok_or_else(|| errors::bad_location_position("removing"))?);
    Ok(())
}

fn changeable(image: &Image, action: &str) -> Result<(), Problem> {
    match image.status {
        Status::Active | Status::Queued => Ok(()),
        status => Err(errors::locations_fixed(action, status.as_str())),
    }
}

/// The place that a change names: a number, or `-` for the end (`Some(None)`).
fn place(change: &Change) -> Option<Option<usize>> {
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

/// What is at the address: it must be more than nothing.
fn content<'c>(call: &'c Call, url: &str) -> Result<&'c Blob, Problem> {
    match call.fetched(url) {
        Some(Ok(content)) if !content.is_empty() => Ok(content),
        _ => Err(errors::invalid_location()),
    }
}

/// What is read from the web is in the store for that.
fn located(asked: Asked) -> Location {
    let mut metadata = asked.metadata;
    metadata.insert("store".into(), "web".into());
    Location { url: asked.url, metadata }
}

/// The first location of a queued image gives it its bytes; nothing is known of them but their number and
/// what the client says.
fn becomes_active(image: &mut Image, content: &Blob, known: ValidationData) -> Result<(), Problem> {
    if image.size.unwrap_or(0) == 0 {
        image.size = Some(content.len());
    }
    image.content.get_or_insert_with(|| content.clone());
    if image.status == Status::Queued {
        let missing = image.missing_formats();
        if !missing.is_empty() {
            return Err(errors::formats_missing(&missing));
        }
        known.tell(image);
        image.status = Status::Active;
    }
    Ok(())
}
