//! The errors of Placement with upstream's messages (placement/exception.py, placement/handlers).

mod queries;

pub use queries::*;

use crate::clouds::openstack::python;
use crate::clouds::python::JsonError;
use crate::engine::{Call, Problem, ProblemKind};

/// The codes that errors have since 1.23 (placement/errors.py).
pub const UNDEFINED: &str = "placement.undefined_code";
const CONCURRENT_UPDATE: &str = "placement.concurrent_update";
const DUPLICATE_NAME: &str = "placement.duplicate_name";
const INVENTORY_IN_USE: &str = "placement.inventory.inuse";
const PROVIDER_IN_USE: &str = "placement.resource_provider.inuse";
const PARENT: &str = "placement.resource_provider.cannot_delete_parent";
const PROVIDER_NOT_FOUND: &str = "placement.resource_provider.not_found";
const DUPLICATE_PARAMETER: &str = "placement.query.duplicate_key";
const BAD_VALUE: &str = "placement.query.bad_value";
const MISSING_VALUE: &str = "placement.query.missing_value";

/// The title of a status, as webob names it.
pub fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        409 => "Conflict",
        415 => "Unsupported Media Type",
        _ => "Internal Server Error",
    }
}

/// The detail of an error: webob's plain template with explanation and message (webob/exc.py).
pub fn detail(call: &Call, problem: &Problem) -> String {
    let message = problem.message.replace('\n', " ");
    let explanation = match problem.status {
        400 => "The server could not comply with the request since it is either malformed or otherwise incorrect.",
        403 => "Access was denied to this resource.",
        404 => "The resource could not be found.",
        405 => return format!("The method {} is not allowed for this resource. \n\n {message}", call.method),
        406 => {
            let accept = call.header("accept").unwrap_or_default();
            return format!(
                "The resource could not be generated that was acceptable to your browser (content of type {accept}. \
                 \n\n {message}"
            );
        }
        409 => "There was a conflict when trying to complete your request.",
        415 => {
            let kind = call.header("content-type").filter(|kind| !kind.is_empty()).unwrap_or("None");
            return format!("The request media type {kind} is not supported by this server. \n\n {message}");
        }
        _ => "The server has either erred or is incapable of performing the requested operation.",
    };
    format!("{explanation}\n\n {message}  ")
}

fn bad_request(message: impl Into<String>) -> Problem {
    Problem::new(400, UNDEFINED, message)
}

fn not_found(message: impl Into<String>) -> Problem {
    Problem::new(404, UNDEFINED, message)
}

fn conflict(code: &'static str, message: impl Into<String>) -> Problem {
    Problem::new(409, code, message)
}

// -- requests -----------------------------------------------------------------------------------

pub fn no_such_path() -> Problem {
    Problem::new(404, ProblemKind::Dispatch, "")
}

/// 405 with the allowed methods in the order of upstream (placement/handler.py).
/// Methods are listed in the order of upstream's table of routes (`ROUTE_DECLARATIONS`).
pub fn no_such_method(path: &str, allowed: &[&'static str]) -> Problem {
    let is_provider = path.strip_prefix("/resource_providers/").is_some_and(|rest| !rest.contains('/'));
    let order = if is_provider { ["GET", "POST", "DELETE", "PUT"] } else { ["GET", "POST", "PUT", "DELETE"] };
    let allowed: Vec<_> = order.into_iter().filter(|method| allowed.contains(method)).collect();
    let problem = Problem::new(405, UNDEFINED, "The method specified is not allowed for this resource.");
    problem.header("allow", allowed.join(", "))
}

/// An operation of another microversion.
pub fn not_in_this_version(status: u16) -> Problem {
    Problem::new(status, UNDEFINED, "")
}

pub fn forbidden(rule: &str) -> Problem {
    Problem::new(403, ProblemKind::Dispatch, format!("Policy does not allow {rule} to be performed."))
}

pub fn no_content_type() -> Problem {
    Problem::new(400, ProblemKind::Dispatch, "content-type header required when content-length > 0")
}

pub fn unsupported_media_type(kind: &str) -> Problem {
    let kind = if kind.is_empty() { "None" } else { kind };
    Problem::new(415, UNDEFINED, format!("The media type {kind} is not supported, use application/json"))
}

pub fn not_acceptable() -> Problem {
    Problem::new(406, UNDEFINED, "Only application/json is provided")
}

pub fn version_not_a_number(text: &str, part: &str) -> Problem {
    let part = python::quoted(part);
    let reason = format!("invalid literal for int() with base 10: {part}");
    Problem::new(400, UNDEFINED, format!("Invalid microversion: invalid version string: {text}; {reason}"))
}

/// A version that is one number only.
pub fn version_without_minor(text: &str) -> Problem {
    let reason = "Version.__new__() missing 1 required positional argument: 'minor'";
    Problem::new(400, UNDEFINED, format!("Invalid microversion: invalid version string: {text}; {reason}"))
}

pub fn unacceptable_version(text: &str) -> Problem {
    Problem::new(406, UNDEFINED, format!("Invalid microversion: Unacceptable version header: {text}"))
}

pub fn malformed_json(body: &[u8], error: &serde_json::Error) -> Problem {
    bad_request(format!("Malformed JSON: {}", JsonError::of(body, error)))
}

pub fn invalid_body(violation: String) -> Problem {
    bad_request(format!("JSON does not validate: {violation}"))
}

pub fn invalid_query(violation: &str) -> Problem {
    bad_request(format!("Invalid query string parameters: {violation}"))
}

/// A failure of nephos itself: 500.
pub fn unexpected(reason: &str) -> Problem {
    Problem::new(500, UNDEFINED, reason)
}

// -- resource providers -------------------------------------------------------------------------

pub fn provider_not_found(uuid: &str) -> Problem {
    Problem::new(404, ProblemKind::Dispatch, format!("No resource provider with uuid {uuid} found"))
}

/// The same error from handlers that catch and repeat it. `colon` is `:` or ` :`, which differs between handlers.
pub fn provider_not_found_by_handler(uuid: &str, colon: &str) -> Problem {
    not_found(format!("No resource provider with uuid {uuid} found{colon} No resource provider with uuid {uuid} found"))
}

pub fn provider_not_found_for_allocations(uuid: &str) -> Problem {
    not_found(format!("Resource provider '{uuid}' not found: No resource provider with uuid {uuid} found"))
}

pub fn provider_not_found_for_delete(uuid: &str) -> Problem {
    not_found(format!("No resource provider with uuid {uuid} found for delete"))
}

pub fn duplicate_provider(field: &str, value: &str) -> Problem {
    conflict(DUPLICATE_NAME, format!("Conflicting resource provider {field}: {value} already exists."))
}

pub fn duplicate_provider_name(name: &str) -> Problem {
    conflict(DUPLICATE_NAME, format!("Conflicting resource provider {name} already exists."))
}

pub fn cannot_create_provider(name: &str, uuid: &str, reason: &str) -> Problem {
    bad_request(format!(
        "Unable to create resource provider \"{name}\", {uuid}: Object action create failed because: {reason}"
    ))
}

pub fn cannot_save_provider(uuid: &str, action: &str, reason: &str) -> Problem {
    bad_request(format!("Unable to save resource provider {uuid}: Object action {action} failed because: {reason}"))
}

pub fn provider_in_use(uuid: &str) -> Problem {
    let message = format!("Unable to delete resource provider {uuid}: Resource provider has allocations.");
    conflict(PROVIDER_IN_USE, message)
}

pub fn provider_has_children(uuid: &str) -> Problem {
    let message = format!("Unable to delete parent resource provider {uuid}: It has child resource providers.");
    conflict(PARENT, message)
}

// -- inventories --------------------------------------------------------------------------------

pub fn generation_conflict() -> Problem {
    conflict(CONCURRENT_UPDATE, "resource provider generation conflict")
}

pub fn generation_changed() -> Problem {
    let message = "Resource provider's generation already changed. Please update the generation and try again.";
    conflict(CONCURRENT_UPDATE, message)
}

/// The text of `InvalidInventoryCapacity`. Since 1.26 (`may_be_total`) `reserved` may be equal to `total`.
pub fn reserved_too_much(class: &str, uuid: &str, may_be_total: bool) -> String {
    let bound = if may_be_total { "greater than" } else { "greater than or equal to" };
    format!("Invalid inventory for '{class}' on resource provider '{uuid}'. The reserved value is {bound} total.")
}

pub fn cannot_create_inventory(uuid: &str, reason: &str) -> Problem {
    bad_request(format!("Unable to create inventory for resource provider {uuid}: {reason}"))
}

pub fn cannot_update_inventory(uuid: &str, reason: &str) -> Problem {
    bad_request(format!("Unable to update inventory for resource provider {uuid}: {reason}"))
}

pub fn inventory_exists(class: &str, uuid: &str) -> Problem {
    let message = format!("Update conflict: There is an inventory of class {class} at {uuid} already.");
    conflict(CONCURRENT_UPDATE, message)
}

pub fn unknown_class_in_inventory(uuid: &str, class: &str) -> Problem {
    bad_request(format!(
        "Unknown resource class in inventory for resource provider {uuid}: No such resource class {class}."
    ))
}

pub fn no_such_inventory(class: &str, uuid: &str) -> Problem {
    not_found(format!("No inventory of class {class} for {uuid}"))
}

pub fn no_inventory_to_update(uuid: &str, class: &str) -> Problem {
    bad_request(format!(
        "No inventory record with resource class for resource provider {uuid}: No inventory of class {class} found."
    ))
}

/// `class_exists` says whether there is such a resource class at all.
pub fn no_inventory_to_delete(class: &str, class_exists: bool) -> Problem {
    let reason = if class_exists {
        format!("No inventory of class {class} found for delete")
    } else {
        no_such_class_text(class)
    };
    not_found(format!("No inventory of class {class} found for delete: {reason}"))
}

pub fn inventory_in_use_text(classes: &str, uuid: &str) -> String {
    format!("Inventory for '{classes}' on resource provider '{uuid}' in use.")
}

pub fn inventories_in_use(classes: &str, uuid: &str) -> Problem {
    conflict(INVENTORY_IN_USE, inventory_in_use_text(classes, uuid))
}

pub fn inventories_in_use_for_update(classes: &str, uuid: &str) -> Problem {
    conflict(INVENTORY_IN_USE, format!("update conflict: {}", inventory_in_use_text(classes, uuid)))
}

pub fn inventory_in_use(class: &str, uuid: &str) -> Problem {
    let reason = inventory_in_use_text(class, uuid);
    conflict(CONCURRENT_UPDATE, format!("Unable to delete inventory of class {class}: {reason}"))
}

// -- resource classes and traits ----------------------------------------------------------------

pub fn no_such_class_text(name: &str) -> String {
    format!("No such resource class {name}.")
}

pub fn no_such_class(name: &str) -> Problem {
    Problem::new(404, ProblemKind::Dispatch, no_such_class_text(name))
}

pub fn class_exists(name: &str) -> Problem {
    conflict(UNDEFINED, format!("Conflicting resource class already exists: {name}"))
}

pub fn class_exists_for_update(name: &str) -> Problem {
    conflict(UNDEFINED, format!("Resource class already exists: {name}"))
}

pub fn standard_class_not_deleted(name: &str) -> Problem {
    bad_request(format!("Error in delete resource class: Cannot delete standard resource class {name}."))
}

pub fn standard_class_not_updated(name: &str) -> Problem {
    bad_request(format!("Cannot update standard resource class {name}"))
}

pub fn class_in_use(name: &str) -> Problem {
    let message =
        format!("Error in delete resource class: Cannot delete resource class {name}. Class is in use in inventory.");
    conflict(UNDEFINED, message)
}

pub fn no_such_trait(name: &str) -> Problem {
    not_found(format!("No such trait(s): {name}."))
}

pub fn no_such_traits_for_provider(names: &str) -> Problem {
    bad_request(format!("No such trait {names}"))
}

pub fn invalid_trait() -> Problem {
    bad_request(
        "The trait is invalid. A valid trait must be no longer than 255 characters, start with the prefix \"CUSTOM_\" \
         and use following characters: \"A\"-\"Z\", \"0\"-\"9\" and \"_\"",
    )
}

pub fn standard_trait_not_deleted(name: &str) -> Problem {
    bad_request(format!("Cannot delete standard trait {name}."))
}

pub fn trait_in_use(name: &str) -> Problem {
    conflict(UNDEFINED, format!("The trait {name} is in use by a resource provider."))
}

pub fn bad_trait_filter(got: &str) -> Problem {
    bad_request(format!(
        "Badly formatted name parameter. Expected name query string parameter in form: \
         ?name=[in|startswith]:[name1,name2|prefix]. Got: \"{got}\""
    ))
}

pub fn bad_associated() -> Problem {
    bad_request("The query parameter \"associated\" only accepts \"true\" or \"false\"")
}

// -- allocations --------------------------------------------------------------------------------

pub fn malformed_consumer(uuid: &str) -> Problem {
    bad_request(format!("Malformed consumer_uuid: {uuid}"))
}

pub fn no_allocations(consumer: &str) -> Problem {
    not_found(format!("No allocations for consumer '{consumer}'"))
}

pub fn no_provider_to_allocate(uuid: &str) -> Problem {
    bad_request(format!("Allocation for resource provider '{uuid}' that does not exist."))
}

pub fn consumer_generation(expected: i64, got: Option<i64>) -> Problem {
    let got = got.map_or("None".into(), |got| got.to_string());
    conflict(CONCURRENT_UPDATE, format!("consumer generation conflict - expected {expected} but got {got}"))
}

pub fn consumer_generation_of_none(got: i64) -> Problem {
    conflict(CONCURRENT_UPDATE, format!("consumer generation conflict - expected null but got {got}"))
}

pub fn cannot_allocate_for(consumer: &str, reason: &str) -> Problem {
    bad_request(format!("Unable to allocate inventory for consumer {consumer}: {reason}"))
}

pub fn cannot_allocate_unknown(reason: &str) -> Problem {
    bad_request(format!("Unable to allocate inventory {reason}"))
}

pub fn cannot_allocate(reason: &str) -> Problem {
    conflict(UNDEFINED, format!("Unable to allocate inventory: {reason}"))
}

// -- reshaper -----------------------------------------------------------------------------------

pub fn provider_to_reshape_not_found(uuid: &str) -> Problem {
    let message =
        format!("Resource provider {uuid} in inventories not found: No resource provider with uuid {uuid} found");
    Problem::new(400, PROVIDER_NOT_FOUND, message)
}

pub fn generation_to_reshape(uuid: &str, actual: i64, given: i64) -> Problem {
    let message =
        format!("resource provider generation conflict for provider {uuid}: actual: {actual}, given: {given}");
    conflict(CONCURRENT_UPDATE, message)
}

pub fn malformed_reshape(reason: &str) -> Problem {
    bad_request(format!("malformed reshaper data: {reason}"))
}

pub fn no_group() -> Problem {
    bad_request("At least one request group (`resources` or `resources{$S}`) is required.")
}
