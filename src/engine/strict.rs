//! What `nephos serve --strict` reports about one world: requests that no operation answers, and faults that never
//! fired.
//!
//! Both are recorded as they happen and live outside the [`World`](super::World) value, so neither a full journal nor
//! a reset, a restored snapshot, a rewind or the deletion of the world loses them.

use super::faults::TrackedFault;
use super::journal::cut;
use super::{ActiveFault, Fault, FaultPlan, Id};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many different requests are kept with their paths; of further ones only the number is.
const LISTED: usize = 100;

/// The number of bytes of a path that are kept.
const PATH_LENGTH: usize = 512;

/// How many faults of one world are tracked that have not fired; of further ones only the number is.
const TRACKED: usize = 10_000;

/// The record of one world. [`Live`](super::Live) writes it; [`Worlds`](super::Worlds) keeps it when the world is
/// deleted.
#[derive(Debug, Default)]
pub struct StrictLog {
    unmatched: Mutex<Unmatched>,
    faults: Mutex<TrackedFaults>,
}

#[derive(Debug, Default)]
struct Unmatched {
    requests: BTreeMap<UnmatchedRequest, u64>,
    unlisted: u64,
}

/// A request that no operation of its service answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnmatchedRequest {
    /// The cloud, or the address of the listener where no service is mounted at the path.
    pub cloud: Id,
    /// Empty if no service is mounted at the path.
    pub service: &'static str,
    pub method: &'static str,
    /// With the query, if a service was mounted at the path.
    pub path: String,
}

/// Faults are told apart by their `ever_fired` flag, which all copies of a fault share: those in forks, in snapshots
/// and in undone changes.
#[derive(Debug, Default)]
struct TrackedFaults {
    /// Faults that were added to this world.
    added: Vec<TrackedFault>,
    /// Faults that came with a fork. The world that they were added to reports them.
    inherited: Vec<TrackedFault>,
    /// The number of faults beyond [`TRACKED`].
    untracked: usize,
}

/// What was found in one world, in the order in which it is printed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StrictReport {
    /// Each with how often it was made.
    pub unmatched: Vec<(UnmatchedRequest, u64)>,
    /// Requests beyond those that are listed.
    pub unlisted: u64,
    /// Faults that never fired, also if they were removed since.
    pub idle_faults: Vec<Arc<Fault>>,
    /// Faults that were too many to be tracked.
    pub untracked_faults: usize,
}

impl StrictReport {
    pub fn is_clean(&self) -> bool {
        *self == StrictReport::default()
    }
}

impl StrictLog {
    pub fn record(&self, mut request: UnmatchedRequest) {
        cut(&mut request.path, PATH_LENGTH);
        let mut unmatched = lock(&self.unmatched);
        if unmatched.requests.len() >= LISTED && !unmatched.requests.contains_key(&request) {
            unmatched.unlisted += 1;
            return;
        }
        *unmatched.requests.entry(request).or_default() += 1;
    }

    /// Tracks faults that were just added to this world.
    pub(super) fn track(&self, added: Vec<TrackedFault>) {
        let mut faults = lock(&self.faults);
        if faults.added.len() + added.len() > TRACKED {
            // Those that have fired have nothing to report.
            faults.added.retain(|(_, ever_fired)| !ever_fired.load(Ordering::Relaxed));
        }
        let room = TRACKED.saturating_sub(faults.added.len());
        faults.untracked += added.len().saturating_sub(room);
        faults.added.extend(added.into_iter().take(room));
    }

    /// Notes the faults of a plan that was copied from another world, which reports them.
    pub(super) fn inherit(&self, plan: &FaultPlan) {
        lock(&self.faults).inherited.extend(plan.all().iter().map(ActiveFault::tracked));
    }

    /// Lets faults that came from a snapshot file share the flag of the equal fault that this log knows, so that firing
    /// counts for both.
    pub(super) fn adopt(&self, plan: &mut FaultPlan) {
        let faults = lock(&self.faults);
        for active in plan.all_mut().iter_mut().filter(|active| !faults.knows(&active.ever_fired)) {
            if let Some((_, flag)) = faults.all().find(|(fault, _)| **fault == *active.fault) {
                active.ever_fired = flag.clone();
            }
        }
    }

    pub fn report(&self) -> StrictReport {
        let unmatched = lock(&self.unmatched);
        let faults = lock(&self.faults);
        let idle = faults.added.iter().filter(|(_, ever_fired)| !ever_fired.load(Ordering::Relaxed));
        StrictReport {
            unmatched: unmatched.requests.iter().map(|(request, count)| (request.clone(), *count)).collect(),
            unlisted: unmatched.unlisted,
            idle_faults: idle.map(|(fault, _)| fault.clone()).collect(),
            untracked_faults: faults.untracked,
        }
    }
}

impl TrackedFaults {
    fn all(&self) -> impl Iterator<Item = &TrackedFault> {
        self.added.iter().chain(&self.inherited)
    }

    fn knows(&self, flag: &Arc<AtomicBool>) -> bool {
        self.all().any(|(_, known)| Arc::ptr_eq(known, flag))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
