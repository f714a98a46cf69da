//! Which service answers at which port and path: the default world's services at the ports and paths of the
//! configuration, and those of every world under `/worlds/{world}/{cloud}/{service}` of the control port.

use crate::app::App;
use crate::config::{Config, FetchArea};
use crate::control::Control;
use crate::engine::{AnyService, BlobRoom, Endpoints, Id, Live, UnmatchedRequest};
use crate::http::{self, FetchRules, Mount};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The router of a nephos.
pub struct Listeners {
    app: Arc<App>,
    control: Arc<dyn AnyService>,
    control_port: u16,
    fetch_rules: FetchRules,
    /// The mounts of the default world.
    ports: BTreeMap<u16, Vec<Mount>>,
    /// The names of the services, by cloud.
    services: BTreeMap<String, Arc<Vec<String>>>,
}

impl Listeners {
    /// Fails if two services have the same port and path.
    pub fn new(app: Arc<App>) -> Result<Self, String> {
        let control: Arc<dyn AnyService> = Arc::new(Control::new(app.clone()));
        let control_port = app.config.port(app.config.control_port)?;
        let fetch_rules = fetch_rules(&app.config)?;
        let (ports, services) = (BTreeMap::new(), BTreeMap::new());
        let mut listeners = Listeners { app: app.clone(), control, control_port, fetch_rules, ports, services };
        let control = listeners.control_mount(String::new(), &app.live);
        listeners.ports.entry(control_port).or_default().push(control);
        for cloud in &app.clouds {
            let names = cloud.services.iter().map(|service| service.name().to_owned()).collect();
            listeners.services.insert(cloud.config.name.clone(), Arc::new(names));
            for service in &cloud.services {
                let Some((port, prefix)) = cloud.place(&app.config, service.name())? else { continue };
                let name = Id::from(cloud.config.name.as_str());
                listeners.mount(
                    port,
                    Mount {
                        own_prefix: prefix.clone(),
                        prefix,
                        live: app.live.clone(),
                        cloud: name,
                        service: service.clone(),
                        endpoints: cloud.endpoints.clone(),
                    },
                )?;
            }
        }
        Ok(listeners)
    }

    fn mount(&mut self, port: u16, mount: Mount) -> Result<(), String> {
        let mounts = self.ports.entry(port).or_default();
        if let Some(other) = mounts.iter().find(|other| other.prefix == mount.prefix) {
            return Err(format!("{} and {} both have port {port}{}", other.cloud, mount.cloud, mount.prefix));
        }
        mounts.push(mount);
        Ok(())
    }

    fn control_mount(&self, prefix: String, live: &Arc<Live>) -> Mount {
        let endpoints = Endpoints::Paths(Arc::default());
        Mount {
            own_prefix: prefix.clone(),
            prefix,
            live: live.clone(),
            cloud: "control".into(),
            service: self.control.clone(),
            endpoints,
        }
    }

    /// The mount of a path under `/worlds/{world}/`: a service of a cloud, or the control API of that world.
    fn in_world(&self, path: &str) -> Option<Mount> {
        let (world, rest) = path.strip_prefix("/worlds/")?.split_once('/')?;
        let live = self.app.worlds.get(world)?;
        let mut segments = rest.split('/');
        let (cloud, name) = (segments.next()?, segments.next().unwrap_or_default());
        let Some(services) = self.services.get(cloud).filter(|names| names.iter().any(|one| one == name)) else {
            return Some(self.control_mount(format!("/worlds/{world}"), &live));
        };
        let running = self.app.clouds.iter().find(|running| running.config.name == cloud)?;
        let service = running.services.iter().find(|one| one.name() == name)?;
        let path = format!("/worlds/{world}/{cloud}");
        Some(Mount {
            prefix: format!("{path}/{name}"),
            own_prefix: running.config.paths.get(name).cloned().unwrap_or_default(),
            live,
            cloud: cloud.into(),
            service: service.clone(),
            endpoints: Endpoints::Under { path, services: services.clone() },
        })
    }
}

/// Clouds fetch from where the configuration allows it, but never from a port of this nephos, not even if clients reach
/// it by another one.
fn fetch_rules(config: &Config) -> Result<FetchRules, String> {
    let mut own_ports = config.ports().into_iter().map(|port| config.port(port)).collect::<Result<Vec<_>, _>>()?;
    own_ports.extend(config.public_ports.values());
    Ok(FetchRules { loopback: config.allow_fetch.contains(&FetchArea::Loopback), own_ports })
}

impl App {
    /// Listens on all ports until the process gets SIGINT or SIGTERM.
    pub async fn serve(self: Arc<Self>) -> std::io::Result<()> {
        self.serve_and(|_| ()).await
    }

    /// As [`App::serve`]; calls `listening` once all ports listen.
    pub async fn serve_and(self: Arc<Self>, listening: impl FnOnce(&App)) -> std::io::Result<()> {
        let listeners = Listeners::new(self.clone()).map_err(std::io::Error::other)?;
        let app = self.clone();
        tokio::spawn(async move { app.worlds.run().await });
        let app = self.clone();
        let ready = move || {
            app.ready.store(true, Ordering::Release);
            listening(&app);
        };
        BlobRoom::of_process().limit(self.config.max_blob_bytes, self.config.max_body);
        BlobRoom::of_process().make_room_for_files();
        let workers = self.config.workers().map_err(std::io::Error::other)?;
        http::serve(workers, Arc::new(listeners), ready).await
    }
}

impl http::Router for Listeners {
    fn addresses(&self) -> Vec<(String, u16)> {
        let config = &self.app.config;
        let host = |port| if port == self.control_port { config.control_bind() } else { config.bind.as_str() };
        self.ports.keys().map(|port| (host(*port).to_owned(), *port)).collect()
    }

    fn control_port(&self) -> u16 {
        self.control_port
    }

    fn fetch_rules(&self) -> &FetchRules {
        &self.fetch_rules
    }

    /// The mount of the port with the longest matching prefix.
    fn find(&self, port: u16, path: &str) -> Option<Cow<'_, Mount>> {
        if port == self.control_port
            && let Some(mount) = self.in_world(path)
        {
            return Some(Cow::Owned(mount));
        }
        let fits = |mount: &&Mount| {
            path.strip_prefix(mount.prefix.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mount = self.ports.get(&port)?.iter().filter(fits).max_by_key(|mount| mount.prefix.len())?;
        Some(Cow::Borrowed(mount))
    }

    fn unmatched(&self, port: u16, method: &'static str, path: &str) {
        let cloud = Id::from(format!("port {port}"));
        self.app.live.strict.record(UnmatchedRequest { cloud, service: "", method, path: path.into() });
    }
}
