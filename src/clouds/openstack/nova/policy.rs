//! The policy rules of Nova with upstream's defaults (nova/policies).

use super::errors;
use crate::clouds::openstack::policy::{Policy, ServicePolicy};
pub use crate::clouds::openstack::policy::{is_admin, is_own_or_admin};
use crate::engine::Call;

pub static POLICY: ServicePolicy = ServicePolicy::new(|| Policy::new(RULES), errors::forbidden).for_projects(&UNSCOPED);

/// The rules without `scope_types` (nova/policies/base.py).
const UNSCOPED: [&str; 11] = [
    "context_is_admin",
    "admin_or_owner",
    "admin_api",
    "project_manager_api",
    "project_member_api",
    "project_reader_api",
    "service_api",
    "project_manager_or_admin",
    "project_member_or_admin",
    "project_reader_or_admin",
    "service_or_admin",
];

/// Asks a rule where upstream passes no target: the target is the caller's own project and user.
pub fn allows_own(call: &Call, rule: &str) -> bool {
    POLICY.allows(call, rule, &[("project_id", &call.project()), ("user_id", &call.user())])
}

const ADMIN: &str = "rule:context_is_admin";
const MANAGER: &str = "rule:project_manager_or_admin";
const MEMBER: &str = "rule:project_member_or_admin";
const READER: &str = "rule:project_reader_or_admin";
const SERVICE: &str = "rule:service_or_admin";
const ANYBODY: &str = "@";
const NOBODY: &str = "!";

/// Every rule, grouped by upstream's files.
const RULES: &[(&str, &str)] = &[
    // admin_actions.py
    ("os_compute_api:os-admin-actions:reset_state", ADMIN),
    ("os_compute_api:os-admin-actions:inject_network_info", ADMIN),
    // admin_password.py
    ("os_compute_api:os-admin-password", MEMBER),
    // aggregates.py
    ("os_compute_api:os-aggregates:set_metadata", ADMIN),
    ("os_compute_api:os-aggregates:add_host", ADMIN),
    ("os_compute_api:os-aggregates:create", ADMIN),
    ("os_compute_api:os-aggregates:remove_host", ADMIN),
    ("os_compute_api:os-aggregates:update", ADMIN),
    ("os_compute_api:os-aggregates:index", ADMIN),
    ("os_compute_api:os-aggregates:delete", ADMIN),
    ("os_compute_api:os-aggregates:show", ADMIN),
    ("compute:aggregates:images", ADMIN),
    // assisted_volume_snapshots.py
    ("os_compute_api:os-assisted-volume-snapshots:create", SERVICE),
    ("os_compute_api:os-assisted-volume-snapshots:delete", SERVICE),
    // attach_interfaces.py
    ("os_compute_api:os-attach-interfaces:list", READER),
    ("os_compute_api:os-attach-interfaces:show", READER),
    ("os_compute_api:os-attach-interfaces:create", MEMBER),
    ("os_compute_api:os-attach-interfaces:delete", MEMBER),
    // availability_zone.py
    ("os_compute_api:os-availability-zone:list", ANYBODY),
    ("os_compute_api:os-availability-zone:detail", ADMIN),
    // baremetal_nodes.py
    ("os_compute_api:os-baremetal-nodes:list", ADMIN),
    ("os_compute_api:os-baremetal-nodes:show", ADMIN),
    // base.py
    ("context_is_admin", "role:admin"),
    ("admin_or_owner", "is_admin:True or project_id:%(project_id)s"),
    ("admin_api", "is_admin:True"),
    ("project_manager_api", "role:manager and project_id:%(project_id)s"),
    ("project_member_api", "role:member and project_id:%(project_id)s"),
    ("project_reader_api", "role:reader and project_id:%(project_id)s"),
    ("service_api", "role:service"),
    ("project_manager_or_admin", "rule:project_manager_api or rule:context_is_admin"),
    ("project_member_or_admin", "rule:project_member_api or rule:context_is_admin"),
    ("project_reader_or_admin", "rule:project_reader_api or rule:context_is_admin"),
    ("service_or_admin", "rule:service_api or rule:context_is_admin"),
    // console_auth_tokens.py
    ("os_compute_api:os-console-auth-tokens", ADMIN),
    // console_output.py
    ("os_compute_api:os-console-output", MEMBER),
    // create_backup.py
    ("os_compute_api:os-create-backup", MEMBER),
    // deferred_delete.py
    ("os_compute_api:os-deferred-delete:restore", MEMBER),
    ("os_compute_api:os-deferred-delete:force", MEMBER),
    // evacuate.py
    ("os_compute_api:os-evacuate", ADMIN),
    // extended_server_attributes.py
    ("os_compute_api:os-extended-server-attributes", ADMIN),
    // extensions.py
    ("os_compute_api:extensions", ANYBODY),
    // flavor_access.py
    ("os_compute_api:os-flavor-access:add_tenant_access", ADMIN),
    ("os_compute_api:os-flavor-access:remove_tenant_access", ADMIN),
    ("os_compute_api:os-flavor-access", ADMIN),
    // flavor_extra_specs.py
    ("os_compute_api:os-flavor-extra-specs:show", READER),
    ("os_compute_api:os-flavor-extra-specs:create", ADMIN),
    ("os_compute_api:os-flavor-extra-specs:update", ADMIN),
    ("os_compute_api:os-flavor-extra-specs:delete", ADMIN),
    ("os_compute_api:os-flavor-extra-specs:index", READER),
    // flavor_manage.py
    ("os_compute_api:os-flavor-manage:create", ADMIN),
    ("os_compute_api:os-flavor-manage:update", ADMIN),
    ("os_compute_api:os-flavor-manage:delete", ADMIN),
    // floating_ip_pools.py
    ("os_compute_api:os-floating-ip-pools", ANYBODY),
    // floating_ips.py
    ("os_compute_api:os-floating-ips:add", MEMBER),
    ("os_compute_api:os-floating-ips:remove", MEMBER),
    ("os_compute_api:os-floating-ips:list", READER),
    ("os_compute_api:os-floating-ips:create", MEMBER),
    ("os_compute_api:os-floating-ips:show", READER),
    ("os_compute_api:os-floating-ips:delete", MEMBER),
    // hosts.py
    ("os_compute_api:os-hosts:list", ADMIN),
    ("os_compute_api:os-hosts:show", ADMIN),
    ("os_compute_api:os-hosts:update", ADMIN),
    ("os_compute_api:os-hosts:reboot", ADMIN),
    ("os_compute_api:os-hosts:shutdown", ADMIN),
    ("os_compute_api:os-hosts:start", ADMIN),
    // hypervisors.py
    ("os_compute_api:os-hypervisors:list", ADMIN),
    ("os_compute_api:os-hypervisors:list-detail", ADMIN),
    ("os_compute_api:os-hypervisors:statistics", ADMIN),
    ("os_compute_api:os-hypervisors:show", ADMIN),
    ("os_compute_api:os-hypervisors:uptime", ADMIN),
    ("os_compute_api:os-hypervisors:search", ADMIN),
    ("os_compute_api:os-hypervisors:servers", ADMIN),
    // instance_actions.py
    ("os_compute_api:os-instance-actions:events:details", ADMIN),
    ("os_compute_api:os-instance-actions:events", ADMIN),
    ("os_compute_api:os-instance-actions:list", READER),
    ("os_compute_api:os-instance-actions:show", READER),
    // instance_usage_audit_log.py
    ("os_compute_api:os-instance-usage-audit-log:list", ADMIN),
    ("os_compute_api:os-instance-usage-audit-log:show", ADMIN),
    // ips.py
    ("os_compute_api:ips:show", READER),
    ("os_compute_api:ips:index", READER),
    // keypairs.py
    ("os_compute_api:os-keypairs:index", "(rule:context_is_admin) or user_id:%(user_id)s"),
    ("os_compute_api:os-keypairs:create", "(rule:context_is_admin) or user_id:%(user_id)s"),
    ("os_compute_api:os-keypairs:delete", "(rule:context_is_admin) or user_id:%(user_id)s"),
    ("os_compute_api:os-keypairs:show", "(rule:context_is_admin) or user_id:%(user_id)s"),
    // limits.py
    ("os_compute_api:limits", ANYBODY),
    ("os_compute_api:limits:other_project", ADMIN),
    // lock_server.py
    ("os_compute_api:os-lock-server:lock", MEMBER),
    ("os_compute_api:os-lock-server:unlock", MEMBER),
    ("os_compute_api:os-lock-server:unlock:unlock_override", ADMIN),
    // migrate_server.py
    ("os_compute_api:os-migrate-server:migrate", MANAGER),
    ("os_compute_api:os-migrate-server:migrate:host", ADMIN),
    ("os_compute_api:os-migrate-server:migrate_live", MANAGER),
    ("os_compute_api:os-migrate-server:migrate_live:host", ADMIN),
    // migrations.py
    ("os_compute_api:os-migrations:index", MANAGER),
    ("os_compute_api:os-migrations:index:all_projects", ADMIN),
    ("os_compute_api:os-migrations:index:host", ADMIN),
    // multinic.py
    ("os_compute_api:os-multinic:add", MEMBER),
    ("os_compute_api:os-multinic:remove", MEMBER),
    // networks.py
    ("os_compute_api:os-networks:list", READER),
    ("os_compute_api:os-networks:show", READER),
    // pause_server.py
    ("os_compute_api:os-pause-server:pause", MEMBER),
    ("os_compute_api:os-pause-server:unpause", MEMBER),
    // quota_class_sets.py
    ("os_compute_api:os-quota-class-sets:show", ADMIN),
    ("os_compute_api:os-quota-class-sets:update", ADMIN),
    // quota_sets.py
    ("os_compute_api:os-quota-sets:update", ADMIN),
    ("os_compute_api:os-quota-sets:defaults", ANYBODY),
    ("os_compute_api:os-quota-sets:show", READER),
    ("os_compute_api:os-quota-sets:delete", ADMIN),
    ("os_compute_api:os-quota-sets:detail", READER),
    // remote_consoles.py
    ("os_compute_api:os-remote-consoles", MEMBER),
    // rescue.py
    ("os_compute_api:os-rescue", MEMBER),
    ("os_compute_api:os-unrescue", MEMBER),
    // security_groups.py
    ("os_compute_api:os-security-groups:get", READER),
    ("os_compute_api:os-security-groups:show", READER),
    ("os_compute_api:os-security-groups:create", MEMBER),
    ("os_compute_api:os-security-groups:update", MEMBER),
    ("os_compute_api:os-security-groups:delete", MEMBER),
    ("os_compute_api:os-security-groups:rule:create", MEMBER),
    ("os_compute_api:os-security-groups:rule:delete", MEMBER),
    ("os_compute_api:os-security-groups:list", READER),
    ("os_compute_api:os-security-groups:add", MEMBER),
    ("os_compute_api:os-security-groups:remove", MEMBER),
    // server_diagnostics.py
    ("os_compute_api:os-server-diagnostics", ADMIN),
    // server_external_events.py
    ("os_compute_api:os-server-external-events:create", SERVICE),
    // server_groups.py
    ("os_compute_api:os-server-groups:create", MEMBER),
    ("os_compute_api:os-server-groups:delete", MEMBER),
    ("os_compute_api:os-server-groups:index", READER),
    ("os_compute_api:os-server-groups:index:all_projects", ADMIN),
    ("os_compute_api:os-server-groups:show", READER),
    // server_metadata.py
    ("os_compute_api:server-metadata:index", READER),
    ("os_compute_api:server-metadata:show", READER),
    ("os_compute_api:server-metadata:create", MEMBER),
    ("os_compute_api:server-metadata:update_all", MEMBER),
    ("os_compute_api:server-metadata:update", MEMBER),
    ("os_compute_api:server-metadata:delete", MEMBER),
    // server_password.py
    ("os_compute_api:os-server-password:show", READER),
    ("os_compute_api:os-server-password:clear", MEMBER),
    // server_shares.py
    ("os_compute_api:os-server-shares:index", READER),
    ("os_compute_api:os-server-shares:create", MEMBER),
    ("os_compute_api:os-server-shares:show", READER),
    ("os_compute_api:os-server-shares:delete", MEMBER),
    // server_tags.py
    ("os_compute_api:os-server-tags:delete_all", MEMBER),
    ("os_compute_api:os-server-tags:index", READER),
    ("os_compute_api:os-server-tags:update_all", MEMBER),
    ("os_compute_api:os-server-tags:delete", MEMBER),
    ("os_compute_api:os-server-tags:update", MEMBER),
    ("os_compute_api:os-server-tags:show", READER),
    // server_topology.py
    ("compute:server:topology:index", READER),
    ("compute:server:topology:host:index", ADMIN),
    // servers.py
    ("os_compute_api:servers:index", READER),
    ("os_compute_api:servers:detail", READER),
    ("os_compute_api:servers:index:get_all_tenants", ADMIN),
    ("os_compute_api:servers:detail:get_all_tenants", ADMIN),
    ("os_compute_api:servers:allow_all_filters", ADMIN),
    ("os_compute_api:servers:show", READER),
    ("os_compute_api:servers:show:flavor-extra-specs", READER),
    ("os_compute_api:servers:show:host_status", ADMIN),
    ("os_compute_api:servers:show:host_status:unknown-only", ADMIN),
    ("os_compute_api:servers:create", MEMBER),
    ("os_compute_api:servers:create:forced_host", ADMIN),
    ("compute:servers:create:requested_destination", ADMIN),
    ("os_compute_api:servers:create:attach_volume", MEMBER),
    ("os_compute_api:servers:create:attach_network", MEMBER),
    ("os_compute_api:servers:create:trusted_certs", MEMBER),
    ("os_compute_api:servers:create:zero_disk_flavor", ADMIN),
    ("network:attach_external_network", ADMIN),
    ("os_compute_api:servers:delete", MEMBER),
    ("os_compute_api:servers:update", MEMBER),
    ("os_compute_api:servers:confirm_resize", MEMBER),
    ("os_compute_api:servers:revert_resize", MEMBER),
    ("os_compute_api:servers:reboot", MEMBER),
    ("os_compute_api:servers:resize", MEMBER),
    ("compute:servers:resize:cross_cell", NOBODY),
    ("os_compute_api:servers:rebuild", MEMBER),
    ("os_compute_api:servers:rebuild:trusted_certs", MEMBER),
    ("os_compute_api:servers:create_image", MEMBER),
    ("os_compute_api:servers:create_image:allow_volume_backed", MEMBER),
    ("os_compute_api:servers:start", MEMBER),
    ("os_compute_api:servers:stop", MEMBER),
    ("os_compute_api:servers:trigger_crash_dump", MEMBER),
    // servers_migrations.py
    ("os_compute_api:servers:migrations:show", ADMIN),
    ("os_compute_api:servers:migrations:force_complete", MANAGER),
    ("os_compute_api:servers:migrations:delete", MANAGER),
    ("os_compute_api:servers:migrations:index", MANAGER),
    ("os_compute_api:servers:migrations:index:host", ADMIN),
    // services.py
    ("os_compute_api:os-services:list", ADMIN),
    ("os_compute_api:os-services:update", ADMIN),
    ("os_compute_api:os-services:delete", ADMIN),
    // shelve.py
    ("os_compute_api:os-shelve:shelve", MEMBER),
    ("os_compute_api:os-shelve:unshelve", MEMBER),
    ("os_compute_api:os-shelve:unshelve_to_host", ADMIN),
    ("os_compute_api:os-shelve:shelve_offload", ADMIN),
    // simple_tenant_usage.py
    ("os_compute_api:os-simple-tenant-usage:show", READER),
    ("os_compute_api:os-simple-tenant-usage:list", ADMIN),
    // suspend_server.py
    ("os_compute_api:os-suspend-server:resume", MEMBER),
    ("os_compute_api:os-suspend-server:suspend", MEMBER),
    // tenant_networks.py
    ("os_compute_api:os-tenant-networks:list", READER),
    ("os_compute_api:os-tenant-networks:show", READER),
    // volumes.py
    ("os_compute_api:os-volumes:list", READER),
    ("os_compute_api:os-volumes:create", MEMBER),
    ("os_compute_api:os-volumes:detail", READER),
    ("os_compute_api:os-volumes:show", READER),
    ("os_compute_api:os-volumes:delete", MEMBER),
    ("os_compute_api:os-volumes:snapshots:list", READER),
    ("os_compute_api:os-volumes:snapshots:create", MEMBER),
    ("os_compute_api:os-volumes:snapshots:detail", READER),
    ("os_compute_api:os-volumes:snapshots:show", READER),
    ("os_compute_api:os-volumes:snapshots:delete", MEMBER),
    // volumes_attachments.py
    ("os_compute_api:os-volumes-attachments:index", READER),
    ("os_compute_api:os-volumes-attachments:create", MEMBER),
    ("os_compute_api:os-volumes-attachments:show", READER),
    ("os_compute_api:os-volumes-attachments:update", MEMBER),
    ("os_compute_api:os-volumes-attachments:swap", SERVICE),
    ("os_compute_api:os-volumes-attachments:delete", MEMBER),
];
