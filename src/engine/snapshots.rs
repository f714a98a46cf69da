//! Worlds that were put aside by name.

use super::World;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Default)]
pub struct Snapshots {
    by_name: Mutex<BTreeMap<String, Arc<World>>>,
}

impl Snapshots {
    /// Keeps a world under a name, in place of what the name stood for.
    pub fn keep(&self, name: &str, world: Arc<World>) {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner).insert(name.into(), world);
    }

    pub fn get(&self, name: &str) -> Option<Arc<World>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    pub fn remove(&self, name: &str) -> bool {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner).remove(name).is_some()
    }

    pub fn all(&self) -> Vec<(String, Arc<World>)> {
        let kept = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().map(|(name, world)| (name.clone(), world.clone())).collect()
    }
}
