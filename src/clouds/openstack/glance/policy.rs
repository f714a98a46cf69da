//! The policy of Glance: the rules and defaults of upstream (glance/policies, glance/api/v2/policy.py).

use super::errors;
use super::images::Image;
use super::metadefs::Namespace;
use crate::clouds::openstack::policy::{Policy, ServicePolicy};
use crate::clouds::openstack::webob;
use crate::engine::{Call, Problem};

/// The rules, and the error of an operation that they forbid.
pub static POLICY: ServicePolicy = ServicePolicy::new(|| Policy::new(RULES), errors::forbidden).for_projects(&UNSCOPED);

/// The rules without `scope_types` (glance/policies/base.py, glance/policies/metadef.py).
const UNSCOPED: [&str; 5] = ["default", "context_is_admin", "service_api", "metadef_default", "metadef_admin"];

/// True if the caller is an administrator, which a rule of the policy decides.
pub fn is_admin(call: &Call) -> bool {
    POLICY.allows(call, "context_is_admin", &[])
}

/// Enforces the rule of the operation on an image (`ImageAPIPolicy`).
pub fn enforce_on_image(call: &Call, image: &Image) -> Result<(), Problem> {
    enforce_rule_on_image(call, call.policy.0, image)
}

/// Enforces a rule on an image. The error is 404 if the caller may not see the image, otherwise 403.
pub fn enforce_rule_on_image(call: &Call, rule: &str, image: &Image) -> Result<(), Problem> {
    if allows_on_image(call, rule, image) {
        Ok(())
    } else if allows_on_image(call, "get_image", image) {
        Err(errors::forbidden(rule))
    } else {
        Err(webob::not_found())
    }
}

/// True if a rule allows the call on an image.
pub fn allows_on_image(call: &Call, rule: &str, image: &Image) -> bool {
    let project = call.project();
    let member = if image.member(&project).is_some() { &*project } else { "" };
    let visibility = image.visibility.as_str();
    let target =
        [("project_id", &*image.owner), ("owner", &image.owner), ("visibility", visibility), ("member_id", member)];
    POLICY.allows(call, rule, &target)
}

/// Enforces the rule of the operation on a namespace (`MetadefAPIPolicy`).
pub fn enforce_on_namespace(call: &Call, namespace: &Namespace) -> Result<(), Problem> {
    let target = [("project_id", &*namespace.owner), ("visibility", namespace.visibility.as_str())];
    let allows = |rule: &str| POLICY.allows(call, rule, &target);
    if allows(call.policy.0) {
        Ok(())
    } else if allows("get_metadef_namespace") {
        Err(errors::forbidden(call.policy.0))
    } else {
        Err(errors::namespace_hidden())
    }
}

const READER: &str = "role:admin or (role:reader and project_id:%(project_id)s)";
const MEMBER: &str = "role:admin or (role:member and project_id:%(project_id)s)";
const ADMIN: &str = "rule:context_is_admin";
const NAMESPACE_READER: &str = "role:admin or (role:reader and (project_id:%(project_id)s or 'public':%(visibility)s))";
const MEMBERS_READER: &str = "role:admin or (role:reader and (project_id:%(project_id)s or project_id:%(member_id)s))";

const RULES: &[(&str, &str)] = &[
    ("context_is_admin", "role:admin"),
    ("service_api", "role:service or role:admin"),
    ("add_image", "role:admin or (role:member and project_id:%(project_id)s and project_id:%(owner)s)"),
    ("delete_image", MEMBER),
    (
        "get_image",
        "role:admin or (role:reader and (project_id:%(project_id)s or project_id:%(member_id)s or \
         'community':%(visibility)s or 'public':%(visibility)s or 'shared':%(visibility)s))",
    ),
    ("get_images", READER),
    ("modify_image", MEMBER),
    ("publicize_image", ADMIN),
    ("communitize_image", MEMBER),
    ("download_image", DOWNLOAD),
    ("download_from_store", DOWNLOAD),
    ("upload_image", MEMBER),
    ("delete_image_location", ADMIN),
    ("get_image_location", READER),
    ("set_image_location", MEMBER),
    ("add_image_location", "rule:service_api or (role:member and project_id:%(project_id)s and project_id:%(owner)s)"),
    ("fetch_image_location", "rule:service_api"),
    ("add_member", MEMBER),
    ("delete_member", MEMBER),
    ("get_member", MEMBERS_READER),
    ("get_members", MEMBERS_READER),
    ("modify_member", "role:admin or (role:member and project_id:%(member_id)s)"),
    ("deactivate", MEMBER),
    ("reactivate", MEMBER),
    ("copy_image", ADMIN),
    ("tasks_api_access", ADMIN),
    ("cache_image", ADMIN),
    ("cache_list", ADMIN),
    ("cache_delete", ADMIN),
    ("cache_clean", ADMIN),
    ("cache_prune", ADMIN),
    ("list_cached_nodes", ADMIN),
    ("stores_info_detail", "role:admin or rule:service_api"),
    ("metadef_admin", ADMIN),
    ("get_metadef_namespace", NAMESPACE_READER),
    ("get_metadef_namespaces", READER),
    ("add_metadef_namespace", "rule:metadef_admin"),
    ("modify_metadef_namespace", "rule:metadef_admin"),
    ("delete_metadef_namespace", "rule:metadef_admin"),
    ("get_metadef_object", NAMESPACE_READER),
    ("get_metadef_objects", NAMESPACE_READER),
    ("add_metadef_object", "rule:metadef_admin"),
    ("modify_metadef_object", "rule:metadef_admin"),
    ("delete_metadef_object", "rule:metadef_admin"),
    ("list_metadef_resource_types", NAMESPACE_READER),
    ("add_metadef_resource_type_association", "rule:metadef_admin"),
    ("remove_metadef_resource_type_association", "rule:metadef_admin"),
    ("get_metadef_property", NAMESPACE_READER),
    ("get_metadef_properties", NAMESPACE_READER),
    ("add_metadef_property", "rule:metadef_admin"),
    ("modify_metadef_property", "rule:metadef_admin"),
    ("remove_metadef_property", "rule:metadef_admin"),
    ("get_metadef_tag", NAMESPACE_READER),
    ("get_metadef_tags", NAMESPACE_READER),
    ("add_metadef_tag", "rule:metadef_admin"),
    ("add_metadef_tags", "rule:metadef_admin"),
    ("modify_metadef_tag", "rule:metadef_admin"),
    ("delete_metadef_tag", "rule:metadef_admin"),
];

const DOWNLOAD: &str = "role:admin or (role:member and (project_id:%(project_id)s or project_id:%(member_id)s or \
                        'community':%(visibility)s or 'public':%(visibility)s or 'shared':%(visibility)s))";
