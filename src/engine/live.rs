//! A world in use: many readers and one writer at a time.
//!
//! [`Live`] holds a world twice. The *published* world is immutable and shared; readers take it without a lock. The
//! *working* world is behind a mutex; writers change it in place. Publishing replaces the published world by a
//! copy of the working one. The copy is cheap, but the two then share all nodes, so the next write copies each node that it
//! touches. Therefore a world is published only when there are readers; without readers it is changed in place.
//!
//! ```text
//! write:  lock ─ run what is due ─ change the working world ─ record it in the history ─ publish if there are readers
//! read:   load the published world; if it is out of date: lock ─ run what is due ─ publish
//! ```

use super::change::Change;
use super::history::{History, Past};
use super::journal::Touched;
use super::limits::{Allowance, Buckets, Limit};
use super::{Call, Clock, Entry, Journal, Metrics, Snapshots, StrictLog, UnmatchedRequest, World};
use arc_swap::{ArcSwap, Guard};
use chrono::{DateTime, TimeDelta, Utc};
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

/// About how many due transitions run under one hold of the write lock. The rest run under later ones, so that other
/// requests are answered in between.
const AT_ONCE: usize = 5_000;

/// About how many transitions one move of the clock runs.
pub const MOST_TRANSITIONS: usize = 1_000_000;

/// Why a clock was not moved as far as it should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NotMoved {
    /// The clock cannot show this time. Nothing was changed.
    OutOfCalendar,
    /// After [`MOST_TRANSITIONS`] it stands here.
    Stopped(DateTime<Utc>),
}

/// How often a writer tries to take the write lock before it sleeps, and how many spins it waits in between.
const LOCK_ATTEMPTS: usize = 200;
const SPINS: usize = 60;

/// A world that serves requests, with everything that belongs to it but is not part of its value: journal, metrics,
/// snapshots, history and the buckets of the rate limits.
///
/// Handlers never see it. The engine gives them the state of one cloud, to read or to change.
pub struct Live {
    published: ArcSwap<World>,
    working: Mutex<Working>,
    /// True while the working world has changes that are not published.
    unpublished: AtomicBool,
    /// True if there was a read since the last publication. Then the next write is published at once, because more reads
    /// are likely.
    has_readers: AtomicBool,
    pub journal: Arc<Journal>,
    pub metrics: Metrics,
    /// The number of requests so far. Request ids are derived from it and from the seed.
    requests: AtomicU64,
    seed: u64,
    /// The world as it was seeded or forked: what a reset goes back to.
    beginning: Arc<World>,
    pub snapshots: Snapshots,
    buckets: Buckets,
    /// What `--strict` reports about this world.
    pub strict: Arc<StrictLog>,
}

/// What the write lock protects.
struct Working {
    world: World,
    history: History,
}

/// The rows that a change touched.
pub(super) struct Rows(Arc<Change>);

impl Rows {
    /// The rows of one cloud.
    pub fn of(&self, cloud: &str) -> Touched {
        self.0.rows(cloud)
    }
}

impl Live {
    pub fn new(mut world: World, seed: u64) -> Self {
        let strict = StrictLog::default();
        strict.track(world.faults_mut().take_untracked());
        Live::with_log(world, seed, strict)
    }

    /// As [`Live::new`], for a copy of another world, which reports the faults that it came with.
    fn forked(world: World, seed: u64) -> Self {
        let strict = StrictLog::default();
        strict.inherit(world.faults());
        Live::with_log(world, seed, strict)
    }

    fn with_log(world: World, seed: u64, strict: StrictLog) -> Self {
        let beginning = Arc::new(world);
        let working = Working { world: World::clone(&beginning), history: History::default() };
        Live {
            published: ArcSwap::new(beginning.clone()),
            working: Mutex::new(working),
            unpublished: AtomicBool::new(false),
            has_readers: AtomicBool::new(false),
            journal: Arc::default(),
            metrics: Metrics::default(),
            requests: AtomicU64::new(0),
            seed,
            beginning,
            snapshots: Snapshots::default(),
            buckets: Buckets::default(),
            strict: Arc::new(strict),
        }
    }

    /// The world as it is now, after everything that is due, and the virtual time.
    pub fn read_current(&self) -> (Guard<Arc<World>>, DateTime<Utc>) {
        // A store dirties the cache line that all readers share, so it is skipped where it changes nothing.
        if !self.has_readers.load(Ordering::Relaxed) {
            self.has_readers.store(true, Ordering::Relaxed);
        }
        // Looked at before the world: another thread may publish in between, and the world taken before that lacks writes
        // that this caller has seen answered.
        let unpublished = self.unpublished.load(Ordering::Acquire);
        let (world, now) = self.read_published();
        if !unpublished && !has_due(&world, now) {
            return (world, now);
        }
        drop(world);
        self.publish_current();
        (self.published.load(), now)
    }

    /// The world as it was last published, and the virtual time. Transitions that became due since then are missing,
    /// and so may be the last writes. Writes to callers, faults and limits are always published at once, so this is
    /// enough to authenticate a request that is going to write.
    pub fn read_published(&self) -> (Guard<Arc<World>>, DateTime<Utc>) {
        let world = self.published.load();
        let now = world.common.meta.clock.now();
        (world, now)
    }

    /// Called with the lock held, so no other thread publishes meanwhile.
    fn is_outdated(&self, published: &World, now: DateTime<Utc>) -> bool {
        self.unpublished.load(Ordering::Acquire) || has_due(published, now)
    }

    /// Runs what is due and publishes the working world, unless another thread just did.
    fn publish_current(&self) {
        let mut working = self.lock();
        let (world, now) = self.read_published();
        if self.is_outdated(&world, now) {
            drop(world);
            self.apply_due(&mut working);
            let old = self.publish(&working);
            drop(working);
            drop(old);
        }
    }

    /// Runs the transitions that are due. Requests do it by themselves; the background task calls it for those who
    /// only watch.
    pub fn run_due(&self) {
        self.apply_due(&mut self.lock());
    }

    fn apply_due(&self, working: &mut Working) {
        let now = working.world.clock().now();
        if working.world.next_due().is_none_or(|due| due > now) {
            working.world.common.meta.now = now;
            return;
        }
        let Ok(((), change)) = working.world.attempt(|world| {
            // What is left runs with the next request, each at its own time.
            world.advance_some(now, AT_ONCE);
            world.common.meta.now = now;
            Ok::<_, Infallible>(())
        });
        self.unpublished.store(true, Ordering::Release);
        self.track_faults(working);
        if change.concerns_admission(&working.world) {
            self.publish(working);
        }
        let _forgotten = working.history.happened(Arc::new(change));
    }

    /// Changes the world on behalf of a client. If `change` fails or panics, the world stays as it was. A rewind
    /// counts the change as one write.
    pub fn write<T, E>(&self, change: impl FnOnce(&mut World) -> Result<T, E>) -> Result<T, E> {
        self.write_tracked(change).map(|(value, _)| value)
    }

    /// As [`Live::write`], for the control API, scenarios and logins: a rewind does
    /// not count it. It is published at once.
    pub fn admin_write<T, E>(&self, change: impl FnOnce(&mut World) -> Result<T, E>) -> Result<T, E> {
        self.admin_write_tracked(change).map(|(value, _)| value)
    }

    pub(super) fn write_tracked<T, E>(&self, change: impl FnOnce(&mut World) -> Result<T, E>) -> Result<(T, Rows), E> {
        self.change(change, |history, done| history.wrote(done), || self.has_readers.load(Ordering::Relaxed))
    }

    pub(super) fn admin_write_tracked<T, E>(
        &self,
        change: impl FnOnce(&mut World) -> Result<T, E>,
    ) -> Result<(T, Rows), E> {
        let record = |history: &mut History, done: Arc<Change>| {
            if done.is_empty() { vec![] } else { history.happened(done) }
        };
        self.change(change, record, || true)
    }

    /// Makes a change under the write lock and records it in the history. It is published at once if `publishes`
    /// says so, or if it changes what requests are admitted by.
    fn change<T, E>(
        &self,
        change: impl FnOnce(&mut World) -> Result<T, E>,
        record: impl FnOnce(&mut History, Arc<Change>) -> Vec<Past>,
        publishes: impl FnOnce() -> bool,
    ) -> Result<(T, Rows), E> {
        let mut working = self.lock();
        self.apply_due(&mut working);
        let (value, done) = working.world.attempt(change)?;
        let at_once = publishes() || done.concerns_admission(&working.world);
        self.track_faults(&mut working);
        let done = Arc::new(done);
        let forgotten = record(&mut working.history, done.clone());
        self.unpublished.store(true, Ordering::Release);
        let old = at_once.then(|| self.publish(&working));
        // Old versions are freed after the lock is released.
        drop(working);
        drop((old, forgotten));
        Ok((value, Rows(done)))
    }

    fn track_faults(&self, working: &mut Working) {
        if working.world.faults().has_untracked() {
            self.strict.track(working.world.faults_mut().take_untracked());
        }
    }

    /// Publishes the working world and returns the version that was published before.
    fn publish(&self, working: &Working) -> Arc<World> {
        let old = self.published.swap(Arc::new(working.world.clone()));
        self.unpublished.store(false, Ordering::Release);
        self.has_readers.store(false, Ordering::Relaxed);
        old
    }

    /// Takes the write lock. A write takes microseconds, less than putting a thread to sleep and waking it, so this
    /// spins a while, yielding the processor, before it sleeps.
    fn lock(&self) -> MutexGuard<'_, Working> {
        for _ in 0..LOCK_ATTEMPTS {
            match self.working.try_lock() {
                Ok(working) => return working,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {
                    (0..SPINS).for_each(|_| std::hint::spin_loop());
                    std::thread::yield_now();
                }
            }
        }
        self.working.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the clock and runs everything that is due at its time, in parts: between them others are answered, at the
    /// time that is reached. No change if `change` returns `None`.
    pub fn move_clock(&self, change: impl FnOnce(Clock) -> Option<Clock>) -> Result<Clock, NotMoved> {
        let (mut change, mut target) = (Some(change), None);
        for _ in 0..MOST_TRANSITIONS / AT_ONCE {
            let done = self.admin_write(|world| {
                let first = || change.take().and_then(|change| change(world.clock()));
                let clock = target.or_else(first).ok_or(NotMoved::OutOfCalendar)?;
                target = Some(clock);
                let done = world.advance_some(clock.now(), AT_ONCE);
                world.set_clock(if done { clock } else { clock.set_to(world.common.meta.now) });
                Ok(done.then_some(clock))
            })?;
            if let Some(clock) = done {
                return Ok(clock);
            }
        }
        Err(NotMoved::Stopped(self.read_published().1))
    }

    /// Moves the clock forward. Nothing happens beyond the end of the calendar.
    pub fn advance(&self, by: TimeDelta) {
        // A caller that needs to know uses `move_clock`.
        let _moved = self.move_clock(|clock| clock.advanced(by));
    }

    /// The world as it was at a past virtual time, as far as the history reaches; `None` if nothing changed since.
    pub fn as_of(&self, time: DateTime<Utc>) -> Option<World> {
        let working = self.lock();
        let (mut world, changes) = (working.world.clone(), working.history.after(time));
        drop(working);
        if changes.is_empty() {
            return None;
        }
        changes.iter().for_each(|change| world.undo(change));
        world.advance_to(time);
        Some(world)
    }

    /// The current world, to keep.
    pub fn snapshot(&self) -> Arc<World> {
        self.publish_current();
        self.published.load_full()
    }

    /// Replaces the world. Its history and the buckets of the rate limits are emptied.
    pub fn restore(&self, world: Arc<World>) {
        let mut world = World::clone(&world);
        self.strict.adopt(world.faults_mut());
        let world = Arc::new(world);
        let mut working = self.lock();
        self.replace(&mut working, world);
        working.history.clear();
        self.buckets.clear();
    }

    fn replace(&self, working: &mut Working, world: Arc<World>) {
        working.world = World::clone(&world);
        self.published.store(world);
        self.unpublished.store(false, Ordering::Release);
    }

    /// Undoes the last `writes` writes of clients and everything since: clouds and clock become what they were. Faults,
    /// limits, timing and scenarios stay as they are. If fewer writes are recorded, returns how many are.
    pub fn rewind(&self, writes: u64) -> Result<Arc<World>, usize> {
        let mut working = self.lock();
        let mut world = working.world.clone();
        for change in working.history.back(writes)? {
            world.undo(&change);
        }
        let world = Arc::new(world.rewound(&working.world));
        self.replace(&mut working, world.clone());
        Ok(world)
    }

    /// What is left of the caller's allowance. With `consumes`, this request is taken out of it.
    pub(super) fn allowance(&self, limit: &Limit, call: &Call, consumes: bool) -> Allowance {
        self.buckets.allowance(limit, &call.cloud, limit.key(call), call.now, consumes)
    }

    /// Puts one request back into its caller's allowance.
    pub(super) fn give_back(&self, limit: &Limit, call: &Call) {
        self.buckets.give_back(&call.cloud, limit.key(call));
    }

    /// Secret bytes, for what is made before its turn to write. A rewind does not count it.
    pub(super) fn secret_seed(&self) -> [u8; 32] {
        let Ok(seed) = self.admin_write(|world| Ok::<_, Infallible>(world.common.meta.secrets.bytes("prepared")));
        seed
    }

    /// The id of the next request, the same in every run with the same seed: `req-…`.
    pub fn request_id(&self) -> String {
        let count = self.requests.fetch_add(1, Ordering::Relaxed);
        let (high, low) = (mix(self.seed ^ count), mix(!self.seed ^ count));
        let bytes = (u128::from(high) << 64 | u128::from(low)).to_be_bytes();
        format!("req-{}", uuid::Builder::from_random_bytes(bytes).into_uuid())
    }

    /// Records an answered request in the journal, in the metrics and for `--strict`.
    pub fn record(&self, entry: Entry) {
        self.metrics.count(&entry.cloud, entry.service, entry.operation, entry.status, entry.micros);
        if entry.unmatched {
            let Entry { cloud, service, method, path, .. } = &entry;
            self.strict.record(UnmatchedRequest { cloud: cloud.clone(), service, method, path: path.clone() });
        }
        self.journal.push(entry);
    }

    /// The real time until the next transition is due; `None` if there is none or the clock is frozen.
    pub fn until_next(&self) -> Option<Duration> {
        let until = |world: &World| world.next_due().and_then(|due| world.common.meta.clock.until(due));
        match self.working.try_lock() {
            Ok(working) => until(&working.world),
            // A writer holds the lock: it may schedule something.
            Err(_) => Some(Duration::ZERO),
        }
    }

    /// A new world that begins as a copy of this one.
    pub fn fork(&self) -> Live {
        let (world, _) = self.read_current();
        Live::forked(World::clone(&world), self.seed)
    }

    /// A new world that begins as a copy of a snapshot of this one.
    pub fn fork_snapshot(&self, world: &World) -> Live {
        Live::forked(world.resume(), self.seed)
    }

    /// Goes back to how this world began, with an empty journal and the request ids from the start.
    pub fn reset(&self) {
        self.restore(self.beginning.clone());
        self.journal.clear();
        self.requests.store(0, Ordering::Relaxed);
    }
}

/// True if a transition of this world is due.
fn has_due(world: &World, now: DateTime<Utc>) -> bool {
    world.next_due().is_some_and(|due| due <= now)
}

/// Scatters the bits of a counter: the finaliser of SplitMix64.
fn mix(count: u64) -> u64 {
    let mut bits = count.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
