//! The dialect of Placement: microversions, media types, and errors in the form of the API working group
//! (placement/deploy.py, placement/handler.py, placement/util.py).

use super::policy::POLICY;
use super::{LATEST, OLDEST, errors};
use crate::clouds::openstack::keystone::auth_token;
use crate::clouds::openstack::path_info::{latin_1, path_info};
use crate::clouds::openstack::{OpenStack, injected_errors, microversions, python, webob};
use crate::engine::{Body, Call, Caller, Dialect, Problem, ProblemKind, Response, RoutedPath, Version};
use chrono::{DateTime, Utc};
use jsonschema::ValidationError;
use serde_json::Value;

/// How Placement negotiates microversions, checks requests and forms errors.
pub struct PlacementDialect;

impl Dialect<OpenStack> for PlacementDialect {
    fn authenticate(&self, call: &Call, os: &OpenStack) -> Result<Caller, Problem> {
        auth_token::authenticate(call, os, &super::SERVICE)
    }

    /// Routes match PATH_INFO as it is.
    fn path(&self, call: &Call) -> RoutedPath {
        RoutedPath::At(latin_1(&path_info(&call.path)))
    }

    fn ignores_trailing_slashes(&self) -> bool {
        false
    }

    /// HEAD has no routes.
    fn method(&self, call: &Call) -> &'static str {
        call.method
    }

    fn hides_unknown_paths(&self, call: &Call) -> bool {
        !matches!(call.path.as_str(), "" | "/")
    }

    /// Upstream's handlers look a provider up before they validate the body.
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

    /// Handlers parse the body themselves (`bodies::extract`).
    fn parse(&self, _call: &Call) -> Result<Value, Problem> {
        Ok(Value::Null)
    }

    /// The decorators `require_content` and `check_accept`, which all but a few handlers have.
    fn admit(&self, call: &Call, _os: &OpenStack) -> Result<(), Problem> {
        match call.method {
            "POST" | "PUT" if !WITHOUT_BODY.contains(&call.operation) => {
                let kind = call.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
                if kind == "application/json" { Ok(()) } else { Err(errors::unsupported_media_type(kind)) }
            }
            "GET" if !ANY_ACCEPT.contains(&call.operation) => match call.header("accept") {
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
        self.negotiate(call).err().unwrap_or_else(|| errors::no_such_method(&call.path, allowed))
    }

    /// Operations of other microversions are 404. Upstream declares the deletion of all inventories as 405
    /// (`status_code=405` in handlers/inventory.py).
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
        let mut response = webob::refusal(call, problem, |problem| fault(call, problem));
        if call.method == "HEAD" && response.status != 401 {
            // webob makes no body for HEAD, so its formatter for JSON is not asked.
            response.body = Body::Text("text/html; charset=UTF-8", String::new());
        }
        response
    }
}

/// Operations with PUT that have no body.
const WITHOUT_BODY: &[&str] = &["placement.trait.create", "placement.resource_class.ensure"];

/// Operations that do not check the `Accept` header.
const ANY_ACCEPT: &[&str] = &["placement.version.list", "placement.version.list_bare", "placement.trait.show"];

/// Adds `Last-Modified` and `Cache-Control`, which answers have since 1.15.
pub fn dated(call: &Call, response: Response, modified: DateTime<Utc>) -> Response {
    if !call.since(1, 15) {
        return response;
    }
    let modified = modified.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    response.header("Last-Modified", modified).header("Cache-Control", "no-cache")
}

/// Adds only the `Cache-Control` of [`dated`], to an answer that has no date.
pub fn undated(call: &Call, response: Response) -> Response {
    if call.since(1, 15) { response.header("Cache-Control", "no-cache") } else { response }
}

fn with_version(response: Response, (major, minor): Version) -> Response {
    response.header("openstack-api-version", format!("placement {major}.{minor}"))
}

/// The error body of `json_error_formatter`, with the detail that webob's templates produce. Errors from outside the
/// handlers have no `vary` header.
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

/// The requested microversion (`parse_version_string` of microversion_parse).
fn version(call: &Call) -> Result<Version, Problem> {
    let Some(text) = microversions::requested(call, "placement", None).filter(|text| !text.is_empty()) else {
        return Ok(OLDEST);
    };
    if text == "latest" {
        return Ok(LATEST);
    }
    let mut numbers = vec![];
    for part in text.splitn(2, '.') {
        numbers.push(python::int(part).ok_or_else(|| errors::version_not_a_number(text, part))?);
    }
    let [major, minor] = numbers[..] else { return Err(errors::version_without_minor(text)) };
    match (u16::try_from(major), u16::try_from(minor)) {
        (Ok(major), Ok(minor)) if (OLDEST..=LATEST).contains(&(major, minor)) => Ok((major, minor)),
        _ => Err(errors::unacceptable_version(text)),
    }
}
