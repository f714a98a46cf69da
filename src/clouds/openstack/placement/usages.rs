//! Usages: the sums of allocations at a provider or of a project (placement/handlers/usage.py).

use super::bodies::{self, last};
use super::dialect::dated;
use super::policy::POLICY;
use super::{Class, errors};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Operation, Response, get};
use schemars::{Schema, json_schema};
use std::collections::BTreeMap;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/resource_providers/{uuid}/usages", "placement.resource_provider.usages", of_provider)
        .summary("Lists the usages of a resource provider.")
        .policy("placement:resource_providers:usages"),
    get("/usages", "placement.usage.list", of_project)
        .summary("Lists the usages of a project.")
        .requires_query(query)
        .since(1, 9)
        .policy_on_target("placement:usages"),
];

fn query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "project_id": {"type": "string", "minLength": 1, "maxLength": 255},
            "user_id": {"type": "string", "minLength": 1, "maxLength": 255},
            "consumer_type": {
                "type": "string",
                "pattern": "^[A-Z0-9_]+$|^all|^unknown$",
                "minLength": 1,
                "maxLength": 255,
                "x-since": "1.38"
            }
        },
        "required": ["project_id"],
        "additionalProperties": false
    })
}

fn of_provider(call: &Call, os: &OpenStack) -> Answer {
    let uuid = call.param("uuid");
    let provider = os.placement.providers.get(uuid);
    let provider = provider.ok_or_else(|| errors::provider_not_found_by_handler(uuid, ":"))?;
    let response = Response::object(|o| {
        o.set("resource_provider_generation", provider.generation);
        o.object("usages", |o| {
            provider.inventories.iter().for_each(|inventory| o.set(&inventory.class, inventory.used));
        });
    });
    Ok(dated(call, response, call.now))
}

/// The number and the allocations of the consumers of one type.
#[derive(Default)]
struct Sum {
    consumers: u64,
    resources: BTreeMap<Class, i64>,
}

fn of_project(call: &Call, os: &OpenStack) -> Answer {
    let (project, user) = (last(call, "project_id").unwrap_or_default(), last(call, "user_id"));
    POLICY.enforce(call, &[("project_id", project)])?;
    bodies::check_query(call, query)?;
    let kind = last(call, "consumer_type").filter(|_| call.since(1, 38));
    let together = !call.since(1, 38) || kind == Some("all");
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    let own = os.placement.consumers.of(project).filter(|one| user.is_none_or(|user| *one.user == *user));
    for consumer in own.filter(|one| !one.allocations.is_empty()) {
        let consumer_type = consumer.kind.as_deref().unwrap_or("unknown");
        if !together && kind.is_some_and(|kind| kind != consumer_type) {
            continue;
        }
        let sum = sums.entry(if together { "all" } else { consumer_type }).or_default();
        sum.consumers += 1;
        for (class, amount) in consumer.allocations.iter().flat_map(|allocation| &allocation.resources) {
            *sum.resources.entry(class.clone()).or_default() += amount;
        }
    }
    let response = Response::object(|o| {
        o.object("usages", |o| {
            for (kind, sum) in &sums {
                if call.since(1, 38) {
                    o.object(kind, |o| {
                        sum.resources.iter().for_each(|(class, amount)| o.set(class, amount));
                        o.set("consumer_count", sum.consumers);
                    });
                } else {
                    sum.resources.iter().for_each(|(class, amount)| o.set(class, amount));
                }
            }
        });
    });
    Ok(dated(call, response, call.now))
}
