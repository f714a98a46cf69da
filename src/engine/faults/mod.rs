//! Failures that were ordered: of connections, of answers, and of what happens later. They are part of the
//! world, with their counts and rng, so that the same requests meet the same failures.

mod fault;
pub(super) mod injection;
mod outcomes;

pub(super) use fault::EffectKind;
pub use fault::{Break, Effect, Fault, Outage, Refusal, Trigger};

use super::Id;
use chrono::{DateTime, Utc};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// How a transition ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    Happens,
    /// The transition fails as the real one does, with this reason.
    Fails(String),
}

/// All failures that are ordered in a world.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FaultPlan {
    faults: Vec<ActiveFault>,
    next: u64,
    /// Chance of its own, so that a fault changes no id.
    #[serde(with = "super::rng")]
    rng: ChaCha8Rng,
    /// True if answers that a fault made say so in a header.
    pub announced: bool,
}

/// A fault with what became of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ActiveFault {
    pub id: u64,
    pub fault: Arc<Fault>,
    /// The scenario that ordered it.
    pub scenario: Option<Id>,
    pub since: DateTime<Utc>,
    /// How many occasions it fitted, and how many of them it took.
    pub seen: u64,
    pub fired: u64,
}

/// Something that faults may hit.
pub(super) struct FaultTarget<'o> {
    pub cloud: &'o str,
    pub service: &'o str,
    /// The operations that it may be, or the transition.
    pub names: Vec<&'o str>,
    /// Ids and names.
    pub project: Vec<&'o str>,
    pub user: Vec<&'o str>,
    pub resources: Vec<&'o str>,
    pub headers: &'o [(String, String)],
}

impl FaultPlan {
    pub fn new(seed: u64) -> Self {
        FaultPlan { faults: vec![], next: 1, rng: ChaCha8Rng::seed_from_u64(!seed), announced: true }
    }

    /// Orders a failure; its number.
    pub fn add(&mut self, fault: Fault, scenario: Option<Id>, now: DateTime<Utc>) -> u64 {
        let id = self.next;
        self.next += 1;
        self.faults.push(ActiveFault { id, fault: Arc::new(fault), scenario, since: now, seen: 0, fired: 0 });
        id
    }

    pub fn remove(&mut self, id: u64) -> bool {
        let before = self.faults.len();
        self.faults.retain(|active| active.id != id);
        self.faults.len() < before
    }

    pub fn clear(&mut self) {
        self.faults.clear();
    }

    pub fn clear_scenario(&mut self, scenario: &str) {
        self.faults.retain(|active| active.scenario.as_deref() != Some(scenario));
    }

    pub fn all(&self) -> &[ActiveFault] {
        &self.faults
    }

    pub(super) fn has(&self, kinds: &[EffectKind]) -> bool {
        self.faults.iter().any(|active| kinds.contains(&active.fault.effect.kind()))
    }

    pub(super) fn selects_by_name(&self) -> bool {
        self.faults.iter().any(|active| active.fault.selects_by_name())
    }

    /// True if [`FaultPlan::strike`] would count something.
    pub(super) fn concerns(&self, kinds: &[EffectKind], target: &FaultTarget) -> bool {
        self.faults.iter().any(|active| kinds.contains(&active.fault.effect.kind()) && active.fault.fits(target))
    }

    /// The faults of these kinds that take the target, each with its number: of every kind the newest.
    pub(super) fn strike(
        &mut self,
        kinds: &[EffectKind],
        target: &FaultTarget,
        now: DateTime<Utc>,
    ) -> Vec<(u64, Effect)> {
        let mut struck: Vec<(u64, Effect)> = vec![];
        for active in self.faults.iter_mut().rev() {
            let kind = active.fault.effect.kind();
            let taken = struck.iter().any(|(_, effect)| effect.kind() == kind);
            if taken || !kinds.contains(&kind) || !active.fault.fits(target) {
                continue;
            }
            active.seen += 1;
            let age = (now - active.since).num_milliseconds();
            if active.fault.when.takes(active.seen, active.fired, age, &mut self.rng) {
                active.fired += 1;
                struck.push((active.id, active.fault.effect.clone()));
            }
        }
        struck
    }

    /// A number for what a fault draws: how long a delay is, which bytes are garbage.
    pub(super) fn roll(&mut self) -> u64 {
        self.rng.random()
    }

    /// These faults with the counts and rng of before.
    pub(super) fn counted_as(&self, before: &FaultPlan) -> FaultPlan {
        let mut plan = FaultPlan { rng: before.rng.clone(), ..self.clone() };
        for active in &mut plan.faults {
            let was = before.faults.iter().find(|was| was.id == active.id);
            (active.seen, active.fired) = was.map_or((0, 0), |was| (was.seen, was.fired));
        }
        plan
    }
}

impl ActiveFault {
    /// As `GET /faults` shows it.
    pub fn show(&self) -> Value {
        let mut shown = Map::new();
        shown.insert("id".into(), self.id.into());
        shown.extend(self.fault.show());
        shown.insert("since".into(), json!(self.since));
        shown.insert("seen".into(), self.seen.into());
        shown.insert("fired".into(), self.fired.into());
        if let Some(scenario) = &self.scenario {
            shown.insert("scenario".into(), json!(scenario));
        }
        shown.into()
    }
}
