//! Remote consoles: URLs at which a browser shows the screen of a server, and the tokens in them
//! (nova/api/openstack/compute/remote_consoles.py, console_auth_tokens.py).

use super::super::OpenStack;
use super::errors;
use super::policy::POLICY;
use super::servers::{Server, TaskState, find};
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Row, get, post};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};

const ACTION: &str = "/servers/{server_id}/action";
const RULE: &str = "os_compute_api:os-remote-consoles";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(ACTION, "nova.server.vnc_console", vnc)
        .summary("Opens a VNC console of a server.")
        .action("os-getVNCConsole")
        .until(2, 5)
        .body::<VncRequest>()
        .policy(RULE),
    post(ACTION, "nova.server.spice_console", spice)
        .summary("Opens a SPICE console of a server.")
        .action("os-getSPICEConsole")
        .until(2, 5)
        .body::<SpiceRequest>()
        .policy(RULE),
    post(ACTION, "nova.server.rdp_console", rdp)
        .summary("Refuses to open an RDP console, which Nova no longer supports.")
        .action("os-getRDPConsole")
        .until(2, 5),
    post(ACTION, "nova.server.serial_console", serial)
        .summary("Opens a serial console of a server.")
        .action("os-getSerialConsole")
        .until(2, 5)
        .body::<SerialRequest>()
        .policy(RULE),
    post("/servers/{server_id}/remote-consoles", "nova.server.remote_console", create)
        .summary("Opens a remote console of a server.")
        .since(2, 6)
        .body::<CreateRequest>()
        .policy_on_target(RULE),
    get("/os-console-auth-tokens/{token}", "nova.console_auth_token.show", show_token)
        .summary("Shows the server and the port that a console token gives access to.")
        .query(token_query)
        .policy_on_target("os_compute_api:os-console-auth-tokens"),
];

/// A token that gives access to the console of a server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConsoleToken {
    pub id: Id,
    pub server: Id,
    /// The port of the console on the compute host.
    pub port: u16,
    pub expires: DateTime<Utc>,
}

impl Row for ConsoleToken {
    const HAS_SECRET_ID: bool = true;

    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.server
    }
}

/// The lifetime of a token (`[consoleauth] token_ttl`).
const LIFETIME: TimeDelta = TimeDelta::seconds(600);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct VncRequest {
    #[serde(rename = "os-getVNCConsole")]
    console: Vnc,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Vnc {
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["novnc", "xvpvnc"]))]
    kind: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SpiceRequest {
    #[serde(rename = "os-getSPICEConsole")]
    console: Spice,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Spice {
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["spice-html5"]))]
    kind: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SerialRequest {
    #[serde(rename = "os-getSerialConsole")]
    console: Serial,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Serial {
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["serial"]))]
    kind: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    remote_console: Create,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    #[schemars(extend(
        "enum" = ["vnc", "spice", "serial", "rdp"],
        "x-from" = {"2.8": {"enum": ["vnc", "spice", "serial", "rdp", "mks"]}},
    ))]
    protocol: String,
    #[serde(rename = "type")]
    #[schemars(extend(
        "enum" = ["novnc", "xvpvnc", "spice-html5", "serial", "rdp-html5"],
        "x-from" = {
            "2.8": {"enum": ["novnc", "xvpvnc", "spice-html5", "serial", "rdp-html5", "webmks"]},
            "2.99": {"enum": ["novnc", "xvpvnc", "spice-html5", "serial", "rdp-html5", "webmks", "spice-direct"]},
        },
    ))]
    kind: String,
}

fn token_query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {},
        "additionalProperties": true,
        "x-from": {"2.99": {"additionalProperties": false}},
    })
}

fn vnc(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let kind = call.body::<VncRequest>()?.console.kind;
    let server = find(call, os, call.param("server_id"))?;
    server.check_host()?;
    if let Some(task) = server.task_state.filter(|task| prevents_console(*task)) {
        return Err(errors::illegal_state("get_vnc_console", &server.id, "task_state", task.as_str()));
    }
    let id = server.id.clone();
    let url = url(call, os, ctx, &id, "vnc", &kind)?;
    Ok(console(&kind, &url))
}

fn spice(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let kind = call.body::<SpiceRequest>()?.console.kind;
    let id = check_console(find(call, os, call.param("server_id"))?, "get_spice_console")?;
    let url = url(call, os, ctx, &id, "spice", &kind)?;
    Ok(console(&kind, &url))
}

fn serial(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let kind = call.body::<SerialRequest>()?.console.kind;
    let id = check_console(find(call, os, call.param("server_id"))?, "get_serial_console")?;
    let url = url(call, os, ctx, &id, "serial", &kind)?;
    Ok(console(&kind, &url))
}

/// Upstream removed RDP consoles with the Hyper-V driver.
fn rdp(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    Err(errors::malformed())
}

fn console(kind: &str, url: &str) -> Response {
    Response::one("console", |o| {
        o.set("type", kind);
        o.set("url", url);
    })
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let Create { protocol, kind } = call.body::<CreateRequest>()?.remote_console;
    let server = find(call, os, call.param("server_id"))?;
    POLICY.enforce(call, &[("project_id", &server.project)])?;
    if protocol == "rdp" {
        return Err(errors::console_unavailable(&protocol));
    }
    let id = check_console(server, &format!("get_{protocol}_console"))?;
    let url = url(call, os, ctx, &id, &protocol, &kind)?;
    Ok(Response::one("remote_console", |o| {
        o.set("protocol", protocol);
        o.set("type", kind);
        o.set("url", url);
    }))
}

/// The id of the server. Errors: 409 if it has no host, 400 if it is being deleted or migrated.
fn check_console(server: &Server, method: &str) -> Result<Id, Problem> {
    server.check_host()?;
    match server.task_state.filter(|task| prevents_console(*task)) {
        Some(task) => Err(errors::no_console_in_this_state(&server.id, task.as_str(), method)),
        None => Ok(server.id.clone()),
    }
}

fn prevents_console(task: TaskState) -> bool {
    matches!(task, TaskState::Deleting | TaskState::Migrating)
}

/// Creates a token and returns the console URL with it. As in a default installation, hosts offer VNC and serial
/// consoles only.
fn url(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    server: &Id,
    protocol: &str,
    kind: &str,
) -> Result<String, Problem> {
    let address = match (protocol, kind) {
        ("vnc", "novnc") => ("http", "6080/vnc_auto.html?path=%3Ftoken%3D"),
        ("serial", "serial") => ("ws", "6083/?token="),
        ("vnc" | "serial", _) => return Err(errors::console_invalid(kind)),
        _ => return Err(errors::console_unavailable(kind)),
    };
    let old: Vec<Id> = os.nova.console_tokens.of(server).map(|token| token.id.clone()).collect();
    let expired = |id: &&Id| os.nova.console_tokens.get(id).is_some_and(|token| token.expires <= ctx.now());
    let expired: Vec<Id> = old.iter().filter(expired).cloned().collect();
    for id in &expired {
        os.nova.console_tokens.remove(id);
    }
    let [byte, _] = ctx.bytes::<2>();
    let token = ConsoleToken {
        id: ctx.secret_uuid(server),
        server: server.clone(),
        port: 5900 + u16::from(byte),
        expires: ctx.now() + LIFETIME,
    };
    let token = os.nova.console_tokens.insert(token);
    let host = call.origin.split_once("://").map_or(&*call.origin, |(_, rest)| rest);
    let end = host.rfind(':').filter(|_| !host.ends_with(']')).unwrap_or(host.len());
    let host = host.get(..end).unwrap_or("127.0.0.1");
    let (scheme, path) = address;
    Ok(format!("{scheme}://{host}:{path}{}", token.id))
}

/// The console proxy calls this operation. Until microversion 2.30 it supported only RDP consoles, which no longer
/// exist.
fn show_token(call: &Call, os: &OpenStack) -> Answer {
    if !call.since(2, 31) {
        return Err(errors::malformed());
    }
    POLICY.enforce(call, &[("project_id", &call.project())])?;
    let token = os.nova.console_tokens.get(call.param("token")).filter(|token| token.expires > call.now);
    let token = token.ok_or_else(errors::console_token_not_found)?;
    Ok(Response::one("console", |o| {
        o.set("instance_uuid", &token.server);
        o.set("host", "127.0.0.1");
        o.set("port", token.port);
        o.set("internal_access_path", None::<()>);
        if call.since(2, 99) {
            o.set("tls_port", None::<()>);
        }
    }))
}
