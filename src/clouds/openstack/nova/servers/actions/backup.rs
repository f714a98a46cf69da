//! Backups: images of a server with rotation (nova/api/openstack/compute/create_backup.py).

use super::super::super::errors;
use super::super::super::links;
use super::super::super::parameter_types::{Metadata, Name, NonNegative, Optional};
use super::super::{TaskState, change, permitted};
use super::image::{COPYABLE, answer, check_metadata, delete_image, queued_image, start_snapshot};
use super::{IDLE, PATH, begin};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::glance::images::Image;
use crate::engine::{Answer, Call, Context, Id, Operation, Response, post};
use schemars::JsonSchema;
use serde::Deserialize;

pub const OPERATIONS: &[Operation<OpenStack>] = &[post(PATH, "nova.server.create_backup", create)
    .summary("Creates a backup image of a server and deletes the oldest ones.")
    .action("createBackup")
    .body::<BackupRequest>()
    .answers(202)
    .policy_on_target("os_compute_api:os-create-backup")];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BackupRequest {
    #[serde(rename = "createBackup")]
    backup: CreateBackup,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateBackup {
    name: Name,
    backup_type: String,
    rotation: NonNegative,
    #[serde(default)]
    metadata: Optional<Metadata>,
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<BackupRequest>()?.backup;
    let server = permitted(call, os)?;
    let mut metadata = request.metadata.0.unwrap_or_default().0;
    check_metadata(call, &metadata)?;
    server.check_state("createBackup", COPYABLE, IDLE, true)?;
    if server.is_volume_backed() {
        return Err(errors::no_backup_of_volumes());
    }
    metadata.insert("backup_type".into(), request.backup_type.into());
    let image = queued_image(call, os, ctx, server, &request.name.0, "backup", metadata);
    let id = server.id.clone();
    let image = os.glance.images.insert(image).id.clone();
    change(os, ctx, &id, |server| server.backups_to_keep = u32::try_from(request.rotation.0).ok());
    begin(call, os, ctx, &id, ("createBackup", "compute_backup_instance"), TaskState::ImageBackup);
    start_snapshot(os, ctx, &image, &id);
    if request.rotation.0 == 0 && !call.since(2, 45) {
        return Ok(Response::empty().header("Content-Type", "text/html; charset=UTF-8"));
    }
    Ok(answer(call, &image, links::href(call, "images", &image).to_string()))
}

/// Deletes the oldest backups of the same kind beyond the rotation.
pub fn rotate(os: &mut OpenStack, server: &Id, image: &Id) {
    let Some(keep) = os.nova.servers.get_mut(server).and_then(|server| server.backups_to_keep.take()) else { return };
    let Some(image) = os.glance.images.get(image) else { return };
    let kind =
        |image: &Image| ["instance_uuid", "image_type", "backup_type"].map(|name| image.properties.get(name).cloned());
    let alike = os.glance.images.of(&image.owner).filter(|other| kind(other) == kind(image));
    let too_many: Vec<_> = alike.skip(keep as usize).map(|image| image.id.clone()).collect();
    too_many.iter().for_each(|image| delete_image(os, image));
}
