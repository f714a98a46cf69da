//! The snapshots of one world, by name.

use super::World;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Snapshots share their rows with the world that they were taken of and with each other, so they cost little.
#[derive(Default)]
pub struct Snapshots {
    by_name: Mutex<BTreeMap<String, Arc<World>>>,
}

impl Snapshots {
    /// Stores a snapshot. One of the same name is replaced.
    pub fn insert(&self, name: &str, world: Arc<World>) {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner).insert(name.into(), world);
    }

    pub fn get(&self, name: &str) -> Option<Arc<World>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// False if there is no snapshot of this name.
    pub fn remove(&self, name: &str) -> bool {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner).remove(name).is_some()
    }

    /// All snapshots in the order of their names.
    pub fn all(&self) -> Vec<(String, Arc<World>)> {
        let by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        by_name.iter().map(|(name, world)| (name.clone(), world.clone())).collect()
    }
}
