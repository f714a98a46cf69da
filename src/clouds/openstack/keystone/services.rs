//! Services, as the catalog names them.

use crate::engine::{Id, Row};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Service {
    pub id: Id,
    /// `identity`, `volumev3`
    pub kind: String,
    pub enabled: bool,
    /// Attributes that the API does not know and keeps: `name` and `description` are among them.
    pub extra: Map<String, Value>,
}

impl Row for Service {
    fn id(&self) -> &Id {
        &self.id
    }
    /// Services belong to nobody.
    fn owner(&self) -> &Id {
        &self.id
    }
}
