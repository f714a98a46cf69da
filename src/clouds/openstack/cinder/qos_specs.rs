//! QoS specs: limits that a volume type can carry, enforced by the backend, the hypervisor or both.

use crate::engine::{Id, Row};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QosSpecs {
    pub id: Id,
    pub name: String,
    /// Who enforces them: `front-end`, `back-end` or `both`.
    pub consumer: String,
    pub specs: Map<String, Value>,
    pub created: DateTime<Utc>,
}

impl Row for QosSpecs {
    fn id(&self) -> &Id {
        &self.id
    }
    /// Specs belong to no project.
    fn owner(&self) -> &Id {
        &self.id
    }
}
