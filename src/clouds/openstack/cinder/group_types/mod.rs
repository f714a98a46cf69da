//! Group types; since 3.11 (cinder/api/v3/group_types.py).

pub mod specs;

use super::super::OpenStack;
use super::super::parameter_types::Optional;
use super::listing::{Column, Key, Listing, Query};
use super::parameter_types::{Boolean, MetadataOrNull, Text255};
use super::policy::{self, POLICY};
use super::types::PublicFilter;
use super::types::fields::{Description, FullName};
use super::{errors, groups};
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Response, Row, delete, get, post, put};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/group_types", "cinder.group_type.list", list).summary("Lists group types.").since(3, 11),
    post("/group_types", "cinder.group_type.create", create)
        .summary("Creates a group type.")
        .since(3, 11)
        .body::<CreateRequest>()
        .answers(202)
        .policy("group:group_types:create"),
    get("/group_types/{group_type_id}", "cinder.group_type.show", show).summary("Shows a group type.").since(3, 11),
    put("/group_types/{group_type_id}", "cinder.group_type.update", update)
        .summary("Updates a group type.")
        .since(3, 11)
        .body::<UpdateRequest>()
        .policy("group:group_types:update"),
    delete("/group_types/{group_type_id}", "cinder.group_type.delete", remove)
        .summary("Deletes a group type.")
        .since(3, 11)
        .answers(202)
        .policy("group:group_types:delete"),
];

/// A row of the table `group_types`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GroupType {
    pub id: Id,
    pub name: String,
    pub description: Option<String>,
    pub is_public: bool,
    pub group_specs: Map<String, Value>,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

impl Row for GroupType {
    fn id(&self) -> &Id {
        &self.id
    }
    /// Types belong to no project.
    fn owner(&self) -> &Id {
        &self.id
    }
}

impl GroupType {
    /// True if the spec has the value `<is> True`.
    pub fn has(&self, spec: &str) -> bool {
        self.group_specs.get(spec).and_then(Value::as_str) == Some("<is> True")
    }

    /// True if groups of the type are replicated.
    pub fn is_replicated(&self) -> bool {
        self.has("group_replication_enabled") || self.has("consistent_group_replication_enabled")
    }
}

/// The reserved type of consistency groups. The group API rejects its groups.
pub const DEFAULT_CGSNAPSHOT_TYPE: &str = "default_cgsnapshot_type";

/// Inserts the only group type of a new cloud. Its id is the same in every cloud.
pub fn seed(os: &mut OpenStack, now: DateTime<Utc>) {
    os.cinder.group_types.insert(GroupType {
        id: "4b1c8a4e-0d3e-4b63-8f0c-5d1b7f6a2e11".into(),
        name: DEFAULT_CGSNAPSHOT_TYPE.into(),
        description: Some("Default group type for migrating cgsnapshot".into()),
        is_public: true,
        group_specs: Map::from_iter([("consistent_group_snapshot_enabled".to_owned(), Value::from("<is> True"))]),
        created: now,
        updated: None,
    });
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    group_type: CreateGroupType,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateGroupType {
    name: FullName,
    description: Optional<Description>,
    is_public: Optional<Boolean>,
    group_specs: Optional<MetadataOrNull>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    group_type: UpdateGroupType,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateGroupType {
    name: Optional<Text255>,
    description: Optional<Description>,
    is_public: Optional<Boolean>,
}

const GROUP_TYPES: Listing<GroupType> = Listing { columns: COLUMNS, no_marker: None };

/// The columns of `group_types` in cinder/db/models.py.
const COLUMNS: &[Column<GroupType>] = &[
    ("id", |one| Key::Text(one.id.to_string())),
    ("name", |one| Key::Text(one.name.clone())),
    ("description", |one| Key::of(&one.description)),
    ("is_public", |one| Key::Flag(one.is_public)),
    ("created_at", |one| Key::time(Some(one.created))),
    ("updated_at", |one| Key::time(one.updated)),
    ("deleted", |_| Key::Flag(false)),
    ("deleted_at", |_| Key::Nothing),
];

fn list(call: &Call, os: &OpenStack) -> Answer {
    let types = &os.cinder.group_types;
    let query = Query::unfiltered(call)?;
    let shown = PublicFilter::of(call, call.query("is_public").map(str::to_owned))?;
    let page = GROUP_TYPES.page_of(call, &query, types, None, |one| match shown {
        PublicFilter::All => true,
        PublicFilter::Public => one.is_public,
        PublicFilter::Private => !one.is_public,
    })?;
    Ok(Response::object(|o| {
        o.each("group_types", page.rows.iter().copied(), |o, one| view(o, one, call));
        page.finish(o, call, "group_type", "group_types");
    }))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<CreateRequest>()?.group_type;
    let name = request.name.0;
    if type_named(os, &name).is_some() {
        return Err(errors::group_type_exists(&name));
    }
    let created = os.cinder.group_types.insert(GroupType {
        id: ctx.uuid(),
        name,
        description: request.description.0.and_then(|text| text.0),
        is_public: request.is_public.is_none_or(|flag| flag.0),
        group_specs: request.group_specs.0.and_then(|specs| specs.0).unwrap_or_default(),
        created: ctx.now(),
        updated: None,
    });
    Ok(Response::one("group_type", |o| view(o, created, call)))
}

/// `default` is the id of the configured `default_group_type`. None is configured.
fn show(call: &Call, os: &OpenStack) -> Answer {
    let shown = match call.param("group_type_id") {
        "default" => return Err(errors::no_default_group_type()),
        id => find(call, os, id)?,
    };
    Ok(Response::one("group_type", |o| view(o, shown, call)))
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<UpdateRequest>()?.group_type;
    let name = request.name.0.and_then(|name| name.0);
    let description = request.description.0.and_then(|text| text.0);
    if name.as_ref().is_some_and(|name| !name.is_empty() && name.trim().is_empty()) {
        return Err(errors::group_type_name_empty());
    }
    if name.is_none() && description.is_none() && request.is_public.is_none() {
        return Err(errors::no_change_to_group_type());
    }
    let id = find(call, os, call.param("group_type_id"))?.id.clone();
    if let Some(name) = &name
        && type_named(os, name).is_some_and(|other| other.id != id)
    {
        return Err(errors::group_type_exists(name));
    }
    let found = os.cinder.group_types.get_mut(&id).ok_or_else(|| errors::group_type_not_found(&id))?;
    found.name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| found.name.clone());
    found.description = description.or_else(|| found.description.take());
    found.is_public = request.is_public.map_or(found.is_public, |flag| flag.0);
    found.updated = Some(ctx.now());
    Ok(Response::one("group_type", |o| view(o, found, call)))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = find(call, os, call.param("group_type_id"))?.id.clone();
    if os.cinder.groups.by(&groups::BY_GROUP_TYPE, &id).next().is_some() {
        return Err(errors::group_type_in_use(&id));
    }
    os.cinder.group_types.remove(&id);
    Ok(Response::empty())
}

/// Finds a group type that the caller can use by its id. Private ones are for administrators only. Fails with 404.
pub fn find<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o GroupType, Problem> {
    let found = os.cinder.group_types.get(id).filter(|one| one.is_public || policy::is_admin(call));
    found.ok_or_else(|| errors::group_type_not_found(id))
}

/// As [`find`], by name.
pub fn find_by_name<'o>(call: &Call, os: &'o OpenStack, name: &str) -> Result<&'o GroupType, Problem> {
    let found = type_named(os, name).filter(|one| one.is_public || policy::is_admin(call));
    found.ok_or_else(|| errors::group_type_not_found_by_name(name))
}

fn type_named<'o>(os: &'o OpenStack, name: &str) -> Option<&'o GroupType> {
    os.cinder.group_types.all().find(|one| one.name == name)
}

/// True if the group type is that of consistency groups.
pub fn is_default_cgsnapshot_type(os: &OpenStack, id: &str) -> bool {
    os.cinder.group_types.get(id).is_some_and(|one| one.name == DEFAULT_CGSNAPSHOT_TYPE)
}

fn view(o: &mut Object, shown: &GroupType, call: &Call) {
    o.set("id", &shown.id);
    o.set("name", &shown.name);
    o.set("description", &shown.description);
    o.set("is_public", shown.is_public);
    if POLICY.allows(call, "group:access_group_types_specs", &[("project_id", &call.project())]) {
        o.set("group_specs", &shown.group_specs);
    }
}
