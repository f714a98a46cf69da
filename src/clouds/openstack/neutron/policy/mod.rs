//! Neutron's policy. Upstream enforces a conjunction of rules: the rule of the action, and the rules of the guarded
//! attributes that the request sets (neutron/policy.py).

mod rules;

use super::attributes::{self, Body, ResourceType};
use super::errors;
use super::record::Record;
use crate::clouds::openstack::policy::Policy;
pub use crate::clouds::openstack::policy::{is_admin, is_own_or_admin};
use crate::engine::{Call, Problem};
use serde_json::{Map, Value};
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

/// True if the rule allows the call.
pub fn allows(call: &Call, rule: &str, target: &Target) -> bool {
    let pairs: Vec<_> = target.0.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // Upstream falls back to the rule `default`.
    let rule = if POLICY.knows(rule) { rule } else { "default" };
    POLICY.allows(rule, &call.caller, &pairs)
}

/// Enforces one rule.
pub fn enforce(call: &Call, rule: &str, target: &Target) -> Result<(), Problem> {
    if allows(call, rule, target) { Ok(()) } else { Err(errors::forbidden(&format!("rule:{rule}"))) }
}

/// The rules for an action with this body, and their conjunction as upstream writes it: `(rule:create_network and
/// rule:create_network:shared)`.
pub fn conjunction(action: &str, kind: &ResourceType, body: &Body, is_create: bool) -> (Vec<String>, String) {
    let mut rules = vec![action.to_owned()];
    let mut text = format!("rule:{action}");
    for row in kind.rows().filter(|row| row.enforced && attributes::is_set(row, body, is_create)) {
        let rule = format!("{action}:{}", row.name);
        let parts = parts(&rule, body.get(row.name));
        let whole = std::iter::once(&rule).chain(&parts).map(|one| format!("rule:{one}")).collect::<Vec<_>>();
        let (first, others) = whole.split_first().map_or(("", &[][..]), |(first, others)| (first.as_str(), others));
        // Upstream writes a conjunction for the keys of an object, even if no key has a rule.
        let condition = match body.get(row.name) {
            Some(Value::Object(_)) if row.name == "external_gateway_info" => {
                format!("({first} and ({}))", others.join(" and "))
            }
            _ if others.is_empty() => first.to_owned(),
            _ => format!("({first} and ({}))", others.join(" and ")),
        };
        text = format!("({text} and {condition})");
        rules.push(rule);
        rules.extend(parts);
    }
    (rules, text)
}

/// The rules of the keys of objects in the value: `create_port:fixed_ips:ip_address`.
fn parts(rule: &str, value: Option<&Value>) -> Vec<String> {
    let names = |fields: &Map<String, Value>| fields.keys().map(|key| format!("{rule}:{key}")).collect::<Vec<_>>();
    match value {
        // Upstream asks for a rule for each key of each object, also if there is none (`_build_list_of_subattrs_rule`).
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_object).flat_map(names).collect(),
        Some(Value::Object(fields)) => names(fields).into_iter().filter(|name| POLICY.knows(name)).collect(),
        _ => vec![],
    }
}

/// Enforces all rules for creating or updating a resource with this body.
pub fn enforce_body(
    call: &Call,
    action: &str,
    kind: &ResourceType,
    body: &Body,
    is_create: bool,
    target: &Target,
) -> Result<(), Problem> {
    let (rules, text) = conjunction(action, kind, body, is_create);
    let allowed = rules.iter().all(|rule| allows(call, rule, target));
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
