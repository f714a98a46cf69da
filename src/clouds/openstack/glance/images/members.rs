//! Members: the projects with which an image is shared (glance/api/v2/image_members.py).

use super::super::{errors, policy};
use super::{Image, Visibility, find};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::times::SecondsZ;
use crate::engine::{self, Answer, Call, Context, Id, Object, Operation, Problem, Response, get, post, put};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/images/{image_id}/members", "glance.image.member.list", list)
        .summary("Lists members of an image.")
        .policy_on_target("get_members"),
    post("/images/{image_id}/members", "glance.image.member.create", create)
        .summary("Shares an image with a project.")
        .policy_on_target("add_member"),
    get("/images/{image_id}/members/{member_id}", "glance.image.member.show", show)
        .summary("Shows a member of an image.")
        .policy_on_target("get_member"),
    put("/images/{image_id}/members/{member_id}", "glance.image.member.update", update)
        .summary("Accepts or rejects a shared image.")
        .policy_on_target("modify_member"),
    engine::delete("/images/{image_id}/members/{member_id}", "glance.image.member.delete", delete)
        .summary("Stops sharing an image with a project.")
        .policy_on_target("delete_member"),
];

/// The maximum number of members of an image (`image_member_quota`).
const MAX_MEMBERS: usize = 128;

/// A member of an image.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Member {
    /// The project that the image is shared with.
    pub project: Id,
    pub status: Acceptance,
    pub created: DateTime<Utc>,
    pub updated: DateTime<Utc>,
}

/// The status of a membership. Lists of the member contain only accepted images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Acceptance {
    Pending,
    Accepted,
    Rejected,
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let image = shared_image(call, os, errors::members_not_listed)?;
    policy::enforce_on_image(call, image)?;
    let seen = policy::allows_on_image(call, "get_member", image);
    let members = image.members.iter().filter(|_| seen);
    Ok(Response::object(|o| {
        o.each("members", members, |o, member| view(o, image, member));
        o.set("schema", "/v2/schemas/members");
    }))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let project = match body(call)? {
        Value::Object(fields) => fields.get("member").ok_or_else(errors::member_not_specified)?,
        _ => return Err(errors::member_not_an_object()),
    };
    let project = match project {
        Value::String(text) if !text.is_empty() => Id::from(text.as_str()),
        _ => return Err(errors::member_empty()),
    };
    let forbidden = |image: &str| errors::members_forbidden("create", image);
    let image = shared_image(call, os, forbidden)?;
    policy::enforce_on_image(call, image)?;
    if image.member(&project).is_some() {
        return Err(errors::member_exists(&project, &image.id));
    }
    if image.members.len() >= MAX_MEMBERS {
        return Err(errors::member_limit_exceeded(&image.id, image.members.len() + 1, MAX_MEMBERS));
    }
    let id = image.id.clone();
    let member = Member { project, status: Acceptance::Pending, created: ctx.now(), updated: ctx.now() };
    let answer = one(image, &member);
    if let Some(image) = os.glance.images.get_mut(&id) {
        image.members.push(member);
    }
    Ok(answer)
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let image = shared_image(call, os, |_| errors::no_members())?;
    Ok(one(image, find_member(call, image)?))
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let status = match body(call)? {
        Value::Object(fields) => fields.get("status").ok_or_else(errors::status_not_specified)?.clone(),
        _ => return Err(errors::status_not_an_object()),
    };
    let image = shared_image(call, os, |image| errors::members_forbidden("update", image))?;
    let member = find_member(call, image)?;
    policy::enforce_on_image(call, image)?;
    let status = Acceptance::deserialize(status).map_err(|_| errors::bad_member_status())?;
    let changed = Member { status, updated: ctx.now(), ..member.clone() };
    let (id, answer) = (image.id.clone(), one(image, &changed));
    let members = os.glance.images.get_mut(&id).map(|image| &mut image.members);
    if let Some(member) = members.and_then(|all| all.iter_mut().find(|member| member.project == changed.project)) {
        *member = changed;
    }
    Ok(answer)
}

fn delete(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let image = shared_image(call, os, |image| errors::members_forbidden("delete", image))?;
    let member = find_member(call, image)?;
    policy::enforce_on_image(call, image)?;
    let (id, project) = (image.id.clone(), member.project.clone());
    if let Some(image) = os.glance.images.get_mut(&id) {
        image.members.retain(|member| member.project != project);
    }
    Ok(Response::empty().status(204))
}

/// The body, which upstream checks before it looks the image up.
fn body(call: &Call) -> Result<&Value, Problem> {
    if call.json.is_null() { Err(errors::body_expected()) } else { Ok(&call.json) }
}

/// The image, if its visibility is `shared`; otherwise the error of `otherwise`.
fn shared_image<'o>(call: &Call, os: &'o OpenStack, otherwise: impl Fn(&str) -> Problem) -> Result<&'o Image, Problem> {
    let id = call.param("image_id");
    let image = find(call, os, id).map_err(|_| errors::named_image_not_found(id))?;
    if image.visibility == Visibility::Shared { Ok(image) } else { Err(otherwise(id)) }
}

/// The member in the path. Members see only themselves, the owner sees all.
fn find_member<'i>(call: &Call, image: &'i Image) -> Result<&'i Member, Problem> {
    let id = call.param("member_id");
    policy::enforce_rule_on_image(call, "get_member", image)?;
    let own = *image.owner == *call.project() || policy::is_admin(call) || *call.project() == *id;
    image.member(id).filter(|_| own).ok_or_else(|| errors::member_not_found(id, &image.id))
}

fn one(image: &Image, member: &Member) -> Response {
    Response::object(|o| view(o, image, member))
}

fn view(o: &mut Object, image: &Image, member: &Member) {
    o.set("member_id", &member.project);
    o.set("image_id", &image.id);
    o.set("status", member.status);
    o.set("created_at", SecondsZ(member.created));
    o.set("updated_at", SecondsZ(member.updated));
    o.set("schema", "/v2/schemas/member");
}
