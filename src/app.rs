//! A running nephos: its configuration, its clouds, and its worlds.

use crate::clouds::provider::{CloudSettings, Provider};
use crate::config::{CloudConfig, Config};
use crate::engine::{AnyService, Endpoints, Id, Live, Names, StrictReport, World, Worlds};
use crate::scenarios;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What `nephos serve` runs. Tests use it without sockets.
pub struct App {
    pub config: Config,
    pub clouds: Vec<RunningCloud>,
    /// The default world, which the ports serve.
    pub live: Arc<Live>,
    /// All worlds, including the default one.
    pub worlds: Worlds,
    /// The names that faults and scenarios may use.
    pub names: Names,
    /// The token of the control API, if nephos made it and nobody knows it yet.
    pub made_token: Option<String>,
    /// True once all ports listen.
    pub ready: AtomicBool,
}

/// A cloud of the configuration with its services and their addresses.
pub struct RunningCloud {
    pub config: CloudConfig,
    pub settings: Box<dyn CloudSettings>,
    pub services: Vec<Arc<dyn AnyService>>,
    /// The addresses of the services on the ports.
    pub endpoints: Endpoints,
}

impl App {
    /// Seeds the default world and applies the scenarios of the configuration. Nothing listens yet.
    pub fn new(mut config: Config) -> Result<App, String> {
        let made_token = config.make_control_token()?;
        let mut world = World::new(config.clock()?, config.seed, config.timing()?);
        *world.limits_mut() = config.limits()?;
        let mut clouds = vec![];
        for cloud in &config.clouds {
            let settings = cloud.settings()?;
            settings.open(&mut world, &cloud.name).map_err(|error| format!("cloud {}: {error}", cloud.name))?;
            // Among these are passwords, client secrets and API tokens.
            world.mix_into_secrets(cloud.own.to_string().as_bytes());
            let services = services_of(&clouds, cloud.kind).unwrap_or_else(cloud.kind.services);
            clouds.push(RunningCloud::new(&config, cloud, settings, services)?);
        }
        if !config.is_local() {
            world.make_secrets_unpredictable()?;
        }
        let names = names(&clouds);
        for scenario in &config.scenarios {
            let scenario = scenarios::load(scenario, &names)?;
            let name = scenario.name.clone();
            world.apply(scenario.into()).map_err(|error| format!("scenario {name}: {error}"))?;
        }
        let seed = config.seed;
        let live = Arc::new(Live::new(world, seed));
        let worlds = Worlds::new(live.clone(), config.max_worlds);
        Ok(App { names, worlds, made_token, config, clouds, live, ready: AtomicBool::new(false) })
    }

    /// What `--strict` found, one line each; empty if nothing. Covers all worlds, including deleted ones.
    pub fn strict_failures(&self) -> Vec<String> {
        self.worlds.strict_reports().iter().flat_map(|(world, report)| failures(world, report)).collect()
    }
}

fn failures(world: &Id, report: &StrictReport) -> Vec<String> {
    let mut lines = vec![];
    for (request, count) in &report.unmatched {
        let service = if request.service.is_empty() { "service" } else { request.service };
        let (cloud, method, path) = (&request.cloud, request.method, &request.path);
        lines.push(format!("world {world}: no operation of {cloud} {service} for {method} {path} ({count} requests)"));
    }
    if report.unlisted > 0 {
        lines.push(format!("world {world}: {} more requests without an operation", report.unlisted));
    }
    if report.untracked_faults > 0 {
        lines.push(format!(
            "world {world}: {} more faults, of which it is not known if they fired",
            report.untracked_faults
        ));
    }
    lines.extend(report.idle_faults.iter().map(|fault| format!("world {world}: never fired: {}", fault.source)));
    lines
}

/// Clouds of one provider share their services, which hold no state of a cloud.
fn services_of(clouds: &[RunningCloud], kind: &Provider) -> Option<Vec<Arc<dyn AnyService>>> {
    clouds.iter().find(|cloud| cloud.config.kind.name == kind.name).map(|cloud| cloud.services.clone())
}

fn names(clouds: &[RunningCloud]) -> Names {
    let mut names = Names::default();
    for cloud in clouds {
        names.clouds.push(cloud.config.name.clone());
        let kind = cloud.config.kind;
        names.transitions.extend((kind.transitions)());
        names.changes.extend(kind.changes.iter().map(|name| (*name).to_owned()));
        for service in &cloud.services {
            names.services.push(service.name().into());
            names.operations.extend(service.operations().into_iter().map(|row| row.name.to_owned()));
        }
    }
    for list in [&mut names.services, &mut names.operations, &mut names.transitions, &mut names.changes] {
        list.sort();
        list.dedup();
    }
    names
}

impl RunningCloud {
    fn new(
        config: &Config,
        cloud: &CloudConfig,
        settings: Box<dyn CloudSettings>,
        services: Vec<Arc<dyn AnyService>>,
    ) -> Result<Self, String> {
        let endpoints = match cloud.port {
            Some(_) => Endpoints::Paths(Arc::new(cloud.paths.clone().into_iter().collect())),
            None => {
                let at = |(name, port): (&String, &u16)| config.public_port(*port).map(|port| (name.clone(), port));
                Endpoints::Ports(Arc::new(cloud.ports.iter().map(at).collect::<Result<_, _>>()?))
            }
        };
        Ok(RunningCloud { config: cloud.clone(), settings, services, endpoints })
    }

    /// The public port and the path of a service, for addresses.
    pub fn public_place(&self, config: &Config, service: &str) -> Result<Option<(u16, String)>, String> {
        let port = self.config.port.or_else(|| self.config.ports.get(service).copied());
        let Some(((_, path), port)) = self.place(config, service)?.zip(port) else { return Ok(None) };
        Ok(Some((config.public_port(port)?, path)))
    }

    /// The port and the path of a service, or `None` if the cloud's configuration leaves the service out.
    pub fn place(&self, config: &Config, service: &str) -> Result<Option<(u16, String)>, String> {
        match self.config.port {
            Some(port) => {
                let path = self.config.paths.get(service);
                path.map(|path| Ok((config.port(port)?, path.clone()))).transpose()
            }
            None => {
                let port = self.config.ports.get(service);
                port.map(|port| Ok((config.port(*port)?, String::new()))).transpose()
            }
        }
    }
}
