//! The policy rules of Cinder with upstream's defaults (cinder/policies).

use super::errors;
use crate::clouds::openstack::policy::{Policy, ServicePolicy};
pub use crate::clouds::openstack::policy::{is_admin, is_own_or_admin};

/// The policy of Cinder.
pub static POLICY: ServicePolicy = ServicePolicy::new(|| Policy::new(RULES), errors::forbidden);

const ADMIN: &str = "rule:admin_api";
const MEMBER: &str = "rule:xena_system_admin_or_project_member";
const READER: &str = "rule:xena_system_admin_or_project_reader";

/// All rules, by file of upstream's folder.
const RULES: &[(&str, &str)] = &[
    // attachments.py
    ("volume:attachment_create", MEMBER),
    ("volume:attachment_update", MEMBER),
    ("volume:attachment_delete", MEMBER),
    ("volume:attachment_complete", MEMBER),
    ("volume:multiattach_bootable_volume", MEMBER),
    // backup_actions.py
    ("volume_extension:backup_admin_actions:reset_status", ADMIN),
    ("volume_extension:backup_admin_actions:force_delete", ADMIN),
    // backups.py
    ("backup:get_all", READER),
    ("backup:backup_project_attribute", ADMIN),
    ("backup:create", MEMBER),
    ("backup:get", READER),
    ("backup:update", MEMBER),
    ("backup:delete", MEMBER),
    ("backup:restore", MEMBER),
    ("backup:backup-import", ADMIN),
    ("backup:export-import", ADMIN),
    // base.py
    ("admin_or_owner", "is_admin:True or (role:admin and is_admin_project:True) or project_id:%(project_id)s"),
    (
        "system_or_domain_or_project_admin",
        "(role:admin and system_scope:all) or (role:admin and domain_id:%(domain_id)s) or (role:admin and project_id:%(project_id)s)",
    ),
    ("context_is_admin", "role:admin"),
    ("admin_api", "is_admin:True or (role:admin and is_admin_project:True)"),
    ("xena_system_admin_or_project_reader", "(role:admin) or (role:reader and project_id:%(project_id)s)"),
    ("xena_system_admin_or_project_member", "(role:admin) or (role:member and project_id:%(project_id)s)"),
    // capabilities.py
    ("volume_extension:capabilities", ADMIN),
    // clusters.py
    ("clusters:get_all", ADMIN),
    ("clusters:get", ADMIN),
    ("clusters:update", ADMIN),
    // default_types.py
    ("volume_extension:default_set_or_update", ADMIN),
    ("volume_extension:default_get", ADMIN),
    ("volume_extension:default_get_all", ADMIN),
    ("volume_extension:default_unset", ADMIN),
    // group_actions.py
    ("group:delete", MEMBER),
    ("group:reset_status", ADMIN),
    ("group:enable_replication", MEMBER),
    ("group:disable_replication", MEMBER),
    ("group:failover_replication", MEMBER),
    ("group:list_replication_targets", MEMBER),
    // group_snapshot_actions.py
    ("group:reset_group_snapshot_status", ADMIN),
    // group_snapshots.py
    ("group:get_all_group_snapshots", READER),
    ("group:create_group_snapshot", MEMBER),
    ("group:get_group_snapshot", READER),
    ("group:delete_group_snapshot", MEMBER),
    ("group:update_group_snapshot", MEMBER),
    ("group:group_snapshot_project_attribute", ADMIN),
    // group_types.py
    ("group:group_types:create", ADMIN),
    ("group:group_types:update", ADMIN),
    ("group:group_types:delete", ADMIN),
    ("group:access_group_types_specs", ADMIN),
    ("group:group_types_specs:get", ADMIN),
    ("group:group_types_specs:get_all", ADMIN),
    ("group:group_types_specs:create", ADMIN),
    ("group:group_types_specs:update", ADMIN),
    ("group:group_types_specs:delete", ADMIN),
    // groups.py
    ("group:get_all", READER),
    ("group:create", MEMBER),
    ("group:get", READER),
    ("group:update", MEMBER),
    ("group:group_project_attribute", ADMIN),
    // hosts.py
    ("volume_extension:hosts", ADMIN),
    // limits.py
    ("limits_extension:used_limits", READER),
    // manageable_snapshots.py
    ("snapshot_extension:list_manageable", ADMIN),
    ("snapshot_extension:snapshot_manage", ADMIN),
    ("snapshot_extension:snapshot_unmanage", ADMIN),
    // manageable_volumes.py
    ("volume_extension:list_manageable", ADMIN),
    ("volume_extension:volume_manage", ADMIN),
    ("volume_extension:volume_unmanage", ADMIN),
    // messages.py
    ("message:get_all", READER),
    ("message:get", READER),
    ("message:delete", MEMBER),
    // qos_specs.py
    ("volume_extension:qos_specs_manage:get_all", ADMIN),
    ("volume_extension:qos_specs_manage:get", ADMIN),
    ("volume_extension:qos_specs_manage:create", ADMIN),
    ("volume_extension:qos_specs_manage:update", ADMIN),
    ("volume_extension:qos_specs_manage:delete", ADMIN),
    // quota_class.py
    ("volume_extension:quota_classes:get", ADMIN),
    ("volume_extension:quota_classes:update", ADMIN),
    // quotas.py
    ("volume_extension:quotas:show", READER),
    ("volume_extension:quotas:update", ADMIN),
    ("volume_extension:quotas:delete", ADMIN),
    // scheduler_stats.py
    ("scheduler_extension:scheduler_stats:get_pools", ADMIN),
    // services.py
    ("volume_extension:services:index", ADMIN),
    ("volume_extension:services:update", ADMIN),
    ("volume:freeze_host", ADMIN),
    ("volume:thaw_host", ADMIN),
    ("volume:failover_host", ADMIN),
    // snapshot_actions.py
    ("volume_extension:snapshot_admin_actions:reset_status", ADMIN),
    ("snapshot_extension:snapshot_actions:update_snapshot_status", MEMBER),
    ("volume_extension:snapshot_admin_actions:force_delete", ADMIN),
    // snapshot_metadata.py
    ("volume:get_snapshot_metadata", READER),
    ("volume:update_snapshot_metadata", MEMBER),
    ("volume:delete_snapshot_metadata", MEMBER),
    // snapshots.py
    ("volume:get_all_snapshots", READER),
    ("volume_extension:extended_snapshot_attributes", READER),
    ("volume:create_snapshot", MEMBER),
    ("volume:get_snapshot", READER),
    ("volume:update_snapshot", MEMBER),
    ("volume:delete_snapshot", MEMBER),
    // type_extra_specs.py
    ("volume_extension:types_extra_specs:index", READER),
    ("volume_extension:types_extra_specs:create", ADMIN),
    ("volume_extension:types_extra_specs:show", READER),
    ("volume_extension:types_extra_specs:read_sensitive", ADMIN),
    ("volume_extension:types_extra_specs:update", ADMIN),
    ("volume_extension:types_extra_specs:delete", ADMIN),
    // volume_access.py
    ("volume_extension:volume_type_access", MEMBER),
    ("volume_extension:volume_type_access:addProjectAccess", ADMIN),
    ("volume_extension:volume_type_access:removeProjectAccess", ADMIN),
    ("volume_extension:volume_type_access:get_all_for_type", ADMIN),
    // volume_actions.py
    ("volume:extend", MEMBER),
    ("volume:extend_attached_volume", MEMBER),
    ("volume_extension:volume_admin_actions:extend_volume_completion", ADMIN),
    ("volume:revert_to_snapshot", MEMBER),
    ("volume_extension:volume_admin_actions:reset_status", ADMIN),
    ("volume:retype", MEMBER),
    ("volume:update_readonly_flag", MEMBER),
    ("volume_extension:volume_admin_actions:force_delete", ADMIN),
    ("volume_extension:volume_actions:upload_public", ADMIN),
    ("volume_extension:volume_actions:upload_image", MEMBER),
    ("volume_extension:volume_admin_actions:force_detach", ADMIN),
    ("volume_extension:volume_admin_actions:migrate_volume", ADMIN),
    ("volume_extension:volume_admin_actions:migrate_volume_completion", ADMIN),
    ("volume_extension:volume_actions:initialize_connection", MEMBER),
    ("volume_extension:volume_actions:terminate_connection", MEMBER),
    ("volume_extension:volume_actions:roll_detaching", MEMBER),
    ("volume_extension:volume_actions:reserve", MEMBER),
    ("volume_extension:volume_actions:unreserve", MEMBER),
    ("volume_extension:volume_actions:begin_detaching", MEMBER),
    ("volume_extension:volume_actions:attach", MEMBER),
    ("volume_extension:volume_actions:detach", MEMBER),
    ("volume:reimage", MEMBER),
    ("volume:reimage_reserved", MEMBER),
    // volume_metadata.py
    ("volume:get_volume_metadata", READER),
    ("volume:create_volume_metadata", MEMBER),
    ("volume:update_volume_metadata", MEMBER),
    ("volume:delete_volume_metadata", MEMBER),
    ("volume_extension:volume_image_metadata:show", READER),
    ("volume_extension:volume_image_metadata:set", MEMBER),
    ("volume_extension:volume_image_metadata:remove", MEMBER),
    ("volume:update_volume_admin_metadata", ADMIN),
    // volume_transfer.py
    ("volume:get_all_transfers", READER),
    ("volume:create_transfer", MEMBER),
    ("volume:get_transfer", READER),
    ("volume:accept_transfer", MEMBER),
    ("volume:delete_transfer", MEMBER),
    // volume_type.py
    ("volume_extension:type_create", ADMIN),
    ("volume_extension:type_update", ADMIN),
    ("volume_extension:type_delete", ADMIN),
    ("volume_extension:type_get", READER),
    ("volume_extension:type_get_all", READER),
    ("volume_extension:access_types_extra_specs", READER),
    ("volume_extension:access_types_qos_specs_id", ADMIN),
    ("volume_extension:volume_type_encryption", ADMIN),
    ("volume_extension:volume_type_encryption:create", ADMIN),
    ("volume_extension:volume_type_encryption:get", ADMIN),
    ("volume_extension:volume_type_encryption:update", ADMIN),
    ("volume_extension:volume_type_encryption:delete", ADMIN),
    // volumes.py
    ("volume:create", MEMBER),
    ("volume:create_from_image", MEMBER),
    ("volume:get", READER),
    ("volume:get_all", READER),
    ("volume:update", MEMBER),
    ("volume:delete", MEMBER),
    ("volume:force_delete", ADMIN),
    ("volume_extension:volume_host_attribute", ADMIN),
    ("volume_extension:volume_tenant_attribute", READER),
    ("volume_extension:volume_mig_status_attribute", ADMIN),
    ("volume_extension:volume_encryption_metadata", READER),
    ("volume:multiattach", MEMBER),
    // workers.py
    ("workers:cleanup", ADMIN),
];
