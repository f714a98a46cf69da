//! Tasks, which Glance runs in the background (glance/api/v2/tasks.py). Imports of images create them. Their own API is
//! deprecated and only for administrators.

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
        .summary("Rejects the deletion of a task.")
        .policy("tasks_api_access"),
    get("/images/{image_id}/tasks", "glance.image.task.list", of_image)
        .summary("Lists the tasks of an image.")
        .policy_on_target("get_image"),
];

/// A task of the type `import` begins.
pub const BEGIN: Transition<OpenStack> = transition("glance.task.begin", legacy::begin, legacy::revert);
/// A task of the type `import` has its data.
pub const FINISH: Transition<OpenStack> = transition("glance.task.finish", legacy::finish, legacy::revert);
/// A finished task is removed.
pub const EXPIRE: Transition<OpenStack> =
    transition("glance.task.expire", expire, |os, ctx, id, _| expire(os, ctx, id));

/// The transitions of tasks.
pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&BEGIN, &FINISH, &EXPIRE];

/// The time after which a finished task is removed (`task_time_to_live`).
const TIME_TO_LIVE: TimeDelta = TimeDelta::hours(48);

/// A task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Task {
    pub id: Id,
    pub kind: TaskType,
    pub status: Status,
    /// The project of the request.
    pub project: Id,
    pub user: Id,
    /// The ID of the request that created the task.
    pub request: Id,
    /// The image that the task changes; empty if it has not created one yet.
    pub image: Id,
    pub input: Value,
    pub result: Value,
    pub message: String,
    /// Where the data come from.
    pub source: Source,
    /// When the finished task is removed.
    pub expires: Option<DateTime<Utc>>,
    pub created: DateTime<Utc>,
    pub updated: DateTime<Utc>,
}

/// The type of a task.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskType {
    /// Creates an image from a URL (`tasks/legacy.rs`).
    Import,
    /// Imports the data of an image (`images/imports`).
    ApiImageImport,
    /// Adds a location to an image (`images/locations`).
    LocationImport,
}

/// The status of a task.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Pending,
    Processing,
    Success,
    Failure,
}

/// Where the data of a task come from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Source {
    /// The data that were fetched from a URL.
    Fetched(Blob),
    /// The staged data of the image.
    Staged,
    /// Another image, or the image itself for a copy between stores.
    Image(Id),
    /// There are no data, so the task fails.
    Missing,
}

impl Row for Task {
    fn id(&self) -> &Id {
        &self.id
    }
    /// The image, so the table lists its tasks.
    fn owner(&self) -> &Id {
        &self.image
    }
    fn contents(&self, visit: &mut dyn FnMut(&Blob)) {
        if let Source::Fetched(content) = &self.source {
            visit(content);
        }
    }
}

impl Task {
    /// A new task of the caller.
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

/// Begins a pending task and returns it with its image. The task fails if the image does not exist any more.
pub fn begin(os: &mut OpenStack, ctx: &mut Context, id: &Id) -> Option<(Task, Image)> {
    let task = os.glance.tasks.get_mut(id).filter(|task| task.status == Status::Pending)?;
    (task.status, task.updated) = (Status::Processing, ctx.now());
    let found = unfinished(os, id);
    if found.is_none() {
        fail(os, ctx, id);
    }
    found
}

/// An unfinished task with its image, if it holds the lock of the image.
pub fn unfinished(os: &OpenStack, id: &Id) -> Option<(Task, Image)> {
    let task = os.glance.tasks.get(id).filter(|task| matches!(task.status, Status::Pending | Status::Processing))?;
    let image = os.glance.images.get(&task.image)?;
    let lock_holder = image.import.as_ref().and_then(|import| import.task.as_ref());
    (lock_holder == Some(id)).then(|| (task.clone(), image.clone()))
}

/// Finishes a task with the status `success`.
pub fn succeed(os: &mut OpenStack, ctx: &mut Context, id: &Id, result: Value, message: &str) {
    end(os, ctx, id, Status::Success, result, message);
}

/// Finishes a task with the status `failure`.
pub fn fail(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    end(os, ctx, id, Status::Failure, Value::Null, "Task failed due to Internal Error");
}

/// Fails a task whose lock another task takes over.
pub fn preempt(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    end(os, ctx, id, Status::Failure, Value::Null, "Expired lock preempted");
}

fn end(os: &mut OpenStack, ctx: &mut Context, id: &Id, status: Status, result: Value, message: &str) {
    let task = os.glance.tasks.get_mut(id);
    let Some(task) = task.filter(|task| matches!(task.status, Status::Pending | Status::Processing)) else { return };
    (task.status, task.result, task.message) = (status, result, message.to_owned());
    (task.updated, task.expires, task.source) = (ctx.now(), Some(ctx.now() + TIME_TO_LIVE), Source::Missing);
    ctx.after(TIME_TO_LIVE, &EXPIRE, id);
}

fn expire(os: &mut OpenStack, _ctx: &mut Context, id: &Id) {
    os.glance.tasks.remove(id);
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let id = call.param("task_id");
    let task = os.glance.tasks.get(id).ok_or_else(|| errors::task_not_found(id))?;
    Ok(Response::object(|o| view(o, task)))
}

/// Always fails, as upstream does: tasks expire.
fn delete(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    Err(errors::task_deletion_not_permitted())
}

/// The tasks of an image, with the columns of the database.
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

/// The fields that a task has in lists.
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
