//! Tables: the state of all resources of a world.
//!
//! A [`Table`] holds the rows of one type of resource. It is a value: a copy is O(1) and shares its rows with the
//! original. Changing a row in one of them copies that row and the few tree nodes above it. This is why snapshots,
//! forks and reads during a write are cheap.
//!
//! Every table records what it changes ([`UndoEntry`]), so a failed request, a rewind or a read of the past can restore
//! the old rows. Handlers do not clean up after an error.
//!
//! Rows are found by id ([`Table::get`]), by owner ([`Table::of`]) and by the indexes that their type declares
//! ([`Index`]). Each lookup is O(log n).

mod any;
mod fingerprints;
mod index;
mod sizes;

pub use any::{AnyTable, UndoEntry};
pub use index::Index;

use super::Blob;
use fingerprints::Fingerprints;
use imbl::OrdMap;
use index::{Indexes, Keys};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sizes::HeapEstimate;
use std::sync::Arc;

/// An identifier as clients see it: a UUID, a hex string, a slug or a number, depending on the service.
pub type Id = Arc<str>;

/// A row of a [`Table`]: the stored state of one resource.
///
/// A row is plain data. It refers to other rows by their ids and is saved as JSON. Everything in a row is saved, forked
/// and undone without further code; state outside rows is not.
pub trait Row: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The key of the row, unique within its table. It never changes.
    fn id(&self) -> &Id;

    /// The project, account or parent whose lists show this row. It changes only if the row is inserted again.
    fn owner(&self) -> &Id;

    /// Calls `visit` with each content that the row holds. Rows with contents must say so, because the history is bounded by
    /// what it keeps on disk.
    fn contents(&self, _visit: &mut dyn FnMut(&Blob)) {}
    /// True if the id lets in whoever knows it, as that of a token does. The journal names such a row by a digest.
    const HAS_SECRET_ID: bool = false;

    /// The secondary indexes of the table. All rows of a table return the same ones.
    fn indexes(&self) -> &'static [Index<Self>] {
        &[]
    }
}

/// The rows of one kind of resource, in the order in which they were inserted.
///
/// Iterators return the newest row first and can be reversed. [`Table::insert`] makes a row the newest one;
/// [`Table::get_mut`] does not move it.
pub struct Table<T> {
    rows: Arc<Rows<T>>,
    /// The replaced rows of the current change.
    undo: Vec<UndoEntry>,
    /// The number of the current change. A slot with this number is in `undo` already.
    change: u64,
    pending: Option<PendingReindex>,
    heap: HeapEstimate,
}

/// The row that `get_mut` returned last. Its keys may have changed since. The next mutable access to the table updates
/// the indexes; until then lookups check this row itself.
struct PendingReindex {
    age: u64,
    /// The keys under which the indexes still list it.
    keys: Keys,
}

/// The part of a table that its copies share. `by_age` is ordered by age, so neighbours in a list are neighbours in
/// memory, and a change copies few nodes.
struct Rows<T> {
    by_age: OrdMap<u64, Slot<T>>,
    by_id: Fingerprints,
    by_owner: Fingerprints,
    indexes: Indexes,
    /// The age of the next row. Ages increase and are never reused.
    next: u64,
}

struct Slot<T> {
    row: Arc<T>,
    /// The number of the change that last wrote the row.
    change: u64,
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Slot { row: self.row.clone(), change: self.change }
    }
}

impl<T> Clone for Rows<T> {
    fn clone(&self) -> Self {
        Rows {
            by_age: self.by_age.clone(),
            by_id: self.by_id.clone(),
            by_owner: self.by_owner.clone(),
            indexes: self.indexes.clone(),
            next: self.next,
        }
    }
}

/// A copy starts without recorded changes.
impl<T: Row> Clone for Table<T> {
    fn clone(&self) -> Self {
        let mut copy =
            Table { rows: self.rows.clone(), undo: vec![], change: self.change + 1, pending: None, heap: self.heap };
        if let Some(PendingReindex { age, keys }) = &self.pending {
            copy.reindex(*age, keys);
        }
        copy
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        let (by_id, by_owner, indexes) = Default::default();
        let rows = Rows { by_age: OrdMap::new(), by_id, by_owner, indexes, next: 0 };
        Table { rows: Arc::new(rows), undo: vec![], change: 1, pending: None, heap: HeapEstimate::default() }
    }
}

impl<T: Row> Rows<T> {
    fn insert(&mut self, age: u64, slot: Slot<T>) -> &T {
        self.by_id.insert(Fingerprints::of(&**slot.row.id()), age);
        self.by_owner.insert(Fingerprints::of(&**slot.row.owner()), age);
        if !slot.row.indexes().is_empty() {
            self.indexes.insert(&Keys::of(&*slot.row), age);
        }
        &self.by_age.entry(age).or_insert(slot).row
    }

    fn remove(&mut self, age: u64) -> Option<Slot<T>> {
        let slot = self.by_age.remove(&age)?;
        self.by_id.remove(Fingerprints::of(&**slot.row.id()), age);
        self.by_owner.remove(Fingerprints::of(&**slot.row.owner()), age);
        if !slot.row.indexes().is_empty() {
            self.indexes.remove(&Keys::of(&*slot.row), age);
        }
        Some(slot)
    }
}

/// Reading.
impl<T: Row> Table<T> {
    pub fn len(&self) -> usize {
        self.rows.by_age.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.by_age.is_empty()
    }

    pub fn contains(&self, id: &str) -> bool {
        self.find(id).is_some()
    }

    pub fn get(&self, id: &str) -> Option<&T> {
        self.find(id).map(|(_, row)| &**row)
    }

    /// The current version of a row, to keep. Later changes do not affect it.
    pub fn share(&self, id: &str) -> Option<Arc<T>> {
        self.find(id).map(|(_, row)| row.clone())
    }

    /// All rows, newest first.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.by_age.values().rev().map(|slot| &*slot.row)
    }

    /// All rows that are older than the row `id`, newest first. Without such a row, all rows.
    pub fn all_before<'t>(&'t self, id: &str) -> impl Iterator<Item = &'t T> + use<'t, T> {
        self.rows.by_age.range(0..self.age(id)).rev().map(|(_, slot)| &*slot.row)
    }

    /// The rows of an owner, newest first.
    pub fn of<'t>(&'t self, owner: &str) -> impl DoubleEndedIterator<Item = &'t T> + use<'t, T> {
        self.owned(owner, u64::MAX)
    }

    /// The rows of an owner that are older than the row `id`, newest first. Without such a row, all of them.
    pub fn of_before<'t>(&'t self, owner: &str, id: &str) -> impl Iterator<Item = &'t T> + use<'t, T> {
        self.owned(owner, self.age(id))
    }

    /// The number of rows of an owner. Owners whose names have the same hash are counted together, which is unlikely.
    pub fn count_of(&self, owner: &str) -> usize {
        self.rows.by_owner.count(Fingerprints::of(owner))
    }

    fn owned<'t>(&'t self, owner: &str, before: u64) -> impl DoubleEndedIterator<Item = &'t T> + use<'t, T> {
        let ages = self.rows.by_owner.ages(Fingerprints::of(owner), 0, before);
        let owner: Id = owner.into();
        ages.rev().filter_map(|age| self.row(age)).filter(move |row| *row.owner() == owner)
    }

    fn find(&self, id: &str) -> Option<(u64, &Arc<T>)> {
        let mut ages = self.rows.by_id.ages(Fingerprints::of(id), 0, u64::MAX);
        ages.find_map(|age| {
            self.rows.by_age.get(&age).map(|slot| (age, &slot.row)).filter(|(_, row)| **row.id() == *id)
        })
    }

    fn row(&self, age: u64) -> Option<&T> {
        self.rows.by_age.get(&age).map(|slot| &*slot.row)
    }

    fn age(&self, id: &str) -> u64 {
        self.find(id).map_or(u64::MAX, |(age, _)| age)
    }
}

/// Writing.
impl<T: Row> Table<T> {
    /// Adds a row, or replaces the row with its id. It becomes the newest row.
    pub fn insert(&mut self, row: T) -> &T {
        self.insert_shared(Arc::new(row))
    }

    /// The same for a row that other tables hold, too: the first change in one of them copies it.
    pub fn insert_shared(&mut self, row: Arc<T>) -> &T {
        self.remove(row.id());
        let rows = Arc::make_mut(&mut self.rows);
        let age = rows.next;
        rows.next += 1;
        self.undo.push(UndoEntry::absent(age, &*row));
        rows.insert(age, Slot { row, change: self.change })
    }

    /// Removes a row and returns it, if it is there.
    pub fn remove(&mut self, id: &str) -> Option<Arc<T>> {
        self.finish_reindex();
        let (age, _) = self.find(id)?;
        let slot = Arc::make_mut(&mut self.rows).remove(age)?;
        if slot.change != self.change {
            self.undo.push(UndoEntry::row(age, &slot.row));
        }
        Some(slot.row)
    }

    /// A row to change in place. Other copies of the table keep the old version. Index keys may change; the id and the
    /// owner must not: to change the owner, insert the row again.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.get_mut_if(id, |_| true)
    }

    /// As [`Table::get_mut`], if the row passes `fits`. Otherwise nothing is copied or recorded.
    pub fn get_mut_if(&mut self, id: &str, fits: impl FnOnce(&T) -> bool) -> Option<&mut T> {
        let (age, _) = self.find(id).filter(|(_, row)| fits(row))?;
        self.begin_reindex(age);
        let slot = Arc::make_mut(&mut self.rows).by_age.get_mut(&age)?;
        if slot.change != self.change {
            slot.change = self.change;
            self.undo.push(UndoEntry::row(age, &slot.row));
        }
        Some(Arc::make_mut(&mut slot.row))
    }

    /// Remembers the index keys of a row that is about to change.
    fn begin_reindex(&mut self, age: u64) {
        if self.pending.as_ref().is_some_and(|row| row.age == age) {
            return;
        }
        self.finish_reindex();
        let row = self.row(age).filter(|row| !row.indexes().is_empty());
        self.pending = row.map(|row| PendingReindex { age, keys: Keys::of(row) });
    }

    fn finish_reindex(&mut self) {
        if let Some(PendingReindex { age, keys }) = self.pending.take() {
            self.reindex(age, &keys);
        }
    }

    /// Replaces the index entries `listed` of a row by those of its current keys.
    fn reindex(&mut self, age: u64, listed: &Keys) {
        let Some(keys) = self.row(age).map(Keys::of).filter(|keys| keys != listed) else { return };
        let indexes = &mut Arc::make_mut(&mut self.rows).indexes;
        indexes.remove(listed, age);
        indexes.insert(&keys, age);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Cat {
        id: Id,
        owner: Id,
        #[serde(default)]
        friends: u8,
    }

    impl Row for Cat {
        fn id(&self) -> &Id {
            &self.id
        }
        fn owner(&self) -> &Id {
            &self.owner
        }
    }

    fn cats(rows: &[(&str, &str)]) -> Table<Cat> {
        let mut table = Table::default();
        for (id, owner) in rows {
            table.insert(Cat { id: (*id).into(), owner: (*owner).into(), friends: 0 });
        }
        table
    }

    fn ids<'c>(rows: impl Iterator<Item = &'c Cat>) -> Vec<&'c str> {
        rows.map(|row| &*row.id).collect()
    }

    #[test]
    fn an_owners_rows_come_newest_first_and_alone() {
        let table = cats(&[("tom", "ann"), ("kit", "bob"), ("max", "ann")]);
        assert_eq!(ids(table.of("ann")), ["max", "tom"]);
        assert_eq!(ids(table.of_before("ann", "max")), ["tom"]);
        assert_eq!(ids(table.all()), ["max", "kit", "tom"]);
    }

    #[test]
    fn a_copy_does_not_see_later_changes() {
        let mut table = cats(&[("tom", "ann")]);
        let copy = table.clone();
        table.remove("tom");
        assert!(table.is_empty() && copy.contains("tom"));
    }

    #[test]
    fn a_change_is_taken_back_row_by_row_and_notes_each_place_once() {
        let mut table = cats(&[("tom", "ann"), ("kit", "bob"), ("max", "ann")]);
        table.take_undo();
        table.get_mut("tom").unwrap().friends = 1;
        table.get_mut("tom").unwrap().friends = 2;
        table.remove("kit");
        table.insert(Cat { id: "max".into(), owner: "bob".into(), friends: 3 });
        table.insert(Cat { id: "new".into(), owner: "eve".into(), friends: 4 });
        table.remove("new");
        let copy = table.clone();
        let undo = table.take_undo();
        assert_eq!(undo.iter().map(|undo| &*undo.id).collect::<Vec<_>>(), ["tom", "kit", "max", "max", "new"]);
        table.undo(&undo);
        assert_eq!(ids(table.all()), ["max", "kit", "tom"]);
        assert_eq!((ids(table.of("ann")), ids(table.of("bob"))), (vec!["max", "tom"], vec!["kit"]));
        assert!(table.of("eve").next().is_none() && !table.contains("new"));
        assert_eq!(table.get("tom").unwrap().friends, 0);
        assert_eq!((copy.get("tom").unwrap().friends, ids(copy.of("bob"))), (2, vec!["max"]));
        // After an undo, a row can be changed and undone again.
        table.get_mut("tom").unwrap().friends = 5;
        let undo = table.take_undo();
        table.undo(&undo);
        assert_eq!(table.get("tom").unwrap().friends, 0);
    }

    #[test]
    fn a_saved_table_loads_in_the_same_order_and_a_damaged_one_changes_nothing() {
        let table = cats(&[("tom", "ann"), ("kit", "bob")]);
        let mut other = cats(&[("old", "eve")]);
        assert!(other.load(json!([{"id": 1}])).is_err());
        assert_eq!(ids(other.all()), ["old"]);
        other.load(AnyTable::save(&table).unwrap()).unwrap();
        assert_eq!(ids(other.all()), ["kit", "tom"]);
    }
}
