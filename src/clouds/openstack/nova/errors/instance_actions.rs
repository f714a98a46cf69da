//! Errors about instance actions and migrations.

use super::{bad_request, not_found};
use crate::engine::Problem;

/// No action has this request id.
pub fn instance_action_not_found(request: &str) -> Problem {
    not_found(format!("Action {request} not found"))
}

/// `changes-since` is later than `changes-before`.
pub fn changes_range_empty() -> Problem {
    bad_request("The value of changes-since must be less than or equal to changes-before.")
}

/// The server has no migration with this id.
pub fn live_migration_not_found(id: &str, server: &str) -> Problem {
    not_found(format!("In-progress live migration {id} is not found for server {server}."))
}

/// The migration is of another kind.
pub fn not_a_live_migration(id: &str, server: &str) -> Problem {
    not_found(format!("Migration {id} for server {server} is not live-migration."))
}

/// The live migration has ended.
pub fn live_migration_not_in_progress(id: &str, server: &str) -> Problem {
    not_found(format!("Live migration {id} for server {server} is not in progress."))
}

/// `MigrationNotFoundForInstance`.
pub fn migration_not_found(id: &str, server: &str) -> Problem {
    not_found(format!("Migration {id} not found for instance {server}"))
}

/// `MigrationNotFoundForInstance` where upstream answers 400.
pub fn migration_to_force_not_found(id: &str, server: &str) -> Problem {
    bad_request(migration_not_found(id, server).message)
}

/// `InvalidMigrationState`.
pub fn invalid_migration_state(id: &str, server: &str, state: &str, method: &str) -> Problem {
    bad_request(format!(
        "Migration {id} state of instance {server} is {state}. Cannot {method} while the migration is in this state."
    ))
}
