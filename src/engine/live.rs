//! A world in use: readers take the published value, writers take turns to replace it.

use super::{Clock, Entry, Journal, Metrics, World};
use arc_swap::ArcSwap;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often a writer asks for its turn before it sleeps, and how long it lets pass in between.
const SPINS: usize = 40;

/// The background task leaves this much time between two looks, since requests catch up by themselves.
const BREATH: Duration = Duration::from_millis(10);

pub struct Live {
    published: ArcSwap<World>,
    writing: Mutex<()>,
    pub journal: Journal,
    pub metrics: Metrics,
    /// Requests so far; with the seed it makes their ids.
    requests: AtomicU64,
    seed: u64,
    /// The background task looks at least this often whether something is due.
    idle: Duration,
}

impl Live {
    pub fn new(world: World, seed: u64) -> Self {
        Live {
            published: ArcSwap::from_pointee(world),
            writing: Mutex::new(()),
            journal: Journal::default(),
            metrics: Metrics::default(),
            requests: AtomicU64::new(0),
            seed,
            idle: Duration::from_millis(100),
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
        let turn = self.turn();
        let mut world = World::clone(&self.published.load());
        let now = world.core.clock.now();
        world.catch_up(now);
        let result = change(&mut world)?;
        let old = self.published.swap(Arc::new(world));
        // What the old world alone held is freed while others write.
        drop(turn);
        drop(old);
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
        let _: Result<(), ()> = self.write(|_| Ok(()));
    }

    /// Sets the clock to what `change` makes of it, and lets everything happen up to then.
    pub fn move_clock(&self, change: impl FnOnce(Clock) -> Option<Clock>) -> Option<Clock> {
        let moved = self.write(|world| {
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

    pub fn snapshot(&self) -> Arc<World> {
        self.published.load_full()
    }

    pub fn restore(&self, world: Arc<World>) {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.published.store(world);
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

    /// Applies what is due as time passes, for those who only watch: requests catch up by themselves.
    pub async fn run(&self) {
        loop {
            let world = self.published.load_full();
            let due = world.next_due().and_then(|due| world.core.clock.until(due));
            super::wait(due.unwrap_or(self.idle).clamp(BREATH, self.idle)).await;
            if due.is_some_and(|due| due <= self.idle) {
                self.catch_up();
            }
        }
    }
}

/// Scatters the bits of a counter (the finaliser of SplitMix64).
fn mix(count: u64) -> u64 {
    let mut bits = count.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
