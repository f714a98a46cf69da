//! Section 8: virtual servers. What a server is made of stands in its settings, by the names that the API has for
//! it; what it holds while it runs (claims on drives, addresses) comes and goes with its power.

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
use settings::Request;
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

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Server {
    pub id: Id,
    pub owner: Id,
    /// Everything that can be said of it, `name` and `cpu` among it, as it was said.
    pub settings: BTreeMap<String, String>,
    pub status: Status,
    /// What it is on its way to.
    pub task: Option<Task>,
    /// When it was started, if it runs.
    pub started: Option<DateTime<Utc>>,
    /// What `auto` stands for while it runs: `nic:0:dhcp`, `vnc:ip`.
    pub addresses: BTreeMap<String, String>,
    /// What came and went before it was last started.
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
    pub fn setting(&self, key: &str) -> &str {
        self.settings.get(key).map_or("", String::as_str)
    }

    /// In core MHz.
    pub fn cpu(&self) -> i64 {
        self.setting("cpu").parse().unwrap_or(0)
    }

    /// In MB.
    pub fn mem(&self) -> i64 {
        self.setting("mem").parse().unwrap_or(0)
    }

    /// True if it holds drives and addresses: it runs, or is about to.
    pub fn holds(&self) -> bool {
        self.status == Status::Active || self.task == Some(Task::Starting)
    }

    /// Its devices with the drives that are connected as them.
    pub fn devices(&self) -> Vec<(String, String)> {
        let connected = self.settings.iter().filter(|(key, _)| keys::is_device(key));
        connected.map(|(key, drive)| (key.clone(), drive.clone())).collect()
    }
}

/// A server of the caller.
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

/// Without money there is no server, and the answer is a good one without a `server`: that is how clients tell.
fn create(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let given = pairs(call);
    let mut request = Request::new(&given);
    request.require(&["name", "cpu", "mem"]);
    request.check(cloud, &call.user(), None);
    request.errors_found.refuse(&given)?;
    if !funds::are_left(cloud, &call.user()) {
        let mut errors_found = ValidationErrors::default();
        errors_found.add("system", errors::INSUFFICIENT_FUNDS);
        return Ok(text(errors_found.beside(&given)));
    }
    let mut settings = request.set();
    settings::complete(&mut settings, ctx);
    let id = ctx.uuid();
    cloud.servers.insert(new(id.clone(), call.user(), settings));
    shown(cloud, call, &id)
}

/// Nothing runs yet.
fn new(id: Id, owner: Id, settings: BTreeMap<String, String>) -> Server {
    let (addresses, traffic) = (BTreeMap::new(), Traffic::default());
    Server { id, owner, settings, status: Status::Stopped, task: None, started: None, addresses, traffic }
}

/// Of a running server, name and tags change at once; its hardware cannot.
fn update(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let given = pairs(call);
    let before = own(cloud, &call.user(), call.param("server"))?;
    let mut request = Request::new(&given);
    request.keep(&["name", "cpu", "mem"]);
    request.check(cloud, &call.user(), Some(before));
    request.errors_found.refuse(&given)?;
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

/// The same settings under another name (8.3): drives are not copied; MAC addresses are its own, and so is a
/// static IP of the original.
fn clone(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let given = pairs(call);
    let original = own(cloud, &call.user(), call.param("server"))?;
    let mut request = Request::new(&given);
    request.require(&["name"]);
    request.errors_found.refuse(&given)?;
    let mut settings = original.settings.clone();
    settings.insert("name".into(), given.get("name").unwrap_or_default().to_owned());
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

/// A server goes, whatever it does, and out of its groups. Its drives stay.
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
