//! The services of Cinder: `/os-services` (cinder/api/v3/services.py).

use super::parameter_types::Text255;
use super::{backends, errors};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::parameter_types::Optional;
use crate::clouds::openstack::times::Micros;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Row, get, put};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const INDEX: &str = "volume_extension:services:index";
const UPDATE: &str = "volume_extension:services:update";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/os-services", "cinder.service.list", list).summary("Lists the volume services.").policy(INDEX),
    put("/os-services/enable", "cinder.service.enable", enable)
        .summary("Enables a volume service.")
        .body::<EnableRequest>()
        .policy(UPDATE),
    put("/os-services/disable", "cinder.service.disable", disable)
        .summary("Disables a volume service.")
        .body::<EnableRequest>()
        .policy(UPDATE),
    put("/os-services/disable-log-reason", "cinder.service.disable_log_reason", disable_log_reason)
        .summary("Disables a volume service and logs the reason.")
        .body::<DisableLogReasonRequest>()
        .policy(UPDATE),
    put("/os-services/freeze", "cinder.service.freeze", freeze)
        .summary("Freezes the back end of a host.")
        .body::<FreezeRequest>()
        .policy(UPDATE),
    put("/os-services/thaw", "cinder.service.thaw", thaw)
        .summary("Thaws the back end of a host.")
        .body::<FreezeRequest>()
        .policy(UPDATE),
    put("/os-services/failover_host", "cinder.service.failover_host", failover_host)
        .summary("Fails the back end of a host over.")
        .body::<FailoverRequest>()
        .answers(202)
        .policy(UPDATE),
];

/// The binary of volume services.
pub const VOLUME: &str = "cinder-volume";
/// The binary of the API.
pub const API: &str = "cinder-api";
const ZONE: &str = "nova";

/// A row of the table `services`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Service {
    /// Binary and host: `cinder-volume cinder@lvmdriver-1`.
    pub id: Id,
    /// Upstream's numeric id.
    pub number: u32,
    pub binary: String,
    /// The host. That of volume services contains the backend: `cinder@lvmdriver-1`.
    pub host: Id,
    pub disabled: bool,
    pub disabled_reason: Option<String>,
    /// If true, volumes on the backend can be used but not changed.
    pub frozen: bool,
    pub replication_status: String,
    /// The log level of each module: `cinder.volume.manager`, `INFO`.
    pub log_levels: BTreeMap<String, String>,
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
    /// True if the service is listed. The API does not report its state to the database.
    pub fn reports(&self) -> bool {
        self.binary != API
    }

    /// True if `host`, with or without a backend, is the host of this service.
    pub fn is_on(&self, host: &str) -> bool {
        let rest = self.host.strip_prefix(host);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('@'))
    }
}

/// The time of the last state report of all services, which report every ten seconds.
pub fn heartbeat(now: DateTime<Utc>) -> DateTime<Utc> {
    let past = now.timestamp().rem_euclid(10);
    DateTime::from_timestamp(now.timestamp() - past, 0).unwrap_or(now - TimeDelta::seconds(past))
}

/// Inserts the services of a new cloud.
pub fn seed(os: &mut OpenStack) {
    let host = Id::from(backends::HOST);
    let mut services = vec![("cinder-backup", host.clone()), (VOLUME, backends::service_host(backends::NAMES[0]))];
    services.push(("cinder-scheduler", host.clone()));
    services.extend(backends::NAMES.iter().skip(1).map(|name| (VOLUME, backends::service_host(name))));
    services.push((API, host));
    for (number, (binary, host)) in (1..).zip(services) {
        let own = if binary == API { "cinder.api".into() } else { format!("{}.manager", binary.replace('-', ".")) };
        let shared = ["cinder.policy", "cinder.quota", "cinder.rpc", "cinder.service", "cinder.utils", "os_brick"];
        let logs = shared.iter().map(|module| (*module).to_owned()).chain([own]);
        os.cinder.services.insert(Service {
            id: format!("{binary} {host}").into(),
            number,
            binary: binary.into(),
            host,
            disabled: false,
            disabled_reason: None,
            frozen: false,
            replication_status: "disabled".into(),
            log_levels: logs.map(|module| (module, "INFO".to_owned())).collect(),
        });
    }
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let selected = |service: &&Service| {
        service.reports()
            && call.query("host").is_none_or(|host| service.is_on(host))
            && call.query("binary").is_none_or(|binary| service.binary == binary)
    };
    Ok(Response::many("services", os.cinder.services.all().rev().filter(selected), |o, service| {
        let is_volume = service.binary == VOLUME;
        o.set("binary", &service.binary);
        o.set("host", &service.host);
        o.set("zone", ZONE);
        o.set("status", if service.disabled { "disabled" } else { "enabled" });
        o.set("state", "up");
        o.set("updated_at", Micros(heartbeat(call.now)));
        if call.since(3, 49) && is_volume {
            o.set("backend_state", "up");
        }
        if call.since(3, 7) {
            o.set("cluster", ());
        }
        o.set("disabled_reason", &service.disabled_reason);
        if is_volume {
            o.set("replication_status", &service.replication_status);
            o.set("active_backend_id", ());
            o.set("frozen", service.frozen);
        }
    }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [{"required": ["binary"]}, {"required": ["service"]}]))]
struct EnableRequest {
    #[schemars(length(min = 1, max = 255))]
    binary: Optional<String>,
    #[schemars(length(min = 1, max = 255))]
    host: Option<String>,
    #[serde(rename = "cluster")]
    _cluster: Optional<Text255>,
    /// The old name of `binary`.
    #[schemars(length(min = 1, max = 255))]
    service: Optional<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [{"required": ["binary"]}, {"required": ["service"]}]))]
struct DisableLogReasonRequest {
    #[schemars(length(min = 1, max = 255))]
    binary: Optional<String>,
    #[schemars(length(min = 1, max = 255))]
    host: Option<String>,
    #[serde(rename = "cluster")]
    _cluster: Optional<Text255>,
    #[schemars(length(min = 1, max = 255))]
    service: Optional<String>,
    #[schemars(length(min = 1, max = 255))]
    disabled_reason: Optional<String>,
}

fn enable(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    set_disabled(os, &call.body::<EnableRequest>()?, false)
}

fn disable(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    set_disabled(os, &call.body::<EnableRequest>()?, true)
}

fn set_disabled(os: &mut OpenStack, request: &EnableRequest, disabled: bool) -> Answer {
    let service = find_mut(os, request.host.as_deref(), &request.binary, &request.service)?;
    service.disabled = disabled;
    service.disabled_reason = None;
    Ok(Response::object(|o| {
        o.set("host", &request.host);
        o.set("service", request.service.as_deref().unwrap_or_default());
        o.set("binary", request.binary.as_deref().unwrap_or_default());
        o.set("status", if disabled { "disabled" } else { "enabled" });
        o.set("disabled", disabled);
    }))
}

fn disable_log_reason(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let request: DisableLogReasonRequest = call.body()?;
    let service = find_mut(os, request.host.as_deref(), &request.binary, &request.service)?;
    service.disabled = true;
    service.disabled_reason = request.disabled_reason.0.clone().or(service.disabled_reason.take());
    Ok(Response::object(|o| {
        o.set("host", &request.host);
        o.set("service", request.service.as_deref().unwrap_or_default());
        o.set("binary", request.binary.as_deref().unwrap_or_default());
        o.set("status", "disabled");
        o.set("disabled", true);
        o.set("disabled_reason", &*request.disabled_reason);
    }))
}

/// Finds the service with the host and the binary. `service` is the old name of `binary`.
fn find_mut<'o>(
    os: &'o mut OpenStack,
    host: Option<&str>,
    binary: &Optional<String>,
    service: &Optional<String>,
) -> Result<&'o mut Service, Problem> {
    let host = host.ok_or_else(errors::host_missing)?;
    let binary = binary.as_deref().or(service.as_deref()).unwrap_or_default();
    let found = os.cinder.services.all().find(|service| service.binary == binary && service.is_on(host));
    let id = found.map(|service| service.id.clone());
    let found = id.and_then(|id| os.cinder.services.get_mut(&id));
    found.ok_or_else(|| errors::service_not_found(binary, host))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FreezeRequest {
    cluster: Optional<Text255>,
    #[schemars(length(min = 1, max = 255))]
    host: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FailoverRequest {
    #[schemars(length(min = 1, max = 255))]
    host: Option<String>,
    #[serde(rename = "backend_id")]
    _backend_id: Optional<Text255>,
    cluster: Optional<Text255>,
}

fn freeze(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    set_frozen(call, os, true)
}

fn thaw(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    set_frozen(call, os, false)
}

fn set_frozen(call: &Call, os: &mut OpenStack, frozen: bool) -> Answer {
    let request: FreezeRequest = call.body()?;
    let ids = volume_services(call, os, request.host.as_deref(), request.cluster.as_ref())?;
    let mut changed = 0;
    for id in &ids {
        if let Some(service) = os.cinder.services.get_mut(id).filter(|service| service.frozen != frozen) {
            service.frozen = frozen;
            changed += 1;
        }
    }
    if changed == 0 {
        let expected = if frozen { "False" } else { "True" };
        return Err(errors::no_service_changed("frozen", &hosts(os, &ids), expected, ""));
    }
    Ok(Response::empty())
}

/// Always fails: the backends have no replication.
fn failover_host(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let request: FailoverRequest = call.body()?;
    let ids = volume_services(call, os, request.host.as_deref(), request.cluster.as_ref())?;
    let expected = "['enabled', 'failed-over']";
    Err(errors::no_service_changed("replication_status", &hosts(os, &ids), expected, "and must be up "))
}

/// The ids of the volume services of a host, or, since 3.26, of a cluster, of which there are none.
fn volume_services(
    call: &Call,
    os: &OpenStack,
    host: Option<&str>,
    cluster: Option<&Text255>,
) -> Result<Vec<Id>, Problem> {
    let host = match (host, cluster.and_then(|cluster| cluster.0.as_deref()).filter(|name| !name.is_empty())) {
        (None, Some(cluster)) if call.since(3, 26) => return Err(errors::no_service_of_cluster(cluster)),
        (Some(host), None) => host,
        (Some(host), Some(_)) if !call.since(3, 26) => host,
        _ if call.since(3, 26) => return Err(errors::cluster_or_host()),
        _ => return Err(errors::host_missing()),
    };
    let on_host = |service: &&Service| service.binary == VOLUME && service.is_on(host);
    let ids: Vec<_> = os.cinder.services.all().rev().filter(on_host).map(|service| service.id.clone()).collect();
    if ids.is_empty() { Err(errors::no_service_of_host(host)) } else { Ok(ids) }
}

fn hosts(os: &OpenStack, ids: &[Id]) -> Vec<Id> {
    ids.iter().filter_map(|id| os.cinder.services.get(id)).map(|service| service.host.clone()).collect()
}
