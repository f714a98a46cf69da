//! Projects, and domains, which are projects that hold users and other projects.

use crate::engine::{Id, Row};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Project {
    pub id: Id,
    pub name: String,
    /// Nothing for a domain.
    pub domain: Option<Id>,
    /// The project above; the domain for a project at the top, nothing for a domain.
    pub parent: Option<Id>,
    pub description: Option<String>,
    pub enabled: bool,
    pub is_domain: bool,
    pub tags: Vec<String>,
    pub options: Map<String, Value>,
    /// Attributes that the API does not know and keeps.
    pub extra: Map<String, Value>,
}

impl Row for Project {
    fn id(&self) -> &Id {
        &self.id
    }
    /// The domain; a domain is its own.
    fn owner(&self) -> &Id {
        self.domain.as_ref().unwrap_or(&self.id)
    }
}
