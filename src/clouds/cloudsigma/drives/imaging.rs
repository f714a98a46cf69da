//! Section 7.4: clones of drives. Cloning takes time, and the record shows its progress.

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

/// A step of cloning. The subject is the new drive.
pub const IMAGE: Transition<CloudSigma> = transition("cloudsigma.drive.image", image, fail_to_image);

pub const TRANSITIONS: &[&Transition<CloudSigma>] = &[&IMAGE];

/// The progress of one step, in percent.
const STEP: u8 = 20;

/// The clone has the bytes that the source has now. Settings that the request does not name are copied, except those
/// about readers, claims and encryption.
fn clone(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let pairs = pairs(call);
    let source = readable(cloud, &call.user(), call.param("drive"))?;
    let mut errors_found = ValidationErrors::default();
    let changes = settings::parse(&pairs, &mut errors_found);
    if pairs.get("name").is_none() {
        errors_found.add("name", errors::REQUIRED);
    }
    let size = size::cloned(&pairs, source.size, &mut errors_found);
    errors_found.refuse(&pairs)?;
    if source.imaging.is_some() {
        return Err(errors::busy("Drive is busy: it is being imaged itself"));
    }
    let mut inherited = source.settings.clone();
    inherited.retain(|key, _| !matches!(key.as_str(), "readers" | "claim:type" | "encryption:cipher"));
    settings::apply(&changes, &mut inherited);
    let name = pairs.get("name").unwrap_or_default();
    let mut drive = Drive { imaging: Some(0), ..Drive::new(ctx.uuid(), call.user(), name, size, inherited) };
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

/// A drive that is only partly copied is of no use.
fn fail_to_image(cloud: &mut CloudSigma, _ctx: &mut Context, id: &Id, _reason: &str) {
    let Some(drive) = cloud.drives.get_mut(id).filter(|drive| drive.imaging.is_some()) else { return };
    drive.imaging = None;
    drive.status = Status::Inactive;
    cloud.contents.remove(id);
}
