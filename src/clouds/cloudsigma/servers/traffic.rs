//! What comes to a running server over its public interface and goes from it. Nobody is behind the interface, so
//! it is a steady trickle that goes by the clock.

use super::Server;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Bytes a second that come.
const RECEIVED: i64 = 400;
/// Bytes a second that go.
const SENT: i64 = 100;

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Traffic {
    /// Received, in bytes.
    pub rx: i64,
    /// Sent, in bytes.
    pub tx: i64,
}

impl Server {
    pub fn traffic_at(&self, now: DateTime<Utc>) -> Traffic {
        let public = self.addresses.contains_key("nic:0:dhcp");
        let seconds = self.started.filter(|_| public).map_or(0, |since| (now - since).num_seconds().max(0));
        Traffic {
            rx: self.traffic.rx.saturating_add(seconds.saturating_mul(RECEIVED)),
            tx: self.traffic.tx.saturating_add(seconds.saturating_mul(SENT)),
        }
    }
}
