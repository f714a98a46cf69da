//! What is going to happen in a world, in order of time.

use super::transition::{Due, Moment};
use chrono::{DateTime, Utc};
use imbl::OrdMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is due at one time, with its numbers, in order of these.
type Dues = Vec<(u64, Arc<Due>)>;

/// What stood in an agenda before it was changed, in the order of the changes.
pub(super) type FormerDue = Vec<Former>;

#[derive(Clone)]
pub(super) enum Former {
    /// At one moment: a transition, or nothing.
    Place(Moment, Option<Arc<Due>>),
    /// At one time, before the first of it was taken out.
    Beat(DateTime<Utc>, Arc<Dues>),
}

/// So many changes of one agenda are kept as they come; of more than that, one is kept of each moment.
const FEW: usize = 1_000;

/// Much is due at the same time (see `Sim::arrange_within`), so it stands together and goes together.
#[derive(Default)]
pub(super) struct Agenda {
    due: OrdMap<DateTime<Utc>, Beat>,
    /// What stood where this copy was changed.
    former: FormerDue,
}

#[derive(Clone)]
struct Beat {
    due: Arc<Dues>,
    /// So many of them, the first, were taken out already.
    taken: usize,
}

impl Beat {
    fn left(&self) -> &[(u64, Arc<Due>)] {
        self.due.get(self.taken..).unwrap_or_default()
    }

    /// Where the number stands, or belongs.
    fn find(&self, number: u64) -> Result<usize, usize> {
        // What is arranged comes last, mostly.
        if self.due.last().is_some_and(|(last, _)| *last < number) {
            return Err(self.due.len());
        }
        let found = self.left().binary_search_by_key(&number, |(number, _)| *number);
        found.map(|at| self.taken + at).map_err(|at| self.taken + at)
    }
}

/// A copy has no changes yet.
impl Clone for Agenda {
    fn clone(&self) -> Self {
        Agenda { due: self.due.clone(), former: vec![] }
    }
}

impl FromIterator<(Moment, Arc<Due>)> for Agenda {
    fn from_iter<I: IntoIterator<Item = (Moment, Arc<Due>)>>(due: I) -> Self {
        let mut agenda = Agenda::default();
        due.into_iter().for_each(|(moment, due)| _ = agenda.put(moment, due));
        agenda
    }
}

impl Agenda {
    pub fn insert(&mut self, moment: Moment, due: Arc<Due>) {
        let before = self.put(moment, due);
        self.former.push(Former::Place(moment, before));
    }

    pub fn remove(&mut self, moment: &Moment) -> Option<Arc<Due>> {
        let due = self.take(moment)?;
        self.former.push(Former::Place(*moment, Some(due.clone())));
        Some(due)
    }

    fn put(&mut self, (at, number): Moment, due: Arc<Due>) -> Option<Arc<Due>> {
        let Some(beat) = self.due.get_mut(&at) else {
            self.due.insert(at, Beat { due: Arc::new(vec![(number, due)]), taken: 0 });
            return None;
        };
        match beat.find(number) {
            Ok(known) => Some(std::mem::replace(&mut Arc::make_mut(&mut beat.due)[known].1, due)),
            Err(place) => {
                Arc::make_mut(&mut beat.due).insert(place, (number, due));
                None
            }
        }
    }

    fn take(&mut self, (at, number): &Moment) -> Option<Arc<Due>> {
        let place = self.due.get(at)?.find(*number).ok()?;
        let beat = self.due.get_mut(at)?;
        let (_, due) = Arc::make_mut(&mut beat.due).remove(place);
        if beat.left().is_empty() {
            self.due.remove(at);
        }
        Some(due)
    }

    pub fn get(&self, (at, number): &Moment) -> Option<&Arc<Due>> {
        let beat = self.due.get(at)?;
        let place = beat.find(*number).ok()?;
        beat.due.get(place).map(|(_, due)| due)
    }

    /// When the next is due.
    pub fn first(&self) -> Option<DateTime<Utc>> {
        self.due.get_min().map(|(at, _)| *at)
    }

    /// Takes out what is due first, if that is no later than `now`.
    pub fn next(&mut self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, Arc<Due>)> {
        let at = self.first().filter(|at| *at <= now)?;
        let beat = self.due.get_mut(&at)?;
        if beat.taken == 0 {
            self.former.push(Former::Beat(at, beat.due.clone()));
        }
        let next = beat.left().first().map(|(_, due)| (at, due.clone()));
        beat.taken += 1;
        if beat.left().is_empty() {
            self.due.remove(&at);
        }
        next
    }

    pub fn iter(&self) -> impl Iterator<Item = (Moment, &Arc<Due>)> {
        self.due.iter().flat_map(|(at, beat)| beat.left().iter().map(|(number, due)| ((*at, *number), due)))
    }

    pub fn len(&self) -> usize {
        self.due.values().map(|beat| beat.left().len()).sum()
    }

    /// What stood where this copy was changed since this was last asked.
    pub fn take_former(&mut self) -> FormerDue {
        let former = std::mem::take(&mut self.former);
        // Who was interrupted within a beat has left something there that looks as if it were taken out.
        let interrupted = self.due.get_min().is_some_and(|(_, beat)| beat.taken > 0);
        if interrupted { former } else { shortened(former) }
    }

    pub fn take_back(&mut self, former: &FormerDue) {
        for former in former.iter().rev() {
            match former {
                Former::Place(moment, Some(due)) => _ = self.put(*moment, due.clone()),
                Former::Place(moment, None) => _ = self.take(moment),
                Former::Beat(at, due) => _ = self.due.insert(*at, Beat { due: due.clone(), taken: 0 }),
            }
        }
    }
}

/// Of many changes the first of each moment; what came and went meanwhile leaves no trace.
pub(super) fn shortened(former: FormerDue) -> FormerDue {
    if former.len() <= FEW {
        return former;
    }
    let mut moments: BTreeMap<Moment, (Option<Arc<Due>>, bool)> = BTreeMap::new();
    // What stood there before the last change of a moment does not stand there after it.
    let mut note = |moment: Moment, due: Option<Arc<Due>>| {
        let is_there = due.is_none();
        moments.entry(moment).or_insert((due, is_there)).1 = is_there;
    };
    for former in former {
        match former {
            Former::Place(moment, due) => note(moment, due),
            Former::Beat(at, due) => due.iter().for_each(|(number, due)| note((at, *number), Some(due.clone()))),
        }
    }
    let left = moments.into_iter().filter(|(_, (due, is_there))| due.is_some() || *is_there);
    left.map(|(moment, (due, _))| Former::Place(moment, due)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::faults::Outcome;
    use crate::engine::transition::Origin;
    use chrono::TimeDelta;

    fn due(subject: &str) -> Arc<Due> {
        let (outcome, origin) = (Outcome::Happens, Arc::<Origin>::default());
        Arc::new(Due { cloud: "c".into(), transition: "t".into(), subject: subject.into(), outcome, origin })
    }

    fn moment(number: u64) -> Moment {
        (DateTime::UNIX_EPOCH, number)
    }

    fn subjects(agenda: &Agenda) -> Vec<(u64, String)> {
        agenda.iter().map(|((_, number), due)| (number, due.subject.to_string())).collect()
    }

    /// The number of a place, and whether something stood there.
    fn place(former: &Former) -> (u64, bool) {
        match former {
            Former::Place((_, number), due) => (*number, due.is_some()),
            Former::Beat(..) => panic!("a beat among places"),
        }
    }

    fn later(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn what_is_due_comes_in_order_and_is_taken_back_beat_by_beat() {
        let mut agenda: Agenda =
            [3, 1, 2].map(|number| (moment(number), due(&number.to_string()))).into_iter().collect();
        agenda.insert((later(1), 4), due("4"));
        agenda.take_former();
        let before = subjects(&agenda);
        let mut order = vec![];
        while let Some((at, due)) = agenda.next(later(1)) {
            order.push(due.subject.to_string());
            match &*due.subject {
                // What comes at once comes after what was due already, and what is taken out does not come.
                "1" => agenda.insert((at, 5), self::due("5")),
                "2" => _ = agenda.remove(&moment(3)),
                "5" => agenda.insert((at, 6), self::due("6")),
                _ => {}
            }
        }
        assert_eq!((order.concat().as_str(), agenda.len()), ("12564", 0));
        let former = agenda.take_former();
        agenda.take_back(&former);
        assert_eq!(subjects(&agenda), before);
        // Interrupted in the middle of a beat, it goes back to its beginning too.
        for number in 10..2_000 {
            agenda.insert(moment(number), self::due("new"));
        }
        agenda.next(later(0));
        let former = agenda.take_former();
        agenda.take_back(&former);
        assert_eq!(subjects(&agenda), before);
    }

    #[test]
    fn many_changes_are_kept_as_one_of_each_moment_and_are_taken_back_by_it() {
        let mut agenda: Agenda = (1..=3).map(|number| (moment(number), due("before"))).collect();
        let before = subjects(&agenda);
        agenda.remove(&moment(1));
        for number in 10..2_000 {
            agenda.insert(moment(number), due("passes"));
            agenda.remove(&moment(number));
        }
        agenda.remove(&moment(2));
        agenda.insert(moment(2), due("after"));
        agenda.insert(moment(3_000), due("stays"));
        let former = agenda.take_former();
        let changed: Vec<_> = former.iter().map(place).collect();
        assert_eq!(changed, [(1, true), (2, true), (3_000, false)]);
        agenda.take_back(&former);
        assert_eq!(subjects(&agenda), before);
    }
}
