//! Group types: what kinds of groups of volumes there are.

use super::super::OpenStack;
use crate::engine::{Id, Row};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GroupType {
    pub id: Id,
    pub name: String,
    pub description: Option<String>,
    pub is_public: bool,
    pub group_specs: Map<String, Value>,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

impl Row for GroupType {
    fn id(&self) -> &Id {
        &self.id
    }
    /// Types belong to no project.
    fn owner(&self) -> &Id {
        &self.id
    }
}

/// Groups of this type are the consistency groups of old, which the group API does not touch.
pub const DEFAULT_CGSNAPSHOT_TYPE: &str = "default_cgsnapshot_type";

/// The one type of a fresh cloud; its id is the same in every cloud.
pub fn seed(os: &mut OpenStack, now: DateTime<Utc>) {
    os.cinder.group_types.insert(GroupType {
        id: "4b1c8a4e-0d3e-4b63-8f0c-5d1b7f6a2e11".into(),
        name: DEFAULT_CGSNAPSHOT_TYPE.into(),
        description: Some("Default group type for migrating cgsnapshot".into()),
        is_public: true,
        group_specs: Map::from_iter([("consistent_group_snapshot_enabled".to_owned(), Value::from("<is> True"))]),
        created: now,
        updated: None,
    });
}
