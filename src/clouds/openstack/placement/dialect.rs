//! How Placement speaks: microversions, media types, and errors as the API working group wants them
//! (placement/deploy.py, placement/handler.py, placement/util.py).

use super::policy::POLICY;
use super::{LATEST, OLDEST, errors};
use crate::clouds::openstack::keystone::auth_token;
use crate::clouds::openstack::{OpenStack, injected_errors, microversions, webob};
use crate::engine::{Call, Caller, Dialect, Problem, ProblemKind, Response, Version};
use chrono::{DateTime, Utc};
use jsonschema::ValidationError;
use serde_json::Value;

pub struct PlacementDialect;

impl Dialect<OpenStack> for PlacementDialect {
    fn authenticate(&self, call: &Call, os: &OpenStack) -> Result<Caller, Problem> {
        auth_token::authenticate(call, os, &super::SERVICE)
    }

    fn hides_unknown_paths(&self, call: &Call) -> bool {
        !matches!(call.path.as_str(), "" | "/")
    }

    /// Handlers look whether a provider exists before they read a body.
    fn validates_in_handlers(&self) -> bool {
        true
    }

    fn negotiate(&self, call: &Call) -> Result<Version, Problem> {
        let version = version(call)?;
        if !call.bytes.is_empty() && call.header("content-type").unwrap_or_default().is_empty() {
            return Err(errors::no_content_type());
        }
        Ok(version)
    }

    /// Handlers read the body themselves.
    fn parse(&self, _call: &Call) -> Result<Value, Problem> {
        Ok(Value::Null)
    }

    /// `require_content` and `check_accept`, which stand before every handler but a few.
    fn admit(&self, call: &Call, _os: &OpenStack) -> Result<(), Problem> {
        match call.method {
            "POST" | "PUT" if !BODILESS.contains(&call.operation) => {
                let kind = call.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
                if kind == "application/json" { Ok(()) } else { Err(errors::unsupported_media_type(kind)) }
            }
            "GET" if !CARELESS.contains(&call.operation) => match call.header("accept") {
                Some(accept) if webob::quality(accept, "application/json") <= 0.0 => Err(errors::not_acceptable()),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn invalid(&self, _call: &Call, error: &ValidationError, _declared: &Value) -> Problem {
        errors::invalid_body(error.to_string())
    }

    fn authorize(&self, call: &Call, _os: &OpenStack) -> Result<(), Problem> {
        POLICY.enforce(call, &[])
    }

    fn no_such_path(&self, call: &Call) -> Problem {
        self.negotiate(call).err().unwrap_or_else(errors::no_such_path)
    }

    fn no_such_method(&self, call: &Call, allowed: &[&'static str]) -> Problem {
        self.negotiate(call).err().unwrap_or_else(|| errors::no_such_method(allowed))
    }

    /// What other microversions alone have. (Upstream answers 405 for the inventories of a provider, which
    /// were there before they could be deleted.)
    fn no_such_action(&self, call: &Call, _known: bool) -> Problem {
        if call.method == "DELETE" && call.path.ends_with("/inventories") {
            return errors::not_in_this_version(405);
        }
        errors::not_in_this_version(404)
    }

    fn too_large(&self, _call: &Call) -> Problem {
        webob::too_large()
    }

    fn injected(&self, call: &Call, status: u16, message: Option<&str>) -> Problem {
        injected_errors::refusal(call, status, message)
    }

    fn crashed(&self, _call: &Call) -> Problem {
        errors::unexpected("")
    }

    fn finish(&self, call: &Call, response: Response) -> Response {
        let mut response = response;
        if response.status < 400 {
            response = with_version(response, call.version).header("vary", "openstack-api-version");
        }
        response.header("x-openstack-request-id", call.request_id.clone())
    }

    fn refuse(&self, call: &Call, problem: Problem) -> Response {
        webob::refusal(call, problem, |problem| fault(call, problem))
    }
}

/// Operations that take no body although their method has one.
const BODILESS: &[&str] = &["placement.trait.create", "placement.resource_class.ensure"];

/// Operations that answer whatever the client accepts.
const CARELESS: &[&str] = &["placement.version.list", "placement.version.list_bare", "placement.trait.show"];

/// The answer with the time of the last change, which proxies are told since 1.15.
pub fn dated(call: &Call, response: Response, modified: DateTime<Utc>) -> Response {
    if !call.since(1, 15) {
        return response;
    }
    let modified = modified.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    response.header("Last-Modified", modified).header("Cache-Control", "no-cache")
}

fn with_version(response: Response, (major, minor): Version) -> Response {
    response.header("openstack-api-version", format!("placement {major}.{minor}"))
}

/// `json_error_formatter`, of what webob's templates make of explanation and detail. Problems that are
/// raised around the handlers do not say that the answer varies.
fn fault(call: &Call, problem: &Problem) -> Response {
    let version = version(call).ok();
    let code = match problem.kind {
        ProblemKind::Service(code) => code,
        _ => errors::UNDEFINED,
    };
    let response = Response::object(|o| {
        o.list("errors", |list| {
            list.object(|o| {
                o.set("status", problem.status);
                o.set("title", errors::title(problem.status));
                o.set("detail", errors::detail(call, problem));
                if version.is_some_and(|version| version >= (1, 23)) {
                    o.set("code", code);
                }
                o.set("request_id", &call.request_id);
                if problem.status == 406 && version.is_none() {
                    o.set("max_version", "1.39");
                    o.set("min_version", "1.0");
                }
            });
        });
    });
    let response = response.status(problem.status);
    match version {
        Some(version) if problem.kind == ProblemKind::Dispatch => with_version(response, version),
        Some(version) => with_version(response, version).header("vary", "openstack-api-version"),
        None => response,
    }
}

/// The microversion that the client asks for. Its numbers are whatever Python's `int` reads.
fn version(call: &Call) -> Result<Version, Problem> {
    let Some(text) = microversions::asked(call, "placement", None) else { return Ok(OLDEST) };
    if text.eq_ignore_ascii_case("latest") {
        return Ok(LATEST);
    }
    let parts: Vec<_> = text.split('.').collect();
    let mut numbers = vec![];
    for part in &parts {
        numbers.push(part.trim().parse::<u16>().map_err(|_| errors::version_not_a_number(text, part))?);
    }
    let [major, minor] = numbers[..] else { return Err(errors::version_of_parts(text, parts.len())) };
    if (OLDEST..=LATEST).contains(&(major, minor)) {
        Ok((major, minor))
    } else {
        Err(errors::unacceptable_version(text))
    }
}
