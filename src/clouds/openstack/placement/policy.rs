//! The policy of Placement: the rules and defaults of upstream (placement/policies).

use super::errors;
use crate::clouds::openstack::policy::{Policy, ServicePolicy};

/// The rules, and the error of an operation that they forbid.
pub static POLICY: ServicePolicy =
    ServicePolicy::new(|| Policy::new(RULES), errors::forbidden).for_projects(&["project_reader_api"]);

const ADMIN_OR_SERVICE: &str = "rule:admin_or_service_api";

const RULES: &[(&str, &str)] = &[
    // base.py
    ("admin_api", "role:admin"),
    ("service_api", "role:service"),
    ("admin_or_service_api", "role:admin or role:service"),
    ("project_reader_api", "role:reader and project_id:%(project_id)s"),
    ("admin_or_project_reader_or_service_api", "role:admin or rule:project_reader_api or role:service"),
    // aggregate.py
    ("placement:resource_providers:aggregates:list", ADMIN_OR_SERVICE),
    ("placement:resource_providers:aggregates:update", ADMIN_OR_SERVICE),
    // allocation.py
    ("placement:allocations:manage", ADMIN_OR_SERVICE),
    ("placement:allocations:list", ADMIN_OR_SERVICE),
    ("placement:allocations:update", ADMIN_OR_SERVICE),
    ("placement:allocations:delete", ADMIN_OR_SERVICE),
    ("placement:resource_providers:allocations:list", ADMIN_OR_SERVICE),
    // allocation_candidate.py
    ("placement:allocation_candidates:list", ADMIN_OR_SERVICE),
    // inventory.py
    ("placement:resource_providers:inventories:list", ADMIN_OR_SERVICE),
    ("placement:resource_providers:inventories:create", ADMIN_OR_SERVICE),
    ("placement:resource_providers:inventories:show", ADMIN_OR_SERVICE),
    ("placement:resource_providers:inventories:update", ADMIN_OR_SERVICE),
    ("placement:resource_providers:inventories:delete", ADMIN_OR_SERVICE),
    // reshaper.py
    ("placement:reshaper:reshape", "rule:service_api"),
    // resource_class.py
    ("placement:resource_classes:list", ADMIN_OR_SERVICE),
    ("placement:resource_classes:create", ADMIN_OR_SERVICE),
    ("placement:resource_classes:show", ADMIN_OR_SERVICE),
    ("placement:resource_classes:update", ADMIN_OR_SERVICE),
    ("placement:resource_classes:delete", ADMIN_OR_SERVICE),
    // resource_provider.py
    ("placement:resource_providers:list", ADMIN_OR_SERVICE),
    ("placement:resource_providers:create", ADMIN_OR_SERVICE),
    ("placement:resource_providers:show", ADMIN_OR_SERVICE),
    ("placement:resource_providers:update", ADMIN_OR_SERVICE),
    ("placement:resource_providers:delete", ADMIN_OR_SERVICE),
    // trait.py
    ("placement:traits:list", ADMIN_OR_SERVICE),
    ("placement:traits:show", ADMIN_OR_SERVICE),
    ("placement:traits:update", ADMIN_OR_SERVICE),
    ("placement:traits:delete", ADMIN_OR_SERVICE),
    ("placement:resource_providers:traits:list", ADMIN_OR_SERVICE),
    ("placement:resource_providers:traits:update", ADMIN_OR_SERVICE),
    ("placement:resource_providers:traits:delete", ADMIN_OR_SERVICE),
    // usage.py
    ("placement:resource_providers:usages", ADMIN_OR_SERVICE),
    ("placement:usages", "rule:admin_or_project_reader_or_service_api"),
];
