//! Virtual time: it follows the real clock, at any speed, until it is frozen or moved.
//! The only place that reads the system's time or waits.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    /// Virtual time at the real moment `since`.
    at: DateTime<Utc>,
    since: DateTime<Utc>,
    /// Virtual seconds per real second; 0 is frozen.
    speed: f64,
}

impl Clock {
    pub fn running_from(at: DateTime<Utc>, speed: f64) -> Self {
        Clock { at, since: Clock::real(), speed }
    }

    pub fn frozen_at(at: DateTime<Utc>) -> Self {
        Clock { at, since: at, speed: 0.0 }
    }

    /// Virtual time when the real clock shows `real`. A time outside of what can be told stays at the edge.
    pub fn read(&self, real: DateTime<Utc>) -> DateTime<Utc> {
        if self.speed == 0.0 {
            return self.at;
        }
        let passed = (real - self.since).num_nanoseconds().unwrap_or(i64::MAX) as f64 * self.speed;
        self.at.checked_add_signed(TimeDelta::nanoseconds(passed as i64)).unwrap_or(self.at)
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.read(Clock::real())
    }

    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// The same time from now on at another speed; 0 freezes.
    pub fn at_speed(&self, speed: f64) -> Self {
        let real = Clock::real();
        Clock { at: self.read(real), since: real, speed }
    }

    /// Moves forward; `None` where the calendar ends.
    pub fn advanced(&self, by: TimeDelta) -> Option<Self> {
        Some(Clock { at: self.at.checked_add_signed(by)?, ..*self })
    }

    /// The same speed at another time.
    pub fn set_to(&self, at: DateTime<Utc>) -> Self {
        Clock { at, since: Clock::real(), speed: self.speed }
    }

    /// The real time that passes until the virtual time `at`; nothing if it does not pass by itself.
    pub fn until(&self, at: DateTime<Utc>) -> Option<std::time::Duration> {
        (self.speed > 0.0).then(|| {
            let virtual_ms = (at - self.now()).num_milliseconds().max(0) as f64;
            std::time::Duration::from_secs_f64((virtual_ms / self.speed / 1000.0).min(3600.0))
        })
    }

    /// The real time: for the clock itself and for measuring how long work took.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the system's time")]
    pub fn real() -> DateTime<Utc> {
        Utc::now()
    }
}

impl Clock {
    /// Blocks the thread in real time; for the command line alone.
    #[allow(clippy::disallowed_methods, reason = "the command line waits for another process")]
    pub fn pause(time: std::time::Duration) {
        std::thread::sleep(time);
    }
}

/// Waits in real time; for the background task alone.
#[allow(clippy::disallowed_methods, reason = "the background task and faults of connections wait")]
pub async fn wait(time: std::time::Duration) {
    tokio::time::sleep(time).await;
}
