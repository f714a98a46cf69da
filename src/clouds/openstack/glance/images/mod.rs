//! Images (glance/api/v2/images.py, glance/domain).

mod actions;
mod create;
pub mod data;
mod delete;
mod filters;
pub mod imports;
mod list;
pub mod locations;
pub mod members;
mod patch;
mod ranges;
mod seed;
mod sums;
pub mod tags;
mod update;
pub mod view;

pub use data::take_in;
pub use members::Member;
pub use patch::draft;
pub use seed::{populate, seed};

use super::{errors, policy, schemas};
use crate::clouds::openstack::OpenStack;
use crate::engine::{self, Answer, Blob, Call, Id, Operation, Problem, Response, Row, get, patch, post};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/images", "glance.image.list", list::list).summary("Lists images.").policy("get_images"),
    post("/images", "glance.image.create", create::create)
        .summary("Creates an image.")
        .documents(|| schemas::IMAGE.documentation())
        .answers(201)
        .policy_on_target("add_image"),
    get("/images/{image_id}", "glance.image.show", show).summary("Shows an image.").policy_on_target("get_image"),
    patch("/images/{image_id}", "glance.image.update", update::update)
        .summary("Updates an image.")
        .fetches(update::addresses)
        .policy_on_target("modify_image"),
    engine::delete("/images/{image_id}", "glance.image.delete", delete::delete)
        .summary("Deletes an image.")
        .policy_on_target("delete_image"),
    engine::delete("/stores/{store_id}/{image_id}", "glance.image.delete_from_store", delete::delete_from_store)
        .summary("Deletes an image from one store.")
        .policy_on_target("delete_image_location"),
    post("/images/{image_id}/actions/deactivate", "glance.image.deactivate", actions::deactivate)
        .summary("Deactivates an image.")
        .no_body()
        .answers(204)
        .policy_on_target("deactivate"),
    post("/images/{image_id}/actions/reactivate", "glance.image.reactivate", actions::reactivate)
        .summary("Reactivates an image.")
        .no_body()
        .answers(204)
        .policy_on_target("reactivate"),
];

/// An image with its data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Image {
    pub id: Id,
    /// The project that owns the image; empty if none does.
    pub owner: Id,
    pub name: Option<String>,
    pub status: Status,
    pub visibility: Visibility,
    pub protected: bool,
    pub hidden: bool,
    pub container_format: Option<String>,
    pub disk_format: Option<String>,
    /// In GiB.
    pub min_disk: u32,
    /// In MiB.
    pub min_ram: u32,
    /// In bytes; `None` without data.
    pub size: Option<u64>,
    /// The size of the disk in the image, in bytes.
    pub virtual_size: Option<u64>,
    /// The MD5 hash of the data, in hex.
    pub checksum: Option<String>,
    /// The algorithm of `hash`: `sha512`.
    pub hash_algo: Option<String>,
    /// A hash of the data, in hex.
    pub hash: Option<String>,
    pub tags: Vec<String>,
    /// The additional properties.
    pub properties: Map<String, Value>,
    /// The data.
    pub content: Option<Blob>,
    /// Data in the staging area, which an import has not used yet.
    pub staged: Option<Blob>,
    pub locations: Vec<Location>,
    pub members: Vec<Member>,
    /// The state of its imports; `None` before the first one.
    pub import: Option<Box<imports::Import>>,
    pub created: DateTime<Utc>,
    pub updated: DateTime<Utc>,
}

/// The location of a copy of the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Location {
    pub url: String,
    pub metadata: Map<String, Value>,
}

impl Location {
    /// The store in the metadata.
    pub fn store(&self) -> Option<&str> {
        self.metadata.get("store").and_then(Value::as_str)
    }
}

/// The status of an image, as responses have it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Queued,
    Saving,
    Uploading,
    Importing,
    Active,
    /// A task of the type `import` failed after it had created the image.
    Killed,
    Deactivated,
}

impl Status {
    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Queued => "queued",
            Status::Saving => "saving",
            Status::Uploading => "uploading",
            Status::Importing => "importing",
            Status::Active => "active",
            Status::Killed => "killed",
            Status::Deactivated => "deactivated",
        }
    }
}

/// Which projects may see an image.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// All projects, but only the lists of the owner have it.
    Community,
    /// All projects.
    Public,
    /// The owner.
    Private,
    /// The owner and the members.
    Shared,
}

impl Visibility {
    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Visibility::Community => "community",
            Visibility::Public => "public",
            Visibility::Private => "private",
            Visibility::Shared => "shared",
        }
    }
}

impl Row for Image {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.owner
    }
    fn contents(&self, visit: &mut dyn FnMut(&Blob)) {
        self.content.iter().chain(&self.staged).for_each(visit);
    }
}

impl Image {
    /// A new image without data and members, with the visibility `shared`.
    pub fn queued(id: Id, project: Id, name: Option<String>, now: DateTime<Utc>) -> Image {
        Image {
            id,
            owner: project,
            name,
            status: Status::Queued,
            visibility: Visibility::Shared,
            protected: false,
            hidden: false,
            container_format: None,
            disk_format: None,
            min_disk: 0,
            min_ram: 0,
            size: None,
            virtual_size: None,
            checksum: None,
            hash_algo: None,
            hash: None,
            tags: vec![],
            properties: Map::new(),
            content: None,
            staged: None,
            locations: vec![],
            members: vec![],
            import: None,
            created: now,
            updated: now,
        }
    }

    /// The membership of a project that the image is shared with.
    pub fn member(&self, project: &str) -> Option<&Member> {
        self.members.iter().find(|member| *member.project == *project)
    }

    /// The formats that are missing. Both are required before the image may have data (`Image.status`).
    pub fn missing_formats(&self) -> Vec<&'static str> {
        let formats = [("disk_format", &self.disk_format), ("container_format", &self.container_format)];
        formats.iter().filter(|(_, format)| format.is_none()).map(|(name, _)| *name).collect()
    }

    /// Sets the status to `queued` again and clears the sizes, after an import has failed.
    pub fn back_to_queued(&mut self) {
        (self.status, self.size, self.virtual_size) = (Status::Queued, None, None);
    }

    /// The stores that have the image, in the order of its locations.
    pub fn stores(&self) -> Vec<&str> {
        self.locations.iter().filter_map(Location::store).collect()
    }
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let image = find(call, os, call.param("image_id"))?;
    policy::enforce_on_image(call, image)?;
    Ok(Response::object(|o| view::image(o, image)))
}

/// The image, if the caller may see it; otherwise a 404.
pub fn find<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o Image, Problem> {
    os.glance.images.get(id).filter(|image| may_see(call, image)).ok_or_else(|| errors::image_not_found(id))
}

/// True if the caller owns the image or is a member, if the image is public or of the community, and always for
/// administrators (`is_image_visible` in glance/db).
pub fn may_see(call: &Call, image: &Image) -> bool {
    let open = matches!(image.visibility, Visibility::Public | Visibility::Community);
    let project = call.caller.project.as_deref().unwrap_or_default();
    let own = !project.is_empty() && *image.owner == *project;
    let shared = image.visibility == Visibility::Shared && image.member(project).is_some();
    open || own || shared || policy::is_admin(call)
}

/// Changes an image and its `updated_at`.
fn change(os: &mut OpenStack, now: DateTime<Utc>, id: &str, change: impl FnOnce(&mut Image)) {
    if let Some(image) = os.glance.images.get_mut(id) {
        change(image);
        image.updated = now;
    }
}
