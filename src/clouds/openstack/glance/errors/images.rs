//! Errors of images, their tags and locations (glance/api/v2/images.py, image_tags.py, image_actions.py).

use super::{access_denied, in_conflict, refused};
use crate::clouds::openstack::webob;
use crate::engine::{Problem, Unstored};

pub fn image_not_found(id: &str) -> Problem {
    refused(404, format!("No image found with ID {id}"))
}

/// The same error from members, tags and the cache.
pub fn named_image_not_found(id: &str) -> Problem {
    refused(404, format!("Image {id} not found."))
}

pub fn image_to_delete_not_found(id: &str) -> Problem {
    refused(404, format!("Failed to find image {id} to delete"))
}

pub fn image_in_store_not_found(id: &str) -> Problem {
    refused(404, format!("Failed to find image {id}"))
}

pub fn image_exists(id: &str) -> Problem {
    refused(409, format!("Image ID {id} already exists!"))
}

pub fn image_protected(id: &str) -> Problem {
    refused(403, format!("Image {id} is protected and cannot be deleted."))
}

pub fn not_your_owner(owner: &str) -> Problem {
    access_denied(&format!("You are not permitted to create images owned by '{owner}'"))
}

pub fn negative(name: &str, value: i64) -> Problem {
    refused(400, format!("Invalid value '{value}' for parameter '{name}': Cannot be a negative value"))
}

/// A reserved property in a new image.
pub fn reserved(attribute: &str) -> Problem {
    access_denied(&format!("Attribute '{attribute}' is reserved."))
}

/// A reserved property in a patch, or one that upstream finds when it makes the image.
pub fn reserved_in_change(attribute: &str) -> Problem {
    refused(403, format!("Attribute '{attribute}' is reserved."))
}

pub fn property_name_too_long() -> Problem {
    refused(400, "Custom property should not be greater than 255 characters.")
}

/// The data of an upload could not be stored. Upstream's words for a file system that is full or not writable; the image
/// stays queued (`_restore` in glance/api/v2/image_data.py).
pub fn data_not_stored(reason: Unstored) -> Problem {
    match reason {
        Unstored::TooLarge(_) => refused(413, "The incoming image is too large: The provided image is too large."),
        Unstored::NoRoom => {
            let reason = "There is not enough disk space on the image storage media.";
            refused(413, format!("Image storage media is full: {reason}"))
        }
        Unstored::Failed => {
            let reason = "Permission to write image storage media denied.";
            refused(503, format!("Insufficient permissions on image storage media: {reason}"))
        }
    }
}

/// `what` is `image properties`, `image tags`, …
pub fn limit_exceeded(what: &str, attempted: usize, maximum: usize) -> Problem {
    refused(413, exceeded(what, attempted, maximum))
}

fn exceeded(what: &str, attempted: usize, maximum: usize) -> String {
    format!("The limit has been exceeded on the number of allowed {what}. Attempted: {attempted}, Maximum: {maximum}")
}

pub fn tag_limit_exceeded(id: &str, attempted: usize, maximum: usize) -> Problem {
    let limit = exceeded("image tags", attempted, maximum);
    refused(413, format!("Image tag limit exceeded for image {id}: {limit}:"))
}

pub fn no_such_tag() -> Problem {
    webob::not_found()
}

// -- patches ------------------------------------------------------------------------------------

/// The content types of patches.
pub const PATCHES: &str = "application/openstack-images-v2.0-json-patch, application/openstack-images-v2.1-json-patch";

pub fn not_a_patch(content_type: &str) -> Problem {
    let detail = format!("Image PATCH expects Content-Type one of: {PATCHES}");
    webob::unsupported_media_type(content_type, &detail).header("Accept-Patch", PATCHES)
}

pub fn patch_not_a_list() -> Problem {
    refused(400, "Request body must be a JSON array of operation objects.")
}

pub fn change_not_an_object() -> Problem {
    refused(400, "Operations must be JSON objects.")
}

pub fn change_without_op() -> Problem {
    refused(400, "Unable to find `op` in JSON Schema change. It must be one of the following: add, remove, replace.")
}

pub fn unknown_op(op: &str) -> Problem {
    refused(400, format!("Invalid operation: `{op}`. It must be one of the following: add, remove, replace."))
}

pub fn several_ops() -> Problem {
    refused(400, "Operation objects must contain only one member named \"add\", \"remove\", or \"replace\".")
}

pub fn no_op() -> Problem {
    refused(400, "Operation objects must contain exactly one member named \"add\", \"remove\", or \"replace\".")
}

pub fn change_without_path() -> Problem {
    refused(400, "Unable to find 'path' in JSON Schema change")
}

pub fn change_without_value(op: &str) -> Problem {
    refused(400, format!("Operation \"{op}\" requires a member named \"value\"."))
}

/// `fault` completes the sentence: `does not start with "/"`.
pub fn bad_pointer(pointer: &str, fault: &str) -> Problem {
    refused(400, format!("Pointer `{pointer}` {fault}."))
}

pub fn pointer_not_for_images(path: &str) -> Problem {
    refused(400, format!("Invalid JSON pointer for this resource: '/{path}'"))
}

pub fn owner_change_forbidden() -> Problem {
    access_denied("Owner can't be updated by non admin.")
}

pub fn property_missing(name: &str) -> Problem {
    in_conflict(&format!("Property {name} does not exist."))
}

pub fn property_exists_already(name: &str) -> Problem {
    in_conflict(&format!("Property {name} already present."))
}

pub fn property_not_removable(name: &str) -> Problem {
    access_denied(&format!("Property {name} may not be removed."))
}

pub fn format_not_changeable(name: &str) -> Problem {
    refused(403, format!("Attribute {name} can be only replaced for a queued image."))
}

// -- locations ----------------------------------------------------------------------------------

pub fn locations_cannot_be_emptied() -> Problem {
    access_denied("Cannot set locations to empty list.")
}

pub fn last_location() -> Problem {
    access_denied("Cannot remove last location in the image.")
}

/// `action` is `add`, `replace` or `remove`.
pub fn locations_not_changeable(action: &str, status: &str) -> Problem {
    refused(409, format!("It's not allowed to {action} locations if image status is {status}."))
}

pub fn invalid_location() -> Problem {
    refused(400, "Invalid location")
}

pub fn location_exists(url: &str) -> Problem {
    refused(400, format!("The location {url} already exists"))
}

pub fn locations_not_empty(locations: &str) -> Problem {
    refused(400, format!("Original locations is not empty: {locations}"))
}

/// `doing` is `adding` or `removing`.
pub fn bad_location_position(doing: &str) -> Problem {
    refused(400, format!("Invalid position for {doing} a location."))
}

pub fn validation_data_conflicts(key: &str) -> Problem {
    refused(409, format!("Conflicting values for {key}"))
}

pub fn validation_data_differs(key: &str) -> Problem {
    refused(409, format!("{key} is already set with a different value"))
}

pub fn validation_data_not_queued(keys: &str) -> Problem {
    refused(409, format!("New value(s) for {keys} may only be provided when image status is 'queued'"))
}

pub fn hash_algo_not_supported(got: &str) -> Problem {
    refused(409, format!("os_hash_algo must be sha512, not {got}"))
}

/// `name` is `checksum` or `os_hash_value`.
pub fn hash_not_hex(name: &str, value: &str) -> Problem {
    refused(409, format!("{name} ({value}) is not a valid hexadecimal value"))
}

pub fn hash_of_wrong_size(name: &str, value: &str, algo: &str, bytes: usize) -> Problem {
    refused(409, format!("{name} ({value}) is not the correct size for {algo} (should be {bytes} bytes)"))
}

pub fn location_hash_not_hex(value: &str) -> Problem {
    refused(400, format!("os_hash_value ({value}) is not a valid hexadecimal value"))
}

pub fn location_hash_of_wrong_size(value: &str, algo: &str, bytes: usize) -> Problem {
    refused(400, format!("os_hash_value: ({value}) is not the correct size for ({algo}) (should be ({bytes}) bytes)"))
}

pub fn location_filtered(url: &str) -> Problem {
    refused(400, format!("URI for add location does not pass filtering: {url}"))
}

pub fn http_store_needed() -> Problem {
    refused(403, "http store must be enabled to use location API by normal user.")
}

// -- lists --------------------------------------------------------------------------------------

pub fn invalid_marker(id: &str) -> Problem {
    refused(400, format!("No image found with ID {id}"))
}

pub fn invalid_sort_key(key: &str, known: &str) -> Problem {
    refused(400, format!("Invalid sort key: {key}. It must be one of the following: {known}."))
}

pub fn sorted_twice() -> Problem {
    refused(400, "Old and new sorting syntax cannot be combined")
}

pub fn sort_directions_do_not_match() -> Problem {
    refused(400, "Number of sort dirs does not match the number of sort keys")
}

pub fn invalid_member_status(text: &str) -> Problem {
    refused(400, format!("Invalid status: {text}"))
}

pub fn changes_since_not_supported() -> Problem {
    refused(400, "The \"changes-since\" filter is no longer available on v2.")
}

pub fn not_true_or_false(filter: &str, value: &str) -> Problem {
    refused(400, format!("Invalid value '{value}' for '{filter}' filter. Valid values are 'true' or 'false'."))
}

pub fn range_not_numeric() -> Problem {
    refused(400, "Unable to filter on a range with a non-numeric value.")
}

pub fn bad_time_filter(name: &str) -> Problem {
    refused(400, format!("Bad \"{name}\" query filter format. Use ISO 8601 DateTime notation."))
}

pub fn unknown_filter_operator(operator: &str) -> Problem {
    refused(400, format!("Unable to filter by unknown operator '{operator}'."))
}

pub fn unknown_time_operator() -> Problem {
    refused(400, "Unable to filter on a unknown operator.")
}

pub fn quote_not_closed(value: &str) -> Problem {
    refused(400, format!("Invalid filter value {value}. The quote is not closed."))
}

pub fn no_comma_after_quote(value: &str) -> Problem {
    refused(400, format!("Invalid filter value {value}. There is no comma after closing quotation mark."))
}

pub fn no_comma_before_quote(value: &str) -> Problem {
    refused(400, format!("Invalid filter value {value}. There is no comma before opening quotation mark."))
}

// -- status -------------------------------------------------------------------------------------

pub fn action_not_allowed(action: &str, status: &str) -> Problem {
    refused(403, format!("Not allowed to {action} image in status '{status}'"))
}

// -- stores -------------------------------------------------------------------------------------

pub fn store_not_available(store: &str) -> Problem {
    refused(409, format!("The selected store {store} is not available on this node."))
}

pub fn only_active_images_leave_stores() -> Problem {
    refused(409, "It's not allowed to remove image data from store if image status is not 'active'")
}

pub fn only_store_of_image() -> Problem {
    refused(403, "Cannot delete image data from the only store containing it. Consider deleting the image instead.")
}

pub fn image_not_in_store(id: &str, store: &str) -> Problem {
    refused(404, format!("Image {id} is not stored in store {store}."))
}
