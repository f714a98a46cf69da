//! Images are born queued, without bytes.

use super::super::policy::POLICY;
use super::super::{errors, schemas, stores};
use super::{Image, Visibility, view};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Problem, Response};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// How many properties and tags an image has at most (`image_property_quota`, `image_tag_quota`).
pub const MOST_PROPERTIES: usize = 128;
pub const MOST_TAGS: usize = 128;

#[derive(Deserialize)]
struct CreateImage {
    id: Option<String>,
    name: Option<String>,
    visibility: Option<Visibility>,
    protected: Option<bool>,
    os_hidden: Option<bool>,
    container_format: Option<String>,
    disk_format: Option<String>,
    min_disk: Option<i64>,
    min_ram: Option<i64>,
    tags: Option<Vec<String>>,
    /// Absent is the caller's own project, null is nobody.
    #[serde(default, deserialize_with = "given_or_null")]
    owner: Option<Option<String>>,
    #[serde(flatten)]
    properties: Map<String, Value>,
}

/// A field that may be null tells that from being absent.
fn given_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// What nobody can set: refused before the body is looked at, and after.
const DISALLOWED: [&str; 5] = ["direct_url", "self", "file", "schema", "stores"];
const READ_ONLY: [&str; 6] = ["created_at", "updated_at", "status", "checksum", "size", "virtual_size"];
/// What the service keeps for itself.
const RESERVED: [&str; 3] = ["location", "deleted", "deleted_at"];
pub const RESERVED_PREFIX: &str = "os_glance";

pub fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let mut asked = asked(call)?;
    let owner: Id = match asked.owner.take() {
        None => call.project(),
        Some(owner) => owner.unwrap_or_default().into(),
    };
    let visibility = asked.visibility.unwrap_or(Visibility::Shared);
    may_create(call, &owner, visibility)?;
    if let Some(name) = READ_ONLY.iter().find(|name| asked.properties.contains_key(**name)) {
        return Err(errors::read_only(name));
    }
    let id = asked.id.map_or_else(|| ctx.uuid(), Id::from);
    let mut image = Image::queued(id, owner, asked.name, ctx.now());
    image.visibility = visibility;
    image.protected = asked.protected.unwrap_or(false);
    image.hidden = asked.os_hidden.unwrap_or(false);
    image.container_format = asked.container_format;
    image.disk_format = asked.disk_format;
    image.min_disk = natural("min_disk", asked.min_disk.unwrap_or(0))?;
    image.min_ram = natural("min_ram", asked.min_ram.unwrap_or(0))?;
    image.tags = distinct(asked.tags.unwrap_or_default());
    image.properties = asked.properties;
    within_limits(&image)?;
    if os.glance.images.contains(&image.id) {
        return Err(errors::image_exists(&image.id));
    }
    let image = os.glance.images.insert(image);
    let stores: Vec<_> = stores::STORES.iter().map(|store| store.id).collect();
    Ok(Response::object(|o| view::image(o, image))
        .header("Location", format!("{}/v2/images/{}", call.base(), image.id))
        .header("OpenStack-image-import-methods", stores::METHODS.join(","))
        .header("OpenStack-image-store-ids", stores.join(",")))
}

/// The body, once it has passed what upstream's deserializer asks.
fn asked(call: &Call) -> Result<CreateImage, Problem> {
    match &call.json {
        Value::Null => return Err(errors::body_expected()),
        Value::Array(_) => return Err(errors::object_expected()),
        body => {
            if let Some(name) = DISALLOWED.iter().find(|name| body.get(**name).is_some()) {
                return Err(errors::read_only(name));
            }
        }
    }
    schemas::IMAGE.check(&call.json)?;
    let mut asked = call.body::<CreateImage>()?;
    // Upstream stumbles over locations in a new image; the hashes it takes and never shows.
    if asked.properties.contains_key("locations") {
        return Err(errors::read_only("locations"));
    }
    asked.properties.retain(|name, _| !matches!(name.as_str(), "os_hash_algo" | "os_hash_value"));
    for name in asked.properties.keys() {
        if name.chars().count() > 255 {
            return Err(errors::property_name_too_long());
        }
        if RESERVED.contains(&name.as_str()) || name.starts_with(RESERVED_PREFIX) {
            return Err(errors::reserved(name));
        }
    }
    Ok(asked)
}

/// `ImageAPIPolicy.add_image`
fn may_create(call: &Call, owner: &str, visibility: Visibility) -> Result<(), Problem> {
    let target = [("project_id", owner), ("owner", owner)];
    if !POLICY.allows(call, "add_image", &target) {
        let own = owner == &*call.project();
        return Err(if own { errors::forbidden("add_image") } else { errors::not_your_owner(owner) });
    }
    may_show_to(call, owner, visibility)
}

/// Who may show an image to everybody (`_enforce_image_visibility`).
pub fn may_show_to(call: &Call, owner: &str, visibility: Visibility) -> Result<(), Problem> {
    let rule = match visibility {
        Visibility::Public => "publicize_image",
        Visibility::Community => "communitize_image",
        Visibility::Private | Visibility::Shared => return Ok(()),
    };
    POLICY.enforce_rule(call, rule, &[("project_id", owner), ("owner", owner)])
}

pub fn natural(name: &str, number: i64) -> Result<u32, Problem> {
    if number < 0 {
        return Err(errors::negative(name, number));
    }
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Tags are a set.
pub fn distinct(tags: Vec<String>) -> Vec<String> {
    let mut distinct: Vec<String> = vec![];
    for tag in tags {
        if !distinct.contains(&tag) {
            distinct.push(tag);
        }
    }
    distinct
}

pub fn within_limits(image: &Image) -> Result<(), Problem> {
    if image.tags.len() > MOST_TAGS {
        return Err(errors::limit_exceeded("image tags", image.tags.len(), MOST_TAGS));
    }
    if image.properties.len() > MOST_PROPERTIES {
        return Err(errors::limit_exceeded("image properties", image.properties.len(), MOST_PROPERTIES));
    }
    Ok(())
}
