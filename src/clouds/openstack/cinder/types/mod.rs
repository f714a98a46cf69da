//! Volume types (cinder/api/v3/types.py, cinder/api/contrib/types_manage.py).

pub mod access;
pub mod defaults;
pub mod encryption;
pub mod extra_specs;
pub mod fields;
mod list;
mod view;

use super::super::OpenStack;
use super::super::parameter_types::Optional;
use super::parameter_types::Boolean;
use super::policy::{self, POLICY};
use super::{backends, errors, groups, parameter_types, quotas};
use crate::engine::{Answer, Call, Context, Id, Index, Operation, Problem, Response, Row, delete, get, post, put};
use chrono::{DateTime, Utc};
use fields::{Description, FullName, NewName, NewSpecs};
pub use list::PublicFilter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/types", "cinder.volume_type.list", list::list)
        .summary("Lists volume types.")
        .policy("volume_extension:type_get_all"),
    post("/types", "cinder.volume_type.create", create)
        .summary("Creates a volume type.")
        .body::<CreateRequest>()
        .policy("volume_extension:type_create"),
    get("/types/{type_id}", "cinder.volume_type.show", show)
        .summary("Shows a volume type.")
        .policy_on_target("volume_extension:type_get"),
    put("/types/{type_id}", "cinder.volume_type.update", update)
        .summary("Updates a volume type.")
        .body::<UpdateRequest>()
        .policy("volume_extension:type_update"),
    delete("/types/{type_id}", "cinder.volume_type.delete", remove)
        .summary("Deletes a volume type.")
        .answers(202)
        .policy("volume_extension:type_delete"),
];

/// A row of the table `volume_types`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VolumeType {
    pub id: Id,
    pub name: String,
    pub description: Option<String>,
    pub is_public: bool,
    /// Required capabilities of the backend and options for its driver: `volume_backend_name`, `multiattach`.
    pub extra_specs: Map<String, Value>,
    /// The projects that can use the type if it is private.
    pub projects: Vec<Id>,
    pub qos_specs: Option<Id>,
    pub encryption: Option<Encryption>,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

/// The encryption of volumes of a type.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Encryption {
    pub id: Id,
    pub provider: String,
    pub cipher: Option<String>,
    /// The key size in bits.
    pub key_size: Option<i64>,
    /// `front-end` or `back-end`.
    pub control_location: String,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

/// A row of the table `default_types`: the default volume type of a project.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DefaultType {
    pub project: Id,
    pub volume_type: Id,
}

/// The volume types that QoS specs are associated with.
pub const BY_QOS_SPECS: Index<VolumeType> =
    Index::new("qos_specs", |volume_type, key| volume_type.qos_specs.as_deref().into_iter().for_each(key));

impl Row for VolumeType {
    fn id(&self) -> &Id {
        &self.id
    }
    /// Types belong to no project.
    fn owner(&self) -> &Id {
        &self.id
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_QOS_SPECS]
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
    /// True if volumes of the type can be attached to several servers.
    pub fn multiattach(&self) -> bool {
        self.extra_specs.get("multiattach").and_then(Value::as_str) == Some("<is> True")
    }

    /// The name of the required backend, or [`backends::NONE`] if no backend has the required capabilities.
    pub fn backend_name(&self) -> Option<&str> {
        if backends::refuse(&self.extra_specs) {
            return Some(backends::NONE);
        }
        self.extra_specs.get("volume_backend_name").and_then(Value::as_str)
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    volume_type: CreateType,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateType {
    name: FullName,
    description: Optional<Description>,
    extra_specs: Optional<NewSpecs>,
    #[serde(rename = "os-volume-type-access:is_public")]
    is_public: Optional<Boolean>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    volume_type: UpdateType,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateType {
    name: Optional<NewName>,
    description: Optional<Description>,
    is_public: Optional<Boolean>,
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<CreateRequest>()?.volume_type;
    let name = request.name.0;
    if type_named(os, &name).is_some() {
        return Err(errors::volume_type_exists(&name));
    }
    let created = os.cinder.volume_types.insert(VolumeType {
        id: ctx.uuid(),
        name,
        description: request.description.0.and_then(|text| text.0),
        is_public: request.is_public.is_none_or(|flag| flag.0),
        extra_specs: request.extra_specs.0.map(|specs| specs.0).unwrap_or_default(),
        projects: vec![],
        qos_specs: None,
        encryption: None,
        created: ctx.now(),
        updated: None,
    });
    Ok(Response::one("volume_type", |o| {
        view::managed(o, created);
        view::access(o, created, call);
    }))
}

/// `default` is the id of the default type of the caller's project. As upstream, it is shown without the
/// extension field of type access.
fn show(call: &Call, os: &OpenStack) -> Answer {
    let id = call.param("type_id");
    let by_default = id == "default";
    let shown = match by_default {
        true => default_for(os, &call.project()).ok_or_else(|| errors::no_default_volume_type(DEFAULT))?,
        false => find(call, os, id)?,
    };
    POLICY.enforce(call, &[("project_id", &call.project())])?;
    Ok(Response::one("volume_type", |o| {
        view::fields(o, shown, call);
        if !by_default {
            view::access(o, shown, call);
        }
    }))
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<UpdateRequest>()?.volume_type;
    let name = request.name.0.and_then(|name| name.0);
    let description = request.description.0.and_then(|text| text.0);
    if name.as_ref().is_some_and(|name| name.trim().is_empty()) {
        return Err(errors::volume_type_name_empty());
    }
    if name.is_none() && description.is_none() && request.is_public.is_none() {
        return Err(errors::no_change_to_volume_type());
    }
    let (id, old_name) = find(call, os, call.param("type_id")).map(|found| (found.id.clone(), found.name.clone()))?;
    if let Some(name) = &name
        && type_named(os, name).is_some_and(|other| other.id != id)
    {
        return Err(errors::volume_type_exists(name));
    }
    if let Some(name) = &name {
        quotas::rename_type(os, &old_name, name);
    }
    let found = os.cinder.volume_types.get_mut(&id).ok_or_else(|| errors::volume_type_not_found(&id))?;
    found.name = name.unwrap_or(old_name);
    found.description = description.or_else(|| found.description.take());
    found.is_public = request.is_public.map_or(found.is_public, |flag| flag.0);
    found.updated = Some(ctx.now());
    Ok(Response::one("volume_type", |o| view::managed(o, found)))
}

/// Fails with 400 if the type is a default type or in use.
fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let found = find(call, os, call.param("type_id"))?;
    let id = found.id.clone();
    if found.name == DEFAULT || os.cinder.default_types.all().any(|default| default.volume_type == id) {
        return Err(errors::volume_type_is_default(&id));
    }
    if in_use(os, &id) || os.cinder.groups.by(&groups::BY_VOLUME_TYPE, &id).next().is_some() {
        return Err(errors::volume_type_in_use());
    }
    os.cinder.volume_types.remove(&id);
    Ok(Response::empty())
}

fn type_named<'o>(os: &'o OpenStack, name: &str) -> Option<&'o VolumeType> {
    os.cinder.volume_types.all().find(|one| one.name == name)
}

/// True if any project has volumes of the type.
pub fn in_use(os: &OpenStack, id: &str) -> bool {
    os.cinder.volumes.all().any(|volume| volume.volume_type.as_deref() == Some(id))
}

/// Inserts the types of a new cloud, as devstack does. Their ids are the same in every cloud.
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

/// The configured default type (`default_volume_type`).
const DEFAULT: &str = "lvmdriver-1";
/// The type that every installation has.
const FALLBACK: &str = "__DEFAULT__";

/// The default type of a project: its own, or that of the cloud. The latter cannot be deleted, but it is missing
/// if it was renamed.
pub fn default_for<'o>(os: &'o OpenStack, project: &str) -> Option<&'o VolumeType> {
    let own = os.cinder.default_types.get(project).and_then(|own| os.cinder.volume_types.get(&own.volume_type));
    own.or_else(|| type_named(os, DEFAULT))
}

/// The name of a type, which the per-type quotas use.
pub fn name_of(os: &OpenStack, id: Option<&str>) -> Option<String> {
    os.cinder.volume_types.get(id?).map(|one| one.name.clone())
}

/// Finds a type that the caller can use by its id. Fails with 404.
pub fn find<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o VolumeType, Problem> {
    let found = os.cinder.volume_types.get(id).filter(|one| may_use(call, one));
    found.ok_or_else(|| errors::volume_type_not_found(id))
}

/// Finds a type that the caller can use by its id or name. A name can look like an id. Fails with 404.
pub fn find_by_id_or_name<'o>(call: &Call, os: &'o OpenStack, text: &str) -> Result<&'o VolumeType, Problem> {
    let is_id = parameter_types::is_uuid_like(text);
    if is_id && let Ok(found) = find(call, os, text) {
        return Ok(found);
    }
    match type_named(os, text) {
        // Upstream checks access after it has found the name, so that the error contains the id.
        Some(found) => find(call, os, &found.id),
        None if is_id => Err(errors::volume_type_not_found(text)),
        None => Err(errors::volume_type_not_found_by_name(text)),
    }
}

/// True for public types, for administrators, and for projects with access.
pub fn may_use(call: &Call, volume_type: &VolumeType) -> bool {
    volume_type.is_public || policy::is_admin(call) || volume_type.projects.contains(&call.project())
}
