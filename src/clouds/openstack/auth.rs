//! Who holds a token: what keystonemiddleware does in front of every service but Keystone.

use super::OpenStack;
use super::keystone::access_rules::AccessRule;
use super::keystone::tokens::{Token, life};
use crate::engine::{Call, Caller, Problem, ProblemKind, Response};

/// The caller behind `X-Auth-Token`, or the 401 that the middleware answers. `service_types` are those that
/// the service has in the catalog: access rules name them.
pub fn authenticate(call: &Call, os: &OpenStack, service_types: &[&str]) -> Result<Caller, Problem> {
    let token = valid_token(call, os, service_types);
    token.map(Token::caller).ok_or_else(|| unauthorized(call))
}

/// The token of a request: one look-up, unless an application credential limits what it is good for.
pub fn valid_token<'o>(call: &Call, os: &'o OpenStack, service_types: &[&str]) -> Option<&'o Token> {
    let token = os.keystone.tokens.get(call.header("x-auth-token")?).filter(|token| token.is_valid(call.now))?;
    let rules = if token.application_credential.is_some() { life::access_rules(os, token) } else { None };
    let path = format_args!("{}{}", call.prefix, call.path);
    let allows = |rule: &&AccessRule| rule.allows(service_types, call.method, &path.to_string());
    if rules.is_none_or(|rules| rules.iter().any(allows)) { Some(token) } else { None }
}

/// `401 {"error": …}` with the address of Keystone.
pub fn unauthorized(call: &Call) -> Problem {
    let keystone = call.base_of("keystone").unwrap_or_default();
    Problem::new(401, ProblemKind::Authentication, "The request you have made requires authentication.")
        .header("WWW-Authenticate", format!("Keystone uri=\"{keystone}/v3\""))
}

/// The middleware's body, which is Keystone's form whatever the service behind it speaks.
pub fn refuse(problem: &Problem) -> Response {
    Response::one("error", |o| {
        o.set("code", problem.status);
        o.set("title", "Unauthorized");
        o.set("message", &problem.message);
    })
    .status(problem.status)
}
