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
    /// The maximum number of snapshots of one world.
    pub const MOST: usize = 1_000;

    /// Stores a snapshot. One of the same name is replaced. False, and no change, if there are [`Snapshots::MOST`] others.
    pub fn insert(&self, name: &str, world: Arc<World>) -> bool {
        let mut by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = by_name.len() < Snapshots::MOST || by_name.contains_key(name);
        if fits {
            by_name.insert(name.into(), world);
        }
        fits
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
