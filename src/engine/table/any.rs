//! Tables whatever they hold, and what an undo needs of them.

use super::{Id, Row, Slot, Table};
use serde_json::{Value, json};
use std::any::Any;
use std::sync::Arc;

/// A table of any kind of row, as those see it who walk all tables of a cloud: snapshot files, `GET` and
/// `PATCH /state`, the journal, undo. Rows go in and out as JSON.
pub trait AnyTable {
    fn len(&self) -> usize;

    fn is_empty(&self) -> bool;

    /// One row as it is stored.
    fn show(&self, id: &str) -> Option<Value>;

    /// All rows as they are stored: an array, oldest first.
    fn save(&self) -> Value;

    /// Replaces all rows by saved ones. The error says what does not fit; nothing has changed then.
    fn load(&mut self, saved: Value) -> Result<(), String>;

    /// Puts one saved row in the place of the one with its id, or adds it. Returns its id.
    fn put(&mut self, saved: Value) -> Result<Id, String>;

    /// Takes one row out; false if there is none.
    fn take(&mut self, id: &str) -> bool;

    /// Ends a change: what stood where it has inserted, changed or removed rows, each place once. The next change
    /// begins.
    fn take_undo(&mut self) -> Vec<UndoEntry>;

    /// Takes a change back, indexes included. Changes must be taken back in reverse order: the last that was made
    /// and is not taken back yet goes first.
    fn undo(&mut self, undo: &[UndoEntry]);
}

/// One place of a table as it was before a change. Taken down the first time that the change touches the place, so
/// a thousand changes of one row within a request cost one entry. The row is shared, not copied.
#[derive(Clone)]
pub struct UndoEntry {
    /// Where it is: rows stand in order of age.
    pub(in crate::engine) age: u64,
    pub(in crate::engine) id: Id,
    /// The row, of the table's type; nothing where there was none.
    was: Option<Arc<dyn Any + Send + Sync>>,
}

impl UndoEntry {
    /// A place that holds this row.
    pub(super) fn row<T: Row>(age: u64, row: &Arc<T>) -> Self {
        UndoEntry { age, id: row.id().clone(), was: Some(row.clone()) }
    }

    /// A place that holds nothing, and is about to hold a row of this id.
    pub(super) fn absent(age: u64, id: Id) -> Self {
        UndoEntry { age, id, was: None }
    }
}

impl<T: Row> AnyTable for Table<T> {
    fn len(&self) -> usize {
        self.len()
    }

    fn is_empty(&self) -> bool {
        self.is_empty()
    }

    fn show(&self, id: &str) -> Option<Value> {
        self.get(id).map(|row| json!(row))
    }

    fn save(&self) -> Value {
        self.all().rev().map(|row| json!(row)).collect()
    }

    fn load(&mut self, saved: Value) -> Result<(), String> {
        let rows: Vec<T> = serde_json::from_value(saved).map_err(|error| error.to_string())?;
        let before: Vec<Id> = self.all().map(|row| row.id().clone()).collect();
        before.iter().for_each(|id| _ = self.remove(id));
        rows.into_iter().for_each(|row| _ = self.insert(row));
        Ok(())
    }

    fn put(&mut self, saved: Value) -> Result<Id, String> {
        let row: T = serde_json::from_value(saved).map_err(|error| error.to_string())?;
        let id = row.id().clone();
        match self.get_mut(&id).filter(|known| known.owner() == row.owner()) {
            Some(known) => *known = row,
            None => _ = self.insert(row),
        }
        Ok(id)
    }

    fn take(&mut self, id: &str) -> bool {
        self.remove(id).is_some()
    }

    fn take_undo(&mut self) -> Vec<UndoEntry> {
        self.reindex_handed_out();
        // No row bears the number of a change that has changed nothing.
        self.change += u64::from(!self.undo.is_empty());
        std::mem::take(&mut self.undo)
    }

    fn undo(&mut self, undo: &[UndoEntry]) {
        self.reindex_handed_out();
        let rows = Arc::make_mut(&mut self.rows);
        for UndoEntry { age, was, .. } in undo {
            rows.remove(*age);
            if let Some(row) = was.clone().and_then(|was| was.downcast::<T>().ok()) {
                rows.insert(*age, Slot { row, change: 0 });
            }
        }
    }
}
