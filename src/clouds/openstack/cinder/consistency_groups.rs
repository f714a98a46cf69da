//! Consistency groups and their snapshots: the predecessors of groups, now groups of a reserved type
//! (cinder/api/contrib/consistencygroups.py, cgsnapshots.py). No backend supports them, so that each new one is in
//! error.

use super::super::OpenStack;
use super::super::parameter_types::Optional;
use super::super::times::Micros;
use super::group_snapshots::{self, GroupSnapshot};
use super::groups::{self, Changes, GROUPS, Group, NameAndDescription};
use super::listing::{self, Page, Query};
use super::parameter_types::{Boolean, Text255};
use super::policy::POLICY;
use super::types::fields::Description;
use super::types::find_by_id_or_name;
use super::{errors, group_types};
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Response, delete, get, post, put};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;

const ALL: &str = "/consistencygroups";
const ONE: &str = "/consistencygroups/{group_id}";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "cinder.consistency_group.list", list).summary("Lists consistency groups.").policy("group:get_all"),
    get("/consistencygroups/detail", "cinder.consistency_group.list_detail", list_detail)
        .summary("Lists consistency groups with details.")
        .policy("group:get_all"),
    post(ALL, "cinder.consistency_group.create", create)
        .summary("Creates a consistency group.")
        .body::<CreateRequest>()
        .answers(202)
        .policy("group:create"),
    post("/consistencygroups/create_from_src", "cinder.consistency_group.create_from_src", create_from_src)
        .summary("Creates a consistency group from a snapshot or another group.")
        .body::<FromSourceRequest>()
        .answers(202)
        .policy("group:create"),
    get(ONE, "cinder.consistency_group.show", show).summary("Shows a consistency group.").policy_on_target("group:get"),
    put(ONE, "cinder.consistency_group.update", update)
        .summary("Updates a consistency group.")
        .body::<UpdateRequest>()
        .answers(202)
        .policy_on_target("group:update"),
    put("/consistencygroups/{group_id}/update", "cinder.consistency_group.update_member", update)
        .summary("Updates a consistency group.")
        .body::<UpdateRequest>()
        .answers(202)
        .policy_on_target("group:update"),
    post("/consistencygroups/{group_id}/delete", "cinder.consistency_group.delete_member", remove)
        .summary("Deletes a consistency group.")
        .body::<DeleteRequest>()
        .answers(202)
        .policy_on_target("group:delete"),
    get("/cgsnapshots", "cinder.cgsnapshot.list", list_snapshots)
        .summary("Lists consistency group snapshots.")
        .policy("group:get_all_group_snapshots"),
    get("/cgsnapshots/detail", "cinder.cgsnapshot.list_detail", list_snapshots_detail)
        .summary("Lists consistency group snapshots with details.")
        .policy("group:get_all_group_snapshots"),
    post("/cgsnapshots", "cinder.cgsnapshot.create", create_snapshot)
        .summary("Creates a consistency group snapshot.")
        .body::<CreateSnapshotRequest>()
        .answers(202)
        .policy_on_target("group:create_group_snapshot"),
    get("/cgsnapshots/{group_snapshot_id}", "cinder.cgsnapshot.show", show_snapshot)
        .summary("Shows a consistency group snapshot.")
        .policy_on_target("group:get_group_snapshot"),
    delete("/cgsnapshots/{group_snapshot_id}", "cinder.cgsnapshot.delete", remove_snapshot)
        .summary("Deletes a consistency group snapshot.")
        .answers(202)
        .policy_on_target("group:delete_group_snapshot"),
];

#[derive(Deserialize, JsonSchema)]
struct CreateRequest {
    consistencygroup: CreateConsistencyGroup,
}

#[derive(Deserialize, JsonSchema)]
struct CreateConsistencyGroup {
    name: Optional<Text255>,
    description: Optional<Description>,
    /// Comma-separated ids or names. Upstream's schema allows any value.
    volume_types: Value,
    availability_zone: Option<Value>,
}

#[derive(Deserialize, JsonSchema)]
struct FromSourceRequest {
    #[serde(rename = "consistencygroup-from-src")]
    from: FromSource,
}

#[derive(Deserialize, JsonSchema)]
struct FromSource {
    name: Optional<Text255>,
    description: Optional<Description>,
    cgsnapshot_id: Optional<String>,
    source_cgid: Optional<String>,
}

#[derive(Deserialize, JsonSchema)]
struct UpdateRequest {
    consistencygroup: UpdateConsistencyGroup,
}

#[derive(Deserialize, JsonSchema)]
struct UpdateConsistencyGroup {
    name: Optional<Text255>,
    description: Optional<Description>,
    add_volumes: Option<String>,
    remove_volumes: Option<String>,
}

/// The body can be an empty object or missing.
#[derive(Deserialize)]
struct DeleteRequest(Option<Deletion>);

#[derive(Deserialize)]
struct Deletion {
    consistencygroup: Option<Force>,
}

#[derive(Deserialize)]
struct Force {
    force: Option<Boolean>,
}

impl JsonSchema for DeleteRequest {
    fn schema_name() -> Cow<'static, str> {
        "delete_consistency_group".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let force = Boolean::json_schema(generator);
        json_schema!({"oneOf": [
            {
                "type": "object",
                "properties": {"consistencygroup": {"type": "object", "properties": {"force": force}}},
                "required": ["consistencygroup"],
            },
            {"type": "object", "properties": {}, "additionalProperties": false},
            {"type": "null"},
        ]})
    }
}

#[derive(Deserialize, JsonSchema)]
struct CreateSnapshotRequest {
    cgsnapshot: CreateSnapshot,
}

#[derive(Deserialize, JsonSchema)]
struct CreateSnapshot {
    consistencygroup_id: String,
    name: Optional<String>,
    description: Optional<String>,
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let page = page(call, os)?;
    Ok(Response::object(|o| {
        o.each("consistencygroups", page.rows.iter().copied(), summary);
        page.finish(o, call, "consistencygroup", "consistencygroups");
    }))
}

fn list_detail(call: &Call, os: &OpenStack) -> Answer {
    let page = page(call, os)?;
    Ok(Response::object(|o| {
        o.each("consistencygroups", page.rows.iter().copied(), detail);
        page.finish(o, call, "consistencygroup", "consistencygroups");
    }))
}

/// All groups, including those that are not consistency groups. Filters are not limited to the configured ones. The project of
/// the caller replaces a filter on the project (`group_get_all_by_project`).
fn page<'o>(call: &Call, os: &'o OpenStack) -> Result<Page<'o, Group>, Problem> {
    let mut query = Query::open(call, "consistencygroup")?;
    if !query.all_projects {
        query.take("project_id");
    }
    GROUPS.page(call, &query, &os.cinder.groups, |_| true)
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let shown = groups::find(call, os, call.param("group_id"))?;
    POLICY.enforce(call, &[("project_id", &shown.project)])?;
    Ok(Response::one("consistencygroup", |o| detail(o, shown)))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<CreateRequest>()?.consistencygroup;
    let names = name_and_description(request.name, request.description);
    let types = request.volume_types.as_str().map(|text| text.trim_end_matches(',')).unwrap_or_default();
    if types.is_empty() {
        return Err(errors::consistency_group_without_types(names.name.as_deref()));
    }
    let group_type = group_types::find_by_name(call, os, group_types::DEFAULT_CGSNAPSHOT_TYPE)?.id.clone();
    let id_of = |name: &str| find_by_id_or_name(call, os, name).map(|one| one.id.clone());
    let types = types.split(',').map(id_of).collect::<Result<Vec<Id>, Problem>>()?;
    let zone = request.availability_zone.as_ref().and_then(Value::as_str).map(str::to_owned);
    let id = groups::new_group(call, os, ctx, names, &group_type, types, zone)?;
    let created = groups::find(call, os, &id)?;
    Ok(Response::one("consistencygroup", |o| summary(o, created)))
}

fn create_from_src(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<FromSourceRequest>()?.from;
    let names = name_and_description(request.name, request.description);
    let non_empty = |id: Optional<String>| id.0.filter(|id| !id.is_empty());
    let id = match (non_empty(request.cgsnapshot_id), non_empty(request.source_cgid)) {
        (None, None) => return Err(errors::consistency_group_without_source(names.name.as_deref())),
        (Some(_), Some(_)) => return Err(errors::consistency_group_with_two_sources(names.name.as_deref())),
        (Some(snapshot), None) => groups::from_group_snapshot(call, os, ctx, names, &snapshot)?,
        (None, Some(source)) => groups::from_group(call, os, ctx, names, &source)?,
    };
    let created = groups::find(call, os, &id)?;
    Ok(Response::one("consistencygroup", |o| summary(o, created)))
}

/// Fails if there is nothing to change. Since 3.6 an empty name is a change.
fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<UpdateRequest>()?.consistencygroup;
    let group = groups::find(call, os, call.param("group_id"))?;
    POLICY.enforce(call, &[("project_id", &group.project)])?;
    let id = group.id.clone();
    let names = name_and_description(request.name, request.description);
    let changes = Changes {
        name: names.name,
        description: names.description,
        add: request.add_volumes,
        remove: request.remove_volumes,
    };
    let empty = |text: &Option<String>| text.as_ref().is_none_or(String::is_empty);
    if empty(&changes.add) && empty(&changes.remove) {
        match call.since(3, 6) {
            true if changes.name.is_none() && changes.description.is_none() => {
                return Err(errors::no_change_to_consistency_group());
            }
            false if empty(&changes.name) && empty(&changes.description) => {
                return Err(errors::empty_change_to_consistency_group());
            }
            _ => {}
        }
    }
    groups::change(call, os, ctx, &id, changes)?;
    Ok(Response::empty())
}

fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<DeleteRequest>()?.0;
    let force = request.and_then(|body| body.consistencygroup).and_then(|group| group.force);
    let group = groups::find(call, os, call.param("group_id"))?;
    POLICY.enforce(call, &[("project_id", &group.project)])?;
    let id = group.id.clone();
    groups::delete(os, ctx, &id, force.is_some_and(|flag| flag.0))?;
    Ok(Response::empty())
}

fn name_and_description(name: Optional<Text255>, description: Optional<Description>) -> NameAndDescription {
    NameAndDescription::trimmed(name.0.and_then(|name| name.0), description.0.and_then(|text| text.0))
}

fn list_snapshots(call: &Call, os: &OpenStack) -> Answer {
    let page = snapshots(call, os)?;
    Ok(Response::many("cgsnapshots", page, |o, one| {
        o.set("id", &one.id);
        o.set("name", &one.name);
    }))
}

fn list_snapshots_detail(call: &Call, os: &OpenStack) -> Answer {
    let page = snapshots(call, os)?;
    Ok(Response::many("cgsnapshots", page, snapshot_detail))
}

/// The group snapshots of the caller's project. The only parameters are `limit` and `offset` (`common.limited`).
fn snapshots<'o>(call: &Call, os: &'o OpenStack) -> Result<Vec<&'o GroupSnapshot>, Problem> {
    let (offset, limit) = listing::slice(call)?;
    let limit = if limit == 0 { usize::MAX } else { limit };
    Ok(os.cinder.group_snapshots.of(&call.project()).skip(offset).take(limit).collect())
}

fn show_snapshot(call: &Call, os: &OpenStack) -> Answer {
    let shown = group_snapshots::find(call, os, call.param("group_snapshot_id"))?;
    POLICY.enforce(call, &[("project_id", &shown.project)])?;
    Ok(Response::one("cgsnapshot", |o| snapshot_detail(o, shown)))
}

fn create_snapshot(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<CreateSnapshotRequest>()?.cgsnapshot;
    let group = groups::find(call, os, &request.consistencygroup_id)?.clone();
    let trim = |text: Optional<String>| text.0.map(|text| text.trim().to_owned());
    let id = group_snapshots::take(call, os, ctx, &group, trim(request.name), trim(request.description))?;
    let created = group_snapshots::find(call, os, &id)?;
    Ok(Response::one("cgsnapshot", |o| {
        o.set("id", &created.id);
        o.set("name", &created.name);
    }))
}

fn remove_snapshot(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let found = group_snapshots::find(call, os, call.param("group_snapshot_id"))?;
    let id = found.id.clone();
    group_snapshots::begin_deleting(call, os, ctx, &id)?;
    Ok(Response::empty())
}

fn summary(o: &mut Object, shown: &Group) {
    o.set("id", &shown.id);
    o.set("name", &shown.name);
}

fn detail(o: &mut Object, shown: &Group) {
    o.set("id", &shown.id);
    o.set("status", shown.status);
    o.set("availability_zone", &shown.availability_zone);
    o.set("created_at", Micros(shown.created));
    o.set("name", &shown.name);
    o.set("description", &shown.description);
    o.set("volume_types", &shown.volume_types);
}

fn snapshot_detail(o: &mut Object, shown: &GroupSnapshot) {
    o.set("id", &shown.id);
    o.set("consistencygroup_id", &shown.group);
    o.set("status", shown.status);
    o.set("created_at", Micros(shown.created));
    o.set("name", &shown.name);
    o.set("description", &shown.description);
}
