//! Everything that Keystone refuses, in its own words (keystone/exception.py).

mod assignments;
mod catalog;
mod projects;
mod users;

pub use assignments::*;
pub use catalog::*;
pub use projects::*;
pub use users::*;

use crate::clouds::openstack::injected_errors;
use crate::engine::{Problem, ProblemKind};
use serde_json::json;

const MALFORMED: &str = "The server could not comply with the request since it is either malformed or otherwise \
                         incorrect. The client is assumed to be in error.";

pub fn unauthorized() -> Problem {
    Problem::new(401, "Unauthorized", "The request you have made requires authentication.")
}

/// `methods` are those that are supported. The detail is the field `identity` of the answer.
pub fn unsupported_method(methods: &[&str]) -> Problem {
    let message = "Attempted to authenticate with an unsupported method.";
    Problem::new(401, "AuthMethodNotSupported", message).detail(json!({"methods": methods}))
}

pub fn application_credential_refused(detail: &str) -> Problem {
    let message = format!("Error authenticating with application credential: {detail}");
    Problem::new(401, "AuthPluginException", message).detail(json!({}))
}

pub fn password_expired(user: &str) -> Problem {
    let message = format!("The password is expired and needs to be changed for user: {user}.");
    Problem::new(401, "Unauthorized", message)
}

pub fn forbidden() -> Problem {
    Problem::new(403, "Forbidden", "You are not authorized to perform the requested action.")
}

/// `action` is a policy rule, or a sentence that says what is not allowed.
pub fn forbidden_action(action: &str) -> Problem {
    Problem::new(403, "Forbidden", format!("You are not authorized to perform the requested action: {action}."))
}

/// `Expecting to find auth in request body. …`
pub fn expecting(what: &str, place: &str) -> Problem {
    invalid(format!("Expecting to find {what} in {place}. {MALFORMED}"))
}

pub fn malformed_json() -> Problem {
    expecting("valid JSON", "request body")
}

pub fn not_json_content() -> Problem {
    expecting("application/json", "Content-Type header")
}

/// A body that breaks a schema, or what Keystone checks beyond it.
pub fn invalid(message: impl Into<String>) -> Problem {
    Problem::new(400, "Bad Request", message)
}

pub fn no_such_path() -> Problem {
    let advice = "If you entered the URL manually please check your spelling and try again.";
    Problem::new(404, ProblemKind::Framework, format!("The requested URL was not found on the server. {advice}"))
}

/// `allowed` in the order in which Flask names them.
pub fn no_such_method(allowed: &str) -> Problem {
    Problem::new(405, ProblemKind::Framework, "The method is not allowed for the requested URL.")
        .header("Allow", allowed)
}

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

/// A refusal that is no matter of policy (`ForbiddenNotSecurity`): the message is Keystone's own.
pub fn forbidden_because(message: impl Into<String>) -> Problem {
    Problem::new(403, "Forbidden", message)
}

pub fn gone(message: &str) -> Problem {
    Problem::new(410, "Gone", message)
}

pub fn too_large() -> Problem {
    Problem::new(413, "Request Entity Too Large", "Request is too large.")
}

pub fn unexpected() -> Problem {
    Problem::new(500, "Internal Server Error", "An unexpected error prevented the server from fulfilling your request.")
}

/// A refusal that a fault injects.
pub fn injected(status: u16, message: Option<&str>) -> Problem {
    Problem::new(status, "injected", message.unwrap_or(injected_errors::explanation(status)))
}

pub fn password_used_before(unique: usize) -> Problem {
    invalid(format!(
        "The new password cannot be identical to a previous password. The total number which includes the new \
         password must be unique is {unique}."
    ))
}

pub fn password_changes_locked() -> Problem {
    invalid(
        "You cannot change your password at this time due to password policy disallowing password changes. Please \
         contact your administrator to reset your password.",
    )
}

/// Why an application credential cannot be made.
pub fn invalid_application_credential(detail: &str) -> Problem {
    invalid(format!("Invalid application credential: {detail}"))
}

pub fn expires_before_now() -> Problem {
    invalid(format!("The 'expires_at' must not be before now. {MALFORMED}"))
}

pub fn malformed_expiry() -> Problem {
    invalid(format!("Timestamp not in expected format. {MALFORMED}"))
}

pub fn access_rule_in_use() -> Problem {
    forbidden_because("May not delete access rule in use")
}

pub fn registered_limit_in_use(id: &str) -> Problem {
    let reason = "because there are project limits associated with it";
    forbidden_because(format!("Unable to update or delete registered limit {id} {reason}."))
}

pub fn limit_of_nothing() -> Problem {
    forbidden_because("Unable to create a limit that has no corresponding registered limit.")
}

// -- lists --------------------------------------------------------------------------------------

pub fn marker_not_found(marker: &str) -> Problem {
    not_found(format!("Marker {marker} could not be found."))
}

// -- what many resources refuse -----------------------------------------------------------------

pub fn cannot_change_id() -> Problem {
    invalid("Cannot change ID")
}

pub fn cannot_change_domain() -> Problem {
    invalid("Cannot change Domain ID")
}

/// The grave accent stands alone in the real one too.
pub fn immutable_update(kind: &str, id: &str) -> Problem {
    forbidden_because(format!(
        "Unable to update immutable {kind} resource: `{id}. Set resource option \"immutable\" to false first."
    ))
}

pub fn immutable_delete(kind: &str, id: &str) -> Problem {
    forbidden_because(format!(
        "Unable to delete immutable {kind} resource: `{id}. Set resource option \"immutable\" to false first."
    ))
}

/// `kind` is `user`, `group` or `role`; new ones in a domain are refused with it, renamed ones without.
pub fn duplicate_name(kind: &str, name: &str, domain: Option<&str>) -> Problem {
    let place = domain.map(|domain| format!(" at domain ID {domain}")).unwrap_or_default();
    conflict(kind, format_args!("Duplicate entry found with name {name}{place}"))
}

/// Nothing was said about what is to be made. The real one fails with a server error.
pub fn nothing_given(what: &str) -> Problem {
    invalid(format!("Invalid input for field/attribute {what}. Value: None. None is not of type 'object'"))
}

/// What is missing where something else is to be put is the mistake of the request.
pub fn as_invalid(problem: Problem) -> Problem {
    invalid(problem.message)
}
