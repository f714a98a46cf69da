//! Hypervisors: the resources of compute hosts and their usage, as Placement counts them
//! (nova/api/openstack/compute/hypervisors.py).

use super::super::OpenStack;
use super::parameter_types::{is_uuid_like, pagination};
use super::servers::{BY_HOST, Server};
use super::services::{Service, compute_node_id};
use super::{errors, paging};
use crate::clouds::openstack::paging::skip_to_marker;
use crate::clouds::openstack::python::bool_from_string;
use crate::engine::{Answer, Call, Id, Object, Operation, Problem, Response, get};
use schemars::{Schema, json_schema};
use serde_json::{Value, json};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/os-hypervisors", "nova.hypervisor.list", list)
        .summary("Lists hypervisors.")
        .query(list_query)
        .policy("os_compute_api:os-hypervisors:list"),
    get("/os-hypervisors/detail", "nova.hypervisor.list_detail", list_detail)
        .summary("Lists hypervisors with details.")
        .query(list_query)
        .policy("os_compute_api:os-hypervisors:list-detail"),
    get("/os-hypervisors/statistics", "nova.hypervisor.statistics", statistics)
        .summary("Shows the summed resources and usage of all hypervisors.")
        .until(2, 87)
        .policy("os_compute_api:os-hypervisors:statistics"),
    get("/os-hypervisors/{id}", "nova.hypervisor.show", show)
        .summary("Shows a hypervisor.")
        .query(show_query)
        .policy("os_compute_api:os-hypervisors:show"),
    get("/os-hypervisors/{id}/uptime", "nova.hypervisor.uptime", uptime)
        .summary("Shows the uptime of a hypervisor.")
        .until(2, 87)
        .policy("os_compute_api:os-hypervisors:uptime"),
    get("/os-hypervisors/{id}/search", "nova.hypervisor.search", search)
        .summary("Lists hypervisors whose host name contains a text.")
        .until(2, 52)
        .policy("os_compute_api:os-hypervisors:search"),
    get("/os-hypervisors/{id}/servers", "nova.hypervisor.servers", servers)
        .summary("Lists hypervisors whose host name contains a text, with their servers.")
        .until(2, 52)
        .policy("os_compute_api:os-hypervisors:servers"),
];

const UPTIME: &str = " 10:00:00 up 1 day,  1:00,  0 users,  load average: 0.10, 0.10, 0.10";

/// The resources of a host in use, including its reserved resources. Sizes are in MB and GB, as in the response.
#[derive(Clone, Copy, Default)]
pub struct Used {
    pub vcpus: i64,
    pub memory_mb: i64,
    pub disk_gb: i64,
}

impl Used {
    /// The usage of a host. Zero for an unknown host.
    pub fn of(os: &OpenStack, host: &str) -> Used {
        let node = os.placement.providers.get(&compute_node_id(host));
        let used = |class| {
            node.and_then(|node| node.inventory(class)).map_or(0, |inventory| inventory.used + inventory.reserved)
        };
        Used { vcpus: used("VCPU"), memory_mb: used("MEMORY_MB"), disk_gb: used("DISK_GB") }
    }
}

/// The data of one hypervisor in a response.
struct Hypervisor<'o> {
    service: &'o Service,
    id: Id,
    /// The id before microversion 2.53.
    number: u64,
    vcpus: i64,
    memory_mb: i64,
    disk_gb: i64,
    used: Used,
    /// The names and ids of its servers.
    servers: Vec<(&'o str, &'o str)>,
    running: u64,
    /// The number of servers with a task in progress.
    busy: u64,
}

/// All hypervisors.
fn all(os: &OpenStack) -> Vec<Hypervisor<'_>> {
    let computes = os.nova.services.all().rev().filter(|service| service.is_compute());
    let numbered = computes.enumerate();
    let hypervisors = numbered.map(|(index, service)| {
        let id = compute_node_id(&service.host);
        let node = os.placement.providers.get(&id);
        let total = |class| node.and_then(|node| node.inventory(class)).map_or(0, |inventory| inventory.total);
        let own: Vec<&Server> = os.nova.servers.by(&BY_HOST, &service.host).rev().collect();
        Hypervisor {
            service,
            number: index as u64 + 1,
            vcpus: total("VCPU"),
            memory_mb: total("MEMORY_MB"),
            disk_gb: total("DISK_GB"),
            used: Used::of(os, &service.host),
            running: own.len() as u64,
            busy: own.iter().filter(|server| server.task_state.is_some()).count() as u64,
            servers: own.into_iter().map(|server| (&*server.name, &*server.id)).collect(),
            id,
        }
    });
    hypervisors.collect()
}

/// The type and the version of every hypervisor.
pub const HYPERVISOR_TYPE: &str = "QEMU";
pub const HYPERVISOR_VERSION: u64 = 7_002_000;

/// Every host has the same CPU.
pub fn cpu_info() -> Value {
    json!({
        "arch": "x86_64", "model": "Nehalem", "vendor": "Intel", "features": ["pge", "clflush"],
        "topology": {"cores": 1, "threads": 1, "sockets": 4}
    })
}

fn list_query() -> Schema {
    let mut paged = pagination();
    paged.values_mut().filter_map(Value::as_object_mut).for_each(|field| {
        field.insert("x-since".into(), "2.33".into());
        field.insert("x-single".into(), "2.53".into());
    });
    let mut schema = json_schema!({"type": "object", "additionalProperties": true,
        "x-from": {"2.53": {"additionalProperties": false}}});
    paged.insert(
        "hypervisor_hostname_pattern".into(),
        json!({"type": "string", "pattern": "^[a-zA-Z0-9-._]*$", "minLength": 1, "maxLength": 255, "x-since": "2.53", "x-single": "2.53"}),
    );
    paged.insert("with_servers".into(), boolean());
    schema.insert("properties".into(), paged.into());
    schema
}

fn boolean() -> Value {
    json!({
        "type": ["boolean", "string"],
        "enum": [
            true, "True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes",
            false, "False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no",
        ],
        "x-since": "2.53",
        "x-single": "2.53",
    })
}

fn show_query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {"with_servers": boolean()},
        "additionalProperties": true,
        "x-from": {"2.53": {"additionalProperties": false}}
    })
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    list_page(call, os, false)
}

fn list_detail(call: &Call, os: &OpenStack) -> Answer {
    list_page(call, os, true)
}

fn list_page(call: &Call, os: &OpenStack, detail: bool) -> Answer {
    let mut rows = all(os);
    let show_servers = with_servers(call);
    if let Some(pattern) = call.last_query("hypervisor_hostname_pattern").filter(|_| call.since(2, 53)) {
        if call.last_query("limit").is_some() || call.last_query("marker").is_some() {
            return Err(errors::pattern_in_pages());
        }
        rows.retain(|row| row.service.host.contains(pattern));
        if rows.is_empty() {
            return Err(errors::no_hypervisor_like(pattern));
        }
    }
    let mut last = None;
    if call.since(2, 33) {
        let is_named = |row: &Hypervisor, marker: &str| *row.id == *marker || row.number.to_string() == marker.trim();
        skip_to_marker(call, &mut rows, is_named, errors::marker_in_brackets)?;
        rows.truncate(paging::limit(call));
        let id_of = |row: &Hypervisor| if call.since(2, 53) { row.id.to_string() } else { row.number.to_string() };
        last = rows.last().map(id_of);
    }
    Ok(Response::object(|o| {
        o.each("hypervisors", &rows, |o, row| view(call, o, row, detail, show_servers));
        paging::next_link(o, call, "hypervisors_links", collection(detail), rows.len(), last.as_deref());
    }))
}

fn collection(detail: bool) -> &'static str {
    if detail { "os-hypervisors/detail" } else { "os-hypervisors" }
}

fn with_servers(call: &Call) -> bool {
    call.since(2, 53) && call.last_query("with_servers").and_then(bool_from_string).unwrap_or(false)
}

fn view(call: &Call, o: &mut Object, row: &Hypervisor, detail: bool, show_servers: bool) {
    brief(call, o, row);
    if detail {
        o.set("hypervisor_type", HYPERVISOR_TYPE);
        o.set("hypervisor_version", HYPERVISOR_VERSION);
        o.set("host_ip", "127.0.0.1");
        o.object("service", |o| {
            if call.since(2, 53) {
                o.set("id", &row.service.id);
            } else {
                o.set("id", row.service.number);
            }
            o.set("host", &row.service.host);
            o.set("disabled_reason", &row.service.disabled_reason);
        });
    }
    if detail && !call.since(2, 88) {
        o.set("vcpus", row.vcpus);
        o.set("memory_mb", row.memory_mb);
        o.set("local_gb", row.disk_gb);
        amounts(o, row);
        if call.since(2, 28) {
            o.set("cpu_info", cpu_info());
        } else {
            o.set("cpu_info", cpu_info().to_string());
        }
    } else if detail {
        o.set("uptime", if row.service.is_up() { Some(UPTIME) } else { None });
    }
    if show_servers && (!row.servers.is_empty() || call.since(2, 75)) {
        list_servers(o, row);
    }
}

fn brief(call: &Call, o: &mut Object, row: &Hypervisor) {
    if call.since(2, 53) {
        o.set("id", &row.id);
    } else {
        o.set("id", row.number);
    }
    o.set("hypervisor_hostname", &row.service.host);
    o.set("state", if row.service.is_up() { "up" } else { "down" });
    o.set("status", if row.service.disabled { "disabled" } else { "enabled" });
}

fn amounts(o: &mut Object, row: &Hypervisor) {
    o.set("vcpus_used", row.used.vcpus);
    o.set("memory_mb_used", row.used.memory_mb);
    o.set("local_gb_used", row.used.disk_gb);
    o.set("free_ram_mb", row.memory_mb - row.used.memory_mb);
    o.set("free_disk_gb", row.disk_gb - row.used.disk_gb);
    o.set("current_workload", row.busy);
    o.set("running_vms", row.running);
    o.set("disk_available_least", row.disk_gb);
}

fn list_servers(o: &mut Object, row: &Hypervisor) {
    o.each("servers", &row.servers, |o, (name, uuid)| {
        o.set("name", name);
        o.set("uuid", uuid);
    });
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let row = find(call, os)?;
    Ok(Response::one("hypervisor", |o| view(call, o, &row, true, with_servers(call))))
}

fn uptime(call: &Call, os: &OpenStack) -> Answer {
    let row = find(call, os)?;
    if !row.service.is_up() {
        return Err(errors::compute_unavailable(&row.service.host));
    }
    Ok(Response::one("hypervisor", |o| {
        brief(call, o, &row);
        o.set("uptime", UPTIME);
    }))
}

/// The hypervisor of the path: by number, from microversion 2.53 on by UUID.
fn find<'o>(call: &Call, os: &'o OpenStack) -> Result<Hypervisor<'o>, Problem> {
    let id = call.param("id");
    if call.since(2, 53) && !is_uuid_like(id) {
        return Err(errors::invalid_service_uuid(id));
    }
    let is = |row: &Hypervisor| if call.since(2, 53) { *row.id == *id } else { id.parse() == Ok(row.number) };
    all(os).into_iter().find(is).ok_or_else(|| errors::hypervisor_not_found(id))
}

/// The hypervisors whose host name contains the text in the path.
fn matching<'o>(call: &Call, os: &'o OpenStack) -> Result<Vec<Hypervisor<'o>>, Problem> {
    let pattern = call.param("id");
    let mut rows = all(os);
    rows.retain(|row| row.service.host.contains(pattern));
    if rows.is_empty() { Err(errors::no_hypervisor_like(pattern)) } else { Ok(rows) }
}

fn search(call: &Call, os: &OpenStack) -> Answer {
    Ok(Response::many("hypervisors", &matching(call, os)?, |o, row| brief(call, o, row)))
}

fn servers(call: &Call, os: &OpenStack) -> Answer {
    Ok(Response::many("hypervisors", &matching(call, os)?, |o, row| {
        brief(call, o, row);
        if !row.servers.is_empty() {
            list_servers(o, row);
        }
    }))
}

fn statistics(_call: &Call, os: &OpenStack) -> Answer {
    let rows = all(os);
    let enabled: Vec<_> = rows.iter().filter(|row| !row.service.disabled).collect();
    let sum = |of: fn(&Hypervisor) -> i64| enabled.iter().map(|row| of(row)).sum::<i64>();
    Ok(Response::one("hypervisor_statistics", |o| {
        o.set("count", enabled.len());
        o.set("current_workload", sum(|row| row.busy as i64));
        o.set("disk_available_least", sum(|row| row.disk_gb));
        o.set("free_disk_gb", sum(|row| row.disk_gb - row.used.disk_gb));
        o.set("free_ram_mb", sum(|row| row.memory_mb - row.used.memory_mb));
        o.set("local_gb", sum(|row| row.disk_gb));
        o.set("local_gb_used", sum(|row| row.used.disk_gb));
        o.set("memory_mb", sum(|row| row.memory_mb));
        o.set("memory_mb_used", sum(|row| row.used.memory_mb));
        o.set("running_vms", sum(|row| row.running as i64));
        o.set("vcpus", sum(|row| row.vcpus));
        o.set("vcpus_used", sum(|row| row.used.vcpus));
    }))
}
