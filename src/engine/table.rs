//! Rows of one kind of resource. Copying a whole table is O(1); copies share what they have in common.

use foldhash::fast::FixedState;
use imbl::shared_ptr::DefaultSharedPtr;
use imbl::{GenericHashMap, OrdMap, OrdSet};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::any::Any;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};
use std::sync::Arc;

/// An identifier as clients see it: a UUID, a hex string, a slug or a number, whatever the service uses.
pub type Id = Arc<str>;

pub trait Row: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    fn id(&self) -> &Id;
    /// The project, account or parent whose lists show this row.
    fn owner(&self) -> &Id;
}

/// Rows by id, and in order of creation both for one owner and for all.
pub struct Table<T> {
    rows: Arc<Rows<T>>,
    /// What was there before the change that is being made.
    undo: Vec<UndoEntry>,
    /// Counts the changes: a row that bears the number of this one was noted in `undo` already.
    change: u64,
}

/// A place in a table as it was before a change.
#[derive(Clone)]
pub struct UndoEntry {
    /// Where it is: rows stand in order of age.
    pub(super) age: u64,
    pub(super) id: Id,
    /// The row, of the table's kind; nothing where there was none.
    was: Option<Arc<dyn Any + Send + Sync>>,
}

/// Rows stand in order of age, so that the neighbours of a list are neighbours in memory, and changing
/// one copies little.
struct Rows<T> {
    by_age: OrdMap<u64, Slot<T>>,
    by_id: Index,
    by_owner: Index,
    next: u64,
}

struct Slot<T> {
    row: Arc<T>,
    /// The change of the table that last made the row what it is.
    change: u64,
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Slot { row: self.row.clone(), change: self.change }
    }
}

/// Where the rows of an id or of an owner are. The text itself is not kept: its fingerprint is, and whoever
/// finds a row looks whether it is meant. So copying a part of the index copies numbers, and touches no text.
type Index = GenericHashMap<u64, Ages, BuildHasherDefault<AsItIs>, DefaultSharedPtr>;

/// The ages of the rows of one fingerprint. Mostly it is one row, and no set is made for that.
#[derive(Clone)]
enum Ages {
    One(u64),
    Many(Arc<OrdSet<u64>>),
}

impl Ages {
    /// Those below `before`, oldest first.
    fn before(&self, before: u64) -> impl DoubleEndedIterator<Item = u64> {
        let (one, many) = match self {
            Ages::One(age) => (Some(*age).filter(|age| *age < before), None),
            Ages::Many(ages) => (None, Some(ages.range(..before))),
        };
        one.into_iter().chain(many.into_iter().flatten().copied())
    }
}

fn enter(index: &mut Index, text: &str, age: u64) {
    let key = fingerprint(text);
    // To change an entry copies what leads to it, be it there or not: so look first.
    if !index.contains_key(&key) {
        index.insert(key, Ages::One(age));
    } else if let Some(ages) = index.get_mut(&key) {
        match ages {
            Ages::One(first) => *ages = Ages::Many(Arc::new([*first, age].into_iter().collect())),
            Ages::Many(many) => _ = Arc::make_mut(many).insert(age),
        }
    }
}

fn strike(index: &mut Index, text: &str, age: u64) {
    let key = fingerprint(text);
    match index.get_mut(&key) {
        Some(Ages::Many(many)) if many.len() > 1 => _ = Arc::make_mut(many).remove(&age),
        _ => _ = index.remove(&key),
    }
}

fn fingerprint(text: &str) -> u64 {
    FixedState::default().hash_one(text)
}

/// Fingerprints are scattered already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write_u64(&mut self, fingerprint: u64) {
        self.0 = fingerprint;
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl<T> Clone for Rows<T> {
    fn clone(&self) -> Self {
        Rows {
            by_age: self.by_age.clone(),
            by_id: self.by_id.clone(),
            by_owner: self.by_owner.clone(),
            next: self.next,
        }
    }
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        Table { rows: self.rows.clone(), undo: vec![], change: self.change + 1 }
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        let rows = Rows { by_age: OrdMap::new(), by_id: Index::default(), by_owner: Index::default(), next: 0 };
        Table { rows: Arc::new(rows), undo: vec![], change: 1 }
    }
}

impl<T: Row> Rows<T> {
    fn enter(&mut self, age: u64, row: &T) {
        enter(&mut self.by_id, row.id(), age);
        enter(&mut self.by_owner, row.owner(), age);
    }

    fn remove(&mut self, age: u64) -> Option<Slot<T>> {
        let slot = self.by_age.remove(&age)?;
        strike(&mut self.by_id, slot.row.id(), age);
        strike(&mut self.by_owner, slot.row.owner(), age);
        Some(slot)
    }
}

impl<T: Row> Table<T> {
    pub fn get(&self, id: &str) -> Option<&T> {
        self.find(id).map(|(_, row)| &**row)
    }

    /// A row to keep, as it is now: later changes do not reach it.
    pub fn share(&self, id: &str) -> Option<Arc<T>> {
        self.find(id).map(|(_, row)| row.clone())
    }

    pub fn contains(&self, id: &str) -> bool {
        self.find(id).is_some()
    }

    fn find(&self, id: &str) -> Option<(u64, &Arc<T>)> {
        let row = |age| self.rows.by_age.get(&age).map(|slot| (age, &slot.row)).filter(|(_, row)| **row.id() == *id);
        match self.rows.by_id.get(&fingerprint(id))? {
            Ages::One(age) => row(*age),
            Ages::Many(ages) => ages.iter().find_map(|age| row(*age)),
        }
    }

    /// A row to change in place; other copies of the table keep the row as it was. Id and owner stay
    /// what they are: a row that changes hands is removed and inserted again.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.get_mut_if(id, |_| true)
    }

    /// The same of a row that is as it has to be; one that is not stays shared with other copies.
    pub fn get_mut_if(&mut self, id: &str, fits: impl FnOnce(&T) -> bool) -> Option<&mut T> {
        let (age, _) = self.find(id).filter(|(_, row)| fits(row))?;
        let slot = Arc::make_mut(&mut self.rows).by_age.get_mut(&age)?;
        if slot.change != self.change {
            slot.change = self.change;
            self.undo.push(UndoEntry { age, id: slot.row.id().clone(), was: Some(slot.row.clone()) });
        }
        Some(Arc::make_mut(&mut slot.row))
    }

    /// Adds a row, or replaces the one with its id, which then counts as the newest.
    pub fn insert(&mut self, row: T) -> &T {
        self.remove(row.id());
        let rows = Arc::make_mut(&mut self.rows);
        let age = rows.next;
        rows.next += 1;
        self.undo.push(UndoEntry { age, id: row.id().clone(), was: None });
        rows.enter(age, &row);
        let slot = Slot { row: Arc::new(row), change: self.change };
        &rows.by_age.entry(age).or_insert(slot).row
    }

    pub fn remove(&mut self, id: &str) -> Option<Arc<T>> {
        let (age, _) = self.find(id)?;
        let slot = Arc::make_mut(&mut self.rows).remove(age)?;
        if slot.change != self.change {
            self.undo.push(UndoEntry { age, id: slot.row.id().clone(), was: Some(slot.row.clone()) });
        }
        Some(slot.row)
    }

    pub fn len(&self) -> usize {
        self.rows.by_age.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.by_age.is_empty()
    }

    /// One owner's rows, newest first, without looking at anybody else's.
    pub fn of<'t>(&'t self, owner: &str) -> impl DoubleEndedIterator<Item = &'t T> + use<'t, T> {
        self.owned(owner, u64::MAX)
    }

    /// Everybody's rows, newest first.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.by_age.values().rev().map(|slot| &*slot.row)
    }

    /// One owner's rows that are older than the row `id`, newest first.
    pub fn of_before<'t>(&'t self, owner: &str, id: &str) -> impl Iterator<Item = &'t T> + use<'t, T> {
        self.owned(owner, self.age(id))
    }

    /// Everybody's rows that are older than the row `id`, newest first.
    pub fn all_before<'t>(&'t self, id: &str) -> impl Iterator<Item = &'t T> + use<'t, T> {
        self.rows.by_age.range(0..self.age(id)).rev().map(|(_, slot)| &*slot.row)
    }

    fn owned<'t>(&'t self, owner: &str, before: u64) -> impl DoubleEndedIterator<Item = &'t T> + use<'t, T> {
        let ages = self.rows.by_owner.get(&fingerprint(owner)).map(|ages| ages.before(before));
        let rows = ages.into_iter().flatten().rev().filter_map(|age| self.rows.by_age.get(&age));
        let owner: Id = owner.into();
        rows.map(|slot| &*slot.row).filter(move |row| *row.owner() == owner)
    }

    fn age(&self, id: &str) -> u64 {
        self.find(id).map_or(u64::MAX, |(age, _)| age)
    }
}

/// A table of any kind of row: what saving, `GET /state` and the journal walk.
pub trait AnyTable {
    fn len(&self) -> usize;
    fn is_empty(&self) -> bool;
    /// One row as it is stored.
    fn show(&self, id: &str) -> Option<Value>;
    /// All rows, oldest first, as they are stored.
    fn save(&self) -> Value;
    /// Puts saved rows in place of what is there; a row that does not fit is an error and changes nothing.
    fn load(&mut self, saved: Value) -> Result<(), String>;
    /// Puts one saved row in the place of the one with its id, or adds it; its id.
    fn put(&mut self, saved: Value) -> Result<Id, String>;
    /// Takes one row out; false if there is none.
    fn take(&mut self, id: &str) -> bool;
    /// What was where rows were inserted, changed or removed since this was last asked: each place once.
    fn take_undo(&mut self) -> Vec<UndoEntry>;
    /// Makes it what it was before the last change that was not taken back yet.
    fn undo(&mut self, undo: &[UndoEntry]);
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
        // Nothing bears the number of a change that has changed nothing.
        self.change += u64::from(!self.undo.is_empty());
        std::mem::take(&mut self.undo)
    }

    fn undo(&mut self, undo: &[UndoEntry]) {
        let rows = Arc::make_mut(&mut self.rows);
        for UndoEntry { age, was, .. } in undo {
            rows.remove(*age);
            if let Some(row) = was.clone().and_then(|was| was.downcast::<T>().ok()) {
                rows.enter(*age, &row);
                rows.by_age.insert(*age, Slot { row, change: 0 });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

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
