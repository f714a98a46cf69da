//! Authentication by token, as keystonemiddleware's `auth_token` does it in front of every service except
//! Keystone.

use super::super::descriptor::ServiceDescriptor;
use super::super::{OpenStack, auth};
use super::access_rules::AccessRule;
use super::tokens::{Token, validity};
use crate::engine::{Call, Caller, Problem};

/// The owner of the token in `X-Auth-Token`. Fails with the 401 of the middleware.
pub fn authenticate(call: &Call, os: &OpenStack, service: &ServiceDescriptor) -> Result<Caller, Problem> {
    let token = valid_token(call, os, service);
    token.map(Token::caller).ok_or_else(|| auth::unauthorized(call))
}

/// The token of a request to `service`. `None` if it is missing or not valid, or if the access rules of its
/// application credential do not allow the request. Only the rules cost more than one look-up.
pub fn valid_token<'o>(call: &Call, os: &'o OpenStack, service: &ServiceDescriptor) -> Option<&'o Token> {
    let token = os.keystone.tokens.get(call.header("x-auth-token")?).filter(|token| token.is_valid(call.now))?;
    let rules = if token.application_credential.is_some() { validity::access_rules(os, token) } else { None };
    let path = format_args!("{}{}", call.prefix, call.path);
    let allows = |rule: &&AccessRule| service.is_of_type(&rule.service) && rule.allows(call.method, &path.to_string());
    if rules.is_none_or(|rules| rules.iter().any(allows)) { Some(token) } else { None }
}
