//! Who may do what with images: upstream's defaults (glance/policies).

use super::errors;
use crate::clouds::openstack::policy::{Policy, Target};
use crate::engine::{Call, Problem};
use std::sync::LazyLock;

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::new(RULES));

/// Asks the rule of the call's own operation.
pub fn enforce(call: &Call, target: &Target) -> Result<(), Problem> {
    let rule = call.policy.0;
    if allows(call, rule, target) { Ok(()) } else { Err(errors::forbidden(rule)) }
}

pub fn allows(call: &Call, rule: &str, target: &Target) -> bool {
    rule.is_empty() || POLICY.allows(rule, &call.caller, target)
}

pub fn is_admin(call: &Call) -> bool {
    allows(call, "context_is_admin", &[])
}

const READER: &str = "role:admin or (role:reader and project_id:%(project_id)s)";
const MEMBER: &str = "role:admin or (role:member and project_id:%(project_id)s)";

const RULES: &[(&str, &str)] = &[
    ("context_is_admin", "role:admin"),
    ("get_images", READER),
    // Who sees a particular image is decided by its visibility.
    ("get_image", "role:admin or role:reader"),
    ("download_image", "role:admin or role:member"),
    ("add_image", MEMBER),
    ("publicize_image", "role:admin"),
    ("upload_image", MEMBER),
    ("delete_image", MEMBER),
    ("deactivate", MEMBER),
    ("reactivate", MEMBER),
];
