//! Section 8: virtual servers. Their settings are stored under the names of the API. Claims on drives and addresses
//! are held only while a server runs.

pub mod keys;
pub mod many;
pub mod network;
pub mod power;
mod settings;
pub mod traffic;
mod view;

use super::billing::{funds, meter};
use super::dialect::{pairs, text};
use super::errors::{self, ValidationErrors};
use super::text::Text;
use super::{CloudSigma, schemas};
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Row, get, get_changing, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use settings::ServerRequest;
use std::collections::BTreeMap;
use traffic::Traffic;

pub const OPERATIONS: &[Operation<CloudSigma>] = &[
    get("/servers/list", "cloudsigma.server.list", list).summary("Lists servers of the account.").also_at("POST"),
    get("/servers/info", "cloudsigma.server.show_all", show_all)
        .summary("Shows all servers of the account.")
        .also_at("POST"),
    post("/servers/create", "cloudsigma.server.create", create).summary("Creates a server.").documents(schemas::server),
    get("/servers/{server}/info", "cloudsigma.server.show", show).summary("Shows a server.").also_at("POST"),
    post("/servers/{server}/set", "cloudsigma.server.update", update)
        .summary("Updates a server.")
        .documents(schemas::server),
    post("/servers/{server}/clone", "cloudsigma.server.clone", clone)
        .summary("Clones a server.")
        .documents(schemas::name),
    get_changing("/servers/{server}/destroy", "cloudsigma.server.destroy", destroy)
        .summary("Destroys a server.")
        .also_at("POST")
        .answers(204),
];

/// A virtual server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Server {
    pub id: Id,
    pub owner: Id,
    /// All settings, `name` and `cpu` among them, as the client wrote them.
    pub settings: BTreeMap<String, String>,
    pub status: Status,
    /// The power change that is in progress.
    pub task: Option<Task>,
    /// When it was started. None unless it runs.
    pub started: Option<DateTime<Utc>>,
    /// The addresses that replace `auto` while it runs: `nic:0:dhcp`, `vnc:ip`.
    pub addresses: BTreeMap<String, String>,
    /// The traffic until it was last started.
    pub traffic: Traffic,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Stopped,
    Active,
    Paused,
    Dumped,
    Dead,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    Starting,
    Stopping,
}

impl Row for Server {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.owner
    }
}

impl Server {
    /// The value of a setting; empty if it is not set.
    pub fn setting(&self, key: &str) -> &str {
        self.settings.get(key).map_or("", String::as_str)
    }

    /// The CPU in core MHz.
    pub fn cpu(&self) -> i64 {
        self.setting("cpu").parse().unwrap_or(0)
    }

    /// The memory in MB.
    pub fn mem(&self) -> i64 {
        self.setting("mem").parse().unwrap_or(0)
    }

    /// True if it holds drives and addresses: it runs or is starting.
    pub fn holds(&self) -> bool {
        self.status == Status::Active || self.task == Some(Task::Starting)
    }

    /// Its devices and the ids of the drives connected to them.
    pub fn devices(&self) -> Vec<(String, String)> {
        let connected = self.settings.iter().filter(|(key, _)| keys::is_device(key));
        connected.map(|(key, drive)| (key.clone(), drive.clone())).collect()
    }
}

/// The server with this id if it belongs to the user; else the refusal.
pub fn own<'c>(cloud: &'c CloudSigma, user: &str, id: &str) -> Result<&'c Server, Problem> {
    let server = cloud.servers.get(id).filter(|server| *server.owner == *user);
    server.ok_or_else(errors::server_not_found)
}

/// Oldest first.
fn list(call: &Call, cloud: &CloudSigma) -> Answer {
    Ok(text(uuids(cloud, &call.user())))
}

fn uuids(cloud: &CloudSigma, user: &str) -> String {
    Text::lines(cloud.servers.of(user).rev().map(|server| &server.id))
}

fn show_all(call: &Call, cloud: &CloudSigma) -> Answer {
    let servers = cloud.servers.of(&call.user()).rev();
    Ok(text(Text::records(servers, |shown, server| view::record(shown, server, call.now))))
}

fn show(call: &Call, cloud: &CloudSigma) -> Answer {
    shown(cloud, call, call.param("server"))
}

/// The record of one server of the caller.
fn shown(cloud: &CloudSigma, call: &Call, id: &str) -> Answer {
    let server = own(cloud, &call.user(), id)?;
    Ok(text(Text::records([server], |shown, server| view::record(shown, server, call.now))))
}

/// Without money no server is created. The response is then a 200 without a `server` pair, which is what clients
/// check for.
fn create(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let pairs = pairs(call);
    let mut request = ServerRequest::new(&pairs);
    request.require(&["name", "cpu", "mem"]);
    request.check(cloud, &call.user(), None);
    request.errors_found.refuse(&pairs)?;
    if !funds::are_left(cloud, &call.user()) {
        let mut errors_found = ValidationErrors::default();
        errors_found.add("system", errors::INSUFFICIENT_FUNDS);
        return Ok(text(errors_found.beside(&pairs)));
    }
    let mut settings = request.set();
    settings::complete(&mut settings, ctx);
    let id = ctx.uuid();
    cloud.servers.insert(new(id.clone(), call.user(), settings));
    shown(cloud, call, &id)
}

/// A new server, which is stopped.
fn new(id: Id, owner: Id, settings: BTreeMap<String, String>) -> Server {
    let (addresses, traffic) = (BTreeMap::new(), Traffic::default());
    Server { id, owner, settings, status: Status::Stopped, task: None, started: None, addresses, traffic }
}

/// Name and tags of a running server can be changed, its hardware cannot.
fn update(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let pairs = pairs(call);
    let before = own(cloud, &call.user(), call.param("server"))?;
    let mut request = ServerRequest::new(&pairs);
    request.keep(&["name", "cpu", "mem"]);
    request.check(cloud, &call.user(), Some(before));
    request.errors_found.refuse(&pairs)?;
    if before.holds()
        && let Some(key) = request.changes_hardware(before)
    {
        return Err(errors::busy(&format!("Server is busy: {key} can be changed when it is stopped")));
    }
    let id = before.id.clone();
    let server = cloud.servers.get_mut(&id).ok_or_else(errors::server_not_found)?;
    request.apply(&mut server.settings);
    if !server.holds() {
        settings::complete(&mut server.settings, ctx);
    }
    meter::read(cloud, ctx, &call.user());
    shown(cloud, call, &id)
}

/// The clone has the same settings with another name (8.3). Drives are not copied. It gets its own MAC addresses, and
/// a static IP stays with the original.
fn clone(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let pairs = pairs(call);
    let original = own(cloud, &call.user(), call.param("server"))?;
    let mut request = ServerRequest::new(&pairs);
    request.require(&["name"]);
    request.errors_found.refuse(&pairs)?;
    let mut settings = original.settings.clone();
    settings.insert("name".into(), pairs.get("name").unwrap_or_default().to_owned());
    settings.retain(|key, _| !keys::is_mac(key));
    settings.iter_mut().filter(|(key, _)| keys::is_address(key)).for_each(|(_, address)| *address = "auto".into());
    settings::complete(&mut settings, ctx);
    let id = ctx.uuid();
    cloud.servers.insert(new(id.clone(), call.user(), settings));
    shown(cloud, call, &id)
}

fn destroy(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let id = own(cloud, &call.user(), call.param("server"))?.id.clone();
    remove(cloud, ctx, &id);
    Ok(Response::empty())
}

/// Removes a server in any state, and takes it out of its groups. Its drives stay.
fn remove(cloud: &mut CloudSigma, ctx: &mut Context, id: &Id) {
    power::cut(cloud, ctx, id, Status::Stopped);
    let Some(server) = cloud.servers.remove(id) else { return };
    let groups = cloud.groups.of(&server.owner).filter(|group| group.members.contains(id));
    for group in groups.map(|group| group.id.clone()).collect::<Vec<_>>() {
        if let Some(group) = cloud.groups.get_mut(&group) {
            group.members.retain(|member| member != id);
        }
    }
}
