//! Errors of transfers (cinder/transfer/api.py).

use super::{bad_request, invalid_volume, not_found};
use crate::engine::Problem;

pub fn transfer_not_found(id: &str) -> Problem {
    not_found(format!("Transfer {id} could not be found."))
}

pub fn cannot_transfer() -> Problem {
    invalid_volume("status must be available")
}

pub fn cannot_transfer_encrypted() -> Problem {
    invalid_volume("transferring encrypted volume is not supported")
}

pub fn cannot_transfer_encrypted_alone() -> Problem {
    invalid_volume("transferring an encrypted volume without its snapshots is not supported")
}

pub fn cannot_transfer_snapshot(snapshot: &str) -> Problem {
    bad_request(format!("Invalid snapshot: snapshot: {snapshot} status must be available"))
}

pub fn wrong_auth_key(transfer: &str) -> Problem {
    bad_request(format!("Invalid auth key: Attempt to transfer {transfer} with invalid auth key."))
}

pub fn accepting_in_maintenance() -> Problem {
    invalid_volume("The volume cannot accept transfer in maintenance mode.")
}

pub fn not_awaiting_transfer(transfer: &str, volume: &str) -> Problem {
    invalid_volume(format!("Transfer {transfer}: Volume id {volume} expected in awaiting-transfer state."))
}

pub fn snapshot_not_available_to_transfer(transfer: &str, snapshot: &str) -> Problem {
    let reason = format!("Transfer {transfer}: Snapshot {snapshot} is not in the expected available state.");
    bad_request(format!("Invalid snapshot: {reason}"))
}
