//! `/images`: images, forwarded to Glance (nova/api/openstack/compute/images.py, views/images.py).

use super::{ProxyRequest, call_glance, delete, get, items};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::{errors, links, paging};
use crate::clouds::openstack::paging::skip_to_marker;
use crate::engine::{self, Answer, Call, Context, List, Object, Operation, Problem, Response, get_changing};
use schemars::{Schema, json_schema};
use serde_json::{Map, Value, json};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get_changing("/images", "nova.image.list", list)
        .summary("Lists images through Glance.")
        .query(list_query)
        .until(2, 35),
    get_changing("/images/detail", "nova.image.list_detail", list_detail)
        .summary("Lists images with details through Glance.")
        .query(list_query)
        .until(2, 35),
    get_changing("/images/{id}", "nova.image.show", show).summary("Shows an image through Glance.").until(2, 35),
    engine::delete("/images/{id}", "nova.image.delete", remove)
        .summary("Deletes an image through Glance.")
        .until(2, 35),
];

fn list_query() -> Schema {
    let number = json!({"type": "string", "pattern": "^[0-9]*$", "minLength": 1});
    json_schema!({
        "type": "object",
        "properties": {"limit": number, "page_size": number, "offset": number},
        "additionalProperties": true
    })
}

/// The fields of an image in Glance's API. Everything else is metadata.
const FIELDS: &[&str] = &[
    "id",
    "name",
    "status",
    "visibility",
    "protected",
    "checksum",
    "owner",
    "size",
    "virtual_size",
    "disk_format",
    "container_format",
    "created_at",
    "updated_at",
    "min_disk",
    "min_ram",
    "tags",
    "self",
    "file",
    "schema",
    "os_hidden",
    "os_hash_algo",
    "os_hash_value",
    "locations",
    "direct_url",
    "stores",
];

/// The custom properties of an image.
pub fn metadata(image: &Value) -> Map<String, Value> {
    let fields = image.as_object().into_iter().flatten();
    fields
        .filter(|(name, _)| !FIELDS.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Reads an image from Glance. Errors: 404.
pub fn find(call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &str) -> Result<Value, Problem> {
    let found = call_glance(call, os, ctx, get(&format!("/v2/images/{id}")));
    found.map_err(|_| errors::proxied_image_not_found())
}

/// The status and the progress that Nova shows for an image.
fn status(image: &Value) -> (&'static str, u8) {
    match image["status"].as_str().unwrap_or_default() {
        "active" => ("ACTIVE", 100),
        "queued" => ("SAVING", 25),
        "saving" => ("SAVING", 50),
        "deleted" | "pending_delete" => ("DELETED", 0),
        "killed" => ("ERROR", 0),
        _ => ("UNKNOWN", 0),
    }
}

fn view(call: &Call, o: &mut Object, image: &Value, detail: bool) {
    o.set("id", &image["id"]);
    o.set("name", &image["name"]);
    if detail {
        let (status, progress) = status(image);
        let metadata = metadata(image);
        o.set("minRam", &image["min_ram"]);
        o.set("minDisk", &image["min_disk"]);
        o.set("metadata", &metadata);
        o.set("created", &image["created_at"]);
        o.set("updated", &image["updated_at"]);
        o.set("status", status);
        o.set("progress", progress);
        o.set("OS-EXT-IMG-SIZE:size", image["size"].as_u64().unwrap_or(0));
        if let Some(server) = metadata.get("instance_uuid").and_then(Value::as_str) {
            o.object("server", |o| {
                o.set("id", server);
                o.list("links", |list| own_links(call, list, "servers", server));
            });
        }
    }
    let id = image["id"].as_str().unwrap_or_default();
    o.list("links", |list| {
        own_links(call, list, "images", id);
        list.object(|o| {
            o.set("rel", "alternate");
            o.set("type", "application/vnd.openstack.image");
            o.set("href", format!("{}/images/{id}", call.base_of("glance").unwrap_or_default()));
        });
    });
}

fn own_links(call: &Call, list: &mut List, collection: &str, id: &str) {
    for (rel, href) in
        [("self", links::href(call, collection, id)), ("bookmark", links::bookmark(call, collection, id))]
    {
        list.object(|o| {
            o.set("rel", rel);
            o.set("href", href);
        });
    }
}

fn list(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    list_page(call, os, ctx, false)
}

fn list_detail(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    list_page(call, os, ctx, true)
}

fn list_page(call: &Call, os: &mut OpenStack, ctx: &mut Context, detail: bool) -> Answer {
    let since = call.last_query("changes-since").map(|time| format!("gte:{time}"));
    let mut query = vec![("limit", "1000")];
    query.extend(since.as_deref().map(|since| ("updated_at", since)));
    let answer = call_glance(call, os, ctx, ProxyRequest { query: &query, ..get("/v2/images") });
    let answer = answer.map_err(|problem| match problem.status {
        400 => errors::refused_by_glance(&problem.message),
        _ => problem,
    })?;
    let mut images: Vec<&Value> = items(&answer, "images").iter().filter(|image| matches_query(call, image)).collect();
    skip_to_marker(call, &mut images, |image, marker| image["id"] == *marker, errors::image_marker_not_found)?;
    images.truncate(paging::limit(call));
    let last = images.last().and_then(|image| image["id"].as_str());
    let collection = if detail { "images/detail" } else { "images" };
    Ok(Response::object(|o| {
        o.each("images", &images, |o, image| view(call, o, image, detail));
        paging::next_link(o, call, "images_links", collection, images.len(), last);
    }))
}

/// The filters of Nova's image API, by their names there.
fn matches_query(call: &Call, image: &Value) -> bool {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    call.query.iter().all(|(name, value)| match name.as_str() {
        "name" => image["name"] == *value,
        "status" => status(image).0.eq_ignore_ascii_case(value),
        "server" => image["instance_uuid"] == *value.rsplit('/').next().unwrap_or_default(),
        "type" => image["image_type"] == *value,
        "minRam" => text(&image["min_ram"]) == *value,
        "minDisk" => text(&image["min_disk"]) == *value,
        name => name.strip_prefix("property-").is_none_or(|property| image[property] == *value),
    })
}

fn show(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let image = find(call, os, ctx, call.param("id"))?;
    Ok(Response::one("image", |o| view(call, o, &image, true)))
}

fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    find(call, os, ctx, call.param("id"))?;
    let gone = call_glance(call, os, ctx, delete(&format!("/v2/images/{}", call.param("id"))));
    gone.map_err(|_| errors::not_allowed("You are not allowed to delete the image."))?;
    Ok(Response::empty())
}
