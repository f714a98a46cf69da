//! The record of a drive: the pairs of the manual's examples come first, in their order.

use super::super::text::Text;
use super::{Drive, DriveKind, Status, Traffic, claims};

/// The record in the responses of `info`, `clone` and `set`.
pub fn record(shown: &mut Text, drive: &Drive) {
    settings(shown, drive);
    shown.pair("type", kind(drive.kind));
    match drive.imaging {
        None => {}
        Some(0) => shown.pair("imaging", "queued"),
        Some(percent) => shown.pair("imaging", format!("{percent}%")),
    }
    traffic(shown, "read", drive.read);
    traffic(shown, "write", drive.written);
}

/// The record in the response of `create`, which has no `type` yet.
pub fn created(shown: &mut Text, drive: &Drive) {
    settings(shown, drive);
}

fn settings(shown: &mut Text, drive: &Drive) {
    shown.pair("status", status(drive.status));
    shown.pair("user", &drive.owner);
    shown.pair("size", drive.size);
    shown.pair_if_set("name", &drive.name);
    shown.pair("drive", &drive.id);
    shown.pair_if_set("claimed", &claims::view(drive));
    drive.settings.iter().for_each(|(key, value)| shown.pair_if_set(key, value));
}

fn traffic(shown: &mut Text, direction: &str, traffic: Traffic) {
    if traffic.requests > 0 {
        shown.pair(&format!("{direction}:bytes"), traffic.bytes);
        shown.pair(&format!("{direction}:requests"), traffic.requests);
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Inactive => "inactive",
    }
}

fn kind(kind: DriveKind) -> &'static str {
    match kind {
        DriveKind::Disk => "disk",
        DriveKind::Cdrom => "cdrom",
    }
}
