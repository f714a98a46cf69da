//! Tasks: what Glance does in the background (glance/api/v2/tasks.py). Imports make them; the API of their own is
//! for administrators, and deprecated.

mod legacy;
mod list;

use super::images::{self, Image};
use super::{errors, policy, schemas};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::times::{Micros, SecondsZ};
use crate::clouds::openstack::webob;
use crate::engine::{
    self, Answer, Blob, Call, Context, Id, Object, Operation, Response, Row, Transition, get, post, transition,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/tasks", "glance.task.list", list::list).summary("Lists tasks.").policy("tasks_api_access"),
    post("/tasks", "glance.task.create", legacy::create)
        .summary("Creates a task.")
        .documents(|| schemas::TASK.documentation())
        .fetches(legacy::addresses)
        .answers(201)
        .policy("tasks_api_access"),
    get("/tasks/{task_id}", "glance.task.show", show).summary("Shows a task.").policy("tasks_api_access"),
    engine::delete("/tasks/{task_id}", "glance.task.delete", delete)
        .summary("Answers the unsupported deletion of a task.")
        .policy("tasks_api_access"),
    get("/images/{image_id}/tasks", "glance.image.task.list", of_image)
        .summary("Lists the tasks of an image.")
        .policy_on_target("get_image"),
];

pub const BEGIN: Transition<OpenStack> = transition("glance.task.begin", legacy::begins, legacy::failed);
pub const FINISH: Transition<OpenStack> = transition("glance.task.finish", legacy::finishes, legacy::failed);
pub const EXPIRE: Transition<OpenStack> =
    transition("glance.task.expire", expires, |os, ctx, id, _| expires(os, ctx, id));

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&BEGIN, &FINISH, &EXPIRE];

/// For how long a finished task can be looked at (`task_time_to_live`).
const KEPT: TimeDelta = TimeDelta::hours(48);

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Task {
    pub id: Id,
    pub kind: TaskType,
    pub status: Status,
    /// The project that asked for it.
    pub project: Id,
    pub user: Id,
    pub request: Id,
    /// The image that it works on; empty if it is still to make one.
    pub image: Id,
    pub input: Value,
    pub result: Value,
    pub message: String,
    /// Where its bytes come from.
    pub source: Source,
    pub expires: Option<DateTime<Utc>>,
    pub created: DateTime<Utc>,
    pub updated: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskType {
    Import,
    ApiImageImport,
    LocationImport,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Pending,
    Processing,
    Success,
    Failure,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Source {
    /// What was found at an address.
    Fetched(Blob),
    /// What was staged for the image.
    Staged,
    /// Another image, or the image itself where it is in a store already.
    Image(Id),
    /// There was nothing to be found: the task will fail.
    Missing,
}

impl Row for Task {
    fn id(&self) -> &Id {
        &self.id
    }
    /// The image: it lists its tasks.
    fn owner(&self) -> &Id {
        &self.image
    }
}

impl Task {
    pub fn pending(
        call: &Call,
        ctx: &mut Context,
        kind: TaskType,
        image: Option<Id>,
        input: Value,
        source: Source,
    ) -> Task {
        Task {
            id: ctx.uuid(),
            kind,
            status: Status::Pending,
            project: call.project(),
            user: call.user(),
            request: ctx.request_id().clone(),
            image: image.unwrap_or_else(|| "".into()),
            input,
            result: Value::Null,
            message: String::new(),
            source,
            expires: None,
            created: ctx.now(),
            updated: ctx.now(),
        }
    }
}

/// Takes up a task; nothing if that makes no sense any more. An image that is gone fails it.
pub fn begin(os: &mut OpenStack, ctx: &mut Context, id: &Id) -> Option<(Task, Image)> {
    let task = os.glance.tasks.get_mut(id).filter(|task| task.status == Status::Pending)?;
    (task.status, task.updated) = (Status::Processing, ctx.now());
    let found = under_way(os, id);
    if found.is_none() {
        fail(os, ctx, id);
    }
    found
}

/// A task that is being worked on, with the image that it holds.
pub fn under_way(os: &OpenStack, id: &Id) -> Option<(Task, Image)> {
    let task = os.glance.tasks.get(id).filter(|task| matches!(task.status, Status::Pending | Status::Processing))?;
    let image = os.glance.images.get(&task.image)?;
    let held = image.import.as_ref().and_then(|import| import.task.as_ref());
    (held == Some(id)).then(|| (task.clone(), image.clone()))
}

pub fn succeed(os: &mut OpenStack, ctx: &mut Context, id: &Id, result: Value, message: &str) {
    end(os, ctx, id, Status::Success, result, message);
}

pub fn fail(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    end(os, ctx, id, Status::Failure, Value::Null, "Task failed due to Internal Error");
}

/// Another task takes its place.
pub fn give_up(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    end(os, ctx, id, Status::Failure, Value::Null, "Expired lock preempted");
}

fn end(os: &mut OpenStack, ctx: &mut Context, id: &Id, status: Status, result: Value, message: &str) {
    let task = os.glance.tasks.get_mut(id);
    let Some(task) = task.filter(|task| matches!(task.status, Status::Pending | Status::Processing)) else { return };
    (task.status, task.result, task.message) = (status, result, message.to_owned());
    (task.updated, task.expires, task.source) = (ctx.now(), Some(ctx.now() + KEPT), Source::Missing);
    ctx.after(KEPT, &EXPIRE, id);
}

fn expires(os: &mut OpenStack, _ctx: &mut Context, id: &Id) {
    os.glance.tasks.remove(id);
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let id = call.param("task_id");
    let task = os.glance.tasks.get(id).ok_or_else(|| errors::task_not_found(id))?;
    Ok(Response::object(|o| view(o, task)))
}

/// Tasks cannot be deleted.
fn delete(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    Err(errors::tasks_delete_themselves())
}

/// The tasks of an image, as the database has them.
fn of_image(call: &Call, os: &OpenStack) -> Answer {
    let image = images::find(call, os, call.param("image_id")).map_err(|_| webob::not_found())?;
    policy::enforce_on_image(call, image).map_err(|_| webob::not_found())?;
    Ok(Response::many("tasks", os.glance.tasks.of(&image.id), |o, task| {
        o.set("id", &task.id);
        o.set("type", task.kind);
        o.set("status", task.status);
        o.set("owner", &task.project);
        o.set("expires_at", task.expires.map(Micros));
        o.set("created_at", Micros(task.created));
        o.set("updated_at", Micros(task.updated));
        o.set("deleted_at", None::<()>);
        o.set("deleted", false);
        o.set("image_id", &task.image);
        o.set("request_id", &task.request);
        o.set("user_id", &task.user);
        o.set("input", &task.input);
        o.set("result", &task.result);
        o.set("message", &task.message);
    }))
}

fn view(o: &mut Object, task: &Task) {
    stub(o, task);
    o.set("input", &task.input);
    o.set("message", &task.message);
    o.set("result", &task.result);
    if !task.image.is_empty() {
        o.set("image_id", &task.image);
    }
    o.set("request_id", &task.request);
    o.set("user_id", &task.user);
}

/// What lists tell of a task.
fn stub(o: &mut Object, task: &Task) {
    o.set("id", &task.id);
    o.set("type", task.kind);
    o.set("status", task.status);
    o.set("owner", &task.project);
    o.set("created_at", SecondsZ(task.created));
    o.set("updated_at", SecondsZ(task.updated));
    o.set("self", format_args!("/v2/tasks/{}", task.id));
    o.set("schema", "/v2/schemas/task");
    if let Some(expires) = task.expires {
        o.set("expires_at", SecondsZ(expires));
    }
}
