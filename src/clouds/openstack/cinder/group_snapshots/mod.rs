//! Group snapshots: snapshots of all volumes of a group; since 3.14 (cinder/api/v3/group_snapshots.py).

mod transitions;

pub use transitions::TRANSITIONS;

use super::super::OpenStack;
use super::super::parameter_types::Optional;
use super::super::times::Micros;
use super::groups::{self, Group, Status};
use super::listing::{Column, Key, Listing, Page, Query};
use super::parameter_types::{Text255, Uuid};
use super::policy::{self, POLICY};
use super::snapshots::{self, Snapshot, Status as SnapshotStatus};
use super::types::fields::Description;
use super::volumes::{Status as VolumeStatus, Volume};
use super::{errors, group_types, quotas, types};
use crate::clouds::openstack::cinder::status::StatusText;
use crate::engine::{Answer, Call, Context, Id, Index, Object, Operation, Problem, Response, Row, delete, get, post};
use chrono::{DateTime, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/group_snapshots", "cinder.group_snapshot.list", list)
        .summary("Lists group snapshots.")
        .since(3, 14)
        .policy("group:get_all_group_snapshots"),
    get("/group_snapshots/detail", "cinder.group_snapshot.list_detail", list_detail)
        .summary("Lists group snapshots with details.")
        .since(3, 14)
        .policy("group:get_all_group_snapshots"),
    post("/group_snapshots", "cinder.group_snapshot.create", create)
        .summary("Creates a group snapshot.")
        .since(3, 14)
        .body::<CreateRequest>()
        .answers(202)
        .policy_on_target("group:create_group_snapshot"),
    get("/group_snapshots/{group_snapshot_id}", "cinder.group_snapshot.show", show)
        .summary("Shows a group snapshot.")
        .since(3, 14)
        .policy_on_target("group:get_group_snapshot"),
    delete("/group_snapshots/{group_snapshot_id}", "cinder.group_snapshot.delete", remove)
        .summary("Deletes a group snapshot.")
        .since(3, 14)
        .answers(202)
        .policy_on_target("group:delete_group_snapshot"),
    post("/group_snapshots/{group_snapshot_id}/action", "cinder.group_snapshot.reset_status", reset_status)
        .summary("Resets the status of a group snapshot.")
        .since(3, 19)
        .action("reset_status")
        .body::<ResetRequest>()
        .answers(202)
        .policy_on_target("group:reset_group_snapshot_status"),
];

/// A row of the table `group_snapshots`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GroupSnapshot {
    pub id: Id,
    pub project: Id,
    pub user: Id,
    pub name: Option<String>,
    pub description: Option<String>,
    pub status: Status,
    pub group: Id,
    pub group_type: Id,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

/// The group snapshots of a group.
pub const BY_GROUP: Index<GroupSnapshot> = Index::new("group", |snapshot, key| key(&snapshot.group));

impl Row for GroupSnapshot {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.project
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_GROUP]
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    group_snapshot: CreateGroupSnapshot,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateGroupSnapshot {
    group_id: Uuid,
    name: Optional<Text255>,
    description: Optional<Description>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ResetRequest {
    reset_status: Reset,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reset {
    status: GroupSnapshotStatus,
}

/// A status in upper or lower case.
#[derive(Deserialize)]
struct GroupSnapshotStatus(String);

impl JsonSchema for GroupSnapshotStatus {
    fn schema_name() -> Cow<'static, str> {
        "group_snapshot_status".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "group_snapshot_status"})
    }
}

const GROUP_SNAPSHOTS: Listing<GroupSnapshot> =
    Listing { columns: COLUMNS, no_marker: Some(errors::group_snapshot_not_found) };

/// The columns of `group_snapshots` in cinder/db/models.py.
const COLUMNS: &[Column<GroupSnapshot>] = &[
    ("id", |one| Key::Text(one.id.to_string())),
    ("name", |one| Key::of(&one.name)),
    ("description", |one| Key::of(&one.description)),
    ("status", |one| Key::Text(one.status.text())),
    ("group_id", |one| Key::Text(one.group.to_string())),
    ("group_type_id", |one| Key::Text(one.group_type.to_string())),
    ("project_id", |one| Key::Text(one.project.to_string())),
    ("user_id", |one| Key::Text(one.user.to_string())),
    ("created_at", |one| Key::time(Some(one.created))),
    ("updated_at", |one| Key::time(one.updated)),
    ("deleted", |_| Key::Flag(false)),
    ("deleted_at", |_| Key::Nothing),
];

fn list(call: &Call, os: &OpenStack) -> Answer {
    let page = page(call, os)?;
    Ok(Response::object(|o| {
        o.each("group_snapshots", page.rows.iter().copied(), |o, one| {
            o.set("id", &one.id);
            o.set("name", &one.name);
        });
        page.finish(o, call, "group_snapshot", "group_snapshots");
    }))
}

fn list_detail(call: &Call, os: &OpenStack) -> Answer {
    let page = page(call, os)?;
    Ok(Response::object(|o| {
        o.each("group_snapshots", page.rows.iter().copied(), |o, one| detail(o, one, call));
        page.finish(o, call, "group_snapshot", "group_snapshots");
    }))
}

/// Filters exist since 3.29. Snapshots of consistency groups are not listed.
fn page<'o>(call: &Call, os: &'o OpenStack) -> Result<Page<'o, GroupSnapshot>, Problem> {
    let mut query = if call.since(3, 29) { Query::of(call, "group_snapshot")? } else { Query::unfiltered(call)? };
    if !query.all_projects {
        query.take("project_id");
    }
    GROUP_SNAPSHOTS.page(call, &query, &os.cinder.group_snapshots, |one| {
        !group_types::is_default_cgsnapshot_type(os, &one.group_type)
    })
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let shown = find(call, os, call.param("group_snapshot_id"))?;
    POLICY.enforce(call, &[("project_id", &shown.project)])?;
    not_a_cgsnapshot(os, &shown.group_type)?;
    Ok(Response::one("group_snapshot", |o| detail(o, shown, call)))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<CreateRequest>()?.group_snapshot;
    let group = groups::find(call, os, &request.group_id.0)?;
    POLICY.enforce_rule(call, "group:get", &[("project_id", &group.project)])?;
    if group_types::is_default_cgsnapshot_type(os, &group.group_type) {
        return Err(errors::group_type_of_cgsnapshots(&group.group_type));
    }
    let group = group.clone();
    let name = request.name.0.and_then(|name| name.0);
    let description = request.description.0.and_then(|text| text.0);
    let id = take(call, os, ctx, &group, name, description)?;
    let created = find(call, os, &id)?;
    Ok(Response::one("group_snapshot", |o| {
        o.set("id", &created.id);
        o.set("name", &created.name);
        o.set("group_type_id", &created.group_type);
    }))
}

/// Starts to take a snapshot of each volume of a group, and returns the id of the group snapshot.
///
/// Fails with 400 if the group is empty or being changed.
pub fn take(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    group: &Group,
    name: Option<String>,
    description: Option<String>,
) -> Result<Id, Problem> {
    POLICY.enforce_rule(call, "group:create_group_snapshot", &[("project_id", &group.project)])?;
    let volumes: Vec<Volume> = groups::volumes_of(os, group).cloned().collect();
    if volumes.is_empty() || matches!(group.status, Status::Creating | Status::Updating) {
        return Err(errors::group_to_snapshot_empty());
    }
    let id = ctx.uuid();
    for volume in volumes.into_iter().rev() {
        take_one(call, os, ctx, &id, volume, (&name, &description))?;
    }
    os.cinder.group_snapshots.insert(GroupSnapshot {
        id: id.clone(),
        project: call.project(),
        user: call.user(),
        name,
        description,
        status: Status::Creating,
        group: group.id.clone(),
        group_type: group.group_type.clone(),
        created: ctx.now(),
        updated: None,
    });
    ctx.later(&transitions::CREATE, &id);
    Ok(id)
}

/// Takes the snapshot of one volume (`_create_snapshot_in_db_validate`).
fn take_one(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    group_snapshot: &Id,
    volume: Volume,
    (name, description): (&Option<String>, &Option<String>),
) -> Result<(), Problem> {
    match volume.status {
        VolumeStatus::Maintenance => {
            return Err(errors::invalid_volume(
                "The snapshot cannot be created when the volume is in maintenance mode.",
            ));
        }
        VolumeStatus::Error => {
            return Err(errors::invalid_volume("The snapshot cannot be created when the volume is in error status."));
        }
        _ => {}
    }
    let type_name = types::name_of(os, volume.volume_type.as_deref());
    let amounts = [("snapshots", 1), ("gigabytes", i64::from(volume.size_gib))];
    quotas::charge(os, &call.project(), type_name.as_deref(), &amounts)?;
    os.cinder.snapshots.insert(Snapshot {
        name: name.clone(),
        description: description.clone(),
        group_snapshot: Some(group_snapshot.clone()),
        ..Snapshot::of(&volume, call, ctx)
    });
    Ok(())
}

fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let found = find(call, os, call.param("group_snapshot_id"))?;
    POLICY.enforce_rule(call, "group:get_group_snapshot", &[("project_id", &found.project)])?;
    not_a_cgsnapshot(os, &found.group_type)?;
    let id = found.id.clone();
    begin_deleting(call, os, ctx, &id)?;
    Ok(Response::empty())
}

/// Starts the deletion of a group snapshot and its snapshots. Fails with 400 if its status forbids it, or if it
/// is the source of a group that is being created.
pub fn begin_deleting(call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id) -> Result<(), Problem> {
    let found = find(call, os, id)?;
    POLICY.enforce_rule(call, "group:delete_group_snapshot", &[("project_id", &found.project)])?;
    let mut groups_from_it = os.cinder.groups.by(&groups::BY_GROUP_SNAPSHOT, id);
    let is_source = groups_from_it.any(|group| group.status == Status::Creating);
    if !matches!(found.status, Status::Available | Status::Error) || is_source {
        return Err(errors::group_snapshot_status_to_delete());
    }
    for snapshot in members(os, id) {
        if let Some(snapshot) = os.cinder.snapshots.get_mut(&snapshot) {
            snapshot.status = SnapshotStatus::Deleting;
        }
    }
    if let Some(found) = os.cinder.group_snapshots.get_mut(id) {
        found.status = Status::Deleting;
    }
    ctx.later(&transitions::DELETE, id);
    Ok(())
}

fn reset_status(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let status = call.body::<ResetRequest>()?.reset_status.status;
    let status = Status::from_text(&status.0.to_ascii_lowercase()).ok_or_else(errors::malformed)?;
    let found = find(call, os, call.param("group_snapshot_id"))?;
    POLICY.enforce(call, &[("project_id", &found.project)])?;
    let id = found.id.clone();
    if let Some(found) = os.cinder.group_snapshots.get_mut(&id) {
        (found.status, found.updated) = (status, Some(ctx.now()));
    }
    Ok(Response::empty())
}

/// Finds a group snapshot that the caller can see: one of the caller's project, or any for an administrator.
/// Fails with 404 otherwise.
pub fn find<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o GroupSnapshot, Problem> {
    let found = os.cinder.group_snapshots.get(id);
    let found = found.filter(|found| policy::is_own_or_admin(call, &found.project));
    found.ok_or_else(|| errors::group_snapshot_not_found(id))
}

/// The snapshots of a group snapshot, newest first.
pub fn snapshots_of<'o>(os: &'o OpenStack, of: &'o GroupSnapshot) -> impl Iterator<Item = &'o Snapshot> {
    os.cinder.snapshots.by(&snapshots::BY_GROUP_SNAPSHOT, &of.id).filter(|snapshot| snapshot.project == of.project)
}

/// Fails with 400 for snapshots of consistency groups, which have their own API.
fn not_a_cgsnapshot(os: &OpenStack, group_type: &str) -> Result<(), Problem> {
    match group_types::is_default_cgsnapshot_type(os, group_type) {
        true => Err(errors::group_type_of_cgsnapshots(group_type)),
        false => Ok(()),
    }
}

/// The ids of the snapshots of a group snapshot.
fn members(os: &OpenStack, id: &Id) -> Vec<Id> {
    let found = os.cinder.group_snapshots.get(id);
    found.into_iter().flat_map(|found| snapshots_of(os, found)).map(|snapshot| snapshot.id.clone()).collect()
}

fn detail(o: &mut Object, shown: &GroupSnapshot, call: &Call) {
    o.set("id", &shown.id);
    o.set("group_id", &shown.group);
    o.set("group_type_id", &shown.group_type);
    o.set("status", shown.status);
    o.set("created_at", Micros(shown.created));
    o.set("name", &shown.name);
    o.set("description", &shown.description);
    let target = [("project_id", &*shown.project)];
    if call.since(3, 58) && POLICY.allows(call, "group:group_snapshot_project_attribute", &target) {
        o.set("project_id", &shown.project);
    }
}
