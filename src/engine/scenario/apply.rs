//! How a world comes into a scenario, through its timeline, and out of it again.

use super::{Applied, Orders, Scenario};
use crate::engine::faults::Outcome;
use crate::engine::timing::delta;
use crate::engine::transition::{Due, Moment};
use crate::engine::{Id, World};
use serde_json::Value;
use std::sync::Arc;

/// The names of steps in the queue, where transitions of clouds have theirs.
const BEGINS: &str = "scenario.step.begins";
const ENDS: &str = "scenario.step.ends";

impl World {
    pub fn scenarios(&self) -> &[Applied] {
        &self.common.meta.scenarios
    }

    /// Brings the world into a scenario, anew if it is in it already. Where a cloud cannot be changed so, its
    /// words for why; the world is to be thrown away then.
    pub fn apply(&mut self, scenario: Arc<Scenario>) -> Result<(), String> {
        self.clear(&scenario.name)?;
        let since = self.common.meta.now;
        let name = scenario.name.clone();
        Arc::make_mut(&mut self.common.meta.scenarios).push(Applied {
            scenario: scenario.clone(),
            since,
            undo: vec![],
        });
        self.give(&scenario.orders, &name, &name)?;
        for (number, step) in scenario.timeline.iter().enumerate() {
            let subject: Id = format!("{name}#{number}").into();
            self.arrange_step(BEGINS, &subject, step.time);
            if let Some(lasts) = step.lasts {
                self.arrange_step(ENDS, &subject, step.time.saturating_add(lasts));
            }
        }
        Ok(())
    }

    /// Takes back all that a scenario ordered; false if the world is not in it.
    pub fn clear(&mut self, name: &str) -> Result<bool, String> {
        let Some(at) = self.common.meta.scenarios.iter().position(|applied| *applied.scenario.name == *name) else {
            return Ok(false);
        };
        let steps = self.common.meta.scenarios[at].scenario.timeline.len();
        for number in (0..steps).rev() {
            self.clear_orders(name, &format!("{name}#{number}"))?;
        }
        self.clear_orders(name, name)?;
        let own = |due: &Due| due.subject.rsplit_once('#').is_some_and(|(scenario, _)| scenario == name);
        for (key, _) in self.steps().into_iter().filter(|(_, due)| own(due)) {
            self.common.queue.remove(&key);
        }
        Arc::make_mut(&mut self.common.meta.scenarios).remove(at);
        Ok(true)
    }

    /// A step of a timeline begins or ends. What a cloud refuses by then is left out.
    pub(in crate::engine) fn step(&mut self, what: &str, subject: &Id) {
        let Some((name, number)) = subject.rsplit_once('#') else { return };
        let applied = self.common.meta.scenarios.iter().find(|applied| *applied.scenario.name == *name);
        let scenario = applied.map(|applied| applied.scenario.clone());
        let number: Option<usize> = number.parse().ok();
        let Some(step) = scenario.as_ref().zip(number).and_then(|(scenario, number)| scenario.timeline.get(number))
        else {
            return;
        };
        let done = match what {
            BEGINS => self.give(&step.orders, name, subject),
            _ => self.clear_orders(name, subject),
        };
        if let Err(error) = done {
            tracing::warn!("scenario {subject}: {error}");
        }
    }

    /// The steps of timelines that are still to come.
    fn steps(&self) -> Vec<(Moment, Arc<Due>)> {
        let steps = self.common.queue.iter().filter(|(_, due)| due.cloud.is_empty());
        steps.map(|(key, due)| (key, due.clone())).collect()
    }

    /// Puts the world into the scenarios of another, with what is to come of their timelines: for a rewind,
    /// which takes back what clients did, not what was ordered.
    pub(in crate::engine) fn take_scenarios_of(&mut self, other: &World) {
        for (key, _) in self.steps() {
            self.common.queue.remove(&key);
        }
        other.steps().into_iter().for_each(|(key, due)| self.common.queue.insert(key, due));
        self.common.meta.scenarios = other.common.meta.scenarios.clone();
    }

    fn arrange_step(&mut self, what: &str, subject: &Id, after_ms: i64) {
        let Some(at) = self.common.meta.now.checked_add_signed(delta(after_ms)) else { return };
        let due = Due {
            cloud: "".into(),
            transition: what.to_owned().into(),
            subject: subject.clone(),
            outcome: Outcome::Happens,
            origin: Arc::default(),
        };
        self.common.meta.arranged += 1;
        self.common.queue.insert((at, self.common.meta.arranged), Arc::new(due));
    }

    /// `tag` is the scenario, or the step of it, that these orders are of.
    fn give(&mut self, orders: &Orders, scenario: &str, tag: &str) -> Result<(), String> {
        let tag: Id = tag.into();
        for (glob, range) in &orders.timing {
            self.timing_mut().set_for(glob.clone(), *range, Some(tag.clone()));
        }
        for fault in &orders.faults {
            self.add_fault(fault.clone(), Some(tag.clone()));
        }
        for (cloud, limit) in &orders.limits {
            let changed = self.limits_mut().override_for(&tag, cloud, limit);
            changed.map_err(|complaint| complaint.to_string())?;
        }
        for (cloud, what, how) in &orders.changes {
            let undo = self.change_cloud(cloud, what, how).map_err(|error| format!("{cloud}.{what}: {error}"))?;
            let applied = Arc::make_mut(&mut self.common.meta.scenarios).iter_mut();
            let applied = applied.rev().find(|applied| *applied.scenario.name == *scenario);
            if let Some((applied, undo)) = applied.zip(undo) {
                applied.undo.push((tag.clone(), cloud.clone(), what.clone(), undo));
            }
        }
        Ok(())
    }

    fn clear_orders(&mut self, scenario: &str, tag: &str) -> Result<(), String> {
        self.timing_mut().clear_for(tag);
        self.faults_mut().clear_scenario(tag);
        self.limits_mut().clear_override(tag);
        let mut undone = vec![];
        let scenarios = Arc::make_mut(&mut self.common.meta.scenarios);
        if let Some(applied) = scenarios.iter_mut().find(|applied| *applied.scenario.name == *scenario) {
            applied.undo.retain(|(whose, cloud, what, how)| {
                let own = **whose == *tag;
                undone.extend(own.then(|| (cloud.clone(), what.clone(), how.clone())));
                !own
            });
        }
        for (cloud, what, how) in undone.into_iter().rev() {
            self.change_cloud(&cloud, &what, &how)?;
        }
        Ok(())
    }

    /// Has a cloud change itself; how to take that back, where it can be.
    pub fn change_cloud(&mut self, cloud: &str, what: &str, how: &Value) -> Result<Option<Value>, String> {
        let Some((state, mut ctx)) = self.split(cloud) else { return Err(format!("no cloud is called {cloud}")) };
        let undo = state.admin_change(&mut ctx, what, how);
        self.resolve_faults(&[]);
        undo
    }
}
