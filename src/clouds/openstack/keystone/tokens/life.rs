//! What a token stands on. Upstream works out at every validation whether a token's user, project and
//! roles are still there; here that is worked out when one of them changes, so that a service that is
//! shown a token needs a single look-up. Whoever changes users, projects, domains, groups, roles or
//! assignments calls [`reassess_user`] or [`reassess_all`] afterwards.

use super::super::super::OpenStack;
use super::super::access_rules::AccessRule;
use super::super::assignments::{self, Target};
use super::super::{errors, trusts};
use super::{EXPIRED_WINDOW, HeldRole, Scope, Token};
use crate::engine::{Id, Problem};
use chrono::{DateTime, Utc};

/// The method of a token that was made for a signed request: not good for Keystone itself.
pub const EC2_CREDENTIAL: &str = "ec2credential";

/// The roles that the token carries now, or why it is not good for anything: 401 where upstream hides
/// the reason (TokenModel.mint in keystone/models/token_model.py).
pub fn current_roles(os: &OpenStack, token: &Token) -> Result<Vec<HeldRole>, Problem> {
    if let Scope::Project { id, .. } = &token.scope {
        project_is_enabled(os, id)?;
    }
    let user = os.keystone.users.get(&token.user);
    let user = user.ok_or_else(|| errors::could_not_find("user", &token.user))?;
    domain_is_enabled(os, &user.domain)?;
    if !user.enabled {
        return Err(errors::unauthorized());
    }
    if let Scope::Domain(id) = &token.scope {
        domain_is_enabled(os, id)?;
    }
    let Some(target) = token.scope.target() else { return Ok(vec![]) };
    let roles = match (&token.application_credential, &token.trust) {
        (Some(id), _) => of_application_credential(os, id, &target)?,
        (None, Some(id)) => of_trust(os, id)?,
        (None, None) => held(os, &token.user, &target),
    };
    if roles.is_empty() { Err(errors::unauthorized()) } else { Ok(roles) }
}

pub fn held(os: &OpenStack, user: &str, target: &Target) -> Vec<HeldRole> {
    let roles = assignments::roles_of(os, user, target);
    roles.iter().map(|role| HeldRole { id: role.id.clone(), name: role.name.as_str().into() }).collect()
}

/// The roles of an application credential that its user still has.
fn of_application_credential(os: &OpenStack, id: &str, target: &Target) -> Result<Vec<HeldRole>, Problem> {
    let credential = os.keystone.application_credentials.get(id);
    let credential = credential.ok_or_else(|| errors::could_not_find("Application Credential", id))?;
    let mut roles = held(os, &credential.user, target);
    roles.retain(|role| credential.roles.contains(&role.id));
    Ok(roles)
}

fn of_trust(os: &OpenStack, id: &str) -> Result<Vec<HeldRole>, Problem> {
    let trust = os.keystone.trusts.get(id).ok_or_else(|| errors::could_not_find("trust", id))?;
    let enabled = |id: &Id| os.keystone.users.get(id).is_some_and(|user| user.enabled);
    if !enabled(&trust.trustor) || !enabled(&trust.trustee) {
        return Err(errors::forbidden());
    }
    trusts::delegated_roles(os, trust)
}

fn project_is_enabled(os: &OpenStack, id: &str) -> Result<(), Problem> {
    let project = os.keystone.projects.get(id).ok_or_else(|| errors::could_not_find("project", id))?;
    if !project.enabled {
        return Err(errors::not_found(format!("Unable to validate token because project {id} is disabled")));
    }
    project.domain.as_ref().map_or(Ok(()), |domain| domain_is_enabled(os, domain))
}

fn domain_is_enabled(os: &OpenStack, id: &str) -> Result<(), Problem> {
    let domain = os.keystone.projects.get(id).ok_or_else(|| errors::could_not_find("domain", id))?;
    if domain.enabled {
        return Ok(());
    }
    Err(errors::not_found(format!("Unable to validate token because domain {id} is disabled")))
}

/// True for a token made with an application credential that is not unrestricted.
pub fn is_restricted(os: &OpenStack, token: Option<&Token>) -> bool {
    let Some(token) = token.filter(|token| token.methods.iter().any(|method| method == "application_credential"))
    else {
        return false;
    };
    let credential = token.application_credential.as_deref().and_then(|id| os.keystone.application_credentials.get(id));
    !credential.is_some_and(|credential| credential.unrestricted.unwrap_or(false))
}

/// The access rules that a token is bound to by its application credential.
pub fn access_rules<'o>(os: &'o OpenStack, token: &Token) -> Option<Vec<&'o AccessRule>> {
    let credential = os.keystone.application_credentials.get(token.application_credential.as_deref()?)?;
    let rules = credential.access_rules.as_ref()?;
    Some(rules.iter().filter_map(|id| os.keystone.access_rules.get(id)).collect())
}

/// To be called when a user changed, or what was granted to one.
pub fn reassess_user(os: &mut OpenStack, user: &str) {
    let mut tokens: Vec<Id> = os.keystone.tokens.of(user).map(|token| token.id.clone()).collect();
    for trust in os.keystone.trusts.by(&trusts::BY_PARTY, user) {
        let made_with_it =
            os.keystone.tokens.of(trust.acting_user()).filter(|token| token.trust.as_ref() == Some(&trust.id));
        tokens.extend(made_with_it.map(|token| token.id.clone()));
    }
    reassess(os, tokens);
}

/// To be called when something changed that many users may stand on: a domain, project, group or role.
pub fn reassess_all(os: &mut OpenStack) {
    let tokens = os.keystone.tokens.all().map(|token| token.id.clone()).collect();
    reassess(os, tokens);
}

fn reassess(os: &mut OpenStack, tokens: Vec<Id>) {
    for id in tokens {
        let Some(token) = os.keystone.tokens.get(&id) else { continue };
        let current_roles = current_roles(os, token);
        let (usable, roles) = (current_roles.is_ok(), current_roles.unwrap_or_default());
        if (token.usable, &token.roles) == (usable, &roles) {
            continue;
        }
        if let Some(token) = os.keystone.tokens.get_mut(&id) {
            (token.usable, token.roles) = (usable, roles);
        }
    }
}

/// Ends all tokens of a user for good: the password changed, or the user is gone.
pub fn revoke_user(os: &mut OpenStack, user: &str) {
    let tokens: Vec<Id> = os.keystone.tokens.of(user).map(|token| token.id.clone()).collect();
    for id in tokens {
        if let Some(token) = os.keystone.tokens.get_mut(&id) {
            token.revoked = true;
        }
    }
}

/// Forgets the tokens of a user that nobody can even ask about any more.
pub fn purge(os: &mut OpenStack, user: &str, now: DateTime<Utc>) {
    let tokens = os.keystone.tokens.of(user).rev();
    let old: Vec<Id> =
        tokens.take_while(|token| token.expires + EXPIRED_WINDOW < now).map(|token| token.id.clone()).collect();
    for id in old {
        os.keystone.tokens.remove(&id);
    }
}
