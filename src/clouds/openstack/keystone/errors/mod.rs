//! The errors of Keystone, with upstream's texts (keystone/exception.py).

mod assignments;
mod catalog;
mod projects;
mod users;

pub use assignments::*;
pub use catalog::*;
pub use projects::*;
pub use users::*;

use crate::clouds::openstack::{injected_errors, webob};
use crate::engine::{Problem, ProblemKind};
use serde_json::json;

const MALFORMED: &str = "The server could not comply with the request since it is either malformed or otherwise \
                         incorrect. The client is assumed to be in error.";

/// 401 without a reason, as upstream hides it.
pub fn unauthorized() -> Problem {
    Problem::new(401, "Unauthorized", "The request you have made requires authentication.")
}

/// `methods` are the supported methods, which the response has in its field `identity`.
pub fn unsupported_method(methods: &[&str]) -> Problem {
    let message = "Attempted to authenticate with an unsupported method.";
    Problem::new(401, "AuthMethodNotSupported", message).detail(json!({"methods": methods}))
}

/// 401: a request with an application credential is malformed.
pub fn application_credential_refused(detail: &str) -> Problem {
    let message = format!("Error authenticating with application credential: {detail}");
    Problem::new(401, "AuthPluginException", message).detail(json!({}))
}

/// 401: the password is right but has expired.
pub fn password_expired(user: &str) -> Problem {
    let message = format!("The password is expired and needs to be changed for user: {user}.");
    Problem::new(401, "Unauthorized", message)
}

/// 403 without a reason.
pub fn forbidden() -> Problem {
    Problem::new(403, "Forbidden", "You are not authorized to perform the requested action.")
}

/// `action` is a policy rule or a sentence.
pub fn forbidden_action(action: &str) -> Problem {
    Problem::new(403, "Forbidden", format!("You are not authorized to perform the requested action: {action}."))
}

/// `Expecting to find auth in request body. …`
pub fn expecting(what: &str, place: &str) -> Problem {
    invalid(format!("Expecting to find {what} in {place}. {MALFORMED}"))
}

/// 400: the body is not a JSON object.
pub fn malformed_json() -> Problem {
    expecting("valid JSON", "request body")
}

/// 400: the content type is not JSON.
pub fn not_json_content() -> Problem {
    expecting("application/json", "Content-Type header")
}

/// A request that does not match its schema or fails another check.
pub fn invalid(message: impl Into<String>) -> Problem {
    Problem::new(400, "Bad Request", message)
}

/// 404 of Flask: the path is unknown.
pub fn no_such_path() -> Problem {
    let advice = "If you entered the URL manually please check your spelling and try again.";
    Problem::new(404, ProblemKind::Framework, format!("The requested URL was not found on the server. {advice}"))
}

/// 308 of Flask to an address of the same service.
pub fn moved(address: &str) -> Problem {
    let shown = webob::escaped(address);
    let link = format!("<a href=\"{shown}\">{shown}</a>");
    let text = format!("You should be redirected automatically to the target URL: {link}. If not, click the link.");
    Problem::new(308, ProblemKind::Framework, text).header("Location", address)
}

/// `allowed` lists the methods in Flask's order.
pub fn no_such_method(allowed: &str) -> Problem {
    Problem::new(405, ProblemKind::Framework, "The method is not allowed for the requested URL.")
        .header("Allow", allowed)
}

/// 404 with any message.
pub fn not_found(message: impl Into<String>) -> Problem {
    Problem::new(404, "Not Found", message)
}

/// `Could not find project: ID.`
pub fn could_not_find(kind: &str, id: &str) -> Problem {
    not_found(format!("Could not find {kind}: {id}."))
}

/// `Conflict occurred attempting to store KIND - DETAILS.`
pub fn conflict(kind: &str, details: impl std::fmt::Display) -> Problem {
    Problem::new(409, "Conflict", format!("Conflict occurred attempting to store {kind} - {details}."))
}

/// A 403 that does not come from the policy (`ForbiddenNotSecurity`).
pub fn forbidden_because(message: impl Into<String>) -> Problem {
    Problem::new(403, "Forbidden", message)
}

/// An API that upstream has removed.
pub fn removed_api(message: &str) -> Problem {
    Problem::new(410, "Gone", message)
}

/// 413: the body is too large.
pub fn too_large() -> Problem {
    Problem::new(413, "Request Entity Too Large", "Request is too large.")
}

/// 500: a handler panicked.
pub fn unexpected() -> Problem {
    Problem::new(500, "Internal Server Error", "An unexpected error prevented the server from fulfilling your request.")
}

/// An error that a fault injects.
pub fn injected(status: u16, message: Option<&str>) -> Problem {
    Problem::new(status, "injected", message.unwrap_or(injected_errors::explanation(status)))
}

/// 400: the new password is one of the last `unique` ones.
pub fn password_used_before(unique: usize) -> Problem {
    invalid(format!(
        "The new password cannot be identical to a previous password. The total number which includes the new \
         password must be unique is {unique}."
    ))
}

/// 400: the option `lock_password` is set.
pub fn password_changes_locked() -> Problem {
    invalid(
        "You cannot change your password at this time due to password policy disallowing password changes. Please \
         contact your administrator to reset your password.",
    )
}

/// `detail` says why the application credential cannot be created.
pub fn invalid_application_credential(detail: &str) -> Problem {
    invalid(format!("Invalid application credential: {detail}"))
}

/// 400: the end of a new application credential or trust is in the past.
pub fn expires_before_now() -> Problem {
    invalid(format!("The 'expires_at' must not be before now. {MALFORMED}"))
}

/// 400: a time is malformed.
pub fn malformed_expiry() -> Problem {
    invalid(format!("Timestamp not in expected format. {MALFORMED}"))
}

/// 403: an application credential has the access rule.
pub fn access_rule_in_use() -> Problem {
    forbidden_because("May not delete access rule in use")
}

/// 403: projects have limits for the same resource.
pub fn registered_limit_in_use(id: &str) -> Problem {
    let reason = "because there are project limits associated with it";
    forbidden_because(format!("Unable to update or delete registered limit {id} {reason}."))
}

/// 403: the resource has no registered limit.
pub fn limit_without_registered_limit() -> Problem {
    forbidden_because("Unable to create a limit that has no corresponding registered limit.")
}

// -- lists --------------------------------------------------------------------------------------

/// 404: the `marker` of a list does not exist.
pub fn marker_not_found(marker: &str) -> Problem {
    not_found(format!("Marker {marker} could not be found."))
}

// -- errors of several resources ----------------------------------------------------------------

/// 400: an update has another id.
pub fn cannot_change_id() -> Problem {
    invalid("Cannot change ID")
}

/// 400: an update has another domain.
pub fn cannot_change_domain() -> Problem {
    invalid("Cannot change Domain ID")
}

/// The unbalanced backtick is upstream's.
pub fn immutable_update(kind: &str, id: &str) -> Problem {
    forbidden_because(format!(
        "Unable to update immutable {kind} resource: `{id}. Set resource option \"immutable\" to false first."
    ))
}

/// 403: a resource with the option `immutable` is to be deleted.
pub fn immutable_delete(kind: &str, id: &str) -> Problem {
    forbidden_because(format!(
        "Unable to delete immutable {kind} resource: `{id}. Set resource option \"immutable\" to false first."
    ))
}

/// `kind` is `user`, `group` or `role`. Upstream names the domain on creation only.
pub fn duplicate_name(kind: &str, name: &str, domain: Option<&str>) -> Problem {
    let place = domain.map(|domain| format!(" at domain ID {domain}")).unwrap_or_default();
    conflict(kind, format_args!("Duplicate entry found with name {name}{place}"))
}

/// The body does not have the object `key`. Upstream fails with a server error.
pub fn missing_object(key: &str) -> Problem {
    invalid(format!("Invalid input for field/attribute {key}. Value: None. None is not of type 'object'"))
}

/// Turns the 404 of an object that a body refers to into a 400.
pub fn as_invalid(problem: Problem) -> Problem {
    invalid(problem.message)
}
