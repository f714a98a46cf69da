//! Lists of servers (`_get_servers` in nova/api/openstack/compute/servers.py).

use super::super::policy::{self, POLICY};
use super::super::{errors, paging};
use super::Server;
use super::filters::{Filters, query_values};
use super::view::{self, Shown};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Object, Problem, Response};
use schemars::{Schema, json_schema};
use serde_json::{Map, Value, json};
use std::cmp::Ordering;

/// Without details.
pub fn list(call: &Call, os: &OpenStack) -> Answer {
    let page = page(call, os, "os_compute_api:servers:index:get_all_tenants")?;
    answer(call, "servers", &page, |o, server| view::summary(o, server, call))
}

/// With details.
pub fn list_detail(call: &Call, os: &OpenStack) -> Answer {
    let page = page(call, os, "os_compute_api:servers:detail:get_all_tenants")?;
    answer(call, "servers/detail", &page, |o, server| view::detail(o, server, os, call, Shown::Listed))
}

fn answer(call: &Call, collection: &str, page: &[&Server], show: impl Fn(&mut Object, &Server)) -> Answer {
    Ok(Response::object(|o| {
        o.each("servers", page.iter().copied(), show);
        let last = page.last().map(|server| &*server.id);
        paging::next_link(o, call, "servers_links", collection, page.len(), last);
    }))
}

/// The servers of the page. `all_projects_rule` is the policy rule of `all_tenants`.
fn page<'o>(call: &Call, os: &'o OpenStack, all_projects_rule: &'static str) -> Result<Vec<&'o Server>, Problem> {
    let Some(filters) = Filters::read(call, os)? else { return Ok(vec![]) };
    if filters.all_projects {
        POLICY.enforce_rule(call, all_projects_rule, &[("project_id", &call.project())])?;
    }
    let order = order(call)?;
    // Here `limit=0` returns an empty list. In Nova's other lists it means no limit.
    let limit_is_zero = call.last_query("limit").is_some_and(|text| text.parse() == Ok(0));
    let limit = if limit_is_zero { 0 } else { paging::limit(call) };
    let marker = match call.last_query("marker") {
        Some(id) => Some(marker(call, os, &filters, id)?),
        None => None,
    };
    let owner = (!filters.all_projects).then(|| call.project());
    if order.is_empty() && !filters.shows_deleted() {
        let table = &os.nova.servers;
        let rows: Box<dyn Iterator<Item = &Server>> = match (marker, &owner) {
            (None, Some(owner)) => Box::new(table.of(owner)),
            (None, None) => Box::new(table.all()),
            (Some(marker), Some(owner)) => Box::new(table.of_before(owner, &marker.id)),
            (Some(marker), None) => Box::new(table.all_before(&marker.id)),
        };
        return Ok(rows.filter(|server| filters.match_server(os, server)).take(limit).collect());
    }
    let mut all: Vec<&Server> = vec![];
    let tables = [(&os.nova.servers, filters.shows_existing()), (&os.nova.deleted_servers, filters.shows_deleted())];
    for (table, included) in tables {
        match &owner {
            _ if !included => {}
            Some(owner) => all.extend(table.of(owner).filter(|server| filters.match_server(os, server))),
            None => all.extend(table.all().filter(|server| filters.match_server(os, server))),
        }
    }
    all.sort_by(|one, other| compare(&order, one, other));
    let skipped = marker.map_or(0, |marker| match all.iter().position(|server| server.id == marker.id) {
        Some(at) => at + 1,
        None => all.iter().take_while(|server| compare(&order, server, marker).is_le()).count(),
    });
    Ok(all.into_iter().skip(skipped).take(limit).collect())
}

fn marker<'o>(call: &Call, os: &'o OpenStack, filters: &Filters, id: &str) -> Result<&'o Server, Problem> {
    let existing = os.nova.servers.get(id);
    let found = existing.or_else(|| os.nova.deleted_servers.get(id).filter(|_| filters.shows_deleted()));
    let visible = |server: &&Server| policy::is_own_or_admin(call, &server.project);
    found.filter(visible).ok_or_else(|| errors::server_marker_not_found(id))
}

/// A column, and whether the order ascends.
type Sorting = (fn(&Server) -> String, bool);

/// The requested sort order. Empty means newest first (`get_sort_params`, `remove_invalid_sort_keys`).
fn order(call: &Call) -> Result<Vec<Sorting>, Problem> {
    let (keys, directions) = (query_values(call, "sort_key"), query_values(call, "sort_dir"));
    let mut order = vec![];
    for (at, key) in keys.iter().enumerate() {
        let ascending = match directions.get(at).or_else(|| directions.first()) {
            None | Some(&"desc") => false,
            Some(&"asc") => true,
            Some(_) => return Err(errors::unknown_sort_direction()),
        };
        if matches!(*key, "host" | "node") && !policy::is_admin(call) {
            return Err(errors::not_for_sorting());
        }
        let ignored = IGNORED_KEYS.contains(key) && (*key != "locked" || !call.since(2, 73));
        if !ignored {
            order.push((column(key), ascending));
        }
    }
    if keys.is_empty() {
        match directions.first() {
            None | Some(&"desc") => {}
            Some(&"asc") => order.push((created as fn(&Server) -> String, true)),
            Some(_) => return Err(errors::unknown_sort_direction()),
        }
    }
    Ok(order)
}

fn compare(order: &[Sorting], one: &Server, other: &Server) -> Ordering {
    let by = |(column, ascending): &Sorting| {
        let order = column(one).cmp(&column(other));
        if *ascending { order } else { order.reverse() }
    };
    let first = order.iter().map(by).find(|order| order.is_ne());
    first.unwrap_or_else(|| other.created.cmp(&one.created))
}

fn created(server: &Server) -> String {
    server.created.to_rfc3339()
}

/// A column as a string that sorts like the value.
fn column(key: &str) -> fn(&Server) -> String {
    fn text(value: &Option<crate::engine::Id>) -> String {
        value.as_deref().unwrap_or_default().to_owned()
    }
    match key {
        "access_ip_v4" => |server| text(&server.access_ipv4),
        "access_ip_v6" => |server| text(&server.access_ipv6),
        "auto_disk_config" => |server| server.auto_disk.to_string(),
        "availability_zone" => |server| text(&server.availability_zone),
        "config_drive" => |server| server.config_drive.to_string(),
        "display_description" => |server| server.description.clone().unwrap_or_default().to_lowercase(),
        "display_name" => |server| server.name.to_lowercase(),
        "host" | "node" => |server| text(&server.host),
        "hostname" => |server| server.hostname.to_lowercase(),
        "image_ref" => |server| text(&server.image),
        "instance_type_id" => |server| format!("{:010}", server.flavor.number),
        "key_name" => |server| text(&server.key_name),
        "launch_index" => |server| format!("{:010}", server.launch_index),
        "launched_at" => |server| server.launched.map(|at| at.to_rfc3339()).unwrap_or_default(),
        "locked" | "locked_by" => |server| server.lock.is_some().to_string(),
        "power_state" => |server| server.power_state.number().to_string(),
        "progress" => |server| format!("{:03}", server.progress),
        "project_id" => |server| server.project.to_string(),
        "root_device_name" => |server| text(&server.root_device),
        "task_state" => |server| server.task_state.map(|task| task.as_str()).unwrap_or_default().to_owned(),
        "terminated_at" => |server| server.terminated.map(|at| at.to_rfc3339()).unwrap_or_default(),
        "updated_at" => |server| server.updated.map(|at| at.to_rfc3339()).unwrap_or_default(),
        "user_id" => |server| server.user.to_string(),
        "uuid" => |server| server.id.to_string(),
        "vm_state" => |server| server.vm_state.as_str().to_owned(),
        "created_at" => created,
        _ => |_| String::new(),
    }
}

/// The sort keys before microversion 2.75.
const SORT_KEYS: [&str; 29] = [
    "access_ip_v4",
    "access_ip_v6",
    "auto_disk_config",
    "availability_zone",
    "config_drive",
    "created_at",
    "display_description",
    "display_name",
    "host",
    "hostname",
    "image_ref",
    "instance_type_id",
    "kernel_id",
    "key_name",
    "launch_index",
    "launched_at",
    "locked_by",
    "node",
    "power_state",
    "progress",
    "project_id",
    "ramdisk_id",
    "root_device_name",
    "task_state",
    "terminated_at",
    "updated_at",
    "user_id",
    "uuid",
    "vm_state",
];

/// The sort keys from microversion 2.75 on, in the order of Python's set, which error messages show.
const SORT_KEYS_2_75: [&str; 30] = [
    "node",
    "launch_index",
    "host",
    "access_ip_v4",
    "config_drive",
    "vm_state",
    "display_name",
    "user_id",
    "availability_zone",
    "display_description",
    "power_state",
    "image_ref",
    "progress",
    "updated_at",
    "ramdisk_id",
    "locked",
    "terminated_at",
    "launched_at",
    "key_name",
    "task_state",
    "root_device_name",
    "kernel_id",
    "created_at",
    "instance_type_id",
    "access_ip_v6",
    "uuid",
    "project_id",
    "auto_disk_config",
    "locked_by",
    "hostname",
];

/// Sort keys that are accepted without effect (`SERVER_LIST_IGNORE_SORT_KEY`).
const IGNORED_KEYS: [&str; 22] = [
    "architecture",
    "cell_name",
    "cleaned",
    "default_ephemeral_device",
    "default_swap_device",
    "deleted",
    "deleted_at",
    "disable_terminate",
    "ephemeral_gb",
    "ephemeral_key_uuid",
    "id",
    "key_data",
    "launched_on",
    "locked",
    "memory_mb",
    "os_type",
    "reservation_id",
    "root_gb",
    "shutdown_terminate",
    "user_data",
    "vcpus",
    "vm_mode",
];

/// Query parameters that are plain strings.
const TEXTS: [&str; 23] = [
    "user_id",
    "project_id",
    "tenant_id",
    "launch_index",
    "image_ref",
    "image",
    "vm_state",
    "task_state",
    "host",
    "uuid",
    "sort_dir",
    "all_tenants",
    "soft_deleted",
    "deleted",
    "status",
    "block_device_mapping",
    "services",
    "metadata",
    "system_metadata",
    "info_cache",
    "security_groups",
    "pci_devices",
    "marker",
];

/// Query parameters that are regular expressions.
const EXPRESSIONS: [&str; 24] = [
    "kernel_id",
    "ramdisk_id",
    "hostname",
    "key_name",
    "power_state",
    "node",
    "flavor",
    "reservation_id",
    "launched_at",
    "terminated_at",
    "availability_zone",
    "name",
    "display_name",
    "description",
    "display_description",
    "locked_by",
    "root_device_name",
    "config_drive",
    "access_ip_v4",
    "access_ip_v6",
    "auto_disk_config",
    "progress",
    "ip",
    "ip6",
];

/// The query schema of both lists (`query_params_v21` and later in schemas/servers.py).
pub fn query() -> Schema {
    let mut properties = Map::new();
    for name in TEXTS {
        properties.insert(name.into(), json!({"type": "string"}));
    }
    for name in EXPRESSIONS.into_iter().chain(["created_at"]) {
        properties.insert(name.into(), json!({"type": "string", "format": "regex"}));
    }
    for name in ["tags", "tags-any", "not-tags", "not-tags-any"] {
        properties.insert(name.into(), json!({"type": "string", "format": "regex", "x-since": "2.26"}));
    }
    let old_keys: Vec<&str> = SORT_KEYS.into_iter().chain(IGNORED_KEYS).collect();
    properties.insert("limit".into(), json!({"type": "string", "pattern": "^[0-9]*$", "minLength": 1}));
    let sort_key = json!({"type": "string", "enum": old_keys, "x-from": {"2.75": {"enum": SORT_KEYS_2_75}}});
    properties.insert("sort_key".into(), sort_key);
    properties.insert("changes-since".into(), json!({"type": "string", "format": "date-time"}));
    properties.insert("changes-before".into(), json!({"type": "string", "format": "date-time", "x-since": "2.66"}));
    properties.insert("locked".into(), json!({"type": "string", "x-since": "2.73"}));
    json_schema!({
        "type": "object",
        "properties": Value::Object(properties),
        "patternProperties": {"^_": {"type": "string"}},
        "additionalProperties": true,
        "x-from": {"2.75": {"additionalProperties": false}},
    })
}
