//! The actions on the image metadata of a volume (cinder/api/contrib/volume_image_metadata.py).

use super::super::errors;
use super::super::parameter_types::ImageMetadata;
use super::super::policy::POLICY;
use super::find;
use super::metadata::check_metadata_change;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Operation, Response, post};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

const PATH: &str = "/volumes/{volume_id}/action";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(PATH, "cinder.volume.set_image_metadata", set)
        .summary("Sets image metadata of a volume.")
        .action("os-set_image_metadata")
        .body::<SetRequest>()
        .policy_on_target("volume_extension:volume_image_metadata:set"),
    post(PATH, "cinder.volume.unset_image_metadata", unset)
        .summary("Removes an image metadata item from a volume.")
        .action("os-unset_image_metadata")
        .body::<UnsetRequest>()
        .policy_on_target("volume_extension:volume_image_metadata:remove"),
    post(PATH, "cinder.volume.show_image_metadata", show)
        .summary("Shows the image metadata of a volume.")
        .action("os-show_image_metadata")
        .body::<ShowRequest>()
        .policy_on_target("volume:get"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetRequest {
    #[serde(rename = "os-set_image_metadata")]
    set: SetImageMetadata,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetImageMetadata {
    metadata: ImageMetadata,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UnsetRequest {
    #[serde(rename = "os-unset_image_metadata")]
    unset: UnsetImageMetadata,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UnsetImageMetadata {
    #[schemars(length(min = 1, max = 255))]
    key: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ShowRequest {
    #[serde(rename = "os-show_image_metadata")]
    #[allow(dead_code, reason = "any value is accepted and ignored")]
    show: Value,
}

fn set(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let metadata = call.body::<SetRequest>()?.set.metadata.0;
    let volume = find(call, os, call.param("volume_id"))?;
    POLICY.enforce(call, &[("project_id", &volume.project)])?;
    check_metadata_change(volume, "Updating")?;
    let id = volume.id.clone();
    if let Some(volume) = os.cinder.volumes.get_mut(&id) {
        volume.image_metadata.extend(metadata);
        volume.updated = Some(ctx.now());
    }
    let volume = find(call, os, &id)?;
    Ok(Response::object(|o| o.set("metadata", &volume.image_metadata)))
}

fn unset(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let key = call.body::<UnsetRequest>()?.unset.key;
    let volume = find(call, os, call.param("volume_id"))?;
    POLICY.enforce(call, &[("project_id", &volume.project)])?;
    if !volume.image_metadata.contains_key(&key) {
        return Err(errors::image_metadata_not_found(&volume.id));
    }
    check_metadata_change(volume, "Deleting")?;
    let id = volume.id.clone();
    if let Some(volume) = os.cinder.volumes.get_mut(&id) {
        volume.image_metadata.shift_remove(&key);
        volume.updated = Some(ctx.now());
    }
    Ok(Response::empty())
}

fn show(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let volume = find(call, os, call.param("volume_id"))?;
    if volume.image_metadata.is_empty() {
        return Err(errors::image_metadata_not_found(&volume.id));
    }
    Ok(Response::object(|o| o.set("metadata", &volume.image_metadata)))
}
