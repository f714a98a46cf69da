//! Metadata definitions: namespaces that describe the properties of images, volumes, servers and other resources
//! (glance/api/v2/metadef_*.py).

pub mod namespaces;
pub mod objects;
pub mod properties;
pub mod resource_types;
mod seed;
pub mod tags;

pub use seed::seed;

use super::schemas::validation::Document;
use super::{errors, policy};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Id, Problem, Row};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A namespace with its contents, each in the order of creation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Namespace {
    pub name: Id,
    /// A number that counts up from 1 (`id` of the database). It orders namespaces of the same second.
    pub number: u64,
    pub display_name: Option<String>,
    pub description: Option<String>,
    pub visibility: Visibility,
    pub protected: bool,
    /// The project that owns it.
    pub owner: Id,
    pub resource_types: Vec<resource_types::Association>,
    pub objects: Vec<objects::Object>,
    pub properties: Vec<properties::Property>,
    pub tags: Vec<tags::Tag>,
    pub created: DateTime<Utc>,
    /// None if it came with the installation.
    pub updated: Option<DateTime<Utc>>,
}

/// Which projects may see a namespace: all, or only the owner.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    Public,
    Private,
}

impl Visibility {
    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        if self == Visibility::Public { "public" } else { "private" }
    }
}

impl Row for Namespace {
    fn id(&self) -> &Id {
        &self.name
    }
    fn owner(&self) -> &Id {
        &self.owner
    }
}

/// Why a namespace is not found.
enum Missing {
    /// The namespace does not exist.
    Unknown,
    /// It is private to another project.
    Hidden,
}

/// The namespace in the path.
fn look_up<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Namespace, Missing> {
    let namespace = os.glance.namespaces.get(call.param("namespace_name")).ok_or(Missing::Unknown)?;
    if may_see(call, namespace) { Ok(namespace) } else { Err(Missing::Hidden) }
}

fn may_see(call: &Call, namespace: &Namespace) -> bool {
    namespace.visibility == Visibility::Public || namespace.owner == call.project() || policy::is_admin(call)
}

/// The namespace in the path, after the policy of the operation. The 404 is the same for both reasons.
fn find<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Namespace, Problem> {
    let namespace = look_up(call, os).map_err(|_| errors::no_namespace(call.param("namespace_name")))?;
    policy::enforce_on_namespace(call, namespace)?;
    Ok(namespace)
}

/// Changes the contents of a namespace. Its `updated_at` stays.
fn change(os: &mut OpenStack, name: &str, change: impl FnOnce(&mut Namespace)) {
    if let Some(namespace) = os.glance.namespaces.get_mut(name) {
        change(namespace);
    }
}

/// The validated body of a request. Errors: no object, a read-only field, a violation of the schema.
fn body<'c>(call: &'c Call, read_only: &[&str], schema: &Document) -> Result<&'c Map<String, Value>, Problem> {
    let fields = match &call.json {
        Value::Null => return Err(errors::body_expected()),
        Value::Object(fields) => fields,
        _ => return Err(errors::object_expected()),
    };
    if let Some(name) = read_only.iter().find(|name| fields.contains_key(**name)) {
        return Err(errors::read_only(name));
    }
    schema.check(&call.json)?;
    Ok(fields)
}

fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// Validates `visibility`, which upstream accepts for the contents of a namespace and ignores.
fn check_visibility(call: &Call) -> Result<(), Problem> {
    match call.query("visibility") {
        None | Some("" | "public" | "private" | "shared") => Ok(()),
        Some(other) => Err(errors::invalid_visibility(other)),
    }
}
