//! One change of a world, from its first write to its last: which rows it touched, and what they were before.
//!
//! A change is whatever happens under one lock of the world: a client's write, the transitions that have become due,
//! an order of the control API. [`World::attempt`] runs it. The tables and the event queue take down what they
//! replace while it runs; at the end this is collected into a [`Change`]. If the change failed or panicked, it is
//! undone at once and nobody has seen it. If it succeeded, the journal names its rows, and the
//! [`History`](super::history::History) keeps it for a rewind.
//!
//! A change holds what was replaced, not what replaced it: it can be undone, not repeated. Rows are shared with
//! the tables of that time, so keeping a thousand changes costs little more than the rows that differ.

use super::event_queue::{QueueUndo, shortened};
use super::table::UndoEntry;
use super::world::WorldMeta;
use super::{Id, World};
use chrono::{DateTime, Utc};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// What a world was before a change, where the change has touched it.
#[derive(Clone)]
pub(super) struct Change {
    /// Time, random numbers, faults, limits and scenarios before the change.
    pub before: WorldMeta,
    /// The virtual time after the change.
    pub at: DateTime<Utc>,
    queue: QueueUndo,
    /// The tables that the change has touched, no others.
    tables: Vec<ChangedTable>,
}

#[derive(Clone)]
struct ChangedTable {
    cloud: Id,
    service: &'static str,
    resource: &'static str,
    /// The position of the table in [`Cloud::each_table`](super::Cloud::each_table), by which it is found again.
    place: usize,
    undo: Vec<UndoEntry>,
}

impl Change {
    /// The rows of a cloud that were inserted, changed or removed, each once: `cloud/service/resource/id`.
    pub fn rows(&self, cloud: &str) -> Vec<String> {
        let mut rows = vec![];
        for table in self.tables.iter().filter(|table| *table.cloud == *cloud) {
            // A row that was replaced has two places: the one that it left and the one that it has now.
            let once = table.undo.iter().enumerate().filter(|(at, undo)| {
                let mut before = table.undo.iter().take(*at);
                !before.any(|other| other.id == undo.id)
            });
            rows.extend(once.map(|(_, undo)| format!("{cloud}/{}/{}/{}", table.service, table.resource, undo.id)));
        }
        rows
    }

    pub fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.tables.is_empty()
    }

    /// True if the change has touched what every request is checked against before it has its turn: callers, faults
    /// and limits. The next request reads these from the published world, so such a change is published at once.
    pub fn concerns_admission(&self, world: &World) -> bool {
        let same = Arc::ptr_eq(&self.before.faults, &world.common.meta.faults)
            && Arc::ptr_eq(&self.before.limits, &world.common.meta.limits);
        !same || self.tables.iter().any(|table| world.knows_callers(&table.cloud, table.service))
    }

    /// Appends the change that came next. Undoing the result undoes both.
    pub fn followed_by(&mut self, next: &Change) {
        self.at = next.at;
        let mut queue = std::mem::take(&mut self.queue);
        queue.extend(next.queue.iter().cloned());
        self.queue = shortened(queue);
        for table in &next.tables {
            let own = |own: &&mut ChangedTable| own.cloud == table.cloud && own.place == table.place;
            let Some(own) = self.tables.iter_mut().find(own) else {
                self.tables.push(table.clone());
                continue;
            };
            // A place that both have touched goes back to what it was before the first.
            let known: HashSet<u64> = own.undo.iter().map(|undo| undo.age).collect();
            own.undo.extend(table.undo.iter().filter(|undo| !known.contains(&undo.age)).cloned());
        }
    }
}

impl World {
    /// Runs a change. If it returns an error or panics, the world is as it was before, and the error or the panic
    /// goes on to the caller.
    pub(super) fn attempt<T, E>(&mut self, change: impl FnOnce(&mut World) -> Result<T, E>) -> Result<(T, Change), E> {
        let before = self.common.meta.clone();
        let result = catch_unwind(AssertUnwindSafe(|| change(self)));
        let done = self.take_change(before);
        match result {
            Ok(Ok(value)) => Ok((value, done)),
            Ok(Err(error)) => {
                self.undo(&done);
                Err(error)
            }
            Err(panic) => {
                self.undo(&done);
                resume_unwind(panic)
            }
        }
    }

    /// Collects what tables and event queue have noted since the last change; `before` is the rest of the world
    /// from then. Only clouds that were lent out to be changed are looked at.
    fn take_change(&mut self, before: WorldMeta) -> Change {
        let mut tables = vec![];
        for cloud in std::mem::take(&mut self.dirty_clouds) {
            let Some(state) = self.clouds.get_mut(&cloud).and_then(Arc::get_mut) else { continue };
            let mut place = 0;
            state.each_table(&mut |service, resource, table| {
                let undo = table.take_undo();
                if !undo.is_empty() {
                    tables.push(ChangedTable { cloud: cloud.clone(), service, resource, place, undo });
                }
                place += 1;
            });
        }
        Change { before, at: self.common.meta.now, queue: self.common.queue.take_undo(), tables }
    }

    /// Undoes a change. Changes must be undone in reverse order, the last one first.
    pub(super) fn undo(&mut self, change: &Change) {
        for changed in &change.tables {
            let Some((state, _)) = self.split(&changed.cloud) else { continue };
            let mut place = 0;
            state.each_table(&mut |_, _, table| {
                if place == changed.place {
                    table.undo(&changed.undo);
                }
                place += 1;
            });
        }
        self.common.queue.undo(&change.queue);
        self.common.meta = change.before.clone();
        self.common.unscheduled.clear();
        self.dirty_clouds.clear();
    }
}
