//! `PUT /groups/{group_id}`: name, description, and the volumes to add and remove (`API.update` in
//! cinder/group/api.py).

use super::super::super::OpenStack;
use super::super::super::parameter_types::Optional;
use super::super::backends::without_pool;
use super::super::parameter_types::Text255;
use super::super::policy::POLICY;
use super::super::types::fields::Description;
use super::super::volumes::Status as VolumeStatus;
use super::super::{errors, volumes};
use super::transitions;
use super::{Group, Status, find, not_a_consistency_group, volumes_of};
use crate::clouds::openstack::cinder::status::StatusText;
use crate::engine::{Answer, Call, Context, Id, Problem, Response};
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateRequest {
    group: UpdateGroup,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = require_any_field)]
struct UpdateGroup {
    description: Optional<Description>,
    name: Optional<Text255>,
    /// Comma-separated ids.
    add_volumes: Optional<Description>,
    remove_volumes: Optional<Description>,
}

/// One of the fields is required. It can be null.
fn require_any_field(schema: &mut Schema) {
    let fields = ["name", "description", "add_volumes", "remove_volumes"];
    let any: Vec<_> = fields.iter().map(|field| json!({"required": [field]})).collect();
    schema.insert("anyOf".into(), any.into());
}

/// The changes to a group. Absent fields do not change.
pub struct Changes {
    pub name: Option<String>,
    pub description: Option<String>,
    /// Comma-separated ids.
    pub add: Option<String>,
    pub remove: Option<String>,
}

pub(super) fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<UpdateRequest>()?.group;
    let group = find(call, os, call.param("group_id"))?;
    POLICY.enforce_rule(call, "group:get", &[("project_id", &group.project)])?;
    not_a_consistency_group(os, &group.group_type)?;
    let id = group.id.clone();
    let text = |text: Optional<Description>| text.0.and_then(|text| text.0);
    let changes = Changes {
        name: request.name.0.and_then(|name| name.0).map(|name| name.trim().to_owned()),
        description: text(request.description).map(|text| text.trim().to_owned()),
        add: text(request.add_volumes),
        remove: text(request.remove_volumes),
    };
    change(call, os, ctx, &id, changes)?;
    Ok(Response::empty())
}

/// Changes a group. The name and description change at once; members change by a transition.
///
/// Fails with 400 if there is nothing to change, or if a volume cannot be added or removed.
pub fn change(call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, changes: Changes) -> Result<(), Problem> {
    let group = find(call, os, id)?;
    POLICY.enforce_rule(call, "group:update", &[("project_id", &group.project)])?;
    let name = changes.name.filter(|name| group.name.as_ref() != Some(name));
    let description = changes.description.filter(|text| group.description.as_ref() != Some(text));
    let (add, remove) = (ids(changes.add), ids(changes.remove));
    let both: Vec<_> = add.iter().filter(|id| remove.contains(id)).cloned().collect();
    if !both.is_empty() {
        return Err(errors::added_and_removed(&both));
    }
    let joining = joining(call, os, group, &add)?;
    let leaving = leaving(os, group, &remove)?;
    let members_change = !joining.is_empty() || !leaving.is_empty();
    if name.is_none() && description.is_none() && !members_change {
        return Err(errors::no_change_to_group(id));
    }
    if members_change && group.status != Status::Available {
        return Err(errors::group_not_available());
    }
    let now = ctx.now();
    if let Some(group) = os.cinder.groups.get_mut(id) {
        group.name = name.or_else(|| group.name.take());
        group.description = description.or_else(|| group.description.take());
        group.updated = Some(now);
        group.status = if members_change { Status::Updating } else { Status::Available };
        (group.joining, group.leaving) = (joining, leaving);
    }
    if members_change {
        ctx.later(&transitions::UPDATE, id);
    }
    Ok(())
}

fn ids(list: Option<String>) -> Vec<String> {
    let list = list.filter(|list| !list.is_empty());
    list.map(|list| list.trim_matches(',').split(',').map(str::to_owned).collect()).unwrap_or_default()
}

/// The members to remove, whose status must allow it (`_validate_remove_volumes`).
fn leaving(os: &OpenStack, group: &Group, ids: &[String]) -> Result<Vec<Id>, Problem> {
    let removable = ["available", "in-use", "error", "error_deleting"];
    let mut leaving = vec![];
    for volume in volumes_of(os, group).filter(|volume| ids.iter().any(|id| *id == *volume.id)) {
        let status = volume.status.text();
        if !removable.contains(&&*status) {
            let why = in_wrong_state(&status, &removable);
            return Err(errors::cannot_remove_from_group(&volume.id, &group.id, &why));
        }
        leaving.push(volume.id.clone());
    }
    match ids.iter().find(|id| leaving.iter().all(|known| **known != ***id)) {
        Some(id) => Err(errors::cannot_remove_from_group(id, &group.id, "because it is not in the group")),
        None => Ok(leaving),
    }
}

/// The volumes to add: they have no group, a type of the group, and are on its backend
/// (`_validate_add_volumes`). Members are ignored.
fn joining(call: &Call, os: &OpenStack, group: &Group, ids: &[String]) -> Result<Vec<Id>, Problem> {
    let mut joining = vec![];
    for id in ids {
        let refuse = |why: &str| Err(errors::cannot_add_to_group(id, &group.id, why));
        let Ok(volume) = volumes::find(call, os, id) else {
            return refuse("because volume cannot be found");
        };
        match &volume.group_id {
            Some(other) if *other == group.id => continue,
            Some(other) => return refuse(&format!("because it is already in group {other}")),
            None => {}
        }
        if volume.project != group.project {
            return refuse("as they belong to different projects");
        }
        let Some(volume_type) = &volume.volume_type else { return refuse("because it has no volume type") };
        if !group.volume_types.contains(volume_type) {
            return refuse(&format!("because volume type {volume_type} is not supported by the group"));
        }
        if !matches!(volume.status, VolumeStatus::Available | VolumeStatus::InUse) {
            return refuse(&in_wrong_state(&volume.status.text(), &["available", "in-use"]));
        }
        let backend = |host: &Option<Id>| host.as_deref().map(|host| without_pool(host).to_owned());
        if backend(&volume.host) != backend(&group.host) {
            return Err(errors::volume_not_local());
        }
        joining.push(volume.id.clone());
    }
    Ok(joining)
}

/// The valid states are formatted as a Python tuple.
fn in_wrong_state(status: &str, valid: &[&str]) -> String {
    let valid: Vec<_> = valid.iter().map(|status| format!("'{status}'")).collect();
    format!("because volume is in an invalid state: {status}. Valid states are: ({})", valid.join(", "))
}
