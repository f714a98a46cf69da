//! The dialect of the resource server: bearer tokens, JSON as PHP writes it, JSONP, ETags, CORS.

use super::super::{OpenStackId, php};
use super::errors;
use crate::clouds::gateway;
use crate::engine::{Body, Call, Caller, Dialect, Problem, ProblemKind, Response};
use jsonschema::ValidationError;
use md5::{Digest, Md5};
use serde_json::Value;

/// The dialect of the resource server.
pub struct MarketplaceDialect;

impl Dialect<OpenStackId> for MarketplaceDialect {
    /// The token is validated before everything else (OAuth2BearerAccessTokenRequestValidator).
    fn authenticate(&self, call: &Call, cloud: &OpenStackId) -> Result<Caller, Problem> {
        let token_text = token_of(call)?;
        let token = cloud.tokens.get(&token_text).filter(|token| token.expires > call.now);
        let token = token.filter(|token| token.audience == cloud.settings.scope_base);
        let token = token.ok_or_else(|| errors::invalid_token(call))?;
        let client = cloud.settings.client(&token.client).ok_or_else(|| errors::invalid_token(call))?;
        let origin = call.header("origin").filter(|_| !client.origins.is_empty());
        if origin.is_some_and(|origin| !client.origins.iter().any(|own| own == origin)) {
            return Err(errors::invalid_origin(call));
        }
        let scopes = token.scope.split_whitespace().map(Into::into).collect();
        Ok(Caller { user: Some(token.client.clone()), roles: scopes, ..Caller::default() })
    }

    fn hides_unknown_paths(&self, _call: &Call) -> bool {
        false
    }

    fn parse(&self, _call: &Call) -> Result<Value, Problem> {
        Ok(Value::Null)
    }

    fn invalid(&self, _call: &Call, _error: &ValidationError, _declared: &Value) -> Problem {
        errors::server_error()
    }

    /// The policy of an operation is the scope that it requires, without the base.
    fn authorize(&self, call: &Call, cloud: &OpenStackId) -> Result<(), Problem> {
        let (rule, _) = call.policy;
        let scope = format!("{}/{rule}", cloud.settings.scope_base);
        if rule.is_empty() || call.caller.has_role(&scope) {
            return Ok(());
        }
        Err(errors::insufficient_scope(call, &scope))
    }

    fn injected(&self, _call: &Call, status: u16, message: Option<&str>) -> Problem {
        errors::injected(status, message)
    }

    fn no_such_path(&self, call: &Call) -> Problem {
        if call.method == "OPTIONS" { errors::preflight() } else { errors::no_such_page() }
    }

    fn no_such_method(&self, call: &Call, allowed: &[&'static str]) -> Problem {
        if call.method == "OPTIONS" { errors::preflight() } else { errors::no_such_method(allowed) }
    }

    /// The public lists answer as Laravel's throttle middleware does.
    fn too_many(&self, call: &Call, message: &str) -> Problem {
        if call.path.starts_with("/public/") { errors::too_many_attempts() } else { errors::abuse(message) }
    }

    fn too_large(&self, _call: &Call) -> Problem {
        errors::too_large()
    }

    fn crashed(&self, _call: &Call) -> Problem {
        errors::server_error()
    }

    fn finish(&self, call: &Call, response: Response) -> Response {
        let origin = call.header("origin");
        if origin.is_some_and(|origin| errors::host(origin).is_none()) {
            return refusal(&errors::invalid_origin_host());
        }
        let response = if response.status == 204 { preflight(response) } else { secured(conditional(call, response)) };
        match origin {
            Some(origin) => response
                .header("Access-Control-Allow-Origin", origin)
                .header("Access-Control-Allow-Credentials", "true")
                .header("Vary", "Origin"),
            None => response,
        }
    }

    fn refuse(&self, _call: &Call, problem: Problem) -> Response {
        refusal(&problem)
    }
}

/// The token of the request: after `Bearer`, alone in the header, or in the query parameter `access_token`. Of a header
/// that comes twice, PHP sees one with both values, which is not a token.
fn token_of(call: &Call) -> Result<String, Problem> {
    let header = php::header(call, "authorization");
    let header = header.trim();
    if header.is_empty() {
        let token = call.query("access_token").filter(|token| !token.is_empty());
        return token.map(str::to_owned).ok_or_else(|| errors::missing_token(call));
    }
    match header.split_once(' ') {
        Some((_, token)) => Ok(token.trim().to_owned()),
        None if header.eq_ignore_ascii_case("bearer") => Err(errors::empty_token(call)),
        None => Ok(header.to_owned()),
    }
}

fn refusal(problem: &Problem) -> Response {
    let mut response = match (problem.kind, &problem.detail) {
        (ProblemKind::Gateway, _) => return gateway::refuse(problem),
        (ProblemKind::Page, _) if problem.status == 204 => Response::empty(),
        (ProblemKind::Page, _) => Response::text("text/html; charset=UTF-8", problem.message.clone()),
        (_, Some(body)) => json(&body.to_string()),
        (_, None) => json(&problem.message),
    };
    response.headers = problem.headers.clone();
    response.status(problem.status)
}

fn json(body: &str) -> Response {
    Response { body: Body::Json(php::json(body).into()), ..Response::empty() }
}

/// Wraps JSONP, adds the ETag of the bytes that are sent, and answers 304 to a matching `If-None-Match`.
fn conditional(call: &Call, mut response: Response) -> Response {
    let Body::Json(bytes) = &response.body else { return response };
    if response.status != 200 {
        return response;
    }
    let json = php::json(&String::from_utf8_lossy(bytes));
    response.body = match call.query("callback").filter(|name| !name.is_empty()) {
        Some(name) if php::is_callback(name) => {
            Body::Text("text/javascript; charset=UTF-8", format!("/**/{name}({json});"))
        }
        Some(_) => return refusal(&errors::not_a_callback()),
        None => Body::Json(json.into()),
    };
    let digest = match &response.body {
        Body::Json(bytes) => Md5::digest(bytes),
        Body::Text(_, text) => Md5::digest(text),
        _ => return response,
    };
    let digest = hex::encode(digest);
    let etag = format!("\"{digest}\"");
    let known = call.header("if-none-match").unwrap_or_default();
    // The middleware drops the quotes before it compares.
    if known.split(',').map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/").trim_matches('"') == digest)
    {
        response.body = Body::Empty;
        response.status = 304;
    }
    response.header("ETag", etag).header("Cache-Control", "private, must-revalidate")
}

fn secured(response: Response) -> Response {
    response
        .header("X-content-type-options", "nosniff")
        .header("X-xss-protection", "1; mode=block")
        .header("Strict-Transport-Security", "max-age=31536000")
}

fn preflight(response: Response) -> Response {
    response
        .header("Access-Control-Allow-Methods", "GET, POST, OPTIONS, PUT, DELETE")
        .header("Access-Control-Allow-Headers", "origin, content-type, accept, authorization, x-requested-with")
        .header("Access-Control-Max-Age", "3200")
}
