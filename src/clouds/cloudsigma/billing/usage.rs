//! Section 11.2: the usage of an account, and the part of it that subscriptions cover. The rest is burst.

use super::super::CloudSigma;
use super::money::Money;
use super::prices::{CPU, DISK, MEM, Price, XFER};
use chrono::{DateTime, Utc};

/// The bytes of a GB of disk or transfer.
const GB: u64 = 1 << 30;

/// The usage of one resource, and how much of it is subscribed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Share {
    pub used: i64,
    pub subscribed: i64,
}

impl Share {
    /// The part that no subscription covers.
    pub fn burst(&self) -> i64 {
        self.used.saturating_sub(self.subscribed).max(0)
    }
}

/// The usage of one account.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Core MHz of the running servers.
    pub cpu: Share,
    /// MB of the running servers.
    pub mem: Share,
    /// GB of all drives together.
    pub disk: Share,
    /// Bytes sent. (The transfer subscription is in GB.)
    pub sent: i64,
    pub received: i64,
    pub transfer: i64,
}

/// Computes the usage of an account at a time.
pub fn of(cloud: &CloudSigma, user: &str, now: DateTime<Utc>) -> Usage {
    let mut usage = Usage::default();
    for server in cloud.servers.of(user) {
        let traffic = server.traffic_at(now);
        usage.sent = usage.sent.saturating_add(traffic.tx);
        usage.received = usage.received.saturating_add(traffic.rx);
        if server.started.is_some() {
            usage.cpu.used = usage.cpu.used.saturating_add(server.cpu());
            usage.mem.used = usage.mem.used.saturating_add(server.mem());
        }
    }
    let bytes = cloud.drives.of(user).fold(0_u64, |sum, drive| sum.saturating_add(drive.size));
    usage.disk.used = bytes.div_ceil(GB) as i64;
    let subscribed = |price: &Price| {
        let mine = cloud.subscriptions.of(user).filter(|one| one.resource == price.resource && one.covers(now));
        mine.map(|one| one.quantity).sum()
    };
    usage.cpu.subscribed = subscribed(&CPU);
    usage.mem.subscribed = subscribed(&MEM);
    usage.disk.subscribed = subscribed(&DISK);
    usage.transfer = subscribed(&XFER);
    usage
}

impl Usage {
    /// The cost of a minute of burst. Transfer is not included: it is billed by volume.
    pub fn rate(&self) -> Money {
        let cpu_and_mem = CPU.burst(self.cpu.burst()).plus(MEM.burst(self.mem.burst()));
        cpu_and_mem.plus(DISK.burst(self.disk.burst()))
    }

    /// Bytes sent that no subscription covers.
    pub fn sent_beyond(&self) -> i64 {
        self.sent.saturating_sub(self.transfer.saturating_mul(GB as i64)).max(0)
    }
}

/// The cost of sending this many bytes.
pub fn transfer_cost(bytes: i64) -> Money {
    XFER.burst(1).times(bytes, GB as i64)
}

/// Bytes as GB with three decimals: `0.001`.
pub fn gigabytes(bytes: i64) -> String {
    format!("{:.3}", bytes as f64 / GB as f64)
}
