//! Simulated traffic of a running server's public interface. No network is behind it, so it grows at constant rates
//! with the virtual clock.

use super::Server;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Bytes received per second.
const RECEIVED: i64 = 400;
/// Bytes sent per second.
const SENT: i64 = 100;

/// The traffic of a server since it was created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Traffic {
    /// Received, in bytes.
    pub rx: i64,
    /// Sent, in bytes.
    pub tx: i64,
}

impl Server {
    /// The traffic up to this time.
    pub fn traffic_at(&self, now: DateTime<Utc>) -> Traffic {
        let public = self.addresses.contains_key("nic:0:dhcp");
        let seconds = self.started.filter(|_| public).map_or(0, |since| (now - since).num_seconds().max(0));
        Traffic {
            rx: self.traffic.rx.saturating_add(seconds.saturating_mul(RECEIVED)),
            tx: self.traffic.tx.saturating_add(seconds.saturating_mul(SENT)),
        }
    }
}
