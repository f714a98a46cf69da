//! Sections 7.8 to 7.10: standard drives, which CloudSigma offers to everybody: installation CDs and images to clone.

use super::super::CloudSigma;
use super::super::dialect::text;
use super::super::errors;
use super::super::text::Text;
use super::content::{Content, Extents};
use super::settings::is_uuid;
use super::{ALL_USERS, Drive, DriveKind, view};
use crate::engine::{Answer, Call, Operation, get};
use serde::Deserialize;
use std::collections::BTreeMap;

pub const OPERATIONS: &[Operation<CloudSigma>] = &[
    get("/drives/standard/list", "cloudsigma.standard_drive.list", list)
        .summary("Lists the standard drives.")
        .also_at("POST"),
    get("/drives/standard/info", "cloudsigma.standard_drive.show_all", show_all)
        .summary("Shows all standard drives.")
        .also_at("POST"),
    get("/drives/standard/cd/list", "cloudsigma.standard_cd.list", list_cds)
        .summary("Lists the standard CDs.")
        .also_at("POST"),
    get("/drives/standard/cd/info", "cloudsigma.standard_cd.show_all", show_all_cds)
        .summary("Shows all standard CDs.")
        .also_at("POST"),
    get("/drives/standard/cd/{drive}/info", "cloudsigma.standard_cd.show", show)
        .summary("Shows a standard CD.")
        .also_at("POST"),
    get("/drives/standard/img/list", "cloudsigma.standard_image.list", list_images)
        .summary("Lists the standard images.")
        .also_at("POST"),
    get("/drives/standard/img/info", "cloudsigma.standard_image.show_all", show_all_images)
        .summary("Shows all standard images.")
        .also_at("POST"),
    get("/drives/standard/img/{drive}/info", "cloudsigma.standard_image.show", show)
        .summary("Shows a standard image.")
        .also_at("POST"),
];

/// The user that standard drives belong to.
pub const OWNER: &str = "00000000-0000-0000-0000-000000000001";

/// The CDs have the UUIDs of the manual's list. Those of the images are invented.
const DATA: &str = include_str!("standard.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    drive: Vec<Standard>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Standard {
    uuid: String,
    name: String,
    kind: DriveKind,
    /// In bytes.
    size: u64,
    /// The kind of system: `installcd`, `livecd`, `preinstalled`.
    drive_type: String,
    os: String,
    bits: String,
    description: String,
    #[serde(default)]
    licenses: String,
}

/// Adds the standard drives to a new cloud.
pub fn seed(cloud: &mut CloudSigma) -> Result<(), String> {
    let data: Data = toml::from_str(DATA).map_err(|error| format!("standard.toml: {error}"))?;
    for standard in data.drive {
        let mut extents = Extents::default();
        let written = extents.write(0, &mut &boot_sector(&standard.name)[..], standard.size);
        if written.is_err() || !is_uuid(&standard.uuid) {
            return Err(format!("standard.toml: {} cannot be a drive", standard.name));
        }
        cloud.contents.insert(Content { id: standard.uuid.as_str().into(), extents });
        cloud.drives.insert(drive(standard));
    }
    Ok(())
}

fn drive(standard: Standard) -> Drive {
    let settings = [
        ("claim:type", "shared"),
        ("readers", ALL_USERS),
        ("drive_type", &standard.drive_type),
        ("os", &standard.os),
        ("bits", &standard.bits),
        ("description", &standard.description),
        ("licenses", &standard.licenses),
        ("free", if standard.licenses.is_empty() { "true" } else { "false" }),
    ];
    let set = settings.into_iter().filter(|(_, value)| !value.is_empty());
    let settings: BTreeMap<_, _> = set.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let drive = Drive::new(standard.uuid.into(), OWNER.into(), &standard.name, standard.size, settings);
    Drive { kind: standard.kind, ..drive }
}

/// The content of a standard drive: a boot sector that only names the drive.
fn boot_sector(name: &str) -> [u8; 512] {
    let mut sector = [0; 512];
    sector.iter_mut().zip(name.bytes().take(440)).for_each(|(at, byte)| *at = byte);
    sector[510] = 0x55;
    sector[511] = 0xaa;
    sector
}

fn list(_call: &Call, cloud: &CloudSigma) -> Answer {
    Ok(uuids(cloud, |_| true))
}

fn list_cds(_call: &Call, cloud: &CloudSigma) -> Answer {
    Ok(uuids(cloud, |kind| kind == DriveKind::Cdrom))
}

fn list_images(_call: &Call, cloud: &CloudSigma) -> Answer {
    Ok(uuids(cloud, |kind| kind == DriveKind::Disk))
}

fn show_all(_call: &Call, cloud: &CloudSigma) -> Answer {
    Ok(records(cloud, |_| true))
}

fn show_all_cds(_call: &Call, cloud: &CloudSigma) -> Answer {
    Ok(records(cloud, |kind| kind == DriveKind::Cdrom))
}

fn show_all_images(_call: &Call, cloud: &CloudSigma) -> Answer {
    Ok(records(cloud, |kind| kind == DriveKind::Disk))
}

/// CDs are not found under the path of images, nor images under that of CDs.
fn show(call: &Call, cloud: &CloudSigma) -> Answer {
    let kind = if call.path.starts_with("/drives/standard/cd/") { DriveKind::Cdrom } else { DriveKind::Disk };
    let mut drives = cloud.drives.of(OWNER).filter(|drive| drive.kind == kind);
    let drive = drives.find(|drive| *drive.id == *call.param("drive")).ok_or_else(errors::drive_not_found)?;
    Ok(text(Text::records([drive], view::record)))
}

fn uuids(cloud: &CloudSigma, matches: impl Fn(DriveKind) -> bool) -> crate::engine::Response {
    let drives = cloud.drives.of(OWNER).rev().filter(|drive| matches(drive.kind));
    text(Text::lines(drives.map(|drive| &drive.id)))
}

fn records(cloud: &CloudSigma, matches: impl Fn(DriveKind) -> bool) -> crate::engine::Response {
    let drives = cloud.drives.of(OWNER).rev().filter(|drive| matches(drive.kind));
    text(Text::records(drives, view::record))
}
