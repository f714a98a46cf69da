//! What is going to happen in a world, in order of time.

use super::transition::{Due, Moment};
use chrono::{DateTime, Utc};
use imbl::OrdMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What stood at some moments before they were changed, in the order of the changes: a transition, or nothing.
pub(super) type FormerDue = Vec<(Moment, Option<Arc<Due>>)>;

/// So many changes of one agenda are kept as they come; of more than that, one is kept of each moment.
const FEW: usize = 64;

#[derive(Default)]
pub(super) struct Agenda {
    due: OrdMap<Moment, Arc<Due>>,
    /// What stood where this copy was changed.
    former: FormerDue,
}

/// A copy has no changes yet.
impl Clone for Agenda {
    fn clone(&self) -> Self {
        Agenda { due: self.due.clone(), former: vec![] }
    }
}

impl FromIterator<(Moment, Arc<Due>)> for Agenda {
    fn from_iter<I: IntoIterator<Item = (Moment, Arc<Due>)>>(due: I) -> Self {
        Agenda { due: due.into_iter().collect(), former: vec![] }
    }
}

impl Agenda {
    pub fn insert(&mut self, moment: Moment, due: Arc<Due>) {
        let before = self.due.insert(moment, due);
        self.former.push((moment, before));
    }

    pub fn remove(&mut self, moment: &Moment) -> Option<Arc<Due>> {
        let due = self.due.remove(moment)?;
        self.former.push((*moment, Some(due.clone())));
        Some(due)
    }

    pub fn get(&self, moment: &Moment) -> Option<&Arc<Due>> {
        self.due.get(moment)
    }

    pub fn first(&self) -> Option<&Moment> {
        self.due.get_min().map(|(moment, _)| moment)
    }

    /// Takes out what is due first, if that is no later than `now`.
    pub fn next(&mut self, now: DateTime<Utc>) -> Option<(Moment, Arc<Due>)> {
        let moment = *self.first().filter(|(at, _)| *at <= now)?;
        self.remove(&moment).map(|due| (moment, due))
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Moment, &Arc<Due>)> {
        self.due.iter()
    }

    pub fn len(&self) -> usize {
        self.due.len()
    }

    /// What stood where this copy was changed since this was last asked.
    pub fn take_former(&mut self) -> FormerDue {
        shortened(std::mem::take(&mut self.former))
    }

    pub fn take_back(&mut self, former: &FormerDue) {
        for (moment, due) in former.iter().rev() {
            match due {
                Some(due) => _ = self.due.insert(*moment, due.clone()),
                None => _ = self.due.remove(moment),
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
    for (moment, due) in former {
        // What stood there before the last change of a moment does not stand there after it.
        let is_there = due.is_none();
        moments.entry(moment).or_insert((due, is_there)).1 = is_there;
    }
    let left = moments.into_iter().filter(|(_, (due, is_there))| due.is_some() || *is_there);
    left.map(|(moment, (due, _))| (moment, due)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::faults::Outcome;
    use crate::engine::transition::Origin;

    fn due(subject: &str) -> Arc<Due> {
        let (outcome, origin) = (Outcome::Happens, Origin::default());
        Arc::new(Due { cloud: "c".into(), transition: "t".into(), subject: subject.into(), outcome, origin })
    }

    fn moment(number: u64) -> Moment {
        (DateTime::UNIX_EPOCH, number)
    }

    fn subjects(agenda: &Agenda) -> Vec<(u64, String)> {
        agenda.iter().map(|((_, number), due)| (*number, due.subject.to_string())).collect()
    }

    #[test]
    fn many_changes_are_kept_as_one_of_each_moment_and_are_taken_back_by_it() {
        let mut agenda: Agenda = (1..=3).map(|number| (moment(number), due("before"))).collect();
        let before = subjects(&agenda);
        agenda.remove(&moment(1));
        for number in 10..1_000 {
            agenda.insert(moment(number), due("passes"));
            agenda.remove(&moment(number));
        }
        agenda.remove(&moment(2));
        agenda.insert(moment(2), due("after"));
        agenda.insert(moment(2_000), due("stays"));
        let former = agenda.take_former();
        let changed: Vec<_> = former.iter().map(|((_, number), due)| (*number, due.is_some())).collect();
        assert_eq!(changed, [(1, true), (2, true), (2_000, false)]);
        agenda.take_back(&former);
        assert_eq!(subjects(&agenda), before);
    }
}
