//! The policy of Keystone: all of upstream's default rules (keystone/common/policies).

use super::errors;
use crate::clouds::openstack::policy::{Policy, Target};
use crate::clouds::openstack::scope;
use crate::engine::{Call, Caller, Problem};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The token scopes that a rule accepts besides project and no scope (`scope_types`).
#[derive(Clone, Copy)]
struct Scopes {
    domain: bool,
    system: bool,
}

const ANY: Scopes = Scopes { domain: true, system: true };
const NO_DOMAIN: Scopes = Scopes { domain: false, system: true };
const PROJECT: Scopes = Scopes { domain: false, system: false };

/// The rules, parsed.
pub static POLICY: LazyLock<Policy> =
    LazyLock::new(|| Policy::new(&RULES.iter().map(|(name, _, rule)| (*name, *rule)).collect::<Vec<_>>()));

static SCOPES: LazyLock<HashMap<&str, Scopes>> =
    LazyLock::new(|| RULES.iter().map(|(name, scopes, _)| (*name, *scopes)).collect());

/// Enforces the rule of the operation on the caller and `target`. The parameters of the path (`user_id`,
/// `project_id`, …) are part of the target. Fails with 403.
pub fn enforce(call: &Call, target: &Target) -> Result<(), Problem> {
    enforce_rule(call, call.policy.0, target)
}

/// Like [`enforce`], with another rule.
pub fn enforce_rule(call: &Call, rule: &str, target: &Target) -> Result<(), Problem> {
    if allows(call, rule, target) { Ok(()) } else { Err(errors::forbidden_action(rule)) }
}

/// True if the rule allows the call on `target`.
pub fn allows(call: &Call, rule: &str, target: &Target) -> bool {
    call.policy_was_checked();
    let path = call.params.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let target: Vec<_> = target.iter().copied().chain(path).collect();
    accepts_scope(rule, &call.caller) && POLICY.allows(rule, &call.caller, &target)
}

/// True if the rule accepts the scope of the token. Otherwise the roles do not matter.
fn accepts_scope(rule: &str, caller: &Caller) -> bool {
    let Some(scopes) = SCOPES.get(rule) else { return false };
    (scopes.domain || scope::domain(caller).is_none()) && (scopes.system || !scope::is_system(caller))
}

const ADMIN: &str = "rule:admin_required";
const ADMIN_OR_SYSTEM_READER: &str = "rule:admin_required or (role:reader and system_scope:all)";

#[rustfmt::skip]
const RULES: &[(&str, Scopes, &str)] = &[
    // base
    ("admin_required", ANY, "role:admin or is_admin:1"),
    ("service_role", ANY, "role:service"),
    ("service_or_admin", ANY, "rule:admin_required or rule:service_role"),
    ("owner", ANY, "user_id:%(user_id)s"),
    ("admin_or_owner", ANY, "rule:admin_required or rule:owner"),
    ("token_subject", ANY, "user_id:%(target.token.user_id)s"),
    ("admin_or_token_subject", ANY, "rule:admin_required or rule:token_subject"),
    ("service_admin_or_token_subject", ANY, "rule:service_or_admin or rule:token_subject"),
    ("domain_managed_target_role", ANY,
     "'manager':%(target.role.name)s or 'member':%(target.role.name)s or 'reader':%(target.role.name)s"),
    // access rule
    ("identity:get_access_rule", NO_DOMAIN, "(role:reader and system_scope:all) or user_id:%(target.user.id)s"),
    ("identity:list_access_rules", NO_DOMAIN, "(role:reader and system_scope:all) or user_id:%(target.user.id)s"),
    ("identity:delete_access_rule", NO_DOMAIN, "(role:admin and system_scope:all) or user_id:%(target.user.id)s"),
    // access token
    ("identity:authorize_request_token", PROJECT, ADMIN),
    ("identity:get_access_token", PROJECT, ADMIN),
    ("identity:get_access_token_role", PROJECT, ADMIN),
    ("identity:list_access_tokens", PROJECT, ADMIN),
    ("identity:list_access_token_roles", PROJECT, ADMIN),
    ("identity:delete_access_token", PROJECT, ADMIN),
    // application credential
    ("identity:get_application_credential", NO_DOMAIN,
     "(rule:admin_required) or (role:reader and system_scope:all) or rule:owner"),
    ("identity:list_application_credentials", NO_DOMAIN,
     "(rule:admin_required) or (role:reader and system_scope:all) or rule:owner"),
    ("identity:create_application_credential", PROJECT, "user_id:%(user_id)s"),
    ("identity:delete_application_credential", NO_DOMAIN, "rule:admin_or_owner"),
    // auth
    ("identity:get_auth_catalog", ANY, ""),
    ("identity:get_auth_projects", ANY, ""),
    ("identity:get_auth_domains", ANY, ""),
    ("identity:get_auth_system", ANY, ""),
    // consumer
    ("identity:get_consumer", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:list_consumers", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:create_consumer", NO_DOMAIN, ADMIN),
    ("identity:update_consumer", NO_DOMAIN, ADMIN),
    ("identity:delete_consumer", NO_DOMAIN, ADMIN),
    // credential
    ("identity:get_credential", ANY,
     "(rule:admin_required) or (role:reader and system_scope:all) or user_id:%(target.credential.user_id)s"),
    ("identity:list_credentials", ANY,
     "(rule:admin_required) or (role:reader and system_scope:all) or user_id:%(target.credential.user_id)s"),
    ("identity:create_credential", ANY, "(rule:admin_required) or user_id:%(target.credential.user_id)s"),
    ("identity:update_credential", ANY, "(rule:admin_required) or user_id:%(target.credential.user_id)s"),
    ("identity:delete_credential", ANY, "(rule:admin_required) or user_id:%(target.credential.user_id)s"),
    // domain
    ("identity:get_domain", ANY,
     "rule:admin_required or (role:reader and system_scope:all) or token.domain.id:%(target.domain.id)s or \
         token.project.domain.id:%(target.domain.id)s"),
    ("identity:list_domains", ANY,
     "rule:admin_required or (role:reader and system_scope:all) or (role:reader and domain_id:%(target.domain.id)s)"),
    ("identity:create_domain", NO_DOMAIN, ADMIN),
    ("identity:update_domain", NO_DOMAIN, ADMIN),
    ("identity:delete_domain", NO_DOMAIN, ADMIN),
    // domain config
    ("identity:create_domain_config", NO_DOMAIN, ADMIN),
    ("identity:get_domain_config", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:get_security_compliance_domain_config", ANY, ""),
    ("identity:update_domain_config", NO_DOMAIN, ADMIN),
    ("identity:delete_domain_config", NO_DOMAIN, ADMIN),
    ("identity:get_domain_config_default", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    // ec2 credential
    ("identity:ec2_get_credential", NO_DOMAIN,
     "(rule:admin_required) or (role:reader and system_scope:all) or user_id:%(target.credential.user_id)s"),
    ("identity:ec2_list_credentials", NO_DOMAIN,
     "(rule:admin_required) or (role:reader and system_scope:all) or rule:owner"),
    ("identity:ec2_create_credential", NO_DOMAIN,
     "(rule:admin_required) or (role:member and user_id:%(target.credential.user_id)s)"),
    ("identity:ec2_delete_credential", NO_DOMAIN,
     "(rule:admin_required) or (role:member and user_id:%(target.credential.user_id)s)"),
    // ec2tokens
    ("identity:ec2tokens_validate", ANY, "rule:service_or_admin"),
    // endpoint
    ("identity:get_endpoint", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:list_endpoints", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:create_endpoint", NO_DOMAIN, ADMIN),
    ("identity:update_endpoint", NO_DOMAIN, ADMIN),
    ("identity:delete_endpoint", NO_DOMAIN, ADMIN),
    // endpoint group
    ("identity:create_endpoint_group", NO_DOMAIN, ADMIN),
    ("identity:list_endpoint_groups", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:get_endpoint_group", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:update_endpoint_group", NO_DOMAIN, ADMIN),
    ("identity:delete_endpoint_group", NO_DOMAIN, ADMIN),
    ("identity:list_projects_associated_with_endpoint_group", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:list_endpoints_associated_with_endpoint_group", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:get_endpoint_group_in_project", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:list_endpoint_groups_for_project", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:add_endpoint_group_to_project", NO_DOMAIN, ADMIN),
    ("identity:remove_endpoint_group_from_project", NO_DOMAIN, ADMIN),
    // grant
    ("identity:check_grant", ANY,
     "(rule:admin_required) or ((role:reader and system_scope:all) or ((role:reader and \
         domain_id:%(target.user.domain_id)s and domain_id:%(target.project.domain_id)s) or (role:reader and \
         domain_id:%(target.user.domain_id)s and domain_id:%(target.domain.id)s) or (role:reader and \
         domain_id:%(target.group.domain_id)s and domain_id:%(target.project.domain_id)s) or (role:reader and \
         domain_id:%(target.group.domain_id)s and domain_id:%(target.domain.id)s)) and \
         (domain_id:%(target.role.domain_id)s or None:%(target.role.domain_id)s))"),
    ("identity:list_grants", ANY,
     "(rule:admin_required) or ((role:reader and system_scope:all) or (role:reader and \
         domain_id:%(target.user.domain_id)s and domain_id:%(target.project.domain_id)s) or (role:reader and \
         domain_id:%(target.user.domain_id)s and domain_id:%(target.domain.id)s) or (role:reader and \
         domain_id:%(target.group.domain_id)s and domain_id:%(target.project.domain_id)s) or (role:reader and \
         domain_id:%(target.group.domain_id)s and domain_id:%(target.domain.id)s))"),
    ("identity:create_grant", ANY,
     "(rule:admin_required) or ((role:admin and domain_id:%(target.user.domain_id)s and \
         domain_id:%(target.project.domain_id)s) or (role:admin and domain_id:%(target.user.domain_id)s and \
         domain_id:%(target.domain.id)s) or (role:admin and domain_id:%(target.group.domain_id)s and \
         domain_id:%(target.project.domain_id)s) or (role:admin and domain_id:%(target.group.domain_id)s and \
         domain_id:%(target.domain.id)s)) and (domain_id:%(target.role.domain_id)s or \
         None:%(target.role.domain_id)s) or ((role:manager and domain_id:%(target.user.domain_id)s and \
         domain_id:%(target.project.domain_id)s) or (role:manager and domain_id:%(target.user.domain_id)s and \
         domain_id:%(target.domain.id)s) or (role:manager and domain_id:%(target.group.domain_id)s and \
         domain_id:%(target.project.domain_id)s) or (role:manager and domain_id:%(target.group.domain_id)s and \
         domain_id:%(target.domain.id)s)) and rule:domain_managed_target_role"),
    ("identity:revoke_grant", ANY,
     "(rule:admin_required) or ((role:admin and domain_id:%(target.user.domain_id)s and \
         domain_id:%(target.project.domain_id)s) or (role:admin and domain_id:%(target.user.domain_id)s and \
         domain_id:%(target.domain.id)s) or (role:admin and domain_id:%(target.group.domain_id)s and \
         domain_id:%(target.project.domain_id)s) or (role:admin and domain_id:%(target.group.domain_id)s and \
         domain_id:%(target.domain.id)s)) and (domain_id:%(target.role.domain_id)s or \
         None:%(target.role.domain_id)s) or ((role:manager and domain_id:%(target.user.domain_id)s and \
         domain_id:%(target.project.domain_id)s) or (role:manager and domain_id:%(target.user.domain_id)s and \
         domain_id:%(target.domain.id)s) or (role:manager and domain_id:%(target.group.domain_id)s and \
         domain_id:%(target.project.domain_id)s) or (role:manager and domain_id:%(target.group.domain_id)s and \
         domain_id:%(target.domain.id)s)) and rule:domain_managed_target_role"),
    ("identity:list_system_grants_for_user", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:check_system_grant_for_user", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:create_system_grant_for_user", NO_DOMAIN, ADMIN),
    ("identity:revoke_system_grant_for_user", NO_DOMAIN, ADMIN),
    ("identity:list_system_grants_for_group", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:check_system_grant_for_group", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:create_system_grant_for_group", NO_DOMAIN, ADMIN),
    ("identity:revoke_system_grant_for_group", NO_DOMAIN, ADMIN),
    // group
    ("identity:get_group", ANY,
     "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and \
         domain_id:%(target.group.domain_id)s)"),
    ("identity:list_groups", ANY,
     "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and \
         domain_id:%(target.group.domain_id)s)"),
    ("identity:list_groups_for_user", ANY,
     "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and \
         domain_id:%(target.user.domain_id)s) or user_id:%(user_id)s"),
    ("identity:create_group", ANY,
     "(rule:admin_required) or (role:manager and domain_id:%(target.group.domain_id)s)"),
    ("identity:update_group", ANY,
     "(rule:admin_required) or (role:manager and domain_id:%(target.group.domain_id)s)"),
    ("identity:delete_group", ANY,
     "(rule:admin_required) or (role:manager and domain_id:%(target.group.domain_id)s)"),
    ("identity:list_users_in_group", ANY,
     "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and \
         domain_id:%(target.group.domain_id)s)"),
    ("identity:remove_user_from_group", ANY,
     "(rule:admin_required) or (role:manager and domain_id:%(target.group.domain_id)s and \
         domain_id:%(target.user.domain_id)s)"),
    ("identity:check_user_in_group", ANY,
     "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and \
         domain_id:%(target.group.domain_id)s and domain_id:%(target.user.domain_id)s)"),
    ("identity:add_user_to_group", ANY,
     "(rule:admin_required) or (role:manager and domain_id:%(target.group.domain_id)s and \
         domain_id:%(target.user.domain_id)s)"),
    // identity provider
    ("identity:create_identity_provider", NO_DOMAIN, ADMIN),
    ("identity:list_identity_providers", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:get_identity_provider", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:update_identity_provider", NO_DOMAIN, ADMIN),
    ("identity:delete_identity_provider", NO_DOMAIN, ADMIN),
    // implied role
    ("identity:get_implied_role", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:list_implied_roles", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:create_implied_role", NO_DOMAIN, ADMIN),
    ("identity:delete_implied_role", NO_DOMAIN, ADMIN),
    ("identity:list_role_inference_rules", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:check_implied_role", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    // limit
    ("identity:get_limit_model", ANY, ""),
    ("identity:get_limit", ANY,
     "rule:admin_required or (role:reader and system_scope:all) or (domain_id:%(target.limit.domain.id)s or \
         domain_id:%(target.limit.project.domain_id)s) or (project_id:%(target.limit.project_id)s and not \
         None:%(target.limit.project_id)s)"),
    ("identity:list_limits", ANY, ""),
    ("identity:create_limits", NO_DOMAIN, ADMIN),
    ("identity:update_limit", NO_DOMAIN, ADMIN),
    ("identity:delete_limit", NO_DOMAIN, ADMIN),
    // mapping
    ("identity:create_mapping", NO_DOMAIN, ADMIN),
    ("identity:get_mapping", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:list_mappings", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:delete_mapping", NO_DOMAIN, ADMIN),
    ("identity:update_mapping", NO_DOMAIN, ADMIN),
    // policy
    ("identity:get_policy", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:list_policies", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:create_policy", NO_DOMAIN, ADMIN),
    ("identity:update_policy", NO_DOMAIN, ADMIN),
    ("identity:delete_policy", NO_DOMAIN, ADMIN),
    // policy association
    ("identity:create_policy_association_for_endpoint", NO_DOMAIN, ADMIN),
    ("identity:check_policy_association_for_endpoint", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:delete_policy_association_for_endpoint", NO_DOMAIN, ADMIN),
    ("identity:create_policy_association_for_service", NO_DOMAIN, ADMIN),
    ("identity:check_policy_association_for_service", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:delete_policy_association_for_service", NO_DOMAIN, ADMIN),
    ("identity:create_policy_association_for_region_and_service", NO_DOMAIN, ADMIN),
    ("identity:check_policy_association_for_region_and_service", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:delete_policy_association_for_region_and_service", NO_DOMAIN, ADMIN),
    ("identity:get_policy_for_endpoint", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:list_endpoints_for_policy", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    // project
    ("identity:get_project", ANY,
     "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and \
         domain_id:%(target.project.domain_id)s and not None:%(target.project.domain_id)s) or \
         project_id:%(target.project.id)s"),
    ("identity:list_projects", ANY,
     "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and \
         domain_id:%(target.domain_id)s)"),
    ("identity:list_user_projects", ANY,
     "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and \
         domain_id:%(target.user.domain_id)s) or user_id:%(target.user.id)s"),
    ("identity:create_project", ANY,
     "(rule:admin_required) or (role:manager and domain_id:%(target.project.domain_id)s and not \
         None:%(target.project.domain_id)s)"),
    ("identity:update_project", ANY,
     "(rule:admin_required) or (role:manager and domain_id:%(target.project.domain_id)s and not \
         None:%(target.project.domain_id)s)"),
    ("identity:delete_project", ANY,
     "(rule:admin_required) or (role:manager and domain_id:%(target.project.domain_id)s and not \
         None:%(target.project.domain_id)s)"),
    ("identity:list_project_tags", ANY,
     "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and \
         domain_id:%(target.project.domain_id)s and not None:%(target.project.domain_id)s) or \
         project_id:%(target.project.id)s"),
    ("identity:get_project_tag", ANY,
     "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and \
         domain_id:%(target.project.domain_id)s and not None:%(target.project.domain_id)s) or \
         project_id:%(target.project.id)s"),
    ("identity:update_project_tags", ANY,
     "(rule:admin_required) or (role:manager and domain_id:%(target.project.domain_id)s and not \
         None:%(target.project.domain_id)s)"),
    ("identity:create_project_tag", ANY,
     "(rule:admin_required) or (role:manager and domain_id:%(target.project.domain_id)s and not \
         None:%(target.project.domain_id)s)"),
    ("identity:delete_project_tags", ANY,
     "(rule:admin_required) or (role:manager and domain_id:%(target.project.domain_id)s and not \
         None:%(target.project.domain_id)s)"),
    ("identity:delete_project_tag", ANY,
     "(rule:admin_required) or (role:manager and domain_id:%(target.project.domain_id)s and not \
         None:%(target.project.domain_id)s)"),
    // project endpoint
    ("identity:list_projects_for_endpoint", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:add_endpoint_to_project", NO_DOMAIN, ADMIN),
    ("identity:check_endpoint_in_project", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:list_endpoints_for_project", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:remove_endpoint_from_project", NO_DOMAIN, ADMIN),
    // protocol
    ("identity:create_protocol", NO_DOMAIN, ADMIN),
    ("identity:update_protocol", NO_DOMAIN, ADMIN),
    ("identity:get_protocol", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:list_protocols", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:delete_protocol", NO_DOMAIN, ADMIN),
    // region
    ("identity:get_region", ANY, ""),
    ("identity:list_regions", ANY, ""),
    ("identity:create_region", NO_DOMAIN, ADMIN),
    ("identity:update_region", NO_DOMAIN, ADMIN),
    ("identity:delete_region", NO_DOMAIN, ADMIN),
    // registered limit
    ("identity:get_registered_limit", ANY, ""),
    ("identity:list_registered_limits", ANY, ""),
    ("identity:create_registered_limits", NO_DOMAIN, ADMIN),
    ("identity:update_registered_limit", NO_DOMAIN, ADMIN),
    ("identity:delete_registered_limit", NO_DOMAIN, ADMIN),
    // revoke event
    ("identity:list_revoke_events", NO_DOMAIN, "rule:service_or_admin"),
    // role
    ("identity:get_role", ANY,
     "(rule:admin_required or (role:reader and system_scope:all)) or (role:manager and \
         rule:domain_managed_target_role)"),
    ("identity:list_roles", ANY,
     "(rule:admin_required or (role:reader and system_scope:all)) or (role:manager and not domain_id:None)"),
    ("identity:create_role", NO_DOMAIN, ADMIN),
    ("identity:update_role", NO_DOMAIN, ADMIN),
    ("identity:delete_role", NO_DOMAIN, ADMIN),
    ("identity:get_domain_role", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:list_domain_roles", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:create_domain_role", NO_DOMAIN, ADMIN),
    ("identity:update_domain_role", NO_DOMAIN, ADMIN),
    ("identity:delete_domain_role", NO_DOMAIN, ADMIN),
    // role assignment
    ("identity:list_role_assignments", ANY,
     "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and \
         domain_id:%(target.domain_id)s)"),
    ("identity:list_role_assignments_for_tree", ANY,
     "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and \
         domain_id:%(target.domain_id)s)"),
    // s3tokens
    ("identity:s3tokens_validate", ANY, "rule:service_or_admin"),
    // service
    ("identity:get_service", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:list_services", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:create_service", NO_DOMAIN, ADMIN),
    ("identity:update_service", NO_DOMAIN, ADMIN),
    ("identity:delete_service", NO_DOMAIN, ADMIN),
    // service provider
    ("identity:create_service_provider", NO_DOMAIN, ADMIN),
    ("identity:list_service_providers", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:get_service_provider", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:update_service_provider", NO_DOMAIN, ADMIN),
    ("identity:delete_service_provider", NO_DOMAIN, ADMIN),
    // token
    ("identity:check_token", ANY, "rule:admin_required or (role:reader and system_scope:all) or rule:token_subject"),
    ("identity:validate_token", ANY,
     "rule:admin_required or (role:reader and system_scope:all) or rule:service_role or rule:token_subject"),
    ("identity:revoke_token", ANY, "rule:admin_required or rule:token_subject"),
    ("identity:revoke_tokens_for_user", NO_DOMAIN, ADMIN),
    // token revocation
    ("identity:revocation_list", NO_DOMAIN, "rule:service_or_admin"),
    // trust
    ("identity:create_trust", PROJECT, "user_id:%(target.trust.trustor_user_id)s"),
    ("identity:list_trusts", NO_DOMAIN, ADMIN_OR_SYSTEM_READER),
    ("identity:list_trusts_for_trustor", NO_DOMAIN,
     "(rule:admin_required) or (role:reader and system_scope:all or user_id:%(target.trust.trustor_user_id)s)"),
    ("identity:list_trusts_for_trustee", NO_DOMAIN,
     "(rule:admin_required) or (role:reader and system_scope:all or user_id:%(target.trust.trustee_user_id)s)"),
    ("identity:list_roles_for_trust", NO_DOMAIN,
     "(rule:admin_required) or (role:reader and system_scope:all or user_id:%(target.trust.trustor_user_id)s or \
         user_id:%(target.trust.trustee_user_id)s)"),
    ("identity:get_role_for_trust", NO_DOMAIN,
     "(rule:admin_required) or (role:reader and system_scope:all or user_id:%(target.trust.trustor_user_id)s or \
         user_id:%(target.trust.trustee_user_id)s)"),
    ("identity:delete_trust", NO_DOMAIN, "rule:admin_required or user_id:%(target.trust.trustor_user_id)s"),
    ("identity:get_trust", NO_DOMAIN,
     "(rule:admin_required) or (role:reader and system_scope:all or user_id:%(target.trust.trustor_user_id)s or \
         user_id:%(target.trust.trustee_user_id)s)"),
    // user
    ("identity:get_user", ANY,
     "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and \
         token.domain.id:%(target.user.domain_id)s) or user_id:%(target.user.id)s"),
    ("identity:list_users", ANY,
     "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and \
         domain_id:%(target.domain_id)s)"),
    ("identity:list_projects_for_user", ANY, ""),
    ("identity:list_domains_for_user", ANY, ""),
    ("identity:create_user", ANY,
     "(rule:admin_required) or (role:manager and token.domain.id:%(target.user.domain_id)s)"),
    ("identity:update_user", ANY,
     "(rule:admin_required) or (role:manager and token.domain.id:%(target.user.domain_id)s)"),
    ("identity:delete_user", ANY,
     "(rule:admin_required) or (role:manager and token.domain.id:%(target.user.domain_id)s)"),
];
