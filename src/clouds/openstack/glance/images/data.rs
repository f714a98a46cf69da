//! The data of images: upload, staging and download (glance/api/v2/image_data.py).

use super::super::cache::{self, Cached};
use super::super::{errors, policy, stores};
use super::ranges::{self, Part};
use super::sums::{Sums, virtual_size};
use super::{Image, Status, change, find};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Blob, Body, Call, Context, Operation, Problem, Response, get_changing, put};
use chrono::{DateTime, Utc};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    put("/images/{image_id}/file", "glance.image.upload", upload)
        .summary("Uploads the data of an image.")
        .blob_body()
        .answers(204)
        .policy_on_target("upload_image"),
    put("/images/{image_id}/stage", "glance.image.stage", stage)
        .summary("Uploads the data of an image to the staging area.")
        .blob_body()
        .answers(204)
        .policy_on_target("modify_image"),
    get_changing("/images/{image_id}/file", "glance.image.download", download)
        .summary("Downloads the data of an image.")
        .policy_on_target("download_image"),
];

/// The default algorithm of `os_hash_value` (`hashing_algorithm`).
pub const HASH_ALGO: &str = "sha512";

/// Sets the data of an image and its status to `active`. Without another location the data are in the default store.
pub fn take_in(image: &mut Image, content: Blob, now: DateTime<Utc>) {
    let location = stores::location(stores::DEFAULT, &image.id);
    set_content(image, content);
    if image.locations.is_empty() {
        image.locations.push(location);
    }
    (image.status, image.updated) = (Status::Active, now);
}

/// Sets the data of an image, with its sizes and hashes.
pub fn set_content(image: &mut Image, content: Blob) {
    let sums = Sums::of(&content, HASH_ALGO);
    image.size = Some(content.len());
    image.virtual_size = virtual_size(image.disk_format.as_deref(), &content);
    (image.checksum, image.hash_algo, image.hash) = (Some(sums.md5), Some(HASH_ALGO.to_owned()), Some(sums.hash));
    (image.content, image.staged) = (Some(content), None);
}

fn upload(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    check_headers(call)?;
    let store = call.header("x-image-meta-store").unwrap_or(stores::DEFAULT);
    if !stores::writable().any(|known| known == store) {
        return Err(errors::unknown_upload_store(store));
    }
    let image = find(call, os, call.param("image_id"))?;
    policy::enforce_on_image(call, image)?;
    check_status(image, Status::Saving)?;
    let content = call.content().map_err(errors::data_not_stored)?;
    let (id, location) = (image.id.clone(), stores::location(store, &image.id));
    change(os, ctx.now(), &id, |image| {
        image.locations = vec![location];
        take_in(image, content, ctx.now());
    });
    Ok(Response::empty())
}

/// Stages the data until an import uses them.
fn stage(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    check_headers(call)?;
    let id = call.param("image_id");
    let image = find(call, os, id)?;
    policy::enforce_on_image(call, image)?;
    check_status(image, Status::Uploading)?;
    let content = call.content().map_err(errors::data_not_stored)?;
    change(os, ctx.now(), id, |image| {
        image.size = Some(content.len());
        (image.status, image.staged) = (Status::Uploading, Some(content));
    });
    Ok(Response::empty())
}

/// Errors: another content type, an invalid image size in the headers.
fn check_headers(call: &Call) -> Result<(), Problem> {
    let header = call.header("content-type");
    let content_type = header.map(|text| text.split(';').next().unwrap_or_default().trim());
    if content_type != Some("application/octet-stream") {
        return Err(errors::not_an_octet_stream(header, content_type));
    }
    if call.header("x-openstack-image-size").is_some_and(|size| size.trim().parse::<i64>().is_err()) {
        return Err(errors::bad_image_size());
    }
    Ok(())
}

/// Checks that the image is queued. For an upload (`saving`) it must have its formats.
fn check_status(image: &Image, status: Status) -> Result<(), Problem> {
    if image.status != Status::Queued {
        return Err(errors::status_transition(image.status.as_str(), status.as_str()));
    }
    let missing = image.missing_formats();
    if status == Status::Saving && !missing.is_empty() {
        return Err(errors::formats_missing(&missing));
    }
    Ok(())
}

/// Downloads the data, or 204 if there are none. The image is in the cache afterwards.
fn download(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let image = find(call, os, call.param("image_id"))?;
    if image.status == Status::Deactivated && !policy::is_admin(call) {
        return Err(errors::deactivated());
    }
    policy::enforce_on_image(call, image)?;
    check_preferred_stores(call, image)?;
    let Some(content) = image.content.clone() else { return Ok(Response::empty().status(204)) };
    let part = ranges::parse(call, content.len())?;
    let checksum = image.checksum.clone();
    let cached = Cached::of(image);
    cache::record_hit(os, cached, ctx.now());
    let mut response = Response::blob(content);
    if let Some(Part { start, length, size }) = part {
        if let Body::Blob(_, from, count) = &mut response.body {
            (*from, *count) = (start, length);
        }
        let range = format!("bytes {start}-{}/{size}", i128::from(start) + i128::from(length) - 1);
        response = response.status(206).header("Content-Range", range);
    }
    Ok(match checksum {
        Some(checksum) => response.header("Content-MD5", checksum),
        None => response,
    })
}

/// Checks `prefer=slow,fast`. All stores have the same data, so only the names are validated.
fn check_preferred_stores(call: &Call, image: &Image) -> Result<(), Problem> {
    let Some(preferred) = call.query("prefer").filter(|text| !text.is_empty()) else { return Ok(()) };
    policy::enforce_rule_on_image(call, "download_from_store", image)?;
    let mut names = preferred.split(',').map(str::trim).filter(|name| !name.is_empty());
    match names.find(|name| stores::find(name).is_none()) {
        Some(unknown) => Err(errors::store_not_configured(unknown)),
        None => Ok(()),
    }
}
