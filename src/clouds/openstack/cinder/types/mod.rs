//! Volume types: what kinds of volumes there are, who may use them, and what comes with them.

use super::super::OpenStack;
use super::{errors, parameter_types, policy};
use crate::engine::{Call, Id, Problem, Row};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VolumeType {
    pub id: Id,
    pub name: String,
    pub description: Option<String>,
    pub is_public: bool,
    /// What a backend must offer, and how it treats these volumes: `volume_backend_name`, `multiattach`.
    pub extra_specs: Map<String, Value>,
    /// The projects that may use the type if it is not public.
    pub projects: Vec<Id>,
    pub qos_specs: Option<Id>,
    pub encryption: Option<Encryption>,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

/// How volumes of a type are encrypted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Encryption {
    pub id: Id,
    pub provider: String,
    pub cipher: Option<String>,
    /// In bits.
    pub key_size: Option<i64>,
    pub control_location: String,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

/// The type of a project's volumes that are made without naming one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DefaultType {
    pub project: Id,
    pub volume_type: Id,
}

impl Row for VolumeType {
    fn id(&self) -> &Id {
        &self.id
    }
    /// Types belong to no project.
    fn owner(&self) -> &Id {
        &self.id
    }
}

impl Row for DefaultType {
    fn id(&self) -> &Id {
        &self.project
    }
    fn owner(&self) -> &Id {
        &self.project
    }
}

impl VolumeType {
    /// True if volumes of the type may be attached to several servers.
    pub fn multiattach(&self) -> bool {
        self.extra_specs.get("multiattach").and_then(Value::as_str) == Some("<is> True")
    }

    /// The backend that the type asks for.
    pub fn backend_name(&self) -> Option<&str> {
        self.extra_specs.get("volume_backend_name").and_then(Value::as_str)
    }
}

/// The types of a fresh cloud, as devstack makes them; ids are the same in every cloud.
pub fn seed(os: &mut OpenStack, now: DateTime<Utc>) {
    let lvm_1 = ("volume_backend_name", "lvmdriver-1");
    let lvm_2 = ("volume_backend_name", "lvmdriver-2");
    let shared = ("multiattach", "<is> True");
    let types = [
        ("4b1c8a4e-0d3e-4b63-8f0c-5d1b7f6a2e01", FALLBACK, Some("Default Volume Type"), vec![]),
        ("4b1c8a4e-0d3e-4b63-8f0c-5d1b7f6a2e02", "lvmdriver-2", None, vec![lvm_2]),
        ("4b1c8a4e-0d3e-4b63-8f0c-5d1b7f6a2e03", "multiattach", None, vec![lvm_1, shared]),
        ("4b1c8a4e-0d3e-4b63-8f0c-5d1b7f6a2e04", DEFAULT, None, vec![lvm_1]),
    ];
    for (id, name, description, specs) in types {
        os.cinder.volume_types.insert(VolumeType {
            id: id.into(),
            name: name.into(),
            description: description.map(str::to_owned),
            is_public: true,
            extra_specs: specs.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect(),
            projects: vec![],
            qos_specs: None,
            encryption: None,
            created: now,
            updated: None,
        });
    }
}

/// What the cloud is configured to use where no type is named (`default_volume_type`).
const DEFAULT: &str = "lvmdriver-1";
/// The type that every installation begins with.
const FALLBACK: &str = "__DEFAULT__";

/// The type of volumes that are made without naming one: the project's own default, or the cloud's.
/// The cloud's cannot be deleted, so this is nothing only if it was renamed.
pub fn default_for<'o>(os: &'o OpenStack, project: &str) -> Option<&'o VolumeType> {
    let own = os.cinder.default_types.get(project).and_then(|own| os.cinder.volume_types.get(&own.volume_type));
    own.or_else(|| os.cinder.volume_types.all().find(|one| one.name == DEFAULT))
}

/// The name of a type, which quotas go by.
pub fn name_of(os: &OpenStack, id: Option<&str>) -> Option<String> {
    os.cinder.volume_types.get(id?).map(|one| one.name.clone())
}

/// A type that the caller may use, by its id.
pub fn find<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o VolumeType, Problem> {
    let found = os.cinder.volume_types.get(id).filter(|one| may_use(call, one));
    found.ok_or_else(|| errors::volume_type_not_found(id))
}

/// A type that the caller may use, by its id or its name; a name may look like an id.
pub fn find_by_id_or_name<'o>(call: &Call, os: &'o OpenStack, text: &str) -> Result<&'o VolumeType, Problem> {
    let is_id = parameter_types::is_uuid_like(text);
    if is_id && let Ok(found) = find(call, os, text) {
        return Ok(found);
    }
    let found = os.cinder.volume_types.all().find(|one| one.name == text && may_use(call, one));
    found.ok_or_else(|| match is_id {
        true => errors::volume_type_not_found(text),
        false => errors::volume_type_not_found_by_name(text),
    })
}

/// An administrator, everybody if the type is public, or a project that was given access.
pub fn may_use(call: &Call, volume_type: &VolumeType) -> bool {
    volume_type.is_public || policy::is_admin(call) || volume_type.projects.contains(&call.project())
}
