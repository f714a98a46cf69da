//! Errors of user messages.

use super::not_found;
use crate::engine::Problem;

pub fn message_not_found(id: &str) -> Problem {
    not_found(format!("Message {id} could not be found."))
}
