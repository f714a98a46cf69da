//! Role assignments: grants of roles to users and groups on projects, domains and the system
//! (keystone/assignment/core.py).

pub mod effective;
pub mod grants;
pub mod listing;
mod view;

pub use effective::{has_role_in, projects_of, roles_of};

use super::super::OpenStack;
use crate::engine::{Id, Index, Row};
use serde::{Deserialize, Serialize};

/// One grant, as it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    /// Composed of all other fields, so that a grant exists once.
    pub id: Id,
    pub actor: Actor,
    pub target: Target,
    /// The role id.
    pub role: Id,
    /// True if the role is held on the projects below the target, not on the target itself (OS-INHERIT).
    pub inherited: bool,
}

/// Who a role is granted to, by id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Actor {
    User(Id),
    Group(Id),
}

/// What a role is granted on, by id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Target {
    Project(Id),
    Domain(Id),
    /// The whole cloud.
    System,
}

const BY_TARGET: Index<Assignment> = Index::new("target", |grant, key| key(grant.target.id()));
const BY_ROLE: Index<Assignment> = Index::new("role", |grant, key| key(&grant.role));

impl Row for Assignment {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        self.actor.id()
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_TARGET, BY_ROLE]
    }
}

impl Actor {
    /// The id of the user or group.
    pub fn id(&self) -> &Id {
        match self {
            Actor::User(id) | Actor::Group(id) => id,
        }
    }
}

impl Target {
    /// The id of the project or domain, or `system`.
    pub fn id(&self) -> &str {
        match self {
            Target::Project(id) | Target::Domain(id) => id,
            Target::System => "system",
        }
    }
}

impl Assignment {
    /// A grant with the id that follows from its fields.
    pub fn new(actor: Actor, target: Target, role: &Id, inherited: bool) -> Self {
        let how = if inherited { "inherited" } else { "direct" };
        let (who, on) = match (&actor, &target) {
            (Actor::User(_), Target::Project(_)) => ("user", "project"),
            (Actor::User(_), Target::Domain(_)) => ("user", "domain"),
            (Actor::User(_), Target::System) => ("user", "all"),
            (Actor::Group(_), Target::Project(_)) => ("group", "project"),
            (Actor::Group(_), Target::Domain(_)) => ("group", "domain"),
            (Actor::Group(_), Target::System) => ("group", "all"),
        };
        let id = format!("{who}/{}/{on}/{}/{role}/{how}", actor.id(), target.id());
        Assignment { id: id.into(), actor, target, role: role.clone(), inherited }
    }
}

/// Deletes all grants to a user or group.
pub fn forget_actor(os: &mut OpenStack, actor: &str) {
    let grants = ids(os.keystone.assignments.of(actor));
    forget(os, grants);
}

/// Deletes all grants on a project or domain.
pub fn forget_target(os: &mut OpenStack, target: &Target) {
    let grants = ids(os.keystone.assignments.by(&BY_TARGET, target.id()).filter(|grant| grant.target == *target));
    forget(os, grants);
}

/// Deletes all grants of a role.
pub fn forget_role(os: &mut OpenStack, role: &str) {
    let grants = ids(os.keystone.assignments.by(&BY_ROLE, role));
    forget(os, grants);
}

fn ids<'g>(grants: impl Iterator<Item = &'g Assignment>) -> Vec<Id> {
    grants.map(|grant| grant.id.clone()).collect()
}

fn forget(os: &mut OpenStack, grants: Vec<Id>) {
    for id in grants {
        os.keystone.assignments.remove(&id);
    }
}
