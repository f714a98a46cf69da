//! Paging that all services share. Limits, orders and links differ between services.

use crate::engine::{Call, Problem};

/// Drops the rows up to and including the one that the client's `marker` names, if there is a marker. `missing` is
/// the refusal of an unknown marker.
pub fn skip_to_marker<T>(
    call: &Call,
    rows: &mut Vec<T>,
    is_named: impl Fn(&T, &str) -> bool,
    missing: impl FnOnce(&str) -> Problem,
) -> Result<(), Problem> {
    let Some(marker) = call.query("marker") else { return Ok(()) };
    let at = rows.iter().position(|row| is_named(row, marker)).ok_or_else(|| missing(marker))?;
    rows.drain(..=at);
    Ok(())
}
