//! Actions on aggregates: adding and removing hosts, setting metadata (nova/api/openstack/compute/aggregates.py).

use super::{Aggregate, ZONE, check_other_zones, check_zone, find, is_host, one, one_changed_now, zone_by_aggregate};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::parameter_types::HostName;
use crate::clouds::openstack::nova::servers::BY_HOST;
use crate::clouds::openstack::nova::{errors, services};
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, post};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post("/os-aggregates/{id}/action", "nova.aggregate.add_host", add_host)
        .summary("Adds a host to an aggregate.")
        .action("add_host")
        .body::<AddHostRequest>()
        .policy("os_compute_api:os-aggregates:add_host"),
    post("/os-aggregates/{id}/action", "nova.aggregate.remove_host", remove_host)
        .summary("Removes a host from an aggregate.")
        .action("remove_host")
        .body::<RemoveHostRequest>()
        .policy("os_compute_api:os-aggregates:remove_host"),
    post("/os-aggregates/{id}/action", "nova.aggregate.set_metadata", set_metadata)
        .summary("Sets or removes metadata of an aggregate.")
        .action("set_metadata")
        .body::<SetMetadataRequest>()
        .policy("os_compute_api:os-aggregates:set_metadata"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AddHostRequest {
    add_host: Host,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RemoveHostRequest {
    remove_host: Host,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Host {
    host: HostName,
}

fn add_host(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let host: Id = call.body::<AddHostRequest>()?.add_host.host.0.into();
    let id = call.param("id");
    id.parse::<i64>().map_err(|_| errors::id_not_an_integer())?;
    if !is_host(os, &host) {
        return Err(errors::host_to_add_not_found(&host));
    }
    let aggregate = find(os, id)?.clone();
    if let Some(zone) = aggregate.zone() {
        let refused = |reason: String| errors::cannot_add_host(&aggregate.id, &reason);
        check_other_zones(os, &aggregate, zone, std::slice::from_ref(&host)).map_err(refused)?;
        let old = zone_by_aggregate(os, &host, None);
        check_servers_keep_zone(os, &host, "added to", old, Some(zone)).map_err(refused)?;
    }
    if aggregate.hosts.contains(&host) {
        return Err(errors::aggregate_has_host(&aggregate.id, &host));
    }
    change(os, &aggregate.id, |aggregate| aggregate.hosts.push(host.clone()))?;
    // Upstream mirrors aggregates to Placement.
    if let Some(provider) = os.placement.providers.get_mut(&services::compute_node_id(&host)) {
        provider.aggregates.push(aggregate.uuid);
        provider.generation += 1;
    }
    Ok(one(call, find(os, id)?))
}

fn remove_host(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let host: Id = call.body::<RemoveHostRequest>()?.remove_host.host.0.into();
    let id = call.param("id");
    id.parse::<i64>().map_err(|_| errors::id_not_an_integer())?;
    if !is_host(os, &host) {
        return Err(errors::aggregate_lacks_host(id, &host));
    }
    let aggregate = find(os, id)?.clone();
    if let Some(zone) = aggregate.zone() {
        let new = zone_by_aggregate(os, &host, Some(&aggregate.id));
        check_servers_keep_zone(os, &host, "removed from", Some(zone), new)
            .map_err(|reason| errors::cannot_remove_host(&aggregate.id, &reason))?;
    }
    if !aggregate.hosts.contains(&host) {
        return Err(errors::aggregate_lacks_host(&aggregate.id, &host));
    }
    change(os, &aggregate.id, |aggregate| aggregate.hosts.retain(|one| *one != host))?;
    if let Some(provider) = os.placement.providers.get_mut(&services::compute_node_id(&host)) {
        provider.aggregates.retain(|one| *one != aggregate.uuid);
        provider.generation += 1;
    }
    Ok(one(call, find(os, id)?))
}

/// A host with servers cannot change its availability zone. The error is upstream's reason.
fn check_servers_keep_zone(
    os: &OpenStack,
    host: &Id,
    verb: &str,
    old: Option<&str>,
    new: Option<&str>,
) -> Result<(), String> {
    let servers = os.nova.servers.by(&BY_HOST, host).count();
    if servers == 0 || old == new { Ok(()) } else { Err(errors::zone_would_change(verb, old, new, servers)) }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetMetadataRequest {
    set_metadata: SetMetadata,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetMetadata {
    metadata: MetadataWithNull,
}

/// `metadata_with_null`: null removes a key.
#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend(
    "patternProperties" = {"^[a-zA-Z0-9-_:. ]{1,255}$": {"type": ["string", "null"], "maxLength": 255}},
    "additionalProperties" = false,
))]
struct MetadataWithNull(Map<String, Value>);

fn set_metadata(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let request = call.body::<SetMetadataRequest>()?.set_metadata.metadata.0;
    let aggregate = find(os, call.param("id"))?.clone();
    if let Some(zone) = request.get(ZONE) {
        check_zone(os, &aggregate, zone.as_str(), &aggregate.hosts)
            .map_err(|reason| errors::cannot_update_aggregate_metadata(&aggregate.id, &reason))?;
    }
    change(os, &aggregate.id, |aggregate| {
        for (key, value) in request {
            match value {
                Value::String(value) => aggregate.metadata.insert(key, value),
                _ => aggregate.metadata.remove(&key),
            };
        }
    })?;
    Ok(one_changed_now(call, find(os, call.param("id"))?))
}

/// Changes the hosts or the metadata, which upstream stores in separate tables. The update time of the aggregate
/// stays the same.
fn change(os: &mut OpenStack, id: &str, change: impl FnOnce(&mut Aggregate)) -> Result<(), Problem> {
    change(os.nova.aggregates.get_mut(id).ok_or_else(|| errors::aggregate_not_found(id))?);
    Ok(())
}
