//! What one change did to a world: enough to name the rows that it touched, and to take it back.

use super::agenda::{FormerDue, shortened};
use super::table::Former;
use super::world::Course;
use super::{Id, World};
use chrono::{DateTime, Utc};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

#[derive(Clone)]
pub(super) struct Change {
    /// The world's time, dice and orders before.
    pub before: Course,
    /// The virtual time after it.
    pub at: DateTime<Utc>,
    due: FormerDue,
    tables: Vec<ChangedTable>,
}

#[derive(Clone)]
struct ChangedTable {
    cloud: Id,
    service: &'static str,
    resource: &'static str,
    /// The table's place among those of its cloud.
    place: usize,
    former: Vec<Former>,
}

impl Change {
    /// `cloud/service/resource/id` of every row of a cloud that was changed.
    pub fn rows(&self, cloud: &str) -> Vec<String> {
        let mut rows = vec![];
        for table in self.tables.iter().filter(|table| *table.cloud == *cloud) {
            // A row that was replaced went and came.
            let once = table.former.iter().enumerate().filter(|(at, former)| {
                let mut before = table.former.iter().take(*at);
                !before.any(|other| other.id == former.id)
            });
            rows.extend(once.map(|(_, former)| format!("{cloud}/{}/{}/{}", table.service, table.resource, former.id)));
        }
        rows
    }

    pub fn is_empty(&self) -> bool {
        self.due.is_empty() && self.tables.is_empty()
    }

    /// True if what is asked before every change has become something else: who the callers are, faults and
    /// limits.
    pub fn concerns_admission(&self, world: &World) -> bool {
        let same = Arc::ptr_eq(&self.before.faults, &world.core.course.faults)
            && Arc::ptr_eq(&self.before.limits, &world.core.course.limits);
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
            let known: HashSet<u64> = own.former.iter().map(|former| former.age).collect();
            own.former.extend(table.former.iter().filter(|former| !known.contains(&former.age)).cloned());
        }
    }
}

impl World {
    /// Changes the world; if that fails or panics, the world is as it was.
    pub(super) fn attempt<T, E>(&mut self, change: impl FnOnce(&mut World) -> Result<T, E>) -> Result<(T, Change), E> {
        let before = self.core.course.clone();
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
    fn take_change(&mut self, before: Course) -> Change {
        let mut tables = vec![];
        for cloud in std::mem::take(&mut self.entered) {
            let Some(state) = self.clouds.get_mut(&cloud).and_then(Arc::get_mut) else { continue };
            for (place, (service, resource, table)) in state.tables().into_iter().enumerate() {
                let former = table.take_former();
                if !former.is_empty() {
                    tables.push(ChangedTable { cloud: cloud.clone(), service, resource, place, former });
                }
            }
        }
        Change { before, at: self.core.course.now, due: self.core.agenda.take_former(), tables }
    }

    /// Makes the world what it was before a change: the last one that is not taken back yet.
    pub(super) fn undo(&mut self, change: &Change) {
        for changed in &change.tables {
            let Some((state, _)) = self.split(&changed.cloud) else { continue };
            if let Some((_, _, table)) = state.tables().into_iter().nth(changed.place) {
                table.take_back(&changed.former);
            }
        }
        self.core.agenda.take_back(&change.due);
        self.core.course = change.before.clone();
        self.core.fresh.clear();
        self.entered.clear();
    }
}
