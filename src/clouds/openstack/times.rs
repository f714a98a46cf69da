//! The time formats of the services.

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Timelike, Utc};
use serde::{Serialize, Serializer};
use std::fmt::{self, Display, Formatter};

/// `2030-01-01T12:00:00.000000`: Cinder's records, without a zone. Its database stores whole seconds.
#[derive(Clone, Copy)]
pub struct Micros(pub DateTime<Utc>);

/// `2030-01-01T12:00:00.123456`: Cinder's records before they have been stored in the database.
#[derive(Clone, Copy)]
pub struct MicrosExact(pub DateTime<Utc>);

/// `2030-01-01T12:00:00.000000Z`: Keystone's tokens, which also have whole seconds.
#[derive(Clone, Copy)]
pub struct MicrosZ(pub DateTime<Utc>);

/// `2030-01-01T12:00:00Z`: Nova, Neutron, Glance and version documents.
#[derive(Clone, Copy)]
pub struct SecondsZ(pub DateTime<Utc>);

/// Formats digit by digit, because nearly every response has several times.
fn date_and_time(at: DateTime<Utc>) -> impl Display {
    let (date, time) = (at.date_naive(), at.time());
    let year = date.year_ce().1;
    let mut text = *b"0000-00-00T00:00:00";
    let numbers = [year / 100, year, date.month(), date.day(), time.hour(), time.minute(), time.second()];
    for (at, number) in [0, 2, 5, 8, 11, 14, 17].into_iter().zip(numbers) {
        let digits = [number / 10 % 10, number % 10].map(|digit| b'0' + digit as u8);
        text[at..at + 2].copy_from_slice(&digits);
    }
    Digits(text)
}

struct Digits([u8; 19]);

impl Display for Digits {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

impl Serialize for Micros {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}.000000", date_and_time(self.0)))
    }
}

impl Serialize for MicrosExact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let micros = self.0.timestamp_subsec_micros() % 1_000_000;
        serializer.collect_str(&format_args!("{}.{micros:06}", date_and_time(self.0)))
    }
}

impl Serialize for MicrosZ {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}.000000Z", date_and_time(self.0)))
    }
}

impl Serialize for SecondsZ {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}Z", date_and_time(self.0)))
    }
}

/// Reads a time of ISO 8601, in UTC if it has no zone. Parts at the end can be missing (`iso8601.parse_date`).
pub fn iso8601(text: &str) -> Option<DateTime<Utc>> {
    const SMALLEST: &str = "0000-01-01T00:00:00";
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    let text = text.replacen(' ', "T", 1);
    let whole = match text.len() {
        4 | 7 | 10 | 13 | 16 => format!("{text}{}", SMALLEST.get(text.len()..)?),
        _ => text,
    };
    NaiveDateTime::parse_from_str(&whole, "%Y-%m-%dT%H:%M:%S%.f").ok().map(|time| time.and_utc())
}

/// The time of installation. Seeded rows are older than all others.
pub fn installed() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_454)
}
