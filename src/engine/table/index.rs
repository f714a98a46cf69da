//! Secondary indexes: rows found by what they refer to, without a look at the others.
//!
//! A row type declares its indexes ([`Row::indexes`]) and the table keeps them: when rows are inserted, changed in
//! place, removed, loaded or put back by an undo. They are not part of a snapshot, because the rows say everything
//! that they hold.

use super::fingerprints::Fingerprints;
use super::{Id, Row, Table};
use imbl::OrdSet;
use std::ops::Bound;

/// A column of a table by which rows are found: [`Table::by`] finds those of one key, [`Table::range`] those whose
/// keys begin alike.
///
/// Usually a constant beside the row type, named after what it looks for:
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
    /// An index by equality. `name` must be the only one of its name in the table. `keys` calls its second argument
    /// with each key of the row: not at all for a row that no search shall find, several times for a row that
    /// refers to several things.
    pub const fn new(name: &'static str, keys: KeysOf<T>) -> Self {
        Index { name, keys, ordered: false }
    }

    /// An index that keeps its keys in the order of their bytes, so that ranges of them can be listed. It holds the
    /// text of every key, where one by equality holds eight bytes.
    pub const fn ordered(name: &'static str, keys: KeysOf<T>) -> Self {
        Index { name, keys, ordered: true }
    }

    /// True if the row is found by this key.
    fn has(&self, row: &T, key: &str) -> bool {
        let mut found = false;
        (self.keys)(row, &mut |own| found |= own == key);
        found
    }

    /// The keys of a row that [`Table::range`] lists, in order, each once.
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

/// The indexes of one table: where the rows of every key are. Copying them is O(1).
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
    pub fn enter(&mut self, keys: &Keys, age: u64) {
        keys.hashed.iter().for_each(|key| self.hashed.enter(*key, age));
        for (index, key) in &keys.ordered {
            self.ordered.insert(Entry { index, key: key.clone(), age });
        }
    }

    pub fn strike(&mut self, keys: &Keys, age: u64) {
        keys.hashed.iter().for_each(|key| self.hashed.strike(*key, age));
        for (index, key) in &keys.ordered {
            self.ordered.remove(&Entry { index, key: key.clone(), age });
        }
    }

    /// The ages of the rows of a key from `from` to `to`, oldest first. There may be some of other keys among them.
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

    /// Keys of an ordered index that begin with `prefix` and come after `after`, with the ages of their rows.
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

/// Lookups. The row that was handed out last is left out of what the indexes say, and asked itself.
impl<T: Row> Table<T> {
    /// The rows that `index` finds by `key`, newest first.
    pub fn by<'t>(&'t self, index: &Index<T>, key: &str) -> impl DoubleEndedIterator<Item = &'t T> + use<'t, T> {
        let indexes = &self.rows.indexes;
        let handed_out = self.handed_out.as_ref().map(|row| row.age);
        let older = indexes.ages(index, key, 0, handed_out.unwrap_or(u64::MAX));
        let newer = handed_out.map(|age| indexes.ages(index, key, age + 1, u64::MAX));
        let ages = older.chain(handed_out).chain(newer.into_iter().flatten());
        let (index, key): (_, Id) = (*index, key.into());
        ages.rev().filter_map(|age| self.row(age)).filter(move |row| index.has(row, &key))
    }

    /// The rows whose keys in an ordered index begin with `prefix` and come after `after`, in the order of the
    /// keys; rows of one key oldest first. A row comes once for each of its keys.
    ///
    /// This is how objects are listed: a page begins after the last key of the page before it, and what is below a
    /// common prefix is passed over by asking for what comes after it.
    pub fn range<'t>(
        &'t self,
        index: &Index<T>,
        prefix: &str,
        after: Option<&str>,
    ) -> impl Iterator<Item = &'t T> + use<'t, T> {
        let handed_out = self.handed_out.as_ref().map(|row| row.age);
        let own = handed_out.and_then(|age| Some((age, self.row(age)?)));
        let own = own.map(|(age, row)| index.range_of(row, prefix, after).into_iter().map(move |key| (key, age)));
        let mut own = own.into_iter().flatten().peekable();
        let listed = self.rows.indexes.range(index, prefix, after);
        let mut listed = listed.filter(move |(_, age)| Some(*age) != handed_out).peekable();
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
