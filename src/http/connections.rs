//! How many connections there are and how long they last.
//!
//! Every connection is an open file, and so is every large content. A process that has no file left can neither accept nor
//! store, so connections get what the other files leave; those that come later wait in the kernel until others end. The
//! control port has connections and threads of its own: `/health` is answered whatever the clients of the clouds do.

use super::{Router, handle};
use actix_web::dev::{Server, ServerHandle};
use actix_web::{App, HttpServer, web};
use futures_util::future::join_all;
use rustix::process::{Resource, getrlimit};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// How long an idle connection is kept. Go's HTTP client keeps its connections for 90 s and Python's for as long as it runs;
/// the first request after a connection was closed fails.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long the head of a first request may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client that is refused before its whole body was read may go on sending, so that it reads the refusal.
const LINGER: Duration = Duration::from_secs(3);
/// The longest time for requests in progress when the process ends, in seconds.
const SHUTDOWN_SECONDS: u64 = 1;

/// Files that are left to threads, runtimes and the standard streams.
const OWN_FILES: usize = 24;
/// The number of open files where nothing limits it.
const MANY_FILES: usize = 65_536;

/// How many connections each thread that answers requests may have.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Connections {
    clouds: usize,
    control: usize,
}

impl Connections {
    /// Shares out the files that are not open yet: half of all is for contents, and a quarter of the rest for the control
    /// port.
    fn within(files: usize, open: usize, workers: usize) -> Self {
        let free = (files / 2).saturating_sub(open + OWN_FILES);
        let control = free / 4;
        let each = |share: usize| (share / workers.max(1)).max(2);
        Connections { clouds: each(free - control), control: each(control) }
    }
}

/// The servers of the clouds' ports and of the control port. All ports listen when this returns; the servers answer once
/// they are polled.
pub(super) fn servers(workers: usize, router: &Arc<dyn Router>) -> io::Result<[Server; 2]> {
    let control_port = router.control_port();
    let (control, clouds): (Vec<_>, Vec<_>) =
        router.addresses().into_iter().partition(|(_, port)| *port == control_port);
    let open = open_files() + control.len() + clouds.len();
    let connections = Connections::within(file_limit(), open, workers);
    let clouds = server(clouds, (workers, connections.clouds), router)?;
    let control = server(control, (workers, connections.control), router)?;
    Ok([clouds, control])
}

/// A server at these addresses, with so many threads and so many connections for each of them.
fn server(
    addresses: Vec<(String, u16)>,
    (workers, most): (usize, usize),
    router: &Arc<dyn Router>,
) -> io::Result<Server> {
    let data = web::Data::new(router.clone());
    let app = move || App::new().app_data(data.clone()).default_service(web::to(handle));
    let mut server = HttpServer::new(app)
        .workers(workers)
        .max_connections(most)
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(HEAD_TIMEOUT)
        .client_disconnect_timeout(LINGER)
        .shutdown_timeout(SHUTDOWN_SECONDS);
    for (host, port) in addresses {
        server = server.bind((host.as_str(), port)).map_err(|error| {
            let host = if host.contains(':') { format!("[{host}]") } else { host };
            io::Error::new(error.kind(), format!("{host}:{port}: {error}; --port-offset moves all ports"))
        })?;
    }
    Ok(server.run())
}

/// Ends the servers at SIGHUP, as actix does at SIGTERM: a closed terminal ends the process in order.
pub(super) async fn stop_at_hangup(servers: Vec<ServerHandle>) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
    hangup.recv().await;
    join_all(servers.iter().map(|server| server.stop(true))).await;
}

/// The number of files that may be open at a time.
fn file_limit() -> usize {
    let limit = getrlimit(Resource::Nofile).current;
    limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MANY_FILES)
}

fn open_files() -> usize {
    std::fs::read_dir("/dev/fd").map_or(0, Iterator::count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_to_contents_and_to_the_process() {
        assert_eq!(Connections::within(1_024, 24, 2), Connections { clouds: 174, control: 58 });
        assert_eq!(Connections::within(16, 20, 2), Connections { clouds: 2, control: 2 });
        let many = Connections::within(65_536, 30, 4);
        assert!(4 * (many.clouds + many.control) + 30 + OWN_FILES < 65_536 / 2 + 1, "{many:?}");
    }
}
