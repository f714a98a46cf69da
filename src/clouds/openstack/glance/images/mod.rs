//! Images: what volumes and servers are made from.

mod data;
mod list;
mod view;

pub use data::{Sums, take_in};

use super::super::OpenStack;
use super::super::seed;
use super::{errors, policy};
use crate::clouds::openstack::parameter_types::Given;
use crate::engine::{self, Answer, Blob, Call, Id, Operation, Problem, Response, Row, Sim, get, post, put};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/images", "glance.image.list", list::list).policy("get_images"),
    post("/images", "glance.image.create", create).takes::<CreateImage>().answers(201).policy("add_image"),
    get("/images/{image_id}", "glance.image.show", show).policy("get_image"),
    engine::delete("/images/{image_id}", "glance.image.delete", remove).policy_on_target("delete_image"),
    put("/images/{image_id}/file", "glance.image.upload", data::upload)
        .takes_blob()
        .answers(204)
        .policy_on_target("upload_image"),
    get("/images/{image_id}/file", "glance.image.download", data::download).policy("download_image"),
    post("/images/{image_id}/actions/deactivate", "glance.image.deactivate", deactivate)
        .takes_nothing()
        .answers(204)
        .policy_on_target("deactivate"),
    post("/images/{image_id}/actions/reactivate", "glance.image.reactivate", reactivate)
        .takes_nothing()
        .answers(204)
        .policy_on_target("reactivate"),
];

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Image {
    pub id: Id,
    /// The project that owns the image.
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
    /// In bytes, once there are any.
    pub size: Option<u64>,
    /// MD5 of the bytes, in hex.
    pub checksum: Option<String>,
    /// SHA-512 of the bytes, in hex.
    pub hash: Option<String>,
    pub tags: Vec<String>,
    /// Whatever else was said of it.
    pub properties: Map<String, Value>,
    pub content: Option<Blob>,
    pub created: DateTime<Utc>,
    pub updated: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Queued,
    Saving,
    Active,
    Killed,
    Deactivated,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Queued => "queued",
            Status::Saving => "saving",
            Status::Active => "active",
            Status::Killed => "killed",
            Status::Deactivated => "deactivated",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    Community,
    Public,
    Private,
    Shared,
}

impl Row for Image {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.owner
    }
}

impl Image {
    /// An image without bytes, for `project`, that nobody else sees.
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
            checksum: None,
            hash: None,
            tags: vec![],
            properties: Map::new(),
            content: None,
            created: now,
            updated: now,
        }
    }
}

#[derive(Deserialize, JsonSchema)]
struct CreateImage {
    #[schemars(regex(
        pattern = "^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$"
    ))]
    id: Given<String>,
    #[schemars(length(max = 255))]
    name: Option<String>,
    visibility: Given<Visibility>,
    protected: Given<bool>,
    os_hidden: Given<bool>,
    #[schemars(extend("enum" = [null, "ami", "ari", "aki", "bare", "ovf", "ova", "docker", "compressed"]))]
    container_format: Option<String>,
    #[schemars(extend("enum" = [null, "ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "iso", "ploop"]))]
    disk_format: Option<String>,
    min_disk: Given<i64>,
    min_ram: Given<i64>,
    tags: Given<Vec<String>>,
    #[schemars(length(max = 255))]
    owner: Option<String>,
    #[serde(flatten)]
    properties: Map<String, Value>,
}

/// What only Glance itself says of an image.
const READ_ONLY: [&str; 12] = [
    "checksum",
    "os_hash_algo",
    "os_hash_value",
    "created_at",
    "updated_at",
    "direct_url",
    "file",
    "schema",
    "self",
    "size",
    "status",
    "virtual_size",
];

fn create(call: &Call, os: &mut OpenStack, sim: &mut Sim) -> Answer {
    let asked = call.body::<CreateImage>()?;
    if let Some(name) = READ_ONLY.iter().find(|name| asked.properties.contains_key(**name)) {
        return Err(errors::read_only(name));
    }
    let visibility = asked.visibility.0.unwrap_or(Visibility::Shared);
    if visibility == Visibility::Public && !policy::allows(call, "publicize_image", &[]) {
        return Err(errors::forbidden("publicize_image"));
    }
    let owner = asked.owner.map_or_else(|| call.project(), Id::from);
    if owner != call.project() && !policy::is_admin(call) {
        return Err(errors::forbidden("add_image"));
    }
    let id = asked.id.0.map_or_else(|| sim.uuid(), Id::from);
    if os.glance.images.contains(&id) {
        return Err(errors::image_exists(&id));
    }
    let mut image = Image::queued(id, owner, asked.name, sim.now());
    image.visibility = visibility;
    image.protected = asked.protected.0.unwrap_or(false);
    image.hidden = asked.os_hidden.0.unwrap_or(false);
    image.container_format = asked.container_format;
    image.disk_format = asked.disk_format;
    image.min_disk = natural("min_disk", asked.min_disk.0)?;
    image.min_ram = natural("min_ram", asked.min_ram.0)?;
    image.tags = asked.tags.0.unwrap_or_default();
    image.properties = asked.properties;
    let image = os.glance.images.insert(image);
    let location = format!("{}/v2/images/{}", call.base(), image.id);
    Ok(Response::object(|o| view::image(o, image))
        .header("Location", location)
        .header("OpenStack-image-import-methods", "glance-direct,web-download,copy-image,glance-download")
        .header("OpenStack-image-store-ids", "fast"))
}

fn natural(name: &str, number: Option<i64>) -> Result<u32, Problem> {
    let number = number.unwrap_or(0);
    if number < 0 {
        return Err(errors::negative(name, number));
    }
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let image = find(call, os, call.param("image_id"))?;
    Ok(Response::object(|o| view::image(o, image)))
}

fn remove(call: &Call, os: &mut OpenStack, _sim: &mut Sim) -> Answer {
    let id = call.param("image_id");
    let image = find(call, os, id).map_err(|_| errors::image_to_delete_not_found(id))?;
    policy::enforce(call, &[("project_id", &image.owner)])?;
    if image.protected {
        return Err(errors::image_protected(id));
    }
    let id = image.id.clone();
    os.glance.images.remove(&id);
    Ok(Response::empty())
}

fn deactivate(call: &Call, os: &mut OpenStack, sim: &mut Sim) -> Answer {
    turn(call, os, sim, Status::Active, Status::Deactivated)
}

fn reactivate(call: &Call, os: &mut OpenStack, sim: &mut Sim) -> Answer {
    turn(call, os, sim, Status::Deactivated, Status::Active)
}

/// An image that is `to` already stays so.
fn turn(call: &Call, os: &mut OpenStack, sim: &mut Sim, from: Status, to: Status) -> Answer {
    let image = find(call, os, call.param("image_id"))?;
    policy::enforce(call, &[("project_id", &image.owner)])?;
    if image.status != from && image.status != to {
        return Err(errors::cannot_turn(image.status.as_str(), to.as_str()));
    }
    let (id, now) = (image.id.clone(), sim.now());
    if let Some(image) = os.glance.images.get_mut(&id) {
        (image.status, image.updated) = (to, now);
    }
    Ok(Response::empty())
}

/// An image that the caller may see.
pub fn find<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o Image, Problem> {
    os.glance.images.get(id).filter(|image| may_see(call, image)).ok_or_else(|| errors::image_not_found(id))
}

/// The own project's, what is for everybody, and all for an administrator.
pub fn may_see(call: &Call, image: &Image) -> bool {
    let open = matches!(image.visibility, Visibility::Public | Visibility::Community);
    open || image.owner == call.project() || policy::is_admin(call)
}

/// The images of a fresh cloud; they are small and hold made-up bytes.
pub fn seed(os: &mut OpenStack, now: DateTime<Utc>) {
    let images = [
        ("cirros", "cirros", "0.6.2", 0, 64),
        ("Ubuntu 24.04", "ubuntu", "24.04", 1, 96),
        ("Debian 12", "debian", "12", 1, 80),
        ("Rocky 9", "rocky", "9", 1, 72),
    ];
    let owner: Id = seed::id("project", "admin");
    for (name, distribution, version, min_disk, kib) in images {
        let hex = seed::id("image", name);
        let id = uuid::Uuid::parse_str(&hex).map_or(hex, |id| id.hyphenated().to_string().into());
        let mut image = Image::queued(id, owner.clone(), Some(name.to_owned()), now);
        image.visibility = Visibility::Public;
        image.container_format = Some("bare".into());
        image.disk_format = Some("raw".into());
        image.min_disk = min_disk;
        image.properties.insert("os_distro".into(), distribution.into());
        image.properties.insert("os_version".into(), version.into());
        let line = format!("{name:<63}\n");
        take_in(&mut image, Blob::from(bytes::Bytes::from(line.repeat(kib * 16))), now);
        os.glance.images.insert(image);
    }
}
