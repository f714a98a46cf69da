//! Sockets and HTTP: turns actix requests into [`Call`]s and responses into answers. The only code
//! that knows actix.

mod answers;
mod bodies;
mod broken;
mod connections;
mod fetch;
mod requests;

pub use fetch::FetchRules;

use crate::engine::{AnyService, Call, Disturbance, Endpoints, Id, Live, Pace, Response, wait};
use actix_web::dev::Server;
use actix_web::http::ConnectionType;
use actix_web::{HttpRequest, HttpResponse, web};
use bodies::Unread;
use futures_util::future::try_join_all;
use requests::Received;
use std::borrow::Cow;
use std::io;
use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock};
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
    /// The port of the control API, which has threads and connections of its own.
    fn control_port(&self) -> u16;
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

/// Listens on all addresses until the process gets SIGINT, SIGTERM or SIGHUP. `workers` threads answer requests to the clouds,
/// and as many those to the control API; `ready` is called once all ports listen.
pub async fn serve(workers: usize, listeners: Arc<dyn Router>, ready: impl FnOnce()) -> io::Result<()> {
    let servers = connections::servers(workers, &listeners)?;
    actix_web::rt::spawn(connections::stop_at_hangup(servers.iter().map(Server::handle).collect()));
    ready();
    try_join_all(servers).await.map(drop)
}

async fn handle(request: HttpRequest, payload: web::Payload, listeners: web::Data<Arc<dyn Router>>) -> HttpResponse {
    let port = request.app_config().local_addr().port();
    let Some(mount) = listeners.find(port, request.path()) else {
        listeners.unmatched(port, requests::method(request.method().as_str()), request.path());
        return HttpResponse::NotFound().finish();
    };
    match requests::call(&request, payload, &mount).await {
        Ok(Received { mut call, pace, closes }) => {
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
            let mut answer = match disturbance.broken {
                Some(broken) => broken::answer(response, broken),
                None => answers::answer(response),
            };
            if closes {
                answer.head_mut().set_connection_type(ConnectionType::Close);
            }
            answer
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
