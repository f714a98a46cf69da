//! Whether tokens are still usable, and with which roles. Upstream determines this at every validation. Here it
//! is determined when something changes that tokens depend on, so that a service validates a token with a single
//! look-up. Code that changes users, projects, domains, groups, roles or assignments must call
//! [`reassess_user`] or [`reassess_all`] afterwards.

use super::super::super::OpenStack;
use super::super::access_rules::AccessRule;
use super::super::assignments::{self, Target};
use super::super::{errors, trusts};
use super::{EXPIRED_WINDOW, HeldRole, Scope, Token};
use crate::engine::{Id, Problem};
use chrono::{DateTime, Utc};

/// The method of tokens that are issued for signed requests. Keystone itself does not accept them.
pub const EC2_CREDENTIAL: &str = "ec2credential";

/// The roles that the token has now. Fails if it is not usable; the status is 401 where upstream hides the reason
/// (`TokenModel.mint` in keystone/models/token_model.py).
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

/// The roles of a user on `target`, as a token carries them.
pub fn held(os: &OpenStack, user: &str, target: &Target) -> Vec<HeldRole> {
    let roles = assignments::roles_of(os, user, target);
    roles.iter().map(|role| HeldRole { id: role.id.clone(), name: role.name.as_str().into() }).collect()
}

/// The roles of an application credential that its user still has on `target`.
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

/// True for a token of an application credential that is not `unrestricted`.
pub fn is_restricted(os: &OpenStack, token: Option<&Token>) -> bool {
    let Some(token) = token.filter(|token| token.methods.iter().any(|method| method == "application_credential"))
    else {
        return false;
    };
    let credential = token.application_credential.as_deref().and_then(|id| os.keystone.application_credentials.get(id));
    !credential.is_some_and(|credential| credential.unrestricted.unwrap_or(false))
}

/// The access rules of the token's application credential. `None` if it has none.
pub fn access_rules<'o>(os: &'o OpenStack, token: &Token) -> Option<Vec<&'o AccessRule>> {
    let credential = os.keystone.application_credentials.get(token.application_credential.as_deref()?)?;
    let rules = credential.access_rules.as_ref()?;
    Some(rules.iter().filter_map(|id| os.keystone.access_rules.get(id)).collect())
}

/// Updates the tokens of a user and of the user's trusts. Must be called when the user or the user's grants changed.
pub fn reassess_user(os: &mut OpenStack, user: &str) {
    let mut tokens: Vec<Id> = os.keystone.tokens.of(user).map(|token| token.id.clone()).collect();
    for trust in os.keystone.trusts.by(&trusts::BY_PARTY, user) {
        let of_trust =
            os.keystone.tokens.of(trust.acting_user()).filter(|token| token.trust.as_ref() == Some(&trust.id));
        tokens.extend(of_trust.map(|token| token.id.clone()));
    }
    reassess(os, tokens);
}

/// Updates all tokens. Must be called when a domain, project, group or role changed.
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

/// Revokes all tokens of a user: the password changed, the user was deleted or left a group.
pub fn revoke_user(os: &mut OpenStack, user: &str) {
    let tokens: Vec<Id> = os.keystone.tokens.of(user).map(|token| token.id.clone()).collect();
    for id in tokens {
        if let Some(token) = os.keystone.tokens.get_mut(&id) {
            token.revoked = true;
        }
    }
}

/// Deletes the tokens of a user that expired so long ago that they cannot even be shown.
pub fn purge(os: &mut OpenStack, user: &str, now: DateTime<Utc>) {
    let tokens = os.keystone.tokens.of(user).rev();
    let old: Vec<Id> =
        tokens.take_while(|token| token.expires + EXPIRED_WINDOW < now).map(|token| token.id.clone()).collect();
    for id in old {
        os.keystone.tokens.remove(&id);
    }
}
