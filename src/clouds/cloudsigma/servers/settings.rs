//! The settings of a server in a request, and their checks.

use super::super::CloudSigma;
use super::super::drives;
use super::super::errors::{self, ValidationErrors};
use super::super::text::Pairs;
use super::Server;
use super::keys::{self, Key, MODELS};
use crate::engine::Context;
use std::collections::BTreeMap;

/// The most MHz of one processor (8.2).
const MOST_PER_PROCESSOR: i64 = 2_200;
/// The largest value of a number, such as `mem`.
const MOST: i64 = 1_000_000;

/// The settings in a request, with the errors found in them.
pub struct ServerRequest<'p> {
    pairs: &'p Pairs,
    /// An empty value removes the setting.
    settings: Vec<(&'p str, Key, &'p str)>,
    pub errors_found: ValidationErrors,
}

impl<'p> ServerRequest<'p> {
    /// Reads the settings. Keys that servers do not have are ignored.
    pub fn new(pairs: &'p Pairs) -> Self {
        let known = pairs.iter().filter_map(|(key, value)| Some((key, Key::of(key)?, value)));
        ServerRequest { pairs, settings: known.collect(), errors_found: ValidationErrors::default() }
    }

    /// Requires values for these keys.
    pub fn require(&mut self, names: &[&str]) {
        for name in names.iter().filter(|name| self.pairs.get(name).is_none()) {
            self.errors_found.add(name, errors::REQUIRED);
        }
    }

    /// Refuses to remove these settings.
    pub fn keep(&mut self, names: &[&str]) {
        for name in names.iter().filter(|name| self.pairs.named(name).is_some_and(str::is_empty)) {
            self.errors_found.add(name, errors::REQUIRED);
        }
    }

    /// Checks each value, and values that depend on each other. `server` is the server to be changed, if any.
    pub fn check(&mut self, cloud: &CloudSigma, user: &str, server: Option<&Server>) {
        for (name, key, value) in &self.settings {
            let wrong = if value.is_empty() { None } else { wrong(cloud, user, *key, value) };
            if let Some(message) = wrong {
                self.errors_found.add(name, message);
            }
        }
        let mut whole = server.map(|server| server.settings.clone()).unwrap_or_default();
        self.apply(&mut whole);
        if let Some(message) = too_much_per_processor(&whole) {
            self.errors_found.add("smp", message);
        }
        for (name, _, value) in self.settings.iter().filter(|(_, key, value)| *key == Key::Mac && !value.is_empty()) {
            let vlan = name.replace(":mac", ":vlan");
            let vlan = whole.get(&vlan).map_or("", String::as_str);
            if is_mac_taken(cloud, user, server, vlan, value) {
                self.errors_found.add(name, "The MAC address should be unique on the VLAN.");
            }
        }
    }

    /// The first key that would change the hardware of a server.
    pub fn changes_hardware(&self, server: &Server) -> Option<&str> {
        let mut changed = self.settings.iter().filter(|(name, key, _)| key.is_hardware(name));
        changed.find(|(name, _, value)| server.setting(name) != *value).map(|(name, ..)| *name)
    }

    /// Those that have a value.
    pub fn set(&self) -> BTreeMap<String, String> {
        let mut settings = BTreeMap::new();
        self.apply(&mut settings);
        settings
    }

    /// Applies the settings to those of an existing server.
    pub fn apply(&self, settings: &mut BTreeMap<String, String>) {
        for (name, _, value) in &self.settings {
            match *value {
                "" => settings.remove(*name),
                value => settings.insert((*name).to_owned(), value.to_owned()),
            };
        }
    }
}

/// Adds generated settings: a MAC address for every interface on a VLAN.
pub fn complete(settings: &mut BTreeMap<String, String>, ctx: &mut Context) {
    let vlans = settings.keys().filter_map(|key| key.strip_suffix(":vlan")).map(|nic| format!("{nic}:mac"));
    for mac in vlans.filter(|mac| !settings.contains_key(mac)).collect::<Vec<_>>() {
        // Sets the locally administered bit and clears the multicast bit.
        let [first, rest @ ..] = ctx.bytes::<6>();
        let rest = rest.map(|byte| format!("{byte:02x}")).join(":");
        settings.insert(mac, format!("{:02x}:{rest}", (first & 0xfc) | 2));
    }
}

/// The number of processors for `auto`: as many as the CPU quota needs.
pub fn processors(settings: &BTreeMap<String, String>) -> i64 {
    let cpu: i64 = settings.get("cpu").and_then(|cpu| cpu.parse().ok()).unwrap_or(0);
    cpu.saturating_add(MOST_PER_PROCESSOR - 1).div_euclid(MOST_PER_PROCESSOR).max(1)
}

/// The error in a single value, if any.
fn wrong(cloud: &CloudSigma, user: &str, key: Key, value: &str) -> Option<String> {
    let choice = |choices: &[&str]| (!choices.contains(&value)).then(|| errors::no_choice(value));
    match key {
        Key::Name | Key::Text => None,
        Key::Number => number(value),
        Key::Processors if value == "auto" => None,
        Key::Processors => number(value),
        Key::Device => {
            let found = drives::readable(cloud, user, value).is_ok();
            (!found).then(|| errors::not_found_text("Drive UUID"))
        }
        Key::Media => choice(&["cdrom", "disk"]),
        Key::Boot => {
            let stranger = value.split_whitespace().find(|device| !keys::is_device(device));
            stranger.map(errors::no_choice)
        }
        Key::Model => choice(&MODELS),
        Key::Address if value == "auto" => None,
        Key::Address => {
            let found = cloud.ips.get(value).is_some_and(|ip| *ip.owner == *user);
            (!found).then(|| errors::not_found_text("IP address"))
        }
        Key::Vlan => {
            let found = cloud.vlans.get(value).is_some_and(|vlan| *vlan.owner == *user);
            (!found).then(|| errors::not_found_text("VLAN UUID"))
        }
        Key::Mac => {
            let parts: Vec<_> = value.split(':').collect();
            let hex = |part: &&str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
            (parts.len() != 6 || !parts.iter().all(hex)).then(|| "Enter a valid MAC address.".into())
        }
        Key::On => choice(&["on"]),
        Key::Flag => choice(&["true", "false"]),
    }
}

fn number(value: &str) -> Option<String> {
    match value.parse::<i64>() {
        Ok(number) if number < 1 => Some(errors::at_least(1)),
        Ok(number) if number > MOST => Some(errors::at_most(MOST)),
        Ok(_) if value.bytes().all(|byte| byte.is_ascii_digit()) => None,
        _ => Some(errors::WHOLE_NUMBER.into()),
    }
}

fn too_much_per_processor(settings: &BTreeMap<String, String>) -> Option<String> {
    let smp: i64 = settings.get("smp")?.parse().ok()?;
    let needed = processors(settings);
    (smp < needed).then(|| format!("Maximum is 2.2GHz per core: {needed} or more are needed."))
}

fn is_mac_taken(cloud: &CloudSigma, user: &str, server: Option<&Server>, vlan: &str, mac: &str) -> bool {
    let mut others = cloud.servers.of(user).filter(|other| server.is_none_or(|server| server.id != other.id));
    others.any(|other| {
        let mut macs =
            other.settings.iter().filter(|(key, value)| keys::is_mac(key) && value.eq_ignore_ascii_case(mac));
        macs.any(|(key, _)| other.setting(&key.replace(":mac", ":vlan")) == vlan)
    })
}
