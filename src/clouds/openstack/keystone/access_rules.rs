//! Access rules: the requests that an application credential is allowed to make
//! (keystone/api/users.py, `UserAccessRuleListResource`). They belong to a user and are created together
//! with an application credential.

use super::super::OpenStack;
use super::collections::{Collection, link};
use super::{errors, policy};
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Response, Row, delete, get};
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
    /// A path pattern such as `/v2.1/servers/*/ips`. `*` matches one segment, `**` any number of them.
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

/// `*` and `{name}` match one segment, `**` any number of segments.
fn path_matches(pattern: &str, path: &str) -> bool {
    let segments = |text: &str| text.trim_end_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
    segments_match(&segments(pattern), &segments(path))
}

fn segments_match(pattern: &[String], path: &[String]) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return path.is_empty() };
    if first == "**" {
        return (0..=path.len()).any(|skipped| segments_match(rest, &path[skipped..]));
    }
    let Some((segment, others)) = path.split_first() else { return false };
    let any = first == "*" || (first.starts_with('{') && first.ends_with('}'));
    (any || first == segment) && segments_match(rest, others)
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
    fn one_star_matches_one_segment_and_two_match_any_number() {
        assert!(
            path_matches("/v3/volumes/*", "/v3/volumes/1") && !path_matches("/v3/volumes/*", "/v3/volumes/1/action")
        );
        assert!(
            path_matches("/v3/**", "/v3/volumes/1/action") && path_matches("/v3/{project_id}/limits", "/v3/p/limits")
        );
        assert!(!path_matches("/v3/volumes", "/v3/backups"));
    }
}
