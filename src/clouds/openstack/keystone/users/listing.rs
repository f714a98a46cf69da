//! Lists of users, and of what a user is in.

use super::super::super::{OpenStack, scope};
use super::super::collections::{Collection, Filters};
use super::super::{assignments, errors, groups, policy, projects};
use super::{User, find_for, view};
use crate::engine::{Answer, Call, Problem};
use chrono::{DateTime, Utc};
use schemars::{Schema, json_schema};
use serde_json::{Value, json};

pub fn query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "domain_id": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[a-zA-Z0-9-]+$"},
            "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"[\S]+"},
            "sort_dir": {"type": "string", "enum": ["asc", "desc"]},
        },
    })
}

pub fn list(call: &Call, os: &OpenStack) -> Answer {
    let own = scope::domain(&call.caller);
    policy::enforce(call, own.map(|own| ("target.domain_id", own)).as_slice())?;
    let asked = UserFilters::of(call)?;
    let shown = |user: &&User| own.is_none_or(|own| &*user.domain == own) && asked.admit(user);
    let users = &os.keystone.users;
    Collection::new(call, "users").show_page(users, users.all().filter(shown), |o, user| view(o, call, user))
}

/// The groups that the user is in.
pub fn groups(call: &Call, os: &OpenStack) -> Answer {
    let user = find_for(call, os)?;
    let filters = Filters::of(call, &["name"]);
    let own = scope::domain(&call.caller);
    let groups = os.keystone.memberships.of(&user.id).filter_map(|one| os.keystone.groups.get(&one.group));
    let groups = groups.filter(|group| own.is_none_or(|own| &*group.domain == own));
    let groups = groups.filter(|group| filters.admit(|name| group.attribute(name)));
    Ok(Collection::new(call, "groups").show(groups, |o, group| {
        groups::view(o, call, group);
        // Only memberships that a federation gives end by themselves.
        o.set("membership_expires_at", ());
    }))
}

/// The projects in which the user has a role.
pub fn projects(call: &Call, os: &OpenStack) -> Answer {
    let user = find_for(call, os)?;
    let filters = Filters::of(call, &["domain_id", "enabled", "name"]);
    let projects = assignments::projects_of(os, &user.id).into_iter();
    let projects = projects.filter(|project| filters.admit(|name| project.attribute(name)));
    Ok(Collection::new(call, "projects").show(projects, |o, project| projects::view(o, call, project)))
}

/// What a list of users can be asked for.
pub struct UserFilters<'c> {
    attributes: Filters<'c>,
    expiry: Vec<Expiry>,
    /// Users of other identity providers: there are none.
    federated: bool,
}

/// `password_expires_at=lt:2016-12-08T22:02:00Z`
struct Expiry {
    operator: String,
    at: DateTime<Utc>,
}

impl<'c> UserFilters<'c> {
    pub fn of(call: &'c Call) -> Result<Self, Problem> {
        let expiry = call.query.iter().filter(|(name, _)| name == "password_expires_at");
        Ok(UserFilters {
            attributes: Filters::of(call, &["domain_id", "enabled", "name"]),
            expiry: expiry.map(|(_, value)| Expiry::parse(value)).collect::<Result<_, _>>()?,
            federated: ["idp_id", "protocol_id", "unique_id"].iter().any(|name| call.query(name).is_some()),
        })
    }

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
    /// An operator is two or three letters; without one, the time itself is meant.
    fn parse(value: &str) -> Result<Expiry, Problem> {
        let (operator, time) = match value.split_once(':') {
            Some((operator, time)) if matches!(operator.len(), 2 | 3) => (operator, time),
            _ => ("eq", value),
        };
        let at = DateTime::parse_from_rfc3339(time).map_err(|_| errors::malformed_timestamp())?;
        if !["eq", "neq", "lt", "lte", "gt", "gte"].contains(&operator) {
            return Err(errors::unknown_operator(operator));
        }
        Ok(Expiry { operator: operator.into(), at: at.to_utc() })
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
