//! Who answers where: every service at its own port and path, and all of them once more for every world
//! under `/worlds/{world}/{cloud}/{service}` of the control port.

use crate::app::App;
use crate::control::Control;
use crate::engine::{AnyService, Endpoints, Id};
use crate::http::{self, Mount};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub struct Listeners {
    app: Arc<App>,
    control: Arc<dyn AnyService>,
    control_port: u16,
    /// The mounts of the world that the ports serve.
    ports: BTreeMap<u16, Vec<Mount>>,
    /// By cloud, the names of its services.
    services: BTreeMap<String, Arc<Vec<String>>>,
}

impl Listeners {
    /// It fails where two services want the same place.
    pub fn new(app: Arc<App>) -> Result<Self, String> {
        let control: Arc<dyn AnyService> = Arc::new(Control::new(app.clone()));
        let control_port = app.config.port(app.config.control_port)?;
        let mut listeners =
            Listeners { app: app.clone(), control, control_port, ports: BTreeMap::new(), services: BTreeMap::new() };
        let control = listeners.control_of(String::new(), &app.live);
        listeners.ports.entry(control_port).or_default().push(control);
        for cloud in &app.clouds {
            let names = cloud.services.iter().map(|service| service.name().to_owned()).collect();
            listeners.services.insert(cloud.config.name.clone(), Arc::new(names));
            for service in &cloud.services {
                let Some((port, prefix)) = cloud.place(&app.config, service.name())? else { continue };
                let name = Id::from(cloud.config.name.as_str());
                listeners.open(
                    port,
                    Mount {
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

    fn open(&mut self, port: u16, mount: Mount) -> Result<(), String> {
        let mounts = self.ports.entry(port).or_default();
        if let Some(other) = mounts.iter().find(|other| other.prefix == mount.prefix) {
            return Err(format!("{} and {} both want port {port}{}", other.cloud, mount.cloud, mount.prefix));
        }
        mounts.push(mount);
        Ok(())
    }

    fn control_of(&self, prefix: String, live: &Arc<crate::engine::Live>) -> Mount {
        let endpoints = Endpoints::Paths(Arc::default());
        Mount { prefix, live: live.clone(), cloud: "control".into(), service: self.control.clone(), endpoints }
    }

    /// What stands under `/worlds/{world}/`: a service of a cloud, or the control API of that world.
    fn in_world(&self, path: &str) -> Option<Mount> {
        let (world, rest) = path.strip_prefix("/worlds/")?.split_once('/')?;
        let live = self.app.worlds.get(world)?;
        let mut segments = rest.split('/');
        let (cloud, service) = (segments.next()?, segments.next().unwrap_or_default());
        let Some(services) = self.services.get(cloud).filter(|names| names.iter().any(|name| name == service)) else {
            return Some(self.control_of(format!("/worlds/{world}"), &live));
        };
        let running = self.app.clouds.iter().find(|running| running.config.name == cloud)?;
        let answering = running.services.iter().find(|one| one.name() == service)?;
        let path = format!("/worlds/{world}/{cloud}");
        Some(Mount {
            prefix: format!("{path}/{service}"),
            live,
            cloud: cloud.into(),
            service: answering.clone(),
            endpoints: Endpoints::Under { path, services: services.clone() },
        })
    }
}

impl App {
    /// Listens on all ports until the process is told to stop.
    pub async fn serve(self: Arc<Self>) -> std::io::Result<()> {
        let listeners = Listeners::new(self.clone()).map_err(std::io::Error::other)?;
        let app = self.clone();
        tokio::spawn(async move { app.worlds.run().await });
        let app = self.clone();
        http::serve(&self.config.bind, Arc::new(listeners), move || app.ready.store(true, Ordering::Release)).await
    }
}

impl http::Router for Listeners {
    fn ports(&self) -> Vec<u16> {
        self.ports.keys().copied().collect()
    }

    /// Of a port's mounts the one with the longest prefix that fits.
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
}
