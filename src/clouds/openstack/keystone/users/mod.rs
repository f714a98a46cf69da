//! Users.

use crate::engine::{Id, Row};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    pub id: Id,
    pub domain: Id,
    pub name: String,
    /// Nothing for a user who cannot log in with one.
    pub password: Option<String>,
    pub password_expires: Option<DateTime<Utc>>,
    pub enabled: bool,
    pub default_project: Option<Id>,
    pub options: Map<String, Value>,
    /// Attributes that the API does not know and keeps: `email`, `description`.
    pub extra: Map<String, Value>,
}

impl Row for User {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.domain
    }
}
