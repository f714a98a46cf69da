//! Images of servers: of the root disk, or of snapshots of the volumes for volume-backed servers (`snapshot` and
//! `snapshot_volume_backed` in nova/compute/api.py).

use super::super::super::parameter_types::{Metadata, Optional, StrictName};
use super::super::super::policy::POLICY;
use super::super::super::{errors, instance_actions};
use super::super::{BlockDevice, Server, TaskState, VmState, permitted};
use super::{IDLE, PATH, begin, finish, is_doing, next_task, revert_task};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::{quotas, snapshots, types};
use crate::clouds::openstack::glance::images::{self, Image, Visibility};
use crate::engine::{Answer, Blob, Call, Context, Id, Operation, Problem, Response, Row, Transition, post, transition};
use bytes::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub const OPERATIONS: &[Operation<OpenStack>] = &[post(PATH, "nova.server.create_image", create)
    .summary("Creates an image of a server.")
    .action("createImage")
    .body::<ImageRequest>()
    .answers(202)
    .policy_on_target("os_compute_api:servers:create_image")];

/// The hypervisor has taken the snapshot.
pub const SNAPSHOT: Transition<OpenStack> = transition("nova.server.snapshot", prepare_upload, failed);
/// The upload starts.
pub const SNAPSHOT_PENDING: Transition<OpenStack> = transition("nova.server.snapshot_pending", start_upload, failed);
/// The upload has ended.
pub const SNAPSHOT_UPLOAD: Transition<OpenStack> = transition("nova.server.snapshot_upload", finish_upload, failed);

/// The subject of these transitions is the image.
pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&SNAPSHOT, &SNAPSHOT_PENDING, &SNAPSHOT_UPLOAD];

/// A snapshot in progress: its image, which may be deleted in the meantime, and its server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    image: Id,
    server: Id,
}

impl Row for Snapshot {
    fn id(&self) -> &Id {
        &self.image
    }
    fn owner(&self) -> &Id {
        &self.server
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageRequest {
    #[serde(rename = "createImage")]
    image: CreateImage,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateImage {
    name: StrictName,
    #[serde(default)]
    metadata: Optional<Metadata>,
}

/// The states in which images of a server can be created.
pub const COPYABLE: &[VmState] = &[VmState::Active, VmState::Stopped, VmState::Paused, VmState::Suspended];

pub fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<ImageRequest>()?.image;
    let server = permitted(call, os)?;
    let metadata = request.metadata.0.unwrap_or_default().0;
    check_metadata(call, &metadata)?;
    let id = server.id.clone();
    if server.is_volume_backed() {
        let on = [("project_id", &*server.project)];
        POLICY.enforce_rule(call, "os_compute_api:servers:create_image:allow_volume_backed", &on)?;
        server.check_state("createImage", COPYABLE, IDLE, true)?;
        let image = of_volumes(call, os, ctx, &id, &request.name.0, metadata)?;
        return Ok(answer(call, &image, glance_address(call, &image)));
    }
    server.check_state("createImage", COPYABLE, IDLE, true)?;
    let image = queued_image(call, os, ctx, server, &request.name.0, "snapshot", metadata);
    let image = os.glance.images.insert(image).id.clone();
    begin(call, os, ctx, &id, ("createImage", "compute_snapshot_instance"), TaskState::ImageSnapshotPending);
    start_snapshot(os, ctx, &image, &id);
    Ok(answer(call, &image, glance_address(call, &image)))
}

/// Starts a snapshot on the host. The subject of its transitions is the image.
pub fn start_snapshot(os: &mut OpenStack, ctx: &mut Context, image: &Id, server: &Id) {
    os.nova.snapshots.insert(Snapshot { image: image.clone(), server: server.clone() });
    ctx.later(&SNAPSHOT, image);
}

/// Until microversion 2.38, Nova limits the metadata of images. Errors: 403.
pub fn check_metadata(call: &Call, metadata: &Map<String, Value>) -> Result<(), Problem> {
    const MAX_ITEMS: usize = 128;
    if !call.since(2, 39) && metadata.len() > MAX_ITEMS { Err(errors::too_much_image_metadata()) } else { Ok(()) }
}

fn glance_address(call: &Call, image: &str) -> String {
    format!("{}/images/{image}", call.base_of("glance").unwrap_or_default())
}

/// The response with the id of the new image, or before microversion 2.45 with its location in a header.
pub fn answer(call: &Call, image: &str, location: String) -> Response {
    if call.since(2, 45) {
        return Response::object(|o| o.set("image_id", image));
    }
    Response::empty().header("Content-Type", "text/html; charset=UTF-8").header("Location", location)
}

/// The image record of a new image of a server with the data of its disk (`create_image` in nova/compute/utils.py).
pub fn queued_image(
    call: &Call,
    os: &OpenStack,
    ctx: &mut Context,
    server: &Server,
    name: &str,
    kind: &str,
    metadata: Map<String, Value>,
) -> Image {
    let own = [("instance_uuid", json!(server.id)), ("user_id", json!(call.user())), ("image_type", json!(kind))];
    let mut properties: Map<String, Value> = own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    properties.extend(metadata);
    image_of(call, os, ctx, server, name, properties)
}

/// An image record with what the server keeps of its own image, and `extra` properties
/// (`initialize_instance_snapshot_metadata`).
fn image_of(
    call: &Call,
    os: &OpenStack,
    ctx: &mut Context,
    server: &Server,
    name: &str,
    extra: Map<String, Value>,
) -> Image {
    let kept = &server.image_properties;
    let mut image = Image::queued(ctx.uuid(), call.project(), Some(name.to_owned()), ctx.now());
    let is_own = call.project() == server.project;
    image.visibility = if is_own { Visibility::Private } else { Visibility::Shared };
    let text = |name: &str| kept.get(name).and_then(Value::as_str).map(str::to_owned);
    let number = |name: &str| kept.get(name).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
    image.container_format = Some(text("container_format").unwrap_or_else(|| "bare".into()));
    image.disk_format = Some(text("disk_format").unwrap_or_else(|| "qcow2".into()));
    image.min_ram = number("min_ram").unwrap_or(0);
    image.min_disk = number("min_disk").unwrap_or(server.flavor.disk_gib);
    let inherited = kept.iter().filter(|(name, _)| is_inherited(name));
    image.properties.extend(inherited.map(|(name, value)| (name.clone(), value.clone())));
    let project = os.keystone.projects.get(&server.project).map(|project| project.name.clone());
    let user = os.keystone.users.get(&server.user).map(|user| user.name.clone());
    let roles: Vec<&str> = call.caller.roles.iter().map(|role| &**role).collect();
    let properties = [
        ("base_image_ref", json!(server.image.as_deref().unwrap_or_default())),
        ("owner_user_name", json!(user.unwrap_or_default())),
        ("owner_project_name", json!(project.unwrap_or_default())),
        ("boot_roles", json!(roles.join(","))),
    ];
    image.properties.extend(properties.map(|(name, value)| (name.to_owned(), value)));
    image.properties.extend(extra);
    image
}

/// False for what a server keeps of its image but gives to none of its own images: the fields of the image that are no
/// properties, and signatures and keys (`NON_INHERITABLE_IMAGE_PROPERTIES`, `non_inheritable_image_properties`).
fn is_inherited(name: &str) -> bool {
    const KEPT_BACK: [&str; 15] = [
        "base_image_ref",
        "container_format",
        "disk_format",
        "min_disk",
        "min_ram",
        "size",
        "checksum",
        "cache_in_nova",
        "bittorrent",
        "cinder_encryption_key_id",
        "cinder_encryption_key_deletion_policy",
        "img_signature",
        "img_signature_hash_method",
        "img_signature_key_type",
        "img_signature_certificate_uuid",
    ];
    !KEPT_BACK.contains(&name) && !name.starts_with("os_glance")
}

/// The task states during a snapshot or a backup.
const TASKS: [TaskState; 5] = [
    TaskState::ImageSnapshotPending,
    TaskState::ImageSnapshot,
    TaskState::ImageBackup,
    TaskState::ImagePendingUpload,
    TaskState::ImageUploading,
];

/// The server of a snapshot in progress. If the server is gone, the image is deleted. If the image is gone, the task of
/// the server ends (`_snapshot_instance`).
fn snapshot_server(os: &mut OpenStack, ctx: &mut Context, image: &Id) -> Option<Id> {
    let server = os.nova.snapshots.get(image)?.server.clone();
    let (has_server, has_image) = (os.nova.servers.contains(&server), os.glance.images.contains(image));
    if has_server && has_image {
        return Some(server);
    }
    TASKS.into_iter().for_each(|task| finish(os, ctx, &server, task, |_| {}));
    discard(os, image);
    None
}

/// Ends a snapshot and deletes its image.
fn discard(os: &mut OpenStack, image: &Id) {
    os.nova.snapshots.remove(image);
    delete_image(os, image);
}

fn prepare_upload(os: &mut OpenStack, ctx: &mut Context, image: &Id) {
    use TaskState::{ImageBackup, ImagePendingUpload, ImageSnapshot, ImageSnapshotPending};
    let Some(server) = snapshot_server(os, ctx, image) else { return };
    let begun = [ImageSnapshotPending, ImageSnapshot, ImageBackup];
    if begun.into_iter().any(|task| next_task(os, ctx, &server, task, ImagePendingUpload)) {
        ctx.later(&SNAPSHOT_PENDING, image);
    } else {
        discard(os, image);
    }
}

fn start_upload(os: &mut OpenStack, ctx: &mut Context, image: &Id) {
    let Some(server) = snapshot_server(os, ctx, image) else { return };
    if !next_task(os, ctx, &server, TaskState::ImagePendingUpload, TaskState::ImageUploading) {
        return discard(os, image);
    }
    start_saving(os, ctx, image);
    ctx.later(&SNAPSHOT_UPLOAD, image);
}

fn finish_upload(os: &mut OpenStack, ctx: &mut Context, image: &Id) {
    let Some(server) = snapshot_server(os, ctx, image) else { return };
    if !is_doing(os, &server, TaskState::ImageUploading) {
        return discard(os, image);
    }
    write_image(os, ctx, image);
    os.nova.snapshots.remove(image);
    super::backup::rotate(os, &server, image);
    finish(os, ctx, &server, TaskState::ImageUploading, |_| {});
}

/// Deletes the image. The server keeps its state.
fn failed(os: &mut OpenStack, ctx: &mut Context, image: &Id, reason: &str) {
    let Some(server) = snapshot_server(os, ctx, image) else { return };
    TASKS.into_iter().for_each(|task| revert_task(os, ctx, &server, task, reason));
    discard(os, image);
}

/// Deletes an image.
pub fn delete_image(os: &mut OpenStack, image: &Id) {
    os.glance.images.remove(image);
}

/// Sets the image to saving.
pub fn start_saving(os: &mut OpenStack, ctx: &Context, image: &Id) {
    if let Some(image) = os.glance.images.get_mut(image) {
        (image.status, image.updated) = (images::Status::Saving, ctx.now());
    }
}

/// Writes the contents of the image. They are those of the server's image, because nothing ever writes to the disks of
/// servers.
pub fn write_image(os: &mut OpenStack, ctx: &Context, image: &Id) {
    let base = os.glance.images.get(image).and_then(|image| image.properties.get("base_image_ref")?.as_str());
    let content = base.and_then(|base| os.glance.images.get(base)?.content.clone());
    let content = content.unwrap_or_else(|| Bytes::from(vec![0; 1 << 20]).into());
    if let Some(image) = os.glance.images.get_mut(image) {
        images::take_in(image, content, ctx.now());
        image.properties.insert("image_location".into(), "snapshot".into());
        image.properties.insert("image_state".into(), "available".into());
        image.properties.insert("owner_id".into(), json!(image.owner));
    }
}

/// Creates an image without data that refers to snapshots of the server's volumes (`snapshot_volume_backed` in
/// nova/compute/api.py).
fn of_volumes(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    id: &Id,
    name: &str,
    metadata: Map<String, Value>,
) -> Result<Id, Problem> {
    let Some(server) = os.nova.servers.get(id).cloned() else { return Err(errors::instance_not_found(id)) };
    let mut image = image_of(call, os, ctx, &server, name, metadata);
    // The image has no data, which Glance only takes as a raw one (`_create_v2` in nova/image/glance.py).
    (image.container_format, image.disk_format) = (Some("bare".into()), Some("raw".into()));
    for name in ["block_device_mapping", "bdm_v2", "root_device_name"] {
        image.properties.shift_remove(name);
    }
    let mut mapping = vec![];
    for device in &server.devices {
        match &device.volume {
            Some(volume) => mapping.push(snapshot(call, os, ctx, device, volume, name)?),
            None => mapping.push(mapping_of(device, None, device.size_gib)),
        }
    }
    let properties = [
        ("root_device_name", json!(server.root_device)),
        ("block_device_mapping", json!(Value::from(mapping).to_string())),
        ("bdm_v2", json!("True")),
    ];
    image.properties.extend(properties.map(|(name, value)| (name.to_owned(), value)));
    images::take_in(&mut image, Blob::from(Bytes::new()), ctx.now());
    instance_actions::begin(call, os, ctx, id, "createImage");
    instance_actions::event_begins(os, ctx, id, "api_snapshot_instance");
    instance_actions::events_end(os, ctx, id, Ok(()));
    Ok(os.glance.images.insert(image).id.clone())
}

/// Creates a snapshot of a volume of the server. Returns the block device mapping for the image. Errors: 403.
fn snapshot(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    device: &BlockDevice,
    volume: &Id,
    name: &str,
) -> Result<Value, Problem> {
    let Some(volume) = os.cinder.volumes.get(volume) else { return Ok(mapping_of(device, None, device.size_gib)) };
    let mut snapshot = snapshots::Snapshot::of(volume, call, ctx);
    snapshot.name = Some(format!("snapshot for {name}"));
    let (size, project) = (volume.size_gib, volume.project.clone());
    let volume_type = types::name_of(os, volume.volume_type.as_deref());
    let amounts = [("snapshots", 1), ("gigabytes", i64::from(size))];
    quotas::charge(os, &project, volume_type.as_deref(), &amounts).map_err(|_| errors::too_many_snapshots())?;
    ctx.later(&snapshots::CREATE, &snapshot.id);
    let snapshot = os.cinder.snapshots.insert(snapshot);
    Ok(mapping_of(device, Some(&snapshot.id), Some(size)))
}

/// The block device mapping of a device as an image property.
fn mapping_of(device: &BlockDevice, snapshot: Option<&Id>, size_gib: Option<u32>) -> Value {
    let source = if snapshot.is_some() { json!("snapshot") } else { json!(device.source) };
    json!({
        "source_type": source,
        "destination_type": device.destination,
        "snapshot_id": snapshot,
        "image_id": Value::Null,
        "volume_id": Value::Null,
        "volume_size": size_gib,
        "volume_type": if snapshot.is_some() { None } else { device.volume_type.as_ref() },
        "device_name": device.device,
        "boot_index": device.boot_index,
        "device_type": device.device_type,
        "disk_bus": device.disk_bus,
        "guest_format": if snapshot.is_some() { None } else { device.guest_format.as_ref() },
        "delete_on_termination": device.delete_on_termination,
        "no_device": Value::Null,
        "tag": if snapshot.is_some() { None } else { device.tag.as_ref() },
        "encrypted": Value::Null,
        "encryption_secret_uuid": Value::Null,
        "encryption_format": Value::Null,
        "encryption_options": Value::Null,
    })
}
