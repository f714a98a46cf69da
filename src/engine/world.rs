//! A world as a value: the state of all clouds, their future, the time, and the random generator.
//!
//! Everything that a reset, a rewind, a snapshot or a fork has to bring back is in a [`World`]. Everything else (the
//! journal, metrics, open requests) is in [`Live`](super::Live).

use super::event_queue::EventQueue;
use super::faults::{Fault, FaultPlan, Outcome};
use super::secrets::SecretSource;
use super::transition::{Moment, Origin};
use super::{AnyTable, Applied, Clock, Context, Id, LimitPlan, Timing};
use chrono::{DateTime, Utc};
use imbl::OrdMap;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::any::Any;
use std::sync::Arc;

/// The state of one cloud. An implementation is a struct of [`Table`](super::Table)s, one per resource, and nothing
/// that is not in a table: only tables are undone, saved, forked and shown by `GET /state`.
///
/// Handlers of operations get the struct itself, as `&C` or `&mut C`. This trait is what the engine needs to know of it.
pub trait Cloud: Any + Send + Sync {
    /// A copy that shares all rows with this one.
    fn copy(&self) -> Arc<dyn Cloud>;
    /// Runs the transition of this name on the resource `subject`. With `fails`, the transition fails for that reason.
    fn apply_transition(&mut self, ctx: &mut Context, transition: &str, subject: &Id, fails: Option<&str>);
    /// Changes what no client can change, for scenarios and `PATCH /state`: a quota, a host that is down, a balance.
    /// Returns the value that undoes it, or `None` if it cannot be undone. The error says what is wrong with `value`.
    fn admin_change(&mut self, _ctx: &mut Context, what: &str, _value: &Value) -> Result<Option<Value>, String> {
        Err(format!("this kind of cloud has no change {what}"))
    }
    /// Calls `visit` with every table, always in the same order. Undo, snapshots and `GET /state` go by this order.
    fn each_table(&mut self, visit: VisitTable);
    /// True for a service whose tables are read to authenticate a caller. Requests that write are authenticated against
    /// the published world, so changes of these tables are published at once.
    fn knows_callers(&self, _service: &str) -> bool {
        true
    }
    /// True for a table that earlier versions had and this one has no more. A snapshot file may hold its rows;
    /// loading passes over them.
    fn is_former_table(&self, _service: &str, _resource: &str) -> bool {
        false
    }
}

/// Takes the names of a service and a resource, and the table.
pub type VisitTable<'v> = &'v mut dyn FnMut(&'static str, &'static str, &mut dyn AnyTable);

/// The whole state of one world, as a value: all clouds, the event queue of their transitions, the clock, the random
/// generator, and the plans for faults, limits and timing.
///
/// Cloning shares everything and takes well under a microsecond, however many rows there are: forks and snapshots are
/// clones. The same world and the same requests at the same times give the same answers, byte by byte, since chance
/// comes from the world's generator and time from its clock.
///
/// A world does not change by itself. [`Live`](super::Live) applies requests to it one after the other, and runs the
/// transitions that have become due.
pub struct World {
    pub(super) common: Common,
    pub(super) clouds: OrdMap<Id, Arc<dyn Cloud>>,
    /// The clouds that were changed since the last [`Change`](super::change::Change) was recorded.
    pub(super) dirty_clouds: Vec<Id>,
}

/// The clone has no unrecorded changes.
impl Clone for World {
    fn clone(&self) -> Self {
        World { common: self.common.clone(), clouds: self.clouds.clone(), dirty_clouds: vec![] }
    }
}

/// The parts of a world that belong to no cloud.
#[derive(Clone)]
pub(super) struct Common {
    pub meta: WorldMeta,
    pub queue: EventQueue,
    /// The virtual time up to which due transitions are being run; see [`Context::recurs_after`].
    pub until: DateTime<Utc>,
    /// Transitions that were scheduled since [`World::resolve_faults`] last ran, with their delays in milliseconds.
    pub unscheduled: Vec<(Moment, i64)>,
}

/// The small parts of [`Common`]. They are cheap to copy, so undo keeps a copy of all of them for each change.
#[derive(Clone)]
pub(super) struct WorldMeta {
    /// The virtual time of the last change; while a request or a transition runs, its time.
    pub now: DateTime<Utc>,
    pub clock: Clock,
    pub random: ChaCha8Rng,
    pub secrets: SecretSource,
    pub timing: Arc<Timing>,
    pub faults: Arc<FaultPlan>,
    pub limits: Arc<LimitPlan>,
    pub scenarios: Arc<Vec<Applied>>,
    /// The sequence number of the last scheduled transition. It keeps transitions that are due at one time in order.
    pub sequence: u64,
}

impl World {
    /// A world without clouds.
    pub fn new(clock: Clock, seed: u64, timing: Timing) -> Self {
        let meta = WorldMeta {
            now: clock.now(),
            clock,
            random: ChaCha8Rng::seed_from_u64(seed),
            secrets: SecretSource::new(seed),
            timing: Arc::new(timing),
            faults: Arc::new(FaultPlan::new(seed)),
            limits: Arc::default(),
            scenarios: Arc::default(),
            sequence: 0,
        };
        let common = Common { until: meta.now, meta, queue: EventQueue::default(), unscheduled: vec![] };
        World { common, clouds: OrdMap::new(), dirty_clouds: vec![] }
    }

    /// Adds a cloud. A cloud of the same name is replaced.
    pub fn add(&mut self, name: &str, cloud: impl Cloud) {
        self.clouds.insert(name.into(), Arc::new(cloud));
    }

    /// Makes tokens, keys and generated passwords depend on `known`, so that nobody who does not know it can know them.
    pub fn mix_into_secrets(&mut self, known: &[u8]) {
        self.common.meta.secrets.mix(known);
    }

    /// Makes tokens, keys and generated passwords differ from those of every other world. Fails if the operating system
    /// has no random bytes.
    pub fn make_secrets_unpredictable(&mut self) -> Result<(), String> {
        self.common.meta.secrets.mix_system_randomness()
    }

    /// The names of the clouds.
    pub fn clouds(&self) -> impl Iterator<Item = &Id> {
        self.clouds.keys()
    }

    pub fn clock(&self) -> Clock {
        self.common.meta.clock
    }

    pub fn set_clock(&mut self, clock: Clock) {
        self.common.meta.clock = clock;
    }

    pub fn timing_mut(&mut self) -> &mut Timing {
        Arc::make_mut(&mut self.common.meta.timing)
    }

    pub fn limits(&self) -> &LimitPlan {
        &self.common.meta.limits
    }

    pub fn limits_mut(&mut self) -> &mut LimitPlan {
        Arc::make_mut(&mut self.common.meta.limits)
    }

    pub fn faults(&self) -> &FaultPlan {
        &self.common.meta.faults
    }

    /// Adds a fault and returns its id. `scenario` is the scenario, or the step of it, that it belongs to.
    pub fn add_fault(&mut self, fault: Fault, scenario: Option<Id>) -> u64 {
        let now = self.common.meta.now;
        self.faults_mut().add(fault, scenario, now)
    }

    pub fn faults_mut(&mut self) -> &mut FaultPlan {
        Arc::make_mut(&mut self.common.meta.faults)
    }

    /// The number of scheduled transitions.
    pub fn pending(&self) -> usize {
        self.common.queue.len()
    }

    /// The state of the cloud `name`; `None` if there is no cloud of this name and type.
    pub fn cloud<C: Cloud>(&self, name: &str) -> Option<&C> {
        let cloud: &dyn Any = &**self.clouds.get(name)?;
        cloud.downcast_ref()
    }

    /// As [`World::cloud`], to change, with the context for its handlers.
    pub fn cloud_mut<C: Cloud>(&mut self, name: &str) -> Option<(&mut C, Context<'_>)> {
        let (cloud, ctx) = self.split(name)?;
        let cloud: &mut dyn Any = cloud;
        Some((cloud.downcast_mut()?, ctx))
    }

    /// Calls `read` with the service, the resource and the table, for every table of a cloud.
    pub fn tables<T>(&self, cloud: &str, mut read: impl FnMut(&str, &str, &dyn AnyTable) -> T) -> Option<Vec<T>> {
        let mut copy = self.clouds.get(cloud)?.copy();
        let mut values = vec![];
        Arc::get_mut(&mut copy)?
            .each_table(&mut |service, resource, table| values.push(read(service, resource, table)));
        Some(values)
    }

    /// The name of the row of this id, in any table of the cloud.
    pub fn name_of(&self, cloud: &str, id: &str) -> Option<String> {
        let rows = self.tables(cloud, |_, _, table| table.show(id))?;
        rows.into_iter().flatten().find_map(|row| row["name"].as_str().map(str::to_owned))
    }

    /// The ids of the rows with this name in the tables of these resources.
    pub fn ids_of(&self, cloud: &str, tables: &[&str], name: &str) -> Vec<String> {
        let found = self.tables(cloud, |_, resource, table| {
            let rows = if tables.contains(&resource) { table.save().unwrap_or_default() } else { Value::Null };
            let named = rows.as_array().into_iter().flatten().filter(|row| row["name"] == name);
            named.filter_map(|row| row["id"].as_str().map(str::to_owned)).collect::<Vec<_>>()
        });
        found.unwrap_or_default().concat()
    }

    /// Calls `change` with one table of a cloud; `None` if there is no such table.
    pub fn change_table<T>(
        &mut self,
        cloud: &str,
        service: &str,
        resource: &str,
        change: impl FnOnce(&mut dyn AnyTable) -> T,
    ) -> Option<T> {
        let (state, _) = self.split(cloud)?;
        let (mut change, mut changed) = (Some(change), None);
        state.each_table(&mut |one, other, table| {
            if one == service && other == resource {
                changed = change.take().map(|change| change(table));
            }
        });
        changed
    }

    /// Calls `change` with every table of a cloud, until one call fails.
    pub(super) fn change_tables(
        &mut self,
        cloud: &str,
        mut change: impl FnMut(&str, &str, &mut dyn AnyTable) -> Result<(), String>,
    ) -> Result<(), String> {
        let Some((state, _)) = self.split(cloud) else { return Ok(()) };
        let mut outcome = Ok(());
        state.each_table(&mut |service, resource, table| {
            if outcome.is_ok() {
                outcome = change(service, resource, table);
            }
        });
        outcome
    }

    /// A copy to keep as a snapshot: everything that is due now has run.
    pub fn checkpoint(&self) -> World {
        let mut world = self.clone();
        world.advance_to(world.common.meta.clock.now());
        world
    }

    /// A copy of a snapshot to go on with: its clock continues from the time of the snapshot.
    pub fn resume(&self) -> World {
        let mut world = self.clone();
        world.common.meta.clock = world.common.meta.clock.set_to(world.common.meta.now);
        world
    }

    /// This world, which is an earlier version of `current`, with the clock speed, timing, limits, faults and scenarios
    /// of `current`: a rewind undoes only what clients did.
    pub(super) fn rewound(mut self, current: &World) -> World {
        self.common.meta.clock = current.common.meta.clock.set_to(self.common.meta.now);
        self.common.meta.timing = current.common.meta.timing.clone();
        self.common.meta.limits = current.common.meta.limits.clone();
        self.take_scenarios_of(current);
        self.common.meta.faults = Arc::new(current.common.meta.faults.counted_as(&self.common.meta.faults));
        self
    }

    pub(super) fn knows_callers(&self, cloud: &str, service: &str) -> bool {
        self.clouds.get(cloud).is_some_and(|cloud| cloud.knows_callers(service))
    }

    /// The virtual time of the last change.
    pub fn changed_at(&self) -> DateTime<Utc> {
        self.common.meta.now
    }

    /// One cloud, and the context that borrows the rest of the world.
    pub(super) fn split(&mut self, name: &str) -> Option<(&mut dyn Cloud, Context<'_>)> {
        self.split_for(name, Arc::default())
    }

    /// As [`World::split`], for what goes back to the request `origin`.
    fn split_for(&mut self, name: &str, origin: Arc<Origin>) -> Option<(&mut dyn Cloud, Context<'_>)> {
        let id = self.clouds.get_key_value(name)?.0.clone();
        if !self.dirty_clouds.contains(&id) {
            self.dirty_clouds.push(id.clone());
        }
        let cloud = self.clouds.get_mut(name)?;
        if Arc::get_mut(cloud).is_none() {
            *cloud = cloud.copy();
        }
        Some((Arc::get_mut(cloud)?, Context { cloud: id, common: &mut self.common, origin }))
    }

    /// The time at which the next transition is due.
    pub(super) fn next_due(&self) -> Option<DateTime<Utc>> {
        self.common.queue.first()
    }

    /// Runs the transitions that are due by `now`, in order, each at its own time. Then `now` is the time of the world.
    pub(super) fn advance_to(&mut self, now: DateTime<Utc>) {
        self.advance_some(now, usize::MAX);
        self.common.meta.now = now;
    }

    /// As [`World::advance_to`], but runs about `most` transitions: it does not stop between transitions of one time, so
    /// that every part can be undone by itself. False if some are left; the time of the world is then that of the last one
    /// that ran.
    pub(super) fn advance_some(&mut self, now: DateTime<Utc>, most: usize) -> bool {
        self.common.until = now;
        let mut ran = 0;
        while let Some(first) = self.common.queue.first().filter(|at| *at <= now) {
            if ran >= most && first != self.common.meta.now {
                return false;
            }
            let Some((at, due)) = self.common.queue.next(now) else { break };
            ran += 1;
            self.common.meta.now = at;
            if due.cloud.is_empty() {
                self.run_step(&due.transition, &due.subject);
            } else if let Some((cloud, mut ctx)) = self.split_for(&due.cloud, due.origin.clone()) {
                let reason = if let Outcome::Fails(reason) = &due.outcome { Some(reason.as_str()) } else { None };
                cloud.apply_transition(&mut ctx, &due.transition, &due.subject, reason);
                self.resolve_faults(&[]);
            }
        }
        self.common.meta.now = now;
        true
    }
}
