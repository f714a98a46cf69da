//! The refusals of the API. Codes are those of the API document or observed live; `FAILED` where no code is known.

use super::money::Money;
use crate::engine::{Problem, ProblemKind};
use serde_json::{Value, json};

const LOW_BALANCE: &str = "BALANCE_IS_NOT_SUFFICIENT";
const FAILED: &str = "FAILED";

/// 422 with a list of errors in pydantic's form, which must not be empty. FastAPI answers it itself, so it has no
/// envelope.
pub fn invalid(errors: &[Value]) -> Problem {
    Problem::new(422, ProblemKind::Framework, "").detail(errors.into())
}

/// 460 with the balance that would be needed. `days` is how long the balance must last.
pub fn low_balance(required: Money, balance: Money, days: i64, active_instances: usize) -> Problem {
    let data = json!({
        "minimumRequiredBalance": (f64::from(required) * 100.0).ceil() / 100.0,
        "customerBalance": balance.dollars(),
        "numberOfDaysBalanceValidatedAgainst": days,
        "activeInstanceCount": active_instances,
    });
    Problem::new(460, LOW_BALANCE, NOT_ENOUGH).detail(data)
}

pub fn not_authorized() -> Problem {
    Problem::new(401, FAILED, "Not authorized")
}

pub fn no_such_path() -> Problem {
    Problem::new(404, FAILED, "Not Found")
}

pub fn no_such_method() -> Problem {
    Problem::new(405, FAILED, "Method Not Allowed")
}

pub fn too_large() -> Problem {
    Problem::new(413, FAILED, "Request Entity Too Large")
}

pub fn server_error() -> Problem {
    Problem::new(500, FAILED, "Internal Server Error")
}

/// An injected error. Without a message it has the one of its status.
pub fn injected(status: u16, message: Option<&str>) -> Problem {
    let words = match status {
        400 => "Bad Request",
        401 => "Not authorized",
        403 => "Forbidden",
        404 => "Resource not found",
        409 => "Conflict",
        422 => "value is not valid",
        429 => "Too many requests",
        460 => NOT_ENOUGH,
        503 => "Service unavailable",
        _ => "Internal Server Error",
    };
    let message = message.unwrap_or(words);
    match status {
        422 => invalid(&[json!({"loc": ["body"], "msg": message, "type": "value_error"})]),
        460 => Problem::new(460, LOW_BALANCE, NOT_ENOUGH).detail(json!({"statusCode": 460, "detail": message})),
        _ => Problem::new(status, FAILED, message),
    }
}

/// The message of status 460 in the API document.
const NOT_ENOUGH: &str = "You don't have enough balance for the selected product.";

pub fn customer_not_found() -> Problem {
    not_found("Customer")
}

pub fn region_not_found() -> Problem {
    not_found("Region")
}

pub fn product_not_found() -> Problem {
    not_found("Product")
}

pub fn os_not_found() -> Problem {
    not_found("Operating system")
}

pub fn application_not_found() -> Problem {
    not_found("Application")
}

pub fn instance_not_found() -> Problem {
    not_found("Instance")
}

pub fn ssh_key_not_found() -> Problem {
    not_found("SSH key")
}

pub fn floating_ip_not_found() -> Problem {
    not_found("Floating IP")
}

pub fn iso_not_found() -> Problem {
    not_found("ISO")
}

pub fn image_not_found() -> Problem {
    not_found("Image")
}

pub fn snapshot_not_found() -> Problem {
    not_found("Snapshot")
}

pub fn backup_profile_not_found() -> Problem {
    not_found("Backup profile")
}

fn not_found(what: &str) -> Problem {
    Problem::new(404, FAILED, format!("{what} not found"))
}

pub fn one_of_ipv4_or_ipv6() -> Problem {
    bad("ONE_OF_IPV4_OR_IPV6_MUST_BE_SELECTED", "One of IPv4 or IPv6 must be selected.")
}

pub fn product_is_out_of_sales() -> Problem {
    bad("PRODUCT_IS_OUT_OF_SALES", "The selected product is out of sales.")
}

pub fn product_of_another_region() -> Problem {
    bad("PRODUCT_IS_NOT_IN_THE_REGION", "The selected product is not available in the region of the instance.")
}

pub fn region_is_out_of_stock() -> Problem {
    bad("REGION_IS_OUT_OF_STOCK", "The selected region is out of stock.")
}

pub fn region_cannot_change() -> Problem {
    bad("REGION_CANNOT_BE_CHANGED", "An instance stays in its region.")
}

/// A feature that the region does not have: `IPv6`, `custom plans`.
pub fn not_in_this_region(what: &str) -> Problem {
    bad("REGION_DOES_NOT_SUPPORT_IT", format!("The selected region does not support {what}."))
}

pub fn above_threshold(what: &str, threshold: i64) -> Problem {
    bad("REGION_THRESHOLD_IS_EXCEEDED", format!("The region allows at most {threshold} {what}."))
}

pub fn no_address_left() -> Problem {
    bad("NO_IP_ADDRESS_IS_AVAILABLE", "The region has no free IP address.")
}

pub fn disk_cannot_shrink() -> Problem {
    bad("DISK_CANNOT_BE_SHRUNK", "The disk of an instance cannot become smaller.")
}

pub fn disk_is_too_small(gigabytes: i64) -> Problem {
    bad("DISK_IS_TOO_SMALL", format!("The disk must have at least {gigabytes} GB."))
}

pub fn ram_is_too_small(megabytes: i64) -> Problem {
    bad("RAM_IS_TOO_SMALL", format!("The operating system needs at least {megabytes} MB of RAM."))
}

pub fn one_source_only() -> Problem {
    bad("ONLY_ONE_SOURCE_CAN_BE_SELECTED", "Only one of osId, osName, isoId and fromSnapshot can be selected.")
}

pub fn os_is_not_for_the_application() -> Problem {
    bad("OS_IS_NOT_SUPPORTED_BY_THE_APPLICATION", "The application does not run on the selected operating system.")
}

/// An ISO, image or snapshot that cannot be used yet.
pub fn not_ready(what: &str) -> Problem {
    bad(
        "RESOURCE_IS_NOT_READY",
        format!("The {what} is not ready, or is kept in another region than that of the instance."),
    )
}

pub fn bookmark_is_unknown() -> Problem {
    bad("BOOKMARK_IS_NOT_VALID", "The bookmark is not valid.")
}

pub fn public_key_is_invalid() -> Problem {
    bad("PUBLIC_KEY_IS_NOT_VALID", "The public key is not a valid OpenSSH public key.")
}

pub fn instance_is_busy() -> Problem {
    Problem::new(409, "INSTANCE_IS_BUSY", "Another operation on the instance is in progress.")
}

/// The instance failed to build. It can only be rebuilt with another operating system, or deleted.
pub fn instance_has_failed() -> Problem {
    Problem::new(409, "INSTANCE_HAS_FAILED", "The instance has failed to build.")
}

pub fn snapshot_is_busy() -> Problem {
    Problem::new(409, "SNAPSHOT_IS_BUSY", "The snapshot is being taken or restored.")
}

pub fn instance_of_snapshot_is_deleted() -> Problem {
    Problem::new(409, "INSTANCE_IS_DELETED", "The instance of the snapshot is deleted.")
}

/// An ISO or an image that an instance still uses.
pub fn in_use(what: &str) -> Problem {
    Problem::new(409, "RESOURCE_IS_IN_USE", format!("The {what} is attached to an instance."))
}

pub fn backup_profile_exists() -> Problem {
    Problem::new(409, "BACKUP_PROFILE_ALREADY_EXISTS", "The instance already has a backup profile.")
}

fn bad(code: &'static str, message: impl Into<String>) -> Problem {
    Problem::new(400, code, message)
}
