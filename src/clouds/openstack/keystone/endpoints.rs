//! Endpoints: where a service is, for whom.

use crate::engine::{Call, Id, Row};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Endpoint {
    pub id: Id,
    pub service: Id,
    /// `public`, `internal`, `admin`
    pub interface: String,
    pub region: Option<Id>,
    pub address: Address,
    pub enabled: bool,
    /// Attributes that the API does not know and keeps.
    pub extra: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Address {
    /// One of our own services: the address depends on the one that the client uses. What follows the
    /// service's own address is a template.
    Ours { service: Id, path: String },
    /// A template as it was given: `http://volume.example/v3/%(project_id)s`.
    Given(String),
}

impl Row for Endpoint {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.service
    }
}

impl Endpoint {
    /// The template; nothing if this is a service of ours that is not mounted here.
    pub fn template(&self, call: &Call) -> Option<String> {
        match &self.address {
            Address::Ours { service, path } => Some(format!("{}{path}", call.base_of(service)?)),
            Address::Given(url) => Some(url.clone()),
        }
    }

    /// The address that a token's catalog shows; nothing if it names a project and the token has none
    /// (keystone/catalog/core.py, `format_url`).
    pub fn url(&self, call: &Call, user: &str, project: Option<&str>) -> Option<String> {
        let mut url = self.template(call)?.replace("$(", "%(");
        for (name, value) in [("user_id", Some(user)), ("project_id", project), ("tenant_id", project)] {
            let place = format!("%({name})s");
            if url.contains(&place) {
                url = url.replace(&place, value?);
            }
        }
        Some(url)
    }
}
