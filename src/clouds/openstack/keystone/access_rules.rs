//! Access rules: the requests that an application credential is good for. They belong to a user and
//! come into being with the application credentials that name them.

use super::super::OpenStack;
use super::collections::{Collection, link};
use super::{errors, policy};
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Response, Row, delete, get};
use serde::{Deserialize, Serialize};

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

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessRule {
    pub id: Id,
    pub user: Id,
    /// The type of a service: `compute`
    pub service: String,
    /// `/v2.1/servers/*/ips`: `*` stands for one step of the path, `**` for any number.
    pub path: String,
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
    pub fn show(&self, o: &mut Object) {
        o.set("id", &self.id);
        o.set("service", &self.service);
        o.set("path", &self.path);
        o.set("method", &self.method);
    }

    /// True if the rule allows the request to its service (keystonemiddleware's `validate_allowed_request`).
    pub fn allows(&self, method: &str, path: &str) -> bool {
        self.method == method && covers(&self.path, path)
    }
}

/// `*` and `{name}` match within a step, `**` across steps.
fn covers(pattern: &str, path: &str) -> bool {
    let steps = |text: &str| text.trim_end_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
    covers_steps(&steps(pattern), &steps(path))
}

fn covers_steps(pattern: &[String], path: &[String]) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return path.is_empty() };
    if first == "**" {
        return (0..=path.len()).any(|skipped| covers_steps(rest, &path[skipped..]));
    }
    let Some((step, others)) = path.split_first() else { return false };
    let any = first == "*" || (first.starts_with('{') && first.ends_with('}'));
    (any || first == step) && covers_steps(rest, others)
}

/// The target of the policy: the user in the path, if there is one.
fn enforce(call: &Call, os: &OpenStack) -> Result<(), crate::engine::Problem> {
    match os.keystone.users.get(call.param("user_id")) {
        Some(user) => policy::enforce(call, &[("target.user.id", &user.id)]),
        None => policy::enforce(call, &[]),
    }
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    enforce(call, os)?;
    let fits = |name: &str, value: &str| call.query(name).is_none_or(|asked| asked == value);
    let rules = os.keystone.access_rules.of(call.param("user_id")).rev();
    let rules =
        rules.filter(|rule| fits("service", &rule.service) && fits("path", &rule.path) && fits("method", &rule.method));
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
    use super::covers;

    #[test]
    fn a_star_is_one_step_and_two_are_any_number() {
        assert!(covers("/v3/volumes/*", "/v3/volumes/1") && !covers("/v3/volumes/*", "/v3/volumes/1/action"));
        assert!(covers("/v3/**", "/v3/volumes/1/action") && covers("/v3/{project_id}/limits", "/v3/p/limits"));
        assert!(!covers("/v3/volumes", "/v3/backups"));
    }
}
