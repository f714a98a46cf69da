//! Errors of imports (`import_image` in glance/api/v2/images.py).

use super::refused;
use crate::engine::Problem;

pub fn import_without_method() -> Problem {
    refused(400, "Import request requires a 'method' field.")
}

pub fn import_without_method_name() -> Problem {
    refused(400, "Import request requires a 'name' field.")
}

pub fn unknown_import_method(name: &str) -> Problem {
    refused(400, format!("Unknown import method name '{name}'."))
}

pub fn import_flag_not_boolean(name: &str) -> Problem {
    refused(400, format!("'{name}' must be boolean value only"))
}

pub fn stores_not_a_list() -> Problem {
    refused(400, "'stores' must be a list of store identifiers")
}

pub fn active_cannot_be_imported() -> Problem {
    refused(409, "Image with status active cannot be target for import")
}

pub fn only_active_can_be_copied() -> Problem {
    refused(409, "Only images with status active can be targeted for copying")
}

pub fn image_must_be_queued(method: &str) -> Problem {
    refused(409, format!("Image needs to be in 'queued' state to use '{method}' method"))
}

pub fn image_must_be_staged() -> Problem {
    refused(409, "Image needs to be staged before 'glance-direct' method can be used")
}

/// `attribute` is `container_format` or `disk_format`.
pub fn must_be_set_before_import(attribute: &str) -> Problem {
    refused(409, format!("'{attribute}' needs to be set before import"))
}

pub fn needed_for_glance_download(field: &str) -> Problem {
    refused(400, format!("'{field}' needs to be set for glance-download import method"))
}

pub fn remote_image_not_a_uuid(id: &str) -> Problem {
    refused(400, format!("Remote image id does not look like a UUID: {id}"))
}

pub fn active_task() -> Problem {
    refused(409, "Image has active task")
}

pub fn unknown_import_store(store: &str) -> Problem {
    refused(409, format!("Store for identifier {store} not found"))
}

pub fn all_stores_or_some() -> Problem {
    refused(400, "All_stores parameter can't be used with x-image-meta-store header or stores parameter")
}

pub fn stores_or_header() -> Problem {
    refused(400, "Stores parameter and x-image-meta-store header can't be both specified")
}

pub fn already_in_store(store: &str) -> Problem {
    refused(400, format!("Image is already present at store '{store}'"))
}

pub fn import_filtered(uri: &str) -> Problem {
    refused(400, format!("URI for web-download does not pass filtering: {uri}"))
}
