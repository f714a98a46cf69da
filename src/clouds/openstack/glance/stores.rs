//! Where the bytes of images are kept: two stores of files, and one that reads from the web.

use super::images::Location;
use serde_json::{Map, Value};

pub struct Store {
    pub id: &'static str,
    pub description: &'static str,
    pub kind: &'static str,
    /// Of several stores with the same image, the one with the most weight is read.
    pub weight: i32,
}

pub const STORES: [Store; 3] = [
    Store { id: "fast", description: "fast file store", kind: "file", weight: 100 },
    Store { id: "slow", description: "slow file store", kind: "file", weight: 0 },
    Store { id: "web", description: "read only http store", kind: "http", weight: 0 },
];

/// Where images go unless a store is named.
pub const DEFAULT: &str = "fast";
pub const METHODS: [&str; 4] = ["glance-direct", "web-download", "copy-image", "glance-download"];
/// What the files of the stores are in.
const DIRECTORY: &str = "/var/lib/glance";

pub fn find(id: &str) -> Option<&'static Store> {
    STORES.iter().find(|store| store.id == id)
}

/// Those that images can be imported into.
pub fn writable() -> impl Iterator<Item = &'static str> {
    STORES.iter().filter(|store| store.kind == "file").map(|store| store.id)
}

impl Store {
    /// The directory of a store of files.
    pub fn directory(&self) -> String {
        format!("{DIRECTORY}/{}/", self.id)
    }
}

/// The place of an image's file in a store.
pub fn location(store: &str, image: &str) -> Location {
    let metadata = Map::from_iter([("store".to_owned(), Value::from(store))]);
    Location { url: format!("file://{DIRECTORY}/{store}/{image}"), metadata }
}
