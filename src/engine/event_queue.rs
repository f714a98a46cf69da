//! The scheduled transitions of a world, ordered by the time at which they are due.
//!
//! The queue is part of the world: a copy is O(1), snapshots contain it, and it records its changes for an undo
//! ([`QueueUndo`]). The key of an entry is a [`Moment`]: its virtual due time and a sequence number, which orders entries
//! with the same time. The moment also identifies an entry that is replaced or cancelled.
//!
//! In a busy world thousands of transitions are due at the same time, because delays end on whole ticks (see
//! `Context::later`). The entries of one time are therefore one sorted list, a [`Tick`]. Taking the next entry increments
//! a counter instead of changing the list, and the undo of a whole tick is one shared pointer.

use super::transition::{Due, Moment};
use chrono::{DateTime, Utc};
use imbl::OrdMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Entries of one time, sorted by their numbers.
type Dues = Vec<(u64, Arc<Due>)>;

/// The replaced entries of a change, in the order of the replacements.
pub(super) type QueueUndo = Vec<QueueUndoEntry>;

/// The old content of a part of the queue.
#[derive(Clone)]
pub(super) enum QueueUndoEntry {
    /// The entry at one moment, if there was one.
    Place(Moment, Option<Arc<Due>>),
    /// All entries of one time, before the first was taken.
    Tick(DateTime<Utc>, Arc<Dues>),
}

impl QueueUndoEntry {
    /// The estimated bytes that it keeps alive.
    pub fn bytes(&self) -> u64 {
        /// A scheduled transition with its texts.
        const DUE: u64 = 250;
        match self {
            QueueUndoEntry::Place(..) => DUE,
            QueueUndoEntry::Tick(_, due) => DUE * due.len() as u64,
        }
    }
}

/// An undo longer than this is shortened to one entry for each moment.
const FEW: usize = 1_000;

/// Transitions by the moment at which they are due.
#[derive(Default)]
pub(super) struct EventQueue {
    due: OrdMap<DateTime<Utc>, Tick>,
    /// The replaced entries of the current change.
    undo: QueueUndo,
}

/// The entries of one time. Never empty.
#[derive(Clone)]
struct Tick {
    due: Arc<Dues>,
    /// How many entries at the beginning of `due` were already taken.
    taken: usize,
}

impl Tick {
    fn left(&self) -> &[(u64, Arc<Due>)] {
        self.due.get(self.taken..).unwrap_or_default()
    }

    /// The position of a number in `due`, or the position where it would be inserted.
    fn find(&self, number: u64) -> Result<usize, usize> {
        // New entries have the highest number so far.
        if self.due.last().is_some_and(|(last, _)| *last < number) {
            return Err(self.due.len());
        }
        let found = self.left().binary_search_by_key(&number, |(number, _)| *number);
        found.map(|at| self.taken + at).map_err(|at| self.taken + at)
    }
}

/// A copy starts without recorded changes.
impl Clone for EventQueue {
    fn clone(&self) -> Self {
        EventQueue { due: self.due.clone(), undo: vec![] }
    }
}

impl FromIterator<(Moment, Arc<Due>)> for EventQueue {
    fn from_iter<I: IntoIterator<Item = (Moment, Arc<Due>)>>(due: I) -> Self {
        let mut queue = EventQueue::default();
        due.into_iter().for_each(|(moment, due)| _ = queue.put(moment, due));
        queue
    }
}

impl EventQueue {
    /// Adds an entry, or replaces the entry at this moment.
    pub fn insert(&mut self, moment: Moment, due: Arc<Due>) {
        let before = self.put(moment, due);
        self.undo.push(QueueUndoEntry::Place(moment, before));
    }

    /// Cancels an entry and returns it, if there is one.
    pub fn remove(&mut self, moment: &Moment) -> Option<Arc<Due>> {
        let due = self.take(moment)?;
        self.undo.push(QueueUndoEntry::Place(*moment, Some(due.clone())));
        Some(due)
    }

    /// Like `insert`, without an undo entry. Returns the replaced entry.
    fn put(&mut self, (at, number): Moment, due: Arc<Due>) -> Option<Arc<Due>> {
        let Some(tick) = self.due.get_mut(&at) else {
            self.due.insert(at, Tick { due: Arc::new(vec![(number, due)]), taken: 0 });
            return None;
        };
        match tick.find(number) {
            Ok(known) => Some(std::mem::replace(&mut Arc::make_mut(&mut tick.due)[known].1, due)),
            Err(place) => {
                Arc::make_mut(&mut tick.due).insert(place, (number, due));
                None
            }
        }
    }

    /// Like `remove`, without an undo entry.
    fn take(&mut self, (at, number): &Moment) -> Option<Arc<Due>> {
        let place = self.due.get(at)?.find(*number).ok()?;
        let tick = self.due.get_mut(at)?;
        let (_, due) = Arc::make_mut(&mut tick.due).remove(place);
        if tick.left().is_empty() {
            self.due.remove(at);
        }
        Some(due)
    }

    pub fn get(&self, (at, number): &Moment) -> Option<&Arc<Due>> {
        let tick = self.due.get(at)?;
        let place = tick.find(*number).ok()?;
        tick.due.get(place).map(|(_, due)| due)
    }

    /// The time of the first entry.
    pub fn first(&self) -> Option<DateTime<Utc>> {
        self.due.get_min().map(|(at, _)| *at)
    }

    /// Removes and returns the first entry if it is due at `now` or before.
    pub fn next(&mut self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, Arc<Due>)> {
        let at = self.first().filter(|at| *at <= now)?;
        let tick = self.due.get_mut(&at)?;
        if tick.taken == 0 {
            self.undo.push(QueueUndoEntry::Tick(at, tick.due.clone()));
        }
        let next = tick.left().first().map(|(_, due)| (at, due.clone()));
        tick.taken += 1;
        if tick.left().is_empty() {
            self.due.remove(&at);
        }
        next
    }

    /// All entries, in the order in which they are due.
    pub fn iter(&self) -> impl Iterator<Item = (Moment, &Arc<Due>)> {
        self.due.iter().flat_map(|(at, tick)| tick.left().iter().map(|(number, due)| ((*at, *number), due)))
    }

    pub fn len(&self) -> usize {
        self.due.values().map(|tick| tick.left().len()).sum()
    }

    /// Ends the current change and returns its undo.
    pub fn take_undo(&mut self) -> QueueUndo {
        let undo = std::mem::take(&mut self.undo);
        // A change that stopped in the middle of a tick (a transition panicked) must be undone by `Tick` entries,
        // because the rest of the tick is still there and `shortened` would take it for entries that are gone.
        let interrupted = self.due.get_min().is_some_and(|(_, tick)| tick.taken > 0);
        if interrupted { undo } else { shortened(undo) }
    }

    /// Undoes a change. Changes must be undone in reverse order, the last one first.
    pub fn undo(&mut self, undo: &QueueUndo) {
        for undo in undo.iter().rev() {
            match undo {
                QueueUndoEntry::Place(moment, Some(due)) => _ = self.put(*moment, due.clone()),
                QueueUndoEntry::Place(moment, None) => _ = self.take(moment),
                QueueUndoEntry::Tick(at, due) => _ = self.due.insert(*at, Tick { due: due.clone(), taken: 0 }),
            }
        }
    }
}

/// An undo with one entry for each moment, if it is long: that of the first change of the moment. Moments that held
/// nothing both before and after are left out.
pub(super) fn shortened(undo: QueueUndo) -> QueueUndo {
    if undo.len() <= FEW {
        return undo;
    }
    let mut moments: BTreeMap<Moment, (Option<Arc<Due>>, bool)> = BTreeMap::new();
    // `is_there` is true if the moment has an entry after its last change, which then found none.
    let mut note = |moment: Moment, due: Option<Arc<Due>>| {
        let is_there = due.is_none();
        moments.entry(moment).or_insert((due, is_there)).1 = is_there;
    };
    for undo in undo {
        match undo {
            QueueUndoEntry::Place(moment, due) => note(moment, due),
            QueueUndoEntry::Tick(at, due) => {
                due.iter().for_each(|(number, due)| note((at, *number), Some(due.clone())))
            }
        }
    }
    let left = moments.into_iter().filter(|(_, (due, is_there))| due.is_some() || *is_there);
    left.map(|(moment, (due, _))| QueueUndoEntry::Place(moment, due)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::faults::Outcome;
    use crate::engine::transition::Origin;
    use chrono::TimeDelta;

    fn due(subject: &str) -> Arc<Due> {
        let (outcome, origin) = (Outcome::Succeeds, Arc::<Origin>::default());
        Arc::new(Due { cloud: "c".into(), transition: "t".into(), subject: subject.into(), outcome, origin })
    }

    fn moment(number: u64) -> Moment {
        (DateTime::UNIX_EPOCH, number)
    }

    fn subjects(queue: &EventQueue) -> Vec<(u64, String)> {
        queue.iter().map(|((_, number), due)| (number, due.subject.to_string())).collect()
    }

    /// The number of a moment, and whether it had an entry.
    fn place(undo: &QueueUndoEntry) -> (u64, bool) {
        match undo {
            QueueUndoEntry::Place((_, number), due) => (*number, due.is_some()),
            QueueUndoEntry::Tick(..) => panic!("a tick among places"),
        }
    }

    fn later(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn what_is_due_comes_in_order_and_is_taken_back_beat_by_beat() {
        let mut queue: EventQueue =
            [3, 1, 2].map(|number| (moment(number), due(&number.to_string()))).into_iter().collect();
        queue.insert((later(1), 4), due("4"));
        queue.take_undo();
        let before = subjects(&queue);
        let mut order = vec![];
        while let Some((at, due)) = queue.next(later(1)) {
            order.push(due.subject.to_string());
            match &*due.subject {
                // An entry that is due at once runs after those that were due before; a removed one does not run.
                "1" => queue.insert((at, 5), self::due("5")),
                "2" => _ = queue.remove(&moment(3)),
                "5" => queue.insert((at, 6), self::due("6")),
                _ => {}
            }
        }
        assert_eq!((order.concat().as_str(), queue.len()), ("12564", 0));
        let undo = queue.take_undo();
        queue.undo(&undo);
        assert_eq!(subjects(&queue), before);
        // A change that stops in the middle of a tick is undone completely, too.
        for number in 10..2_000 {
            queue.insert(moment(number), self::due("new"));
        }
        queue.next(later(0));
        let undo = queue.take_undo();
        queue.undo(&undo);
        assert_eq!(subjects(&queue), before);
    }

    #[test]
    fn many_changes_are_kept_as_one_of_each_moment_and_are_taken_back_by_it() {
        let mut queue: EventQueue = (1..=3).map(|number| (moment(number), due("before"))).collect();
        let before = subjects(&queue);
        queue.remove(&moment(1));
        for number in 10..2_000 {
            queue.insert(moment(number), due("passes"));
            queue.remove(&moment(number));
        }
        queue.remove(&moment(2));
        queue.insert(moment(2), due("after"));
        queue.insert(moment(3_000), due("stays"));
        let undo = queue.take_undo();
        let changed: Vec<_> = undo.iter().map(place).collect();
        assert_eq!(changed, [(1, true), (2, true), (3_000, false)]);
        queue.undo(&undo);
        assert_eq!(subjects(&queue), before);
    }
}
