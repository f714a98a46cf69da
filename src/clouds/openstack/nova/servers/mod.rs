//! Servers: virtual machines that are built, used and deleted over time.

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
pub mod places;
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
pub use server::{BY_HOST, Details, Fault, Interface, Lock, Networks, Server, Wanted, WantedNetwork};
pub use state::{PowerState, TaskState, VmState, status};

use super::super::OpenStack;
use super::flavors::nothing_since_2_102;
use super::instance_actions;
use super::{errors, policy};
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

/// `hostId`: tells servers of one project apart by host, and says nothing of the host
/// (`utils.generate_hostid`).
pub fn host_id(project: &str, host: Option<&str>) -> String {
    let Some(host) = host else { return String::new() };
    let of = format!("{project}{host}");
    // The servers of a list are mostly of few hosts, and a digest takes as long as ten other fields.
    let (known, digest) = LAST_HOST_ID.take();
    let digest = if known == of { digest } else { hex::encode(Sha224::digest(&of)) };
    LAST_HOST_ID.set((of, digest.clone()));
    digest
}

/// A server that the caller may see: of the own project, or any for an administrator. To everybody else
/// it does not exist.
pub fn find<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o Server, Problem> {
    let visible = |server: &&Server| policy::is_admin(call) || server.project == call.project();
    os.nova.servers.get(id).filter(visible).ok_or_else(|| errors::instance_not_found(id))
}

/// The same where upstream looks for the server's cell first; of a deleted server that is still known.
pub fn permitted_in_its_cell<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Server, Problem> {
    let id = call.param("server_id");
    if !os.nova.deleted_servers.contains(id) {
        find(call, os, id).map_err(|_| errors::no_cell_mapping(id))?;
    }
    permitted(call, os)
}

/// The server of the path, once the operation's rule was asked about it.
pub fn permitted<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Server, Problem> {
    let server = find(call, os, call.param("server_id"))?;
    policy::enforce(call, &[("project_id", &server.project), ("user_id", &server.user)])?;
    Ok(server)
}

/// Changes a server, if it is still there, and notes when.
pub fn change(os: &mut OpenStack, ctx: &Context, id: &str, change: impl FnOnce(&mut Server)) {
    if let Some(server) = os.nova.servers.get_mut(id) {
        change(server);
        server.updated = Some(ctx.now());
    }
}

/// The same if it still is where a transition expects it: one that was reset or deleted meanwhile is left
/// alone. True if it was.
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

/// Puts a server into ERROR with a fault, nothing being done to it any more.
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

/// An address as Python writes it: `::babe:dc0c:1602`.
pub fn canonical(address: Id) -> Id {
    address.parse::<std::net::IpAddr>().map_or(address, |address| address.to_string().into())
}

/// The name that a machine is given, made of the server's (`utils.sanitize_hostname`).
pub fn guest_name(name: &str) -> String {
    let plain = |letter: char| match letter {
        ' ' | '_' | '.' => Some('-'),
        letter if letter.is_ascii_alphanumeric() || letter == '-' => Some(letter.to_ascii_lowercase()),
        _ => None,
    };
    let letters: String = name.chars().filter_map(plain).collect();
    letters.trim_matches(['.', '-']).chars().take(63).collect()
}

/// Notes that something is begun with a server, and its first step.
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
