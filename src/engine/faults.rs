//! Failures that were ordered: which transitions fail or never end. (Answers that are refused and
//! connections that break join here.)

use super::Id;
use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

/// How a transition ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    Happens,
    /// The transition fails as the real one does, with this reason.
    Fails(String),
    /// It never ends: the resource stays in its passing state.
    Stuck,
}

/// One ordered failure.
#[derive(Clone, Debug)]
pub struct Fault {
    /// A glob of transition names: `cinder.volume.*`.
    pub on: String,
    /// Only this resource.
    pub subject: Option<Id>,
    pub outcome: Outcome,
}

/// All failures that are ordered in a world; the last that fits counts.
#[derive(Clone, Debug, Default)]
pub struct FaultPlan {
    faults: Vec<(WildMatch, Fault)>,
}

impl FaultPlan {
    pub fn add(&mut self, fault: Fault) {
        self.faults.push((WildMatch::new(&fault.on), fault));
    }

    pub fn clear(&mut self) {
        self.faults.clear();
    }

    pub(super) fn outcome(&self, transition: &str, subject: &Id) -> Outcome {
        let fits = |(glob, fault): &&(WildMatch, Fault)| {
            glob.matches(transition) && fault.subject.as_ref().is_none_or(|id| id == subject)
        };
        self.faults.iter().rev().find(fits).map_or(Outcome::Happens, |(_, fault)| fault.outcome.clone())
    }
}
