//! Several worlds in one process, each with its own state, clock, faults, limits and journal.

use super::clock::wait;
use super::{Id, Live};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// The world that the ports serve; it is always there.
pub const DEFAULT: &str = "default";

/// The background task looks at least this often whether something is due …
const IDLE: Duration = Duration::from_millis(100);
/// … and leaves this much time between two looks, since requests catch up by themselves.
const BREATH: Duration = Duration::from_millis(10);

pub struct Worlds {
    by_name: RwLock<BTreeMap<Id, Arc<Live>>>,
}

impl Worlds {
    pub fn new(default: Arc<Live>) -> Self {
        Worlds { by_name: RwLock::new(BTreeMap::from([(DEFAULT.into(), default)])) }
    }

    pub fn get(&self, name: &str) -> Option<Arc<Live>> {
        self.by_name.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Every world with its name, by name.
    pub fn all(&self) -> Vec<(Id, Arc<Live>)> {
        let worlds = self.by_name.read().unwrap_or_else(PoisonError::into_inner);
        worlds.iter().map(|(name, live)| (name.clone(), live.clone())).collect()
    }

    /// False if a world of that name exists, which then stays as it is.
    pub fn add(&self, name: &str, live: Live) -> bool {
        let mut worlds = self.by_name.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = !worlds.contains_key(name);
        if is_new {
            worlds.insert(name.into(), Arc::new(live));
        }
        is_new
    }

    /// Requests that are being answered in it are answered to their end.
    pub fn remove(&self, name: &str) -> bool {
        let removed = self.by_name.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        removed.is_some()
    }

    /// Applies what is due as time passes, for those who only watch: requests catch up by themselves.
    pub async fn run(&self) {
        loop {
            let next = self.all().iter().filter_map(|(_, live)| live.until_next()).min();
            wait(next.unwrap_or(IDLE).clamp(BREATH, IDLE)).await;
            for (_, live) in self.all() {
                live.run_due();
            }
        }
    }
}
