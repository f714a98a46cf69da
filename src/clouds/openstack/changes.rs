//! The admin changes of an OpenStack cloud: what scenarios and the control API can change without a client. They set
//! quotas, take hosts down, shrink capacity, and populate the cloud.

use super::nova::servers::{build, delete};
use super::nova::services;
use super::services::SERVICES;
use super::{OpenStack, populations};
use crate::engine::{Context, Id};
use chrono::TimeDelta;
use serde_json::{Map, Value, json};

/// The names of the changes.
pub const NAMES: &[&str] = &["quota", "capacity", "hosts_down", "population"];

/// The interval at which requests to a host that is down are retried.
pub const HOST_RETRY_INTERVAL: TimeDelta = TimeDelta::seconds(10);

/// Applies an admin change and returns its inverse in the same form, if it has one.
pub fn admin_change(os: &mut OpenStack, ctx: &mut Context, what: &str, how: &Value) -> Result<Option<Value>, String> {
    match what {
        "quota" => quota(os, how).map(Some),
        "capacity" => capacity(os, how).map(Some),
        "hosts_down" => hosts_down(os, how).map(Some),
        "population" => populations::populate(os, ctx, how).map(|()| None),
        _ => Err(format!("there is no such change; there are {}", NAMES.join(", "))),
    }
}

/// Sets limits of a project under the names that the services use: `{ project = "demo", volumes = 1, network = 0 }`.
/// `null` restores the default.
fn quota(os: &mut OpenStack, how: &Value) -> Result<Value, String> {
    let how = how.as_object().ok_or("write { project = \"demo\", volumes = 1 }")?;
    let named = how.get("project").and_then(Value::as_str).ok_or("name the project")?;
    let project = os.keystone.projects.all().find(|project| *project.id == *named || project.name == named);
    let project = project.ok_or_else(|| format!("there is no project {named}"))?.id.clone();
    let mut undo = Map::from_iter([("project".to_owned(), json!(project))]);
    for (resource, limit) in how.iter().filter(|(key, _)| *key != "project") {
        let limit = match limit {
            Value::Null => None,
            limit => Some(limit.as_i64().ok_or_else(|| format!("{resource}: this must be a whole number"))?),
        };
        undo.insert(resource.clone(), json!(set_limit(os, &project, resource, limit)?));
    }
    Ok(undo.into())
}

/// Sets a limit in the service that has the resource and returns the former one.
fn set_limit(os: &mut OpenStack, project: &Id, resource: &str, limit: Option<i64>) -> Result<Option<i64>, String> {
    for quotas in SERVICES.iter().filter_map(|service| service.quotas.as_ref()) {
        if (quotas.has)(os, resource) {
            return Ok((quotas.set)(os, project, resource, limit));
        }
    }
    Err(format!("no service counts {resource}; try instances, cores, volumes, gigabytes, network, port"))
}

/// Sets the part of every compute host that can be allocated, such as `0.25`. The host reserves the rest.
fn capacity(os: &mut OpenStack, how: &Value) -> Result<Value, String> {
    let ids: Vec<Id> = os.placement.providers.all().map(|provider| provider.uuid.clone()).collect();
    let share = how.as_f64().filter(|share| (0.0..=1.0).contains(share));
    if share.is_none() && !how.is_object() {
        return Err("this must be a number from 0 to 1".into());
    }
    let mut undo = Map::new();
    for id in ids {
        let Some(provider) = os.placement.providers.get_mut(&id) else { continue };
        for inventory in &mut provider.inventories {
            let key = format!("{id}/{}", inventory.class);
            undo.insert(key.clone(), inventory.reserved.into());
            inventory.reserved = match share {
                Some(share) => inventory.reserved.max(inventory.total - (inventory.total as f64 * share) as i64),
                None => how[&key].as_i64().unwrap_or(inventory.reserved),
            };
        }
    }
    Ok(undo.into())
}

/// Takes hosts down: `["compute1"]`. Their servers keep their status in Nova; requests to them wait until the host is
/// up. The inverse is `{"up": ["compute1"]}`.
fn hosts_down(os: &mut OpenStack, how: &Value) -> Result<Value, String> {
    let (hosts, down) = match how {
        Value::Array(hosts) => (hosts, true),
        other => (other["up"].as_array().ok_or("write a list of hosts: [\"compute1\"]")?, false),
    };
    for host in hosts {
        let host = host.as_str().ok_or("a host is named by a text")?;
        let id = services::compute(os, host).map(|service| service.id.clone());
        let service = id.and_then(|id| os.nova.services.get_mut(&id));
        service.ok_or_else(|| format!("there is no compute host {host}"))?.forced_down = down;
    }
    Ok(if down { json!({"up": hosts}) } else { hosts.clone().into() })
}

/// True if a transition needs the host of its server and the host is down. As upstream, the request then waits in the
/// host's message queue.
pub fn waits_for_host(os: &OpenStack, transition: &str, subject: &str) -> bool {
    const WITHOUT_HOST: [&str; 4] =
        [build::SCHEDULE.name, delete::DELETE.name, delete::FORGET.name, build::NETWORK.name];
    let all_are_up = || os.nova.services.all().all(|service| service.is_up());
    if !transition.starts_with("nova.server.") || WITHOUT_HOST.contains(&transition) || all_are_up() {
        return false;
    }
    let host = os.nova.servers.get(subject).and_then(|server| server.host.as_ref());
    host.and_then(|host| services::compute(os, host)).is_some_and(|service| !service.is_up())
}
