//! `os-reset_status`: an administrator sets the statuses of a volume.

use super::super::super::super::OpenStack;
use super::super::super::policy::POLICY;
use super::super::super::{attachments, errors};
use super::super::{AttachStatus, Status, find};
use super::{PATH, update};
use crate::clouds::openstack::cinder::status::StatusText;
use crate::engine::{Answer, Call, Context, Id, Operation, Response, post};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;

pub const OPERATIONS: &[Operation<OpenStack>] = &[post(PATH, "cinder.volume.reset_status", reset_status)
    .summary("Resets the status of a volume.")
    .action("os-reset_status")
    .body::<ResetRequest>()
    .answers(202)
    .policy_on_target("volume_extension:volume_admin_actions:reset_status")];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ResetRequest {
    #[serde(rename = "os-reset_status")]
    reset: Reset,
}

#[derive(Deserialize)]
struct Reset {
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    attach_status: Option<String>,
    #[serde(default)]
    migration_status: Option<String>,
}

/// Upstream first checks that one of the fields is set, with a separate error message.
impl JsonSchema for Reset {
    fn schema_name() -> Cow<'static, str> {
        "reset_status_volume".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let is_set =
            |field: &str| json_schema!({"required": [field], "properties": {field: {"not": {"enum": [null, ""]}}}});
        json_schema!({
            "type": "object",
            "allOf": [{
                "anyOf": [is_set("status"), is_set("attach_status"), is_set("migration_status")],
                "x-says": "Must specify 'status', 'attach_status' or 'migration_status' for update.",
            }],
            "properties": {
                "status": {"type": ["string", "null"], "format": "volume_status"},
                "attach_status": {"type": ["string", "null"], "format": "volume_attach_status"},
                "migration_status": {"type": ["string", "null"], "format": "volume_migration_status"},
            },
            "additionalProperties": false,
        })
    }
}

/// The allowed values, in the order of upstream's error message (cinder/objects/fields.py).
const STATUSES: &[&str] = &[
    "creating",
    "available",
    "deleting",
    "error",
    "error_deleting",
    "error_managing",
    "managing",
    "attaching",
    "in-use",
    "detaching",
    "maintenance",
    "restoring-backup",
    "error_restoring",
    "reserved",
    "awaiting-transfer",
    "backing-up",
    "error_backing-up",
    "error_extending",
    "downloading",
    "uploading",
    "retyping",
    "extending",
];
const ATTACH_STATUSES: &[&str] = &["attached", "detached"];
const MIGRATION_STATUSES: &[&str] = &["migrating", "error", "success", "completing", "none", "starting"];

/// The format `volume_status`.
pub fn is_status(text: &str) -> bool {
    is_one_of(STATUSES, text)
}

/// The format `volume_attach_status`.
pub fn is_attach_status(text: &str) -> bool {
    is_one_of(ATTACH_STATUSES, text)
}

/// The format `volume_migration_status`.
pub fn is_migration_status(text: &str) -> bool {
    is_one_of(MIGRATION_STATUSES, text)
}

fn is_one_of(known: &[&str], text: &str) -> bool {
    text.is_empty() || known.contains(&text.to_lowercase().as_str())
}

/// Upstream's message for a value that violates one of these formats. None for other formats.
pub fn format_error(format: &str, text: &str) -> Option<String> {
    let (what, known, [open, close]) = match format {
        "volume_status" => ("Volume status", STATUSES, ["(", ")"]),
        "volume_attach_status" => ("Volume attach status", ATTACH_STATUSES, ["[", "]"]),
        "volume_migration_status" => ("Volume migration status", MIGRATION_STATUSES, ["(", ")"]),
        _ => return None,
    };
    let known: Vec<_> = known.iter().map(|name| format!("'{name}'")).collect();
    Some(format!("{what}: {text} is invalid, valid statuses are: {open}{}{close}.", known.join(", ")))
}

fn reset_status(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<ResetRequest>()?.reset;
    let lower = |text: Option<String>| text.filter(|text| !text.is_empty()).map(|text| text.to_lowercase());
    let status = lower(request.status).and_then(|name| Status::from_text(&name));
    let attach_status = lower(request.attach_status).and_then(|name| AttachStatus::from_text(&name));
    let migration_status = lower(request.migration_status);
    let volume = find(call, os, call.param("volume_id"))?;
    POLICY.enforce(call, &[("project_id", &volume.project)])?;
    let id = volume.id.clone();
    match status {
        Some(Status::Deleting) => return Err(errors::cannot_reset_to(Status::Deleting)),
        Some(Status::InUse) if attachments::of_volume(os, &id).next().is_none() => {
            return Err(errors::nothing_attached_to_reset());
        }
        _ => {}
    }
    update(os, ctx, &id, |volume| {
        volume.status = status.unwrap_or(volume.status);
        volume.attach_status = attach_status.unwrap_or(volume.attach_status);
        if let Some(migration_status) = migration_status {
            volume.migration_status = Some(migration_status).filter(|name| name != "none");
        }
    });
    if attach_status == Some(AttachStatus::Detached) {
        forget_attachments(os, &id);
    }
    Ok(Response::empty())
}

/// Removes the attachments. Upstream recomputes the volume's status with each, so that it ends as `available`.
fn forget_attachments(os: &mut OpenStack, id: &Id) {
    let removed: Vec<Id> = attachments::of_volume(os, id).map(|attachment| attachment.id.clone()).collect();
    for attachment in &removed {
        os.cinder.attachments.remove(attachment);
    }
    if let Some(volume) = os.cinder.volumes.get_mut(id) {
        volume.admin_metadata.shift_remove("attached_mode");
        if !removed.is_empty() {
            volume.status = Status::Available;
        }
    }
}
