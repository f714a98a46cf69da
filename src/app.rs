//! The whole of a running nephos: its clouds, its world, and who answers on which port.

use crate::clouds::provider::{CloudSettings, Provider};
use crate::config::{CloudConfig, Config};
use crate::engine::{AnyService, Endpoints, Live, Names, World, Worlds};
use crate::scenarios;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What `nephos serve` runs.
pub struct App {
    pub config: Config,
    pub clouds: Vec<RunningCloud>,
    /// The world that the ports serve.
    pub live: Arc<Live>,
    /// All worlds, the one that the ports serve among them.
    pub worlds: Worlds,
    /// What orders may name.
    pub names: Names,
    /// True once every port listens.
    pub ready: AtomicBool,
}

/// A cloud with its services, and where they are.
pub struct RunningCloud {
    pub config: CloudConfig,
    pub settings: Box<dyn CloudSettings>,
    pub services: Vec<Arc<dyn AnyService>>,
    pub endpoints: Endpoints,
}

impl App {
    /// Seeds the world; nothing listens yet.
    pub fn new(config: Config) -> Result<App, String> {
        let mut world = World::new(config.clock()?, config.seed, config.timing()?);
        *world.limits_mut() = config.limits()?;
        let mut clouds = vec![];
        for cloud in &config.clouds {
            let settings = cloud.settings()?;
            settings.open(&mut world, &cloud.name).map_err(|error| format!("cloud {}: {error}", cloud.name))?;
            let services = services_of(&clouds, cloud.kind).unwrap_or_else(cloud.kind.services);
            clouds.push(RunningCloud::new(&config, cloud, settings, services)?);
        }
        let names = names(&clouds);
        for scenario in &config.scenarios {
            let scenario = scenarios::load(scenario, &names)?;
            let name = scenario.name.clone();
            world.apply(scenario.into()).map_err(|error| format!("scenario {name}: {error}"))?;
        }
        let seed = config.seed;
        let live = Arc::new(Live::new(world, seed));
        Ok(App { names, worlds: Worlds::new(live.clone()), config, clouds, live, ready: AtomicBool::new(false) })
    }
}

/// Clouds of one kind have the same services: they hold nothing of the cloud's own.
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
        let named = cloud.ports.keys().chain(cloud.paths.keys());
        for name in named {
            if !services.iter().any(|service| service.name() == name) {
                let known: Vec<_> = services.iter().map(|service| service.name()).collect();
                return Err(format!("cloud {}: no service {name}; there are {}", cloud.name, known.join(", ")));
            }
        }
        let endpoints = match cloud.port {
            Some(_) => Endpoints::Paths(Arc::new(cloud.paths.clone().into_iter().collect())),
            None => {
                let at = |(name, port): (&String, &u16)| config.port(*port).map(|port| (name.clone(), port));
                Endpoints::Ports(Arc::new(cloud.ports.iter().map(at).collect::<Result<_, _>>()?))
            }
        };
        Ok(RunningCloud { config: cloud.clone(), settings, services, endpoints })
    }

    /// The port and the path of a service, if this cloud offers it.
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
