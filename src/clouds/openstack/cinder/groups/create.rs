//! Creates groups: empty ones, copies of groups, and groups from group snapshots (cinder/group/api.py).

use super::super::super::OpenStack;
use super::super::super::parameter_types::Optional;
use super::super::parameter_types::{Text255, is_uuid_like};
use super::super::types::fields::Description;
use super::super::types::find_by_id_or_name;
use super::super::volumes::{Source, Task, Volume};
use super::super::{errors, group_snapshots, group_types, quotas, types};
use super::transitions;
use super::{Group, Status, find, not_a_consistency_group, view, volumes_of};
use crate::engine::{Answer, Call, Context, Id, Problem, Response};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateRequest {
    group: CreateGroup,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateGroup {
    description: Optional<Description>,
    group_type: GroupTypeName,
    name: Optional<Text255>,
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    volume_types: Vec<TypeName>,
    availability_zone: Optional<Zone>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
struct TypeName(#[schemars(length(max = 255))] String);

/// The id or the name of a group type.
#[derive(Deserialize)]
struct GroupTypeName(String);

impl JsonSchema for GroupTypeName {
    fn schema_name() -> Cow<'static, str> {
        "group_type".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "group_type"})
    }
}

/// An availability zone, or null for the default.
#[derive(Deserialize)]
struct Zone(Option<String>);

impl JsonSchema for Zone {
    fn schema_name() -> Cow<'static, str> {
        "availability_zone".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "null"], "format": "availability_zone"})
    }
}

/// The name and description of a new group.
pub struct NameAndDescription {
    pub name: Option<String>,
    pub description: Option<String>,
}

impl NameAndDescription {
    /// Trims both (`clean_name_and_description`).
    pub fn trimmed(name: Option<String>, description: Option<String>) -> NameAndDescription {
        let trim = |text: String| text.trim().to_owned();
        NameAndDescription { name: name.map(trim), description: description.map(trim) }
    }
}

pub(super) fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<CreateRequest>()?.group;
    let name = &request.group_type.0;
    let group_type = match is_uuid_like(name) {
        true => {
            not_a_consistency_group(os, name)?;
            None
        }
        false => Some(group_types::find_by_name(call, os, name)?.id.clone()),
    };
    if let Some(id) = &group_type {
        not_a_consistency_group(os, id)?;
    }
    let types: Vec<String> = request.volume_types.into_iter().map(|name| name.0).collect();
    let types = volume_types(call, os, &types)?;
    let group_type = match group_type {
        Some(id) => id,
        None => group_type_like_an_id(call, os, name)?,
    };
    let text = |text: Option<Text255>| text.and_then(|text| text.0);
    let names = NameAndDescription::trimmed(text(request.name.0), request.description.0.and_then(|text| text.0));
    let zone = request.availability_zone.0.and_then(|zone| zone.0);
    let id = new_group(call, os, ctx, names, &group_type, types, zone)?;
    let created = find(call, os, &id)?;
    Ok(Response::one("group", |o| view::summary(o, created)))
}

/// Finds a group type by a text that looks like an id: it can also be a name.
fn group_type_like_an_id(call: &Call, os: &OpenStack, text: &str) -> Result<Id, Problem> {
    let by_id = group_types::find(call, os, text);
    by_id
        .or_else(|not_found| group_types::find_by_name(call, os, text).map_err(|_| not_found))
        .map(|one| one.id.clone())
}

/// The ids of the volume types, which are given by id or name.
fn volume_types(call: &Call, os: &OpenStack, names: &[String]) -> Result<Vec<Id>, Problem> {
    names.iter().map(|name| find_by_id_or_name(call, os, name).map(|one| one.id.clone())).collect()
}

/// Creates an empty group and returns its id. Fails if the quota is exceeded or the zone does not exist.
pub fn new_group(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    names: NameAndDescription,
    group_type: &Id,
    volume_types: Vec<Id>,
    zone: Option<String>,
) -> Result<Id, Problem> {
    let zone = zone.unwrap_or_else(|| ZONE.into());
    if zone != ZONE {
        return Err(errors::availability_zone_invalid(&zone));
    }
    quotas::charge(os, &call.project(), None, &[("groups", 1)])?;
    let id = ctx.uuid();
    os.cinder.groups.insert(Group {
        id: id.clone(),
        project: call.project(),
        user: call.user(),
        name: names.name,
        description: names.description,
        status: Status::Creating,
        group_type: group_type.clone(),
        volume_types,
        availability_zone: Some(zone),
        host: None,
        group_snapshot: None,
        source_group: None,
        replication_status: "disabled".into(),
        joining: vec![],
        leaving: vec![],
        created: ctx.now(),
        updated: None,
    });
    ctx.later(&transitions::CREATE, &id);
    Ok(id)
}

/// The only availability zone of the cloud.
const ZONE: &str = "nova";

/// Creates a group with clones of the volumes of another one. Returns its id.
pub fn from_group(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    names: NameAndDescription,
    source: &str,
) -> Result<Id, Problem> {
    let group = find(call, os, source)?.clone();
    let volumes: Vec<Volume> = volumes_of(os, &group).cloned().collect();
    if volumes.is_empty() {
        return Err(errors::source_group_empty());
    }
    let id = ctx.uuid();
    let copy = Group { source_group: Some(group.id.clone()), group_snapshot: None, ..group };
    insert_copy(call, os, ctx, names, &id, copy)?;
    for volume in volumes.iter().rev() {
        insert_volume(call, os, ctx, &id, volume, Source::Volume(volume.id.clone()))?;
    }
    ctx.later(&transitions::CREATE_FROM_SRC, &id);
    Ok(id)
}

/// Creates a group with volumes from the snapshots of a group snapshot. Returns its id.
pub fn from_group_snapshot(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    names: NameAndDescription,
    source: &str,
) -> Result<Id, Problem> {
    let group_snapshot = group_snapshots::find(call, os, source)?.clone();
    let group = find(call, os, &group_snapshot.group)?.clone();
    let snapshots: Vec<_> = group_snapshots::snapshots_of(os, &group_snapshot).cloned().collect();
    if snapshots.is_empty() {
        return Err(errors::group_snapshot_empty());
    }
    let id = ctx.uuid();
    let copy = Group { source_group: None, group_snapshot: Some(group_snapshot.id.clone()), ..group };
    insert_copy(call, os, ctx, names, &id, copy)?;
    for snapshot in snapshots.into_iter().rev() {
        let volume = os.cinder.volumes.get(&snapshot.volume).cloned();
        let Some(volume) = volume else { return Err(errors::volume_not_found(&snapshot.volume)) };
        let like = Volume { size_gib: snapshot.size_gib, content: snapshot.content.clone(), ..volume };
        insert_volume(call, os, ctx, &id, &like, Source::Snapshot(snapshot.id.clone()))?;
    }
    ctx.later(&transitions::CREATE_FROM_SRC, &id);
    Ok(id)
}

fn insert_copy(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    names: NameAndDescription,
    id: &Id,
    template: Group,
) -> Result<(), Problem> {
    quotas::charge(os, &call.project(), None, &[("groups", 1)])?;
    os.cinder.groups.insert(Group {
        id: id.clone(),
        project: call.project(),
        user: call.user(),
        name: names.name,
        description: names.description,
        status: Status::Creating,
        replication_status: "disabled".into(),
        joining: vec![],
        leaving: vec![],
        created: ctx.now(),
        updated: None,
        ..template
    });
    Ok(())
}

/// Creates a volume in a group with the properties of another one, except its name.
fn insert_volume(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    group: &Id,
    like: &Volume,
    from: Source,
) -> Result<(), Problem> {
    let type_name = types::name_of(os, like.volume_type.as_deref());
    let amounts = [("volumes", 1), ("gigabytes", i64::from(like.size_gib))];
    quotas::charge(os, &call.project(), type_name.as_deref(), &amounts)?;
    let (source_volume_id, snapshot_id) = match &from {
        Source::Volume(id) => (Some(id.clone()), None),
        Source::Snapshot(id) => (None, Some(id.clone())),
        _ => (None, None),
    };
    os.cinder.volumes.insert(Volume {
        task: Some(Task::Create { from }),
        availability_zone: like.availability_zone.clone(),
        volume_type: like.volume_type.clone(),
        source_volume_id,
        snapshot_id,
        group_id: Some(group.clone()),
        host: like.host.clone(),
        bootable: like.bootable,
        multiattach: like.multiattach,
        encryption_key_id: like.encryption_key_id.clone(),
        image_metadata: like.image_metadata.clone(),
        content: like.content.clone(),
        ..Volume::new(call, ctx, like.size_gib)
    });
    Ok(())
}
