//! The formats that the schemas of Cinder's requests name, and their error messages
//! (cinder/api/validation/validators.py).

use super::parameter_types::is_uuid_like;
use super::status::StatusText;
use super::volumes::actions::reset_status;
use super::{errors, groups, snapshots};
use crate::clouds::openstack::python::b64decode;
use crate::engine::Formats;
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;

/// The formats of the schemas: names and predicates.
pub const FORMATS: Formats = &[
    ("uuid", is_uuid_like),
    // A text column of MySQL holds 65535 bytes.
    ("mysql_text", |text| text.len() <= 65_535),
    ("name_non_mandatory_remove_white_spaces", |text| text.trim().chars().count() <= 255),
    ("description_non_mandatory_remove_white_spaces", |text| text.trim().chars().count() <= 255),
    ("base64", |text| b64decode(text).is_some()),
    ("name_skip_leading_trailing_spaces", |text| (1..=255).contains(&text.trim().chars().count())),
    ("volume_status", reset_status::is_status),
    ("volume_attach_status", reset_status::is_attach_status),
    ("volume_migration_status", reset_status::is_migration_status),
    ("snapshot_status", |text| snapshots::Status::from_text(&text.to_lowercase()).is_some()),
    ("backup_status", |text| matches!(&*text.to_lowercase(), "available" | "error")),
    ("name", |text| !text.trim().is_empty()),
    ("key_size", |text| text.trim().parse::<i64>().is_ok()),
    ("group_type", |text| (1..=255).contains(&text.trim().chars().count())),
    ("availability_zone", |text| (1..=255).contains(&text.trim().chars().count())),
    ("group_status", is_group_status),
    ("group_snapshot_status", is_group_status),
];

/// Upstream validates the status of a group against the statuses of group snapshots.
fn is_group_status(text: &str) -> bool {
    groups::Status::from_text(&text.to_ascii_lowercase()).is_some_and(|status| status != groups::Status::InUse)
}

/// The error message of a format that upstream checks with its own function
/// (cinder/api/validation/validators.py). None for other errors.
pub fn format_error(error: &ValidationError) -> Option<String> {
    let ValidationErrorKind::Format { format } = error.kind() else { return None };
    let text = error.instance().as_str().unwrap_or_default();
    let name = match format.as_str() {
        format if format.starts_with("volume_") => return reset_status::format_error(format, text),
        "snapshot_status" => return Some(errors::snapshot_status_unknown(text).message),
        "backup_status" => return Some(errors::backup_status_unknown(text).message),
        "key_size" => return Some("Invalid input received: key_size must be an integer.".into()),
        "name" | "name_skip_leading_trailing_spaces" => {
            let reason = match text.trim() {
                _ if text.is_empty() => "can not be None",
                "" => "can not be empty",
                _ => "can not be greater than 255 characters",
            };
            return Some(format!("An invalid 'name' value was provided. The 'name' {reason}."));
        }
        "availability_zone" if text.is_empty() => return Some("The 'availability_zone' can not be None.".into()),
        "availability_zone" => return Some(wrong_length("availability_zone", text)),
        "group_type" if !text.is_empty() => return Some(wrong_length("group_type", text)),
        "group_status" => return Some(wrong_group_status(text)),
        "group_snapshot_status" => return Some(wrong_group_snapshot_status(text)),
        "name_non_mandatory_remove_white_spaces" => "name",
        "description_non_mandatory_remove_white_spaces" => "description",
        _ => return None,
    };
    Some(wrong_length(name, text.trim()))
}

/// The error of `utils.check_string_length` for text of 1 to 255 characters.
fn wrong_length(name: &str, text: &str) -> String {
    let length = text.trim().chars().count();
    let bound = if length == 0 { "less than 1" } else { "more than 255" };
    format!("Invalid input received: {name} has {length} characters, {bound}.")
}

const GROUP_STATUSES: &str = "'error', 'available', 'creating', 'deleting', 'deleted', 'updating'";

fn wrong_group_status(text: &str) -> String {
    if text.trim().is_empty() {
        return "Invalid Group Status: The 'status' can not be empty.".into();
    }
    format!(
        "Invalid Group Status: Group status: {text} is invalid, valid status are: ({GROUP_STATUSES}, 'in-use', \
         'error_deleting')."
    )
}

fn wrong_group_snapshot_status(text: &str) -> String {
    if text.trim().is_empty() {
        return "Invalid GroupSnapshot Status: The 'status' can not be empty.".into();
    }
    format!(
        "Invalid GroupSnapshot Status: Group snapshot status: {text} is invalid, valid statuses are: \
         ({GROUP_STATUSES}, 'error_deleting')."
    )
}
