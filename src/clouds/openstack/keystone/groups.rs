//! Groups of users, who get the group's roles on top of their own.

use crate::engine::{Id, Row};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Group {
    pub id: Id,
    pub domain: Id,
    pub name: String,
    pub description: Option<String>,
    /// Attributes that the API does not know and keeps.
    pub extra: Map<String, Value>,
}

/// A user in a group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Membership {
    /// `user/group`
    pub id: Id,
    pub user: Id,
    pub group: Id,
}

impl Row for Group {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.domain
    }
}

impl Row for Membership {
    fn id(&self) -> &Id {
        &self.id
    }
    /// Every login asks for a user's groups; who is in a group is asked seldom.
    fn owner(&self) -> &Id {
        &self.user
    }
}

impl Membership {
    pub fn new(user: &Id, group: &Id) -> Self {
        Membership { id: membership_id(user, group), user: user.clone(), group: group.clone() }
    }
}

pub fn membership_id(user: &str, group: &str) -> Id {
    format!("{user}/{group}").into()
}
