//! Lists of tasks (`TasksController.index` in glance/api/v2/tasks.py). The default order is newest first.

use super::super::{errors, paging};
use super::{Status, Task, TaskType, stub};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::parameter_types::is_uuid_like;
use crate::engine::{Answer, Call, Response};
use serde::Deserialize;
use serde_json::json;
use std::cmp::Ordering;

/// Lists tasks.
pub fn list(call: &Call, os: &OpenStack) -> Answer {
    let descends = paging::descends(call.query("sort_dir"))?;
    let status = match call.query("status").filter(|text| !text.is_empty()) {
        Some(text) => Some(Status::deserialize(json!(text)).map_err(|_| errors::invalid_task_status(text))?),
        None => None,
    };
    let kind = match call.query("type").filter(|text| !text.is_empty()) {
        Some("import") => Some(TaskType::Import),
        Some(other) => return Err(errors::invalid_task_type(other)),
        None => None,
    };
    let marker = call.query("marker");
    if marker.is_some_and(|marker| !marker.is_empty() && !is_uuid_like(marker)) {
        return Err(errors::invalid_marker_format());
    }
    let limit = paging::limit(call)?;
    let order = order(call.query("sort_key").unwrap_or("created_at")).ok_or_else(errors::sort_key_not_valid)?;
    let marker = match marker {
        Some(id) => Some(os.glance.tasks.get(id).ok_or_else(|| errors::task_marker_not_found(id))?),
        None => None,
    };
    let is = |name: &str, value: &str| call.query(name).is_none_or(|filter| filter == value);
    let compare = |one: &Task, other: &Task| if descends { order(other, one) } else { order(one, other) };
    let mut tasks: Vec<&Task> = os.glance.tasks.all().collect();
    tasks.retain(|task| status.is_none_or(|status| task.status == status));
    tasks.retain(|task| kind.is_none_or(|kind| task.kind == kind));
    tasks.retain(|task| is("owner", &task.project) && is("id", &task.id));
    tasks.sort_by(|one, other| compare(one, other));
    if let Some(marker) = marker {
        tasks.retain(|task| compare(task, marker) == Ordering::Greater);
    }
    tasks.truncate(limit);
    let next = tasks.last().filter(|_| tasks.len() == limit);
    Ok(Response::object(|o| {
        o.each("tasks", tasks.iter().copied(), stub);
        o.set("first", paging::link(call, "/v2/tasks", None));
        o.set("schema", "/v2/schemas/tasks");
        if let Some(last) = next {
            o.set("next", paging::link(call, "/v2/tasks", Some(&last.id)));
        }
    }))
}

type Order = fn(&Task, &Task) -> Ordering;

/// The order by a column of the table, then by creation and id; `None` for an unknown column.
fn order(key: &str) -> Option<Order> {
    let order: Order = match key {
        "id" => |one, other| one.id.cmp(&other.id),
        "type" => |one, other| (one.kind as u8).cmp(&(other.kind as u8)).then_with(|| by_age(one, other)),
        "status" => |one, other| (one.status as u8).cmp(&(other.status as u8)).then_with(|| by_age(one, other)),
        "owner" => |one, other| one.project.cmp(&other.project).then_with(|| by_age(one, other)),
        "image_id" => |one, other| one.image.cmp(&other.image).then_with(|| by_age(one, other)),
        "user_id" => |one, other| one.user.cmp(&other.user).then_with(|| by_age(one, other)),
        "request_id" => |one, other| one.request.cmp(&other.request).then_with(|| by_age(one, other)),
        "expires_at" => |one, other| one.expires.cmp(&other.expires).then_with(|| by_age(one, other)),
        "updated_at" => |one, other| one.updated.cmp(&other.updated).then_with(|| by_age(one, other)),
        "created_at" | "deleted" | "deleted_at" => by_age,
        _ => return None,
    };
    Some(order)
}

fn by_age(one: &Task, other: &Task) -> Ordering {
    one.created.cmp(&other.created).then_with(|| one.id.cmp(&other.id))
}
