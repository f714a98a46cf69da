//! The errors of Nova with upstream's messages (nova/exception.py, nova/api). Each file covers one resource. Comments
//! name the exception of nova/exception.py that the error reproduces.

mod flavors;
mod guest_hardware;
mod instance_actions;
mod keypairs;
mod proxies;
mod quotas;
mod server_actions;
mod server_groups;
mod services;
mod usage;

use super::{LATEST, OLDEST};
mod server_create;
mod server_networks;
mod servers;
mod volumes;

pub use server_create::*;
pub use server_networks::*;
pub use servers::*;
pub use volumes::*;

pub use crate::clouds::openstack::wsgi::{
    bad_request, conflict, forbidden, malformed, malformed_body, malformed_version, not_found, not_here,
    unsupported_content_type,
};
pub use flavors::*;
pub use guest_hardware::*;
pub use instance_actions::*;
pub use keypairs::*;
pub use proxies::*;
pub use quotas::*;
pub use server_actions::*;
pub use server_groups::*;
pub use services::*;
pub use usage::*;

use crate::engine::{Problem, Version};

// -- requests -----------------------------------------------------------------------------------

/// A body or a query that violates its schema.
pub fn invalid_body(message: String) -> Problem {
    bad_request(message)
}

/// The project id in the path is not that of the token.
pub fn malformed_url(named: &str, own: &str) -> Problem {
    bad_request(format!("Malformed request URL: URL's project_id '{named}' doesn't match Context's project_id '{own}'"))
}

/// `InvalidGlobalAPIVersion`: the microversion is outside the supported range.
pub fn unsupported_version((major, minor): Version) -> Problem {
    let (low, high) = (format!("{}.{}", OLDEST.0, OLDEST.1), format!("{}.{}", LATEST.0, LATEST.1));
    let message =
        format!("Version {major}.{minor} is not supported by the API. Minimum is {low} and maximum is {high}.");
    Problem::new(406, "computeFault", message)
}

/// No action has this name.
pub fn no_such_action(action: &str) -> Problem {
    bad_request(format!("There is no such action: {action}"))
}

/// The path leads nowhere.
pub fn no_such_resource() -> Problem {
    Problem::new(404, "itemNotFound", "The resource could not be found.")
}

/// The operation was removed from Nova.
pub fn gone() -> Problem {
    let message = "This resource is no longer available. No forwarding address is given.";
    Problem::new(410, "computeFault", message)
}

/// An internal error.
pub fn unexpected() -> Problem {
    let message = "Unexpected API Error. Please report this at http://bugs.launchpad.net/nova/ and attach the Nova \
                   API log if possible.";
    Problem::new(500, "computeFault", message)
}

/// 403 with a message other than that of a policy.
pub fn not_allowed(message: impl Into<String>) -> Problem {
    Problem::new(403, "forbidden", message)
}

/// `InvalidInput`, the base class of many errors.
pub fn invalid_input(reason: impl AsRef<str>) -> Problem {
    bad_request(format!("Invalid input received: {}", reason.as_ref()))
}

// -- lists --------------------------------------------------------------------------------------

/// `MarkerNotFound`.
pub fn marker_not_found(marker: &str) -> Problem {
    bad_request(format!("Marker {marker} could not be found."))
}
