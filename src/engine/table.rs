//! Rows of one kind of resource. Copying a whole table is O(1); copies share what they have in common.

use imbl::shared_ptr::DefaultSharedPtr;
use imbl::{GenericHashMap, OrdMap, OrdSet};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
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
    /// Ids of the rows that were inserted, changed or removed since this copy was made.
    touched: Vec<Id>,
}

/// Rows stand in order of age, so that the neighbours of a list are neighbours in memory, and changing
/// one copies little.
struct Rows<T> {
    by_age: OrdMap<u64, Arc<T>>,
    by_id: Index,
    by_owner: Index,
    next: u64,
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
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
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
        Table { rows: self.rows.clone(), touched: vec![] }
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        let rows = Rows { by_age: OrdMap::new(), by_id: Index::default(), by_owner: Index::default(), next: 0 };
        Table { rows: Arc::new(rows), touched: vec![] }
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
        let ages = self.rows.by_id.get(&fingerprint(id))?;
        let mut rows = ages.before(u64::MAX).filter_map(|age| Some((age, self.rows.by_age.get(&age)?)));
        rows.find(|(_, row)| **row.id() == *id)
    }

    /// A row to change in place; other copies of the table keep the row as it was. Id and owner stay
    /// what they are: a row that changes hands is removed and inserted again.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        let (age, row) = self.find(id)?;
        let id = row.id().clone();
        self.touched.push(id);
        Arc::make_mut(&mut self.rows).by_age.get_mut(&age).map(Arc::make_mut)
    }

    /// Adds a row, or replaces the one with its id, which then counts as the newest.
    pub fn insert(&mut self, row: T) -> &T {
        self.remove(row.id());
        self.touched.push(row.id().clone());
        let rows = Arc::make_mut(&mut self.rows);
        let age = rows.next;
        rows.next += 1;
        enter(&mut rows.by_id, row.id(), age);
        enter(&mut rows.by_owner, row.owner(), age);
        rows.by_age.entry(age).or_insert_with(|| Arc::new(row))
    }

    pub fn remove(&mut self, id: &str) -> Option<Arc<T>> {
        let (age, _) = self.find(id)?;
        let rows = Arc::make_mut(&mut self.rows);
        let row = rows.by_age.remove(&age)?;
        strike(&mut rows.by_id, row.id(), age);
        strike(&mut rows.by_owner, row.owner(), age);
        self.touched.push(row.id().clone());
        Some(row)
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
        self.rows.by_age.values().rev().map(|row| &**row)
    }

    /// One owner's rows that are older than the row `id`, newest first.
    pub fn of_before<'t>(&'t self, owner: &str, id: &str) -> impl Iterator<Item = &'t T> + use<'t, T> {
        self.owned(owner, self.age(id))
    }

    /// Everybody's rows that are older than the row `id`, newest first.
    pub fn all_before<'t>(&'t self, id: &str) -> impl Iterator<Item = &'t T> + use<'t, T> {
        self.rows.by_age.range(0..self.age(id)).rev().map(|(_, row)| &**row)
    }

    fn owned<'t>(&'t self, owner: &str, before: u64) -> impl DoubleEndedIterator<Item = &'t T> + use<'t, T> {
        let ages = self.rows.by_owner.get(&fingerprint(owner)).map(|ages| ages.before(before));
        let rows = ages.into_iter().flatten().rev().filter_map(|age| self.rows.by_age.get(&age));
        let owner: Id = owner.into();
        rows.map(|row| &**row).filter(move |row| *row.owner() == owner)
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
    fn touched(&self) -> &[Id];
    fn forget_touched(&mut self);
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
        let mut table = Table::default();
        rows.into_iter().for_each(|row| {
            table.insert(row);
        });
        *self = table;
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

    fn touched(&self) -> &[Id] {
        &self.touched
    }

    fn forget_touched(&mut self) {
        self.touched.clear();
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
            table.insert(Cat { id: (*id).into(), owner: (*owner).into() });
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
        assert_eq!(table.touched(), ["tom".into(), "tom".into()] as [Id; 2]);
        assert!(copy.touched().is_empty());
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
