//! Who holds a token: what keystonemiddleware's `auth_token` does in front of every service but Keystone.

use super::super::descriptor::ServiceDescriptor;
use super::super::{OpenStack, auth};
use super::access_rules::AccessRule;
use super::tokens::{Token, life};
use crate::engine::{Call, Caller, Problem};

/// The caller behind `X-Auth-Token`, or the 401 that the middleware answers.
pub fn authenticate(call: &Call, os: &OpenStack, service: &ServiceDescriptor) -> Result<Caller, Problem> {
    let token = valid_token(call, os, service);
    token.map(Token::caller).ok_or_else(|| auth::unauthorized(call))
}

/// The token of a request to a service: one look-up, unless an application credential limits what it is good for.
pub fn valid_token<'o>(call: &Call, os: &'o OpenStack, service: &ServiceDescriptor) -> Option<&'o Token> {
    let token = os.keystone.tokens.get(call.header("x-auth-token")?).filter(|token| token.is_valid(call.now))?;
    let rules = if token.application_credential.is_some() { life::access_rules(os, token) } else { None };
    let path = format_args!("{}{}", call.prefix, call.path);
    let allows = |rule: &&AccessRule| service.is_of_type(&rule.service) && rule.allows(call.method, &path.to_string());
    if rules.is_none_or(|rules| rules.iter().any(allows)) { Some(token) } else { None }
}
