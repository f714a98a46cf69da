//! A world in use: readers take the published value, writers take turns to replace it.

use super::history::History;
use super::limits::{Buckets, Limit, Standing};
use super::{Call, Clock, Entry, Journal, Metrics, Snapshots, World};
use arc_swap::ArcSwap;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often a writer asks for its turn before it sleeps, and how long it lets pass in between.
const SPINS: usize = 40;

pub struct Live {
    published: ArcSwap<World>,
    writing: Mutex<()>,
    pub journal: Arc<Journal>,
    pub metrics: Metrics,
    /// Requests so far; with the seed it makes their ids.
    requests: AtomicU64,
    seed: u64,
    /// The world as it was seeded or forked: what a reset goes back to.
    beginning: Arc<World>,
    pub snapshots: Snapshots,
    history: History,
    buckets: Buckets,
}

impl Live {
    pub fn new(world: World, seed: u64) -> Self {
        let beginning = Arc::new(world);
        Live {
            published: ArcSwap::new(beginning.clone()),
            writing: Mutex::new(()),
            journal: Arc::default(),
            metrics: Metrics::default(),
            requests: AtomicU64::new(0),
            seed,
            beginning,
            snapshots: Snapshots::default(),
            history: History::default(),
            buckets: Buckets::default(),
        }
    }

    /// The world as it is now, with everything that is due done, and the virtual time.
    pub fn read(&self) -> (arc_swap::Guard<Arc<World>>, DateTime<Utc>) {
        let world = self.published.load();
        let now = world.core.clock.now();
        if world.next_due().is_none_or(|due| due > now) {
            return (world, now);
        }
        drop(world);
        self.catch_up();
        (self.published.load(), now)
    }

    /// The world as it was last published, with what is due since then still to come: for a look before a
    /// change, which catches up by itself.
    pub fn peek(&self) -> (arc_swap::Guard<Arc<World>>, DateTime<Utc>) {
        let world = self.published.load();
        let now = world.core.clock.now();
        (world, now)
    }

    /// Changes the world: what `change` does is published if it succeeds and forgotten if it doesn't.
    pub fn write<T, E>(&self, change: impl FnOnce(&mut World) -> Result<T, E>) -> Result<T, E> {
        self.publish(change, true)
    }

    /// The same by order of who runs the world, not of a client: a rewind does not take it back.
    pub fn order<T, E>(&self, change: impl FnOnce(&mut World) -> Result<T, E>) -> Result<T, E> {
        self.publish(change, false)
    }

    fn publish<T, E>(&self, change: impl FnOnce(&mut World) -> Result<T, E>, by_client: bool) -> Result<T, E> {
        let turn = self.turn();
        let mut world = World::clone(&self.published.load());
        let now = world.core.clock.now();
        world.catch_up(now);
        let result = change(&mut world)?;
        let old = self.published.swap(Arc::new(world));
        let forgotten = if by_client { self.history.push(old, now) } else { Some((old, now)) };
        // What the forgotten world alone held is freed while others write.
        drop(turn);
        drop(forgotten);
        Ok(result)
    }

    /// Waits for the turn to write. A turn takes microseconds, going to sleep and being woken takes more:
    /// so it asks a while before it sleeps.
    fn turn(&self) -> std::sync::MutexGuard<'_, ()> {
        for _ in 0..SPINS {
            match self.writing.try_lock() {
                Ok(turn) => return turn,
                Err(std::sync::TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(std::sync::TryLockError::WouldBlock) => (0..SPINS).for_each(|_| std::hint::spin_loop()),
            }
        }
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what is due.
    fn catch_up(&self) {
        let _: Result<(), ()> = self.order(|_| Ok(()));
    }

    /// Sets the clock to what `change` makes of it, and lets everything happen up to then.
    pub fn move_clock(&self, change: impl FnOnce(Clock) -> Option<Clock>) -> Option<Clock> {
        let moved = self.order(|world| {
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

    /// The world as it was at a time that is past; nothing if no client wrote since then.
    pub fn as_of(&self, time: DateTime<Utc>) -> Option<World> {
        let mut world = World::clone(&*self.history.at(time)?);
        world.catch_up(time);
        Some(world)
    }

    pub fn snapshot(&self) -> Arc<World> {
        self.published.load_full()
    }

    pub fn restore(&self, world: Arc<World>) {
        let _turn = self.turn();
        self.published.store(world);
        self.history.clear();
        self.buckets.clear();
    }

    /// Takes back the last writes of clients: clouds and clock become what they were before. Where so many
    /// are not kept: how many are.
    pub fn rewind(&self, writes: u64) -> Result<Arc<World>, usize> {
        let _turn = self.turn();
        let (before, at) = self.history.back(writes)?;
        let world = Arc::new(before.rewound(at, &self.published.load()));
        self.published.store(world.clone());
        Ok(world)
    }

    /// Takes a request out of the allowance of who makes it, or only looks at what is left of it.
    pub(super) fn allowance(&self, limit: &Limit, call: &Call, takes: bool) -> Standing {
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
        let world = self.published.load();
        world.next_due().and_then(|due| world.core.clock.until(due))
    }

    /// A world of its own that begins as this one is now.
    pub fn fork(&self) -> Live {
        let (world, _) = self.read();
        Live::new(World::clone(&world), self.seed)
    }

    /// A world of its own that begins as one that was put aside.
    pub fn begin(&self, world: &World) -> Live {
        Live::new(world.resumed(), self.seed)
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
