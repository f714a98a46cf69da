//! Transfers: a volume is offered, and whoever knows the key takes it into another project.

use crate::engine::{Id, Row};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Transfer {
    pub id: Id,
    /// The project that offers the volume.
    pub project: Id,
    pub volume: Id,
    pub name: Option<String>,
    pub auth_key: String,
    /// The volume's snapshots stay behind.
    pub no_snapshots: bool,
    pub created: DateTime<Utc>,
}

impl Row for Transfer {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.project
    }
}
