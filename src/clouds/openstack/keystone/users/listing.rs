//! Lists of users, and of the groups and projects of a user (keystone/api/users.py).

use super::super::super::times::iso8601;
use super::super::super::{OpenStack, scope};
use super::super::collections::{Collection, Filters};
use super::super::parameter_types::Boolean;
use super::super::{assignments, errors, groups, policy, projects};
use super::{User, find_authorized, view};
use crate::engine::{Answer, Call, Problem};
use chrono::{DateTime, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

/// The schema of the query of [`list`].
pub fn query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "domain_id": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[a-zA-Z0-9-]+$"},
            "enabled": Boolean::json_schema(&mut SchemaGenerator::default()),
            "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"[\S]+"},
            "sort_dir": {"type": "string", "enum": ["asc", "desc"]},
        },
    })
}

/// `GET /users`
pub fn list(call: &Call, os: &OpenStack) -> Answer {
    let own = scope::domain(&call.caller);
    policy::enforce(call, own.map(|own| ("target.domain_id", own)).as_slice())?;
    let filters = UserFilters::of(call)?;
    let visible = |user: &&User| own.is_none_or(|own| &*user.domain == own) && filters.admit(user);
    let users = &os.keystone.users;
    let filtered = !filters.attributes.is_empty();
    let visible = users.all().filter(visible);
    Collection::new(call, "users").show_page(users, visible, filtered, |o, user| view(o, call, user))
}

/// `GET /users/{user_id}/groups`
pub fn groups(call: &Call, os: &OpenStack) -> Answer {
    let user = find_authorized(call, os)?;
    let filters = Filters::of(call, &["name"]);
    let own = scope::domain(&call.caller);
    let groups = os.keystone.memberships.of(&user.id).filter_map(|one| os.keystone.groups.get(&one.group));
    let groups = groups.filter(|group| own.is_none_or(|own| &*group.domain == own));
    let groups = groups.filter(|group| filters.admit(|name| group.attribute(name)));
    Ok(Collection::new(call, "groups").show(groups, |o, group| {
        groups::view(o, call, group);
        // Only memberships that come from federation expire.
        o.set("membership_expires_at", ());
    }))
}

/// `GET /users/{user_id}/projects`: the projects on which the user has a role.
pub fn projects(call: &Call, os: &OpenStack) -> Answer {
    let user = find_authorized(call, os)?;
    let filters = Filters::of(call, &["domain_id", "enabled", "name"]);
    let projects = assignments::projects_of(os, &user.id).into_iter();
    let projects = projects.filter(|project| filters.admit(|name| project.attribute(name)));
    Ok(Collection::new(call, "projects").show(projects, |o, project| projects::view(o, call, project)))
}

/// The filters of a list of users.
pub struct UserFilters<'c> {
    attributes: Filters<'c>,
    expiry: Vec<Expiry>,
    /// True if the list is limited to users of an identity provider, of whom there are none.
    federated: bool,
}

/// `password_expires_at=lt:2016-12-08T22:02:00Z`
struct Expiry {
    operator: String,
    at: DateTime<Utc>,
}

impl<'c> UserFilters<'c> {
    /// The filters in the query of `call`. Fails with 400 for a malformed `password_expires_at`.
    pub fn of(call: &'c Call) -> Result<Self, Problem> {
        let expiry = call.query.iter().filter(|(name, _)| name == "password_expires_at");
        Ok(UserFilters {
            attributes: Filters::of(call, &["domain_id", "enabled", "name"]),
            expiry: expiry.map(|(_, value)| Expiry::parse(value)).collect::<Result<_, _>>()?,
            federated: ["idp_id", "protocol_id", "unique_id"].iter().any(|name| call.query(name).is_some()),
        })
    }

    /// The same for the members of a group, whose list does not know identity providers.
    pub fn of_members(call: &'c Call) -> Result<Self, Problem> {
        Ok(UserFilters { federated: false, ..UserFilters::of(call)? })
    }

    /// True if the user passes all filters.
    pub fn admit(&self, user: &User) -> bool {
        let attribute = |name: &str| match name {
            "domain_id" => json!(user.domain),
            "enabled" => json!(user.enabled),
            "name" => json!(user.name),
            _ => Value::Null,
        };
        !self.federated
            && self.attributes.admit(attribute)
            && self.expiry.iter().all(|expiry| user.password_expires.is_some_and(|end| expiry.admits(end)))
    }
}

impl Expiry {
    /// An operator has two or three letters. The default is `eq`.
    fn parse(value: &str) -> Result<Expiry, Problem> {
        let (operator, time) = match value.split_once(':') {
            Some((operator, time)) if matches!(operator.len(), 2 | 3) => (operator, time),
            _ => ("eq", value),
        };
        let at = iso8601(time).ok_or_else(errors::malformed_timestamp)?;
        if !["eq", "neq", "lt", "lte", "gt", "gte"].contains(&operator) {
            return Err(errors::unknown_operator(operator));
        }
        Ok(Expiry { operator: operator.into(), at })
    }

    fn admits(&self, end: DateTime<Utc>) -> bool {
        match self.operator.as_str() {
            "lt" => end < self.at,
            "lte" => end <= self.at,
            "gt" => end > self.at,
            "gte" => end >= self.at,
            "neq" => end != self.at,
            _ => end == self.at,
        }
    }
}
