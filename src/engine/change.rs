//! A change of a world: which rows it touched, and their old versions.
//!
//! A change covers everything that runs under one hold of the write lock: a client's write, due transitions, or a write
//! of the control API. [`World::attempt`] runs it. Tables and the event queue record what they replace meanwhile; these
//! records become a [`Change`]. If the change fails or panics, it is undone before anyone can read it. If it succeeds,
//! the journal lists its rows, and [`History`](super::history::History) stores it for a rewind.
//!
//! A change holds old versions only, so it can be undone but not replayed. Rows are shared with the tables, so a thousand
//! changes cost little more than the rows that differ.

use super::event_queue::{QueueUndo, QueueUndoEntry, shortened};
use super::journal::Touched;
use super::table::UndoEntry;
use super::world::WorldMeta;
use super::{Id, World};
use chrono::{DateTime, Utc};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// The bytes of an undo entry itself, with the id of its row.
const ENTRY: u64 = 120;

/// The old versions of everything that a change touched.
#[derive(Clone)]
pub(super) struct Change {
    /// Time, random numbers, faults, limits and scenarios before the change.
    pub before: WorldMeta,
    /// The virtual time after the change.
    pub at: DateTime<Utc>,
    queue: QueueUndo,
    /// The tables that the change touched.
    tables: Vec<ChangedTable>,
    /// The estimated bytes that it keeps alive.
    bytes: u64,
}

#[derive(Clone)]
struct ChangedTable {
    cloud: Id,
    service: &'static str,
    resource: &'static str,
    /// The position of the table in [`Cloud::each_table`](super::Cloud::each_table), by which an undo finds it.
    place: usize,
    undo: Vec<UndoEntry>,
}

impl Change {
    /// The rows of a cloud that were inserted, changed or removed, each once: `cloud/service/resource/id`. Ids that are secrets are
    /// digests.
    pub fn rows(&self, cloud: &str) -> Touched {
        let mut touched = Touched::default();
        for table in self.tables.iter().filter(|table| *table.cloud == *cloud) {
            // A replaced row has two entries: one for its old place and one for its new place.
            let mut known = HashSet::with_capacity(table.undo.len());
            for undo in table.undo.iter().filter(|undo| known.insert(&*undo.id)) {
                touched.add(|| format!("{cloud}/{}/{}/{}", table.service, table.resource, undo.public_id()));
            }
        }
        touched
    }

    /// The estimated bytes of memory and disk that the change keeps alive.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn estimate(queue: &QueueUndo, tables: &[ChangedTable]) -> u64 {
        const FIXED: u64 = 500;
        let rows = tables.iter().flat_map(|table| &table.undo).map(|undo| undo.bytes + ENTRY).sum::<u64>();
        FIXED + rows + queue.iter().map(QueueUndoEntry::bytes).sum::<u64>()
    }

    pub fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.tables.is_empty()
    }

    /// True if the change touched callers, faults or limits. Requests are checked against these in the published world,
    /// before they take the write lock, so such a change is published at once.
    pub fn concerns_admission(&self, world: &World) -> bool {
        let same = Arc::ptr_eq(&self.before.faults, &world.common.meta.faults)
            && Arc::ptr_eq(&self.before.limits, &world.common.meta.limits);
        !same || self.tables.iter().any(|table| world.knows_callers(&table.cloud, table.service))
    }

    /// Appends the next change. Undoing the result undoes both.
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
        self.bytes = Change::estimate(&self.queue, &self.tables);
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
        let queue = self.common.queue.take_undo();
        let bytes = Change::estimate(&queue, &tables);
        Change { before, at: self.common.meta.now, queue, tables, bytes }
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
