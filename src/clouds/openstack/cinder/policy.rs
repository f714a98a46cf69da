//! Who may do what in Block Storage: upstream's defaults (cinder/policies).

use super::errors;
use crate::clouds::openstack::policy::{Policy, Target};
use crate::engine::{Call, Problem};
use std::sync::LazyLock;

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::new(RULES));

/// Asks the rule of the call's own operation.
pub fn enforce(call: &Call, target: &Target) -> Result<(), Problem> {
    enforce_rule(call, call.policy.0, target)
}

/// Asks another rule, for what is decided within an operation.
pub fn enforce_rule(call: &Call, rule: &'static str, target: &Target) -> Result<(), Problem> {
    if allows(call, rule, target) { Ok(()) } else { Err(errors::forbidden(rule)) }
}

pub fn allows(call: &Call, rule: &str, target: &Target) -> bool {
    rule.is_empty() || POLICY.allows(rule, &call.caller, target)
}

pub fn is_admin(call: &Call) -> bool {
    allows(call, "admin_api", &[])
}

const RULES: &[(&str, &str)] = &[
    ("admin_api", "is_admin:True"),
    ("member", "role:admin or (role:member and project_id:%(project_id)s)"),
    ("reader", "role:admin or (role:reader and project_id:%(project_id)s)"),
    ("volume:get_all", "rule:reader"),
    ("volume:create", "rule:member"),
    ("volume:get", "rule:reader"),
    ("volume:delete", "rule:member"),
    ("volume:extend", "rule:member"),
    ("volume_extension:volume_host_attribute", "rule:admin_api"),
    ("volume_extension:volume_tenant_attribute", "rule:reader"),
    ("volume_extension:volume_mig_status_attribute", "rule:admin_api"),
];
