//! Section 7.4: a drive that is made of another one. It takes its time, and tells how far it is.

use super::super::billing::meter;
use super::super::dialect::{pairs, text};
use super::super::errors::{self, ValidationErrors};
use super::super::text::Text;
use super::super::{CloudSigma, schemas};
use super::content::Content;
use super::{Drive, Status, readable, settings, size, view};
use crate::engine::{Answer, Call, Context, Id, Operation, Transition, post, transition};

pub const OPERATIONS: &[Operation<CloudSigma>] = &[post("/drives/{drive}/clone", "cloudsigma.drive.clone", clone)
    .summary("Clones a drive.")
    .documents(schemas::drive)];

pub const IMAGE: Transition<CloudSigma> = transition("cloudsigma.drive.image", image, fail_to_image);

pub const TRANSITIONS: &[&Transition<CloudSigma>] = &[&IMAGE];

/// How much of a drive is made at a time, in percent.
const STEP: u8 = 20;

/// The bytes are those of this moment. What the request does not say of the new drive is as it was of the old
/// one, but for who may read and claim it.
fn clone(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let given = pairs(call);
    let source = readable(cloud, &call.user(), call.param("drive"))?;
    let mut errors_found = ValidationErrors::default();
    let changes = settings::checked(&given, &mut errors_found);
    if given.get("name").is_none() {
        errors_found.add("name", errors::REQUIRED);
    }
    let size = size::cloned(&given, source.size, &mut errors_found);
    errors_found.refuse(&given)?;
    if source.imaging.is_some() {
        return Err(errors::busy("Drive is busy: it is being imaged itself"));
    }
    let mut kept = source.settings.clone();
    kept.retain(|key, _| !matches!(key.as_str(), "readers" | "claim:type" | "encryption:cipher"));
    settings::apply(&changes, &mut kept);
    let name = given.get("name").unwrap_or_default();
    let mut drive = Drive { imaging: Some(0), ..Drive::new(ctx.uuid(), call.user(), name, size, kept) };
    settings::encrypt(&mut drive);
    let bytes = cloud.contents.get(&source.id).map(|content| content.extents.clone()).unwrap_or_default();
    cloud.contents.insert(Content { id: drive.id.clone(), extents: bytes });
    ctx.later(&IMAGE, &drive.id);
    let shown = Text::records([&drive], view::record);
    cloud.drives.insert(drive);
    meter::read(cloud, ctx, &call.user());
    Ok(text(shown))
}

fn image(cloud: &mut CloudSigma, ctx: &mut Context, id: &Id) {
    let Some(drive) = cloud.drives.get_mut(id) else { return };
    let Some(percent) = drive.imaging else { return };
    let percent = percent.saturating_add(STEP);
    drive.imaging = Some(percent).filter(|percent| *percent < 100);
    if drive.imaging.is_some() {
        ctx.later(&IMAGE, id);
    }
}

/// What is there of the drive is of no use.
fn fail_to_image(cloud: &mut CloudSigma, _ctx: &mut Context, id: &Id, _reason: &str) {
    let Some(drive) = cloud.drives.get_mut(id).filter(|drive| drive.imaging.is_some()) else { return };
    drive.imaging = None;
    drive.status = Status::Inactive;
    cloud.contents.remove(id);
}
