//! Row ages by the hash of a text: an id, an owner, or the key of an index.

use foldhash::fast::FixedState;
use imbl::shared_ptr::DefaultSharedPtr;
use imbl::{GenericHashMap, OrdSet};
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

/// The ages of rows by the fingerprint (hash) of a text. The text is not stored, so copying a node copies only numbers.
/// Fingerprints can collide: callers must compare the text of each row that they find.
#[derive(Clone, Default)]
pub(super) struct Fingerprints {
    ages: GenericHashMap<u64, Ages, BuildHasherDefault<AsItIs>, DefaultSharedPtr>,
}

/// The ages of the rows of one fingerprint. Most have one row, which needs no set.
#[derive(Clone)]
enum Ages {
    One(u64),
    Many(Arc<OrdSet<u64>>),
}

impl Fingerprints {
    pub fn of(text: &(impl Hash + ?Sized)) -> u64 {
        FixedState::default().hash_one(text)
    }

    pub fn insert(&mut self, fingerprint: u64, age: u64) {
        // `get_mut` copies the nodes above an entry even if it is missing, so check first.
        if !self.ages.contains_key(&fingerprint) {
            self.ages.insert(fingerprint, Ages::One(age));
        } else if let Some(ages) = self.ages.get_mut(&fingerprint) {
            match ages {
                Ages::One(first) if *first == age => {}
                Ages::One(first) => *ages = Ages::Many(Arc::new([*first, age].into_iter().collect())),
                Ages::Many(many) => _ = Arc::make_mut(many).insert(age),
            }
        }
    }

    pub fn remove(&mut self, fingerprint: u64, age: u64) {
        let is_last = match self.ages.get(&fingerprint) {
            Some(Ages::One(only)) => *only == age,
            Some(Ages::Many(many)) => many.len() == 1 && many.contains(&age),
            None => return,
        };
        if is_last {
            self.ages.remove(&fingerprint);
        } else if let Some(Ages::Many(many)) = self.ages.get_mut(&fingerprint) {
            Arc::make_mut(many).remove(&age);
        }
    }

    /// The number of ages of a fingerprint.
    pub fn count(&self, fingerprint: u64) -> usize {
        match self.ages.get(&fingerprint) {
            Some(Ages::One(_)) => 1,
            Some(Ages::Many(ages)) => ages.len(),
            None => 0,
        }
    }

    /// The ages of a fingerprint that are at least `from` and below `to`, oldest first.
    pub fn ages(&self, fingerprint: u64, from: u64, to: u64) -> impl DoubleEndedIterator<Item = u64> + use<'_> {
        let (one, many) = match self.ages.get(&fingerprint) {
            Some(Ages::One(age)) => (Some(*age).filter(|age| (from..to).contains(age)), None),
            Some(Ages::Many(ages)) => (None, Some(ages.range(from..to))),
            None => (None, None),
        };
        one.into_iter().chain(many.into_iter().flatten().copied())
    }
}

/// A hasher that returns its input: fingerprints are hashes already.
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
