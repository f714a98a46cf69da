//! Policies in the language of oslo.policy: `role:admin or (role:reader and project_id:%(project_id)s)`. `rule:`
//! refers to another rule, `@` always passes and `!` never does. Checks compare attributes of the caller with those
//! of the target.

use super::scope;
use crate::engine::{Call, Caller, Id, Problem};
use foldhash::fast::FixedState;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The target of a check: names and values that rules refer to as `%(name)s`.
pub type Target<'t> = [(&'t str, &'t str)];

/// The policy of one service: its rules, which are parsed on first use, and its refusal.
pub struct ServicePolicy {
    pub rules: LazyLock<Policy>,
    forbidden: fn(&str) -> Problem,
    scopes: ScopeTypes,
}

/// The scopes of tokens that the rules of a service accept: the `scope_types` of upstream's rules.
enum ScopeTypes {
    /// The rules have no `scope_types`.
    Any,
    /// A token of a project, or without any scope. The named rules accept all scopes.
    Project { except: &'static [&'static str] },
}

impl ServicePolicy {
    /// `forbidden` makes the refusal from the name of the rule.
    pub const fn new(rules: fn() -> Policy, forbidden: fn(&str) -> Problem) -> Self {
        ServicePolicy { rules: LazyLock::new(rules), forbidden, scopes: ScopeTypes::Any }
    }

    /// The rules refuse tokens that are scoped to the system or to a domain, whatever their roles
    /// (`Enforcer._enforce_scope` in oslo.policy). The rules `except` have no `scope_types`.
    pub const fn for_projects(mut self, except: &'static [&'static str]) -> Self {
        self.scopes = ScopeTypes::Project { except };
        self
    }

    /// Checks the rule of the call's operation.
    pub fn enforce(&self, call: &Call, target: &Target) -> Result<(), Problem> {
        self.enforce_rule(call, call.policy.0, target)
    }

    /// Checks another rule, for decisions within an operation.
    pub fn enforce_rule(&self, call: &Call, rule: &str, target: &Target) -> Result<(), Problem> {
        if self.allows(call, rule, target) { Ok(()) } else { Err((self.forbidden)(rule)) }
    }

    /// True if the caller passes the rule. The empty rule always passes.
    pub fn allows(&self, call: &Call, rule: &str, target: &Target) -> bool {
        call.policy_was_checked();
        rule.is_empty() || (self.accepts_scope(call, rule) && self.rules.allows(rule, &call.caller, target))
    }

    fn accepts_scope(&self, call: &Call, rule: &str) -> bool {
        match self.scopes {
            ScopeTypes::Any => true,
            ScopeTypes::Project { except } => !scope::is_beyond_project(&call.caller) || except.contains(&rule),
        }
    }
}

/// True for an admin context of upstream, which can access the resources of all projects.
pub fn is_admin(call: &Call) -> bool {
    call.caller.has_role("admin")
}

/// True if the project is the caller's or the caller is an administrator.
pub fn is_own_or_admin(call: &Call, project: &Id) -> bool {
    is_admin(call) || **project == *call.caller.project.as_deref().unwrap_or_default()
}

/// The rules of one service, by name.
pub struct Policy {
    rules: HashMap<&'static str, Rule, FixedState>,
}

#[derive(Debug, Clone, PartialEq)]
enum Rule {
    Always,
    Never,
    Role(String),
    Named(String),
    /// Compares an attribute of the caller (or a quoted literal, or `None`) with one of the target (or a literal).
    Equals(String, String),
    Not(Box<Rule>),
    And(Vec<Rule>),
    Or(Vec<Rule>),
}

impl Policy {
    /// Parses the rules of a service. As in oslo.policy, a rule that cannot be parsed never passes.
    pub fn new(rules: &[(&'static str, &str)]) -> Self {
        let mut parsed = HashMap::default();
        for (name, text) in rules {
            let twice = parsed.insert(*name, parse(text)).is_some();
            debug_assert!(!twice, "the rule {name} is defined twice");
        }
        Policy { rules: parsed }
    }

    /// True if the caller passes the rule `name`. An unknown rule never passes.
    pub fn allows(&self, name: &str, caller: &Caller, target: &Target) -> bool {
        self.rules.get(name).is_some_and(|rule| self.holds(rule, caller, target))
    }

    pub fn knows(&self, name: &str) -> bool {
        self.rules.contains_key(name)
    }

    fn holds(&self, rule: &Rule, caller: &Caller, target: &Target) -> bool {
        match rule {
            Rule::Always => true,
            Rule::Never => false,
            Rule::Role(role) => caller.has_role(role),
            Rule::Named(name) => self.allows(name, caller, target),
            Rule::Equals(left, right) => equals(left, right, caller, target),
            Rule::Not(rule) => !self.holds(rule, caller, target),
            Rule::And(rules) => rules.iter().all(|rule| self.holds(rule, caller, target)),
            Rule::Or(rules) => rules.iter().any(|rule| self.holds(rule, caller, target)),
        }
    }
}

fn equals(left: &str, right: &str, caller: &Caller, target: &Target) -> bool {
    let expected = match right.strip_prefix("%(").and_then(|name| name.strip_suffix(")s")) {
        Some(name) => match target.iter().find(|(key, _)| *key == name) {
            Some((_, value)) => value,
            None => return false,
        },
        None => right,
    };
    match left {
        "None" => expected == "None",
        "project_id" | "tenant_id" => caller.project.as_deref() == Some(expected),
        "user_id" => caller.user.as_deref() == Some(expected),
        // In oslo.policy an attribute without a value compares as the text `None`: `not domain_id:None`.
        "domain_id" | "token.domain.id" => scope::domain(caller).unwrap_or("None") == expected,
        "token.project.domain.id" => is(caller, scope::PROJECT_DOMAIN, expected),
        scope::PROJECT_DOMAIN | scope::USER_DOMAIN | scope::SYSTEM => is(caller, left, expected),
        "is_admin" => caller.has_role("admin") == matches!(expected, "1" | "True" | "true"),
        literal => literal.trim_matches('\'') == expected && literal.starts_with('\''),
    }
}

fn is(caller: &Caller, attribute: &str, expected: &str) -> bool {
    caller.attribute(attribute).is_some_and(|value| **value == *expected)
}

fn parse(text: &str) -> Rule {
    if text.trim().is_empty() {
        return Rule::Always;
    }
    let tokens = tokens(text);
    let mut rest = &tokens[..];
    match either(&mut rest) {
        Some(rule) if rest.is_empty() => rule,
        _ => Rule::Never,
    }
}

/// Splits a rule into words and parentheses. Parentheses of `%(name)s` belong to their word.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = vec![];
    for word in text.split_whitespace() {
        let opening = word.len() - word.trim_start_matches('(').len();
        tokens.extend(std::iter::repeat_n("(".to_owned(), opening));
        let word = &word[opening..];
        let bare = word.trim_end_matches(')');
        if !bare.is_empty() {
            tokens.push(bare.to_owned());
        }
        tokens.extend(std::iter::repeat_n(")".to_owned(), word.len() - bare.len()));
    }
    tokens
}

fn either(rest: &mut &[String]) -> Option<Rule> {
    let mut rules = vec![both(rest)?];
    while take(rest, "or") {
        rules.push(both(rest)?);
    }
    Some(if rules.len() == 1 { rules.remove(0) } else { Rule::Or(rules) })
}

fn both(rest: &mut &[String]) -> Option<Rule> {
    let mut rules = vec![one(rest)?];
    while take(rest, "and") {
        rules.push(one(rest)?);
    }
    Some(if rules.len() == 1 { rules.remove(0) } else { Rule::And(rules) })
}

fn one(rest: &mut &[String]) -> Option<Rule> {
    if take(rest, "not") {
        return Some(Rule::Not(Box::new(one(rest)?)));
    }
    if take(rest, "(") {
        let rule = either(rest)?;
        return take(rest, ")").then_some(rule);
    }
    let (word, others) = rest.split_first()?;
    *rest = others;
    check(word)
}

fn check(word: &str) -> Option<Rule> {
    if word == "@" || word == "!" {
        return Some(if word == "@" { Rule::Always } else { Rule::Never });
    }
    let (kind, value) = word.split_once(':')?;
    Some(match kind {
        "role" => Rule::Role(value.to_owned()),
        "rule" => Rule::Named(value.to_owned()),
        _ => Rule::Equals(kind.to_owned(), value.to_owned()),
    })
}

fn take(rest: &mut &[String], word: &str) -> bool {
    let found = rest.first().is_some_and(|first| first == word);
    if found {
        *rest = &rest[1..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(roles: &[&str], project: &str) -> Caller {
        Caller {
            roles: roles.iter().map(|role| (*role).into()).collect(),
            project: Some(project.into()),
            ..Caller::default()
        }
    }

    #[test]
    fn and_binds_closer_than_or() {
        let policy = Policy::new(&[("x", "role:admin or role:member and project_id:%(project_id)s")]);
        assert!(policy.allows("x", &caller(&["admin"], "a"), &[("project_id", "b")]));
        assert!(policy.allows("x", &caller(&["member"], "b"), &[("project_id", "b")]));
        assert!(!policy.allows("x", &caller(&["member"], "a"), &[("project_id", "b")]));
    }

    #[test]
    fn parentheses_names_and_not() {
        let policy = Policy::new(&[
            ("owner", "project_id:%(project_id)s"),
            ("x", "(role:member and (rule:owner)) and not role:reader"),
        ]);
        assert!(policy.allows("x", &caller(&["member"], "a"), &[("project_id", "a")]));
        assert!(!policy.allows("x", &caller(&["member", "reader"], "a"), &[("project_id", "a")]));
        assert!(!policy.allows("x", &caller(&["member"], "a"), &[]));
    }

    #[test]
    fn what_cannot_be_read_or_found_forbids() {
        let policy = Policy::new(&[("broken", "role:admin or"), ("dangling", "rule:none"), ("open", "")]);
        let admin = caller(&["admin"], "a");
        assert!(!policy.allows("broken", &admin, &[]) && !policy.allows("dangling", &admin, &[]));
        assert!(!policy.allows("unknown", &admin, &[]) && policy.allows("open", &admin, &[]));
    }
}
