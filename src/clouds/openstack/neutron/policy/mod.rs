//! Neutron's policy. Upstream enforces a conjunction of rules: the rule of the action, and the rules of the guarded
//! attributes that the request sets (neutron/policy.py).

mod rules;

use super::attributes::{self, Body, ResourceType};
use super::record::Record;
use super::{errors, provider, routers};
use crate::clouds::openstack::policy::Policy;
pub use crate::clouds::openstack::policy::{is_admin, is_own_or_admin};
use crate::clouds::openstack::scope;
use crate::engine::{Call, Problem};
use serde_json::Value;
use std::sync::LazyLock;

pub static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::new(rules::RULES));

/// The values that rules compare with: names and values.
#[derive(Default)]
pub struct Target(Vec<(&'static str, String)>);

impl Target {
    /// The target of a resource of this project.
    pub fn of(project: &str) -> Target {
        Target(vec![("project_id", project.to_owned())])
    }

    /// Adds a value.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Target {
        self.0.push((name, value.into()));
        self
    }

    /// Adds a boolean as rules compare it: `True` or `False`.
    pub fn flag(self, name: &'static str, value: bool) -> Target {
        self.with(name, if value { "True" } else { "False" })
    }

    /// Adds the flags for the kinds of devices that rules distinguish by the prefix of `device_owner`.
    pub fn device(self, owner: &str) -> Target {
        self.flag("is_network_device", owner.starts_with("network:"))
            .flag("is_compute_device", owner.starts_with("compute:"))
            .flag("is_baremetal_device", owner.starts_with("baremetal:"))
            .flag("is_manila_device", owner.starts_with("manila:"))
    }
}

/// The rules without `scope_types` (neutron/conf/policies). All others are for tokens of projects.
const UNSCOPED: [&str; 32] = [
    "context_is_admin",
    "context_with_global_access",
    "service_api",
    "owner",
    "admin_or_owner",
    "context_is_advsvc",
    "admin_or_network_owner",
    "admin_owner_or_network_owner",
    "network_owner",
    "admin_only",
    "regular_user",
    "shared",
    "default",
    "admin_or_ext_parent_owner",
    "ext_parent_owner",
    "sg_owner",
    "shared_address_groups",
    "shared_address_scopes",
    "external",
    "network_device",
    "compute_device",
    "baremetal_device",
    "manila_device",
    "admin_or_data_plane_int",
    "shared_qos_policy",
    "restrict_wildcard",
    "admin_or_sg_owner",
    "admin_owner_or_sg_owner",
    "shared_security_group",
    "rule_default_sg",
    "external_network",
    "shared_subnetpools",
];

/// True if the caller is an administrator with a token of a project, who passes every rule for administrators.
pub fn is_project_admin(call: &Call) -> bool {
    is_admin(call) && !scope::is_beyond_project(&call.caller)
}

/// True if the rule is checked alone and the scope of the caller's token is not the rule's
/// (`Enforcer._enforce_scope`).
fn is_out_of_scope(call: &Call, rule: &str) -> bool {
    scope::is_beyond_project(&call.caller) && POLICY.knows(rule) && !UNSCOPED.contains(&rule)
}

/// True if the rule allows the call.
pub fn allows(call: &Call, rule: &str, target: &Target) -> bool {
    call.policy_was_checked();
    !is_out_of_scope(call, rule) && holds(call, rule, target)
}

/// True if the rule holds whatever the scope of the caller's token.
fn holds(call: &Call, rule: &str, target: &Target) -> bool {
    let pairs: Vec<_> = target.0.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // Upstream falls back to the rule `default`.
    let rule = if POLICY.knows(rule) { rule } else { "default" };
    POLICY.allows(rule, &call.caller, &pairs)
}

/// Enforces one rule.
pub fn enforce(call: &Call, rule: &str, target: &Target) -> Result<(), Problem> {
    if is_out_of_scope(call, rule) {
        return Err(errors::invalid_scope(rule, if scope::is_system(&call.caller) { "system" } else { "domain" }));
    }
    if holds(call, rule, target) { Ok(()) } else { Err(errors::forbidden(&format!("rule:{rule}"))) }
}

/// The rules for an action with this body, and their conjunction as upstream writes it: `(rule:create_network and
/// rule:create_network:shared)` (`_build_match_rule`).
pub fn conjunction(action: &str, kind: &ResourceType, body: &Body, is_create: bool) -> (Vec<String>, String) {
    let mut rules = vec![action.to_owned()];
    let mut text = format!("rule:{action}");
    for row in kind.rows().filter(|row| row.enforced && attributes::is_set(row, body, is_create)) {
        let rule = format!("{action}:{}", row.name);
        let condition = match parts(row.name, body.get(row.name)) {
            None => format!("rule:{rule}"),
            Some(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| format!("{rule}:{part}")).collect();
                let all: Vec<_> = parts.iter().map(|part| format!("rule:{part}")).collect();
                rules.extend(parts);
                format!("(rule:{rule} and ({}))", all.join(" and "))
            }
        };
        text = format!("({text} and {condition})");
        rules.push(rule);
    }
    (rules, text)
}

/// The keys within a value that have rules of their own; `None` if the attribute's rule suffices. Upstream takes those
/// keys of an object that the attribute's validator describes, also if there are none, and all keys of objects in a
/// list.
fn parts<'b>(name: &str, value: Option<&'b Value>) -> Option<Vec<&'b str>> {
    match value? {
        Value::Object(fields) => {
            let described: &[&'static str] = match name {
                "external_gateway_info" => &routers::gateways::KEYS,
                "hints" => &["openvswitch"],
                _ => return None,
            };
            Some(described.iter().copied().filter(|key| fields.contains_key(*key)).collect())
        }
        Value::Array(items) => {
            let mut keys = vec![];
            for fields in items.iter().filter_map(Value::as_object) {
                let own: Vec<&str> = fields.keys().map(String::as_str).collect();
                // The validator of segments sets the missing keys.
                let missing = provider::SEGMENT_KEYS.iter().copied().filter(|_| name == "segments");
                let missing: Vec<&str> = missing.filter(|key| !own.contains(key)).collect();
                keys.extend(own.into_iter().chain(missing));
            }
            Some(keys).filter(|keys| !keys.is_empty())
        }
        _ => None,
    }
}

/// Enforces all rules for creating or updating a resource with this body. Upstream checks the scope of the token only
/// if there is one rule: a conjunction has no `scope_types`.
pub fn enforce_body(
    call: &Call,
    action: &str,
    kind: &ResourceType,
    body: &Body,
    is_create: bool,
    target: &Target,
) -> Result<(), Problem> {
    let (rules, text) = conjunction(action, kind, body, is_create);
    if rules.len() == 1 {
        return enforce(call, action, target);
    }
    let allowed = rules.iter().all(|rule| holds(call, rule, target));
    if allowed { Ok(()) } else { Err(errors::forbidden(&text)) }
}

/// The attributes that the caller is not shown. Upstream evaluates them once for a whole list.
pub fn hidden(call: &Call, kind: &ResourceType, target: &Target) -> Vec<&'static str> {
    let shown = |name: &str| {
        let rule = format!("get_{}:{name}", kind.ruled_as);
        !POLICY.knows(&rule) || allows(call, &rule, target)
    };
    kind.rows().filter(|row| !row.visible || !shown(row.name)).map(|row| row.name).collect()
}

/// The default target of rules about a stored resource.
pub fn target_of(record: &Record) -> Target {
    Target::of(&record.project)
}
