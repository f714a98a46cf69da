//! Who may do what in Identity: upstream's defaults (keystone/common/policies).

use crate::clouds::openstack::policy::Policy;
use std::sync::LazyLock;

pub static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::new(RULES));

const RULES: &[(&str, &str)] = &[
    ("admin_required", "role:admin or is_admin:1"),
    ("identity:validate_token", "rule:admin_required or role:service"),
];
