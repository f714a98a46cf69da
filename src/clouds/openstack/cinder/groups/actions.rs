//! Actions on a group: `POST /groups/{group_id}/action`, and `POST /groups/action` to create one from a source
//! (cinder/api/v3/groups.py).

use super::super::super::OpenStack;
use super::super::super::parameter_types::Optional;
use super::super::parameter_types::{Boolean, Text255, Uuid};
use super::super::policy::POLICY;
use super::super::types::fields::Description;
use super::super::volumes::{AttachStatus, Status as VolumeStatus};
use super::super::{errors, group_snapshots, quotas, snapshots};
use super::create::{NameAndDescription, from_group, from_group_snapshot};
use super::transitions;
use super::{BY_SOURCE_GROUP, Group, Status, find, not_a_consistency_group, view, volumes_of};
use crate::clouds::openstack::cinder::status::StatusText;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, post};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::json;
use std::borrow::Cow;

const OF_ONE: &str = "/groups/{group_id}/action";
const OF_ALL: &str = "/groups/action";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(OF_ALL, "cinder.group.create_from_src", create_from_src)
        .summary("Creates a volume group from a group snapshot or another group.")
        .since(3, 14)
        .action("create-from-src")
        .body::<FromSourceRequest>()
        .answers(202)
        .policy("group:create"),
    post(OF_ONE, "cinder.group.delete", delete_group)
        .summary("Deletes a volume group.")
        .since(3, 13)
        .action("delete")
        .body::<DeleteRequest>()
        .answers(202)
        .policy_on_target("group:delete"),
    post(OF_ONE, "cinder.group.reset_status", reset_status)
        .summary("Resets the status of a volume group.")
        .since(3, 20)
        .action("reset_status")
        .body::<ResetRequest>()
        .answers(202)
        .policy_on_target("group:reset_status"),
    // Upstream routes every action to both paths. On the wrong one they fail.
    post(OF_ONE, "cinder.group.create_from_src_of_one", wrong_path)
        .summary("Answers an action of the collection on one volume group.")
        .since(3, 14)
        .action("create-from-src")
        .body::<FromSourceRequest>(),
    post(OF_ALL, "cinder.group.delete_of_all", wrong_path)
        .summary("Answers an action on the collection of volume groups.")
        .since(3, 13)
        .action("delete")
        .body::<DeleteRequest>(),
    post(OF_ALL, "cinder.group.reset_status_of_all", wrong_path)
        .summary("Answers an action on the collection of volume groups.")
        .since(3, 20)
        .action("reset_status")
        .body::<ResetRequest>(),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FromSourceRequest {
    #[serde(rename = "create-from-src")]
    from: FromSource,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = one_source)]
struct FromSource {
    description: Optional<Description>,
    name: Optional<Text255>,
    source_group_id: Optional<Uuid>,
    group_snapshot_id: Optional<Uuid>,
}

fn one_source(schema: &mut Schema) {
    let sources = ["group_snapshot_id", "source_group_id"];
    let one: Vec<_> = sources.iter().map(|field| json!({"required": [field]})).collect();
    schema.insert("oneOf".into(), one.into());
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeleteRequest {
    delete: Delete,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Delete {
    #[serde(rename = "delete-volumes")]
    delete_volumes: Optional<Boolean>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ResetRequest {
    reset_status: Reset,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reset {
    status: GroupStatus,
}

/// A status in upper or lower case. `in-use` is rejected, since upstream validates against the statuses of group
/// snapshots.
#[derive(Deserialize)]
struct GroupStatus(String);

impl JsonSchema for GroupStatus {
    fn schema_name() -> Cow<'static, str> {
        "group_status".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "group_status"})
    }
}

fn create_from_src(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<FromSourceRequest>()?.from;
    let names = NameAndDescription::trimmed(
        request.name.0.and_then(|name| name.0),
        request.description.0.and_then(|text| text.0),
    );
    let id = match (request.group_snapshot_id.0, request.source_group_id.0) {
        (Some(snapshot), _) => {
            let source = super::super::group_snapshots::find(call, os, &snapshot.0)?;
            not_a_consistency_group(os, &source.group_type)?;
            from_group_snapshot(call, os, ctx, names, &snapshot.0)?
        }
        (None, Some(group)) => {
            not_a_consistency_group(os, &find(call, os, &group.0)?.group_type)?;
            from_group(call, os, ctx, names, &group.0)?
        }
        (None, None) => return Err(errors::malformed()),
    };
    let created = find(call, os, &id)?;
    Ok(Response::one("group", |o| view::summary(o, created)))
}

fn delete_group(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let with_volumes = call.body::<DeleteRequest>()?.delete.delete_volumes.is_some_and(|flag| flag.0);
    let group = find(call, os, call.param("group_id"))?;
    POLICY.enforce_rule(call, "group:get", &[("project_id", &group.project)])?;
    not_a_consistency_group(os, &group.group_type)?;
    POLICY.enforce(call, &[("project_id", &group.project)])?;
    let id = group.id.clone();
    delete(os, ctx, &id, with_volumes)?;
    Ok(Response::empty())
}

/// Starts the deletion of a group. One that was never placed is removed at once.
///
/// Fails with 400 if its status, volumes or snapshots forbid it.
pub fn delete(os: &mut OpenStack, ctx: &mut Context, id: &Id, with_volumes: bool) -> Result<(), Problem> {
    let Some(group) = os.cinder.groups.get(id) else { return Err(errors::group_not_found(id)) };
    if group.host.is_none() {
        let project = group.project.clone();
        os.cinder.groups.remove(id);
        quotas::release(os, &project, None, &[("groups", 1)]);
        return Ok(());
    }
    may_be_deleted(os, group, with_volumes)?;
    let volumes: Vec<Id> = volumes_of(os, group).map(|volume| volume.id.clone()).collect();
    for volume in volumes {
        if let Some(volume) = os.cinder.volumes.get_mut(&volume) {
            volume.status = VolumeStatus::Deleting;
        }
    }
    if let Some(group) = os.cinder.groups.get_mut(id) {
        group.status = Status::Deleting;
    }
    ctx.later(&transitions::DELETE, id);
    Ok(())
}

fn may_be_deleted(os: &OpenStack, group: &Group, with_volumes: bool) -> Result<(), Problem> {
    if !with_volumes && !matches!(group.status, Status::Available | Status::Error) {
        return Err(errors::group_status_to_delete(group.status));
    }
    if os.cinder.group_snapshots.by(&group_snapshots::BY_GROUP, &group.id).next().is_some() {
        return Err(errors::group_has_snapshots());
    }
    if !with_volumes && volumes_of(os, group).next().is_some() {
        return Err(errors::group_still_has_volumes(&group.id));
    }
    for volume in volumes_of(os, group) {
        if volume.attach_status == AttachStatus::Attached {
            return Err(errors::volume_in_group_attached(&group.id));
        }
        if snapshots::of_volume(os, &volume.id).next().is_some() {
            return Err(errors::volume_in_group_has_snapshots());
        }
    }
    let mut made_of_it = os.cinder.groups.by(&BY_SOURCE_GROUP, &group.id);
    match made_of_it.any(|other| other.status == Status::Creating) {
        true => Err(errors::group_is_a_source(&group.id, with_volumes)),
        false => Ok(()),
    }
}

fn reset_status(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let status = call.body::<ResetRequest>()?.reset_status.status;
    let status = Status::from_text(&status.0.to_ascii_lowercase()).ok_or_else(errors::malformed)?;
    let group = find(call, os, call.param("group_id"))?;
    POLICY.enforce(call, &[("project_id", &group.project)])?;
    let id = group.id.clone();
    if let Some(group) = os.cinder.groups.get_mut(&id) {
        (group.status, group.updated) = (status, Some(ctx.now()));
    }
    Ok(Response::empty())
}

/// Answers an action at the wrong path.
pub(super) fn wrong_path(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    Err(errors::malformed())
}
