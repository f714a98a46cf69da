//! Errors about QoS policies and their rules.

use crate::engine::Problem;
use std::fmt::Display;

/// `policy` is empty for rules that are addressed without their policy.
pub fn qos_rule_not_found(id: &str, policy: &str) -> Problem {
    Problem::new(404, "QosRuleNotFound", format!("QoS rule {id} for policy {policy} could not be found."))
}

/// `what` and `id` are the type and id of the resource that uses the policy.
pub fn qos_policy_in_use(policy: &str, what: &str, id: &str) -> Problem {
    Problem::new(409, "QosPolicyInUse", format!("QoS Policy {policy} is used by {what} {id}."))
}

pub fn default_qos_policy_exists(project: &str) -> Problem {
    let message = format!("A default QoS policy exists for project {project}.");
    Problem::new(409, "QoSPolicyDefaultAlreadyExists", message)
}

/// The rule `new` conflicts with the rule `existing` of the same type.
pub fn qos_rules_conflict(new: &str, existing: &str, policy: &str) -> Problem {
    let message = format!("Rule {new} conflicts with rule {existing} which already exists in QoS Policy {policy}.");
    Problem::new(409, "QoSRulesConflict", message)
}

/// A guarantee exceeds a limit, a limit is below a guarantee, or directions exclude each other.
pub fn qos_values_conflict(value: impl Display, policy: &str, existing: &str, other: impl Display) -> Problem {
    let message = format!(
        "Unable to add the rule with value {value} to the policy {policy} as the existing rule of type {existing} has \
         value {other}."
    );
    Problem::new(409, "QoSRuleParameterConflict", message)
}

pub fn qos_policy_not_removable(policy: &str) -> Problem {
    let message = format!("Failed to remove provided policy {policy} because you are not authorized.");
    Problem::new(403, "PolicyRemoveAuthorizationError", message)
}
