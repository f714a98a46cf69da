//! Servers: virtual machines (nova/api/openstack/compute/servers.py, nova/compute/api.py).

pub mod actions;
pub mod addresses;
pub mod build;
pub mod create;
pub mod delete;
pub mod devices;
pub mod diagnostics;
pub mod external_events;
mod filters;
pub mod interfaces;
mod list;
pub mod metadata;
pub mod networks;
pub mod passwords;
pub mod security_groups;
mod server;
mod state;
pub mod tags;
pub mod topology;
mod update;
pub mod usage;
pub mod view;
pub mod volume_attachments;
pub mod volumes_boot;

pub use devices::{BlockDevice, Destination, Source};
pub use server::{BY_HOST, BuildRequest, Details, Fault, Interface, Lock, NetworkRequest, Networks, Server};
pub use state::{PowerState, TaskState, VmState, status};

use super::super::OpenStack;
use super::errors;
use super::flavors::nothing_since_2_102;
use super::instance_actions;
use super::policy::{self, POLICY};
use crate::engine::{self, Answer, Call, Context, Id, Operation, Problem, Response, get, post, put};
use sha2::{Digest, Sha224};
use std::cell::Cell;
use std::sync::Arc;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/servers", "nova.server.list", list::list)
        .summary("Lists servers.")
        .query(list::query)
        .policy("os_compute_api:servers:index"),
    get("/servers/detail", "nova.server.list_detail", list::list_detail)
        .summary("Lists servers with details.")
        .query(list::query)
        .policy("os_compute_api:servers:detail"),
    post("/servers", "nova.server.create", create::create)
        .summary("Creates a server.")
        .body::<create::CreateRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:servers:create"),
    get("/servers/{server_id}", "nova.server.show", show)
        .summary("Shows a server.")
        .query(nothing_since_2_102)
        .policy_on_target("os_compute_api:servers:show"),
    put("/servers/{server_id}", "nova.server.update", update::update)
        .summary("Updates a server.")
        .body::<update::UpdateRequest>()
        .policy_on_target("os_compute_api:servers:update"),
    engine::delete("/servers/{server_id}", "nova.server.delete", delete::delete)
        .summary("Deletes a server.")
        .policy_on_target("os_compute_api:servers:delete"),
    post("/servers/{server_id}/action", "nova.server.force_delete", delete::force_delete)
        .summary("Deletes a server at once, without deferred deletion.")
        .action("forceDelete")
        .answers(202)
        .policy_on_target("os_compute_api:os-deferred-delete:force"),
    post("/servers/{server_id}/action", "nova.server.restore", delete::restore)
        .summary("Restores a soft-deleted server.")
        .action("restore")
        .answers(202)
        .policy_on_target("os_compute_api:os-deferred-delete:restore"),
];

thread_local! {
    static LAST_HOST_ID: Cell<(String, String)> = const { Cell::new((String::new(), String::new())) };
}

/// `hostId`: an opaque id that differs by host and project (`utils.generate_hostid`). Empty without a host.
pub fn host_id(project: &str, host: Option<&str>) -> String {
    let Some(host) = host else { return String::new() };
    let input = format!("{project}{host}");
    // Consecutive servers in a list are often on the same host, and the digest costs as much as ten other fields.
    let (known, digest) = LAST_HOST_ID.take();
    let digest = if known == input { digest } else { hex::encode(Sha224::digest(&input)) };
    LAST_HOST_ID.set((input, digest.clone()));
    digest
}

/// A server that the caller may see: one of the caller's project, or any for an administrator. Errors: 404.
pub fn find<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o Server, Problem> {
    let visible = |server: &&Server| policy::is_own_or_admin(call, &server.project);
    os.nova.servers.get(id).filter(visible).ok_or_else(|| errors::instance_not_found(id))
}

/// Like [`permitted`], where upstream first looks up the server's cell. That lookup still finds deleted servers, and
/// its 404 has another message.
pub fn permitted_in_its_cell<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Server, Problem> {
    let id = call.param("server_id");
    if !os.nova.deleted_servers.contains(id) {
        find(call, os, id).map_err(|_| errors::no_cell_mapping(id))?;
    }
    permitted(call, os)
}

/// The server of the path, after the policy check of the operation. Errors: 404 and 403.
pub fn permitted<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Server, Problem> {
    let server = find(call, os, call.param("server_id"))?;
    POLICY.enforce(call, &[("project_id", &server.project), ("user_id", &server.user)])?;
    Ok(server)
}

/// Changes a server, if it exists, and sets its update time.
pub fn change(os: &mut OpenStack, ctx: &Context, id: &str, change: impl FnOnce(&mut Server)) {
    if let Some(server) = os.nova.servers.get_mut(id) {
        change(server);
        server.updated = Some(ctx.now());
    }
}

/// Changes a server if it is in the state `from`, which a transition expects. A server that was reset or deleted in the
/// meantime stays as it is. Returns whether it was changed.
pub fn transition_if(
    os: &mut OpenStack,
    ctx: &Context,
    id: &str,
    from: (VmState, Option<TaskState>),
    change: impl FnOnce(&mut Server),
) -> bool {
    let expected = |server: &Server| (server.vm_state, server.task_state) == from;
    let Some(server) = os.nova.servers.get_mut_if(id, expected) else { return false };
    change(server);
    server.updated = Some(ctx.now());
    true
}

/// Puts a server into ERROR with a fault and ends its task.
pub fn fail(os: &mut OpenStack, ctx: &Context, id: &str, code: u16, message: impl Into<String>) {
    let message = message.into();
    let details = Some(format!("Traceback (most recent call last):\nnova.exception.NovaException: {message}\n"));
    let fault = Fault { code, message, details, created: ctx.now() };
    change(os, ctx, id, |server| {
        (server.vm_state, server.task_state) = (VmState::Error, None);
        server.fault = Some(Arc::new(fault));
    });
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let server = permitted(call, os)?;
    Ok(Response::one("server", |o| view::detail(o, server, os, call, view::Shown::Alone)))
}

/// An address in canonical form, as Python's netaddr writes it: `::babe:dc0c:1602`.
pub fn canonical(address: Id) -> Id {
    address.parse::<std::net::IpAddr>().map_or(address, |address| address.to_string().into())
}

/// The default host name of the guest, derived from the server's name (`utils.sanitize_hostname`).
pub fn guest_name(name: &str) -> String {
    let plain = |letter: char| match letter {
        ' ' | '_' | '.' => Some('-'),
        letter if letter.is_ascii_alphanumeric() || letter == '-' => Some(letter.to_ascii_lowercase()),
        _ => None,
    };
    let letters: String = name.chars().filter_map(plain).collect();
    letters.trim_matches(['.', '-']).chars().take(63).collect()
}

/// Records the start of an action and of its first event. An empty `event` records none.
pub fn action_begins(
    call: &Call,
    os: &mut OpenStack,
    ctx: &Context,
    server: &Id,
    action: &'static str,
    event: &'static str,
) {
    instance_actions::begin(call, os, ctx, server, action);
    if !event.is_empty() {
        instance_actions::event_begins(os, ctx, server, event);
    }
}
