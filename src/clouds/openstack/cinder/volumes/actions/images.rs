//! `os-volume_upload_image`: uploads a volume to an image. `os-reimage` (since 3.68): writes an image to a
//! volume.

use super::super::super::messages::{self, Action, Detail, ResourceType};
use super::super::super::parameter_types::{Boolean, Text255, Uuid};
use super::super::super::policy::POLICY;
use super::super::super::{attachments, errors};
use super::super::create::fits_image;
use super::super::transitions::metadata_from_image;
use super::super::{Status, Task, Volume, find, transition_if};
use super::{PATH, subject, update};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::glance::images::{self, Image, Visibility};
use crate::clouds::openstack::parameter_types::Optional;
use crate::clouds::openstack::times::Micros;
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Response, Transition, post, transition};
use bytes::Bytes;
use schemars::JsonSchema;
use serde::Deserialize;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    // Upstream enforces the rule on the caller's project, after it has found the volume.
    post(PATH, "cinder.volume.upload_image", upload)
        .summary("Uploads a volume to an image.")
        .action("os-volume_upload_image")
        .body::<UploadRequest>()
        .answers(202)
        .policy_on_target("volume_extension:volume_actions:upload_image"),
    post(PATH, "cinder.volume.reimage", reimage)
        .summary("Writes an image to a volume.")
        .action("os-reimage")
        .body::<ReimageRequest>()
        .since(3, 68)
        .answers(202)
        .policy_on_target("volume:reimage"),
];

pub const UPLOAD_IMAGE: Transition<OpenStack> = transition("cinder.volume.upload_image", uploaded, upload_failed);
pub const REIMAGE: Transition<OpenStack> = transition("cinder.volume.reimage", reimaged, reimage_failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&UPLOAD_IMAGE, &REIMAGE];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UploadRequest {
    #[serde(rename = "os-volume_upload_image")]
    upload: Upload,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Upload {
    #[schemars(length(min = 1, max = 255))]
    image_name: String,
    #[serde(default)]
    force: Optional<Boolean>,
    #[serde(default)]
    #[schemars(extend("enum" = ["raw", "vmdk", "vdi", "qcow2", "vhd", "vhdx", "ploop"]))]
    disk_format: Optional<String>,
    #[serde(default)]
    container_format: Optional<Text255>,
    #[serde(default)]
    #[schemars(schema_with = "visibility", extend("x-since" = "3.1"))]
    visibility: Option<Visibility>,
    #[serde(default)]
    #[schemars(extend("x-since" = "3.1"))]
    protected: Optional<Boolean>,
}

/// The field can be absent but not null.
fn visibility(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": "string", "enum": ["community", "public", "private", "shared"]})
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReimageRequest {
    #[serde(rename = "os-reimage")]
    reimage: Reimage,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reimage {
    image_id: Uuid,
    #[serde(default)]
    reimage_reserved: Optional<Boolean>,
}

/// The image is created at once without data. The volume is `uploading` until the image has its data.
fn upload(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<UploadRequest>()?.upload;
    let volume = find(call, os, call.param("volume_id"))?;
    POLICY.enforce(call, &[("project_id", &call.project())])?;
    let image = new_image(call, ctx, volume, &request)?;
    let force = request.force.is_some_and(|force| force.0);
    if volume.status != Status::Available && !(force && volume.status == Status::InUse) {
        let expected = if force { "available or in-use" } else { "available" };
        return Err(errors::cannot_upload(&volume.id, expected));
    }
    let (id, image_id) = (volume.id.clone(), image.id.clone());
    let before = volume.clone();
    os.glance.images.insert(image.clone());
    update(os, ctx, &id, |volume| {
        volume.previous_status = Some(volume.status);
        (volume.status, volume.task) = (Status::Uploading, Some(Task::Upload { image: image_id }));
    });
    ctx.later(&UPLOAD_IMAGE, &id);
    Ok(Response::one("os-volume_upload_image", |o| uploading(o, os, &before, &image)))
}

/// The image to upload the volume to, with the metadata of the image that the volume was created from.
fn new_image(call: &Call, ctx: &mut Context, volume: &Volume, request: &Upload) -> Result<Image, Problem> {
    let disk_format = request.disk_format.as_deref().unwrap_or("raw");
    let container = match &request.container_format.0 {
        Some(format) => format.0.clone(),
        None => Some("bare".to_owned()),
    };
    if volume.encryption_key_id.is_some() && (disk_format != "raw" || container.as_deref() != Some("bare")) {
        return Err(errors::encrypted_upload_must_be_raw());
    }
    let mut image = Image::queued(ctx.uuid(), call.project(), Some(request.image_name.clone()), ctx.now());
    image.disk_format = Some(disk_format.to_owned());
    image.container_format = container;
    if call.since(3, 1) {
        image.visibility = request.visibility.unwrap_or(Visibility::Private);
        image.protected = request.protected.is_some_and(|flag| flag.0);
        if image.visibility == Visibility::Public {
            let rule = "volume_extension:volume_actions:upload_public";
            POLICY.enforce_rule(call, rule, &[("project_id", &call.project())])?;
        }
    }
    // Glance's own properties are not copied, not even `min_disk` and `min_ram` (`glance_core_properties`).
    let own = ["signature_verified", "image_id", "image_name", "checksum", "container_format", "disk_format", "size"];
    let copied = volume.image_metadata.iter().filter(|(key, _)| !own.contains(&key.as_str()));
    let copied = copied.filter(|(key, _)| !key.starts_with("min_"));
    image.properties = copied.map(|(key, value)| (key.clone(), value.clone())).collect();
    Ok(image)
}

fn uploading(o: &mut Object, os: &OpenStack, volume: &Volume, image: &Image) {
    o.set("id", &volume.id);
    o.set("updated_at", volume.updated.map(Micros));
    o.set("status", Status::Uploading);
    o.set("display_description", &volume.description);
    o.set("size", volume.size_gib);
    match volume.volume_type.as_ref().and_then(|id| os.cinder.volume_types.get(id)) {
        Some(volume_type) => o.object("volume_type", |o| {
            o.set("id", &volume_type.id);
            o.set("name", &volume_type.name);
            o.set("description", &volume_type.description);
            o.set("is_public", volume_type.is_public);
            o.set("extra_specs", &volume_type.extra_specs);
            o.set("qos_specs_id", &volume_type.qos_specs);
            o.set("created_at", Micros(volume_type.created));
            o.set("updated_at", volume_type.updated.map(Micros));
            o.set("deleted_at", None::<()>);
            o.set("deleted", false);
        }),
        None => o.set("volume_type", None::<()>),
    }
    o.set("image_id", &image.id);
    o.set("container_format", &image.container_format);
    o.set("disk_format", &image.disk_format);
    o.set("image_name", &image.name);
    o.set("protected", image.protected);
    o.set("visibility", image.visibility);
}

/// An empty volume becomes an image of zeros. Its size is limited to 1 MiB to save memory.
fn uploaded(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(image) = upload_target(os, id) else { return };
    let content = os.cinder.volumes.get(id).and_then(|volume| volume.content.clone());
    if let Some(image) = os.glance.images.get_mut(&image) {
        images::take_in(image, content.unwrap_or_else(|| Bytes::from(vec![0; 1 << 20]).into()), ctx.now());
    }
    finish_upload(os, ctx, id);
}

fn upload_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    let Some(image) = upload_target(os, id) else { return };
    os.glance.images.remove(&image);
    finish_upload(os, ctx, id);
    messages::create(os, ctx, ResourceType::Volume, id, Action::COPY_VOLUME_TO_IMAGE, Detail::FAILED_TO_UPLOAD_VOLUME);
}

/// The image that the volume is being uploaded to.
fn upload_target(os: &OpenStack, id: &Id) -> Option<Id> {
    let volume = os.cinder.volumes.get(id).filter(|volume| volume.status == Status::Uploading)?;
    if let Some(Task::Upload { image }) = &volume.task { Some(image.clone()) } else { None }
}

/// Restores the status after an upload.
fn finish_upload(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let attached = attachments::of_volume(os, id).next().is_some();
    transition_if(os, ctx, id, Status::Uploading, |volume| {
        (volume.status, volume.task) = (if attached { Status::InUse } else { Status::Available }, None);
    });
}

/// A reserved volume has its own policy rule. Upstream looks up the image before it enforces the policy.
fn reimage(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<ReimageRequest>()?.reimage;
    let volume = find(call, os, call.param("volume_id"))?;
    let image =
        images::find(call, os, &request.image_id.0).map_err(|_| errors::image_not_found(&request.image_id.0))?;
    let target = [("project_id", &*volume.project)];
    match volume.status {
        Status::Reserved => POLICY.enforce_rule(call, "volume:reimage_reserved", &target)?,
        _ => drop(subject(call, os)?),
    }
    if attachments::of_volume(os, &volume.id).count() > 1 {
        return Err(errors::reimage_of_shared_volume());
    }
    let reserved = request.reimage_reserved.is_some_and(|flag| flag.0);
    let fits = match volume.status {
        Status::Available | Status::Error => true,
        status => reserved && status == Status::Reserved,
    };
    if !fits {
        let expected = if reserved { "available or error or reserved" } else { "available or error" };
        return Err(errors::cannot_reimage(&volume.id, expected, volume.status));
    }
    fits_image(image, volume.size_gib)?;
    let (id, image) = (volume.id.clone(), image.id.clone());
    update(os, ctx, &id, |volume| {
        volume.previous_status = Some(volume.status);
        (volume.status, volume.task) = (Status::Downloading, Some(Task::Reimage { image }));
    });
    ctx.later(&REIMAGE, &id);
    Ok(Response::empty())
}

fn reimaged(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let task = os.cinder.volumes.get(id).and_then(|volume| volume.task.clone());
    let Some(Task::Reimage { image }) = task else { return };
    let Some(image) = os.glance.images.get(&image) else { return reimage_failed(os, ctx, id, "") };
    let (content, mut metadata) = (image.content.clone(), metadata_from_image(image));
    // Only new volumes verify the signature.
    metadata.shift_remove("signature_verified");
    transition_if(os, ctx, id, Status::Downloading, |volume| {
        volume.status = volume.previous_status.unwrap_or(Status::Available);
        volume.bootable = true;
        (volume.task, volume.content, volume.image_metadata) = (None, content, metadata);
    });
}

fn reimage_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    transition_if(os, ctx, id, Status::Downloading, |volume| {
        (volume.previous_status, volume.status, volume.task) = (Some(volume.status), Status::Error, None);
    });
    messages::create(os, ctx, ResourceType::Volume, id, Action::REIMAGE_VOLUME, Detail::REIMAGE_VOLUME_FAILED);
}
