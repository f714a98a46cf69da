//! Errors of quotas: exceeded limits and invalid values.

use super::bad_request;
use crate::engine::Problem;

/// The volume is larger than `per_volume_gigabytes`. Sizes are in GiB.
pub fn volume_size_exceeds_limit(size: i64, limit: i64) -> Problem {
    over_limit(
        "VolumeSizeExceedsLimit",
        format!("Requested volume size {size}G is larger than maximum allowed limit {limit}G."),
    )
}

pub fn volume_size_exceeds_quota(name: &str, requested: i64, quota: i64, consumed: i64) -> Problem {
    over_limit(
        "VolumeSizeExceedsAvailableQuota",
        format!(
            "Requested volume or snapshot exceeds allowed {name} quota. Requested {requested}G, quota is {quota}G and \
             {consumed}G has been consumed."
        ),
    )
}

pub fn backup_size_exceeds_quota(requested: i64, quota: i64, consumed: i64) -> Problem {
    over_limit(
        "VolumeBackupSizeExceedsAvailableQuota",
        format!(
            "Requested backup exceeds allowed Backup gigabytes quota. Requested {requested}G, quota is {quota}G and \
             {consumed}G has been consumed."
        ),
    )
}

/// `name` is `volumes`, or the quota of a type: `volumes_lvm`.
pub fn volume_limit_exceeded(name: &str, allowed: i64) -> Problem {
    over_limit(
        "VolumeLimitExceeded",
        format!("Maximum number of volumes allowed ({allowed}) exceeded for quota '{name}'."),
    )
}

pub fn snapshot_limit_exceeded(allowed: i64) -> Problem {
    over_limit("SnapshotLimitExceeded", format!("Maximum number of snapshots allowed ({allowed}) exceeded"))
}

pub fn backup_limit_exceeded(allowed: i64) -> Problem {
    over_limit("BackupLimitExceeded", format!("Maximum number of backups allowed ({allowed}) exceeded"))
}

pub fn group_limit_exceeded(allowed: i64) -> Problem {
    over_limit("GroupLimitExceeded", format!("Maximum number of groups allowed ({allowed}) exceeded"))
}

/// The usage would exceed the integer range of the database.
pub fn quota_usage_overflows(names: &[String], most: i64) -> Problem {
    let names: Vec<_> = names.iter().map(|name| format!("'{name}'")).collect();
    over_limit(
        "QuotaUsageOverflow",
        format!(
            "Quota usage would overflow for resources: [{}]. The requested operation would exceed the maximum allowed \
             value ({most}) for quota tracking.",
            names.join(", ")
        ),
    )
}

/// A 413 whose message begins with the name of upstream's exception (cinder/api/middleware/fault.py).
fn over_limit(class: &str, message: String) -> Problem {
    Problem::new(413, "overLimit", format!("{class}: {message}")).header("Retry-After", "0")
}

pub fn quota_below_usage(name: &str, used: i64, requested: i64) -> Problem {
    bad_request(format!(
        "Quota {name} limit must be equal or greater than existing resources. Current usage is {used} and the \
         requested limit is {requested}."
    ))
}

/// `what` is `quota set` or `quota class set`.
pub fn bad_quota_keys(what: &str, names: &[&str]) -> Problem {
    bad_request(format!("Invalid input received: Bad key(s) in {what}: {}", names.join(", ")))
}

pub fn not_an_integer(name: &str) -> Problem {
    bad_request(format!("{name} must be an integer"))
}

pub fn number_too_small(name: &str, least: i64) -> Problem {
    bad_request(format!("{name} must be >= {least}"))
}

pub fn number_too_large(name: &str, most: i64) -> Problem {
    bad_request(format!("{name} must be <= {most}"))
}

pub fn text_too_long(name: &str, length: usize, most: usize) -> Problem {
    bad_request(format!("{name} has {length} characters, more than {most}."))
}
