//! The listeners: sockets, bodies in and out. The only code that knows actix.

mod answers;
mod broken;
mod fetch;
mod requests;

use crate::engine::{AnyService, Endpoints, Id, Live, wait};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use std::borrow::Cow;
use std::io;
use std::sync::Arc;

/// A service of a cloud of a world, at a path of a port.
#[derive(Clone)]
pub struct Mount {
    /// What comes before the service's own paths: ``, `/volume`.
    pub prefix: String,
    pub live: Arc<Live>,
    pub cloud: Id,
    pub service: Arc<dyn AnyService>,
    /// Where this cloud's services are for a client of this mount.
    pub endpoints: Endpoints,
}

/// Everything that answers.
pub trait Router: Send + Sync {
    fn ports(&self) -> Vec<u16>;
    /// Who answers at this path of this port.
    fn find(&self, port: u16, path: &str) -> Option<Cow<'_, Mount>>;
}

/// Runs what serves until it ends, in the runtime that the listeners need.
pub fn run<T>(serving: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(serving)
}

/// Listens on all ports of `bind` until the process is told to stop. `ready` runs once every port listens.
pub async fn serve(bind: &str, listeners: Arc<dyn Router>, ready: impl FnOnce()) -> io::Result<()> {
    let data = web::Data::new(listeners.clone());
    let app = move || App::new().app_data(data.clone()).default_service(web::to(enter));
    let mut server = HttpServer::new(app).workers(2).shutdown_timeout(1);
    for port in listeners.ports() {
        server = server.bind((bind, port)).map_err(|error| {
            io::Error::new(error.kind(), format!("{bind}:{port}: {error}; --port-offset moves all ports"))
        })?;
    }
    let server = server.run();
    ready();
    server.await
}

async fn enter(request: HttpRequest, payload: web::Payload, listeners: web::Data<Arc<dyn Router>>) -> HttpResponse {
    let port = request.app_config().local_addr().port();
    let Some(mount) = listeners.find(port, request.path()) else {
        return HttpResponse::NotFound().finish();
    };
    match requests::call(&request, payload, &mount).await {
        Ok(mut call) => {
            for address in mount.service.fetches(&mount.live, &mut call) {
                let content = fetch::fetch(&address).await;
                call.fetched.push((address, content));
            }
            let response = mount.service.dispatch(&mount.live, &mut call);
            if !call.disturbance.delay.is_zero() {
                wait(call.disturbance.delay).await;
            }
            match call.disturbance.broken {
                Some(broken) => broken::answer(response, broken),
                None => answers::answer(response),
            }
        }
        // The client went away, or sent something that is no HTTP body: there is nobody to talk to in dialect.
        Err(error) => HttpResponse::BadRequest().body(error),
    }
}
