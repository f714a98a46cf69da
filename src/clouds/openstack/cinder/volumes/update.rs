//! `PUT /volumes/{volume_id}`: name, description and metadata (cinder/api/v3/volumes.py).

use super::super::errors;
use super::super::parameter_types::{Description, Metadata, Name};
use super::super::policy::POLICY;
use super::{Status, find, view};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::parameter_types::Optional;
use crate::engine::{Answer, Call, Context, Response};
use schemars::JsonSchema;
use serde::Deserialize;

/// The body of `PUT /volumes/{volume_id}`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRequest {
    volume: UpdateVolume,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-from" = {"3.53": {"anyOf": [
    {"required": ["name"]}, {"required": ["description"]}, {"required": ["display_name"]},
    {"required": ["display_description"]}, {"required": ["metadata"]},
]}}))]
struct UpdateVolume {
    name: Optional<Name>,
    description: Optional<Description>,
    display_name: Optional<Name>,
    display_description: Optional<Description>,
    metadata: Optional<Metadata>,
}

pub fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<UpdateRequest>()?.volume;
    let volume = find(call, os, call.param("volume_id"))?;
    POLICY.enforce(call, &[("project_id", &volume.project)])?;
    if volume.status == Status::Maintenance {
        return Err(errors::invalid_volume("The volume cannot be updated during maintenance."));
    }
    let (id, now) = (volume.id.clone(), ctx.now());
    if let Some(volume) = os.cinder.volumes.get_mut(&id) {
        // `null` clears a field. `name` takes precedence over `display_name`.
        let has = |name: &str| call.json.pointer(&format!("/volume/{name}")).is_some();
        if has("name") || has("display_name") {
            let name = if has("name") { request.name.0 } else { request.display_name.0 };
            volume.name = name.and_then(|name| name.0);
        }
        if has("description") || has("display_description") {
            let description = if has("description") { request.description.0 } else { request.display_description.0 };
            volume.description = description.and_then(|text| text.0);
        }
        if let Some(metadata) = request.metadata.0 {
            volume.metadata = metadata.0;
        }
        volume.updated = Some(now);
    }
    let volume = find(call, os, &id)?;
    Ok(Response::one("volume", |o| view::changed(o, volume, os, call)))
}
