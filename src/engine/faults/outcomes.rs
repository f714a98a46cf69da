//! Faults of transitions. They are decided when a transition is scheduled, in the order of scheduling, not when it is
//! due: a failing build is known to fail from the start.

use super::{Effect, EffectKind, FaultTarget, Outcome};
use crate::engine::World;
use crate::engine::timing::delta;
use crate::engine::transition::Moment;
use std::sync::Arc;

const OUTCOME_KINDS: &[EffectKind] = &[EffectKind::Ending, EffectKind::Pace];

impl World {
    /// Decides how and when the transitions end that were scheduled since the last call, and returns the ids of the
    /// faults that fired. `headers` are those of the request that scheduled them.
    pub(in crate::engine) fn resolve_faults(&mut self, headers: &[(String, String)]) -> Vec<u64> {
        if self.common.unscheduled.is_empty() {
            return vec![];
        }
        let unscheduled = std::mem::take(&mut self.common.unscheduled);
        unscheduled.into_iter().flat_map(|(key, delay_ms)| self.resolve(key, delay_ms, headers)).collect()
    }

    fn resolve(&mut self, key: Moment, delay_ms: i64, headers: &[(String, String)]) -> Vec<u64> {
        let Some(mut due) = self.common.queue.get(&key).map(|due| (**due).clone()) else { return vec![] };
        let by_name = self.common.meta.faults.selects_by_name();
        let named = |id: &str| if by_name { self.name_of(&due.cloud, id) } else { None };
        let (user, project) = (due.origin.user.clone(), due.origin.project.clone());
        let (user, project) = (user.unwrap_or_default(), project.unwrap_or_default());
        let names = [&*user, &*project, &*due.subject].map(|id| named(id).unwrap_or_default());
        let target = FaultTarget {
            cloud: &due.cloud,
            service: due.transition.split('.').next().unwrap_or_default(),
            names: vec![&due.transition],
            user: vec![&user, &names[0]],
            project: vec![&project, &names[1]],
            resources: vec![&due.subject, &names[2]],
            headers,
        };
        if !self.common.meta.faults.concerns(OUTCOME_KINDS, &target) {
            return vec![];
        }
        let hits = Arc::make_mut(&mut self.common.meta.faults).fire(OUTCOME_KINDS, &target, self.common.meta.now);
        self.common.queue.remove(&key);
        let (mut at, mut stuck) = (key.0, false);
        for (_, effect) in &hits {
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
            self.common.queue.insert((at, key.1), Arc::new(due));
        }
        hits.into_iter().map(|(id, _)| id).collect()
    }
}
