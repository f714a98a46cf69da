//! What Nova refuses of instance actions and migrations.

use super::{bad_request, not_found};
use crate::engine::Problem;

pub fn instance_action_not_found(request: &str) -> Problem {
    not_found(format!("Action {request} not found"))
}

pub fn changes_the_wrong_way_round() -> Problem {
    bad_request("The value of changes-since must be less than or equal to changes-before.")
}

pub fn live_migration_not_found(id: &str, server: &str) -> Problem {
    not_found(format!("In-progress live migration {id} is not found for server {server}."))
}

pub fn not_a_live_migration(id: &str, server: &str) -> Problem {
    not_found(format!("Migration {id} for server {server} is not live-migration."))
}

pub fn live_migration_not_in_progress(id: &str, server: &str) -> Problem {
    not_found(format!("Live migration {id} for server {server} is not in progress."))
}

pub fn migration_not_found(id: &str, server: &str) -> Problem {
    not_found(format!("Migration {id} not found for instance {server}"))
}

/// The same where upstream answers that the request is wrong.
pub fn migration_not_found_here(id: &str, server: &str) -> Problem {
    bad_request(migration_not_found(id, server).message)
}

pub fn invalid_migration_state(id: &str, server: &str, state: &str, method: &str) -> Problem {
    bad_request(format!(
        "Migration {id} state of instance {server} is {state}. Cannot {method} while the migration is in this state."
    ))
}
