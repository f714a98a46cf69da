//! The stores of image data: two file stores, and a read-only HTTP store (`enabled_backends` of upstream).

use super::images::Location;
use serde_json::{Map, Value};

/// A store, as discovery shows it.
pub struct Store {
    pub id: &'static str,
    pub description: &'static str,
    /// The driver: `file` or `http`.
    pub kind: &'static str,
    /// An image is read from the store with the largest weight.
    pub weight: i32,
}

/// All stores.
pub const STORES: [Store; 3] = [
    Store { id: "fast", description: "fast file store", kind: "file", weight: 100 },
    Store { id: "slow", description: "slow file store", kind: "file", weight: 0 },
    Store { id: "web", description: "read only http store", kind: "http", weight: 0 },
];

/// The store of images if the request names none (`default_backend`).
pub const DEFAULT: &str = "fast";
/// The methods of imports (`enabled_import_methods`).
pub const METHODS: [&str; 4] = ["glance-direct", "web-download", "copy-image", "glance-download"];
/// The directory that contains those of the file stores.
const DIRECTORY: &str = "/var/lib/glance";

/// The store with this ID.
pub fn find(id: &str) -> Option<&'static Store> {
    STORES.iter().find(|store| store.id == id)
}

/// The IDs of the stores that can hold new data.
pub fn writable() -> impl Iterator<Item = &'static str> {
    STORES.iter().filter(|store| store.kind == "file").map(|store| store.id)
}

impl Store {
    /// The directory of a file store.
    pub fn directory(&self) -> String {
        format!("{DIRECTORY}/{}/", self.id)
    }
}

/// The location of an image in a file store.
pub fn location(store: &str, image: &str) -> Location {
    let metadata = Map::from_iter([("store".to_owned(), Value::from(store))]);
    Location { url: format!("file://{DIRECTORY}/{store}/{image}"), metadata }
}
