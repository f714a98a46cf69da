//! Creation of images (`ImagesController.create` in glance/api/v2/images.py). A new image is `queued` and has no data.

use super::super::policy::POLICY;
use super::super::{errors, schemas, stores};
use super::{Image, Visibility, view};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Problem, Response};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The maximum number of properties of an image (`image_property_quota`).
pub const MAX_PROPERTIES: usize = 128;
/// The maximum number of tags of an image (`image_tag_quota`).
pub const MAX_TAGS: usize = 128;

#[derive(Deserialize)]
struct CreateImageRequest {
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
    /// If the owner is missing, it is the caller's project. Null means that the image has no owner.
    #[serde(default, deserialize_with = "present")]
    owner: Option<Option<String>>,
    #[serde(flatten)]
    properties: Map<String, Value>,
}

/// `Some(None)` is a field that is null, `None` a missing one.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Properties that requests may not set. Upstream checks the first list before it validates the body, and the second
/// one when it creates the image.
const DISALLOWED: [&str; 5] = ["direct_url", "self", "file", "schema", "stores"];
const READ_ONLY: [&str; 6] = ["created_at", "updated_at", "status", "checksum", "size", "virtual_size"];
/// Names that are reserved for the service.
const RESERVED: [&str; 3] = ["location", "deleted", "deleted_at"];
/// Properties with this prefix are reserved for the service.
pub const RESERVED_PREFIX: &str = "os_glance";

/// Creates an image.
pub fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let mut request = parse(call)?;
    let owner: Id = match request.owner.take() {
        None => call.project(),
        Some(owner) => owner.unwrap_or_default().into(),
    };
    let visibility = request.visibility.unwrap_or(Visibility::Shared);
    check_policy(call, &owner, visibility)?;
    let tags = distinct(request.tags.unwrap_or_default());
    check_tags(&tags)?;
    if let Some(name) = READ_ONLY.iter().find(|name| request.properties.contains_key(**name)) {
        return Err(errors::read_only(name));
    }
    if request.properties.contains_key("locations") {
        return Err(errors::reserved_in_change("locations"));
    }
    let id = request.id.map_or_else(|| ctx.uuid(), Id::from);
    let mut image = Image::queued(id, owner, request.name, ctx.now());
    image.visibility = visibility;
    image.protected = request.protected.unwrap_or(false);
    image.hidden = request.os_hidden.unwrap_or(false);
    image.container_format = request.container_format;
    image.disk_format = request.disk_format;
    image.min_disk = non_negative("min_disk", request.min_disk.unwrap_or(0))?;
    image.min_ram = non_negative("min_ram", request.min_ram.unwrap_or(0))?;
    image.tags = tags;
    image.properties = request.properties;
    check_limits(&image)?;
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

/// The body, with the checks of upstream's `RequestDeserializer.create`.
fn parse(call: &Call) -> Result<CreateImageRequest, Problem> {
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
    let mut request = call.body::<CreateImageRequest>()?;
    // Upstream accepts the hashes and ignores them.
    request.properties.retain(|name, _| !matches!(name.as_str(), "os_hash_algo" | "os_hash_value"));
    for name in request.properties.keys() {
        if name.chars().count() > 255 {
            return Err(errors::property_name_too_long());
        }
        if RESERVED.contains(&name.as_str()) || name.starts_with(RESERVED_PREFIX) {
            return Err(errors::reserved(name));
        }
    }
    Ok(request)
}

/// The checks of `ImageAPIPolicy.add_image`.
fn check_policy(call: &Call, owner: &str, visibility: Visibility) -> Result<(), Problem> {
    let target = [("project_id", owner), ("owner", owner)];
    if !POLICY.allows(call, "add_image", &target) {
        let own = owner == &*call.project();
        return Err(if own { errors::forbidden("add_image") } else { errors::not_your_owner(owner) });
    }
    check_visibility(call, owner, visibility)
}

/// Checks the policy for images that other projects may see (`_enforce_image_visibility`).
pub fn check_visibility(call: &Call, owner: &str, visibility: Visibility) -> Result<(), Problem> {
    let rule = match visibility {
        Visibility::Public => "publicize_image",
        Visibility::Community => "communitize_image",
        Visibility::Private | Visibility::Shared => return Ok(()),
    };
    POLICY.enforce_rule(call, rule, &[("project_id", owner), ("owner", owner)])
}

/// The number, or the error for a negative one.
pub fn non_negative(name: &str, number: i64) -> Result<u32, Problem> {
    if number < 0 {
        return Err(errors::negative(name, number));
    }
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

/// The tags without duplicates.
pub fn distinct(tags: Vec<String>) -> Vec<String> {
    let mut distinct: Vec<String> = vec![];
    for tag in tags {
        if !distinct.contains(&tag) {
            distinct.push(tag);
        }
    }
    distinct
}

fn check_tags(tags: &[String]) -> Result<(), Problem> {
    if tags.len() > MAX_TAGS { Err(errors::limit_exceeded("image tags", tags.len(), MAX_TAGS)) } else { Ok(()) }
}

/// Checks the quotas of tags and properties.
pub fn check_limits(image: &Image) -> Result<(), Problem> {
    check_tags(&image.tags)?;
    if image.properties.len() > MAX_PROPERTIES {
        return Err(errors::limit_exceeded("image properties", image.properties.len(), MAX_PROPERTIES));
    }
    Ok(())
}
