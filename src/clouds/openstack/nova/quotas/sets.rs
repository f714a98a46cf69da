//! `/os-quota-sets/{id}`: the quotas of a project (nova/api/openstack/compute/quota_sets.py).

use super::super::errors;
use super::super::parameter_types::{Boolean, Optional};
use super::super::policy::{self, POLICY};
use super::{DEFAULTS, class_limit, in_use, limit, user_holder, user_limit, visible_resources};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::quotas::{self, DEFAULT_CLASS, Limits, MAX_LIMIT};
use crate::engine::{self, Answer, Call, Context, Id, Operation, Problem, Response, get, put};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/os-quota-sets/{id}", "nova.quota_set.show", show)
        .summary("Shows the quotas of a project or a user.")
        .query(query)
        .policy_on_target("os_compute_api:os-quota-sets:show"),
    get("/os-quota-sets/{id}/detail", "nova.quota_set.show_detail", show_detail)
        .summary("Shows the quotas of a project or a user with their usage.")
        .query(query)
        .policy_on_target("os_compute_api:os-quota-sets:detail"),
    get("/os-quota-sets/{id}/defaults", "nova.quota_set.show_defaults", show_defaults)
        .summary("Shows the default quotas.")
        .policy_on_target("os_compute_api:os-quota-sets:defaults"),
    put("/os-quota-sets/{id}", "nova.quota_set.update", update)
        .summary("Updates the quotas of a project or a user.")
        .query(query)
        .body_schema(update_body)
        .policy_on_target("os_compute_api:os-quota-sets:update"),
    engine::delete("/os-quota-sets/{id}", "nova.quota_set.delete", remove)
        .summary("Resets the quotas of a project or a user to the defaults.")
        .query(query)
        .answers(202)
        .policy_on_target("os_compute_api:os-quota-sets:delete"),
];

fn query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {"user_id": {"type": "string"}},
        "additionalProperties": true,
        "x-from": {"2.75": {"additionalProperties": false}}
    })
}

/// The project of the path, after the policy check. Upstream asks Keystone whether it exists with the caller's token,
/// so only administrators learn that it does not.
fn project(call: &Call, os: &OpenStack) -> Result<Id, Problem> {
    let project = call.param("id");
    POLICY.enforce(call, &[("project_id", project)])?;
    if os.keystone.projects.contains(project) || !policy::is_admin(call) {
        Ok(project.into())
    } else {
        Err(errors::not_a_project(project))
    }
}

/// The limit of the user in the query, else of the project.
fn limit_of(call: &Call, os: &OpenStack, project: &str, resource: &str) -> i64 {
    match call.query("user_id") {
        Some(user) => user_limit(os, project, user, resource),
        None => limit(os, project, resource),
    }
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let project = project(call, os)?;
    Ok(Response::one("quota_set", |o| {
        o.set("id", &project);
        visible_resources(call, (2, 36)).for_each(|name| o.set(name, limit_of(call, os, &project, name)));
    }))
}

fn show_detail(call: &Call, os: &OpenStack) -> Answer {
    let project = project(call, os)?;
    Ok(Response::one("quota_set", |o| {
        o.set("id", &project);
        for name in visible_resources(call, (2, 36)) {
            o.object(name, |o| {
                o.set("in_use", in_use(os, &project, name));
                o.set("limit", limit_of(call, os, &project, name));
                o.set("reserved", 0);
            });
        }
    }))
}

fn show_defaults(call: &Call, os: &OpenStack) -> Answer {
    let project = project(call, os)?;
    Ok(Response::one("quota_set", |o| {
        o.set("id", &project);
        visible_resources(call, (2, 36)).for_each(|name| o.set(name, class_limit(os, DEFAULT_CLASS, name)));
    }))
}

/// A limit from a request: a number or a string of digits.
pub fn number(value: &Value) -> Option<i64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).map(|number| number as i64)
}

#[derive(Deserialize)]
struct UpdateRequest {
    quota_set: Update,
}

#[derive(Deserialize)]
struct Update {
    #[serde(default)]
    force: Optional<Boolean>,
    #[serde(flatten)]
    limits: Map<String, Value>,
}

fn update_body() -> Schema {
    let force = Boolean::json_schema(&mut SchemaGenerator::default());
    let resources = resources_schema("2.35", [("force".to_owned(), force.into())].into_iter().collect());
    json_schema!({
        "type": "object",
        "properties": {
            "quota_set": {"type": "object", "properties": resources, "additionalProperties": false}
        },
        "required": ["quota_set"],
        "additionalProperties": false
    })
}

fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let project = project(call, os)?;
    let request = call.body::<UpdateRequest>()?.quota_set;
    let force = request.force.0.is_some_and(|force| force.0);
    let user = call.query("user_id");
    let mut limits = vec![];
    for (name, value) in request.limits {
        let new = number(&value).ok_or_else(errors::malformed)?;
        let used = in_use(os, &project, &name);
        let or_unlimited = |limit: i64| if limit < 0 { i64::MAX } else { limit };
        if !force && or_unlimited(new) < used {
            return Err(errors::quota_below_usage(&name, new, used));
        }
        let project_limit = limit(os, &project, &name);
        if user.is_some() && !force && or_unlimited(new) > or_unlimited(project_limit) {
            return Err(errors::quota_above_project(&name, new, project_limit));
        }
        limits.push((name, new));
    }
    let holder: Id = user.map_or_else(|| project.clone(), |user| user_holder(&project, user).into());
    let limits = limits.into_iter().collect();
    quotas::configure(&mut os.nova.quotas, Limits { holder, project: Some(project.clone()), limits });
    Ok(Response::one("quota_set", |o| {
        visible_resources(call, (2, 36)).for_each(|name| o.set(name, limit_of(call, os, &project, name)));
    }))
}

/// The project, or the user in the query, has the default limits again.
fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let project = call.param("id");
    POLICY.enforce(call, &[("project_id", project)])?;
    match call.query("user_id") {
        Some(user) => {
            os.nova.quotas.remove(&user_holder(project, user));
        }
        None => {
            let sets: Vec<_> = os.nova.quotas.of(project).map(|set| set.holder.clone()).collect();
            for holder in sets {
                os.nova.quotas.remove(&holder);
            }
        }
    }
    Ok(Response::empty())
}

/// The schema of limits by resource, plus the fields in `more`. Resources of nova-network end at `networks_until`,
/// those of files at 2.56.
pub fn resources_schema(networks_until: &str, more: Map<String, Value>) -> Map<String, Value> {
    const ORDER: [&str; 14] = [
        "instances",
        "cores",
        "ram",
        "floating_ips",
        "fixed_ips",
        "metadata_items",
        "key_pairs",
        "security_groups",
        "security_group_rules",
        "injected_files",
        "injected_file_content_bytes",
        "injected_file_path_bytes",
        "server_groups",
        "server_group_members",
    ];
    debug_assert_eq!(ORDER.len(), DEFAULTS.len());
    let one = |name: &&str| {
        let mut schema = serde_json::json!({
            "type": ["integer", "string"], "pattern": "^-?[0-9]+$", "minimum": -1, "maximum": MAX_LIMIT
        });
        let until = match *name {
            name if super::NETWORK_RESOURCES.contains(&name) => Some(networks_until),
            name if super::FILE_RESOURCES.contains(&name) => Some("2.56"),
            _ => None,
        };
        if let (Some(until), Some(fields)) = (until, schema.as_object_mut()) {
            fields.insert("x-until".into(), until.into());
        }
        ((*name).to_owned(), schema)
    };
    ORDER.iter().map(one).chain(more).collect()
}
