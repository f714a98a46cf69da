//! The command line.

use nephos::clouds::openstack::{self, Site};
use nephos::engine::{Clock, Endpoints, Live, Mounted, Profile, Timing, World};
use nephos::http::{Mount, Ports, serve};
use std::sync::Arc;

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let offset: u16 = std::env::args()
        .skip_while(|arg| arg != "--port-offset")
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let seed = 1;
    let mut world = World::new(Clock::running_from(Clock::real(), 1.0), seed, Timing::of(Profile::Fast));
    world.add("gozunga", openstack::seed::seeded(Site { region: "fsd1".into() }));
    let live = Arc::new(Live::new(world, seed));
    let services: Vec<Arc<dyn Mounted>> = openstack::services();
    let at = |name: &str| match name {
        "keystone" => 5000 + offset,
        _ => 8776 + offset,
    };
    let endpoints =
        Endpoints::Ports(Arc::new(services.iter().map(|one| (one.name().to_owned(), at(one.name()))).collect()));
    let mut ports = Ports::new();
    for service in services {
        let mount = Mount {
            prefix: String::new(),
            live: live.clone(),
            cloud: "gozunga".into(),
            service: service.clone(),
            endpoints: endpoints.clone(),
        };
        ports.insert(at(service.name()), vec![mount]);
    }
    let background = live.clone();
    actix_web::rt::spawn(async move { background.run().await });
    serve("127.0.0.1", ports, || println!("ready")).await
}
