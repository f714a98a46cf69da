//! Faults of transitions: decided as soon as a transition is arranged, in the order in which that happens.

use super::{Effect, Kind, Occasion, Outcome};
use crate::engine::World;
use crate::engine::timing::delta;
use crate::engine::transition::Moment;
use std::sync::Arc;

const KINDS: &[Kind] = &[Kind::Ending, Kind::Pace];

impl World {
    /// Decides how the transitions end that were arranged since this was last asked; the faults that
    /// struck. `headers` are those of the request that arranged them.
    pub(in crate::engine) fn settle(&mut self, headers: &[(String, String)]) -> Vec<u64> {
        if self.core.fresh.is_empty() {
            return vec![];
        }
        let fresh = std::mem::take(&mut self.core.fresh);
        fresh.into_iter().flat_map(|(key, delay_ms)| self.decide(key, delay_ms, headers)).collect()
    }

    fn decide(&mut self, key: Moment, delay_ms: i64, headers: &[(String, String)]) -> Vec<u64> {
        let Some(mut due) = self.core.agenda.get(&key).map(|due| (**due).clone()) else { return vec![] };
        let by_name = self.core.course.faults.selects_by_name();
        let named = |id: &str| if by_name { self.name_of(&due.cloud, id) } else { None };
        let (user, project) = (due.origin.user.clone(), due.origin.project.clone());
        let (user, project) = (user.unwrap_or_default(), project.unwrap_or_default());
        let names = [&*user, &*project, &*due.subject].map(|id| named(id).unwrap_or_default());
        let occasion = Occasion {
            cloud: &due.cloud,
            service: due.transition.split('.').next().unwrap_or_default(),
            names: vec![&due.transition],
            user: vec![&user, &names[0]],
            project: vec![&project, &names[1]],
            resources: vec![&due.subject, &names[2]],
            headers,
        };
        if !self.core.course.faults.concerns(KINDS, &occasion) {
            return vec![];
        }
        let struck = Arc::make_mut(&mut self.core.course.faults).strike(KINDS, &occasion, self.core.course.now);
        self.core.agenda.remove(&key);
        let (mut at, mut stuck) = (key.0, false);
        for (_, effect) in &struck {
            match effect {
                Effect::Fails(reason) => due.outcome = Outcome::Fails(reason.clone()),
                Effect::Stuck => stuck = true,
                Effect::Slower(times) => {
                    let more = delta((delay_ms as f64 * (times - 1.0)) as i64);
                    at = at.checked_add_signed(more).unwrap_or(chrono::DateTime::<chrono::Utc>::MAX_UTC);
                }
                _ => {}
            }
        }
        if !stuck {
            self.core.agenda.insert((at, key.1), Arc::new(due));
        }
        struck.into_iter().map(|(id, _)| id).collect()
    }
}
