//! The configuration: clouds, ports, seed data, clock. The defaults are a file of the same format (`default.toml`); a
//! config file overrides and extends them.

mod check;
mod token;

use crate::clouds::provider::{CloudSettings, Provider};
use crate::clouds::providers;
use crate::engine::{Clock, LimitPlan, Profile, Range, Timing};
use chrono::{DateTime, Utc};
use clap::ValueEnum;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroUsize;
use std::path::Path;

const DEFAULT: &str = include_str!("../default.toml");

/// The configuration of a nephos, as `default.toml` and `--config` have it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The address to listen on.
    pub bind: String,
    /// The port of the control API, before `port_offset`.
    pub control_port: u16,
    /// The address of the control API, if it is not `bind`.
    #[serde(default)]
    pub control_bind: Option<String>,
    /// Names by which clients may address the control API, besides loopback names and addresses, its own address and
    /// `public_host`.
    #[serde(default)]
    pub control_hosts: Vec<String>,
    /// The token of the control API. Without it, one is made at the start if the control API can be reached from other
    /// machines.
    #[serde(default)]
    pub control_token: Option<String>,
    /// If true, the control API never asks for a token.
    #[serde(default)]
    pub control_open: bool,
    /// Where clouds may fetch what clients ask them to download; nowhere by default.
    #[serde(default)]
    pub allow_fetch: Vec<FetchArea>,
    /// The number of threads that answer requests; without it, the number of cores.
    #[serde(default)]
    pub workers: Option<NonZeroUsize>,
    /// A number that is added to all ports.
    #[serde(default)]
    pub port_offset: u16,
    /// The host by which clients reach this one, if it is not `bind`. Only for addresses that are printed: links are on the
    /// host that the client used.
    #[serde(default)]
    pub public_host: Option<String>,
    /// The ports by which clients reach those that nephos listens on, as behind `docker run -p 15000:5000`: `"5000" = 15000`.
    #[serde(default)]
    pub public_ports: BTreeMap<String, u16>,
    /// The seed of ids and random choices.
    pub seed: u64,
    /// How long transitions take.
    pub timing: Profile,
    /// Delays by glob of transition names: `"cinder.*" = "2s..5s"`.
    #[serde(default)]
    pub delays: BTreeMap<String, String>,
    /// `real`, `frozen`, or a speed: `10`.
    pub clock: String,
    /// The virtual time at the start; without it, the real time.
    #[serde(default)]
    pub start: Option<DateTime<Utc>>,
    /// Scenarios to apply at the start: names of built-in ones, or files.
    #[serde(default)]
    pub scenarios: Vec<String>,
    /// Whether rate limits are on. Without it they are, unless the clock is frozen at the start: rates are measured on the
    /// virtual clock.
    #[serde(default)]
    pub rate_limits: Option<bool>,
    /// The largest single streamed body or other content, in bytes.
    pub max_body: u64,
    /// The most that all contents (images, drives) of all worlds take up, in bytes.
    pub max_blob_bytes: u64,
    /// The maximum number of worlds, including the default one.
    pub max_worlds: usize,
    #[serde(default, rename = "cloud")]
    pub clouds: Vec<CloudConfig>,
}

/// A part of the network from which clouds may fetch.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum FetchArea {
    /// `http://` on loopback addresses, except on ports of this nephos.
    Loopback,
}

/// One cloud. Each of its services has a port (`ports`), or they share one port and each has a path (`port`, `paths`).
#[derive(Clone, Debug, Deserialize)]
pub struct CloudConfig {
    pub name: String,
    #[serde(deserialize_with = "provider")]
    pub kind: &'static Provider,
    /// Ports by service.
    #[serde(default)]
    pub ports: BTreeMap<String, u16>,
    #[serde(default)]
    pub port: Option<u16>,
    /// Paths by service; empty for the root.
    #[serde(default)]
    pub paths: BTreeMap<String, String>,
    /// The rate limit: `{ rate = "50/s", burst = 100 }`.
    #[serde(default)]
    pub limits: serde_json::Map<String, serde_json::Value>,
    /// The keys that only clouds of this kind have.
    #[serde(flatten)]
    pub own: toml::Table,
}

fn provider<'de, D: Deserializer<'de>>(name: D) -> Result<&'static Provider, D::Error> {
    providers::named(&String::deserialize(name)?).map_err(D::Error::custom)
}

impl CloudConfig {
    /// The settings that only clouds of this kind have.
    pub fn settings(&self) -> Result<Box<dyn CloudSettings>, String> {
        let (name, kind) = (&self.name, self.kind.name);
        let settings = (self.kind.settings)(self.own.clone());
        let checked = settings.and_then(|settings| settings.check().map(|()| settings));
        checked.map_err(|error| format!("cloud {name} ({kind}): {error}"))
    }
}

impl Config {
    /// The defaults, overridden by the file. A cloud with the name of a default cloud overrides the keys that it has; other
    /// clouds are added. `clouds = "own"` leaves the default clouds out.
    pub fn load(file: Option<&Path>) -> Result<Config, String> {
        let text = match file {
            Some(file) => std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?,
            None => String::new(),
        };
        Config::parse(&text).map_err(|error| match file {
            Some(file) => format!("{}: {error}", file.display()),
            None => error,
        })
    }

    /// As [`Config::load`], from the text of a file.
    pub fn parse(text: &str) -> Result<Config, String> {
        let mut merged: toml::Table = DEFAULT.parse().map_err(|error| format!("default.toml: {error}"))?;
        place_services(&mut merged)?;
        let file: toml::Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
        merge(&mut merged, file)?;
        let config: Config =
            toml::Value::Table(merged).try_into().map_err(|error: toml::de::Error| error.to_string())?;
        config.check()?;
        Ok(config)
    }

    /// The clock of the default world.
    pub fn clock(&self) -> Result<Clock, String> {
        let start = self.start.unwrap_or_else(Clock::real);
        if !Clock::can_show(start) {
            return Err(format!("start = {start}: the year must be from 1970 to 9999"));
        }
        match self.clock.as_str() {
            "real" => Ok(Clock::running_from(start, 1.0)),
            "frozen" => Ok(Clock::frozen_at(start)),
            speed => match speed.trim_end_matches('x').parse::<f64>() {
                Ok(speed) if speed > 0.0 && Clock::can_run_at(speed) => Ok(Clock::running_from(start, speed)),
                _ => Err(format!("clock = {speed:?}: expected `real`, `frozen` or a speed such as `10`")),
            },
        }
    }

    /// The delays of transitions of the default world.
    pub fn timing(&self) -> Result<Timing, String> {
        let mut timing = Timing::of(self.timing);
        for (glob, range) in &self.delays {
            let range = Range::parse(range);
            timing.set(glob, range.ok_or_else(|| format!("delays.{glob:?}: expected \"10s\" or \"2s..5s\""))?);
        }
        Ok(timing)
    }

    /// The rate limits of the default world.
    pub fn limits(&self) -> Result<LimitPlan, String> {
        let mut plan = LimitPlan::new(self.rate_limits.unwrap_or(self.clock != "frozen"));
        for cloud in self.clouds.iter().filter(|cloud| !cloud.limits.is_empty()) {
            let at = ["cloud".to_owned(), cloud.name.clone(), "limits".to_owned()];
            let changed = plan.change(&cloud.name, &cloud.limits.clone().into(), &at);
            changed.map_err(|error| error.to_string())?;
        }
        Ok(plan)
    }

    /// All ports of the configuration without `port_offset`, in ascending order.
    pub fn ports(&self) -> Vec<u16> {
        let of_clouds = self.clouds.iter().flat_map(|cloud| cloud.port.iter().chain(cloud.ports.values()));
        let mut ports: Vec<_> = of_clouds.copied().chain([self.control_port]).collect();
        ports.sort_unstable();
        ports
    }

    /// The number of threads that answer requests: from 1 to 512, which is the maximum of actix-server.
    pub fn workers(&self) -> Result<usize, String> {
        const MAX: usize = 512;
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MAX);
        match self.workers.map_or_else(cores, NonZeroUsize::get) {
            workers if workers <= MAX => Ok(workers),
            workers => Err(format!("workers = {workers}: the number must be from 1 to {MAX}")),
        }
    }

    /// The port by which clients reach a port of the configuration.
    pub fn public_port(&self, port: u16) -> Result<u16, String> {
        let own = self.port(port)?;
        Ok(self.public_ports.get(&own.to_string()).copied().unwrap_or(own))
    }

    /// The address on which the control API listens.
    pub fn control_bind(&self) -> &str {
        self.control_bind.as_deref().unwrap_or(&self.bind)
    }

    /// True if only this machine can reach the clouds.
    pub fn is_local(&self) -> bool {
        is_loopback(&self.bind)
    }

    /// True if other machines can reach the control API.
    pub fn is_control_exposed(&self) -> bool {
        !is_loopback(self.control_bind())
    }

    /// The host of the control API in printed addresses.
    pub fn control_host(&self) -> String {
        match &self.control_bind {
            Some(bind) => printed_host(bind),
            None => self.public_host(),
        }
    }

    /// The host in printed addresses.
    pub fn public_host(&self) -> String {
        printed_host(self.public_host.as_deref().unwrap_or(&self.bind))
    }

    /// A port with `port_offset` added.
    pub fn port(&self, port: u16) -> Result<u16, String> {
        port.checked_add(self.port_offset).ok_or_else(|| format!("port {port} + {} is above 65535", self.port_offset))
    }
}

fn is_loopback(address: &str) -> bool {
    address == "localhost" || address.parse().is_ok_and(|ip: IpAddr| ip.to_canonical().is_loopback())
}

/// A host in an address. An IPv6 address is in brackets; the loopback address stands for all addresses.
pub fn printed_host(host: &str) -> String {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
        Ok(IpAddr::V6(ip)) if ip.is_unspecified() => format!("[{}]", Ipv6Addr::LOCALHOST),
        Ok(IpAddr::V6(ip)) => format!("[{ip}]"),
        _ => host.to_owned(),
    }
}

/// Gives each default cloud the ports of its provider, or the paths if it has one port.
fn place_services(defaults: &mut toml::Table) -> Result<(), String> {
    let clouds = defaults.get_mut("cloud").and_then(toml::Value::as_array_mut).into_iter().flatten();
    for cloud in clouds.filter_map(toml::Value::as_table_mut) {
        let kind = cloud.get("kind").and_then(toml::Value::as_str).unwrap_or_default();
        let places = (providers::named(kind)?.places)().into_iter();
        let (key, places) = match cloud.contains_key("port") {
            true => ("paths", places.map(|place| (place.service.into(), place.path.into())).collect::<toml::Table>()),
            false => (
                "ports",
                places.filter_map(|place| Some((place.service.into(), i64::from(place.port?).into()))).collect(),
            ),
        };
        cloud.insert(key.into(), places.into());
    }
    Ok(())
}

/// Overrides the defaults by the keys of the file. Clouds are matched by name.
fn merge(base: &mut toml::Table, mut file: toml::Table) -> Result<(), String> {
    let clouds = file.remove("cloud").unwrap_or(toml::Value::Array(vec![]));
    let toml::Value::Array(clouds) = clouds else { return Err("expected clouds as [[cloud]]".into()) };
    let mut all = match base.remove("cloud") {
        Some(toml::Value::Array(all)) => all,
        _ => vec![],
    };
    match file.remove("clouds") {
        Some(toml::Value::String(own)) if own == "own" => all.clear(),
        Some(toml::Value::String(default)) if default == "default" => {}
        Some(other) => return Err(format!("clouds = {other}: expected \"default\" or \"own\"")),
        None => {}
    }
    for cloud in clouds {
        let toml::Value::Table(cloud) = cloud else { return Err("expected clouds as [[cloud]]".into()) };
        let same = |known: &&mut toml::Value| known.get("name") == cloud.get("name");
        match all.iter_mut().find(same).and_then(toml::Value::as_table_mut) {
            Some(known) => known.extend(cloud),
            None => all.push(cloud.into()),
        }
    }
    base.extend(file);
    base.insert("cloud".into(), toml::Value::Array(all));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_overrides_and_adds_clouds() {
        let text = r#"
            seed = 9
            [[cloud]]
            name = "gozunga"
            region = "elsewhere"
            [[cloud]]
            name = "third"
            kind = "openstack"
            region = "r"
            port = 5999
            paths = { keystone = "/identity" }
        "#;
        let config = Config::parse(text).unwrap();
        assert_eq!(config.seed, 9);
        let region = |own: &toml::Table| own.get("region").and_then(toml::Value::as_str).unwrap_or_default().to_owned();
        let names: Vec<_> = config.clouds.iter().map(|cloud| (cloud.name.as_str(), region(&cloud.own))).collect();
        let all = [
            ("gozunga", "elsewhere"),
            ("xloud", "RegionOne"),
            ("cloudsigma", ""),
            ("openstackid", ""),
            ("cloudzy", ""),
            ("third", "r"),
        ]
        .map(|(name, region)| (name, region.to_owned()));
        assert_eq!(names, all);
        assert_eq!(config.clouds[0].ports["keystone"], 5000);
    }

    #[test]
    fn there_are_as_many_workers_as_cores_unless_a_number_is_given() {
        let cores = std::thread::available_parallelism().unwrap().get();
        assert_eq!(Config::parse("").unwrap().workers(), Ok(cores));
        assert_eq!(Config::parse("workers = 7").unwrap().workers(), Ok(7));
    }
}
