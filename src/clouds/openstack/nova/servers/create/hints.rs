//! The server group in the scheduler hints.

use super::request::Hints;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::{errors, policy, quotas};
use crate::engine::{Call, Id, Problem};
use serde_json::Value;

/// The server group of the hint `group` (`_get_requested_instance_group`). Errors: 400.
pub fn group(call: &Call, os: &OpenStack, hints: Option<&Hints>) -> Result<Option<Id>, Problem> {
    let hint = hints.and_then(|hints| hints.0.get("group"));
    let requested = match hint {
        Some(Value::Array(ids)) => ids.first().and_then(Value::as_str),
        Some(Value::String(id)) => Some(id.as_str()),
        _ => None,
    };
    let Some(id) = requested else { return Ok(None) };
    let own = |project: &Id| *project == call.project() || policy::is_admin(call);
    let found = os.nova.server_groups.get(id).filter(|group| own(&group.project));
    found.map(|group| Some(group.id.clone())).ok_or_else(|| errors::instance_group_not_found(id))
}

/// Checks the quota of servers per group. Errors: 403.
pub fn group_has_room(os: &OpenStack, call: &Call, group: &Id, count: i64) -> Result<(), Problem> {
    let allowed = quotas::limit(os, &call.project(), "server_group_members");
    let members = os.nova.server_groups.get(group).map_or(0, |group| group.members.len());
    let members = i64::try_from(members).unwrap_or(i64::MAX);
    if allowed >= 0 && members.saturating_add(count) > allowed { Err(errors::server_group_full()) } else { Ok(()) }
}
