//! Whether tokens are still usable, and with which roles. Upstream determines this at every validation. Here it
//! is determined when something changes that tokens depend on, so that a service validates a token with a single
//! look-up. Code that changes users, projects, domains, groups, roles or assignments must call
//! [`reassess_user`] or [`reassess_all`] afterwards.

use super::super::super::OpenStack;
use super::super::access_rules::AccessRule;
use super::super::assignments::{self, Target};
use super::super::{errors, trusts};
use super::{BY_PROJECT, EXPIRED_WINDOW, HeldRole, Scope, Token};
use crate::engine::{Id, Problem};
use chrono::{DateTime, Utc};
use std::collections::HashMap;

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
    let tokens = tokens_of_user(os, user);
    reassess(os, tokens);
}

/// The tokens of a user, and those of trusts that the user gave or was given.
fn tokens_of_user(os: &OpenStack, user: &str) -> Vec<Id> {
    let mut tokens: Vec<Id> = os.keystone.tokens.of(user).map(|token| token.id.clone()).collect();
    for trust in os.keystone.trusts.by(&trusts::BY_PARTY, user) {
        let of_trust =
            os.keystone.tokens.of(trust.acting_user()).filter(|token| token.trust.as_ref() == Some(&trust.id));
        tokens.extend(of_trust.map(|token| token.id.clone()));
    }
    tokens
}

/// Updates the tokens for a project. Must be called when the project was enabled or disabled.
pub fn reassess_project(os: &mut OpenStack, project: &str) {
    let tokens = os.keystone.tokens.by(&BY_PROJECT, project).map(|token| token.id.clone()).collect();
    reassess(os, tokens);
}

/// Updates all tokens. Must be called when a domain, group or role changed, or a project was removed.
pub fn reassess_all(os: &mut OpenStack) {
    let tokens = os.keystone.tokens.all().map(|token| token.id.clone()).collect();
    reassess(os, tokens);
}

/// What the roles of a token depend on. A user may have thousands of tokens that differ in nothing else.
type Basis = (Id, Scope, Option<Id>, Option<Id>);

fn reassess(os: &mut OpenStack, tokens: Vec<Id>) {
    let mut known: HashMap<Basis, Option<Vec<HeldRole>>> = HashMap::new();
    for id in tokens {
        let Some(token) = os.keystone.tokens.get(&id) else { continue };
        let Token { user, scope, application_credential, trust, .. } = token.clone();
        let roles = known.entry((user, scope, application_credential, trust));
        let roles = roles.or_insert_with(|| current_roles(os, token).ok());
        let (usable, roles) = (roles.is_some(), roles.as_deref().unwrap_or_default());
        if (token.usable, &token.roles[..]) == (usable, roles) {
            continue;
        }
        let roles = roles.to_vec();
        if let Some(token) = os.keystone.tokens.get_mut(&id) {
            (token.usable, token.roles) = (usable, roles);
        }
    }
}

/// Revokes all tokens of a user and of the user's trusts for good: the user was disabled or deleted, got another password, or
/// left a group (`_persist_revocation_event_for_user` in keystone/identity/core.py; events match trustors and trustees, too).
pub fn revoke_user(os: &mut OpenStack, user: &str) {
    for id in tokens_of_user(os, user) {
        if let Some(token) = os.keystone.tokens.get_mut(&id) {
            token.revoked = true;
        }
    }
}

/// How many tokens that nobody uses any more are deleted when a token is issued.
const PURGED: usize = 16;

/// The maximum number of tokens of one user. Upstream does not store tokens, so it has no maximum.
const MOST: usize = 20_000;

/// Deletes some tokens, of any user, that expired so long ago that they cannot even be shown; more than are issued, so there
/// are never more than were issued within that time. Of a user with 20,000 tokens the oldest are deleted.
pub fn purge(os: &mut OpenStack, user: &str, now: DateTime<Utc>) {
    let tokens = &os.keystone.tokens;
    let is_forgotten = |token: &&Token| token.expires.checked_add_signed(EXPIRED_WINDOW).is_some_and(|end| end < now);
    let too_many = (tokens.count_of(user) + 1).saturating_sub(MOST);
    let old = tokens.all().rev().take_while(is_forgotten).take(PURGED).chain(tokens.of(user).rev().take(too_many));
    let old: Vec<Id> = old.map(|token| token.id.clone()).collect();
    for id in old {
        os.keystone.tokens.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn insert(os: &mut OpenStack, number: usize, user: &str, expires: DateTime<Utc>) {
        os.keystone.tokens.insert(Token {
            id: format!("token{number}").into(),
            user: user.into(),
            user_domain: "default".into(),
            scope: Scope::Unscoped,
            roles: vec![],
            methods: vec![],
            audit_id: String::new(),
            parent_audit_id: None,
            application_credential: None,
            trust: None,
            issued: expires,
            expires,
            revoked: false,
            usable: true,
        });
    }

    #[test]
    fn a_login_of_anybody_deletes_tokens_that_nobody_can_use_any_more() {
        let mut os = OpenStack::default();
        let end = DateTime::<Utc>::UNIX_EPOCH;
        (0..20).for_each(|number| insert(&mut os, number, "ann", end));
        purge(&mut os, "bob", end + EXPIRED_WINDOW);
        assert_eq!(os.keystone.tokens.len(), 20, "they can still be shown");
        let later = end + EXPIRED_WINDOW + TimeDelta::seconds(1);
        purge(&mut os, "bob", later);
        assert_eq!((os.keystone.tokens.len(), os.keystone.tokens.contains("token15")), (4, false));
        purge(&mut os, "bob", later);
        assert!(os.keystone.tokens.is_empty());
    }

    #[test]
    fn a_user_has_a_maximum_of_tokens_and_loses_the_oldest() {
        let mut os = OpenStack::default();
        let end = DateTime::<Utc>::UNIX_EPOCH;
        insert(&mut os, MOST, "bob", end);
        (0..MOST).for_each(|number| insert(&mut os, number, "ann", end));
        purge(&mut os, "ann", end);
        assert_eq!((os.keystone.tokens.count_of("ann"), os.keystone.tokens.contains("token0")), (MOST - 1, false));
        assert_eq!(os.keystone.tokens.count_of("bob"), 1);
        purge(&mut os, "ann", end);
        assert_eq!(os.keystone.tokens.count_of("ann"), MOST - 1);
    }
}
