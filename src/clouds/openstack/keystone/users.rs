//! Users.

use crate::engine::{Id, Row};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    pub id: Id,
    pub domain: Id,
    pub name: String,
    pub password: String,
}

impl Row for User {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.domain
    }
}
