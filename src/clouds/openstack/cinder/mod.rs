//! Block storage, API v3.

pub mod attachments;
pub mod backends;
pub mod backups;
pub mod errors;
pub mod group_snapshots;
pub mod group_types;
pub mod groups;
pub mod listing;
pub mod manageable;
pub mod messages;
pub mod parameter_types;
pub mod policy;
pub mod qos_specs;
pub mod quotas;
pub mod snapshots;
pub mod transfers;
pub mod types;
pub mod versions;
pub mod volumes;

use super::{OpenStack, auth, python, violations};
use crate::engine::{
    AnyTable, Call, Caller, Dialect, Formats, Problem, Response, Service, Table, Transition, Version, parse_version,
};
use jsonschema::ValidationError;
use serde_json::Value;

#[derive(Clone, Default)]
pub struct Cinder {
    pub volumes: Table<volumes::Volume>,
    pub snapshots: Table<snapshots::Snapshot>,
    pub backups: Table<backups::Backup>,
    pub messages: Table<messages::Message>,
    pub attachments: Table<attachments::Attachment>,
    pub transfers: Table<transfers::Transfer>,
    pub unmanaged: Table<manageable::Unmanaged>,
    pub volume_types: Table<types::VolumeType>,
    pub default_types: Table<types::DefaultType>,
    pub qos_specs: Table<qos_specs::QosSpecs>,
    pub groups: Table<groups::Group>,
    pub group_snapshots: Table<group_snapshots::GroupSnapshot>,
    pub group_types: Table<group_types::GroupType>,
    pub quota_usages: Table<quotas::Usage>,
}

impl Cinder {
    /// Taken apart without `..`, so that a table that is forgotten here does not compile.
    pub fn tables(&mut self) -> Vec<(&'static str, &mut dyn AnyTable)> {
        let Cinder {
            volumes,
            snapshots,
            backups,
            messages,
            attachments,
            transfers,
            unmanaged,
            volume_types,
            default_types,
            qos_specs,
            groups,
            group_snapshots,
            group_types,
            quota_usages,
        } = self;
        vec![
            ("volumes", volumes),
            ("snapshots", snapshots),
            ("backups", backups),
            ("messages", messages),
            ("attachments", attachments),
            ("transfers", transfers),
            ("unmanaged", unmanaged),
            ("volume_types", volume_types),
            ("default_types", default_types),
            ("qos_specs", qos_specs),
            ("groups", groups),
            ("group_snapshots", group_snapshots),
            ("group_types", group_types),
            ("quota_usages", quota_usages),
        ]
    }
}

pub const TRANSITIONS: &[&[Transition<OpenStack>]] = &[volumes::TRANSITIONS, messages::TRANSITIONS];

pub const LATEST: Version = (3, 71);

/// The project in the path is optional (cinder/api/openstack/__init__.py).
pub fn service() -> Service<OpenStack> {
    let resources = [versions::OPERATIONS, volumes::OPERATIONS, volumes::actions::OPERATIONS];
    Service::new("cinder", &Speaks, &["/v3/{project_id}", "/v3"], &resources).limits_bodies_to(114_688)
}

struct Speaks;

impl Dialect<OpenStack> for Speaks {
    fn authenticate(&self, call: &Call, os: &OpenStack) -> Result<Caller, Problem> {
        auth::authenticate(call, os)
    }

    fn negotiate(&self, call: &Call) -> Result<Version, Problem> {
        let asked = call.header("openstack-api-version").unwrap_or_default();
        let Some(asked) = asked.split(',').find_map(|one| one.trim().strip_prefix("volume ")) else {
            return Ok((3, 0));
        };
        let version = match asked.trim() {
            "latest" => LATEST,
            text => parse_version(text).ok_or_else(|| errors::malformed_version(text))?,
        };
        if ((3, 0)..=LATEST).contains(&version) {
            Ok(version)
        } else {
            Err(errors::unsupported_version(version, LATEST))
        }
    }

    /// cinder/api/openstack/wsgi.py, `Resource.get_body` and `deserialize`.
    fn parse(&self, call: &Call) -> Result<Value, Problem> {
        if call.bytes.is_empty() {
            return Ok(Value::Null);
        }
        let kind = call.header("content-type").unwrap_or("application/json");
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !matches!(kind, "application/json" | "application/vnd.openstack.volume+json") {
            return Err(errors::unsupported_content_type());
        }
        let body = serde_json::from_slice(&call.bytes).map_err(|_| errors::malformed_body())?;
        if call.path.ends_with("/action") {
            peek_at_action(&body)?;
        }
        Ok(body)
    }

    /// The project in the path must be the token's.
    fn admit(&self, call: &Call, _os: &OpenStack) -> Result<(), Problem> {
        let named = call.param("project_id");
        let own = call.caller.project.as_deref().unwrap_or_default();
        if named.is_empty() || named == own { Ok(()) } else { Err(errors::malformed_url()) }
    }

    fn formats(&self) -> Formats {
        parameter_types::FORMATS
    }

    fn invalid(&self, _call: &Call, error: &ValidationError, declared: &Value) -> Problem {
        let worded = parameter_types::format_error(error);
        errors::invalid_body(worded.unwrap_or_else(|| violations::sentence(error, declared)))
    }

    fn authorize(&self, call: &Call, _os: &OpenStack) -> Result<(), Problem> {
        policy::enforce(call, &[("project_id", &call.project()), ("user_id", &call.user())])
    }

    fn no_such_path(&self, _call: &Call) -> Problem {
        errors::no_such_path()
    }

    fn no_such_action(&self, call: &Call) -> Problem {
        match call.json.as_object().and_then(|body| body.keys().next()) {
            Some(action) if call.path.ends_with("/action") => errors::no_such_action(action),
            None if call.path.ends_with("/action") => errors::no_such_action("None"),
            _ => errors::no_such_version(),
        }
    }

    fn too_large(&self, _call: &Call) -> Problem {
        errors::too_large()
    }

    fn crashed(&self, _call: &Call) -> Problem {
        errors::unexpected()
    }

    fn finish(&self, call: &Call, response: Response) -> Response {
        let mut response = response;
        let (major, minor) = call.version;
        if major > 0 {
            response = response
                .header("OpenStack-API-Version", format!("volume {major}.{minor}"))
                .header("Vary", "OpenStack-API-Version")
                .header("x-compute-request-id", call.request_id.clone());
        }
        response.header("x-openstack-request-id", call.request_id.clone())
    }

    fn refuse(&self, _call: &Call, problem: Problem) -> Response {
        let mut response = match problem.kind {
            auth::UNAUTHORIZED => auth::refuse(&problem),
            errors::NO_SUCH_PATH => errors::path_not_found_body(&problem),
            kind => Response::one(kind, |o| {
                o.set("code", problem.status);
                o.set("message", &problem.message);
            }),
        };
        response.status = problem.status;
        response.headers = problem.headers;
        response
    }
}

/// The body of an action has one key, its name. Upstream finds it as Python does, so that text of one
/// character is another mistake than longer text (cinder/api/openstack/wsgi.py, `action_peek`).
fn peek_at_action(body: &Value) -> Result<(), Problem> {
    let length = match body {
        Value::Object(fields) => fields.len(),
        Value::Array(items) => items.len(),
        Value::String(text) => text.chars().count(),
        _ => return Err(errors::no_such_version()),
    };
    match body {
        _ if length != 1 => Err(errors::malformed_body()),
        Value::Object(_) => Ok(()),
        _ => Err(errors::no_such_version()),
    }
}

/// `strutils.bool_from_string(text, strict=True)` of a query parameter.
pub fn strict_bool(name: &str, text: &str) -> Result<bool, Problem> {
    python::bool_from_string(text).ok_or_else(|| errors::not_a_boolean(name, text))
}
