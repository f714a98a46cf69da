//! Virtual time. It follows the real time at any speed until it is frozen or moved.
//!
//! Nothing else in the engine or in the clouds reads the system's clock or waits; clippy's `disallowed-methods` and
//! `tests/layers.rs` check that.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// The clock of a world: a linear function from real to virtual time. It shows times from 1970 to the end of 9999, which
/// every API can write with four digits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    /// The virtual time at the real time `since`.
    at: DateTime<Utc>,
    since: DateTime<Utc>,
    /// Virtual seconds per real second; 0 is frozen.
    speed: f64,
}

/// The highest speed in virtual seconds per real second.
const MAX_SPEED: f64 = 1e6;

/// 9999-12-31T23:59:59Z in Unix time.
const LAST_SECOND: i64 = 253_402_300_799;

impl Clock {
    /// A clock that shows `at` now and runs at `speed`.
    pub fn running_from(at: DateTime<Utc>, speed: f64) -> Self {
        Clock { at, since: Clock::real(), speed }
    }

    /// A clock that always shows `at`.
    pub fn frozen_at(at: DateTime<Utc>) -> Self {
        Clock { at, since: at, speed: 0.0 }
    }

    /// True if a clock can show this time.
    pub fn can_show(at: DateTime<Utc>) -> bool {
        (0..=LAST_SECOND).contains(&at.timestamp())
    }

    /// True if a clock can run at this speed. 0 is frozen.
    pub fn can_run_at(speed: f64) -> bool {
        (0.0..=MAX_SPEED).contains(&speed)
    }

    /// The virtual time when the real clock shows `real`. At the end of the calendar it stands still.
    pub fn read(&self, real: DateTime<Utc>) -> DateTime<Utc> {
        if self.speed == 0.0 {
            return self.at;
        }
        let passed = (real - self.since).num_nanoseconds().unwrap_or(i64::MAX) as f64 * self.speed / 1000.0;
        // More than 290 years in nanoseconds would not fit.
        let now = self.at.checked_add_signed(TimeDelta::microseconds(passed as i64));
        now.filter(|now| Clock::can_show(*now)).unwrap_or_else(|| self.at.max(last()))
    }

    /// The virtual time now.
    pub fn now(&self) -> DateTime<Utc> {
        self.read(Clock::real())
    }

    /// Virtual seconds per real second; 0 is frozen.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// The same clock, from now on at another speed; 0 freezes it.
    pub fn at_speed(&self, speed: f64) -> Self {
        let real = Clock::real();
        Clock { at: self.read(real), since: real, speed }
    }

    /// The same clock, moved forward; `None` if it would leave the calendar.
    pub fn advanced(&self, by: TimeDelta) -> Option<Self> {
        self.now().checked_add_signed(by).filter(|now| Clock::can_show(*now))?;
        Some(Clock { at: self.at.checked_add_signed(by)?, ..*self })
    }

    /// The same speed, showing `at` now.
    pub fn set_to(&self, at: DateTime<Utc>) -> Self {
        Clock { at, since: Clock::real(), speed: self.speed }
    }

    /// The real time until the virtual time `at`, at most an hour; `None` if the clock is frozen.
    pub fn until(&self, at: DateTime<Utc>) -> Option<Duration> {
        (self.speed > 0.0).then(|| {
            let virtual_ms = (at - self.now()).num_milliseconds().max(0) as f64;
            Duration::from_secs_f64((virtual_ms / self.speed / 1000.0).min(3600.0))
        })
    }

    /// The real time: that of the host when the process started, and what has passed since on the host's monotonic clock. So
    /// nothing happens early or never if the host's clock is set. Only for the clock itself and for measuring how long work
    /// takes.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the system's time")]
    pub fn real() -> DateTime<Utc> {
        static START: LazyLock<(Instant, DateTime<Utc>)> = LazyLock::new(|| (Instant::now(), Utc::now()));
        let (instant, time) = *START;
        time + instant.elapsed()
    }
}

/// The last time that a clock can show.
fn last() -> DateTime<Utc> {
    DateTime::from_timestamp(LAST_SECOND, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

impl Clock {
    /// Blocks the thread for a real time. Only for the command line.
    #[allow(clippy::disallowed_methods, reason = "the command line waits for another process")]
    pub fn pause(time: Duration) {
        std::thread::sleep(time);
    }
}

/// Waits for a real time. Only for the background task and for delayed answers.
#[allow(clippy::disallowed_methods, reason = "the background task and faults of connections wait")]
pub async fn wait(time: Duration) {
    tokio::time::sleep(time).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_fast_clock_goes_on_for_centuries_and_stops_at_the_end_of_the_calendar() {
        let start = time("2030-01-01T00:00:00Z");
        let clock = Clock { at: start, since: start, speed: 1e6 };
        let after = |hours: i64| clock.read(start + TimeDelta::hours(hours));
        assert_eq!(after(24), start + TimeDelta::seconds(86_400_000_000));
        assert_eq!(after(24 * 365), time("9999-12-31T23:59:59Z"));
        assert!(after(2) < after(3));
    }

    #[test]
    fn a_clock_cannot_be_moved_out_of_the_calendar() {
        let clock = Clock::frozen_at(time("9999-12-31T00:00:00Z"));
        assert_eq!(clock.advanced(TimeDelta::hours(23)).unwrap().now(), time("9999-12-31T23:00:00Z"));
        for by in [TimeDelta::hours(24), TimeDelta::MAX, TimeDelta::weeks(-500_000), TimeDelta::MIN] {
            assert_eq!(clock.advanced(by), None);
        }
        for year in ["+262142", "+10000", "1969", "-262143"] {
            assert!(!Clock::can_show(time(&format!("{year}-06-01T00:00:00Z"))), "{year}");
        }
        assert!(!Clock::can_run_at(-1.0) && !Clock::can_run_at(f64::NAN) && Clock::can_run_at(0.0));
    }
}
