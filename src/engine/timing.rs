//! How long transitions take.

use super::{Glob, Id};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// The delays of transitions for which no range is set by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// 0
    Instant,
    /// 50 to 300 ms
    #[default]
    Fast,
    /// 2 to 20 s
    Realistic,
}

impl Profile {
    fn range(self) -> Range {
        match self {
            Profile::Instant => Range { low_ms: 0, high_ms: 0 },
            Profile::Fast => Range { low_ms: 50, high_ms: 300 },
            Profile::Realistic => Range { low_ms: 2_000, high_ms: 20_000 },
        }
    }
}

/// A delay between two bounds (inclusive), in milliseconds, to be drawn from the seeded generator.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    pub low_ms: i64,
    pub high_ms: i64,
}

/// The longest delay in milliseconds: 30,000 years.
const MAX_MS: f64 = 1e15;

impl Range {
    /// Parses `10s`, `2s..5s`, `150ms..1m`, `1h`.
    pub fn parse(text: &str) -> Option<Self> {
        let (low, high) = text.split_once("..").unwrap_or((text, text));
        let range = Range { low_ms: milliseconds(low)?, high_ms: milliseconds(high)? };
        (range.low_ms <= range.high_ms).then_some(range)
    }
}

/// Parses a duration such as `250ms`, `30s`, `5m`, `2h`, `1d`, in milliseconds.
pub fn milliseconds(text: &str) -> Option<i64> {
    let text = text.trim();
    let unit = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let number: f64 = text[..unit].parse().ok()?;
    let factor = match &text[unit..] {
        "ms" => 1.0,
        "s" => 1_000.0,
        "m" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        _ => return None,
    };
    let ms = number * factor;
    (ms.is_finite() && ms < MAX_MS).then_some(ms as i64)
}

/// How long the transitions of a world take.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Timing {
    pub profile: Profile,
    /// Ranges by glob of transition names. The last one that matches counts.
    named: Vec<Named>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Named {
    glob: Glob,
    range: Range,
    /// The scenario, or the step of it, that set it.
    scenario: Option<Id>,
}

impl Timing {
    pub fn of(profile: Profile) -> Self {
        Timing { profile, named: vec![] }
    }

    /// Sets the delay of every transition whose name matches the glob: `cinder.*`, `nova.server.build`.
    pub fn set(&mut self, glob: &str, range: Range) {
        self.set_for(Glob::new(glob), range, None);
    }

    pub(super) fn set_for(&mut self, glob: Glob, range: Range, scenario: Option<Id>) {
        self.named.push(Named { glob, range, scenario });
    }

    pub(super) fn clear_for(&mut self, scenario: &str) {
        self.named.retain(|named| named.scenario.as_deref() != Some(scenario));
    }

    /// Checks a plan from a file that may be edited by hand.
    pub(super) fn check(&self) -> Result<(), String> {
        let wrong = self.named.iter().find(|named| {
            let Range { low_ms, high_ms } = named.range;
            low_ms < 0 || low_ms > high_ms || high_ms > MAX_MS as i64
        });
        wrong
            .map_or(Ok(()), |named| Err(format!("{} to {} ms is not a range", named.range.low_ms, named.range.high_ms)))
    }

    /// The delay of a transition.
    pub fn range(&self, transition: &str) -> Range {
        self.named(transition).unwrap_or(self.profile.range())
    }

    /// The delay of a transition that takes no time unless a range is set for its name, whatever the profile.
    pub fn brief_range(&self, transition: &str) -> Range {
        self.named(transition).unwrap_or(Profile::Instant.range())
    }

    fn named(&self, transition: &str) -> Option<Range> {
        self.named.iter().rev().find(|named| named.glob.matches(transition)).map(|named| named.range)
    }
}

/// Milliseconds as a length of time.
pub(super) fn delta(ms: i64) -> TimeDelta {
    TimeDelta::try_milliseconds(ms).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_parsed() {
        assert_eq!(Range::parse("2s..5s"), Some(Range { low_ms: 2_000, high_ms: 5_000 }));
        assert_eq!(Range::parse("1.5m"), Some(Range { low_ms: 90_000, high_ms: 90_000 }));
        assert_eq!(Range::parse("5s..2s"), None);
        assert_eq!(Range::parse("soon"), None);
        assert_eq!(Range::parse("10"), None);
    }

    #[test]
    fn the_last_matching_glob_counts() {
        let mut timing = Timing::of(Profile::Fast);
        timing.set("cinder.*", Range { low_ms: 1, high_ms: 1 });
        timing.set("cinder.volume.*", Range { low_ms: 2, high_ms: 2 });
        assert_eq!(timing.range("cinder.volume.create").low_ms, 2);
        assert_eq!(timing.range("cinder.backup.create").low_ms, 1);
        assert_eq!(timing.range("nova.server.build").low_ms, 50);
        assert_eq!(timing.brief_range("cinder.backup.create").low_ms, 1);
        assert_eq!(timing.brief_range("nova.server.build").high_ms, 0);
    }
}
