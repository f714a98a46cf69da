//! Custom disk images. `osId` of an instance can name one.

use super::{Download, DownloadRequest, ListDownloads, Status, addresses, end, found, listed};
use crate::clouds::cloudzy::{Cloudzy, envelope, errors, pydantic, schemas};
use crate::engine::{
    Answer, Call, Context, Id, Object, Operation, Problem, Transition, delete, get, post, schema_of, transition,
};
use schemars::JsonSchema;
use serde::Deserialize;

pub const OPERATIONS: &[Operation<Cloudzy>] = &[
    get("/images", "cloudzy.image.list", list)
        .summary("Lists the downloaded images.")
        .query(schema_of::<ListDownloads>)
        .response(schemas::images),
    post("/images", "cloudzy.image.create", create)
        .summary("Downloads an image file.")
        .body::<DownloadImage>()
        .fetches(addresses)
        .response(schemas::image),
    get("/images/{id}", "cloudzy.image.show", show).summary("Shows a downloaded image.").response(schemas::image),
    delete("/images/{id}", "cloudzy.image.delete", remove)
        .summary("Deletes a downloaded image.")
        .answers(200)
        .response(schemas::done),
];

pub const DOWNLOAD: Transition<Cloudzy> = transition(
    "cloudzy.image.download",
    |cloud, _ctx, id| end(cloud.images.get_mut(id), false),
    |cloud, _ctx, id, _reason| end(cloud.images.get_mut(id), true),
);

pub const TRANSITIONS: &[&Transition<Cloudzy>] = &[&DOWNLOAD];

/// `DownloadImageRequestSchema`
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DownloadImage {
    #[schemars(length(min = 1, max = 255))]
    name: String,
    url: String,
    format: Option<String>,
    decompress: Option<String>,
    region_id: String,
}

/// The id of an image that an instance in this region can be created from; else the refusal.
pub fn ready(cloud: &Cloudzy, call: &Call, id: &str, region: &str) -> Result<Id, Problem> {
    let image = found(&cloud.images, call, cloud, id).ok_or_else(errors::image_not_found)?;
    let ready = image.status == Status::Ready && *image.region == *region;
    if ready { Ok(image.id.clone()) } else { Err(errors::not_ready("image")) }
}

fn list(call: &Call, cloud: &Cloudzy) -> Answer {
    let request: ListDownloads = pydantic::query(call)?;
    let found = listed(&cloud.images, call, cloud, &request);
    Ok(envelope::one("List of images", |o| {
        o.each("images", request.paging.cut(&found), |o, one| view(o, one));
        o.set("total", found.len());
    }))
}

fn create(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    let body: DownloadImage = pydantic::body(call)?;
    let request = DownloadRequest { name: body.name, url: body.url, region: body.region_id };
    let begun = request.begin(call, cloud, ctx)?;
    let image = Download { format: body.format, decompress: body.decompress, ..begun };
    ctx.later(&DOWNLOAD, &image.id);
    let image = cloud.images.insert(image);
    Ok(envelope::one("Image download has started", |o| view(o, image)))
}

fn show(call: &Call, cloud: &Cloudzy) -> Answer {
    let image = found(&cloud.images, call, cloud, call.param("id")).ok_or_else(errors::image_not_found)?;
    Ok(envelope::one("Image detail", |o| view(o, image)))
}

/// Instances have their own copies, so their source image can be removed.
fn remove(call: &Call, cloud: &mut Cloudzy, _ctx: &mut Context) -> Answer {
    let id = found(&cloud.images, call, cloud, call.param("id")).ok_or_else(errors::image_not_found)?.id.clone();
    if let Some(image) = cloud.images.get_mut(&id) {
        image.status = Status::Deleted;
    }
    Ok(envelope::done("Image deleted successfully"))
}

fn view(o: &mut Object, image: &Download) {
    o.set("id", &image.id);
    o.set("name", &image.name);
    o.set("url", &image.url);
    o.set("status", image.status);
    o.set("regionId", &image.region);
    o.set("userId", &image.user);
    o.set("format", &image.format);
    o.set("decompress", &image.decompress);
    o.set("size", image.size);
    o.set("createdAt", image.created_at.timestamp());
}
