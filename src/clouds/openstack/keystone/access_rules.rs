//! Access rules: the requests that an application credential is allowed to make
//! (keystone/api/users.py, `UserAccessRuleListResource`). They belong to a user and are created together
//! with an application credential.

use super::super::OpenStack;
use super::collections::{Collection, link};
use super::{errors, policy};
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Response, Row, delete, get};
use regex::bytes::RegexBuilder;
use serde::{Deserialize, Serialize};

/// `/users/{user_id}/access_rules`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/users/{user_id}/access_rules", "keystone.access_rule.list", list)
        .summary("Lists access rules of a user.")
        .policy_on_target("identity:list_access_rules"),
    get("/users/{user_id}/access_rules/{access_rule_id}", "keystone.access_rule.show", show)
        .summary("Shows an access rule.")
        .policy_on_target("identity:get_access_rule"),
    delete("/users/{user_id}/access_rules/{access_rule_id}", "keystone.access_rule.delete", remove)
        .summary("Deletes an access rule.")
        .policy_on_target("identity:delete_access_rule"),
];

/// One kind of request to one service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessRule {
    pub id: Id,
    /// The id of the user it belongs to.
    pub user: Id,
    /// The service type, such as `compute`.
    pub service: String,
    /// A path pattern such as `/v2.1/servers/*/ips`. `*` matches within one segment, `**` any text.
    pub path: String,
    /// The HTTP method, in upper case.
    pub method: String,
}

impl Row for AccessRule {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.user
    }
}

impl AccessRule {
    /// Writes the rule without its link, as application credentials and tokens embed it.
    pub fn show(&self, o: &mut Object) {
        o.set("id", &self.id);
        o.set("service", &self.service);
        o.set("path", &self.path);
        o.set("method", &self.method);
    }

    /// True if the rule allows a request to its service (keystonemiddleware, `validate_allowed_request`).
    pub fn allows(&self, method: &str, path: &str) -> bool {
        self.method == method && path_matches(&self.path, path)
    }
}

/// keystonemiddleware's `_path_matches`. It makes a regular expression of the pattern and leaves its other characters as
/// they are, so a dot is any character. The expressions of this library need no backtracking. Paths are ASCII, so
/// expressions of bytes do, which are small.
fn path_matches(pattern: &str, path: &str) -> bool {
    let expression = RegexBuilder::new(&expression(pattern)).unicode(false).build();
    expression.is_ok_and(|expression| expression.is_match(path.as_bytes()))
}

/// `{name}` and `*` become one or more characters other than a slash, `**` any number of any characters. A brace without
/// its pair is left out.
fn expression(pattern: &str) -> String {
    let (mut expression, mut rest) = (String::from("^"), pattern);
    while let Some(first) = rest.chars().next() {
        let tag = rest.find('}').filter(|_| first == '{');
        let length = match first {
            '{' => tag.map_or(1, |end| end + 1),
            '*' if rest.starts_with("**") => 2,
            _ => first.len_utf8(),
        };
        match first {
            '{' if tag.is_some() => expression.push_str("[^/]+"),
            '{' | '}' => {}
            '*' if length == 2 => expression.push_str(".*"),
            '*' => expression.push_str("[^/]+"),
            literal => expression.push(literal),
        }
        rest = &rest[length..];
    }
    expression.push('$');
    expression
}

/// Enforces the policy with the user in the path as target, if that user exists.
fn enforce(call: &Call, os: &OpenStack) -> Result<(), crate::engine::Problem> {
    match os.keystone.users.get(call.param("user_id")) {
        Some(user) => policy::enforce(call, &[("target.user.id", &user.id)]),
        None => policy::enforce(call, &[]),
    }
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    enforce(call, os)?;
    let matches = |name: &str, value: &str| call.query(name).is_none_or(|filter| filter == value);
    let rules = os.keystone.access_rules.of(call.param("user_id")).rev();
    let rules = rules.filter(|rule| {
        matches("service", &rule.service) && matches("path", &rule.path) && matches("method", &rule.method)
    });
    Ok(Collection::new(call, "access_rules").show(rules, |o, rule| view(o, call, rule)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    enforce(call, os)?;
    let id = call.param("access_rule_id");
    let rule = os.keystone.access_rules.get(id).ok_or_else(|| errors::could_not_find("Access Rule", id))?;
    Ok(Response::one("access_rule", |o| view(o, call, rule)))
}

fn view(o: &mut Object, call: &Call, rule: &AccessRule) {
    rule.show(o);
    link(o, call, &format!("/access_rules/{}", rule.id));
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    enforce(call, os)?;
    let id = call.param("access_rule_id");
    let rule = os.keystone.access_rules.get(id).ok_or_else(|| errors::could_not_find("Access Rule", id))?;
    let (id, user) = (rule.id.clone(), rule.user.clone());
    let mut credentials = os.keystone.application_credentials.of(&user);
    if credentials.any(|one| one.access_rules.as_ref().is_some_and(|rules| rules.contains(&id))) {
        return Err(errors::access_rule_in_use());
    }
    os.keystone.access_rules.remove(&id);
    Ok(Response::empty())
}

#[cfg(test)]
mod tests {
    use super::path_matches;

    #[test]
    fn stars_and_names_match_as_in_keystonemiddleware() {
        for (pattern, path, matches) in [
            ("/v3/volumes/*", "/v3/volumes/1", true),
            ("/v3/volumes/*", "/v3/volumes/1/action", false),
            ("/v3/volumes/*", "/v3/volumes/", false),
            ("/v3/**", "/v3/volumes/1/action", true),
            ("/v3/**", "/v3", false),
            ("/v3/{project_id}/limits", "/v3/p/limits", true),
            ("/v2.0/net*", "/v2.0/networks", true),
            ("/v2.0/net**", "/v2.0/networks/1", true),
            ("/v2.0/networks*", "/v2.0/networks", false),
            ("/v2.0/{what}s", "/v2.0/networks", true),
            ("/v2.0/networks", "/v2.0/networks/", false),
            ("/v2.0/networks", "/v2x0/networks", true),
            ("/v2.0/***", "/v2.0/a/b", true),
            ("/v2.0/{a", "/v2.0/a", true),
            ("/v2.0/(", "/v2.0/(", false),
            ("/v3/volumes", "/v3/backups", false),
        ] {
            assert_eq!(path_matches(pattern, path), matches, "{pattern} {path}");
        }
    }

    #[test]
    fn many_stars_take_no_longer_than_few() {
        let pattern = "/**a".repeat(200);
        assert!(!path_matches(&pattern, &"/a".repeat(199)));
    }
}
