//! Tables: where everything lives that a world knows of its resources.
//!
//! A [`Table`] holds the rows of one kind of resource. It is a value: a copy is O(1) and shares its rows with the
//! original until one of the two changes them, which copies the row and the few nodes that lead to it. That is what
//! makes a snapshot, a fork and a look at the world while others write as cheap as they are.
//!
//! Every table takes down what it changes ([`UndoEntry`]). A request that fails, a rewind and a look into the past
//! put the old rows back; handlers need not clean up behind themselves.
//!
//! Rows are found by id ([`Table::get`]), by owner ([`Table::of`]) and by the indexes that their type declares
//! ([`Index`]). All of these are O(log n) whatever else the table holds.

mod any;
mod fingerprints;
mod index;

pub use any::{AnyTable, UndoEntry};
pub use index::Index;

use fingerprints::Fingerprints;
use imbl::OrdMap;
use index::{Indexes, Keys};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// An identifier as clients see it: a UUID, a hex string, a slug or a number, whatever the service uses.
pub type Id = Arc<str>;

/// What a [`Table`] holds: one resource as a cloud knows it.
///
/// A row is plain data. It refers to other rows by their ids and is saved as JSON, so whatever a snapshot shall keep
/// must be in a row, and what a row holds is saved, forked and undone without further code.
pub trait Row: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The key of the row, unique within its table. It never changes.
    fn id(&self) -> &Id;

    /// The project, account or parent whose lists show this row. It changes only if the row is inserted again.
    fn owner(&self) -> &Id;

    /// Further columns by which the table finds its rows. All rows of a table declare the same ones.
    fn indexes(&self) -> &'static [Index<Self>] {
        &[]
    }
}

/// The rows of one kind of resource, in the order in which they were inserted.
///
/// Lists come newest first; they can be reversed at no cost. [`Table::insert`] makes a row the newest,
/// [`Table::get_mut`] leaves it where it is.
pub struct Table<T> {
    rows: Arc<Rows<T>>,
    /// What the current change has replaced.
    undo: Vec<UndoEntry>,
    /// Number of the current change. A row that bears it is in `undo` already.
    change: u64,
    handed_out: Option<HandedOut>,
}

/// The row that `get_mut` gave out last. Its keys may have changed since, and the indexes learn of it with the next
/// access that can change the table; until then lookups take the row itself into account.
struct HandedOut {
    age: u64,
    /// Where the indexes list it.
    keys: Keys,
}

/// What all copies of a table share. `by_age` is in order of age, so that the neighbours of a list are neighbours
/// in memory, and a change copies little.
struct Rows<T> {
    by_age: OrdMap<u64, Slot<T>>,
    by_id: Fingerprints,
    by_owner: Fingerprints,
    indexes: Indexes,
    /// The age of the next row. Ages grow; they are never used twice.
    next: u64,
}

struct Slot<T> {
    row: Arc<T>,
    /// The change that last made the row what it is.
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

/// A copy has changed nothing yet.
impl<T: Row> Clone for Table<T> {
    fn clone(&self) -> Self {
        let mut copy = Table { rows: self.rows.clone(), undo: vec![], change: self.change + 1, handed_out: None };
        if let Some(HandedOut { age, keys }) = &self.handed_out {
            copy.reindex(*age, keys);
        }
        copy
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        let (by_id, by_owner, indexes) = Default::default();
        let rows = Rows { by_age: OrdMap::new(), by_id, by_owner, indexes, next: 0 };
        Table { rows: Arc::new(rows), undo: vec![], change: 1, handed_out: None }
    }
}

impl<T: Row> Rows<T> {
    fn insert(&mut self, age: u64, slot: Slot<T>) -> &T {
        self.by_id.enter(Fingerprints::of(&**slot.row.id()), age);
        self.by_owner.enter(Fingerprints::of(&**slot.row.owner()), age);
        if !slot.row.indexes().is_empty() {
            self.indexes.enter(&Keys::of(&*slot.row), age);
        }
        &self.by_age.entry(age).or_insert(slot).row
    }

    fn remove(&mut self, age: u64) -> Option<Slot<T>> {
        let slot = self.by_age.remove(&age)?;
        self.by_id.strike(Fingerprints::of(&**slot.row.id()), age);
        self.by_owner.strike(Fingerprints::of(&**slot.row.owner()), age);
        if !slot.row.indexes().is_empty() {
            self.indexes.strike(&Keys::of(&*slot.row), age);
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

    /// A row to keep, as it is now: later changes do not reach it.
    pub fn share(&self, id: &str) -> Option<Arc<T>> {
        self.find(id).map(|(_, row)| row.clone())
    }

    /// Everybody's rows, newest first.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.by_age.values().rev().map(|slot| &*slot.row)
    }

    /// Everybody's rows that are older than the row `id`, newest first. If there is no such row, all of them.
    pub fn all_before<'t>(&'t self, id: &str) -> impl Iterator<Item = &'t T> + use<'t, T> {
        self.rows.by_age.range(0..self.age(id)).rev().map(|(_, slot)| &*slot.row)
    }

    /// One owner's rows, newest first.
    pub fn of<'t>(&'t self, owner: &str) -> impl DoubleEndedIterator<Item = &'t T> + use<'t, T> {
        self.owned(owner, u64::MAX)
    }

    /// One owner's rows that are older than the row `id`, newest first. If there is no such row, all of them.
    pub fn of_before<'t>(&'t self, owner: &str, id: &str) -> impl Iterator<Item = &'t T> + use<'t, T> {
        self.owned(owner, self.age(id))
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
    /// Adds a row, or replaces the one with its id, which then counts as the newest.
    pub fn insert(&mut self, row: T) -> &T {
        self.remove(row.id());
        let rows = Arc::make_mut(&mut self.rows);
        let age = rows.next;
        rows.next += 1;
        self.undo.push(UndoEntry::absent(age, row.id().clone()));
        rows.insert(age, Slot { row: Arc::new(row), change: self.change })
    }

    /// Removes a row and returns it, if it is there.
    pub fn remove(&mut self, id: &str) -> Option<Arc<T>> {
        self.reindex_handed_out();
        let (age, _) = self.find(id)?;
        let slot = Arc::make_mut(&mut self.rows).remove(age)?;
        if slot.change != self.change {
            self.undo.push(UndoEntry::row(age, &slot.row));
        }
        Some(slot.row)
    }

    /// A row to change in place; other copies of the table keep the row as it was. Its id and owner must stay what
    /// they are: a row that changes hands is inserted again. Its index keys may change.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.get_mut_if(id, |_| true)
    }

    /// The same for a row that `fits`. One that does not stays shared with other copies, and no change is noted.
    pub fn get_mut_if(&mut self, id: &str, fits: impl FnOnce(&T) -> bool) -> Option<&mut T> {
        let (age, _) = self.find(id).filter(|(_, row)| fits(row))?;
        self.hand_out(age);
        let slot = Arc::make_mut(&mut self.rows).by_age.get_mut(&age)?;
        if slot.change != self.change {
            slot.change = self.change;
            self.undo.push(UndoEntry::row(age, &slot.row));
        }
        Some(Arc::make_mut(&mut slot.row))
    }

    /// Notes where the indexes list a row that is about to be changed.
    fn hand_out(&mut self, age: u64) {
        if self.handed_out.as_ref().is_some_and(|row| row.age == age) {
            return;
        }
        self.reindex_handed_out();
        let row = self.row(age).filter(|row| !row.indexes().is_empty());
        self.handed_out = row.map(|row| HandedOut { age, keys: Keys::of(row) });
    }

    fn reindex_handed_out(&mut self) {
        if let Some(HandedOut { age, keys }) = self.handed_out.take() {
            self.reindex(age, &keys);
        }
    }

    /// Has the indexes list a row by the keys that it has now instead of those that it had.
    fn reindex(&mut self, age: u64, listed: &Keys) {
        let Some(keys) = self.row(age).map(Keys::of).filter(|keys| keys != listed) else { return };
        let indexes = &mut Arc::make_mut(&mut self.rows).indexes;
        indexes.strike(listed, age);
        indexes.enter(&keys, age);
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
        // What was taken back can be changed and taken back again.
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
        other.load(AnyTable::save(&table)).unwrap();
        assert_eq!(ids(other.all()), ["kit", "tom"]);
    }
}
