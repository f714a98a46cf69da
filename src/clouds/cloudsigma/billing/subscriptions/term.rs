//! From when to when a subscription is to run, as a request says it.

use crate::clouds::cloudsigma::errors::{self, ValidationErrors};
use crate::clouds::cloudsigma::text::Pairs;
use crate::engine::Problem;
use chrono::{DateTime, Months, NaiveDateTime, Utc};

/// `2010-03-20 13:20` (11.9: Y-m-d H:M), in UTC.
pub const TIME: &str = "%Y-%m-%d %H:%M";
/// Nobody subscribes to more at once.
const MOST_MONTHS: i64 = 120;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// As the request has it; it may be past.
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub months: i64,
}

impl Term {
    /// The term of a request, echoed as `start_time` and `end_time`; what is wrong with it is noted. The start is
    /// required; without `months` it is one, as in the refusal of 11.11, which misses the start alone.
    pub fn read(given: &Pairs, echo: &mut Pairs, errors_found: &mut ValidationErrors) -> Option<Term> {
        let asked = given.get("start_time").or_else(|| given.get("start_date"));
        echo.put("start_time", asked.unwrap_or_default());
        let start = match asked {
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
        let months = number_of_months(given, errors_found);
        let term = start.zip(months).map(|(start, months)| Term { start, end: later(start, months), months });
        echo.put("end_time", &term.map(|term| term.end.format(TIME).to_string()).unwrap_or_default());
        term
    }

    /// A start that is past is now, as in all the examples of the manual.
    pub fn no_earlier_than(self, now: DateTime<Utc>) -> Term {
        let start = self.start.max(now);
        Term { start, end: later(start, self.months), ..self }
    }
}

/// The months by which a subscription is to be extended.
pub fn months(given: &Pairs) -> Result<i64, Problem> {
    let mut errors_found = ValidationErrors::default();
    if given.get("months").is_none() {
        errors_found.add("months", errors::REQUIRED);
    }
    let months = number_of_months(given, &mut errors_found);
    errors_found.refuse(given)?;
    Ok(months.unwrap_or(1))
}

pub fn later(time: DateTime<Utc>, months: i64) -> DateTime<Utc> {
    let months = Months::new(months.clamp(0, MOST_MONTHS) as u32);
    time.checked_add_months(months).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn number_of_months(given: &Pairs, errors_found: &mut ValidationErrors) -> Option<i64> {
    let Some(text) = given.get("months") else { return Some(1) };
    match text.parse::<i64>() {
        Ok(months) if months < 1 => errors_found.add("months", errors::at_least(1)),
        Ok(months) if months > MOST_MONTHS => errors_found.add("months", errors::at_most(MOST_MONTHS)),
        Ok(months) => return Some(months),
        Err(_) => errors_found.add("months", errors::WHOLE_NUMBER),
    }
    None
}

/// Years have four digits: later ones cannot be counted on.
fn parse(text: &str) -> Option<DateTime<Utc>> {
    let formats = [TIME, "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"];
    let fits = |time: &NaiveDateTime| (1970..=9_999).contains(&chrono::Datelike::year(time));
    let read = |format: &&str| match *format {
        "%Y-%m-%d" => chrono::NaiveDate::parse_from_str(text, format).ok()?.and_hms_opt(0, 0, 0),
        format => NaiveDateTime::parse_from_str(text, format).ok(),
    };
    formats.iter().find_map(read).filter(fits).map(|time| time.and_utc())
}
