//! Virtual time. It follows the real clock at any speed until it is frozen or moved.
//!
//! Nothing else in the engine or in the clouds reads the system's clock or waits; clippy's `disallowed-methods` and
//! `tests/layers.rs` check that.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The clock of a world: a linear function from real to virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    /// The virtual time at the real time `since`.
    at: DateTime<Utc>,
    since: DateTime<Utc>,
    /// Virtual seconds per real second; 0 is frozen.
    speed: f64,
}

impl Clock {
    /// A clock that shows `at` now and runs at `speed`.
    pub fn running_from(at: DateTime<Utc>, speed: f64) -> Self {
        Clock { at, since: Clock::real(), speed }
    }

    /// A clock that always shows `at`.
    pub fn frozen_at(at: DateTime<Utc>) -> Self {
        Clock { at, since: at, speed: 0.0 }
    }

    /// The virtual time when the real clock shows `real`. Where it would leave the calendar, it stands still.
    pub fn read(&self, real: DateTime<Utc>) -> DateTime<Utc> {
        if self.speed == 0.0 {
            return self.at;
        }
        let passed = (real - self.since).num_nanoseconds().unwrap_or(i64::MAX) as f64 * self.speed;
        self.at.checked_add_signed(TimeDelta::nanoseconds(passed as i64)).unwrap_or(self.at)
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
        Some(Clock { at: self.at.checked_add_signed(by)?, ..*self })
    }

    /// The same speed, showing `at` now.
    pub fn set_to(&self, at: DateTime<Utc>) -> Self {
        Clock { at, since: Clock::real(), speed: self.speed }
    }

    /// The real time until the virtual time `at`, at most an hour; `None` if the clock is frozen.
    pub fn until(&self, at: DateTime<Utc>) -> Option<std::time::Duration> {
        (self.speed > 0.0).then(|| {
            let virtual_ms = (at - self.now()).num_milliseconds().max(0) as f64;
            std::time::Duration::from_secs_f64((virtual_ms / self.speed / 1000.0).min(3600.0))
        })
    }

    /// The real time. Only for the clock itself and for measuring how long work takes.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the system's time")]
    pub fn real() -> DateTime<Utc> {
        Utc::now()
    }
}

impl Clock {
    /// Blocks the thread for a real time. Only for the command line.
    #[allow(clippy::disallowed_methods, reason = "the command line waits for another process")]
    pub fn pause(time: std::time::Duration) {
        std::thread::sleep(time);
    }
}

/// Waits for a real time. Only for the background task and for delayed answers.
#[allow(clippy::disallowed_methods, reason = "the background task and faults of connections wait")]
pub async fn wait(time: std::time::Duration) {
    tokio::time::sleep(time).await;
}
