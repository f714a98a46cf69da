//! Applies scenarios to a world, runs their timelines, and clears them.

use super::{Applied, Scenario, ScenarioActions};
use crate::engine::faults::Outcome;
use crate::engine::timing::delta;
use crate::engine::transition::{Due, Moment};
use crate::engine::{Id, World};
use serde_json::Value;
use std::sync::Arc;

/// Steps of timelines are in the event queue like the transitions of clouds, under these names and without a cloud.
const BEGINS: &str = "scenario.step.begins";
const ENDS: &str = "scenario.step.ends";

impl World {
    /// The applied scenarios, in the order in which they were applied.
    pub fn scenarios(&self) -> &[Applied] {
        &self.common.meta.scenarios
    }

    /// Applies a scenario. If it is applied already, it is cleared first. An error is that of a cloud which rejects a
    /// change; the world is then half changed, so call this within [`Live::admin_write`](crate::engine::Live), which
    /// undoes it.
    pub fn apply(&mut self, scenario: Arc<Scenario>) -> Result<(), String> {
        self.clear(&scenario.name)?;
        let since = self.common.meta.now;
        let name = scenario.name.clone();
        Arc::make_mut(&mut self.common.meta.scenarios).push(Applied {
            scenario: scenario.clone(),
            since,
            undo: vec![],
        });
        self.perform(&scenario.actions, &name, &name)?;
        for (number, step) in scenario.timeline.iter().enumerate() {
            let subject: Id = format!("{name}#{number}").into();
            self.schedule_step(BEGINS, &subject, step.time);
            if let Some(lasts) = step.lasts {
                self.schedule_step(ENDS, &subject, step.time.saturating_add(lasts));
            }
        }
        Ok(())
    }

    /// Undoes everything that a scenario did and cancels the rest of its timeline. False if it is not applied.
    pub fn clear(&mut self, name: &str) -> Result<bool, String> {
        let Some(at) = self.common.meta.scenarios.iter().position(|applied| *applied.scenario.name == *name) else {
            return Ok(false);
        };
        let steps = self.common.meta.scenarios[at].scenario.timeline.len();
        for number in (0..steps).rev() {
            self.undo_actions(name, &format!("{name}#{number}"))?;
        }
        self.undo_actions(name, name)?;
        let own = |due: &Due| due.subject.rsplit_once('#').is_some_and(|(scenario, _)| scenario == name);
        for (key, _) in self.steps().into_iter().filter(|(_, due)| own(due)) {
            self.common.queue.remove(&key);
        }
        Arc::make_mut(&mut self.common.meta.scenarios).remove(at);
        Ok(true)
    }

    /// Begins or ends a step of a timeline. If a cloud rejects a change by then, it is logged and left out.
    pub(in crate::engine) fn run_step(&mut self, what: &str, subject: &Id) {
        let Some((name, number)) = subject.rsplit_once('#') else { return };
        let applied = self.common.meta.scenarios.iter().find(|applied| *applied.scenario.name == *name);
        let scenario = applied.map(|applied| applied.scenario.clone());
        let number: Option<usize> = number.parse().ok();
        let Some(step) = scenario.as_ref().zip(number).and_then(|(scenario, number)| scenario.timeline.get(number))
        else {
            return;
        };
        let done = match what {
            BEGINS => self.perform(&step.actions, name, subject),
            _ => self.undo_actions(name, subject),
        };
        if let Err(error) = done {
            tracing::warn!("scenario {subject}: {error}");
        }
    }

    /// The scheduled steps of timelines.
    fn steps(&self) -> Vec<(Moment, Arc<Due>)> {
        let steps = self.common.queue.iter().filter(|(_, due)| due.cloud.is_empty());
        steps.map(|(key, due)| (key, due.clone())).collect()
    }

    /// Takes over the applied scenarios of another world and the scheduled steps of their timelines: for a rewind, which
    /// undoes what clients did, not what was applied.
    pub(in crate::engine) fn take_scenarios_of(&mut self, other: &World) {
        for (key, _) in self.steps() {
            self.common.queue.remove(&key);
        }
        other.steps().into_iter().for_each(|(key, due)| self.common.queue.insert(key, due));
        self.common.meta.scenarios = other.common.meta.scenarios.clone();
    }

    fn schedule_step(&mut self, what: &str, subject: &Id, after_ms: i64) {
        let Some(at) = self.common.meta.now.checked_add_signed(delta(after_ms)) else { return };
        let due = Due {
            cloud: "".into(),
            transition: what.to_owned().into(),
            subject: subject.clone(),
            outcome: Outcome::Succeeds,
            origin: Arc::default(),
        };
        self.common.meta.sequence += 1;
        self.common.queue.insert((at, self.common.meta.sequence), Arc::new(due));
    }

    /// Performs actions. `tag` is the scenario, or the step of it (`name#0`), that they belong to.
    fn perform(&mut self, actions: &ScenarioActions, scenario: &str, tag: &str) -> Result<(), String> {
        let tag: Id = tag.into();
        for (glob, range) in &actions.timing {
            self.timing_mut().set_for(glob.clone(), *range, Some(tag.clone()));
        }
        for fault in &actions.faults {
            self.add_fault(fault.clone(), Some(tag.clone()));
        }
        for (cloud, limit) in &actions.limits {
            let changed = self.limits_mut().override_for(&tag, cloud, limit);
            changed.map_err(|error| error.to_string())?;
        }
        for (cloud, what, value) in &actions.changes {
            let undo = self.change_cloud(cloud, what, value).map_err(|error| format!("{cloud}.{what}: {error}"))?;
            let applied = Arc::make_mut(&mut self.common.meta.scenarios).iter_mut();
            let applied = applied.rev().find(|applied| *applied.scenario.name == *scenario);
            if let Some((applied, undo)) = applied.zip(undo) {
                applied.undo.push((tag.clone(), cloud.clone(), what.clone(), undo));
            }
        }
        Ok(())
    }

    fn undo_actions(&mut self, scenario: &str, tag: &str) -> Result<(), String> {
        self.timing_mut().clear_for(tag);
        self.faults_mut().clear_scenario(tag);
        self.limits_mut().clear_override(tag);
        let mut undone = vec![];
        let scenarios = Arc::make_mut(&mut self.common.meta.scenarios);
        if let Some(applied) = scenarios.iter_mut().find(|applied| *applied.scenario.name == *scenario) {
            applied.undo.retain(|(owner, cloud, what, value)| {
                let own = **owner == *tag;
                undone.extend(own.then(|| (cloud.clone(), what.clone(), value.clone())));
                !own
            });
        }
        for (cloud, what, value) in undone.into_iter().rev() {
            self.change_cloud(&cloud, &what, &value)?;
        }
        Ok(())
    }

    /// Makes an admin change of a cloud, such as `("gozunga", "hosts_down", ["compute1"])`. Returns the value that undoes
    /// it, or `None` if it cannot be undone.
    pub fn change_cloud(&mut self, cloud: &str, what: &str, value: &Value) -> Result<Option<Value>, String> {
        let Some((state, mut ctx)) = self.split(cloud) else { return Err(format!("there is no cloud {cloud}")) };
        let undo = state.admin_change(&mut ctx, what, value);
        self.resolve_faults(&[]);
        undo
    }
}
