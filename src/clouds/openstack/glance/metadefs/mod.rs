//! Metadata definitions: namespaces that say which properties images, volumes, servers… may have, and what they
//! mean (glance/api/v2/metadef_*.py).

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

/// A namespace with everything in it; each kind of content in the order in which it was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Namespace {
    pub name: Id,
    /// Counts namespaces: the newer of two of one second.
    pub number: u64,
    pub display_name: Option<String>,
    pub description: Option<String>,
    pub visibility: Visibility,
    pub protected: bool,
    /// A project.
    pub owner: Id,
    pub resource_types: Vec<resource_types::Association>,
    pub objects: Vec<objects::Object>,
    pub properties: Vec<properties::Property>,
    pub tags: Vec<tags::Tag>,
    pub created: DateTime<Utc>,
    pub updated: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    Public,
    Private,
}

impl Visibility {
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

/// Why a namespace cannot be had.
enum Missing {
    /// There is none of that name.
    Unknown,
    /// It is another project's own.
    Hidden,
}

/// The namespace that the call's path names.
fn look_up<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Namespace, Missing> {
    let namespace = os.glance.namespaces.get(call.param("namespace_name")).ok_or(Missing::Unknown)?;
    if may_see(call, namespace) { Ok(namespace) } else { Err(Missing::Hidden) }
}

fn may_see(call: &Call, namespace: &Namespace) -> bool {
    namespace.visibility == Visibility::Public || namespace.owner == call.project() || policy::is_admin(call)
}

/// The same for those who tell both alike, with the call's own rule asked about it.
fn find<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Namespace, Problem> {
    let namespace = look_up(call, os).map_err(|_| errors::no_namespace(call.param("namespace_name")))?;
    policy::enforce_on_namespace(call, namespace)?;
    Ok(namespace)
}

/// Changes the content of a namespace, which itself stays as old as it was.
fn change(os: &mut OpenStack, name: &str, change: impl FnOnce(&mut Namespace)) {
    if let Some(namespace) = os.glance.namespaces.get_mut(name) {
        change(namespace);
    }
}

/// The body of a request, held against its schema.
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

/// A filter that contents are not filtered by, but that must make sense.
fn check_visibility(call: &Call) -> Result<(), Problem> {
    match call.query("visibility") {
        None | Some("" | "public" | "private" | "shared") => Ok(()),
        Some(other) => Err(errors::invalid_visibility(other)),
    }
}
