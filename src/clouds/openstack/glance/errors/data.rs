//! Errors of image data: upload, staging, download (glance/api/v2/image_data.py).

use super::refused;
use crate::clouds::openstack::webob;
use crate::engine::Problem;

/// The message shows the header as it was sent, and the content type without its parameters. Without a header it has
/// the placeholder of webob's template, as upstream's has.
pub fn not_an_octet_stream(header: Option<&str>, content_type: Option<&str>) -> Problem {
    let detail = format!("Invalid content type {}", content_type.unwrap_or("None"));
    webob::unsupported_media_type(header.unwrap_or("${CONTENT_TYPE}"), &detail)
}

pub fn bad_image_size() -> Problem {
    refused(400, "Invalid or missing image size in request headers.")
}

pub fn formats_missing(names: &[&str]) -> Problem {
    let noun = if names.len() == 1 { "Property" } else { "Properties" };
    refused(400, format!("{noun} {} must be set prior to saving data.", names.join(", ")))
}

pub fn status_transition(from: &str, to: &str) -> Problem {
    refused(409, format!("Image status transition from {from} to {to} is not allowed"))
}

pub fn unknown_upload_store(store: &str) -> Problem {
    refused(400, format!("Store for identifier {store} not found"))
}

pub fn deactivated() -> Problem {
    refused(403, "The requested image has been deactivated. Image data download is forbidden.")
}

pub fn store_not_configured(store: &str) -> Problem {
    refused(400, format!("Store '{store}' is not configured."))
}

pub fn several_ranges() -> Problem {
    refused(
        400,
        "Requests with multiple ranges are not supported in Glance. You may make multiple single-range requests \
         instead.",
    )
}

fn range_not_available(detail: &str) -> Problem {
    webob::detailed(416, "The Range requested is not available.", detail)
}

/// `header` is `Range` or `Content-Range`.
pub fn invalid_range(header: &str) -> Problem {
    range_not_available(&format!("Invalid {header} header."))
}

pub fn start_out_of_range(header: &str, size: u64) -> Problem {
    let last = size as i128 - 1;
    range_not_available(&format!(
        "Invalid start position in {header} header. Start position MUST be in the inclusive range [0, {last}]."
    ))
}

pub fn stop_out_of_range(size: u64) -> Problem {
    let last = size as i128 - 1;
    range_not_available(&format!(
        "Invalid stop position in Content-Range header. The stop position MUST be in the inclusive range [0, {last}]."
    ))
}
