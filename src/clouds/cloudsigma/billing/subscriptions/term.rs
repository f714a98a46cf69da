//! The term of a subscription: `start_time` and `months` of a request.

use crate::clouds::cloudsigma::errors::{self, ValidationErrors};
use crate::clouds::cloudsigma::text::Pairs;
use crate::engine::Problem;
use chrono::{DateTime, Months, NaiveDateTime, Utc};

/// `2010-03-20 13:20` (11.9: Y-m-d H:M), in UTC.
pub const TIME: &str = "%Y-%m-%d %H:%M";
/// The longest term of one order, in months.
const MOST_MONTHS: i64 = 120;

/// When a subscription begins and ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// The start as requested. It may be in the past.
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub months: i64,
}

impl Term {
    /// Reads the term of a request and echoes it as `start_time` and `end_time`. Errors are added to `errors_found`.
    /// The start is required. `months` defaults to one: the refusal in 11.11 misses only the start.
    pub fn read(pairs: &Pairs, echo: &mut Pairs, errors_found: &mut ValidationErrors) -> Option<Term> {
        let start_time = pairs.get("start_time").or_else(|| pairs.get("start_date"));
        echo.put("start_time", start_time.unwrap_or_default());
        let start = match start_time {
            None => {
                errors_found.add("start_time", errors::REQUIRED);
                None
            }
            Some(text) => {
                let start = parse(text);
                if start.is_none() {
                    errors_found.add("start_time", errors::DATE_TIME);
                }
                start
            }
        };
        let months = number_of_months(pairs, errors_found);
        let term = start.zip(months).map(|(start, months)| Term { start, end: later(start, months), months });
        echo.put("end_time", &term.map(|term| term.end.format(TIME).to_string()).unwrap_or_default());
        term
    }

    /// Moves a start in the past to now, as in all examples of the manual.
    pub fn no_earlier_than(self, now: DateTime<Utc>) -> Term {
        let start = self.start.max(now);
        Term { start, end: later(start, self.months), ..self }
    }
}

/// The number of months that a subscription is extended by.
pub fn months(pairs: &Pairs) -> Result<i64, Problem> {
    let mut errors_found = ValidationErrors::default();
    if pairs.get("months").is_none() {
        errors_found.add("months", errors::REQUIRED);
    }
    let months = number_of_months(pairs, &mut errors_found);
    errors_found.refuse(pairs)?;
    Ok(months.unwrap_or(1))
}

pub fn later(time: DateTime<Utc>, months: i64) -> DateTime<Utc> {
    let months = Months::new(months.clamp(0, MOST_MONTHS) as u32);
    time.checked_add_months(months).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn number_of_months(pairs: &Pairs, errors_found: &mut ValidationErrors) -> Option<i64> {
    let Some(text) = pairs.get("months") else { return Some(1) };
    match text.parse::<i64>() {
        Ok(months) if months < 1 => errors_found.add("months", errors::at_least(1)),
        Ok(months) if months > MOST_MONTHS => errors_found.add("months", errors::at_most(MOST_MONTHS)),
        Ok(months) => return Some(months),
        Err(_) => errors_found.add("months", errors::WHOLE_NUMBER),
    }
    None
}

/// Only years of four digits: chrono cannot add months to the largest ones.
fn parse(text: &str) -> Option<DateTime<Utc>> {
    let formats = [TIME, "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"];
    let fits = |time: &NaiveDateTime| (1970..=9_999).contains(&chrono::Datelike::year(time));
    let read = |format: &&str| match *format {
        "%Y-%m-%d" => chrono::NaiveDate::parse_from_str(text, format).ok()?.and_hms_opt(0, 0, 0),
        format => NaiveDateTime::parse_from_str(text, format).ok(),
    };
    formats.iter().find_map(read).filter(fits).map(|time| time.and_utc())
}
