//! A world in use: readers take the published value, writers take turns to change the one that is worked on.
//!
//! To publish makes the two share everything, so that the next change has to copy what it touches. So it is done
//! when somebody reads: a world that is only written to is changed in place.

use super::change::Change;
use super::history::{History, Past};
use super::limits::{Allowance, Buckets, Limit};
use super::{Call, Clock, Entry, Journal, Metrics, Snapshots, World};
use arc_swap::{ArcSwap, Guard};
use chrono::{DateTime, TimeDelta, Utc};
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

/// How often a writer asks for its turn before it sleeps, and how long it lets pass in between.
const ASKS: usize = 200;
const SPINS: usize = 60;

pub struct Live {
    published: ArcSwap<World>,
    working: Mutex<Working>,
    /// True while the last changes are not published.
    behind: AtomicBool,
    /// True if somebody has read since the world was last published: then the next change is published at once.
    watched: AtomicBool,
    pub journal: Arc<Journal>,
    pub metrics: Metrics,
    /// Requests so far; with the seed it makes their ids.
    requests: AtomicU64,
    seed: u64,
    /// The world as it was seeded or forked: what a reset goes back to.
    beginning: Arc<World>,
    pub snapshots: Snapshots,
    buckets: Buckets,
}

/// The world as the last writer left it.
struct Working {
    world: World,
    history: History,
}

/// The rows that a change touched.
pub(super) struct Rows(Arc<Change>);

impl Rows {
    /// Those of one cloud: `cloud/service/resource/id`.
    pub fn of(&self, cloud: &str) -> Vec<String> {
        self.0.rows(cloud)
    }
}

impl Live {
    pub fn new(world: World, seed: u64) -> Self {
        let beginning = Arc::new(world);
        let working = Working { world: World::clone(&beginning), history: History::default() };
        Live {
            published: ArcSwap::new(beginning.clone()),
            working: Mutex::new(working),
            behind: AtomicBool::new(false),
            watched: AtomicBool::new(false),
            journal: Arc::default(),
            metrics: Metrics::default(),
            requests: AtomicU64::new(0),
            seed,
            beginning,
            snapshots: Snapshots::default(),
            buckets: Buckets::default(),
        }
    }

    /// The world as it is now, with everything that is due done, and the virtual time.
    pub fn read_current(&self) -> (Guard<Arc<World>>, DateTime<Utc>) {
        if !self.watched.load(Ordering::Relaxed) {
            self.watched.store(true, Ordering::Relaxed);
        }
        let (world, now) = self.read_published();
        if !self.is_late(&world, now) {
            return (world, now);
        }
        drop(world);
        self.publish_all();
        (self.published.load(), now)
    }

    /// The world as it was last published, with what is due since then still to come and without the last
    /// changes, unless they concern callers, faults or limits: for a look before a change.
    pub fn read_published(&self) -> (Guard<Arc<World>>, DateTime<Utc>) {
        let world = self.published.load();
        let now = world.common.meta.clock.now();
        (world, now)
    }

    fn is_late(&self, published: &World, now: DateTime<Utc>) -> bool {
        self.behind.load(Ordering::Acquire) || published.next_due().is_some_and(|due| due <= now)
    }

    /// Publishes what is not published yet, and what is due by now.
    fn publish_all(&self) {
        let mut turn = self.turn();
        let (world, now) = self.read_published();
        if self.is_late(&world, now) {
            drop(world);
            self.catch_up(&mut turn);
            let old = self.publish(&turn);
            drop(turn);
            drop(old);
        }
    }

    /// Lets happen what is due, for whoever reads next.
    pub fn run_due(&self) {
        self.catch_up(&mut self.turn());
    }

    /// Lets happen what is due. Nobody asked for what is touched by it, and it is not told of the next change.
    fn catch_up(&self, turn: &mut Working) {
        let now = turn.world.clock().now();
        if turn.world.next_due().is_none_or(|due| due > now) {
            turn.world.common.meta.now = now;
            return;
        }
        let Ok(((), change)) = turn.world.attempt(|world| {
            world.catch_up(now);
            Ok::<_, Infallible>(())
        });
        self.behind.store(true, Ordering::Release);
        if change.concerns_admission(&turn.world) {
            self.publish(turn);
        }
        turn.history.happened(Arc::new(change));
    }

    /// Changes the world: what `change` does is kept if it succeeds and taken back if it doesn't.
    pub fn write<T, E>(&self, change: impl FnOnce(&mut World) -> Result<T, E>) -> Result<T, E> {
        self.write_tracked(change).map(|(value, _)| value)
    }

    /// The same by order of who runs the world, not of a client: a rewind does not take it back.
    pub fn admin_write<T, E>(&self, change: impl FnOnce(&mut World) -> Result<T, E>) -> Result<T, E> {
        self.admin_write_tracked(change).map(|(value, _)| value)
    }

    pub(super) fn write_tracked<T, E>(&self, change: impl FnOnce(&mut World) -> Result<T, E>) -> Result<(T, Rows), E> {
        self.change(change, |history, done| history.wrote(done), || self.watched.load(Ordering::Relaxed))
    }

    pub(super) fn admin_write_tracked<T, E>(
        &self,
        change: impl FnOnce(&mut World) -> Result<T, E>,
    ) -> Result<(T, Rows), E> {
        let note = |history: &mut History, done: Arc<Change>| {
            if !done.is_empty() {
                history.happened(done);
            }
            None
        };
        self.change(change, note, || true)
    }

    /// Makes a change at its turn and has the history note it. It is published if somebody `waits` for it, or if
    /// it concerns what is asked before the next change.
    fn change<T, E>(
        &self,
        change: impl FnOnce(&mut World) -> Result<T, E>,
        note: impl FnOnce(&mut History, Arc<Change>) -> Option<Past>,
        waits: impl FnOnce() -> bool,
    ) -> Result<(T, Rows), E> {
        let mut turn = self.turn();
        self.catch_up(&mut turn);
        let (value, done) = turn.world.attempt(change)?;
        let at_once = waits() || done.concerns_admission(&turn.world);
        let done = Arc::new(done);
        let forgotten = note(&mut turn.history, done.clone());
        self.behind.store(true, Ordering::Release);
        let old = at_once.then(|| self.publish(&turn));
        // What nobody holds any more is freed while others write.
        drop(turn);
        drop((old, forgotten));
        Ok((value, Rows(done)))
    }

    /// Shows the readers what the writers have done; what they saw before.
    fn publish(&self, turn: &Working) -> Arc<World> {
        let old = self.published.swap(Arc::new(turn.world.clone()));
        self.behind.store(false, Ordering::Release);
        self.watched.store(false, Ordering::Relaxed);
        old
    }

    /// Waits for the turn to write. A turn takes microseconds, going to sleep and being woken takes more:
    /// so it asks a while before it sleeps, and lets others have the processor meanwhile.
    fn turn(&self) -> MutexGuard<'_, Working> {
        for _ in 0..ASKS {
            match self.working.try_lock() {
                Ok(turn) => return turn,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {
                    (0..SPINS).for_each(|_| std::hint::spin_loop());
                    std::thread::yield_now();
                }
            }
        }
        self.working.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the clock to what `change` makes of it, and lets everything happen up to then.
    pub fn move_clock(&self, change: impl FnOnce(Clock) -> Option<Clock>) -> Option<Clock> {
        let moved = self.admin_write(|world| {
            let clock = change(world.clock()).ok_or(())?;
            world.set_clock(clock);
            world.catch_up(clock.now());
            Ok::<_, ()>(clock)
        });
        moved.ok()
    }

    pub fn advance(&self, by: TimeDelta) {
        self.move_clock(|clock| clock.advanced(by));
    }

    /// The world as it was at a time that is past; nothing if nothing has changed since then.
    pub fn as_of(&self, time: DateTime<Utc>) -> Option<World> {
        let turn = self.turn();
        let (mut world, changes) = (turn.world.clone(), turn.history.after(time));
        drop(turn);
        if changes.is_empty() {
            return None;
        }
        changes.iter().for_each(|change| world.undo(change));
        world.catch_up(time);
        Some(world)
    }

    pub fn snapshot(&self) -> Arc<World> {
        self.publish_all();
        self.published.load_full()
    }

    pub fn restore(&self, world: Arc<World>) {
        let mut turn = self.turn();
        self.replace(&mut turn, world);
        turn.history.clear();
        self.buckets.clear();
    }

    fn replace(&self, turn: &mut Working, world: Arc<World>) {
        turn.world = World::clone(&world);
        self.published.store(world);
        self.behind.store(false, Ordering::Release);
    }

    /// Takes back the last writes of clients: clouds and clock become what they were before. Where so many
    /// are not kept: how many are.
    pub fn rewind(&self, writes: u64) -> Result<Arc<World>, usize> {
        let mut turn = self.turn();
        let mut world = turn.world.clone();
        for change in turn.history.back(writes)? {
            world.undo(&change);
        }
        let world = Arc::new(world.rewound(&turn.world));
        self.replace(&mut turn, world.clone());
        Ok(world)
    }

    /// Takes a request out of the allowance of who makes it, or only looks at what is left of it.
    pub(super) fn allowance(&self, limit: &Limit, call: &Call, takes: bool) -> Allowance {
        self.buckets.ask(limit, &call.cloud, limit.key(call), call.now, takes)
    }

    /// Undoes what one request took of its allowance.
    pub(super) fn give_back(&self, limit: &Limit, call: &Call) {
        self.buckets.give_back(&call.cloud, limit.key(call));
    }

    /// The id of the next request, the same in every run with the same seed: `req-…`.
    pub fn request_id(&self) -> String {
        let count = self.requests.fetch_add(1, Ordering::Relaxed);
        let (high, low) = (mix(self.seed ^ count), mix(!self.seed ^ count));
        let bytes = (u128::from(high) << 64 | u128::from(low)).to_be_bytes();
        format!("req-{}", uuid::Builder::from_random_bytes(bytes).into_uuid())
    }

    pub fn record(&self, entry: Entry) {
        self.metrics.count(&entry.cloud, entry.service, entry.operation, entry.status, entry.micros);
        self.journal.push(entry);
    }

    /// The real time until something is due; nothing if nothing is, or the clock stands.
    pub fn until_next(&self) -> Option<Duration> {
        let until = |world: &World| world.next_due().and_then(|due| world.common.meta.clock.until(due));
        match self.working.try_lock() {
            Ok(turn) => until(&turn.world),
            // Somebody is at it.
            Err(_) => Some(Duration::ZERO),
        }
    }

    /// A world of its own that begins as this one is now.
    pub fn fork(&self) -> Live {
        let (world, _) = self.read_current();
        Live::new(World::clone(&world), self.seed)
    }

    /// A world of its own that begins as one that was put aside.
    pub fn begin(&self, world: &World) -> Live {
        Live::new(world.resume(), self.seed)
    }

    /// Back to how this world began, with an empty journal.
    pub fn reset(&self) {
        self.restore(self.beginning.clone());
        self.journal.clear();
        self.requests.store(0, Ordering::Relaxed);
    }
}

/// Scatters the bits of a counter (the finaliser of SplitMix64).
fn mix(count: u64) -> u64 {
    let mut bits = count.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
