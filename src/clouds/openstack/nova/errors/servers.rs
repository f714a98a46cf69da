//! What is refused about servers.

use super::{bad_request, conflict, not_found};
use crate::engine::Problem;

pub fn instance_not_found(id: &str) -> Problem {
    not_found(format!("Instance {id} could not be found."))
}

/// `InstanceIsLocked`.
pub fn locked(id: &str) -> Problem {
    conflict(format!("Instance {id} is locked"))
}

/// `raise_http_conflict_for_instance_invalid_state`; `attribute` is `vm_state` or `task_state`.
pub fn illegal_state(action: &str, id: &str, attribute: &str, state: &str) -> Problem {
    conflict(format!("Cannot '{action}' instance {id} while it is in {attribute} {state}"))
}

/// The same where the state that is wrong is `None`: no task, or never up.
pub fn invalid_state(action: &str, id: &str) -> Problem {
    conflict(format!("Instance {id} is in an invalid state for '{action}'"))
}

/// The same problem where upstream answers that what the body names is missing, not what the path names.
pub fn as_bad_request(problem: Problem) -> Problem {
    bad_request(problem.message)
}
