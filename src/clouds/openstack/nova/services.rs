//! Nova's own processes: which run where, and whether they take work
//! (nova/api/openstack/compute/services.py).

use super::super::OpenStack;
use super::super::times::Micros;
use super::parameter_types::{Boolean, HostName, Optional, is_uuid_like};
use super::{aggregates, errors, policy};
use crate::clouds::openstack::placement;
use crate::engine::{self, Answer, Call, Context, Id, Object, Operation, Problem, Response, Row, get, put};
use chrono::{DateTime, Duration, Utc};
use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/os-services", "nova.service.list", list)
        .summary("Lists the Nova services.")
        .query(list_query)
        .policy("os_compute_api:os-services:list"),
    put("/os-services/{id}", "nova.service.act", act)
        .summary("Enables, disables or forces down a compute service, named by its host.")
        .body::<ActRequest>()
        .until(2, 52)
        .policy("os_compute_api:os-services:update"),
    put("/os-services/{id}", "nova.service.update", update)
        .summary("Enables, disables or forces down a compute service.")
        .body::<UpdateRequest>()
        .since(2, 53)
        .policy_on_target("os_compute_api:os-services:update"),
    engine::delete("/os-services/{id}", "nova.service.delete", remove)
        .summary("Deletes a compute service.")
        .policy("os_compute_api:os-services:delete"),
];

pub const COMPUTE: &str = "nova-compute";

/// The zone of what runs no servers.
const INTERNAL: &str = "internal";

/// Where the processes of the controller run.
pub const CONTROLLER: &str = "host";

/// Processes report themselves so often, in seconds (`report_interval`).
const REPORT_INTERVAL: i64 = 10;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Service {
    pub id: Id,
    /// What it was called by before 2.53.
    pub number: u64,
    pub binary: Id,
    pub host: Id,
    /// Takes no new servers.
    pub disabled: bool,
    pub disabled_reason: Option<String>,
    /// An administrator says that it is dead.
    pub forced_down: bool,
}

impl Row for Service {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.host
    }
}

impl Service {
    pub fn is_up(&self) -> bool {
        !self.forced_down
    }

    pub fn is_compute(&self) -> bool {
        *self.binary == *COMPUTE
    }

    /// `compute` of `nova-compute`.
    pub fn topic(&self) -> &str {
        self.binary.strip_prefix("nova-").unwrap_or(&self.binary)
    }

    pub fn zone(&self, os: &OpenStack) -> Id {
        if self.is_compute() { aggregates::zone_of(os, &self.host) } else { INTERNAL.into() }
    }
}

/// A conductor, a scheduler, and `nova-compute` on every compute host.
pub fn seed(os: &mut OpenStack) {
    let controller = [("nova-conductor", CONTROLLER.to_owned()), ("nova-scheduler", CONTROLLER.to_owned())];
    let computes = (1..=os.site.computes.count).map(|number| (COMPUTE, placement::seed::host(number)));
    for (index, (binary, host)) in controller.into_iter().chain(computes).enumerate() {
        os.nova.services.insert(Service {
            id: placement::seed::uuid(binary, &host),
            number: index as u64 + 1,
            binary: binary.into(),
            host: host.into(),
            disabled: false,
            disabled_reason: None,
            forced_down: false,
        });
    }
}

/// `nova-compute` on a host.
pub fn compute<'o>(os: &'o OpenStack, host: &str) -> Option<&'o Service> {
    os.nova.services.of(host).find(|service| service.is_compute())
}

/// When a process reported itself last.
pub fn heartbeat(now: DateTime<Utc>) -> DateTime<Utc> {
    now - Duration::seconds(now.timestamp().rem_euclid(REPORT_INTERVAL))
}

fn list_query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {"host": {"type": "string"}, "binary": {"type": "string"}},
        "additionalProperties": true,
        "x-from": {"2.75": {"additionalProperties": false}}
    })
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let wants = |name: &str, has: &str| call.query(name).is_none_or(|wanted| wanted.is_empty() || wanted == has);
    let services = os.nova.services.all().rev();
    let services = services.filter(|one| wants("host", &one.host) && wants("binary", &one.binary));
    Ok(Response::many("services", services, |o, service| view(call, os, o, service)))
}

fn view(call: &Call, os: &OpenStack, o: &mut Object, service: &Service) {
    o.set("binary", &service.binary);
    o.set("host", &service.host);
    if call.since(2, 53) {
        o.set("id", &service.id);
    } else {
        o.set("id", service.number);
    }
    o.set("zone", service.zone(os));
    o.set("status", if service.disabled { "disabled" } else { "enabled" });
    o.set("state", if service.is_up() { "up" } else { "down" });
    o.set("updated_at", Micros(heartbeat(call.now)));
    o.set("disabled_reason", &service.disabled_reason);
    if call.since(2, 11) {
        o.set("forced_down", service.forced_down);
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ActRequest {
    host: HostName,
    binary: Binary,
    #[serde(default)]
    disabled_reason: Optional<Reason>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.11"))]
    forced_down: Optional<Boolean>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("minLength" = 1, "maxLength" = 255))]
struct Binary(String);

#[derive(Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("minLength" = 1, "maxLength" = 255))]
struct Reason(String);

/// Until 2.52 the last part of the path says what is to be done.
fn act(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let asked: ActRequest = call.body()?;
    let reason = asked.disabled_reason.0.map(|reason| reason.0);
    let (host, binary) = (asked.host.0, asked.binary.0);
    let action = call.param("id");
    let change: (bool, Option<String>, Option<bool>) = match action {
        "enable" => (false, None, None),
        "disable" => (true, None, None),
        "disable-log-reason" => (true, Some(reason.ok_or_else(errors::disabled_reason_missing)?), None),
        "force-down" if call.since(2, 11) => {
            let forced = asked.forced_down.0.ok_or_else(errors::forced_down_missing)?;
            (false, None, Some(forced.0))
        }
        _ => return Err(errors::unknown_service_action()),
    };
    let (disabled, reason, forced_down) = change;
    let id = of_binary(os, &host, &binary)?;
    if let Some(service) = os.nova.services.get_mut(&id) {
        match forced_down {
            Some(forced_down) => service.forced_down = forced_down,
            None => {
                service.disabled = disabled;
                service.disabled_reason = reason.clone();
            }
        }
    }
    Ok(Response::one("service", |o| {
        o.set("host", &host);
        o.set("binary", &binary);
        match forced_down {
            Some(forced_down) => o.set("forced_down", forced_down),
            None => o.set("status", if disabled { "disabled" } else { "enabled" }),
        }
        if let Some(reason) = &reason {
            o.set("disabled_reason", reason);
        }
    }))
}

fn of_binary(os: &OpenStack, host: &str, binary: &str) -> Result<Id, Problem> {
    if binary != COMPUTE {
        return Err(errors::service_not_updatable(binary));
    }
    compute(os, host).map(|service| service.id.clone()).ok_or_else(|| errors::host_not_mapped(host))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    #[serde(default)]
    status: Optional<Status>,
    #[serde(default)]
    disabled_reason: Optional<Reason>,
    #[serde(default)]
    forced_down: Optional<Boolean>,
}

#[derive(Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline, extend("type" = "string"))]
enum Status {
    Enabled,
    Disabled,
}

fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let asked: UpdateRequest = call.body()?;
    let id = call.param("id");
    if !is_uuid_like(id) {
        return Err(errors::invalid_service_uuid(id));
    }
    policy::enforce(call, &[])?;
    let service = os.nova.services.get(id).ok_or_else(|| errors::service_not_found(id))?;
    if !service.is_compute() {
        return Err(errors::service_not_updatable(&service.binary));
    }
    let reason = asked.disabled_reason.0.map(|reason| reason.0);
    if asked.status.0 == Some(Status::Enabled) && reason.is_some() {
        return Err(errors::reason_to_enable());
    }
    if asked.status.0.is_none() && asked.forced_down.0.is_none() {
        return Err(errors::no_service_updates());
    }
    if let Some(service) = os.nova.services.get_mut(id) {
        if let Some(status) = asked.status.0 {
            service.disabled = status == Status::Disabled;
            service.disabled_reason = reason;
        }
        if let Some(forced_down) = asked.forced_down.0 {
            service.forced_down = forced_down.0;
        }
    }
    let service = os.nova.services.get(id).ok_or_else(|| errors::service_not_found(id))?;
    Ok(Response::one("service", |o| view(call, os, o, service)))
}

/// A compute service takes its host along: out of the aggregates, and out of Placement.
fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let asked = call.param("id");
    let found = if call.since(2, 53) {
        if !is_uuid_like(asked) {
            return Err(errors::invalid_service_uuid(asked));
        }
        os.nova.services.get(asked)
    } else {
        let number: u64 = asked.parse().map_err(|_| errors::id_not_an_integer())?;
        os.nova.services.all().find(|service| service.number == number)
    };
    let service = found.ok_or_else(|| errors::service_to_delete_not_found(asked))?.clone();
    if service.is_compute() {
        if os.nova.servers.all().any(|server| server.host.as_ref() == Some(&service.host)) {
            return Err(errors::service_hosts_servers());
        }
        aggregates::forget_host(os, &service.host);
        os.placement.providers.remove(&compute_node_id(&service.host));
    }
    os.nova.services.remove(&service.id);
    Ok(Response::empty())
}

/// The id of a host's compute node, which is that of its provider in Placement too.
pub fn compute_node_id(host: &str) -> Id {
    placement::seed::uuid("compute node", host)
}
