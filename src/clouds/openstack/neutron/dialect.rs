//! Neutron's dialect: Pecan in front, and behind it an older layer that serves most resources and reads bodies in its
//! own way (neutron/pecan_wsgi, neutron/api/v2/resource.py).

use super::attributes::{self, ResourceType};
use super::{errors, is_core_path, is_member_action, kinds, paths};
use crate::clouds::openstack::keystone::auth_token;
use crate::clouds::openstack::{OpenStack, auth, webob};
use crate::engine::{Body, Call, Caller, Dialect, Object, Problem, ProblemKind, Response, RoutedPath, Version};
use jsonschema::ValidationError;
use serde_json::Value;

/// The dialect of Neutron.
pub struct NeutronDialect;

impl Dialect<OpenStack> for NeutronDialect {
    fn authenticate(&self, call: &Call, os: &OpenStack) -> Result<Caller, Problem> {
        auth_token::authenticate(call, os, &super::SERVICE)
    }

    fn path(&self, call: &Call) -> RoutedPath {
        paths::routed(call)
    }

    fn method(&self, call: &Call) -> &'static str {
        paths::method(call)
    }

    /// The list of versions has a pipeline of its own.
    fn hides_unknown_paths(&self, call: &Call) -> bool {
        paths::is_api(&call.path)
    }

    fn negotiate(&self, call: &Call) -> Result<Version, Problem> {
        paths::check_accept(call)?;
        Ok((0, 0))
    }

    /// Pecan takes a missing body for an empty object; the older layer requires a JSON object.
    fn parse(&self, call: &Call) -> Result<Value, Problem> {
        if is_core_path(&call.path) || paths::is_of_no_member(call) {
            if call.bytes.is_empty() {
                return Ok(Value::Object(Default::default()));
            }
            let body: Option<Value> = serde_json::from_slice(&call.bytes).ok();
            return body.filter(Value::is_object).ok_or_else(errors::invalid_body);
        }
        if is_member_action(&call.path) {
            let body: Option<Value> = if call.bytes.is_empty() {
                None
            } else {
                serde_json::from_slice(&call.bytes).map_err(|_| errors::malformed_body())?
            };
            return Ok(body.unwrap_or_default());
        }
        if call.method == "POST" {
            return new_resource(call);
        }
        let text = String::from_utf8_lossy(&call.bytes);
        if call.bytes.is_empty() {
            return Err(errors::body_format(""));
        }
        let body: Value = serde_json::from_slice(&call.bytes).map_err(|_| errors::malformed_body())?;
        match &body {
            Value::Object(fields) if fields.is_empty() => Err(errors::body_required()),
            Value::Object(_) => Ok(body),
            // Upstream answers 500 for a non-empty list.
            Value::Array(_) => Err(errors::body_required()),
            _ => Err(errors::body_format(&text)),
        }
    }

    /// Only DELETE refuses a body that the operation does not read; Pecan does so when it has found the resource
    /// (`resource::delete`). The controllers of the agent schedulers do not look
    /// (`RouterSchedulerController`, `NetworkSchedulerController`); openstacksdk sends them the id of the router.
    fn unread_body(&self, call: &Call) -> Result<(), Problem> {
        const SCHEDULERS: [&str; 2] = ["neutron.agent.l3_router.delete", "neutron.agent.dhcp_network.delete"];
        let by_pecan = is_core_path(&call.path) || paths::is_of_no_member(call);
        let refuses = call.method == "DELETE" && !by_pecan && !SCHEDULERS.contains(&call.operation);
        if refuses { Err(errors::body_in_delete()) } else { Ok(()) }
    }

    fn invalid(&self, _call: &Call, error: &ValidationError, _declared: &Value) -> Problem {
        errors::bad_request(error.to_string())
    }

    /// The handlers enforce the policy when they have found the resource.
    fn authorize(&self, _call: &Call, _os: &OpenStack) -> Result<(), Problem> {
        Ok(())
    }

    fn no_such_path(&self, call: &Call) -> Problem {
        match (call.path.as_str(), call.method) {
            ("/v2.0", "HEAD" | "POST" | "PATCH" | "PUT" | "DELETE") => errors::method_not_allowed(),
            _ => errors::not_found(),
        }
    }

    /// Pecan passes unknown methods to the older layer. It answers 404 if it does not know the path either, and 405
    /// with its own methods in some cases.
    fn no_such_method(&self, call: &Call, allowed: &[&'static str]) -> Problem {
        if let Some(problem) = invalid_creation(call) {
            return problem;
        }
        let mut parts = call.path.trim_matches('/').split('/').skip(1);
        let (collection, member) = (parts.next(), parts.nth(1));
        match (collection, member, parts.next()) {
            (Some("extensions"), ..) if call.method == "POST" || call.method == "DELETE" => {
                errors::no_extension_resource()
            }
            (Some("extensions"), ..) => errors::not_found(),
            (Some("quotas"), None, _) if call.method == "POST" && call.path.ends_with("/quotas") => {
                errors::quotas_are_not_created()
            }
            (_, Some("add_prefixes" | "remove_prefixes" | "onboard_network_subnets"), None) => errors::not_found(),
            (_, Some("l3-agents" | "l3-routers" | "dhcp-agents" | "dhcp-networks"), Some(_)) => {
                errors::method_not_allowed().header("Allow", "DELETE, PUT")
            }
            // The handlers of actions are for PUT and refuse four other methods; Pecan refuses the rest.
            (_, Some(_), _) if allowed == ["PUT"] && matches!(call.method, "GET" | "OPTIONS" | "TRACE" | "OTHER") => {
                errors::method_not_allowed().header("Allow", "DELETE, HEAD, PATCH, POST, PUT")
            }
            _ => errors::method_not_allowed(),
        }
    }

    fn too_large(&self, _call: &Call) -> Problem {
        webob::too_large()
    }

    fn injected(&self, call: &Call, status: u16, message: Option<&str>) -> Problem {
        match status {
            401 => auth::unauthorized(call),
            _ => errors::injected(status, message),
        }
    }

    fn crashed(&self, _call: &Call) -> Problem {
        errors::unexpected()
    }

    fn finish(&self, call: &Call, response: Response) -> Response {
        let response = webob::preflight(call, response);
        // The list of versions is served by its own pipeline, which sets no request ids; `cors` drops them.
        if !paths::is_api(&call.path) || (call.method == "OPTIONS" && matches!(response.body, Body::Empty)) {
            return response;
        }
        response.header("x-openstack-request-id", call.request_id.clone())
    }

    fn refuse(&self, call: &Call, problem: Problem) -> Response {
        if !paths::is_api(&call.path) && matches!(problem.status, 404..=406) {
            return paths::refuse_at_root(call, &problem);
        }
        webob::refusal(call, problem, |problem| render(problem).status(problem.status))
    }
}

/// The error of a POST to a single resource whose body could not create one. Pecan checks that before it looks for the
/// method (`BodyValidationHook`).
fn invalid_creation(call: &Call) -> Option<Problem> {
    let collection = call.path.trim_matches('/').split('/').nth(1)?;
    let named =
        |kind: &&&ResourceType| kind.collection == collection || kind.collection.replace('_', "-") == collection;
    let kind = kinds().iter().find(named).filter(|_| call.method == "POST")?;
    let body: Value = serde_json::from_slice(&call.bytes).ok()?;
    attributes::prepare(call, kind, body.get(kind.resource)?, true).err()
}

/// Renders a problem in one of Neutron's three forms.
fn render(problem: &Problem) -> Response {
    match problem.kind {
        ProblemKind::Page => webob::as_json(problem),
        ProblemKind::Dispatch => Response::object(|o| error_fields(o, webob::class_name(problem.status), problem)),
        ProblemKind::Service(name) => Response::one("NeutronError", |o| error_fields(o, name, problem)),
        _ => Response::one("NeutronError", |o| error_fields(o, webob::class_name(problem.status), problem)),
    }
}

fn error_fields(o: &mut Object, name: &str, problem: &Problem) {
    o.set("type", name);
    o.set("message", &problem.message);
    o.set("detail", "");
}

/// Parses the body of a POST. Values that are false in Python count as a missing body.
fn new_resource(call: &Call) -> Result<Value, Problem> {
    if call.bytes.is_empty() {
        return Err(errors::body_required());
    }
    let body: Value = serde_json::from_slice(&call.bytes).map_err(|_| errors::malformed_body())?;
    match &body {
        Value::Object(fields) if !fields.is_empty() => Ok(body),
        body if is_true(body) => Err(errors::invalid_body()),
        _ => Err(errors::body_required()),
    }
}

/// Python's `bool(value)`.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}
