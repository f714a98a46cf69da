//! The errors of Cinder with upstream's messages (cinder/exception.py, cinder/api). A file for each resource.

mod attachments;
mod backups;
mod groups;
mod manageable;
mod messages;
mod quotas;
mod services;
mod snapshots;
mod transfers;
mod types;
mod volume_actions;
mod volumes;

pub use attachments::*;
pub use backups::*;
pub use groups::*;
pub use manageable::*;
pub use messages::*;
pub use quotas::*;
pub use services::*;
pub use snapshots::*;
pub use transfers::*;
pub use types::*;
pub use volume_actions::*;
pub use volumes::*;

pub use crate::clouds::openstack::wsgi::{
    MALFORMED, forbidden, malformed, malformed_body, malformed_version, not_here, unsupported_content_type,
};
use crate::clouds::openstack::wsgi::{bad_request, conflict, not_found};
use crate::engine::{Problem, Version};

/// The same problem with status 400, which upstream uses if the body names a missing resource.
pub fn as_bad_request(problem: Problem) -> Problem {
    bad_request(problem.message)
}

/// `InvalidInput` (400).
pub fn invalid_input(reason: impl AsRef<str>) -> Problem {
    bad_request(format!("Invalid input received: {}", reason.as_ref()))
}

// -- requests -----------------------------------------------------------------------------------

pub fn malformed_url() -> Problem {
    bad_request("Malformed request url")
}

/// A body that violates a schema. The message is that of jsonschema.
pub fn invalid_body(message: String) -> Problem {
    bad_request(message)
}

pub fn not_a_boolean(name: &str, value: &str) -> Problem {
    bad_request(format!("Value '{value}' for '{name}' is not a boolean."))
}

pub fn unsupported_version((major, minor): Version, (top, last): Version) -> Problem {
    let message =
        format!("Version {major}.{minor} is not supported by the API. Minimum is 3.0 and maximum is {top}.{last}.");
    let problem = Problem::new(406, "computeFault", message);
    if major != 3 {
        return problem;
    }
    problem.header("OpenStack-API-Version", format!("volume {major}.{minor}")).header("Vary", "OpenStack-API-Version")
}

pub fn no_such_action(action: &str) -> Problem {
    bad_request(format!(
        "There is no such action: {action}. Verify the request body and Content-Type header and try again."
    ))
}

pub fn unexpected() -> Problem {
    Problem::new(
        500,
        "computeFault",
        "The server has either erred or is incapable of performing the requested operation.",
    )
}

/// A policy denies the operation. Unlike [`forbidden`], the message does not name the rule.
pub fn not_authorized() -> Problem {
    Problem::new(403, "forbidden", "You are not authorized to perform this operation.")
}

// -- lists --------------------------------------------------------------------------------------

pub fn limit_not_an_integer() -> Problem {
    bad_request("limit param must be an integer")
}

pub fn limit_negative() -> Problem {
    bad_request("limit param must be positive")
}

pub fn offset_not_an_integer() -> Problem {
    bad_request("offset must be an integer")
}

pub fn offset_negative() -> Problem {
    bad_request("offset must be >= 0")
}

pub fn offset_too_large() -> Problem {
    bad_request("offset must be <= 2147483647")
}

pub fn invalid_sort_key() -> Problem {
    invalid_input("Invalid sort key")
}

pub fn unknown_sort_direction() -> Problem {
    invalid_input("Unknown sort direction, must be 'desc' or 'asc'.")
}

pub fn sort_parameters_mixed() -> Problem {
    bad_request("The 'sort_key' and 'sort_dir' parameters are deprecated and cannot be used with the 'sort' parameter.")
}

pub fn filter_not_ascii() -> Problem {
    bad_request("Filter keys can only contain ASCII characters.")
}

/// `names` is a comma-separated list.
pub fn invalid_filters(names: &str) -> Problem {
    bad_request(format!("Invalid filters {names} are found in query options."))
}

pub fn invalid_time_operator(operator: &str) -> Problem {
    bad_request(format!("Invalid {operator} operator"))
}

pub fn invalid_time(text: &str) -> Problem {
    bad_request(format!("Invalid {text} value"))
}
