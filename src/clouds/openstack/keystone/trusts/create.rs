//! `POST /OS-TRUST/trusts` (keystone/api/trusts.py and keystone/trust/core.py).

use super::super::super::OpenStack;
use super::super::super::parameter_types::Optional;
use super::super::application_credentials::create::{RequestedRole, expiry, role_named};
use super::super::assignments::Target;
use super::super::assignments::effective::{applies_to, grants, with_implied};
use super::super::{errors, policy, tokens};
use super::{Trust, check_not_delegated, find, view};
use crate::engine::{Answer, Call, Context, Id, Problem, Response};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Deserialize;

/// The maximal length of a chain of redelegated trusts (upstream's `[trust] max_redelegation_count`).
const MAX_REDELEGATION_COUNT: u32 = 3;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-unknown-first" = true))]
pub struct Request {
    trust: NewTrust,
}

#[derive(Deserialize, JsonSchema)]
struct NewTrust {
    trustor_user_id: String,
    trustee_user_id: String,
    impersonation: bool,
    #[serde(default)]
    project_id: Option<String>,
    #[serde(default)]
    #[schemars(schema_with = "count_from_one")]
    remaining_uses: Option<u32>,
    #[serde(default)]
    #[schemars(extend("type" = ["null", "string"]))]
    expires_at: Option<String>,
    #[serde(default)]
    allow_redelegation: Option<bool>,
    #[serde(default)]
    #[schemars(schema_with = "count")]
    redelegation_count: Option<u32>,
    #[serde(default)]
    #[allow(dead_code, reason = "accepted and ignored: it follows from the token")]
    redelegated_trust_id: Option<String>,
    #[serde(default)]
    roles: Optional<Vec<RequestedRole>>,
}

fn count(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": ["integer", "null"], "minimum": 0, "maximum": u32::MAX})
}

fn count_from_one(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": ["integer", "null"], "minimum": 1, "maximum": u32::MAX})
}

/// Creates a trust. Roles must be held by the trustor, in a redelegation by the trustor of the first trust.
pub fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<Request>()?.trust;
    policy::enforce(call, &[("target.trust.trustor_user_id", &request.trustor_user_id)])?;
    check_not_delegated(call, os)?;
    let project = request.project_id.as_deref().filter(|project| !project.is_empty());
    let roles = request.roles.as_deref().unwrap_or_default();
    if project.is_some() && roles.is_empty() {
        return Err(errors::forbidden_action("At least one role should be specified"));
    }
    let trustee = os.keystone.users.get(&request.trustee_user_id);
    let trustee = trustee.ok_or_else(|| errors::could_not_find("user", &request.trustee_user_id))?.id.clone();
    let roles = roles.iter().map(|role| requested_role(os, role)).collect::<Result<Vec<_>, _>>()?;
    let parent = tokens::of_caller(call, os).and_then(|token| token.trust.as_ref());
    let parent = parent.map(|id| find(os, id, call.now)).transpose()?.cloned();
    let trustor: Id = request.trustor_user_id.as_str().into();
    let granted_by = parent.as_ref().map_or(&trustor, |parent| first_trustor(os, parent));
    check_trustor_has(os, granted_by, project, &roles)?;
    let expires = request.expires_at.as_deref().map(|text| expiry(text, call.now)).transpose()?;
    let redelegation_count = redelegation_count(&request)?;
    let mut trust = Trust {
        id: ctx.hex_id(),
        trustor,
        trustee,
        project: project.map(Id::from),
        roles,
        impersonation: request.impersonation,
        expires,
        remaining_uses: request.remaining_uses,
        redelegation_count,
        redelegated: None,
    };
    if let Some(parent) = parent {
        redelegate(os, &mut trust, &parent)?;
    }
    let trust = os.keystone.trusts.insert(trust).clone();
    Ok(Response::one("trust", |o| view(o, call, os, &trust)))
}

fn requested_role(os: &OpenStack, role: &RequestedRole) -> Result<Id, Problem> {
    match (role.id.as_ref(), role.name.as_ref()) {
        (Some(id), _) => Ok(id.0.as_str().into()),
        (None, name) => role_named(os, name.map_or("", |name| &name.0)),
    }
}

/// The trustor of the first trust in a chain.
fn first_trustor<'o>(os: &'o OpenStack, trust: &'o Trust) -> &'o Id {
    let parent = trust.redelegated.as_ref().and_then(|id| os.keystone.trusts.get(id));
    parent.map_or(&trust.trustor, |parent| first_trustor(os, parent))
}

/// Fails with 404 if the trustor does not have one of the roles on the project. Domain roles count here.
fn check_trustor_has(os: &OpenStack, trustor: &str, project: Option<&str>, roles: &[Id]) -> Result<(), Problem> {
    let held = match project {
        None => Default::default(),
        Some(id) => {
            let project = os.keystone.projects.get(id).ok_or_else(|| errors::could_not_find("project", id))?;
            let scope = Target::Project(project.id.clone());
            let granted = grants(os, trustor).filter(|grant| applies_to(os, grant, &scope));
            with_implied(os, granted.map(|grant| grant.role.clone()))
        }
    };
    match roles.iter().find(|role| !held.contains(*role)) {
        Some(missing) => Err(errors::could_not_find("role", missing)),
        None => Ok(()),
    }
}

/// How many times the trust can be redelegated. Fails with 403 above the maximum.
fn redelegation_count(request: &NewTrust) -> Result<u32, Problem> {
    if !request.allow_redelegation.unwrap_or(false) || request.redelegation_count == Some(0) {
        return Ok(0);
    }
    let count = request.redelegation_count.unwrap_or(MAX_REDELEGATION_COUNT);
    if count > MAX_REDELEGATION_COUNT {
        return Err(errors::forbidden());
    }
    if request.remaining_uses.is_some() {
        return Err(errors::invalid("remaining_uses must not be set if redelegation is allowed"));
    }
    Ok(count)
}

/// Makes `trust` a redelegation of `parent`. Fails with 403 if it would allow more than `parent` does
/// (`_validate_redelegation`).
fn redelegate(os: &OpenStack, trust: &mut Trust, parent: &Trust) -> Result<(), Problem> {
    let outlives = |end: DateTime<Utc>| parent.expires.is_some_and(|parent| parent < end);
    let of_parent = with_implied(os, parent.roles.iter().cloned());
    let exceeds = parent.redelegation_count == 0
        || trust.remaining_uses.is_some()
        || trust.expires.is_some_and(outlives)
        || trust.roles.iter().any(|role| !of_parent.contains(role))
        || (trust.impersonation && !parent.impersonation);
    if exceeds {
        return Err(errors::forbidden());
    }
    trust.expires = trust.expires.or(parent.expires);
    trust.redelegation_count = parent.redelegation_count - 1;
    trust.redelegated = Some(parent.id.clone());
    Ok(())
}
