//! Who may do what in Neutron. Upstream asks not one rule but a conjunction: that of the action, and that of
//! each guarded attribute that is given (neutron/policy.py).

mod rules;

use super::attributes::{self, Body, ValueType};
use super::errors;
use super::record::Record;
use crate::clouds::openstack::policy::Policy;
use crate::engine::{Call, Problem};
use serde_json::Value;
use std::sync::LazyLock;

pub static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::new(rules::RULES));

/// What upstream calls an admin context: it sees every project's resources.
pub fn is_admin(call: &Call) -> bool {
    call.caller.has_role("admin")
}

/// What rules are asked about: names and values.
#[derive(Default)]
pub struct Target(Vec<(&'static str, String)>);

impl Target {
    /// What belongs to a project.
    pub fn of(project: &str) -> Target {
        Target(vec![("project_id", project.to_owned())])
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Target {
        self.0.push((name, value.into()));
        self
    }

    /// A flag, as rules compare it: `True` or `False`.
    pub fn flag(self, name: &'static str, value: bool) -> Target {
        self.with(name, if value { "True" } else { "False" })
    }

    /// Kinds of device that rules tell apart by the beginning of `device_owner`.
    pub fn device(self, owner: &str) -> Target {
        self.flag("is_network_device", owner.starts_with("network:"))
            .flag("is_compute_device", owner.starts_with("compute:"))
            .flag("is_baremetal_device", owner.starts_with("baremetal:"))
            .flag("is_manila_device", owner.starts_with("manila:"))
    }
}

pub fn allows(call: &Call, rule: &str, target: &Target) -> bool {
    let pairs: Vec<_> = target.0.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // Upstream's own rule `default` stands in for a rule that nobody wrote.
    let rule = if POLICY.knows(rule) { rule } else { "default" };
    POLICY.allows(rule, &call.caller, &pairs)
}

/// Asks one rule.
pub fn enforce(call: &Call, rule: &str, target: &Target) -> Result<(), Problem> {
    if allows(call, rule, target) { Ok(()) } else { Err(errors::forbidden(&format!("rule:{rule}"))) }
}

/// The rules that an action with this body asks, as upstream writes their conjunction:
/// `(rule:create_network and rule:create_network:shared)`.
pub fn conjunction(action: &str, kind: &ValueType, body: &Body, is_create: bool) -> (Vec<String>, String) {
    let mut rules = vec![action.to_owned()];
    let mut text = format!("rule:{action}");
    for row in kind.rows().filter(|row| row.enforced && attributes::is_set(row, body, is_create)) {
        let rule = format!("{action}:{}", row.name);
        let parts = parts(&rule, body.get(row.name));
        let whole = std::iter::once(&rule).chain(&parts).map(|one| format!("rule:{one}")).collect::<Vec<_>>();
        let (first, others) = whole.split_first().map_or(("", &[][..]), |(first, others)| (first.as_str(), others));
        // Of an object, upstream asks about every key: a conjunction, be it of nothing.
        let told = match body.get(row.name) {
            Some(Value::Object(_)) if row.name == "external_gateway_info" => {
                format!("({first} and ({}))", others.join(" and "))
            }
            _ if others.is_empty() => first.to_owned(),
            _ => format!("({first} and ({}))", others.join(" and ")),
        };
        text = format!("({text} and {told})");
        rules.push(rule);
        rules.extend(parts);
    }
    (rules, text)
}

/// The keys of the objects in a list have rules of their own: `create_port:fixed_ips:ip_address`.
fn parts(rule: &str, value: Option<&Value>) -> Vec<String> {
    let objects: Vec<_> = match value {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_object).collect(),
        Some(Value::Object(fields)) => vec![fields],
        _ => vec![],
    };
    let names = objects.into_iter().flat_map(|fields| fields.keys()).map(|key| format!("{rule}:{key}"));
    names.filter(|name| POLICY.knows(name)).collect()
}

/// Asks everything that making or changing a resource with this body asks.
pub fn enforce_body(
    call: &Call,
    action: &str,
    kind: &ValueType,
    body: &Body,
    is_create: bool,
    target: &Target,
) -> Result<(), Problem> {
    let (rules, text) = conjunction(action, kind, body, is_create);
    let allowed = rules.iter().all(|rule| allows(call, rule, target));
    if allowed { Ok(()) } else { Err(errors::forbidden(&text)) }
}

/// The attributes of a kind that this caller is not shown, found out once for a whole list, as upstream does.
pub fn hidden(call: &Call, kind: &ValueType, target: &Target) -> Vec<&'static str> {
    let shown = |name: &str| {
        let rule = format!("get_{}:{name}", kind.ruled_as);
        !POLICY.knows(&rule) || allows(call, &rule, target)
    };
    kind.rows().filter(|row| !row.visible || !shown(row.name)).map(|row| row.name).collect()
}

/// What rules about a stored resource are asked about, unless it says more by itself.
pub fn target_of(record: &Record) -> Target {
    Target::of(&record.project)
}
