//! All worlds of the process, by name.

use super::clock::wait;
use super::{Id, Live, StrictLog, StrictReport};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// The world that the ports serve. It always exists.
pub const DEFAULT: &str = "default";

/// The longest and the shortest real time between two runs of the background task. Requests run what is due by
/// themselves, so a short delay is not visible in any answer.
const MAX_INTERVAL: Duration = Duration::from_millis(100);
const MIN_INTERVAL: Duration = Duration::from_millis(10);

/// Of how many deleted worlds `--strict` reports what it found. The first ones are kept, so a run that fails still does.
const DELETED: usize = 1_000;

/// The worlds of the process. Each has its own state, clock, faults, limits and journal; they are forked from each
/// other and then share only memory that none of them changes.
pub struct Worlds {
    by_name: RwLock<BTreeMap<Id, Arc<Live>>>,
    /// The maximum number of worlds, including the default one.
    most: usize,
    /// What `--strict` reports about worlds that were deleted.
    deleted: Mutex<Vec<(Id, Arc<StrictLog>)>>,
}

/// Why a world was not added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NotAdded {
    /// A world of this name exists.
    Exists,
    /// There are as many worlds as there may be, which is this number.
    Full(usize),
}

impl Worlds {
    /// The default world alone. `most` is the maximum number of worlds, including it.
    pub fn new(default: Arc<Live>, most: usize) -> Self {
        let by_name = RwLock::new(BTreeMap::from([(DEFAULT.into(), default)]));
        Worlds { by_name, most, deleted: Mutex::default() }
    }

    pub fn get(&self, name: &str) -> Option<Arc<Live>> {
        self.by_name.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// All worlds in the order of their names.
    pub fn all(&self) -> Vec<(Id, Arc<Live>)> {
        let worlds = self.by_name.read().unwrap_or_else(PoisonError::into_inner);
        worlds.iter().map(|(name, live)| (name.clone(), live.clone())).collect()
    }

    /// Adds a world, or says why not.
    pub fn add(&self, name: &str, live: Live) -> Result<(), NotAdded> {
        let mut worlds = self.by_name.write().unwrap_or_else(PoisonError::into_inner);
        if worlds.contains_key(name) {
            return Err(NotAdded::Exists);
        }
        if worlds.len() >= self.most {
            return Err(NotAdded::Full(self.most));
        }
        worlds.insert(name.into(), Arc::new(live));
        Ok(())
    }

    /// False if there is no world of this name. Requests that are already in the world finish there.
    pub fn remove(&self, name: &str) -> bool {
        let removed = self.by_name.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        if let Some(live) = &removed {
            let mut deleted = self.deleted.lock().unwrap_or_else(PoisonError::into_inner);
            // A log without other owners cannot change any more, so it is kept only if it reports something.
            deleted.retain(|(_, log)| Arc::strong_count(log) > 1 || !log.report().is_clean());
            if deleted.len() < DELETED {
                deleted.push((name.into(), live.strict.clone()));
            }
        }
        removed.is_some()
    }

    /// The reports of all worlds, including deleted ones, without those that are clean.
    pub fn strict_reports(&self) -> Vec<(Id, StrictReport)> {
        let deleted = self.deleted.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let logs = self.all().into_iter().map(|(name, live)| (name, live.strict.clone()));
        let reports = logs.chain(deleted).map(|(name, log)| (name, log.report()));
        reports.filter(|(_, report)| !report.is_clean()).collect()
    }

    /// The background task: runs what is due in all worlds as time passes, for those who only watch.
    pub async fn run(&self) {
        loop {
            let next = self.all().iter().filter_map(|(_, live)| live.until_next()).min();
            wait(next.unwrap_or(MAX_INTERVAL).clamp(MIN_INTERVAL, MAX_INTERVAL)).await;
            for (_, live) in self.all() {
                live.run_due();
            }
        }
    }
}
