//! Roles, and which roles come along with which.

use crate::engine::{Id, Object, Row};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Role {
    pub id: Id,
    pub name: String,
    /// A role of one domain: it is in no token, only what it implies is.
    pub domain: Option<Id>,
    pub description: Option<String>,
    pub options: Map<String, Value>,
    /// Attributes that the API does not know and keeps.
    pub extra: Map<String, Value>,
}

/// Whoever has the role `prior` has `implied` too.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Implication {
    /// `prior/implied`
    pub id: Id,
    pub prior: Id,
    pub implied: Id,
}

impl Row for Role {
    fn id(&self) -> &Id {
        &self.id
    }
    /// The domain; roles of the whole cloud are their own.
    fn owner(&self) -> &Id {
        self.domain.as_ref().unwrap_or(&self.id)
    }
}

impl Row for Implication {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.prior
    }
}

impl Role {
    /// What others show of a role that they name.
    pub fn attributes(&self, o: &mut Object) {
        o.set("id", &self.id);
        o.set("name", &self.name);
        o.set("domain_id", &self.domain);
        o.set("description", &self.description);
        o.set("options", &self.options);
    }
}

impl Implication {
    pub fn new(prior: &Id, implied: &Id) -> Self {
        Implication { id: implication_id(prior, implied), prior: prior.clone(), implied: implied.clone() }
    }
}

pub fn implication_id(prior: &str, implied: &str) -> Id {
    format!("{prior}/{implied}").into()
}
