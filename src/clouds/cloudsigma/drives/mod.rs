//! Section 7: drives. A drive has a size, settings of its owner, and the claims of the servers that run with it.

pub mod claims;
pub mod content;
pub mod imaging;
mod settings;
mod size;
pub mod standard;
pub mod transfer;
mod view;

use super::billing::meter;
use super::dialect::{pairs, text};
use super::errors::{self, ValidationErrors};
use super::text::Text;
use super::{CloudSigma, schemas};
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Row, get, get_changing, post};
use claims::Claim;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub const OPERATIONS: &[Operation<CloudSigma>] = &[
    get("/drives/list", "cloudsigma.drive.list", list).summary("Lists drives of the account.").also_at("POST"),
    get("/drives/info", "cloudsigma.drive.show_all", show_all)
        .summary("Shows all drives of the account.")
        .also_at("POST"),
    post("/drives/create", "cloudsigma.drive.create", create).summary("Creates a drive.").documents(schemas::drive),
    get("/drives/{drive}/info", "cloudsigma.drive.show", show).summary("Shows a drive.").also_at("POST"),
    post("/drives/{drive}/set", "cloudsigma.drive.update", update)
        .summary("Updates a drive.")
        .documents(schemas::drive),
    get_changing("/drives/{drive}/destroy", "cloudsigma.drive.destroy", destroy)
        .summary("Destroys a drive.")
        .also_at("POST")
        .answers(204),
];

/// The value of `readers` that means all users.
pub const ALL_USERS: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/// A drive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drive {
    pub id: Id,
    pub owner: Id,
    pub name: String,
    /// In bytes.
    pub size: u64,
    pub status: Status,
    pub kind: DriveKind,
    /// The other settings under their API names: `claim:type`, `tags`, `readers`.
    pub settings: BTreeMap<String, String>,
    /// The progress in percent while it is being cloned. 0 means waiting.
    pub imaging: Option<u8>,
    /// The claims of the servers that run with it.
    pub claims: Vec<Claim>,
    /// Requests and bytes read and written through the API.
    pub read: Traffic,
    pub written: Traffic,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Active,
    /// Cloning failed.
    Inactive,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DriveKind {
    Disk,
    Cdrom,
}

/// A counter of transfers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Traffic {
    pub bytes: u64,
    pub requests: u64,
}

impl Traffic {
    /// Counts a transfer of this many bytes.
    pub fn count(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.requests = self.requests.saturating_add(1);
    }
}

impl Row for Drive {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.owner
    }
}

impl Drive {
    /// A new disk of `size` bytes without claims.
    pub fn new(id: Id, owner: Id, name: &str, size: u64, settings: BTreeMap<String, String>) -> Self {
        Drive {
            id,
            owner,
            name: name.to_owned(),
            size,
            status: Status::Active,
            kind: DriveKind::Disk,
            settings,
            imaging: None,
            claims: vec![],
            read: Traffic::default(),
            written: Traffic::default(),
        }
    }

    /// True if several running servers may have it at once. The default is `exclusive`.
    pub fn is_shared(&self) -> bool {
        self.settings.get("claim:type").is_some_and(|claim| claim == "shared")
    }

    /// True for its owner and for the users that `readers` names.
    pub fn may_be_read_by(&self, user: &str) -> bool {
        let readers = self.settings.get("readers").map_or("", String::as_str);
        *self.owner == *user || readers.split_whitespace().any(|reader| reader == user || reader == ALL_USERS)
    }
}

/// The drive with this id if the user may read it; else the refusal.
pub fn readable<'c>(cloud: &'c CloudSigma, user: &str, id: &str) -> Result<&'c Drive, Problem> {
    let drive = cloud.drives.get(id).filter(|drive| drive.may_be_read_by(user));
    drive.ok_or_else(errors::drive_not_found)
}

/// The drive with this id if it belongs to the user; else the refusal.
pub fn own<'c>(cloud: &'c CloudSigma, user: &str, id: &str) -> Result<&'c Drive, Problem> {
    let drive = cloud.drives.get(id).filter(|drive| *drive.owner == *user);
    drive.ok_or_else(errors::drive_not_found)
}

/// Oldest first.
fn list(call: &Call, cloud: &CloudSigma) -> Answer {
    Ok(text(Text::lines(cloud.drives.of(&call.user()).rev().map(|drive| &drive.id))))
}

fn show_all(call: &Call, cloud: &CloudSigma) -> Answer {
    Ok(text(Text::records(cloud.drives.of(&call.user()).rev(), view::record)))
}

fn show(call: &Call, cloud: &CloudSigma) -> Answer {
    let drive = readable(cloud, &call.user(), call.param("drive"))?;
    Ok(text(Text::records([drive], view::record)))
}

fn create(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let pairs = pairs(call);
    let mut errors_found = ValidationErrors::default();
    let settings = settings::parse(&pairs, &mut errors_found);
    if pairs.get("name").is_none() {
        errors_found.add("name", errors::REQUIRED);
    }
    let size = size::required(&pairs, &mut errors_found);
    errors_found.refuse(&pairs)?;
    let name = pairs.get("name").unwrap_or_default();
    let mut drive = Drive::new(ctx.uuid(), call.user(), name, size, settings::set(&settings));
    settings::encrypt(&mut drive);
    let shown = Text::records([&drive], view::created);
    cloud.drives.insert(drive);
    meter::read(cloud, ctx, &call.user());
    Ok(text(shown))
}

/// Keys that the request does not name keep their values. An empty value removes a setting. A size of 0 is ignored.
fn update(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let pairs = pairs(call);
    let user = call.user();
    let before = own(cloud, &user, call.param("drive"))?;
    let id = before.id.clone();
    let mut errors_found = ValidationErrors::default();
    let changes = settings::parse(&pairs, &mut errors_found);
    if pairs.named("name").is_some_and(str::is_empty) {
        errors_found.add("name", errors::REQUIRED);
    }
    let size = size::changed(&pairs, before.size, &mut errors_found);
    errors_found.refuse(&pairs)?;
    let claims_anew =
        changes.iter().any(|(key, value)| *key == "claim:type" && (*value == "shared") != before.is_shared());
    if (size != before.size || claims_anew) && !(before.claims.is_empty() && before.imaging.is_none()) {
        return Err(errors::busy("Drive is busy: its size and the type of its claims change when nothing claims it"));
    }
    let drive = cloud.drives.get_mut(&id).ok_or_else(errors::drive_not_found)?;
    if let Some(name) = pairs.get("name") {
        name.clone_into(&mut drive.name);
    }
    drive.size = size;
    settings::apply(&changes, &mut drive.settings);
    let shown = Text::records([&*drive], view::record);
    meter::read(cloud, ctx, &user);
    Ok(text(shown))
}

/// 400 while a server runs with it or while it is being cloned (7.5).
fn destroy(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let user = call.user();
    let drive = own(cloud, &user, call.param("drive"))?;
    if !drive.claims.is_empty() || drive.imaging.is_some() {
        return Err(errors::in_use("Drive"));
    }
    let id = drive.id.clone();
    cloud.drives.remove(&id);
    cloud.contents.remove(&id);
    meter::read(cloud, ctx, &user);
    Ok(Response::empty())
}
