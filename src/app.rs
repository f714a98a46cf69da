//! The whole of a running nephos: its clouds, its world, and who answers on which port.

use crate::clouds::openstack::{self, Site};
use crate::config::{CloudConfig, Config, Kind};
use crate::control::Control;
use crate::engine::{Endpoints, Id, Live, Mounted, World};
use crate::http::{self, Mount, Ports};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What `nephos serve` runs.
pub struct App {
    pub config: Config,
    pub clouds: Vec<RunningCloud>,
    pub live: Arc<Live>,
    /// The world as it was seeded: what a reset goes back to.
    pub seeded: Arc<World>,
    /// True once every port listens.
    pub ready: AtomicBool,
}

/// A cloud with its services, and where they are.
pub struct RunningCloud {
    pub config: CloudConfig,
    pub services: Vec<Arc<dyn Mounted>>,
    pub endpoints: Endpoints,
}

impl App {
    /// Seeds the world; nothing listens yet.
    pub fn new(config: Config) -> Result<App, String> {
        let mut world = World::new(config.clock()?, config.seed, config.timing()?);
        let mut clouds = vec![];
        for cloud in &config.clouds {
            let services = match cloud.kind {
                Kind::OpenStack => {
                    let site = Site { region: cloud.region.clone(), passwords: cloud.passwords };
                    let mut os = openstack::seed::seeded(site);
                    for user in &cloud.users {
                        openstack::seed::user(&mut os, &user.name, &user.password, &user.project, &user.roles);
                    }
                    world.add(&cloud.name, os);
                    openstack::services()
                }
            };
            clouds.push(RunningCloud::new(&config, cloud, services)?);
        }
        let seed = config.seed;
        let live = Arc::new(Live::new(world, seed));
        Ok(App { seeded: live.snapshot(), config, clouds, live, ready: AtomicBool::new(false) })
    }

    /// Listens on all ports until the process is told to stop.
    pub async fn serve(self: Arc<Self>) -> std::io::Result<()> {
        let ports = self.ports().map_err(std::io::Error::other)?;
        let live = self.live.clone();
        tokio::spawn(async move { live.run().await });
        let app = self.clone();
        http::serve(&self.config.bind, ports, move || app.ready.store(true, Ordering::Release)).await
    }

    /// Every service at its own place, and once more under `/worlds/default/` of the control port.
    fn ports(self: &Arc<Self>) -> Result<Ports, String> {
        let mut ports = Ports::new();
        let control: Arc<dyn Mounted> = Arc::new(Control::new(self.clone()));
        let at_control = ports.entry(self.config.port(self.config.control_port)?).or_default();
        at_control.push(self.mount(String::new(), "control", control, Endpoints::Paths(Arc::default())));
        for cloud in &self.clouds {
            let name = &cloud.config.name;
            let path = |service: &str| format!("/worlds/default/{name}/{service}");
            let paths = cloud.services.iter().map(|one| (one.name().to_owned(), path(one.name()))).collect();
            let endpoints = Endpoints::Paths(Arc::new(paths));
            for service in &cloud.services {
                at_control.push(self.mount(path(service.name()), name, service.clone(), endpoints.clone()));
            }
        }
        for cloud in &self.clouds {
            for service in &cloud.services {
                let Some((port, prefix)) = cloud.place(&self.config, service.name())? else { continue };
                let mount = self.mount(prefix, &cloud.config.name, service.clone(), cloud.endpoints.clone());
                let mounts = ports.entry(port).or_default();
                if let Some(other) = mounts.iter().find(|other| other.prefix == mount.prefix) {
                    return Err(format!("{} and {} both want port {port}{}", other.cloud, mount.cloud, mount.prefix));
                }
                mounts.push(mount);
            }
        }
        Ok(ports)
    }

    fn mount(&self, prefix: String, cloud: &str, service: Arc<dyn Mounted>, endpoints: Endpoints) -> Mount {
        Mount { prefix, live: self.live.clone(), cloud: Id::from(cloud), service, endpoints }
    }
}

impl RunningCloud {
    fn new(config: &Config, cloud: &CloudConfig, services: Vec<Arc<dyn Mounted>>) -> Result<Self, String> {
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
        Ok(RunningCloud { config: cloud.clone(), services, endpoints })
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
