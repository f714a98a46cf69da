//! Allocation candidates: the providers that have room for the requested resources
//! (placement/handlers/allocation_candidate.py).

mod groups;
mod search;

use super::Class;
use super::bodies::{check_query, last};
use super::dialect::dated;
use super::errors;
use super::resource_providers::Provider;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Object, Operation, Response, get};
use groups::RequestGroup;
use schemars::{Schema, json_schema};
use search::{Candidate, RequestWideParams};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/allocation_candidates", "placement.allocation_candidate.list_one", list)
        .summary("Lists candidates for an allocation.")
        .requires_query(one_group)
        .since(1, 10)
        .until(1, 24)
        .policy("placement:allocation_candidates:list"),
    get("/allocation_candidates", "placement.allocation_candidate.list", list)
        .summary("Lists candidates for an allocation.")
        .query(several_groups)
        .since(1, 25)
        .policy("placement:allocation_candidates:list"),
];

fn limit() -> Value {
    json!({
        "type": ["integer", "string"], "pattern": "^[1-9][0-9]*$", "minimum": 1, "minLength": 1, "x-since": "1.16"
    })
}

/// The query before 1.25, which has one request group.
fn one_group() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "resources": {"type": "string"},
            "limit": limit(),
            "required": {"type": ["string"], "x-since": "1.17"},
            "member_of": {"type": ["string"], "x-since": "1.21"}
        },
        "required": ["resources"],
        "additionalProperties": false
    })
}

/// The query since 1.25. Suffixes are numbers; since 1.33 they are any names.
fn several_groups() -> Schema {
    let patterns = |suffix: &str, names: &[&str]| -> Map<String, Value> {
        names.iter().map(|name| (format!("^{name}({suffix})?$"), json!({"type": "string"}))).collect()
    };
    let (number, any) = ("[1-9][0-9]*", "[a-zA-Z0-9_-]{1,64}");
    let with_tree = ["resources", "required", "member_of", "in_tree"];
    json_schema!({
        "type": "object",
        "properties": {
            "limit": limit(),
            "group_policy": {"type": "string", "enum": ["none", "isolate"]},
            "root_required": {"type": ["string"], "x-since": "1.35"},
            "same_subtree": {"type": ["string"], "x-since": "1.36"}
        },
        "additionalProperties": false,
        "patternProperties": patterns(number, &["resources", "required", "member_of"]),
        "x-from": {
            "1.31": {"patternProperties": patterns(number, &with_tree)},
            "1.33": {"patternProperties": patterns(any, &with_tree)}
        }
    })
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    check_query(call, if call.since(1, 25) { several_groups } else { one_group })?;
    let params = RequestWideParams::parse(call)?;
    let groups = groups::parse(call, &params)?;
    let granular = groups.iter().filter(|group| group.is_granular()).count();
    if params.isolate.is_none() && granular > 1 {
        return Err(errors::group_policy_missing());
    }
    groups::check_names(os, &groups, &params)?;
    let mut candidates = search::candidates(os, &groups, &params, call.since(1, 29));
    let limit = last(call, "limit").and_then(|limit| limit.parse().ok()).unwrap_or(usize::MAX);
    candidates.truncate(limit);
    let response = Response::object(|o| {
        o.list("allocation_requests", |list| {
            for candidate in &candidates {
                list.object(|o| view(call, o, candidate));
            }
        });
        o.object("provider_summaries", |o| summaries(call, os, o, &groups, &candidates));
    });
    Ok(dated(call, response, call.now))
}

/// Before 1.12 the allocations are a list.
fn view(call: &Call, o: &mut Object, candidate: &Candidate) {
    let resources = |o: &mut Object, resources: &[(Class, i64)]| {
        o.object("resources", |o| resources.iter().for_each(|(class, amount)| o.set(class, amount)));
    };
    let merged = candidate.by_provider();
    if call.since(1, 12) {
        o.object("allocations", |o| {
            merged.iter().for_each(|(provider, amounts)| o.object(&provider.uuid, |o| resources(o, amounts)));
        });
    } else {
        o.each("allocations", &merged, |o, (provider, amounts)| {
            o.object("resource_provider", |o| o.set("uuid", &provider.uuid));
            resources(o, amounts);
        });
    }
    if call.since(1, 34) {
        o.object("mappings", |o| {
            candidate.mappings().iter().for_each(|(suffix, providers)| o.set(suffix, providers));
        });
    }
}

/// Summaries of all providers in the trees of the candidates. Before 1.29 only providers with allocations have one;
/// before 1.27 it has only the requested resource classes.
fn summaries(call: &Call, os: &OpenStack, o: &mut Object, groups: &[RequestGroup], candidates: &[Candidate]) {
    let requested: BTreeSet<&Class> =
        groups.iter().flat_map(|group| &group.resources).map(|(class, _)| class).collect();
    let mut used = BTreeSet::new();
    let mut roots = BTreeSet::new();
    for (provider, _) in candidates.iter().flat_map(Candidate::by_provider) {
        used.insert(&provider.uuid);
        roots.insert(&provider.root);
    }
    let has_summary = |provider: &&Provider| {
        if call.since(1, 29) { roots.contains(&provider.root) } else { used.contains(&provider.uuid) }
    };
    for provider in os.placement.providers.all().rev().filter(has_summary) {
        o.object(&provider.uuid, |o| {
            o.object("resources", |o| {
                let all = call.since(1, 27);
                for inventory in provider.inventories.iter().filter(|one| all || requested.contains(&one.class)) {
                    o.object(&inventory.class, |o| {
                        o.set("capacity", inventory.capacity() as i64);
                        o.set("used", inventory.used);
                    });
                }
            });
            if call.since(1, 17) {
                o.set("traits", &provider.traits);
            }
            if call.since(1, 29) {
                o.set("parent_provider_uuid", &provider.parent);
                o.set("root_provider_uuid", &provider.root);
            }
        });
    }
}
