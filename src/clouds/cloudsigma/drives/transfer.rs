//! Sections 7.2 and 7.3: writing and reading the bytes of a drive.

use super::super::{CloudSigma, errors};
use super::content::{Content, Refused};
use super::{Drive, own, readable, size};
use crate::engine::{Answer, Blob, Call, Context, Operation, Problem, Response, get_changing, post};
use flate2::read::MultiGzDecoder;
use std::io::Read;

pub const OPERATIONS: &[Operation<CloudSigma>] = &[
    post("/drives/{drive}/write", "cloudsigma.drive.write", write)
        .summary("Writes to the beginning of a drive.")
        .blob_body()
        .answers(204),
    post("/drives/{drive}/write/{offset}", "cloudsigma.drive.write_at", write)
        .summary("Writes to a drive at an offset.")
        .blob_body()
        .answers(204),
    get_changing("/drives/{drive}/read/{offset}/{size}", "cloudsigma.drive.read", read)
        .summary("Reads a range of a drive.")
        .also_at("POST"),
];

/// The largest read, in bytes.
const MOST_READ: u64 = 4 << 20;
/// The largest write after decompression, in bytes. Clients send chunks of up to 64 MiB.
const MOST_WRITTEN: u64 = 256 << 20;

fn write(call: &Call, cloud: &mut CloudSigma, _ctx: &mut Context) -> Answer {
    let drive = own(cloud, &call.user(), call.param("drive"))?;
    let offset = match call.params.iter().find(|(name, _)| name == "offset") {
        None => 0,
        Some((_, text)) => size::parse(text).ok_or_else(|| errors::invalid("offset", errors::WHOLE_NUMBER))?,
    };
    if offset > drive.size {
        return Err(errors::invalid("offset", &errors::at_most(drive.size)));
    }
    if !drive.claims.is_empty() || drive.imaging.is_some() {
        return Err(errors::busy("Drive is busy: it is claimed"));
    }
    let (id, room) = (drive.id.clone(), drive.size - offset);
    let mut source = unpacked(call)?;
    let mut content = cloud.contents.get(&id).cloned().unwrap_or(Content { id: id.clone(), extents: <_>::default() });
    let written =
        content.extents.write(offset, &mut source, room.min(MOST_WRITTEN)).map_err(|refused| match refused {
            Refused::TooLong if room > MOST_WRITTEN => errors::invalid("size", "More than 256 MiB in one request."),
            Refused::TooLong => errors::invalid("size", "The data goes beyond the end of the drive."),
            Refused::Unreadable => errors::invalid("system", "The data is not what its Content-Encoding says."),
            Refused::Unstored(reason) => errors::not_stored(reason),
        })?;
    cloud.contents.insert(content);
    let drive = cloud.drives.get_mut(&id).ok_or_else(errors::drive_not_found)?;
    drive.written.count(written);
    Ok(Response::empty())
}

/// The body, decompressed if it is gzip. The chunked transfer encoding is not supported (7.2).
fn unpacked(call: &Call) -> Result<Box<dyn Read>, Problem> {
    if call.header("transfer-encoding").is_some_and(|encoding| encoding.to_ascii_lowercase().contains("chunked")) {
        return Err(errors::invalid("system", "Transfer-Encoding: chunked is not supported."));
    }
    let body = call.content().map_err(errors::not_stored)?;
    match call.header("content-encoding").map(str::trim).unwrap_or_default() {
        "" | "identity" => Ok(Box::new(body.reader())),
        "gzip" | "x-gzip" => Ok(Box::new(MultiGzDecoder::new(body.reader()))),
        other => Err(errors::invalid("system", &format!("Content-Encoding: {other} is not supported."))),
    }
}

/// Bytes that were never written read as zeros. Reads end at the end of the drive.
fn read(call: &Call, cloud: &mut CloudSigma, _ctx: &mut Context) -> Answer {
    let drive = readable(cloud, &call.user(), call.param("drive"))?;
    let number = |key: &str| size::parse(call.param(key)).ok_or_else(|| errors::invalid(key, errors::WHOLE_NUMBER));
    let (offset, size) = (number("offset")?, number("size")?);
    if size > MOST_READ {
        return Err(errors::invalid("size", "SIZE may not exceed 4MB for a single request."));
    }
    if offset > drive.size {
        return Err(errors::invalid("offset", &errors::at_most(drive.size)));
    }
    if drive.imaging.is_some() {
        return Err(errors::busy("Drive is busy: it is being imaged"));
    }
    let (id, size) = (drive.id.clone(), size.min(drive.size - offset));
    let extents = cloud.contents.get(&id).map(|content| &content.extents);
    let bytes = extents.cloned().unwrap_or_default().read(offset, size).map_err(|_| errors::failed())?;
    if let Some(Drive { read, .. }) = cloud.drives.get_mut(&id) {
        read.count(size);
    }
    Ok(Response::blob(Blob::from(bytes)))
}
