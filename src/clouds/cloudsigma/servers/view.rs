//! The record of a server: the pairs of the manual's example in 8.2 come first, in their order.

use super::super::text::Text;
use super::{Server, Status, keys, settings};
use chrono::{DateTime, Utc};

/// Settings with a fixed position in the record.
const PLACED: [&str; 4] = ["name", "mem", "cpu", "smp"];

pub fn record(shown: &mut Text, server: &Server, now: DateTime<Utc>) {
    let traffic = server.traffic_at(now);
    shown.pair("status", status(server.status));
    shown.pair("name", server.setting("name"));
    shown.pair("tx", traffic.tx);
    shown.pair("mem", server.setting("mem"));
    shown.pair("cpu", server.setting("cpu"));
    shown.pair("rx", traffic.rx);
    shown.pair("server", &server.id);
    shown.pair("user", &server.owner);
    let (devices, rest): (Vec<_>, Vec<_>) = server.settings.iter().partition(|(key, _)| keys::is_device(key));
    devices.iter().for_each(|(key, drive)| shown.pair_if_set(key, drive));
    shown.pair_if_set("smp", &processors(server));
    for (key, value) in rest.iter().filter(|(key, _)| !PLACED.contains(&key.as_str())) {
        let running = server.addresses.get(*key).filter(|_| server.status == Status::Active);
        shown.pair_if_set(key, running.unwrap_or(value));
    }
    if let Some(started) = server.started {
        shown.pair("started", started.timestamp());
    }
}

/// While the server runs, `auto` is shown as a number. A setting that was never made is always shown as one.
fn processors(server: &Server) -> String {
    match server.setting("smp") {
        "" => settings::processors(&server.settings).to_string(),
        "auto" if server.status == Status::Active => settings::processors(&server.settings).to_string(),
        smp => smp.to_owned(),
    }
}

pub fn status(status: Status) -> &'static str {
    match status {
        Status::Stopped => "stopped",
        Status::Active => "active",
        Status::Paused => "paused",
        Status::Dumped => "dumped",
        Status::Dead => "dead",
    }
}
