//! Filters of server lists (`_get_servers` in nova/api/openstack/compute/servers.py, `get_all` in nova/compute/api.py,
//! `instance_get_all_by_filters_sort` in nova/db/main/api.py).

use super::super::parameter_types::parse_time;
use super::super::{errors, policy};
use super::{Server, TaskState, VmState, networks, status};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::python::bool_from_string;
use crate::engine::{Call, Problem};
use chrono::{DateTime, SubsecRound, Utc};
use regex::{Regex, RegexBuilder};

/// The parsed filters of a list request.
pub struct Filters {
    /// `all_tenants`: the list covers all projects.
    pub all_projects: bool,
    /// Only deleted servers, only existing ones, or both.
    deleted: Option<bool>,
    filters: Vec<Filter>,
}

enum Filter {
    /// The column has one of these values.
    Is(fn(&Server) -> String, Vec<String>),
    /// The column contains a match of the expression.
    Like(fn(&Server) -> String, Regex),
    /// The vm_state is one of these, and so is the task_state, where it matters.
    State(Vec<VmState>, Option<Vec<Option<TaskState>>>),
    Locked(bool),
    ChangedSince(DateTime<Utc>),
    ChangedBefore(DateTime<Utc>),
    /// One of the fixed IPs of this IP version matches.
    Address(u8, Regex),
    AllTags(Vec<String>),
    AnyTag(Vec<String>),
    NotAllTags(Vec<String>),
    NoTag(Vec<String>),
}

/// All values of a repeated query parameter.
pub fn query_values<'c>(call: &'c Call, name: &str) -> Vec<&'c str> {
    call.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
}

/// `strutils.bool_from_string(strict=True)`. Errors: 400.
fn flag(text: &str) -> Result<bool, Problem> {
    bool_from_string(text).ok_or_else(|| errors::unrecognized_flag(text))
}

impl Filters {
    /// Parses the query. Returns `None` if no server can match it. Errors: 400 and 403.
    pub fn read(call: &Call, os: &OpenStack) -> Result<Option<Filters>, Problem> {
        let mut read = Filters { all_projects: false, deleted: None, filters: vec![] };
        // Upstream ignores parameters that the caller may not use (`remove_invalid_options`).
        let admitted = |name: &str| policy::is_admin(call) || is_for_everyone(call, name);
        let value = |name: &str| call.last_query(name).filter(|_| admitted(name));
        for (name, _) in call.query.iter().filter(|(name, _)| admitted(name)) {
            if JOINED.contains(&name.as_str()) || name.starts_with('_') {
                return Err(errors::invalid_filter(name));
            }
        }
        if !read.read_status(call)? {
            return Ok(None);
        }
        read.read_times(call)?;
        read.deleted = match value("deleted") {
            Some(text) => Some(bool_from_string(text).unwrap_or(false)),
            None if call.last_query("changes-since").or(value("changes-before")).is_some() => None,
            None => Some(false),
        };
        if query_values(call, "status").iter().any(|status| status.eq_ignore_ascii_case("deleted")) {
            if !policy::is_admin(call) {
                return Err(errors::deleted_are_for_administrators());
            }
            read.deleted = Some(true);
        }
        read.all_projects = match call.last_query("all_tenants") {
            None => false,
            Some("") => true,
            Some(text) => flag(text)?,
        };
        if let Some(text) = value("locked").filter(|_| call.since(2, 73)) {
            read.filters.push(Filter::Locked(flag(text)?));
        }
        if call.since(2, 26) {
            read.read_tags(call);
        }
        if let Some(flavor) = value("flavor")
            && !os.nova.flavors.contains(flavor)
        {
            return Ok(None);
        }
        for (name, text) in call.query.iter().filter(|(name, _)| admitted(name)) {
            read.read_column(call, name, text);
        }
        Ok(Some(read))
    }

    fn read_column(&mut self, call: &Call, name: &str, text: &str) {
        let expression = |text: &str| RegexBuilder::new(text).case_insensitive(true).build().ok();
        if let Some((_, column)) = EXACT.iter().find(|(known, _)| *known == name) {
            let hidden = matches!(name, "project_id" | "tenant_id") && !self.all_projects;
            let words = query_values(call, name).into_iter().map(str::to_owned).collect();
            if !hidden {
                self.filters.push(Filter::Is(*column, words));
            }
        } else if let Some((_, column)) = LIKE.iter().find(|(known, _)| *known == name) {
            self.filters.extend(expression(text).map(|expression| Filter::Like(*column, expression)));
        } else if name == "fixed_ip" {
            let exact = format!("^{}$", regex::escape(text));
            self.filters.extend(expression(&exact).map(|expression| Filter::Address(4, expression)));
        } else if name == "ip" || (name == "ip6" && (call.since(2, 5) || policy::is_admin(call))) {
            // Neutron searches for the text literally.
            let version = if name == "ip" { 4 } else { 6 };
            let plain = regex::escape(&text.replace(['^', '$', '\\'], "").replace(".*", ""));
            self.filters.extend(expression(&plain).map(|expression| Filter::Address(version, expression)));
        }
    }

    /// Parses `status`, which can match several states. Returns false if there is no such status.
    fn read_status(&mut self, call: &Call) -> Result<bool, Problem> {
        let requested = query_values(call, "status");
        if requested.is_empty() {
            return Ok(true);
        }
        let matches = |vm, task| requested.iter().any(|name| name.eq_ignore_ascii_case(status(vm, task)));
        let idle: Vec<VmState> = VmState::ALL.into_iter().filter(|vm| matches(*vm, None)).collect();
        let mut states = idle.clone();
        let mut tasks = vec![];
        for vm in VmState::ALL {
            for task in STATUS_TASKS {
                if status(vm, Some(task)) != status(vm, None) && matches(vm, Some(task)) {
                    states.push(vm);
                    tasks.push(Some(task));
                }
            }
        }
        if states.is_empty() {
            return if call.since(2, 38) { Err(errors::invalid_status()) } else { Ok(false) };
        }
        // A status that a vm_state has without any task is searched for by the vm_state only.
        self.filters.push(Filter::State(states, idle.is_empty().then_some(tasks)));
        Ok(true)
    }

    fn read_times(&mut self, call: &Call) -> Result<(), Problem> {
        let since = call.last_query("changes-since").and_then(parse_time);
        let before = call.last_query("changes-before").filter(|_| call.since(2, 66)).and_then(parse_time);
        if let (Some(since), Some(before)) = (since, before)
            && before < since
        {
            return Err(errors::changes_before_since());
        }
        self.filters.extend(since.map(Filter::ChangedSince));
        self.filters.extend(before.map(Filter::ChangedBefore));
        Ok(())
    }

    fn read_tags(&mut self, call: &Call) {
        let filter = |name: &str, make: fn(Vec<String>) -> Filter| {
            let tags = call.last_query(name)?.split(',').map(str::to_owned).collect();
            Some(make(tags))
        };
        self.filters.extend(filter("tags", Filter::AllTags));
        self.filters.extend(filter("tags-any", Filter::AnyTag));
        self.filters.extend(filter("not-tags", Filter::NotAllTags));
        self.filters.extend(filter("not-tags-any", Filter::NoTag));
    }

    /// True if the list contains deleted servers.
    pub fn shows_deleted(&self) -> bool {
        self.deleted != Some(false)
    }

    /// True if the list contains servers that are not deleted.
    pub fn shows_existing(&self) -> bool {
        self.deleted != Some(true)
    }

    /// True if the server passes all filters.
    pub fn match_server(&self, os: &OpenStack, server: &Server) -> bool {
        self.filters.iter().all(|filter| filter.matches(os, server))
    }
}

impl Filter {
    fn matches(&self, os: &OpenStack, server: &Server) -> bool {
        let has = |tag: &String| server.tags.iter().any(|known| **known == **tag);
        match self {
            Filter::Is(column, words) => words.contains(&column(server)),
            Filter::Like(column, expression) => expression.is_match(&column(server)),
            Filter::State(states, tasks) => {
                let task_fits = tasks.as_ref().is_none_or(|tasks| tasks.contains(&server.task_state));
                states.contains(&server.vm_state) && task_fits
            }
            Filter::Locked(locked) => server.lock.is_some() == *locked,
            Filter::ChangedSince(at) => changed(server) >= *at,
            Filter::ChangedBefore(at) => changed(server) <= *at,
            Filter::Address(version, expression) => {
                networks::fixed_ips(os, server).any(|ip| is_version(ip, *version) && expression.is_match(ip))
            }
            Filter::AllTags(tags) => tags.iter().all(has),
            Filter::AnyTag(tags) => tags.iter().any(has),
            Filter::NotAllTags(tags) => !tags.iter().all(has),
            Filter::NoTag(tags) => !tags.iter().any(has),
        }
    }
}

fn is_version(ip: &str, version: u8) -> bool {
    ip.contains(':') == (version == 6)
}

/// When the server last changed, in whole seconds as upstream's database stores it.
fn changed(server: &Server) -> DateTime<Utc> {
    server.updated.unwrap_or(server.created).trunc_subsecs(0)
}

/// Parameters that users other than administrators may filter by (`_get_server_search_options`).
fn is_for_everyone(call: &Call, name: &str) -> bool {
    match name {
        "reservation_id" | "name" | "status" | "image" | "flavor" | "ip" | "changes-since" | "all_tenants" => true,
        "ip6" => call.since(2, 5),
        "tags" | "tags-any" | "not-tags" | "not-tags-any" => call.since(2, 26),
        "changes-before" => call.since(2, 66),
        "locked" => call.since(2, 73),
        "availability_zone" | "config_drive" | "key_name" | "created_at" | "launched_at" | "terminated_at"
        | "power_state" | "task_state" | "vm_state" | "progress" | "user_id" => call.since(2, 83),
        _ => false,
    }
}

/// Task states that affect the status.
const STATUS_TASKS: [TaskState; 16] = [
    TaskState::Rebooting,
    TaskState::RebootPending,
    TaskState::RebootStarted,
    TaskState::RebootingHard,
    TaskState::RebootPendingHard,
    TaskState::RebootStartedHard,
    TaskState::UpdatingPassword,
    TaskState::Rebuilding,
    TaskState::RebuildBlockDeviceMapping,
    TaskState::RebuildSpawning,
    TaskState::Migrating,
    TaskState::ResizePrep,
    TaskState::ResizeMigrating,
    TaskState::ResizeMigrated,
    TaskState::ResizeFinish,
    TaskState::ResizeReverting,
];

/// Relations of upstream's `instances` table, which cannot be filtered by.
const JOINED: [&str; 7] =
    ["block_device_mapping", "services", "metadata", "system_metadata", "info_cache", "security_groups", "pci_devices"];

/// A column of upstream's `instances` table and its value as a string.
type Column = (&'static str, fn(&Server) -> String);

fn text(value: &Option<crate::engine::Id>) -> String {
    value.as_deref().unwrap_or_default().to_owned()
}

/// Columns that are compared for equality.
const EXACT: &[Column] = &[
    ("project_id", |server| server.project.to_string()),
    ("tenant_id", |server| server.project.to_string()),
    ("user_id", |server| server.user.to_string()),
    ("image", |server| text(&server.image)),
    ("image_ref", |server| text(&server.image)),
    ("vm_state", |server| server.vm_state.as_str().to_owned()),
    ("task_state", |server| server.task_state.map(|task| task.as_str()).unwrap_or_default().to_owned()),
    ("flavor", |server| server.flavor.id.to_string()),
    ("uuid", |server| server.id.to_string()),
    ("host", |server| text(&server.host)),
];

/// Columns that are matched against a regular expression.
const LIKE: &[Column] = &[
    ("name", |server| server.name.to_string()),
    ("display_name", |server| server.name.to_string()),
    ("description", |server| server.description.clone().unwrap_or_default()),
    ("display_description", |server| server.description.clone().unwrap_or_default()),
    ("hostname", |server| server.hostname.to_string()),
    ("node", |server| text(&server.host)),
    ("key_name", |server| text(&server.key_name)),
    ("reservation_id", |server| server.reservation.to_string()),
    ("availability_zone", |server| text(&server.availability_zone)),
    ("launch_index", |server| server.launch_index.to_string()),
    ("power_state", |server| server.power_state.number().to_string()),
    ("progress", |server| server.progress.to_string()),
    ("config_drive", |server| if server.config_drive { "True".to_owned() } else { String::new() }),
    ("auto_disk_config", |server| u8::from(server.auto_disk).to_string()),
    ("access_ip_v4", |server| text(&server.access_ipv4)),
    ("access_ip_v6", |server| text(&server.access_ipv6)),
    ("root_device_name", |server| text(&server.root_device)),
    ("created_at", |server| server.created.format("%Y-%m-%d %H:%M:%S").to_string()),
    ("launched_at", |server| server.launched.map(|at| at.format("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()),
    ("terminated_at", |server| {
        server.terminated.map(|at| at.format("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
    }),
];
