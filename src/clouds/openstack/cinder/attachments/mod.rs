//! Attachments of volumes to servers, in three steps: reserve, connect, complete
//! (cinder/api/v3/attachments.py, since 3.27).

mod lifecycle;
mod view;

pub use lifecycle::{DRIVER_VOLUME_TYPE, connect, connection_data, detach, finish, may_be_deleted, reserve};

use super::super::OpenStack;
use super::super::parameter_types::Optional;
use super::errors;
use super::listing::{Column, Key, Listing, Page, Query};
use super::parameter_types::Uuid;
use super::policy::{self, POLICY};
use super::volumes::{self, AttachStatus, Status};
use crate::clouds::openstack::cinder::status::StatusText;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Row, delete, get, post, put};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/attachments", "cinder.attachment.list", list).summary("Lists attachments.").since(3, 27),
    get("/attachments/detail", "cinder.attachment.list_detail", list_detail)
        .summary("Lists attachments with details.")
        .since(3, 27),
    post("/attachments", "cinder.attachment.create", create)
        .summary("Creates an attachment.")
        .body::<CreateRequest>()
        .since(3, 27)
        .policy_on_target("volume:attachment_create"),
    get("/attachments/{attachment_id}", "cinder.attachment.show", show).summary("Shows an attachment.").since(3, 27),
    put("/attachments/{attachment_id}", "cinder.attachment.update", update)
        .summary("Updates an attachment.")
        .body::<UpdateRequest>()
        .since(3, 27)
        .policy_on_target("volume:attachment_update"),
    delete("/attachments/{attachment_id}", "cinder.attachment.delete", remove)
        .summary("Deletes an attachment.")
        .answers(200)
        .since(3, 27)
        .policy_on_target("volume:attachment_delete"),
    post("/attachments/{attachment_id}/action", "cinder.attachment.complete", complete)
        .summary("Completes an attachment.")
        .action("os-complete")
        .answers(204)
        .since(3, 44)
        .policy_on_target("volume:attachment_complete"),
];

/// A row of the table `attachments`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attachment {
    pub id: Id,
    pub volume: Id,
    /// The volume's project.
    pub project: Id,
    /// The server, if the volume is attached to one.
    pub instance: Option<Id>,
    /// The host that the volume is connected to.
    pub host: Option<String>,
    /// The device in the server: `/dev/vdb`.
    pub mountpoint: Option<String>,
    pub status: AttachStatus,
    /// `rw`, `ro`, or the string `null`, which upstream stores if the request named no mode.
    pub mode: Option<String>,
    /// The connector: properties of the host that connects.
    pub connector: Option<Map<String, Value>>,
    /// What the host needs to connect. Empty until there is a connector.
    pub connection_info: Map<String, Value>,
    pub attached: Option<DateTime<Utc>>,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

impl Row for Attachment {
    fn id(&self) -> &Id {
        &self.id
    }
    /// The volume: attachments are looked up by volume more often than by project.
    fn owner(&self) -> &Id {
        &self.volume
    }
}

const LISTING: Listing<Attachment> = Listing { columns: COLUMNS, no_marker: Some(errors::attachment_not_found) };

/// The columns of `volume_attachment` in cinder/db/models.py.
const COLUMNS: &[Column<Attachment>] = &[
    ("id", |one| Key::Text(one.id.to_string())),
    ("volume_id", |one| Key::Text(one.volume.to_string())),
    ("instance_uuid", |one| Key::of(&one.instance)),
    ("attached_host", |one| Key::of(&one.host)),
    ("mountpoint", |one| Key::of(&one.mountpoint)),
    ("attach_status", |one| Key::Text(one.status.text())),
    ("attach_mode", |one| Key::of(&one.mode)),
    ("attach_time", |one| Key::time(one.attached)),
    ("detach_time", |_| Key::Nothing),
    ("created_at", |one| Key::time(Some(one.created))),
    ("updated_at", |one| Key::time(one.updated)),
    ("deleted", |_| Key::Flag(false)),
    ("deleted_at", |_| Key::Nothing),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    attachment: Create,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    #[serde(default)]
    instance_uuid: Optional<Uuid>,
    #[serde(default)]
    connector: Option<Map<String, Value>>,
    volume_uuid: Uuid,
    #[serde(default)]
    #[schemars(extend("x-since" = "3.54"))]
    mode: Optional<Mode>,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Mode {
    Rw,
    Ro,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    attachment: Update,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Update {
    #[schemars(extend("minProperties" = 1))]
    connector: Map<String, Value>,
}

fn page<'o>(call: &Call, os: &'o OpenStack) -> Result<Page<'o, Attachment>, Problem> {
    let mut query = Query::of(call, "attachment")?;
    query.rename("instance_id", "instance_uuid");
    query.rename("status", "attach_status");
    let (everybody, project) = (query.all_projects, call.project());
    LISTING.page_of(call, &query, &os.cinder.attachments, None, |one| everybody || one.project == project)
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let page = page(call, os)?;
    Ok(Response::many("attachments", page.rows.iter().copied(), view::summary))
}

fn list_detail(call: &Call, os: &OpenStack) -> Answer {
    let page = page(call, os)?;
    Ok(Response::many("attachments", page.rows.iter().copied(), view::detail))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let attachment = find(call, os, call.param("attachment_id"))?;
    Ok(Response::one("attachment", |o| view::detail(o, attachment)))
}

/// Reserves the volume, and connects it if the request has a connector. The response shows the reserved
/// attachment, since upstream does not read it back.
fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<CreateRequest>()?.attachment;
    let volume = volumes::find(call, os, &request.volume_uuid.0)?;
    let volume_id = volume.id.clone();
    POLICY.enforce(call, &[("project_id", &volume.project)])?;
    if volume.status.text().contains("error") {
        return Err(errors::attachment_to_volume_in_error(&volume_id, volume.status));
    }
    let instance = request.instance_uuid.0.map(|uuid| uuid.0);
    if volume.multiattach && volume.status == Status::InUse && volume.bootable {
        POLICY.enforce_rule(call, "volume:multiattach_bootable_volume", &[("project_id", &volume.project)])?;
    }
    let mut shown = reserve(os, ctx, &volume_id, instance)?;
    shown.mode = Some(mode(os, &volume_id, *request.mode).to_owned());
    if let Some(connector) = request.connector.filter(|connector| !connector.is_empty()) {
        shown.connection_info = connect(os, ctx, &shown.id, connector);
    }
    if let Some(attachment) = os.cinder.attachments.get_mut(&shown.id) {
        attachment.mode = shown.mode.clone();
    }
    Ok(Response::one("attachment", |o| view::detail(o, &shown)))
}

/// The attach mode. As upstream, it is `ro` if the admin metadata has `readonly`, even if that is `False`.
fn mode(os: &OpenStack, volume: &Id, requested: Option<Mode>) -> &'static str {
    let has_readonly =
        os.cinder.volumes.get(volume).is_some_and(|volume| volume.admin_metadata.contains_key("readonly"));
    match requested {
        _ if has_readonly => "ro",
        Some(Mode::Rw) => "rw",
        Some(Mode::Ro) => "ro",
        None => "null",
    }
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let connector = call.body::<UpdateRequest>()?.attachment.connector;
    let mut shown = find(call, os, call.param("attachment_id"))?.clone();
    POLICY.enforce(call, &[("project_id", &shown.project)])?;
    let volume = volumes::find(call, os, &shown.volume)?;
    if volume.status.text().contains("error") {
        return Err(errors::attachment_update_of_volume_in_error(&volume.id, volume.status));
    }
    let several = of_volume(os, &volume.id).count() > 1;
    let connected = of_volume(os, &volume.id).any(|one| !one.connection_info.is_empty());
    if several && connected && !volume.multiattach {
        return Err(errors::duplicate_connectors(&volume.id));
    }
    shown.connection_info = connect(os, ctx, &shown.id, connector);
    Ok(Response::one("attachment", |o| view::detail(o, &shown)))
}

/// Answers with the remaining attachments of the volume.
fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let attachment = find(call, os, call.param("attachment_id"))?;
    POLICY.enforce(call, &[("project_id", &attachment.project)])?;
    let (id, volume) = (attachment.id.clone(), attachment.volume.clone());
    may_be_deleted(call, os, &volume, Some(&id))?;
    detach(os, ctx, &volume, Some(&id));
    Ok(Response::many("attachments", of_volume(os, &volume), view::summary))
}

fn complete(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let attachment = find(call, os, call.param("attachment_id"))?;
    let id = attachment.id.clone();
    volumes::find(call, os, &attachment.volume)?;
    POLICY.enforce(call, &[("project_id", &attachment.project)])?;
    finish(os, ctx, &id);
    Ok(Response::empty())
}

/// The attachments of a volume, oldest first.
pub fn of_volume<'o>(os: &'o OpenStack, volume: &str) -> impl Iterator<Item = &'o Attachment> + use<'o> {
    os.cinder.attachments.of(volume).rev()
}

/// Finds an attachment that the caller can see: any for an administrator and, as upstream's query compares the caller's
/// project with the projects of all volumes instead of that of the attached one (`model_query` in cinder/db/api.py), any
/// for a project that has a volume. Fails with 404 otherwise.
pub fn find<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o Attachment, Problem> {
    let has_volume = || os.cinder.volumes.of(&call.project()).next().is_some();
    let visible = |one: &&Attachment| policy::is_own_or_admin(call, &one.project) || has_volume();
    os.cinder.attachments.get(id).filter(visible).ok_or_else(|| errors::attachment_not_found(id))
}
