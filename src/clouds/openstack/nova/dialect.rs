//! The request and response conventions of Nova: the order of checks, version negotiation, error bodies and response
//! headers (nova/api/openstack/wsgi.py, etc/nova/api-paste.ini).

use super::super::microversions::Refused;
use super::super::path_info::{latin_1, path_info, with_single_slashes};
use super::super::{
    OpenStack, injected_errors, jsonschema_messages, jsonschema_order, microversions, python, webob, wsgi,
};
use super::policy::POLICY;
use super::{LATEST, OLDEST, SERVICE, errors, parameter_types, versions};
use crate::clouds::openstack::keystone::auth_token;
use crate::engine::{Body, Call, Caller, Dialect, ErrorOrder, Formats, Problem, Response, RoutedPath, Version};
use jsonschema::ValidationError;
use serde_json::Value;

/// The [`Dialect`] of Nova.
pub struct NovaDialect;

impl Dialect<OpenStack> for NovaDialect {
    fn authenticate(&self, call: &Call, os: &OpenStack) -> Result<Caller, Problem> {
        auth_token::authenticate(call, os, &SERVICE)
    }

    /// Paste's URL map, and Routes, which uses PATH_INFO as it is. The application of the versions fails where that is no
    /// UTF-8.
    fn path(&self, call: &Call) -> RoutedPath {
        let bytes = path_info(&call.path);
        let path = with_single_slashes(&latin_1(&bytes));
        match std::str::from_utf8(&bytes) {
            Err(_) if !versions::is_versioned(&path) => RoutedPath::Dropped,
            _ => RoutedPath::At(path),
        }
    }

    /// HEAD has no routes.
    fn method(&self, call: &Call) -> &'static str {
        call.method
    }

    fn tries_all_patterns(&self) -> bool {
        true
    }

    /// The paste pipeline runs keystonemiddleware only for the versioned paths.
    fn hides_unknown_paths(&self, call: &Call) -> bool {
        call.path.starts_with("/v2/") || call.path.starts_with("/v2.1/")
    }

    /// Upstream's router library, Routes, matches paths exactly.
    fn ignores_trailing_slashes(&self) -> bool {
        false
    }

    fn negotiate(&self, call: &Call) -> Result<Version, Problem> {
        if !wsgi::can_be_project(call.param("project_id")) {
            return Err(webob::not_found());
        }
        let version = version(call)?;
        // Upstream checks the content type even of requests without a body.
        match wsgi::content_type(call) {
            "" | "text/plain" | "application/json" | "application/vnd.openstack.compute+json" => Ok(version),
            _ => Err(errors::unsupported_content_type()),
        }
    }

    fn parse(&self, call: &Call) -> Result<Value, Problem> {
        let is_action = call.path.ends_with("/action");
        if call.bytes.is_empty() {
            return if is_action { Err(errors::malformed_body()) } else { Ok(Value::Null) };
        }
        let body: Value = serde_json::from_slice(&call.bytes).map_err(|_| errors::malformed_body())?;
        if is_action { wsgi::one_action(body) } else { Ok(body) }
    }

    fn admit(&self, call: &Call, _os: &OpenStack) -> Result<(), Problem> {
        own_project(call)
    }

    fn formats(&self) -> Formats {
        parameter_types::FORMATS
    }

    fn error_order(&self) -> ErrorOrder {
        jsonschema_order::by_declaration
    }

    fn invalid(&self, _call: &Call, error: &ValidationError, declared: &Value) -> Problem {
        let worded = parameter_types::format_error(error);
        errors::invalid_body(worded.unwrap_or_else(|| jsonschema_messages::sentence(error, declared)))
    }

    fn invalid_query(&self, _call: &Call, error: &ValidationError, declared: &Value) -> Problem {
        errors::invalid_body(jsonschema_messages::query_sentence(error, declared))
    }

    /// `_soft_validate_additional_properties` in nova/api/validation/validators.py.
    fn drops_unknown_properties(&self, call: &Call) -> bool {
        is_legacy(call)
    }

    /// `multi_params` in nova/api/validation/parameter_types.py.
    fn validates_repeated_parameters(&self) -> bool {
        true
    }

    /// `single_param` in nova/api/validation/parameter_types.py.
    fn repeated_parameter(&self, _call: &Call, name: &str, values: &[&str]) -> Problem {
        let values = python::repr(&values.into());
        errors::invalid_body(format!(
            "Invalid input for query parameters {name}. Value: {values}. {values} is too long"
        ))
    }

    fn authorize(&self, call: &Call, _os: &OpenStack) -> Result<(), Problem> {
        POLICY.enforce(call, &[("project_id", &call.project()), ("user_id", &call.user())])
    }

    fn no_such_path(&self, _call: &Call) -> Problem {
        webob::not_found()
    }

    fn no_such_action(&self, call: &Call, known: bool) -> Problem {
        let action = call.json.as_object().and_then(|body| body.keys().next());
        match action.filter(|_| !known && call.path.ends_with("/action")) {
            Some(action) => errors::no_such_action(action),
            None => own_project(call).err().unwrap_or_else(errors::not_here),
        }
    }

    fn too_large(&self, _call: &Call) -> Problem {
        webob::too_large()
    }

    fn injected(&self, call: &Call, status: u16, message: Option<&str>) -> Problem {
        injected_errors::refusal(call, status, message)
    }

    fn secrets(&self) -> &'static [&'static str] {
        &["user_data", "personality.contents", "console.url", "remote_console.url"]
    }

    fn crashed(&self, _call: &Call) -> Problem {
        errors::unexpected()
    }

    fn finish(&self, call: &Call, response: Response) -> Response {
        // The version list has its own paste pipeline, which adds no request ids.
        let mut response = webob::preflight(call, response);
        if call.operation == "nova.version.list" || !versions::is_versioned(&call.path) {
            return response;
        }
        if call.method == "OPTIONS" && matches!(response.body, Body::Empty) {
            return response;
        }
        if response.status < 400 {
            let typed = response.headers.iter().any(|(name, _)| *name == "Content-Type");
            if matches!(response.body, Body::Empty) && !typed {
                response = response.header("Content-Type", "application/json");
            }
            response = with_version(call, response, call.version);
        }
        response
            .header("x-openstack-request-id", call.request_id.clone())
            .header("x-compute-request-id", call.request_id.clone())
    }

    fn refuse(&self, call: &Call, problem: Problem) -> Response {
        if problem.status == 404 && !versions::is_versioned(&call.path) {
            return versions::choices(call);
        }
        webob::refusal(call, problem, |problem| {
            let fault = wsgi::fault(problem).header("Content-Type", "application/json; charset=UTF-8");
            match version(call) {
                Ok(version) => with_version(call, fault, version),
                Err(_) => fault,
            }
        })
    }
}

const HEADER: &str = "OpenStack-API-Version";
const OLDER_HEADER: &str = "X-OpenStack-Nova-API-Version";

/// Adds the version headers. Clients of `/v2`, the API without microversions, get none.
fn with_version(call: &Call, response: Response, (major, minor): Version) -> Response {
    if is_legacy(call) {
        return response;
    }
    let headers = version_headers(&format!("{major}.{minor}"));
    headers.into_iter().fold(response, |response, (name, value)| response.header(name, value))
}

fn version_headers(version: &str) -> [(&'static str, String); 4] {
    [
        (HEADER, format!("compute {version}")),
        (OLDER_HEADER, version.to_owned()),
        ("Vary", HEADER.to_owned()),
        ("Vary", OLDER_HEADER.to_owned()),
    ]
}

/// `/v2` behaves like `/v2.1` at microversion 2.1 (`LegacyV2CompatibleWrapper`), but validates bodies less strictly.
fn is_legacy(call: &Call) -> bool {
    call.path == "/v2" || call.path.starts_with("/v2/")
}

/// The version of `/v2` in schemas, some of which are wider for it.
const LEGACY: Version = (2, 0);

/// The requested microversion (`Request.set_api_version_request`). Errors: 400 for a malformed version, 406 for an
/// unsupported one. The 406 response still echoes the requested version in its headers. The list of versions at `/`
/// ignores what is requested.
fn version(call: &Call) -> Result<Version, Problem> {
    if is_legacy(call) {
        return Ok(LEGACY);
    }
    if matches!(call.path.as_str(), "" | "/") {
        return Ok(OLDEST);
    }
    let Some(text) = microversions::requested(call, "compute", Some(OLDER_HEADER)) else { return Ok(OLDEST) };
    microversions::choose(text, (OLDEST, LATEST)).map_err(|refused| match refused {
        Refused::Malformed(text) if !is_version(text) => errors::malformed_version(text),
        Refused::Malformed(text) | Refused::Unsupported(_, text) => {
            let mut problem = errors::unsupported_version(text);
            problem.headers.extend(version_headers(text));
            problem
        }
    })
}

/// True for two numbers of any length without leading zeros.
fn is_version(text: &str) -> bool {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let parts = text.split_once('.').filter(|(major, minor)| !major.is_empty() && !minor.is_empty());
    parts.is_some_and(|(major, minor)| is_number(major) && (minor == "0" || is_number(minor)))
}

/// Refuses a project id in the path that is not the project of the token.
fn own_project(call: &Call) -> Result<(), Problem> {
    let named = call.param("project_id");
    let own = call.caller.project.as_deref().unwrap_or("None");
    if named.is_empty() || named == own { Ok(()) } else { Err(errors::malformed_url(named, own)) }
}
