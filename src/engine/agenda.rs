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
        let former = std::mem::take(&mut self.former);
        if former.len() <= FEW {
            return former;
        }
        let mut first = BTreeMap::new();
        for (moment, due) in former {
            first.entry(moment).or_insert(due);
        }
        // What came and went with this change leaves no trace.
        first.into_iter().filter(|(moment, due)| due.is_some() || self.due.contains_key(moment)).collect()
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
