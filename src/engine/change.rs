//! What one change did to a world: enough to name the rows that it touched, and to take it back.

use super::event_queue::{QueueUndo, shortened};
use super::table::UndoEntry;
use super::world::WorldMeta;
use super::{Id, World};
use chrono::{DateTime, Utc};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

#[derive(Clone)]
pub(super) struct Change {
    /// The world's time, rng and orders before.
    pub before: WorldMeta,
    /// The virtual time after it.
    pub at: DateTime<Utc>,
    due: QueueUndo,
    tables: Vec<ChangedTable>,
}

#[derive(Clone)]
struct ChangedTable {
    cloud: Id,
    service: &'static str,
    resource: &'static str,
    /// The table's place among those of its cloud.
    place: usize,
    undo: Vec<UndoEntry>,
}

impl Change {
    /// `cloud/service/resource/id` of every row of a cloud that was changed.
    pub fn rows(&self, cloud: &str) -> Vec<String> {
        let mut rows = vec![];
        for table in self.tables.iter().filter(|table| *table.cloud == *cloud) {
            // A row that was replaced went and came.
            let once = table.undo.iter().enumerate().filter(|(at, undo)| {
                let mut before = table.undo.iter().take(*at);
                !before.any(|other| other.id == undo.id)
            });
            rows.extend(once.map(|(_, undo)| format!("{cloud}/{}/{}/{}", table.service, table.resource, undo.id)));
        }
        rows
    }

    pub fn is_empty(&self) -> bool {
        self.due.is_empty() && self.tables.is_empty()
    }

    /// True if what is asked before every change has become something else: who the callers are, faults and
    /// limits.
    pub fn concerns_admission(&self, world: &World) -> bool {
        let same = Arc::ptr_eq(&self.before.faults, &world.common.meta.faults)
            && Arc::ptr_eq(&self.before.limits, &world.common.meta.limits);
        !same || self.tables.iter().any(|table| world.knows_callers(&table.cloud, table.service))
    }

    /// Becomes this change and the one that came after it, in one.
    pub fn followed_by(&mut self, next: &Change) {
        self.at = next.at;
        let mut due = std::mem::take(&mut self.due);
        due.extend(next.due.iter().cloned());
        self.due = shortened(due);
        for table in &next.tables {
            let own = |own: &&mut ChangedTable| own.cloud == table.cloud && own.place == table.place;
            let Some(own) = self.tables.iter_mut().find(own) else {
                self.tables.push(table.clone());
                continue;
            };
            let known: HashSet<u64> = own.undo.iter().map(|undo| undo.age).collect();
            own.undo.extend(table.undo.iter().filter(|undo| !known.contains(&undo.age)).cloned());
        }
    }
}

impl World {
    /// Changes the world; if that fails or panics, the world is as it was.
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

    /// What was done since this was last asked.
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
        Change { before, at: self.common.meta.now, due: self.common.queue.take_undo(), tables }
    }

    /// Makes the world what it was before a change: the last one that is not taken back yet.
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
        self.common.queue.undo(&change.due);
        self.common.meta = change.before.clone();
        self.common.unscheduled.clear();
        self.dirty_clouds.clear();
    }
}
