//! The quotas of a project: `/os-quota-sets/{id}` (cinder/api/contrib/quotas.py).

use super::super::policy::POLICY;
use super::super::{errors, strict_bool};
use super::{class_limit, in_use, limit, reserved, resources};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::python;
use crate::clouds::openstack::quotas::{self, DEFAULT_CLASS, Limits, MAX_LIMIT};
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, delete, get, put};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/os-quota-sets/{id}", "cinder.quota_set.show", show)
        .summary("Shows a quota set of a project.")
        .policy_on_target("volume_extension:quotas:show"),
    get("/os-quota-sets/{id}/defaults", "cinder.quota_set.show_defaults", show_defaults)
        .summary("Shows the default quotas of a project.")
        .policy_on_target("volume_extension:quotas:show"),
    put("/os-quota-sets/{id}", "cinder.quota_set.update", update)
        .summary("Updates a quota set of a project.")
        .body::<UpdateRequest>()
        .policy_on_target("volume_extension:quotas:update"),
    delete("/os-quota-sets/{id}", "cinder.quota_set.delete", remove)
        .summary("Resets the quotas of a project to the defaults.")
        .answers(200)
        .policy_on_target("volume_extension:quotas:delete"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    #[schemars(extend("minProperties" = 1))]
    quota_set: Map<String, Value>,
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let project = call.param("id");
    POLICY.enforce(call, &[("project_id", project)])?;
    let with_usage = call.query("usage").map_or(Ok(false), |text| strict_bool("usage", text))?;
    Ok(Response::one("quota_set", |o| {
        for name in resources(os) {
            let limit = limit(os, project, &name);
            if with_usage {
                o.object(&name, |o| {
                    o.set("limit", limit);
                    o.set("in_use", in_use(os, project, &name));
                    o.set("reserved", reserved(os, project, &name));
                });
            } else {
                o.set(&name, limit);
            }
        }
        o.set("id", project);
    }))
}

fn show_defaults(call: &Call, os: &OpenStack) -> Answer {
    let project = call.param("id");
    POLICY.enforce(call, &[("project_id", project)])?;
    Ok(Response::one("quota_set", |o| {
        resources(os).iter().for_each(|name| o.set(name, class_limit(os, DEFAULT_CLASS, name)));
        o.set("id", project);
    }))
}

fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let request = call.body::<UpdateRequest>()?.quota_set;
    check_values(os, &request)?;
    let project: Id = call.param("id").into();
    POLICY.enforce(call, &[("project_id", &project)])?;
    check_name("quota_set_name", &project)?;
    let mut limits = vec![];
    for (name, value) in request.iter().filter(|(name, _)| !IGNORED.contains(&name.as_str())) {
        limits.push((name.clone(), check_usage(os, &project, name, value)?));
    }
    let limits = limits.into_iter().collect();
    quotas::configure(&mut os.cinder.quotas, Limits { holder: project.clone(), project: None, limits });
    Ok(Response::one("quota_set", |o| {
        resources(os).iter().for_each(|name| o.set(name, limit(os, &project, name)));
    }))
}

/// Resets the limits to the defaults. The usage does not change.
fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let project = call.param("id");
    POLICY.enforce(call, &[("project_id", project)])?;
    os.cinder.quotas.remove(project);
    Ok(Response::empty())
}

/// Keys that clients send back although they are not quotas.
const IGNORED: &[&str] = &["tenant_id", "id"];

/// The format `quota_set` of upstream's schema: fails with the first value that is not a valid number, or with all
/// unknown names.
fn check_values(os: &OpenStack, request: &Map<String, Value>) -> Result<(), Problem> {
    let known = resources(os);
    let mut unknown = vec![];
    for (name, value) in request.iter().filter(|(name, _)| !IGNORED.contains(&name.as_str())) {
        if !known.contains(name) {
            unknown.push(name.as_str());
            continue;
        }
        let number: Option<i128> = python::str(value).trim().parse().ok();
        match number {
            None => return Err(errors::not_an_integer(name)),
            Some(number) if number < -1 => return Err(errors::number_too_small(name, -1)),
            Some(number) if number > i128::from(MAX_LIMIT) => return Err(errors::number_too_large(name, MAX_LIMIT)),
            Some(_) => {}
        }
    }
    if unknown.is_empty() { Ok(()) } else { Err(errors::bad_quota_keys("quota set", &unknown)) }
}

/// Checks a new limit and returns it. As upstream, a limit below the usage is rejected only if the project already
/// has its own limit. Upstream fails to compare numbers that are sent as strings.
fn check_usage(os: &OpenStack, project: &str, name: &str, value: &Value) -> Result<i64, Problem> {
    if name == "per_volume_gigabytes" {
        return python::str(value).trim().parse().map_err(|_| errors::not_an_integer(name));
    }
    let limit = value.as_i64().ok_or_else(errors::malformed)?;
    let used = in_use(os, project, name) + reserved(os, project, name);
    if limit != -1 && quotas::configured(&os.cinder.quotas, project, name).is_some() && limit < used {
        return Err(errors::quota_below_usage(name, used, limit));
    }
    Ok(limit)
}

/// Fails with 400 if the name of a quota set or class is longer than 255 characters.
pub fn check_name(what: &str, name: &str) -> Result<(), Problem> {
    let length = name.chars().count();
    if length > 255 { Err(errors::text_too_long(what, length, 255)) } else { Ok(()) }
}
