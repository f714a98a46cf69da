//! The request handling of Cinder: the order of the checks, and the headers and error formats of responses
//! (cinder/api/openstack/wsgi.py, etc/cinder/api-paste.ini).

use super::super::microversions::{self, Refused};
use super::super::path_info::{is_below, latin_1, path_info, with_single_slashes};
use super::super::wsgi::{self, can_be_project, one_action};
use super::super::{OpenStack, healthcheck, injected_errors, jsonschema_messages, jsonschema_order, webob};
use super::policy::POLICY;
use super::{LATEST, OLDEST, errors, formats};
use crate::clouds::openstack::keystone::auth_token;
use crate::engine::{Body, Call, Caller, Dialect, ErrorOrder, Formats, Problem, Response, RoutedPath, Version};
use jsonschema::ValidationError;
use serde_json::Value;

/// The dialect of Cinder.
pub struct CinderDialect;

impl Dialect<OpenStack> for CinderDialect {
    fn authenticate(&self, call: &Call, os: &OpenStack) -> Result<Caller, Problem> {
        auth_token::authenticate(call, os, &super::SERVICE)
    }

    /// Paste's URL map, and Routes, which uses PATH_INFO as it is. webob fails in a controller where that is no UTF-8.
    fn path(&self, call: &Call) -> RoutedPath {
        let bytes = path_info(&call.path);
        let path = with_single_slashes(&latin_1(&bytes));
        if is_below(&path, healthcheck::PATH) {
            return RoutedPath::At(healthcheck::PATH.into());
        }
        if std::str::from_utf8(&bytes).is_err() && is_routed(call.method, &path) {
            return RoutedPath::Dropped;
        }
        RoutedPath::At(without_format(path))
    }

    /// HEAD has no routes.
    fn method(&self, call: &Call) -> &'static str {
        call.method
    }

    fn tries_all_patterns(&self) -> bool {
        true
    }

    /// Only `/v3` is behind keystonemiddleware.
    fn hides_unknown_paths(&self, call: &Call) -> bool {
        call.path == "/v3" || call.path.starts_with("/v3/")
    }

    /// Routes, upstream's router, matches paths exactly.
    fn ignores_trailing_slashes(&self) -> bool {
        false
    }

    fn negotiate(&self, call: &Call) -> Result<Version, Problem> {
        if !can_be_project(call.param("project_id")) {
            return Err(webob::not_found());
        }
        version(call)
    }

    /// `Resource.get_body` and `deserialize`; for actions also `action_peek_json`. A body without a `Content-Type` is as
    /// none.
    fn parse(&self, call: &Call) -> Result<Value, Problem> {
        let is_action = call.path.trim_end_matches('/').ends_with("/action");
        if has_no_body(call) {
            return if is_action { Err(errors::no_such_action("None")) } else { Ok(Value::Null) };
        }
        if !matches!(wsgi::content_type(call), "application/json" | "application/vnd.openstack.volume+json") {
            return Err(errors::unsupported_content_type());
        }
        let body: Value = serde_json::from_slice(&call.bytes).map_err(|_| errors::malformed_body())?;
        if is_action { one_action(body) } else { Ok(body) }
    }

    /// Upstream's methods without a body parameter cannot be called with a body.
    fn unread_body(&self, call: &Call) -> Result<(), Problem> {
        if has_no_body(call) || !matches!(call.method, "GET" | "DELETE") {
            return Ok(());
        }
        self.parse(call)?;
        own_project(call)?;
        Err(errors::malformed())
    }

    fn admit(&self, call: &Call, _os: &OpenStack) -> Result<(), Problem> {
        own_project(call)
    }

    fn formats(&self) -> Formats {
        formats::FORMATS
    }

    fn error_order(&self) -> ErrorOrder {
        jsonschema_order::by_declaration
    }

    fn invalid(&self, _call: &Call, error: &ValidationError, declared: &Value) -> Problem {
        let says = declared["x-says"].as_str().map(str::to_owned);
        let message = says.or_else(|| formats::format_error(error));
        errors::invalid_body(message.unwrap_or_else(|| jsonschema_messages::sentence(error, declared)))
    }

    fn authorize(&self, call: &Call, _os: &OpenStack) -> Result<(), Problem> {
        POLICY.enforce(call, &[("project_id", &call.project()), ("user_id", &call.user())])
    }

    /// If the path is that of a collection, a missing method is a 404 of the API. Other paths are a 404 of the
    /// router.
    fn no_such_path(&self, call: &Call) -> Problem {
        if !is_routed(call.method, &call.path) {
            return webob::not_found();
        }
        version(call).err().unwrap_or_else(errors::not_here)
    }

    fn no_such_action(&self, call: &Call, known: bool) -> Problem {
        if let Err(problem) = own_project(call) {
            return problem;
        }
        match call.json.as_object().and_then(|body| body.keys().next()) {
            Some(action) if !known => errors::no_such_action(action),
            _ => errors::not_here(),
        }
    }

    fn too_large(&self, _call: &Call) -> Problem {
        webob::too_large()
    }

    fn injected(&self, call: &Call, status: u16, message: Option<&str>) -> Problem {
        injected_errors::refusal(call, status, message)
    }

    fn crashed(&self, _call: &Call) -> Problem {
        errors::unexpected()
    }

    fn finish(&self, call: &Call, response: Response) -> Response {
        let mut response = webob::preflight(call, response);
        let replaced = call.method == "OPTIONS" && matches!(response.body, Body::Empty);
        let outside = ["cinder.version.redirect", "cinder.healthcheck"].contains(&call.operation);
        // A controller's own response is also that to a wrong ETag.
        if (response.status < 400 || response.status == 412) && !outside && !replaced {
            response = with_version(response, call.version);
            if matches!(response.body, Body::Text(..)) {
                // The metadata of a volume, with its ETag.
            } else if BARE.contains(&call.operation) || response.status == 412 {
                response = response.header("Content-Type", "text/html; charset=UTF-8");
            } else {
                response = response.header("x-compute-request-id", call.request_id.clone());
                if matches!(response.body, Body::Empty) {
                    response = response.header("Content-Type", "application/json");
                }
            }
        }
        response.header("x-openstack-request-id", call.request_id.clone())
    }

    fn refuse(&self, call: &Call, problem: Problem) -> Response {
        webob::refusal(call, problem, |problem| fault(call, problem))
    }
}

/// True if upstream reads no body (`get_body`).
fn has_no_body(call: &Call) -> bool {
    call.bytes.is_empty() || call.header("content-type").is_none()
}

/// The error response of the API (`Fault`).
fn fault(call: &Call, problem: &Problem) -> Response {
    let response = wsgi::fault(problem).header("x-compute-request-id", call.request_id.clone());
    match requested_version(call) {
        Some(Ok(version)) => with_version(response, version),
        // Upstream repeats a version that it does not support, unless it takes it for one of an older API
        // (`_is_legacy_endpoint`).
        Some(Err(Refused::Unsupported((major, minor), _))) => {
            let text = format!("{major}.{minor}");
            let legacy = text.contains("1.0") || text.contains("2.0");
            if legacy { response } else { with_version(response, (major, minor)) }
        }
        _ => response,
    }
}

fn with_version(response: Response, (major, minor): Version) -> Response {
    response.header("OpenStack-API-Version", format!("volume {major}.{minor}")).header("Vary", "OpenStack-API-Version")
}

/// Operations whose controllers create their own response, without `x-compute-request-id` and with the content
/// type HTML.
const BARE: &[&str] = &[
    "cinder.volume.delete",
    "cinder.snapshot.delete",
    "cinder.snapshot.unmanage",
    "cinder.snapshot.update_status",
    "cinder.snapshot.metadata.delete",
    "cinder.message.delete",
    "cinder.volume_type.delete",
    "cinder.volume_type.access.add",
    "cinder.volume_type.access.remove",
    "cinder.volume_type.encryption.delete",
    "cinder.qos_specs.delete",
    "cinder.qos_specs.delete_keys",
    "cinder.qos_specs.associate",
    "cinder.qos_specs.disassociate",
    "cinder.qos_specs.disassociate_all",
    "cinder.group_type.delete",
    "cinder.group_type.specs.delete",
    "cinder.group.update",
    "cinder.group.delete",
    "cinder.group.reset_status",
    "cinder.group.enable_replication",
    "cinder.group.disable_replication",
    "cinder.group.failover_replication",
    "cinder.group_snapshot.delete",
    "cinder.group_snapshot.reset_status",
    "cinder.consistency_group.update",
    "cinder.consistency_group.update_member",
    "cinder.consistency_group.delete_member",
    "cinder.cgsnapshot.delete",
    "cinder.service.failover_host",
    "cinder.service.set_log",
    "cinder.transfer.delete",
    "cinder.volume_transfer.delete",
    "cinder.volume.delete_metadata",
    "cinder.volume.unmanage",
    "cinder.volume.unset_image_metadata",
];

/// The requested microversion (`Request.set_api_version_request`).
fn version(call: &Call) -> Result<Version, Problem> {
    let requested = requested_version(call).ok_or_else(errors::not_here)?;
    requested.map_err(|refused| match refused {
        Refused::Malformed(text) => errors::malformed_version(text),
        Refused::Unsupported(version, text) => {
            let problem = errors::unsupported_version(version, LATEST);
            // `_is_legacy_endpoint`: those of the former APIs have no headers.
            if ["1.0", "2.0"].iter().any(|former| text.contains(former)) {
                return problem;
            }
            problem.header("OpenStack-API-Version", format!("volume {text}")).header("Vary", "OpenStack-API-Version")
        }
    })
}

/// The version in the header, or the oldest. None if the header is about other services only.
fn requested_version(call: &Call) -> Option<Result<Version, Refused<'_>>> {
    let Some(header) = call.header("openstack-api-version") else { return Some(Ok(OLDEST)) };
    let ours = header.split(',').find(|one| one.contains("volume"))?;
    let text = ours.split_whitespace().nth(1).unwrap_or_default();
    Some(microversions::choose(text, (OLDEST, LATEST)))
}

/// Fails with 400 if the project in the path is not that of the token.
fn own_project(call: &Call) -> Result<(), Problem> {
    let named = call.param("project_id");
    let own = call.caller.project.as_deref().unwrap_or_default();
    if named.is_empty() || named == own { Ok(()) } else { Err(errors::malformed_url()) }
}

/// True if upstream routes the request to a controller, even to one without the method: collections are routed
/// with all REST methods (`mapper.resource` in cinder/api/v3/router.py).
fn is_routed(method: &str, path: &str) -> bool {
    let mut segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    if segments.first() != Some(&"v3") || path.ends_with('/') {
        return false;
    }
    segments.remove(0);
    if segments.first().is_some_and(|first| !COLLECTIONS.contains(first) && can_be_project(first)) {
        segments.remove(0);
    }
    match segments[..] {
        [collection] if COLLECTIONS.contains(&collection) => matches!(method, "GET" | "POST"),
        [collection, _] if COLLECTIONS.contains(&collection) => matches!(method, "GET" | "PUT" | "DELETE"),
        [parent, _, child] if NESTED.contains(&(parent, child)) => matches!(method, "GET" | "POST"),
        [parent, _, child, _] if NESTED.contains(&(parent, child)) => matches!(method, "GET" | "PUT" | "DELETE"),
        _ => false,
    }
}

/// Routes of `mapper.resource` have a twin with `.json`. Those that upstream connects one by one have none.
fn without_format(path: String) -> String {
    let Some(short) = path.strip_suffix(".json") else { return path };
    let mut segments = short.split('/').skip(1);
    if segments.next() != Some("v3") {
        return path;
    }
    let own = |name: &&str| matches!(*name, "os-services" | "default-types" | "clusters");
    let first = segments.next().unwrap_or_default();
    let collection = if COLLECTIONS.contains(&first) || own(&first) { Some(first) } else { segments.next() };
    let is_list = segments.next().is_none();
    match collection {
        None | Some("" | "os-services" | "default-types") => path,
        Some("clusters") if is_list => path,
        Some(_) => short.to_owned(),
    }
}

const COLLECTIONS: &[&str] = &[
    "attachments",
    "backups",
    "capabilities",
    "cgsnapshots",
    "clusters",
    "consistencygroups",
    "extensions",
    "group_snapshots",
    "group_types",
    "groups",
    "limits",
    "manageable_snapshots",
    "manageable_volumes",
    "messages",
    "os-availability-zone",
    "os-hosts",
    "os-quota-class-sets",
    "os-quota-sets",
    "os-snapshot-manage",
    "os-volume-manage",
    "os-volume-transfer",
    "qos-specs",
    "resource_filters",
    "scheduler-stats",
    "snapshots",
    "types",
    "volume-transfers",
    "volumes",
    "workers",
];

const NESTED: &[(&str, &str)] = &[
    ("group_types", "group_specs"),
    ("snapshots", "metadata"),
    ("types", "encryption"),
    ("types", "extra_specs"),
    ("types", "os-volume-type-access"),
    ("volumes", "encryption"),
    ("volumes", "metadata"),
];
