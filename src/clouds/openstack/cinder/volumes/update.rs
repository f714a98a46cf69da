//! Changing what a volume is called, and its metadata along with it.

use super::super::errors;
use super::super::parameter_types::{Description, Metadata, Name};
use super::super::policy::POLICY;
use super::{Status, find, view};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::parameter_types::Optional;
use crate::engine::{Answer, Call, Context, Response};
use schemars::JsonSchema;
use serde::Deserialize;

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
    let asked = call.body::<UpdateRequest>()?.volume;
    let volume = find(call, os, call.param("volume_id"))?;
    POLICY.enforce(call, &[("project_id", &volume.project)])?;
    if volume.status == Status::Maintenance {
        return Err(errors::invalid_volume("The volume cannot be updated during maintenance."));
    }
    let (id, now) = (volume.id.clone(), ctx.now());
    if let Some(volume) = os.cinder.volumes.get_mut(&id) {
        // `null` is a value here, and `name` wins over `display_name`.
        let text = |name: &str| call.json.pointer(&format!("/volume/{name}")).is_some();
        if text("name") || text("display_name") {
            let name = if text("name") { asked.name.0 } else { asked.display_name.0 };
            volume.name = name.and_then(|name| name.0);
        }
        if text("description") || text("display_description") {
            let description = if text("description") { asked.description.0 } else { asked.display_description.0 };
            volume.description = description.and_then(|text| text.0);
        }
        if let Some(metadata) = asked.metadata.0 {
            volume.metadata = metadata.0;
        }
        volume.updated = Some(now);
    }
    let volume = find(call, os, &id)?;
    Ok(Response::one("volume", |o| view::changed(o, volume, os, call)))
}
