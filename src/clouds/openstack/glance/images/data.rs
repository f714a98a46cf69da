//! The bytes of images: upload, stage, download (glance/api/v2/image_data.py).

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

/// The hash that images get unless another is asked for (`hashing_algorithm`).
pub const HASH_ALGO: &str = "sha512";

/// Gives an image its bytes, with which it is active; they are in the default store from then on.
pub fn take_in(image: &mut Image, content: Blob, now: DateTime<Utc>) {
    let location = stores::location(stores::DEFAULT, &image.id);
    fill(image, content);
    if image.locations.is_empty() {
        image.locations.push(location);
    }
    (image.status, image.updated) = (Status::Active, now);
}

/// What the bytes say of an image.
pub fn fill(image: &mut Image, content: Blob) {
    let sums = Sums::of(&content, HASH_ALGO);
    image.size = Some(content.len());
    image.virtual_size = virtual_size(image.disk_format.as_deref(), &content);
    (image.checksum, image.hash_algo, image.hash) = (Some(sums.md5), Some(HASH_ALGO.to_owned()), Some(sums.hash));
    (image.content, image.staged) = (Some(content), None);
}

fn upload(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let content = sent(call)?;
    let store = call.header("x-image-meta-store").unwrap_or(stores::DEFAULT);
    if !stores::writable().any(|known| known == store) {
        return Err(errors::unknown_upload_store(store));
    }
    let image = find(call, os, call.param("image_id"))?;
    policy::enforce_on_image(call, image)?;
    may_become(image, Status::Saving)?;
    let (id, location) = (image.id.clone(), stores::location(store, &image.id));
    change(os, ctx.now(), &id, |image| {
        image.locations = vec![location];
        take_in(image, content, ctx.now());
    });
    Ok(Response::empty())
}

/// Bytes that wait until an import takes them.
fn stage(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let content = sent(call)?;
    let id = call.param("image_id");
    let image = find(call, os, id)?;
    policy::enforce_on_image(call, image)?;
    may_become(image, Status::Uploading)?;
    change(os, ctx.now(), id, |image| {
        image.size = Some(content.len());
        (image.status, image.staged) = (Status::Uploading, Some(content));
    });
    Ok(Response::empty())
}

/// The bytes that came with the request.
fn sent(call: &Call) -> Result<Blob, Problem> {
    let content_type = call.header("content-type").map(|text| text.split(';').next().unwrap_or_default().trim());
    if content_type != Some("application/octet-stream") {
        return Err(errors::not_an_octet_stream(content_type));
    }
    if call.header("x-openstack-image-size").is_some_and(|size| size.trim().parse::<i64>().is_err()) {
        return Err(errors::bad_image_size());
    }
    Ok(call.blob.clone().unwrap_or_else(|| Blob::from(bytes::Bytes::new())))
}

/// Only queued images take bytes; those to be saved must say in which format.
fn may_become(image: &Image, status: Status) -> Result<(), Problem> {
    if image.status != Status::Queued {
        return Err(errors::status_transition(image.status.as_str(), status.as_str()));
    }
    let missing = image.missing_formats();
    if status == Status::Saving && !missing.is_empty() {
        return Err(errors::formats_missing(&missing));
    }
    Ok(())
}

/// The bytes, or nothing while there are none. What was read is in the cache from then on.
fn download(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let image = find(call, os, call.param("image_id"))?;
    if image.status == Status::Deactivated && !policy::is_admin(call) {
        return Err(errors::deactivated());
    }
    policy::enforce_on_image(call, image)?;
    preferred_stores(call, image)?;
    let Some(content) = image.content.clone() else { return Ok(Response::empty().status(204)) };
    let part = ranges::asked(call, content.len())?;
    let checksum = image.checksum.clone();
    let cached = Cached::of(image);
    cache::read(os, cached, ctx.now());
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

/// `prefer=slow,fast`: which of the stores is read makes no difference, but it must be one.
fn preferred_stores(call: &Call, image: &Image) -> Result<(), Problem> {
    let Some(preferred) = call.query("prefer").filter(|text| !text.is_empty()) else { return Ok(()) };
    policy::enforce_rule_on_image(call, "download_from_store", image)?;
    let mut names = preferred.split(',').map(str::trim).filter(|name| !name.is_empty());
    match names.find(|name| stores::find(name).is_none()) {
        Some(unknown) => Err(errors::store_not_configured(unknown)),
        None => Ok(()),
    }
}
