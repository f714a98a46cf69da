//! The dialect of Glance: webob's errors, bodies that are parsed before any lookup, and version negotiation in a
//! middleware (glance/common/wsgi.py, glance/api/middleware).

use super::super::path_info::{is_below, latin_1, path_info, with_single_slashes};
use super::super::{OpenStack, healthcheck, injected_errors, webob};
use super::policy::POLICY;
use super::{errors, images, versions};
use crate::clouds::openstack::keystone::auth_token;
use crate::engine::{Body, Call, Caller, Dialect, Problem, Response, RoutedPath};
use jsonschema::ValidationError;
use serde_json::Value;

/// How Glance parses requests and forms responses.
pub struct GlanceDialect;

impl Dialect<OpenStack> for GlanceDialect {
    fn authenticate(&self, call: &Call, os: &OpenStack) -> Result<Caller, Problem> {
        auth_token::authenticate(call, os, &super::SERVICE).map_err(|problem| errors::unauthorized(problem.headers))
    }

    /// Paste's URL map, the negotiation of versions, and Routes, which uses PATH_INFO as it is. webob fails where that is
    /// no UTF-8.
    fn path(&self, call: &Call) -> RoutedPath {
        let bytes = path_info(&call.path);
        let path = with_single_slashes(&latin_1(&bytes));
        if is_below(&path, healthcheck::PATH) {
            return RoutedPath::At(healthcheck::PATH.into());
        }
        if std::str::from_utf8(&bytes).is_err() {
            return RoutedPath::Dropped;
        }
        RoutedPath::At(versions::negotiated(call, &path))
    }

    /// HEAD has no routes.
    fn method(&self, call: &Call) -> &'static str {
        call.method
    }

    fn hides_unknown_paths(&self, call: &Call) -> bool {
        versions::is_versioned(&call.path)
    }

    /// Upstream's router (the library Routes) matches slashes exactly.
    fn ignores_trailing_slashes(&self) -> bool {
        false
    }

    /// `JSONRequestDeserializer.default`. Handlers check whether a body is required.
    fn parse(&self, call: &Call) -> Result<Value, Problem> {
        if call.method == "PATCH" {
            images::draft(call)?;
        }
        if call.bytes.is_empty() {
            return Ok(Value::Null);
        }
        let body: Value = serde_json::from_slice(&call.bytes).map_err(|_| errors::malformed_json())?;
        if body.is_object() || body.is_array() { Ok(body) } else { Err(errors::unexpected_body_type()) }
    }

    /// `body_reject` of the routes. The operations of the cache parse the body, so upstream fails with invalid JSON.
    fn unread_body(&self, call: &Call) -> Result<(), Problem> {
        if call.path.contains("/cache/") { self.parse(call).map(drop) } else { Err(errors::body_not_expected()) }
    }

    /// Not used: handlers validate bodies with Glance's published schemas.
    fn invalid(&self, _call: &Call, _error: &ValidationError, _declared: &Value) -> Problem {
        errors::unexpected_body_type()
    }

    fn authorize(&self, call: &Call, _os: &OpenStack) -> Result<(), Problem> {
        POLICY.enforce(call, &[("project_id", &call.project()), ("visibility", "")])
    }

    fn no_such_path(&self, _call: &Call) -> Problem {
        webob::not_found()
    }

    /// Some paths list their methods, others are 404 with a wrong method.
    fn no_such_method(&self, call: &Call, allowed: &[&'static str]) -> Problem {
        if call.path.ends_with("/info/usage") || (call.path.contains("/images/") && call.path.ends_with("/tasks")) {
            return webob::not_found();
        }
        let mut allowed = allowed.to_vec();
        allowed.sort_by_key(|method| METHODS.iter().position(|known| known == method));
        let segments: Vec<_> = call.path.split('/').skip(2).collect();
        let allowed = match segments[..] {
            // Upstream's routes list other methods than they have.
            ["images", _, "locations"] => "POST".to_owned(),
            ["cache", "clean" | "prune"] => "POST".to_owned(),
            ["cache", _] => "DELETE, PUT".to_owned(),
            _ => allowed.join(", "),
        };
        webob::method_not_allowed(call.method, &allowed)
    }

    fn too_large(&self, _call: &Call) -> Problem {
        errors::too_large()
    }

    fn injected(&self, call: &Call, status: u16, message: Option<&str>) -> Problem {
        match injected_errors::refusal(call, status, message) {
            problem if status == 401 => errors::unauthorized(problem.headers),
            problem => problem,
        }
    }

    fn crashed(&self, _call: &Call) -> Problem {
        errors::unexpected()
    }

    /// Responses of the middleware have no request ID. webob gives responses without a body the content type HTML.
    fn finish(&self, call: &Call, response: Response) -> Response {
        if call.method == "OPTIONS" && !(200..300).contains(&response.status) {
            return webob::preflight(call, response);
        }
        let mut response = response;
        if response.status < 400
            && call.operation != "glance.healthcheck"
            && matches!(response.body, Body::Empty)
            && !WITHOUT_CONTENT_TYPE.contains(&call.operation)
        {
            response = response.header("Content-Type", "text/html; charset=UTF-8");
        }
        if response.status == 401
            || call.operation.starts_with("glance.version.")
            || !versions::is_versioned(&call.path)
        {
            return response;
        }
        response.header("x-openstack-request-id", call.request_id.clone())
    }

    fn refuse(&self, call: &Call, problem: Problem) -> Response {
        if !versions::is_versioned(&call.path) && problem.status == 404 {
            return versions::list(call).status(300);
        }
        errors::refuse(call, &webob::with_large_integers(call, problem))
    }
}

/// The order of methods in `Allow`.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Operations whose responses without a body have no content type.
const WITHOUT_CONTENT_TYPE: [&str; 2] = ["glance.image.download", "glance.image.member.delete"];
