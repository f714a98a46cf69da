//! A world is a value: the state of all clouds, what is going to happen to them, the time, the rng.

use super::event_queue::EventQueue;
use super::faults::{Fault, FaultPlan, Outcome};
use super::transition::{Moment, Origin};
use super::{AnyTable, Applied, Clock, Context, Id, LimitPlan, Timing};
use chrono::{DateTime, Utc};
use imbl::OrdMap;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::any::Any;
use std::sync::Arc;

/// The state of one cloud: tables, each cheap to copy.
pub trait Cloud: Any + Send + Sync {
    fn copy(&self) -> Arc<dyn Cloud>;
    /// Runs a transition of this kind of cloud by its name; it fails where a reason is given.
    fn apply_transition(&mut self, ctx: &mut Context, transition: &str, subject: &Id, fails: Option<&str>);
    /// Changes what no client could, as a scenario says it: a quota, a host that fails. How to take it back,
    /// in the same form, where it can be.
    fn admin_change(&mut self, _ctx: &mut Context, what: &str, _how: &Value) -> Result<Option<Value>, String> {
        Err(format!("this kind of cloud knows no {what}"))
    }
    /// Visits every table, with the names of its service and its resource, always in the same order. Saving,
    /// `GET /state` and the record of what a change did go by this order.
    fn each_table(&mut self, visit: VisitTable);
    /// True for a service whose tables are asked who a caller is. Before a change that is asked of the world as
    /// it was last published, so what changes there is published at once.
    fn knows_callers(&self, _service: &str) -> bool {
        true
    }
    /// True for a table that earlier versions had and this one has no more. A snapshot file may hold its rows;
    /// loading passes over them.
    fn is_former_table(&self, _service: &str, _resource: &str) -> bool {
        false
    }
}

/// Takes a table with the names of its service and its resource.
pub type VisitTable<'v> = &'v mut dyn FnMut(&'static str, &'static str, &mut dyn AnyTable);

pub struct World {
    pub(super) common: Common,
    pub(super) clouds: OrdMap<Id, Arc<dyn Cloud>>,
    /// The clouds in which something may have changed since a change was last taken down.
    pub(super) dirty_clouds: Vec<Id>,
}

/// A copy shares everything, and has no changes yet.
impl Clone for World {
    fn clone(&self) -> Self {
        World { common: self.common.clone(), clouds: self.clouds.clone(), dirty_clouds: vec![] }
    }
}

/// Everything in a world that no particular cloud owns.
#[derive(Clone)]
pub(super) struct Common {
    pub meta: WorldMeta,
    pub queue: EventQueue,
    /// What was arranged and not yet looked at by the faults, with its delay in milliseconds.
    pub unscheduled: Vec<(Moment, i64)>,
}

/// The time of a world, its rng, and what was ordered for it.
#[derive(Clone)]
pub(super) struct WorldMeta {
    pub now: DateTime<Utc>,
    pub clock: Clock,
    pub random: ChaCha8Rng,
    pub timing: Arc<Timing>,
    pub faults: Arc<FaultPlan>,
    pub limits: Arc<LimitPlan>,
    pub scenarios: Arc<Vec<Applied>>,
    /// How many transitions were ever arranged: it keeps those of one moment in order.
    pub arranged: u64,
}

impl World {
    pub fn new(clock: Clock, seed: u64, timing: Timing) -> Self {
        let meta = WorldMeta {
            now: clock.now(),
            clock,
            random: ChaCha8Rng::seed_from_u64(seed),
            timing: Arc::new(timing),
            faults: Arc::new(FaultPlan::new(seed)),
            limits: Arc::default(),
            scenarios: Arc::default(),
            arranged: 0,
        };
        let common = Common { meta, queue: EventQueue::default(), unscheduled: vec![] };
        World { common, clouds: OrdMap::new(), dirty_clouds: vec![] }
    }

    pub fn add(&mut self, name: &str, cloud: impl Cloud) {
        self.clouds.insert(name.into(), Arc::new(cloud));
    }

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

    /// Orders a failure from now on; its number.
    pub fn add_fault(&mut self, fault: Fault, scenario: Option<Id>) -> u64 {
        let now = self.common.meta.now;
        self.faults_mut().add(fault, scenario, now)
    }

    pub fn faults_mut(&mut self) -> &mut FaultPlan {
        Arc::make_mut(&mut self.common.meta.faults)
    }

    /// How many transitions are still to come.
    pub fn pending(&self) -> usize {
        self.common.queue.len()
    }

    /// The state of the cloud `name`; nothing if there is none of that name and kind.
    pub fn cloud<C: Cloud>(&self, name: &str) -> Option<&C> {
        let cloud: &dyn Any = &**self.clouds.get(name)?;
        cloud.downcast_ref()
    }

    /// The same to change, with the handle to time and chance that goes along.
    pub fn cloud_mut<C: Cloud>(&mut self, name: &str) -> Option<(&mut C, Context<'_>)> {
        let (cloud, ctx) = self.split(name)?;
        let cloud: &mut dyn Any = cloud;
        Some((cloud.downcast_mut()?, ctx))
    }

    /// Every table of one cloud, to look at.
    pub fn tables<T>(&self, cloud: &str, mut look: impl FnMut(&str, &str, &dyn AnyTable) -> T) -> Option<Vec<T>> {
        let mut copy = self.clouds.get(cloud)?.copy();
        let mut looked = vec![];
        Arc::get_mut(&mut copy)?
            .each_table(&mut |service, resource, table| looked.push(look(service, resource, table)));
        Some(looked)
    }

    /// What the row of this id, in whichever table, is called.
    pub fn name_of(&self, cloud: &str, id: &str) -> Option<String> {
        let rows = self.tables(cloud, |_, _, table| table.show(id))?;
        rows.into_iter().flatten().find_map(|row| row["name"].as_str().map(str::to_owned))
    }

    /// The ids of the rows of these tables that are called so.
    pub fn ids_of(&self, cloud: &str, tables: &[&str], name: &str) -> Vec<String> {
        let found = self.tables(cloud, |_, resource, table| {
            let rows = if tables.contains(&resource) { table.save() } else { Value::Null };
            let named = rows.as_array().into_iter().flatten().filter(|row| row["name"] == name);
            named.filter_map(|row| row["id"].as_str().map(str::to_owned)).collect::<Vec<_>>()
        });
        found.unwrap_or_default().concat()
    }

    /// One table of one cloud, to change; nothing if there is none of that name.
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

    /// Every table of one cloud, to change; the first change that fails ends it.
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

    /// The world as it is now, put aside: with everything that is due done.
    pub fn checkpoint(&self) -> World {
        let mut world = self.clone();
        world.catch_up(world.common.meta.clock.now());
        world
    }

    /// A world that was put aside, taken up again: its clock goes on from where it stood then.
    pub fn resume(&self) -> World {
        let mut world = self.clone();
        world.common.meta.clock = world.common.meta.clock.set_to(world.common.meta.now);
        world
    }

    /// This world, which is that of a time that is past, with what was ordered since then: speed of the clock,
    /// timing, limits, faults.
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

    pub(super) fn split(&mut self, name: &str) -> Option<(&mut dyn Cloud, Context<'_>)> {
        self.split_for(name, Arc::default())
    }

    /// The same for what a request began with.
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

    pub(super) fn next_due(&self) -> Option<DateTime<Utc>> {
        self.common.queue.first()
    }

    /// Lets everything happen that is due at `now`, in order, each at its own time. `now` becomes
    /// the time of the world.
    pub(super) fn catch_up(&mut self, now: DateTime<Utc>) {
        while let Some((at, due)) = self.common.queue.next(now) {
            self.common.meta.now = at;
            if due.cloud.is_empty() {
                self.step(&due.transition, &due.subject);
            } else if let Some((cloud, mut ctx)) = self.split_for(&due.cloud, due.origin.clone()) {
                let reason = if let Outcome::Fails(reason) = &due.outcome { Some(reason.as_str()) } else { None };
                cloud.apply_transition(&mut ctx, &due.transition, &due.subject, reason);
                self.resolve_faults(&[]);
            }
        }
        self.common.meta.now = now;
    }
}
