//! `POST /OS-TRUST/trusts` (keystone/api/trusts.py and keystone/trust/core.py)

use super::super::super::OpenStack;
use super::super::super::parameter_types::Optional;
use super::super::application_credentials::create::{RequestedRole, expiry, role_named};
use super::super::assignments::Target;
use super::super::assignments::effective::{grants, reaches, with_implied};
use super::super::{errors, policy, tokens};
use super::{Trust, find, not_delegated, view};
use crate::engine::{Answer, Call, Context, Id, Problem, Response};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Deserialize;

/// How many trusts can be made one of the other (upstream's `[trust] max_redelegation_count`).
const MOST_REDELEGATIONS: u32 = 3;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-unknown-first" = true))]
pub struct Request {
    trust: Requested,
}

#[derive(Deserialize, JsonSchema)]
struct Requested {
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
    #[allow(dead_code, reason = "follows from the token")]
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

pub fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let asked = call.body::<Request>()?.trust;
    policy::enforce(call, &[("target.trust.trustor_user_id", &asked.trustor_user_id)])?;
    not_delegated(call, os)?;
    let project = asked.project_id.as_deref().filter(|project| !project.is_empty());
    let roles = asked.roles.as_deref().unwrap_or_default();
    if project.is_some() && roles.is_empty() {
        return Err(errors::forbidden_action("At least one role should be specified"));
    }
    let trustee = os.keystone.users.get(&asked.trustee_user_id);
    let trustee = trustee.ok_or_else(|| errors::could_not_find("user", &asked.trustee_user_id))?.id.clone();
    let roles = roles.iter().map(|role| asked_role(os, role)).collect::<Result<Vec<_>, _>>()?;
    let parent = tokens::of_caller(call, os).and_then(|token| token.trust.as_ref());
    let parent = parent.map(|id| find(os, id, call.now)).transpose()?.cloned();
    let trustor: Id = asked.trustor_user_id.as_str().into();
    let granted_by = parent.as_ref().map_or(&trustor, |parent| first_trustor(os, parent));
    trustor_has(os, granted_by, project, &roles)?;
    let expires = asked.expires_at.as_deref().map(|text| expiry(text, call.now)).transpose()?;
    let redelegations = redelegations(&asked)?;
    let mut trust = Trust {
        id: ctx.hex_id(),
        trustor,
        trustee,
        project: project.map(Id::from),
        roles,
        impersonation: asked.impersonation,
        expires,
        remaining_uses: asked.remaining_uses,
        redelegation_count: redelegations,
        redelegated: None,
    };
    if let Some(parent) = parent {
        redelegate(os, &mut trust, &parent)?;
    }
    let trust = os.keystone.trusts.insert(trust).clone();
    Ok(Response::one("trust", |o| view(o, call, os, &trust)))
}

fn asked_role(os: &OpenStack, role: &RequestedRole) -> Result<Id, Problem> {
    match (role.id.as_ref(), role.name.as_ref()) {
        (Some(id), _) => Ok(id.0.as_str().into()),
        (None, name) => role_named(os, name.map_or("", |name| &name.0)),
    }
}

/// Who granted the first trust of a chain.
fn first_trustor<'o>(os: &'o OpenStack, trust: &'o Trust) -> &'o Id {
    let parent = trust.redelegated.as_ref().and_then(|id| os.keystone.trusts.get(id));
    parent.map_or(&trust.trustor, |parent| first_trustor(os, parent))
}

/// Nobody passes on what they don't have; here roles of a domain count too.
fn trustor_has(os: &OpenStack, trustor: &str, project: Option<&str>, roles: &[Id]) -> Result<(), Problem> {
    let held = match project {
        None => Default::default(),
        Some(id) => {
            let project = os.keystone.projects.get(id).ok_or_else(|| errors::could_not_find("project", id))?;
            let scope = Target::Project(project.id.clone());
            let granted = grants(os, trustor).filter(|grant| reaches(os, grant, &scope));
            with_implied(os, granted.map(|grant| grant.role.clone()))
        }
    };
    match roles.iter().find(|role| !held.contains(*role)) {
        Some(missing) => Err(errors::could_not_find("role", missing)),
        None => Ok(()),
    }
}

fn redelegations(asked: &Requested) -> Result<u32, Problem> {
    if !asked.allow_redelegation.unwrap_or(false) || asked.redelegation_count == Some(0) {
        return Ok(0);
    }
    let count = asked.redelegation_count.unwrap_or(MOST_REDELEGATIONS);
    if count > MOST_REDELEGATIONS {
        return Err(errors::forbidden());
    }
    if asked.remaining_uses.is_some() {
        return Err(errors::invalid("remaining_uses must not be set if redelegation is allowed"));
    }
    Ok(count)
}

/// A trust made with a token of another one can be no more than that (`_validate_redelegation`).
fn redelegate(os: &OpenStack, trust: &mut Trust, parent: &Trust) -> Result<(), Problem> {
    let later = |end: DateTime<Utc>| parent.expires.is_some_and(|parent| parent < end);
    let of_parent = with_implied(os, parent.roles.iter().cloned());
    let too_much = parent.redelegation_count == 0
        || trust.remaining_uses.is_some()
        || trust.expires.is_some_and(later)
        || trust.roles.iter().any(|role| !of_parent.contains(role))
        || (trust.impersonation && !parent.impersonation);
    if too_much {
        return Err(errors::forbidden());
    }
    trust.expires = trust.expires.or(parent.expires);
    trust.redelegation_count = parent.redelegation_count - 1;
    trust.redelegated = Some(parent.id.clone());
    Ok(())
}
