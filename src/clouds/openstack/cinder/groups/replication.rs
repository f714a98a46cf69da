//! Replication of groups; since 3.38. The drivers of the cloud cannot replicate: the request succeeds if the
//! group type and the volume types require replication, and the group's replication status becomes `error`.

use super::super::super::OpenStack;
use super::super::super::parameter_types::Optional;
use super::super::errors;
use super::super::parameter_types::{Boolean, Text255};
use super::super::policy::POLICY;
use super::actions::wrong_path;
use super::transitions;
use super::{Group, find};
use crate::clouds::openstack::cinder::status::StatusText;
use crate::engine::{Answer, Call, Context, Operation, Problem, Response, post};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

const OF_ONE: &str = "/groups/{group_id}/action";
const OF_ALL: &str = "/groups/action";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(OF_ONE, "cinder.group.enable_replication", enable)
        .summary("Enables the replication of a volume group.")
        .since(3, 38)
        .action("enable_replication")
        .body::<EnableRequest>()
        .answers(202)
        .policy_on_target("group:enable_replication"),
    post(OF_ONE, "cinder.group.disable_replication", disable)
        .summary("Disables the replication of a volume group.")
        .since(3, 38)
        .action("disable_replication")
        .body::<DisableRequest>()
        .answers(202)
        .policy_on_target("group:disable_replication"),
    post(OF_ONE, "cinder.group.failover_replication", failover)
        .summary("Fails the replication of a volume group over.")
        .since(3, 38)
        .action("failover_replication")
        .body::<FailoverRequest>()
        .answers(202)
        .policy_on_target("group:failover_replication"),
    post(OF_ONE, "cinder.group.list_replication_targets", list_targets)
        .summary("Lists the replication targets of a volume group.")
        .since(3, 38)
        .action("list_replication_targets")
        .body::<ListRequest>()
        .policy_on_target("group:list_replication_targets"),
    // As the other actions, upstream also routes these to the path of the collection.
    post(OF_ALL, "cinder.group.enable_replication_of_all", wrong_path)
        .summary("Answers an action on the collection of volume groups.")
        .since(3, 38)
        .action("enable_replication")
        .body::<EnableRequest>(),
    post(OF_ALL, "cinder.group.disable_replication_of_all", wrong_path)
        .summary("Answers an action on the collection of volume groups.")
        .since(3, 38)
        .action("disable_replication")
        .body::<DisableRequest>(),
    post(OF_ALL, "cinder.group.failover_replication_of_all", wrong_path)
        .summary("Answers an action on the collection of volume groups.")
        .since(3, 38)
        .action("failover_replication")
        .body::<FailoverRequest>(),
    post(OF_ALL, "cinder.group.list_replication_targets_of_all", wrong_path)
        .summary("Answers an action on the collection of volume groups.")
        .since(3, 38)
        .action("list_replication_targets")
        .body::<ListRequest>(),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used")]
struct EnableRequest {
    enable_replication: Map<String, Value>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used")]
struct DisableRequest {
    disable_replication: Map<String, Value>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used")]
struct ListRequest {
    list_replication_targets: Map<String, Value>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used")]
struct FailoverRequest {
    failover_replication: Failover,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used")]
struct Failover {
    allow_attached_volume: Optional<Boolean>,
    secondary_backend_id: Optional<Text255>,
}

fn enable(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    begin(call, os, ctx, "enable", &["available"], &["disabled", "enabled"])
}

fn disable(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    begin(call, os, ctx, "disable", &["available", "error"], &["enabled", "error"])
}

fn failover(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    begin(call, os, ctx, "failover", &["available"], &["enabled", "failed-over"])
}

/// A driver that cannot replicate has no targets.
fn list_targets(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    replicated_group(call, os)?;
    Ok(Response::object(|o| o.list("replication_targets", |_| {})))
}

fn begin(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    action: &str,
    statuses: &[&str],
    replication: &[&str],
) -> Answer {
    let group = replicated_group(call, os)?;
    let status = group.status.text();
    if !statuses.contains(&&*status) {
        let valid = python_list(statuses);
        return Err(errors::group_in_wrong_state(&group.id, "status", &valid, &status, action));
    }
    if !replication.contains(&group.replication_status.as_str()) {
        let (valid, current) = (python_list(replication), &group.replication_status);
        return Err(errors::group_in_wrong_state(&group.id, "replication status", &valid, current, action));
    }
    let id = group.id.clone();
    if let Some(group) = os.cinder.groups.get_mut(&id) {
        group.replication_status = match action {
            "enable" => "enabling",
            "disable" => "disabling",
            _ => "failing-over",
        }
        .into();
    }
    ctx.later(&transitions::REPLICATE, &id);
    Ok(Response::empty())
}

/// The group in the path. Its type and all its volume types must support replication (`_check_type`).
fn replicated_group<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Group, Problem> {
    let group = find(call, os, call.param("group_id"))?;
    POLICY.enforce(call, &[("project_id", &group.project)])?;
    if !os.cinder.group_types.get(&group.group_type).is_some_and(|one| one.is_replicated()) {
        return Err(errors::not_a_replication_group(&group.id));
    }
    let replicates = |id: &str| {
        let specs = os.cinder.volume_types.get(id).map(|one| &one.extra_specs);
        specs.and_then(|specs| specs.get("replication_enabled")).and_then(Value::as_str) == Some("<is> True")
    };
    match group.volume_types.iter().find(|id| !replicates(id)) {
        Some(id) => Err(errors::volume_type_not_replicated(id)),
        None => Ok(group),
    }
}

fn python_list(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
    format!("[{}]", words.join(", "))
}
