//! Tables without their row type, and undo.

use super::{Id, Row, Slot, Table};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;

/// A table without its row type, for code that handles all tables of a cloud: snapshot files, `/state`, the journal and
/// undo. Rows are read and written as JSON.
pub trait AnyTable {
    fn len(&self) -> usize;

    fn is_empty(&self) -> bool;

    /// A stored row. If its content cannot be read, the text that says so.
    fn show(&self, id: &str) -> Option<Value>;

    /// An array of all stored rows, oldest first. The error says why a content in a temporary file cannot be read.
    fn save(&self) -> Result<Value, String>;

    /// Replaces all rows by saved rows. On an error nothing changes.
    fn load(&mut self, saved: Value) -> Result<(), String>;

    /// Replaces the row with the id of a saved row, or adds it. Returns the id.
    fn put(&mut self, saved: Value) -> Result<Id, String>;

    /// Removes a row. False if there is none.
    fn take(&mut self, id: &str) -> bool;

    /// Ends the current change and returns its undo entries, one for each place that was inserted, changed or removed.
    fn take_undo(&mut self) -> Vec<UndoEntry>;

    /// Undoes a change, including its index entries. Changes must be undone in reverse order.
    fn undo(&mut self, undo: &[UndoEntry]);
}

/// The content of one place of a table before a change. It is recorded when the change first touches the place, so
/// many changes of one row in a request need one entry. The row is shared, not copied.
#[derive(Clone)]
pub struct UndoEntry {
    /// The place: rows are ordered by age.
    pub(in crate::engine) age: u64,
    pub(in crate::engine) id: Id,
    has_secret_id: bool,
    /// The row, of the table's type; `None` if the place was empty.
    pub(super) was: Option<Arc<dyn Any + Send + Sync>>,
    /// The estimated bytes that it keeps alive.
    pub(in crate::engine) bytes: u64,
}

impl UndoEntry {
    /// A place that holds this row.
    pub(super) fn row<T: Row>(age: u64, row: &Arc<T>) -> Self {
        UndoEntry { was: Some(row.clone()), ..UndoEntry::absent(age, &**row) }
    }

    /// An empty place that gets this row.
    pub(super) fn absent<T: Row>(age: u64, row: &T) -> Self {
        UndoEntry { age, id: row.id().clone(), has_secret_id: T::HAS_SECRET_ID, was: None, bytes: 0 }
    }

    /// What the journal calls the row: its id, or the beginning of the id's digest if the id is a secret.
    pub(in crate::engine) fn public_id(&self) -> Cow<'_, str> {
        if !self.has_secret_id {
            return Cow::Borrowed(&self.id);
        }
        let digest = hex::encode(Sha256::digest(self.id.as_bytes()));
        Cow::Owned(digest[..16].to_owned())
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
        self.get(id).map(|row| serde_json::to_value(row).unwrap_or_else(|error| error.to_string().into()))
    }

    fn save(&self) -> Result<Value, String> {
        self.all().rev().map(|row| serde_json::to_value(row).map_err(|error| error.to_string())).collect()
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
        self.finish_reindex();
        self.size_undo();
        // A change without entries has no slot with its number, so the number can be reused.
        self.change += u64::from(!self.undo.is_empty());
        std::mem::take(&mut self.undo)
    }

    fn undo(&mut self, undo: &[UndoEntry]) {
        self.finish_reindex();
        let rows = Arc::make_mut(&mut self.rows);
        for UndoEntry { age, was, .. } in undo {
            rows.remove(*age);
            if let Some(row) = was.clone().and_then(|was| was.downcast::<T>().ok()) {
                rows.insert(*age, Slot { row, change: 0 });
            }
        }
    }
}
