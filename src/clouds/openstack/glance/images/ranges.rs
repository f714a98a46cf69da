//! The range of a download (`Request.get_range_from_request` in glance/common/wsgi.py, which parses the headers with
//! webob).

use super::super::errors;
use crate::engine::{Call, Problem};

/// A part of the data, in bytes.
pub struct Part {
    pub start: u64,
    pub length: u64,
    /// The size of the whole data.
    pub size: u64,
}

/// The requested part, or `None` for the whole. Upstream also accepts `Content-Range`, which is a header of responses.
pub fn parse(call: &Call, size: u64) -> Result<Option<Part>, Problem> {
    if let Some(text) = call.header("range") {
        return range(text, size).map(Some);
    }
    match call.header("content-range") {
        Some(text) => content_range(text, size).map(Some),
        None => Ok(None),
    }
}

fn range(text: &str, size: u64) -> Result<Part, Problem> {
    if text.contains(',') {
        return Err(errors::several_ranges());
    }
    let (start, stop) = match read_range(text).ok_or_else(|| errors::invalid_range("Range"))? {
        (Some(start), _) if start >= size => return Err(errors::start_out_of_range("Range", size)),
        (Some(start), end) => (start, end.map_or(size, |end| end.saturating_add(1).min(size))),
        // The last bytes of the data.
        (None, last) => (size.saturating_sub(last.unwrap_or(0)), size),
    };
    Ok(Part { start, length: stop - start, size })
}

/// The start and the end in `bytes=4-9`, `bytes=4-` or `bytes=-5`.
fn read_range(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let rest = text.get(..5).filter(|unit| unit.eq_ignore_ascii_case("bytes")).and(text.get(5..))?;
    let rest = rest.trim_start().strip_prefix('=')?;
    let (start, end) = rest.split_once('-')?;
    let number = |part: &str| if part.is_empty() { Some(None) } else { part.parse::<u64>().ok().map(Some) };
    let digits = end.trim_start().split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    let (start, end) = (number(start.trim())?, number(digits)?);
    match (start, end) {
        (None, None) => None,
        (Some(start), Some(end)) if start > end => None,
        both => Some(both),
    }
}

/// Parses `bytes 0-3/1024`.
fn content_range(text: &str, size: u64) -> Result<Part, Problem> {
    let header = "Content-Range";
    let (start, last, length) = read_content_range(text).ok_or_else(|| errors::invalid_range(header))?;
    if length.is_none() && last >= size {
        return Err(errors::stop_out_of_range(size));
    }
    if start >= size {
        return Err(errors::start_out_of_range(header, size));
    }
    Ok(Part { start, length: (last + 1).min(size) - start, size })
}

fn read_content_range(text: &str) -> Option<(u64, u64, Option<u64>)> {
    let (range, length) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, last) = range.split_once('-')?;
    let (start, last): (u64, u64) = (start.parse().ok()?, last.parse().ok()?);
    let length = if length == "*" { None } else { Some(length.parse::<u64>().ok()?) };
    let fits = start <= last && last < u64::MAX && length.is_none_or(|length| last < length);
    fits.then_some((start, last, length))
}
