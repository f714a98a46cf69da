//! What a scenario can change in a cloud that no client could: quotas that shrink, hosts that fail, room that
//! goes, people and servers that were there before.

use super::nova::servers::{build, delete};
use super::nova::services;
use super::services::SERVICES;
use super::{OpenStack, populations};
use crate::engine::{Context, Id};
use chrono::TimeDelta;
use serde_json::{Map, Value, json};

pub const NAMES: &[&str] = &["quota", "capacity", "hosts_down", "population"];

/// So often a host that fails is looked at again for what waits for it.
pub const PATIENCE: TimeDelta = TimeDelta::seconds(10);

/// Makes a change; how to take it back, in the same form, where it can be.
pub fn admin_change(os: &mut OpenStack, ctx: &mut Context, what: &str, how: &Value) -> Result<Option<Value>, String> {
    match what {
        "quota" => quota(os, how).map(Some),
        "capacity" => capacity(os, how).map(Some),
        "hosts_down" => hosts_down(os, how).map(Some),
        "population" => populations::populate(os, ctx, how).map(|()| None),
        _ => Err(format!("there is no such change; there are {}", NAMES.join(", "))),
    }
}

/// `{ project = "demo", volumes = 1, network = 0 }`: limits of a project, each under the name that its service
/// has for it; `null` is the default again.
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

/// Sets the limit of whichever service has such a resource; what it was.
fn set_limit(os: &mut OpenStack, project: &Id, resource: &str, limit: Option<i64>) -> Result<Option<i64>, String> {
    for quotas in SERVICES.iter().filter_map(|service| service.quotas.as_ref()) {
        if (quotas.has)(os, resource) {
            return Ok((quotas.set)(os, project, resource, limit));
        }
    }
    Err(format!("no service counts {resource}; try instances, cores, volumes, gigabytes, network, port"))
}

/// `0.25`: how much of every compute host may still be given away; the host keeps the rest for itself.
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

/// `["compute1"]`: hosts that fail. Their servers stay as they are, for Nova as for who looks; what is asked of
/// them waits until the host is back. To take it back: `{"up": ["compute1"]}`.
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

/// True if a transition needs the host of its server, which is down: the request waits in its queue, as upstream.
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
