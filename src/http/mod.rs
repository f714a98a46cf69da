//! Sockets and HTTP: turns actix requests into [`Call`](crate::engine::Call)s and responses into answers. The only code
//! that knows actix.

mod answers;
mod bodies;
mod broken;
mod fetch;
mod requests;

pub use fetch::FetchRules;

use crate::engine::{AnyService, Call, Disturbance, Endpoints, Id, Live, Pace, Response, wait};
use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use bodies::Unread;
use std::borrow::Cow;
use std::io;
use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;

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
    /// The addresses to listen on: hosts and ports. No two have the same port.
    fn addresses(&self) -> Vec<(String, u16)>;
    /// Where services may fetch.
    fn fetch_rules(&self) -> &FetchRules;
    /// The service that answers at this path of this port.
    fn find(&self, port: u16, path: &str) -> Option<Cow<'_, Mount>>;
    /// Told of every request for which [`Router::find`] finds no service; it is answered with an empty 404.
    fn unmatched(&self, port: u16, method: &'static str, path: &str);
}

/// Blocks on a future in the runtime that [`serve`] needs.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(future)
}

/// How long an idle connection is kept. Go's HTTP client keeps its connections for 90 s and Python's for as long as it runs;
/// the first request after a connection was closed fails.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long the head of a first request may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client that is refused before its whole body was read may go on sending, so that it reads the refusal.
const LINGER: Duration = Duration::from_secs(3);

/// Listens on all addresses until the process gets SIGINT, SIGTERM or SIGHUP. `workers` threads answer
/// requests; `ready` is called once all ports listen.
pub async fn serve(workers: usize, listeners: Arc<dyn Router>, ready: impl FnOnce()) -> io::Result<()> {
    let data = web::Data::new(listeners.clone());
    let app = move || App::new().app_data(data.clone()).default_service(web::to(handle));
    let mut server = HttpServer::new(app).workers(workers).shutdown_timeout(1);
    server = server.keep_alive(KEEP_ALIVE).client_request_timeout(HEAD_TIMEOUT).client_disconnect_timeout(LINGER);
    for (host, port) in listeners.addresses() {
        server = server.bind((host.as_str(), port)).map_err(|error| {
            let host = if host.contains(':') { format!("[{host}]") } else { host };
            io::Error::new(error.kind(), format!("{host}:{port}: {error}; --port-offset moves all ports"))
        })?;
    }
    let server = server.run();
    actix_web::rt::spawn(stop_at_hangup(server.handle()));
    ready();
    server.await
}

/// A terminal that is closed ends the process as SIGTERM does.
async fn stop_at_hangup(server: ServerHandle) {
    if let Ok(mut hangups) = signal(SignalKind::hangup()) {
        hangups.recv().await;
        server.stop(true).await;
    }
}

async fn handle(request: HttpRequest, payload: web::Payload, listeners: web::Data<Arc<dyn Router>>) -> HttpResponse {
    let port = request.app_config().local_addr().port();
    let Some(mount) = listeners.find(port, request.path()) else {
        listeners.unmatched(port, requests::method(request.method().as_str()), request.path());
        return HttpResponse::NotFound().finish();
    };
    match requests::call(&request, payload, &mount).await {
        Ok((mut call, pace)) => {
            for address in mount.service.fetches(&mount.live, &mut call) {
                let content = listeners.fetch_rules().fetch(&address).await;
                call.fetched.push((address, content));
            }
            let (response, disturbance) = match pace {
                Pace::Quick => {
                    let response = mount.service.dispatch(&mount.live, &mut call);
                    (response, call.disturbance)
                }
                Pace::Waits => dispatch_aside(mount.into_owned(), call).await,
                Pace::Computes => {
                    let _permit = COMPUTING.acquire().await;
                    dispatch_aside(mount.into_owned(), call).await
                }
            };
            if !disturbance.delay.is_zero() {
                wait(disturbance.delay).await;
            }
            match disturbance.broken {
                Some(broken) => broken::answer(response, broken),
                None => answers::answer(response),
            }
        }
        // The service never sees the request.
        Err(Unread::Broken(error)) => HttpResponse::BadRequest().body(error),
        Err(Unread::Stalled) => HttpResponse::RequestTimeout().force_close().finish(),
    }
}

/// How many requests may compute at the same time: the other processors answer the rest.
static COMPUTING: LazyLock<Semaphore> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    Semaphore::new((processors / 2).max(1))
});

/// Answers a request on a thread that reads no requests, so that others do not wait for it.
async fn dispatch_aside(mount: Mount, mut call: Call) -> (Response, Disturbance) {
    let work = move || {
        let response = mount.service.dispatch(&mount.live, &mut call);
        (response, call.disturbance)
    };
    // The error means that the threads are stopping.
    web::block(work).await.unwrap_or_else(|_| (Response::empty().status(503), Disturbance::default()))
}
