//! Fault injection: faults of connections, of answers, and of transitions.
//!
//! The fault plan is part of the [`World`](super::World) value, with its counts and its random generator, so the same
//! requests meet the same faults in every run, and a snapshot includes them.

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
use std::sync::atomic::{AtomicBool, Ordering};

/// How a scheduled transition will end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// As it should.
    #[serde(rename = "Happens")]
    Succeeds,
    /// As the real one does when it fails, with this reason.
    Fails(String),
}

/// All faults of a world.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FaultPlan {
    faults: Vec<ActiveFault>,
    /// Faults that were added and that `--strict` does not know yet.
    #[serde(skip)]
    untracked: Vec<TrackedFault>,
    /// The id of the next fault.
    next: u64,
    /// A separate generator, so that faults do not change the ids of resources.
    #[serde(with = "super::rng", alias = "dice")]
    rng: ChaCha8Rng,
    /// True if answers that a fault made have the header `X-Nephos-Fault`.
    pub announced: bool,
}

/// A fault of a world, with its counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ActiveFault {
    pub id: u64,
    pub fault: Arc<Fault>,
    /// The scenario, or the step of its timeline (`name#0`), that added it.
    pub scenario: Option<Id>,
    /// The virtual time at which it was added.
    pub since: DateTime<Utc>,
    /// How many targets it matched.
    pub seen: u64,
    /// On how many of them it fired.
    pub fired: u64,
    /// True once it has fired in any copy of the world: the flag is shared by all of them and never undone. For
    /// `--strict`.
    #[serde(skip)]
    pub(super) ever_fired: Arc<AtomicBool>,
}

/// A fault and its [`ActiveFault::ever_fired`], by which faults are told apart.
pub(super) type TrackedFault = (Arc<Fault>, Arc<AtomicBool>);

/// A request or a transition that faults are matched against.
pub(super) struct FaultTarget<'o> {
    pub cloud: &'o str,
    pub service: &'o str,
    /// The operations that a request may be, or the name of the transition.
    pub names: Vec<&'o str>,
    /// Ids and names.
    pub project: Vec<&'o str>,
    /// Ids and names.
    pub user: Vec<&'o str>,
    /// Ids and names.
    pub resources: Vec<&'o str>,
    pub headers: &'o [(String, String)],
}

impl FaultPlan {
    pub fn new(seed: u64) -> Self {
        FaultPlan { faults: vec![], untracked: vec![], next: 1, rng: ChaCha8Rng::seed_from_u64(!seed), announced: true }
    }

    /// Adds a fault and returns its id.
    pub fn add(&mut self, fault: Fault, scenario: Option<Id>, now: DateTime<Utc>) -> u64 {
        let id = self.next;
        self.next += 1;
        let active = ActiveFault {
            id,
            fault: Arc::new(fault),
            scenario,
            since: now,
            seen: 0,
            fired: 0,
            ever_fired: Arc::default(),
        };
        self.untracked.push(active.tracked());
        self.faults.push(active);
        id
    }

    /// Checks a plan from a file that may be edited by hand.
    pub(super) fn check(&self) -> Result<(), String> {
        const MOST: u64 = i64::MAX as u64;
        let in_range = |active: &ActiveFault| active.id <= MOST && active.seen <= MOST && active.fired <= MOST;
        let wrong = self.faults.iter().find(|active| !in_range(active) || active.fault.when.every == Some(0));
        match wrong {
            Some(active) => Err(format!("a number of the fault {} is out of range", active.id)),
            None if self.next > MOST => Err(format!("next: {} is out of range", self.next)),
            None => Ok(()),
        }
    }

    /// False if there is no fault of this id.
    pub fn remove(&mut self, id: u64) -> bool {
        let before = self.faults.len();
        self.faults.retain(|active| active.id != id);
        self.faults.len() < before
    }

    pub fn clear(&mut self) {
        self.faults.clear();
    }

    /// Removes the faults that a scenario, or a step of it, added.
    pub fn clear_scenario(&mut self, scenario: &str) {
        self.faults.retain(|active| active.scenario.as_deref() != Some(scenario));
    }

    /// True if [`FaultPlan::take_untracked`] would return something.
    pub(super) fn has_untracked(&self) -> bool {
        !self.untracked.is_empty()
    }

    /// The faults that were added since the last call, also if they were removed since.
    pub(super) fn take_untracked(&mut self) -> Vec<TrackedFault> {
        std::mem::take(&mut self.untracked)
    }

    pub(super) fn all_mut(&mut self) -> &mut [ActiveFault] {
        &mut self.faults
    }

    pub fn all(&self) -> &[ActiveFault] {
        &self.faults
    }

    /// True if there is a fault with an effect of one of these kinds.
    pub(super) fn has(&self, kinds: &[EffectKind]) -> bool {
        self.faults.iter().any(|active| kinds.contains(&active.fault.effect.kind()))
    }

    /// True if the names of projects, users and resources are needed to match the faults.
    pub(super) fn selects_by_name(&self) -> bool {
        self.faults.iter().any(|active| active.fault.selects_by_name())
    }

    /// True if a fault with an effect of one of these kinds matches: [`FaultPlan::fire`] would count it.
    pub(super) fn concerns(&self, kinds: &[EffectKind], target: &FaultTarget) -> bool {
        self.faults.iter().any(|active| kinds.contains(&active.fault.effect.kind()) && active.fault.matches(target))
    }

    /// Counts the target and returns the faults that fire on it, with their ids. Of several faults with effects of one
    /// kind, the one that was added last is asked first; once it fires, the others neither fire nor count.
    pub(super) fn fire(
        &mut self,
        kinds: &[EffectKind],
        target: &FaultTarget,
        now: DateTime<Utc>,
    ) -> Vec<(u64, Effect)> {
        let mut hits: Vec<(u64, Effect)> = vec![];
        for active in self.faults.iter_mut().rev() {
            let kind = active.fault.effect.kind();
            let taken = hits.iter().any(|(_, effect)| effect.kind() == kind);
            if taken || !kinds.contains(&kind) || !active.fault.matches(target) {
                continue;
            }
            active.seen += 1;
            let age = (now - active.since).num_milliseconds();
            if active.fault.when.fires(active.seen, active.fired, age, &mut self.rng) {
                active.fired += 1;
                active.ever_fired.store(true, Ordering::Relaxed);
                hits.push((active.id, active.fault.effect.clone()));
            }
        }
        hits
    }

    /// A random number for an effect: how long a delay is, which bytes are garbage.
    pub(super) fn roll(&mut self) -> u64 {
        self.rng.random()
    }

    /// These faults with the counts and the generator of an earlier plan, for a rewind.
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
    /// What `--strict` needs of it.
    pub(super) fn tracked(&self) -> TrackedFault {
        (self.fault.clone(), self.ever_fired.clone())
    }

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
