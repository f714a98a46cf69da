//! Regions.

use crate::engine::{Id, Row};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Region {
    pub id: Id,
    pub description: String,
    pub parent: Option<Id>,
    /// Attributes that the API does not know and keeps.
    pub extra: Map<String, Value>,
}

impl Row for Region {
    fn id(&self) -> &Id {
        &self.id
    }
    /// Regions belong to nobody.
    fn owner(&self) -> &Id {
        &self.id
    }
}
