//! The scope of a Keystone token besides its project. Callers have it as attributes, under the names that policy
//! rules use.

use crate::engine::Caller;

/// The domain of the user.
pub const USER_DOMAIN: &str = "user_domain_id";
/// The domain of the project that the token is scoped to.
pub const PROJECT_DOMAIN: &str = "project_domain_id";
/// The domain that the token is scoped to.
pub const DOMAIN: &str = "domain_id";
/// `all` for a token scoped to the whole system.
pub const SYSTEM: &str = "system_scope";
/// The role of the service that passes on the request of a user.
pub const SERVICE_ROLES: &str = "service_roles";

/// The domain that the caller's token is scoped to.
pub fn domain(caller: &Caller) -> Option<&str> {
    caller.attribute(DOMAIN).map(|id| &**id)
}

/// True if a service passes on the request, with a token of its own.
pub fn is_by_service(caller: &Caller) -> bool {
    caller.attribute(SERVICE_ROLES).is_some()
}

/// True if the caller's token is scoped to the whole system.
pub fn is_system(caller: &Caller) -> bool {
    caller.attribute(SYSTEM).is_some()
}

/// True if the caller's token is scoped to the whole system or to a domain, which rules for projects refuse. As in
/// oslo.policy, a token without any scope counts as one of a project.
pub fn is_beyond_project(caller: &Caller) -> bool {
    is_system(caller) || domain(caller).is_some()
}
