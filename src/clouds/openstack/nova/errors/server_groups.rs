//! Errors about server groups.

use super::{bad_request, not_allowed, not_found};
use crate::engine::Problem;

/// `InstanceGroupNotFound`.
pub fn server_group_not_found(id: &str) -> Problem {
    not_found(format!("Instance group {id} could not be found."))
}

/// Rules are given for a policy other than anti-affinity.
pub fn rules_without_anti_affinity() -> Problem {
    bad_request("Only anti-affinity policy supports rules.")
}

/// `ServerGroupLimitExceeded`.
pub fn too_many_server_groups() -> Problem {
    not_allowed("Quota exceeded, too many server groups.")
}
