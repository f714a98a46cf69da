//! The definitions of a new cloud: those that upstream's `db_load_metadefs` loads, with titles and descriptions of our
//! own. Clients such as Horizon make their dialogs of them.

use super::objects::Object;
use super::properties::Property;
use super::resource_types::{Association, ResourceType};
use super::{Namespace, Visibility};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::times::installed;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::{Arc, LazyLock};

/// The resource types of a new cloud.
const RESOURCE_TYPES: [&str; 6] = [
    "OS::Glance::Image",
    "OS::Cinder::Volume",
    "OS::Nova::Server",
    "OS::Nova::Aggregate",
    "OS::Nova::Flavor",
    "OS::Trove::Instance",
];

/// The owner that `db_load_metadefs` enters. It is the id of no project, so only admins see the private ones.
const OWNER: &str = "admin";

/// A namespace in `definitions.json`, which has the names of upstream's files in etc/metadefs.
#[derive(Deserialize)]
struct Definition {
    namespace: String,
    display_name: String,
    description: String,
    #[serde(default = "public")]
    visibility: Visibility,
    #[serde(default = "protected")]
    protected: bool,
    resource_type_associations: Vec<AssociationDefinition>,
    #[serde(default)]
    properties: Map<String, Value>,
    #[serde(default)]
    objects: Vec<ObjectDefinition>,
}

/// A resource type with which a namespace is associated.
#[derive(Deserialize)]
struct AssociationDefinition {
    name: String,
    prefix: Option<String>,
    properties_target: Option<String>,
}

/// An object of a namespace.
#[derive(Deserialize)]
struct ObjectDefinition {
    name: String,
    description: String,
    properties: Map<String, Value>,
}

fn public() -> Visibility {
    Visibility::Public
}

fn protected() -> bool {
    true
}

/// The rows of all clouds, which share them until one of them changes a row.
static NAMESPACES: LazyLock<Vec<Arc<Namespace>>> = LazyLock::new(|| {
    let definitions: Result<Vec<Definition>, _> = serde_json::from_str(include_str!("definitions.json"));
    debug_assert!(definitions.is_ok(), "the metadata definitions are not readable: {:?}", definitions.as_ref().err());
    let numbered = (1..).zip(definitions.unwrap_or_default());
    numbered.map(|(number, definition)| Arc::new(definition.row(number, installed()))).collect()
});

/// Adds the definitions.
pub fn seed(os: &mut OpenStack, now: DateTime<Utc>) {
    for name in RESOURCE_TYPES {
        os.glance.resource_types.insert(ResourceType { name: name.into(), created: now, updated: None });
    }
    for namespace in NAMESPACES.iter() {
        os.glance.namespaces.insert_shared(namespace.clone());
    }
}

impl Definition {
    fn row(self, number: u64, created: DateTime<Utc>) -> Namespace {
        let association = |of: AssociationDefinition| Association {
            name: of.name,
            prefix: of.prefix,
            properties_target: of.properties_target,
            created,
            updated: None,
        };
        let object = |of: ObjectDefinition| Object {
            name: of.name,
            description: Some(of.description),
            required: vec![],
            properties: of.properties,
            created,
            updated: None,
        };
        let property = |(name, schema): (String, Value)| match schema {
            Value::Object(schema) => Some(Property { name, schema }),
            _ => None,
        };
        Namespace {
            name: self.namespace.into(),
            number,
            display_name: Some(self.display_name),
            description: Some(self.description),
            visibility: self.visibility,
            protected: self.protected,
            owner: OWNER.into(),
            resource_types: self.resource_type_associations.into_iter().map(association).collect(),
            objects: self.objects.into_iter().map(object).collect(),
            properties: self.properties.into_iter().filter_map(property).collect(),
            tags: vec![],
            created,
            updated: None,
        }
    }
}
