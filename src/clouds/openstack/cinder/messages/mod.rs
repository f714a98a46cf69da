//! User messages: errors of asynchronous operations (cinder/api/v3/messages.py, cinder/message/api.py).

mod texts;

pub use texts::{Action, Detail};

use super::super::OpenStack;
use super::super::times::Micros;
use super::errors;
use super::listing::{self, Column, Key, Listing, Query};
use super::policy::{self, POLICY};
use crate::engine::{
    Answer, Call, Context, Id, Object, Operation, Problem, Response, Row, Transition, delete, get, transition,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/messages", "cinder.message.list", list).summary("Lists user messages.").since(3, 3).policy("message:get_all"),
    get("/messages/{message_id}", "cinder.message.show", show)
        .summary("Shows a user message.")
        .since(3, 3)
        .policy_on_target("message:get"),
    delete("/messages/{message_id}", "cinder.message.delete", remove)
        .summary("Deletes a user message.")
        .since(3, 3)
        .policy_on_target("message:delete"),
];

/// Deletes a message when its time to live is over.
pub const EXPIRE: Transition<OpenStack> = transition("cinder.message.expire", expired, |_, _, _, _| {});

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&EXPIRE];

/// A row of the table `messages`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    pub id: Id,
    pub project: Id,
    /// Such as `VOLUME_VOLUME_007_010`: the resource type and the numbers of action and detail.
    pub event: String,
    pub text: String,
    /// `ERROR`, `WARNING`, `INFO`.
    pub level: String,
    pub resource_type: String,
    pub resource: Id,
    /// The request that started the failed operation.
    pub request_id: String,
    pub created: DateTime<Utc>,
    pub expires: DateTime<Utc>,
}

impl Row for Message {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.project
    }
}

/// The type of the resource that a message is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ResourceType {
    Volume,
    Snapshot,
    Backup,
}

impl ResourceType {
    fn as_str(self) -> &'static str {
        match self {
            ResourceType::Volume => "VOLUME",
            ResourceType::Snapshot => "VOLUME_SNAPSHOT",
            ResourceType::Backup => "VOLUME_BACKUP",
        }
    }

    fn project(self, os: &OpenStack, id: &str) -> Option<Id> {
        match self {
            ResourceType::Volume => os.cinder.volumes.get(id).map(|volume| volume.project.clone()),
            ResourceType::Snapshot => os.cinder.snapshots.get(id).map(|snapshot| snapshot.project.clone()),
            ResourceType::Backup => os.cinder.backups.get(id).map(|backup| backup.project.clone()),
        }
    }
}

/// How long a message exists (`message_ttl`).
const TIME_TO_LIVE: TimeDelta = TimeDelta::days(30);

/// Creates a message for the project of a volume, snapshot or backup. Failed transitions call this.
/// Does nothing if the resource no longer exists.
pub fn create(
    os: &mut OpenStack,
    ctx: &mut Context,
    resource_type: ResourceType,
    id: &Id,
    action: Action,
    detail: Detail,
) {
    let Some(project) = resource_type.project(os, id) else { return };
    let message = Message {
        id: ctx.uuid(),
        project,
        event: format!("VOLUME_{}_{}_{}", resource_type.as_str(), action.0, detail.0),
        text: format!("{}:{}", action.1, detail.1),
        level: "ERROR".into(),
        resource_type: resource_type.as_str().into(),
        resource: id.clone(),
        request_id: ctx.request_id().to_string(),
        created: ctx.now(),
        expires: ctx.now().checked_add_signed(TIME_TO_LIVE).unwrap_or(DateTime::<Utc>::MAX_UTC),
    };
    ctx.after(TIME_TO_LIVE, &EXPIRE, &message.id);
    os.cinder.messages.insert(message);
}

fn expired(os: &mut OpenStack, _ctx: &mut Context, id: &Id) {
    os.cinder.messages.remove(id);
}

const MESSAGES: Listing<Message> = Listing { columns: COLUMNS, no_marker: Some(errors::message_not_found) };

/// The columns of `messages` in cinder/db/models.py.
const COLUMNS: &[Column<Message>] = &[
    ("id", |message| Key::Text(message.id.to_string())),
    ("project_id", |message| Key::Text(message.project.to_string())),
    ("message_level", |message| Key::Text(message.level.clone())),
    ("request_id", |message| Key::Text(message.request_id.clone())),
    ("resource_type", |message| Key::Text(message.resource_type.clone())),
    ("resource_uuid", |message| Key::Text(message.resource.to_string())),
    ("event_id", |message| Key::Text(message.event.clone())),
    ("action_id", |message| Key::of(&message.event.rsplit('_').nth(1))),
    ("detail_id", |message| Key::of(&message.event.rsplit('_').next())),
    ("created_at", |message| Key::time(Some(message.created))),
    ("expires_at", |message| Key::time(Some(message.expires))),
    ("updated_at", |_| Key::Nothing),
    ("deleted_at", |_| Key::Nothing),
    ("deleted", |_| Key::Flag(false)),
];

/// Upstream lists the messages of all projects to everybody (`_messages_get_query`), although `show` does not
/// return those of other projects. Paging and filters exist since 3.5.
fn list(call: &Call, os: &OpenStack) -> Answer {
    let query = if call.since(3, 5) { Query::of(call, "message")? } else { Query::everything() };
    let page = MESSAGES.page_of(call, &query, &os.cinder.messages, None, |_| true)?;
    Ok(Response::object(|o| {
        o.each("messages", page.rows.iter().copied(), |o, message| view(o, message, call));
        page.finish(o, call, "messages", "messages");
    }))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let message = find(call, os, call.param("message_id"))?;
    POLICY.enforce(call, &[("project_id", &message.project)])?;
    Ok(Response::one("message", |o| view(o, message, call)))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let message = find(call, os, call.param("message_id"))?;
    POLICY.enforce(call, &[("project_id", &message.project)])?;
    let id = message.id.clone();
    os.cinder.messages.remove(&id);
    Ok(Response::empty())
}

fn view(o: &mut Object, message: &Message, call: &Call) {
    o.set("id", &message.id);
    o.set("event_id", &message.event);
    o.set("user_message", &message.text);
    o.set("message_level", &message.level);
    o.set("created_at", Micros(message.created));
    o.set("guaranteed_until", Micros(message.expires));
    o.set("request_id", &message.request_id);
    listing::links(o, call, "messages", &message.id);
    o.set("resource_type", &message.resource_type);
    o.set("resource_uuid", &message.resource);
}

fn find<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o Message, Problem> {
    let visible = |message: &&Message| policy::is_own_or_admin(call, &message.project);
    os.cinder.messages.get(id).filter(visible).ok_or_else(|| errors::message_not_found(id))
}
