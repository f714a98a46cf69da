//! Sockets and HTTP: turns actix requests into [`Call`](crate::engine::Call)s and responses into answers. The only code
//! that knows actix.

mod answers;
mod broken;
mod fetch;
mod requests;

use crate::engine::{AnyService, Endpoints, Id, Live, wait};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use std::borrow::Cow;
use std::io;
use std::sync::Arc;

/// A service of a cloud of a world, mounted at a path.
#[derive(Clone)]
pub struct Mount {
    /// The part of the path before the service's own: ``, `/volume`.
    pub prefix: String,
    /// The prefix of the service where the configuration puts it; see [`Call::own_prefix`](crate::engine::Call).
    pub own_prefix: String,
    pub live: Arc<Live>,
    pub cloud: Id,
    pub service: Arc<dyn AnyService>,
    /// The addresses of this cloud's services, for links and catalogs in answers at this mount.
    pub endpoints: Endpoints,
}

/// Decides which service answers a request.
pub trait Router: Send + Sync {
    /// The ports to listen on.
    fn ports(&self) -> Vec<u16>;
    /// The service that answers at this path of this port.
    fn find(&self, port: u16, path: &str) -> Option<Cow<'_, Mount>>;
    /// Told of every request for which [`Router::find`] finds no service; it is answered with an empty 404.
    fn unmatched(&self, port: u16, method: &'static str, path: &str);
}

/// Blocks on a future in the runtime that [`serve`] needs.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(future)
}

/// Listens on all ports of the address `bind` until the process gets SIGINT or SIGTERM. `workers` threads answer
/// requests; `ready` is called once all ports listen.
pub async fn serve(bind: &str, workers: usize, listeners: Arc<dyn Router>, ready: impl FnOnce()) -> io::Result<()> {
    let data = web::Data::new(listeners.clone());
    let app = move || App::new().app_data(data.clone()).default_service(web::to(handle));
    let mut server = HttpServer::new(app).workers(workers).shutdown_timeout(1);
    for port in listeners.ports() {
        server = server.bind((bind, port)).map_err(|error| {
            io::Error::new(error.kind(), format!("{bind}:{port}: {error}; --port-offset moves all ports"))
        })?;
    }
    let server = server.run();
    ready();
    server.await
}

async fn handle(request: HttpRequest, payload: web::Payload, listeners: web::Data<Arc<dyn Router>>) -> HttpResponse {
    let port = request.app_config().local_addr().port();
    let Some(mount) = listeners.find(port, request.path()) else {
        listeners.unmatched(port, requests::method(request.method().as_str()), request.path());
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
        // The service never sees the request.
        Err(requests::Unread::Broken(error)) => HttpResponse::BadRequest().body(error),
        Err(requests::Unread::NoRoom) => HttpResponse::InsufficientStorage().finish(),
    }
}
