//! Secondary indexes: find rows by a column without scanning the table.
//!
//! A row type declares its indexes ([`Row::indexes`]). The table updates them when rows are inserted, changed in place,
//! removed, loaded, or restored by an undo. They are derived from the rows, so snapshots do not contain them.

use super::fingerprints::Fingerprints;
use super::{Id, Row, Table};
use imbl::OrdSet;
use std::ops::Bound;

/// An indexed column of a table. [`Table::by`] finds the rows with a key, [`Table::range`] the rows whose keys have a
/// prefix.
///
/// Usually a constant beside the row type:
///
/// ```
/// use nephos::engine::{Id, Index, Row, Table};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Serialize, Deserialize)]
/// struct Backup {
///     id: Id,
///     project: Id,
///     volume: Id,
/// }
///
/// const BY_VOLUME: Index<Backup> = Index::new("volume", |backup, key| key(&backup.volume));
///
/// impl Row for Backup {
///     fn id(&self) -> &Id {
///         &self.id
///     }
///     fn owner(&self) -> &Id {
///         &self.project
///     }
///     fn indexes(&self) -> &'static [Index<Self>] {
///         &[BY_VOLUME]
///     }
/// }
///
/// let mut backups = Table::default();
/// backups.insert(Backup { id: "first".into(), project: "demo".into(), volume: "data".into() });
/// backups.insert(Backup { id: "second".into(), project: "demo".into(), volume: "data".into() });
/// let found: Vec<&str> = backups.by(&BY_VOLUME, "data").map(|backup| &*backup.id).collect();
/// assert_eq!(found, ["second", "first"]);
/// ```
pub struct Index<T> {
    name: &'static str,
    keys: KeysOf<T>,
    ordered: bool,
}

/// Calls a function with each key of a row.
type KeysOf<T> = fn(&T, &mut dyn FnMut(&str));

impl<T> Clone for Index<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Index<T> {}

impl<T> Index<T> {
    /// An index by equality. `name` must be unique in the table. `keys` calls its second argument with each key of the
    /// row; a row can have no key or several.
    pub const fn new(name: &'static str, keys: KeysOf<T>) -> Self {
        Index { name, keys, ordered: false }
    }

    /// An index in the byte order of its keys, for ranges. It stores the text of every key; an index by equality stores
    /// eight bytes.
    pub const fn ordered(name: &'static str, keys: KeysOf<T>) -> Self {
        Index { name, keys, ordered: true }
    }

    /// True if the row has this key.
    fn has(&self, row: &T, key: &str) -> bool {
        let mut found = false;
        (self.keys)(row, &mut |own| found |= own == key);
        found
    }

    /// The keys of a row in a range, sorted and without duplicates.
    fn range_of(&self, row: &T, prefix: &str, after: Option<&str>) -> Vec<Id> {
        let mut keys = vec![];
        (self.keys)(row, &mut |key| {
            if self.ordered && key.starts_with(prefix) && after.is_none_or(|after| key > after) {
                keys.push(key.into());
            }
        });
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

/// All index entries of one row.
#[derive(PartialEq)]
pub(super) struct Keys {
    hashed: Vec<u64>,
    ordered: Vec<(&'static str, Id)>,
}

impl Keys {
    pub fn of<T: Row>(row: &T) -> Keys {
        let mut all = Keys { hashed: vec![], ordered: vec![] };
        for index in row.indexes() {
            (index.keys)(row, &mut |key| {
                if index.ordered {
                    all.ordered.push((index.name, key.into()));
                } else {
                    all.hashed.push(Fingerprints::of(&(index.name, key)));
                }
            });
        }
        all
    }
}

/// The indexes of one table: the ages of the rows by key. Copying them is O(1).
#[derive(Clone, Default)]
pub(super) struct Indexes {
    hashed: Fingerprints,
    ordered: OrdSet<Entry>,
}

/// A key of an ordered index, and the age of a row that has it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    index: &'static str,
    key: Id,
    age: u64,
}

impl Indexes {
    pub fn insert(&mut self, keys: &Keys, age: u64) {
        keys.hashed.iter().for_each(|key| self.hashed.insert(*key, age));
        for (index, key) in &keys.ordered {
            self.ordered.insert(Entry { index, key: key.clone(), age });
        }
    }

    pub fn remove(&mut self, keys: &Keys, age: u64) {
        keys.hashed.iter().for_each(|key| self.hashed.remove(*key, age));
        for (index, key) in &keys.ordered {
            self.ordered.remove(&Entry { index, key: key.clone(), age });
        }
    }

    /// The ages of the rows with a key that are at least `from` and below `to`, oldest first. Because fingerprints can
    /// collide, rows with other keys can be among them.
    pub fn ages<'i, T>(
        &'i self,
        index: &Index<T>,
        key: &str,
        from: u64,
        to: u64,
    ) -> impl DoubleEndedIterator<Item = u64> + use<'i, T> {
        let (hashed, ordered) = if index.ordered {
            let at = |age| Entry { index: index.name, key: key.into(), age };
            let entries = self.ordered.range((Bound::Included(at(from)), Bound::Excluded(at(to))));
            (None, Some(entries.map(|entry| entry.age)))
        } else {
            (Some(self.hashed.ages(Fingerprints::of(&(index.name, key)), from, to)), None)
        };
        hashed.into_iter().flatten().chain(ordered.into_iter().flatten())
    }

    /// The keys of an ordered index with the prefix that come after `after`, with the ages of their rows.
    pub fn range<'i, T>(
        &'i self,
        index: &Index<T>,
        prefix: &str,
        after: Option<&str>,
    ) -> impl Iterator<Item = (&'i str, u64)> + use<'i, T> {
        let at = |key: &str, age| Entry { index: index.name, key: key.into(), age };
        let first = match after {
            Some(after) if after >= prefix => Bound::Excluded(at(after, u64::MAX)),
            _ => Bound::Included(at(prefix, 0)),
        };
        let (index, prefix): (_, Id) = (index.name, prefix.into());
        let entries = self.ordered.range((first, Bound::Unbounded));
        let entries = entries.take_while(move |entry| entry.index == index && entry.key.starts_with(&*prefix));
        entries.map(|entry| (&*entry.key, entry.age))
    }
}

/// Lookups. The indexes may be outdated for the row that `get_mut` returned last, so that row itself is checked instead.
impl<T: Row> Table<T> {
    /// The rows with a key, newest first.
    pub fn by<'t>(&'t self, index: &Index<T>, key: &str) -> impl DoubleEndedIterator<Item = &'t T> + use<'t, T> {
        let indexes = &self.rows.indexes;
        let pending = self.pending.as_ref().map(|row| row.age);
        let older = indexes.ages(index, key, 0, pending.unwrap_or(u64::MAX));
        let newer = pending.map(|age| indexes.ages(index, key, age + 1, u64::MAX));
        let ages = older.chain(pending).chain(newer.into_iter().flatten());
        let (index, key): (_, Id) = (*index, key.into());
        ages.rev().filter_map(|age| self.row(age)).filter(move |row| index.has(row, &key))
    }

    /// The rows whose keys in an ordered index have the prefix and come after `after`, in the order of the keys; rows with
    /// the same key oldest first. A row appears once for each of its keys.
    ///
    /// A page of a listing starts after the last key of the previous page. To skip a common prefix, start after it.
    pub fn range<'t>(
        &'t self,
        index: &Index<T>,
        prefix: &str,
        after: Option<&str>,
    ) -> impl Iterator<Item = &'t T> + use<'t, T> {
        let pending = self.pending.as_ref().map(|row| row.age);
        let own = pending.and_then(|age| Some((age, self.row(age)?)));
        let own = own.map(|(age, row)| index.range_of(row, prefix, after).into_iter().map(move |key| (key, age)));
        let mut own = own.into_iter().flatten().peekable();
        let listed = self.rows.indexes.range(index, prefix, after);
        let mut listed = listed.filter(move |(_, age)| Some(*age) != pending).peekable();
        let ages = std::iter::from_fn(move || {
            let own_is_next = match (own.peek(), listed.peek()) {
                (Some((key, age)), Some((other, other_age))) => (&**key, age) < (*other, other_age),
                (own, _) => own.is_some(),
            };
            if own_is_next { own.next().map(|(_, age)| age) } else { listed.next().map(|(_, age)| age) }
        });
        ages.filter_map(|age| self.row(age))
    }
}
