//! Authentication by token, as keystonemiddleware's `auth_token` does it in front of every service except
//! Keystone.

use super::super::descriptor::ServiceDescriptor;
use super::super::{OpenStack, auth, path_info, scope};
use super::access_rules::AccessRule;
use super::tokens::{EXPIRED_WINDOW, Token, validity};
use crate::engine::{Call, Caller, Problem};

/// The role of the users as which services call each other (`service_token_roles`).
const SERVICE_ROLE: &str = "service";

/// The owner of the token in `X-Auth-Token`. Fails with the 401 of the middleware, also if there is a token in
/// `X-Service-Token` that is not valid or not that of a service (`service_token_roles_required`). With one, a token that
/// expired is still accepted for a while, and access rules do not count.
pub fn authenticate(call: &Call, os: &OpenStack, service: &ServiceDescriptor) -> Result<Caller, Problem> {
    let found = match call.header("x-service-token").map(str::trim).filter(|token| !token.is_empty()) {
        None => valid_token(call, os, service).map(Token::caller),
        Some(id) if is_of_a_service(os, id, call) => {
            let token = token(call, os).filter(|token| token.is_valid(call.now - EXPIRED_WINDOW));
            token.map(Token::caller).map(|mut caller| {
                caller.attributes.push((scope::SERVICE_ROLES, SERVICE_ROLE.into()));
                caller
            })
        }
        Some(_) => None,
    };
    found.ok_or_else(|| auth::unauthorized(call))
}

fn is_of_a_service(os: &OpenStack, id: &str, call: &Call) -> bool {
    let token = os.keystone.tokens.get(id).filter(|token| token.is_valid(call.now));
    token.is_some_and(|token| token.caller().has_role(SERVICE_ROLE))
}

fn token<'o>(call: &Call, os: &'o OpenStack) -> Option<&'o Token> {
    os.keystone.tokens.get(call.header("x-auth-token")?.trim())
}

/// The token of a request to `service`. `None` if it is missing or not valid, or if the access rules of its
/// application credential do not allow the request. Only the rules cost more than one look-up.
pub fn valid_token<'o>(call: &Call, os: &'o OpenStack, service: &ServiceDescriptor) -> Option<&'o Token> {
    let token = token(call, os).filter(|token| token.is_valid(call.now))?;
    let rules = if token.application_credential.is_some() { validity::access_rules(os, token) } else { None };
    let Some(rules) = rules else { return Some(token) };
    let path = path_info::of_access_rules(call);
    // Any token may be looked at.
    let validates = service.name == "keystone" && call.method == "GET" && path.ends_with("/v3/auth/tokens");
    let allows = |rule: &&AccessRule| service.is_of_type(&rule.service) && rule.allows(call.method, &path);
    if validates || rules.iter().any(allows) { Some(token) } else { None }
}
