//! The processes of Nova: on which host each runs, and whether it accepts work
//! (nova/api/openstack/compute/services.py).

use super::super::OpenStack;
use super::super::times::Micros;
use super::parameter_types::{Boolean, HostName, Optional, is_uuid_like};
use super::policy::POLICY;
use super::servers::BY_HOST;
use super::{aggregates, errors};
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

/// The binary name of the compute service.
pub const COMPUTE: &str = "nova-compute";

/// The availability zone of all services except `nova-compute` (`internal_service_availability_zone`).
const INTERNAL: &str = "internal";

/// The host of the controller services.
pub const CONTROLLER: &str = "host";

/// Services report their state at this interval, in seconds (`report_interval`).
const REPORT_INTERVAL: i64 = 10;

/// A row of the `services` table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Service {
    pub id: Id,
    /// The id before microversion 2.53.
    pub number: u64,
    /// The name of the process, for example `nova-compute`.
    pub binary: Id,
    pub host: Id,
    /// The scheduler places no new servers on the host.
    pub disabled: bool,
    pub disabled_reason: Option<String>,
    /// An administrator has declared the service down.
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
    /// False if an administrator has forced the service down.
    pub fn is_up(&self) -> bool {
        !self.forced_down
    }

    /// True for `nova-compute`.
    pub fn is_compute(&self) -> bool {
        *self.binary == *COMPUTE
    }

    /// The binary name without its prefix: `compute` for `nova-compute`.
    pub fn topic(&self) -> &str {
        self.binary.strip_prefix("nova-").unwrap_or(&self.binary)
    }

    /// The availability zone: that of the host for `nova-compute`, otherwise `internal`.
    pub fn zone(&self, os: &OpenStack) -> Id {
        if self.is_compute() { aggregates::zone_of(os, &self.host) } else { INTERNAL.into() }
    }
}

/// Creates a conductor and a scheduler on the controller, and `nova-compute` on every compute host.
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

/// The `nova-compute` service of a host.
pub fn compute<'o>(os: &'o OpenStack, host: &str) -> Option<&'o Service> {
    os.nova.services.of(host).find(|service| service.is_compute())
}

/// The time of the last state report before `now`.
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
    let matches = |name: &str, value: &str| call.last_query(name).is_none_or(|text| text.is_empty() || text == value);
    let services = os.nova.services.all().rev();
    let services = services.filter(|one| matches("host", &one.host) && matches("binary", &one.binary));
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

/// Until microversion 2.52 the action is the last part of the path.
fn act(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let request: ActRequest = call.body()?;
    let reason = request.disabled_reason.0.map(|reason| reason.0);
    let (host, binary) = (request.host.0, request.binary.0);
    let action = call.param("id");
    let change: (bool, Option<String>, Option<bool>) = match action {
        "enable" => (false, None, None),
        "disable" => (true, None, None),
        "disable-log-reason" => (true, Some(reason.ok_or_else(errors::disabled_reason_missing)?), None),
        "force-down" if call.since(2, 11) => {
            let forced = request.forced_down.0.ok_or_else(errors::forced_down_missing)?;
            (false, None, Some(forced.0))
        }
        _ => return Err(errors::unknown_service_action()),
    };
    let (disabled, reason, forced_down) = change;
    let id = find_updatable(os, &host, &binary)?;
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

/// The id of the service to update. Upstream updates only `nova-compute` services.
fn find_updatable(os: &OpenStack, host: &str, binary: &str) -> Result<Id, Problem> {
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
    let request: UpdateRequest = call.body()?;
    let id = call.param("id");
    if !is_uuid_like(id) {
        return Err(errors::invalid_service_uuid(id));
    }
    POLICY.enforce(call, &[])?;
    let service = os.nova.services.get(id).ok_or_else(|| errors::service_not_found(id))?;
    if !service.is_compute() {
        return Err(errors::service_not_updatable(&service.binary));
    }
    let reason = request.disabled_reason.0.map(|reason| reason.0);
    if request.status.0 == Some(Status::Enabled) && reason.is_some() {
        return Err(errors::reason_to_enable());
    }
    if request.status.0.is_none() && request.forced_down.0.is_none() {
        return Err(errors::no_service_updates());
    }
    if let Some(service) = os.nova.services.get_mut(id) {
        if let Some(status) = request.status.0 {
            service.disabled = status == Status::Disabled;
            service.disabled_reason = reason;
        }
        if let Some(forced_down) = request.forced_down.0 {
            service.forced_down = forced_down.0;
        }
    }
    let service = os.nova.services.get(id).ok_or_else(|| errors::service_not_found(id))?;
    Ok(Response::one("service", |o| view(call, os, o, service)))
}

/// Deleting a compute service removes its host from all aggregates and from Placement.
fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = call.param("id");
    let found = if call.since(2, 53) {
        if !is_uuid_like(id) {
            return Err(errors::invalid_service_uuid(id));
        }
        os.nova.services.get(id)
    } else {
        let number: u64 = id.parse().map_err(|_| errors::id_not_an_integer())?;
        os.nova.services.all().find(|service| service.number == number)
    };
    let service = found.ok_or_else(|| errors::service_to_delete_not_found(id))?.clone();
    if service.is_compute() {
        if os.nova.servers.by(&BY_HOST, &service.host).next().is_some() {
            return Err(errors::service_hosts_servers());
        }
        aggregates::remove_host(os, &service.host);
        os.placement.providers.remove(&compute_node_id(&service.host));
    }
    os.nova.services.remove(&service.id);
    Ok(Response::empty())
}

/// The id of the compute node of a host, which is also the id of its resource provider in Placement.
pub fn compute_node_id(host: &str) -> Id {
    placement::seed::uuid("compute node", host)
}
