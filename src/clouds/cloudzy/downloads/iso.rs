//! Custom ISO files that instances can boot from.

use super::{Download, DownloadRequest, ListDownloads, Status, addresses, end, found, listed};
use crate::clouds::cloudzy::instances::BY_ISO;
use crate::clouds::cloudzy::{Cloudzy, envelope, errors, pydantic, schemas};
use crate::engine::{
    Answer, Call, Context, Id, Object, Operation, Problem, Transition, delete, get, post, schema_of, transition,
};
use schemars::JsonSchema;
use serde::Deserialize;

pub const OPERATIONS: &[Operation<Cloudzy>] = &[
    get("/iso", "cloudzy.iso.list", list)
        .summary("Lists the ISO files.")
        .query(schema_of::<ListDownloads>)
        .response(schemas::isos),
    post("/iso", "cloudzy.iso.create", create)
        .summary("Downloads an ISO file.")
        .body::<DownloadIso>()
        .fetches(addresses)
        .response(schemas::iso),
    get("/iso/{id}", "cloudzy.iso.show", show).summary("Shows an ISO file.").response(schemas::iso),
    delete("/iso/{id}", "cloudzy.iso.delete", remove)
        .summary("Deletes an ISO file.")
        .answers(200)
        .response(schemas::done),
];

pub const DOWNLOAD: Transition<Cloudzy> = transition(
    "cloudzy.iso.download",
    |cloud, _ctx, id| end(cloud.isos.get_mut(id), false),
    |cloud, _ctx, id, _reason| end(cloud.isos.get_mut(id), true),
);

pub const TRANSITIONS: &[&Transition<Cloudzy>] = &[&DOWNLOAD];

/// `DownloadIsoRequestSchema`
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DownloadIso {
    #[schemars(length(min = 1, max = 255))]
    name: String,
    url: String,
    #[serde(default = "yes")]
    use_virtio: bool,
    region_id: String,
}

fn yes() -> bool {
    true
}

/// The id of an ISO that an instance in this region can boot from; else the refusal.
pub fn ready(cloud: &Cloudzy, call: &Call, id: &str, region: &str) -> Result<Id, Problem> {
    let iso = found(&cloud.isos, call, cloud, id).ok_or_else(errors::iso_not_found)?;
    let ready = iso.status == Status::Ready && *iso.region == *region;
    if ready { Ok(iso.id.clone()) } else { Err(errors::not_ready("ISO")) }
}

fn list(call: &Call, cloud: &Cloudzy) -> Answer {
    let request: ListDownloads = pydantic::query(call)?;
    let found = listed(&cloud.isos, call, cloud, &request);
    Ok(envelope::one("List of ISOs", |o| {
        o.each("isos", request.paging.cut(&found), |o, one| view(o, one));
        o.set("total", found.len());
    }))
}

fn create(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    let body: DownloadIso = pydantic::body(call)?;
    let request = DownloadRequest { name: body.name, url: body.url, region: body.region_id };
    let iso = Download { use_virtio: body.use_virtio, ..request.begin(call, cloud, ctx)? };
    ctx.later(&DOWNLOAD, &iso.id);
    let iso = cloud.isos.insert(iso);
    Ok(envelope::one("ISO download has started", |o| view(o, iso)))
}

fn show(call: &Call, cloud: &Cloudzy) -> Answer {
    let iso = found(&cloud.isos, call, cloud, call.param("id")).ok_or_else(errors::iso_not_found)?;
    Ok(envelope::one("ISO detail", |o| view(o, iso)))
}

/// An ISO that is attached to an instance cannot be removed.
fn remove(call: &Call, cloud: &mut Cloudzy, _ctx: &mut Context) -> Answer {
    let id = found(&cloud.isos, call, cloud, call.param("id")).ok_or_else(errors::iso_not_found)?.id.clone();
    if cloud.instances.by(&BY_ISO, &id).any(|one| !one.is_deleted()) {
        return Err(errors::in_use("ISO"));
    }
    if let Some(iso) = cloud.isos.get_mut(&id) {
        iso.status = Status::Deleted;
    }
    Ok(envelope::done("ISO deleted successfully"))
}

fn view(o: &mut Object, iso: &Download) {
    o.set("id", &iso.id);
    o.set("name", &iso.name);
    o.set("url", &iso.url);
    o.set("status", iso.status);
    o.set("regionId", &iso.region);
    o.set("userId", &iso.user);
    o.set("useVirtio", iso.use_virtio);
    o.set("size", iso.size);
    o.set("createdAt", iso.created_at.timestamp());
}
