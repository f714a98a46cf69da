//! What the services share of lists in pages. Limits, orders and links differ from service to service.

use crate::engine::{Call, Problem};

/// Drops the rows up to the one that the client's `marker` names, if there is a marker. `missing` refuses a
/// marker that names no row.
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
