//! The configuration: clouds, ports, seed data, clock. The defaults are a file of the same format (`default.toml`); a
//! config file overrides and extends them.

use crate::clouds::provider::{CloudSettings, Provider};
use crate::clouds::providers;
use crate::engine::{Clock, LimitPlan, Profile, Range, Timing};
use chrono::{DateTime, Utc};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroUsize;
use std::path::Path;

const DEFAULT: &str = include_str!("default.toml");

/// The configuration of a nephos, as `default.toml` and `--config` have it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The address to listen on.
    pub bind: String,
    /// The port of the control API, before `port_offset`.
    pub control_port: u16,
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
    #[serde(default, rename = "cloud")]
    pub clouds: Vec<CloudConfig>,
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
        (self.kind.settings)(self.own.clone()).map_err(|error| format!("cloud {name} ({kind}): {error}"))
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

    fn check(&self) -> Result<(), String> {
        self.clock()?;
        self.timing()?;
        self.limits()?;
        self.workers()?;
        if let Some(port) = self.public_ports.keys().find(|port| port.parse::<u16>().is_err()) {
            return Err(format!("public_ports: {port} is not a port"));
        }
        for cloud in &self.clouds {
            match (cloud.port, cloud.ports.is_empty(), cloud.paths.is_empty()) {
                (None, false, true) | (Some(_), true, false) => {}
                _ => return Err(format!("cloud {}: either `ports`, or `port` and `paths` are required", cloud.name)),
            }
            cloud.settings()?;
        }
        let mut names: Vec<_> = self.clouds.iter().map(|cloud| &cloud.name).collect();
        names.sort();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("there are two clouds {}", pair[0])),
            None => Ok(()),
        }
    }

    /// The clock of the default world.
    pub fn clock(&self) -> Result<Clock, String> {
        let start = self.start.unwrap_or_else(Clock::real);
        match self.clock.as_str() {
            "real" => Ok(Clock::running_from(start, 1.0)),
            "frozen" => Ok(Clock::frozen_at(start)),
            speed => match speed.trim_end_matches('x').parse::<f64>() {
                Ok(speed) if speed > 0.0 && speed <= 1e6 => Ok(Clock::running_from(start, speed)),
                _ => Err(format!("clock = {speed:?}: expected `real`, `frozen` or a speed such as `10`")),
            },
        }
    }

    /// The delays of transitions of the default world.
    pub fn timing(&self) -> Result<Timing, String> {
        let mut timing = Timing::of(self.timing);
        for (glob, range) in &self.delays {
            let range = Range::parse(range);
            timing.set(glob, range.ok_or_else(|| format!("delay of {glob:?}: expected \"10s\" or \"2s..5s\""))?);
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

    /// True if only this machine can reach nephos.
    pub fn is_local(&self) -> bool {
        self.bind == "localhost" || self.bind.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
    }

    /// The host in printed addresses. An IPv6 address is in brackets; the loopback address stands for all addresses.
    pub fn public_host(&self) -> String {
        let host = self.public_host.as_deref().unwrap_or(&self.bind);
        match host.parse::<IpAddr>() {
            Ok(IpAddr::V4(ip)) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
            Ok(IpAddr::V6(ip)) if ip.is_unspecified() => format!("[{}]", Ipv6Addr::LOCALHOST),
            Ok(IpAddr::V6(ip)) => format!("[{ip}]"),
            _ => host.to_owned(),
        }
    }

    /// A port with `port_offset` added.
    pub fn port(&self, port: u16) -> Result<u16, String> {
        port.checked_add(self.port_offset).ok_or_else(|| format!("port {port} + {} is above 65535", self.port_offset))
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
    match file.remove("clouds").as_ref().and_then(toml::Value::as_str) {
        Some("own") => all.clear(),
        Some("default") | None => {}
        Some(other) => return Err(format!("clouds = {other:?}: expected \"default\" or \"own\"")),
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

    #[test]
    fn errors_name_the_key() {
        for (text, expected) in [
            ("colour = 1", "colour"),
            ("workers = 0", "workers"),
            ("workers = 513", "workers"),
            ("clock = \"fast\"", "clock"),
            ("[delays]\n\"cinder.*\" = \"soon\"", "cinder.*"),
            ("[[cloud]]\nname = \"x\"\nkind = \"openstack\"\nregion = \"r\"", "ports"),
            ("[[cloud]]\nname = \"x\"\nkind = \"cirrus\"", "cirrus"),
            ("[[cloud]]\nname = \"xloud\"\ncolour = 1", "cloud xloud (openstack): unknown field `colour`"),
            (
                "[[cloud]]\nname = \"cloudzy\"\ncloudzy = { colour = 1 }",
                "cloud cloudzy (cloudzy): unknown field `colour`",
            ),
        ] {
            let error = Config::parse(text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
