//! The server group that a hint names.

use super::request::Hints;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::{errors, policy, quotas};
use crate::engine::{Call, Id, Problem};
use serde_json::Value;

/// `_get_requested_instance_group`.
pub fn group(call: &Call, os: &OpenStack, hints: Option<&Hints>) -> Result<Option<Id>, Problem> {
    let hint = hints.and_then(|hints| hints.0.get("group"));
    let named = match hint {
        Some(Value::Array(ids)) => ids.first().and_then(Value::as_str),
        Some(Value::String(id)) => Some(id.as_str()),
        _ => None,
    };
    let Some(id) = named else { return Ok(None) };
    let own = |project: &Id| *project == call.project() || policy::is_admin(call);
    let found = os.nova.server_groups.get(id).filter(|group| own(&group.project));
    found.map(|group| Some(group.id.clone())).ok_or_else(|| errors::instance_group_not_found(id))
}

/// The quota of servers in a group.
pub fn group_has_room(os: &OpenStack, call: &Call, group: &Id, count: i64) -> Result<(), Problem> {
    let allowed = quotas::limit(os, &call.project(), "server_group_members");
    let members = os.nova.server_groups.get(group).map_or(0, |group| group.members.len());
    let members = i64::try_from(members).unwrap_or(i64::MAX);
    if allowed >= 0 && members.saturating_add(count) > allowed { Err(errors::server_group_full()) } else { Ok(()) }
}
