//! `/os-simple-tenant-usage`: the servers of each project in a period, with their hours of use
//! (nova/api/openstack/compute/simple_tenant_usage.py).

use super::super::OpenStack;
use super::super::times::{Micros, MicrosExact};
use super::parameter_types::pagination;
use super::policy::POLICY;
use super::servers::{Server, VmState};
use super::{errors, paging};
use crate::clouds::openstack::paging::skip_to_marker;
use crate::engine::{Answer, Call, Id, Object, Operation, Problem, Response, get};
use chrono::{DateTime, NaiveDateTime, Utc};
use schemars::{Schema, json_schema};
use serde_json::{Value, json};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/os-simple-tenant-usage", "nova.tenant_usage.list", list)
        .summary("Lists the resource usage of all projects in a period.")
        .query(list_query)
        .policy("os_compute_api:os-simple-tenant-usage:list"),
    get("/os-simple-tenant-usage/{id}", "nova.tenant_usage.show", show)
        .summary("Shows the resource usage of a project in a period.")
        .query(show_query)
        .policy_on_target("os_compute_api:os-simple-tenant-usage:show"),
];

fn list_query() -> Schema {
    query(&["start", "end", "detailed"])
}

fn show_query() -> Schema {
    query(&["start", "end"])
}

fn query(names: &[&str]) -> Schema {
    let own = names.iter().map(|name| ((*name).to_owned(), json!({"type": "string"})));
    let paged = pagination().into_iter().map(|(name, mut field)| {
        if let Some(field) = field.as_object_mut() {
            field.insert("x-since".into(), "2.40".into());
        }
        (name, field)
    });
    let properties: serde_json::Map<String, Value> = own.chain(paged).collect();
    json_schema!({
        "type": "object",
        "properties": properties,
        "additionalProperties": true,
        "x-from": {"2.75": {"additionalProperties": false}}
    })
}

/// The requested period.
#[derive(Clone, Copy)]
struct Period {
    start: DateTime<Utc>,
    stop: DateTime<Utc>,
}

impl Period {
    /// Reads `start` and `end`, which default to the current time. Errors: 400 for an invalid time or an empty period.
    fn from_query(call: &Call) -> Result<Period, Problem> {
        let start = time(call, "start")?;
        // Upstream reads the clock twice, so the default end is later than the default start.
        let stop = match call.query("end").filter(|text| !text.is_empty()) {
            Some(_) => time(call, "end")?,
            None => call.now + chrono::TimeDelta::microseconds(13),
        };
        if start >= stop {
            return Err(errors::usage_start_after_end());
        }
        Ok(Period { start, stop: stop.min(call.now.max(start)) })
    }

    /// The hours of the period during which the server existed.
    fn hours(&self, server: &Server) -> f64 {
        let Some(launched) = server.launched else { return 0.0 };
        if launched > self.stop || server.terminated.is_some_and(|end| end < self.start) {
            return 0.0;
        }
        let stop = server.terminated.map_or(self.stop, |end| end.min(self.stop));
        let micros = (stop - launched.max(self.start)).num_microseconds().unwrap_or_default();
        micros as f64 / 3_600_000_000.0
    }

    /// True if the server existed during a part of the period.
    fn overlaps(&self, server: &Server) -> bool {
        server.launched.is_some_and(|launched| launched < self.stop)
            && server.terminated.is_none_or(|end| end > self.start)
    }
}

fn time(call: &Call, name: &str) -> Result<DateTime<Utc>, Problem> {
    let Some(text) = call.query(name).filter(|text| !text.is_empty()) else { return Ok(call.now) };
    let forms = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
    let parsed = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    parsed.map(|time| time.and_utc()).ok_or_else(errors::usage_time_invalid)
}

/// The servers of one project.
struct Usage<'o> {
    project: &'o Id,
    servers: Vec<&'o Server>,
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let period = Period::from_query(call)?;
    let detailed = call.query("detailed") == Some("1");
    let all = os.nova.servers.all().chain(os.nova.deleted_servers.all());
    let (usages, last, count) = usages(call, all.filter(|server| period.overlaps(server)))?;
    Ok(Response::object(|o| {
        o.each("tenant_usages", &usages, |o, usage| view(call, o, usage, period, detailed));
        if call.since(2, 40) {
            paging::next_link(o, call, "tenant_usages_links", "os-simple-tenant-usage", count, last);
        }
    }))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let project = call.param("id");
    POLICY.enforce(call, &[("project_id", project)])?;
    let period = Period::from_query(call)?;
    let all = os.nova.servers.of(project).chain(os.nova.deleted_servers.of(project));
    let (usages, last, count) = usages(call, all.filter(|server| period.overlaps(server)))?;
    Ok(Response::object(|o| {
        o.object("tenant_usage", |o| {
            if let Some(usage) = usages.first() {
                view(call, o, usage, period, true);
            }
        });
        if call.since(2, 40) {
            let collection = format!("os-simple-tenant-usage/{project}");
            paging::next_link(o, call, "tenant_usage_links", &collection, count, last);
        }
    }))
}

/// The servers of the page grouped by project, the id of the last one, and their number.
fn usages<'o>(
    call: &Call,
    servers: impl Iterator<Item = &'o Server>,
) -> Result<(Vec<Usage<'o>>, Option<&'o str>, usize), Problem> {
    let mut servers: Vec<&Server> = servers.collect();
    if call.since(2, 40) {
        servers.sort_by(|one, other| (&one.project, &one.id).cmp(&(&other.project, &other.id)));
        skip_to_marker(call, &mut servers, |server, marker| *server.id == *marker, errors::marker_not_found)?;
        servers.truncate(paging::limit(call));
    }
    let (last, count) = (servers.last().map(|server| &*server.id), servers.len());
    let mut usages: Vec<Usage> = vec![];
    for server in servers {
        match usages.iter_mut().find(|usage| *usage.project == server.project) {
            Some(usage) => usage.servers.push(server),
            None => usages.push(Usage { project: &server.project, servers: vec![server] }),
        }
    }
    Ok((usages, last, count))
}

fn view(call: &Call, o: &mut Object, usage: &Usage, period: Period, detailed: bool) {
    o.set("tenant_id", usage.project);
    if detailed {
        o.each("server_usages", &usage.servers, |o, server| view_server(call, o, server, period));
    }
    let sum = |of: fn(&Server) -> f64| usage.servers.iter().map(|one| of(one) * period.hours(one)).sum::<f64>();
    o.set("total_local_gb_usage", sum(|server| disk(server) as f64));
    o.set("total_vcpus_usage", sum(|server| f64::from(server.flavor.vcpus)));
    o.set("total_memory_mb_usage", sum(|server| f64::from(server.flavor.ram_mib)));
    o.set("total_hours", sum(|_| 1.0));
    o.set("start", MicrosExact(period.start));
    o.set("stop", MicrosExact(period.stop));
}

fn disk(server: &Server) -> u64 {
    u64::from(server.flavor.disk_gib) + u64::from(server.flavor.ephemeral_gib)
}

fn view_server(call: &Call, o: &mut Object, server: &Server, period: Period) {
    o.set("hours", period.hours(server));
    o.set("flavor", &server.flavor.name);
    o.set("instance_id", &server.id);
    o.set("name", &server.name);
    o.set("tenant_id", &server.project);
    o.set("memory_mb", server.flavor.ram_mib);
    o.set("local_gb", disk(server));
    o.set("vcpus", server.flavor.vcpus);
    o.set("started_at", server.launched.map(Micros));
    o.set("ended_at", server.terminated.map(Micros));
    let ended = server.terminated.is_some() || server.vm_state == VmState::Deleted;
    if ended {
        o.set("state", "terminated");
    } else {
        o.set("state", server.vm_state);
    }
    let until = server.terminated.unwrap_or(call.now);
    o.set("uptime", server.launched.map_or(0, |launched| (until - launched).num_seconds()));
}
