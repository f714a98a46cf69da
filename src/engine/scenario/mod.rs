//! Scenarios: named sets of faults, delays, limits and changes of clouds, with a timeline.
//!
//! A scenario is a TOML file. `file.rs` reads it, `apply.rs` applies it to a world and clears it again.

mod apply;
mod file;

pub use file::parse;

use super::fields::{ConfigError, Fields};
use super::{Fault, Glob, Id, LimitPlan, Names, Range};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// A scenario, checked against the names of the running configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    pub name: Id,
    /// What a client sees while it is applied.
    pub description: String,
    /// The actions that run when it is applied. Snapshots and `GET /scenarios/{name}` call them orders.
    #[serde(rename = "orders")]
    pub actions: ScenarioActions,
    pub timeline: Vec<Step>,
}

/// What a scenario, or a step of its timeline, does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScenarioActions {
    /// Delays by glob of transition names.
    pub timing: Vec<(Glob, Range)>,
    pub faults: Vec<Fault>,
    /// Rate limits by cloud, as they were written.
    pub limits: Vec<(Id, Value)>,
    /// Changes of clouds: cloud, name of the change (`hosts_down`), value as it was written.
    pub changes: Vec<(Id, String, Value)>,
}

/// A step of a timeline: actions that begin, and may end, at a virtual time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Milliseconds after the scenario was applied.
    pub time: i64,
    /// The duration in milliseconds; without it the actions last until the scenario is cleared.
    pub lasts: Option<i64>,
    #[serde(rename = "orders")]
    pub actions: ScenarioActions,
}

/// A scenario that is applied to a world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    pub scenario: Arc<Scenario>,
    /// The virtual time at which it was applied.
    pub since: DateTime<Utc>,
    /// How to undo its changes of clouds: tag (the scenario, or a step of it), cloud, name of the change, value.
    undo: Vec<(Id, Id, String, Value)>,
}

impl Scenario {
    /// Reads a scenario. Unknown keys and names are errors.
    pub fn read(name: &str, source: &Value, names: &Names) -> Result<Scenario, ConfigError> {
        let mut fields = Fields::of(source, &[])?;
        let description = fields.text("description")?.map(str::trim).filter(|text| !text.is_empty());
        let Some(description) = description.map(str::to_owned) else {
            return fields.error("description", "expected a description of what clients will see");
        };
        let actions = ScenarioActions::read(&mut fields, names)?;
        let mut timeline = vec![];
        for (number, step) in fields.items("at")?.iter().enumerate() {
            let at = ["at".to_owned(), number.to_string()];
            timeline.push(Step::read(step, &at, names)?);
        }
        fields.end()?;
        Ok(Scenario { name: name.into(), description, actions, timeline })
    }
}

impl Step {
    fn read(source: &Value, at: &[String], names: &Names) -> Result<Step, ConfigError> {
        // `for` may also be written in the step's only fault.
        let mut source = source.clone();
        let inner = source.get_mut("fault").and_then(Value::as_object_mut).and_then(|fault| fault.remove("for"));
        let mut fields = Fields::of(&source, at)?;
        let Some(time) = fields.time("time")? else {
            return fields.error("time", "expected the time after the scenario is applied, such as \"5m\"");
        };
        let lasts = match (fields.time("for")?, inner) {
            (Some(_), Some(_)) => return fields.error("for", "given twice: in the step and in its fault"),
            (lasts, None) => lasts,
            (None, Some(text)) => Fields::of(&json!({"for": text}), &fields.at("fault"))?.time("for")?,
        };
        let actions = ScenarioActions::read(&mut fields, names)?;
        if actions == ScenarioActions::default() {
            return Err(ConfigError::new(
                at,
                "the step does nothing: add a fault, timing, limits or a change of a cloud",
            ));
        }
        fields.end()?;
        Ok(Step { time, lasts, actions })
    }
}

impl ScenarioActions {
    fn read(fields: &mut Fields, names: &Names) -> Result<ScenarioActions, ConfigError> {
        let mut actions = ScenarioActions::default();
        for (glob, range) in fields.entries("timing")? {
            let at: Vec<_> = fields.at("timing").into_iter().chain([glob.clone()]).collect();
            let pattern = Glob::new(glob);
            if !Names::any(&names.transitions, &pattern) {
                let known = names.transitions.iter().map(String::as_str);
                return Err(ConfigError::unknown(&at, "transition", glob, known));
            }
            let range = range.as_str().and_then(Range::parse);
            let range =
                range.ok_or_else(|| ConfigError::new(&at, "expected \"10s\" or \"2s..5s\" (units: ms, s, m, h, d)"))?;
            actions.timing.push((pattern, range));
        }
        actions.faults = read_faults(fields, names)?;
        for (cloud, limit) in fields.entries("limits")? {
            let at: Vec<_> = fields.at("limits").into_iter().chain([cloud.clone()]).collect();
            if !names.clouds.contains(cloud) {
                return Err(ConfigError::unknown(&at, "cloud", cloud, names.clouds.iter().map(String::as_str)));
            }
            LimitPlan::default().change(cloud, limit, &at)?;
            actions.limits.push((cloud.as_str().into(), limit.clone()));
        }
        for cloud in &names.clouds {
            for (what, how) in fields.free_entries(cloud)? {
                if !names.changes.contains(what) {
                    let at: Vec<_> = fields.at(cloud).into_iter().chain([what.clone()]).collect();
                    let known = names.changes.iter().map(String::as_str);
                    return Err(ConfigError::unknown(&at, "change of a cloud", what, known));
                }
                actions.changes.push((cloud.as_str().into(), what.clone(), how.clone()));
            }
        }
        Ok(actions)
    }
}

/// The value of `fault`: one fault, or a list of them.
fn read_faults(fields: &mut Fields, names: &Names) -> Result<Vec<Fault>, ConfigError> {
    let at = fields.at("fault");
    match fields.value("fault") {
        None => Ok(vec![]),
        Some(Value::Array(faults)) => {
            let numbered = faults.iter().enumerate();
            let read = |(number, fault): (usize, &Value)| {
                let at: Vec<_> = at.iter().cloned().chain([number.to_string()]).collect();
                Fault::read(fault, &at, names)
            };
            numbered.map(read).collect()
        }
        Some(fault) => Fault::read(fault, &at, names).map(|fault| vec![fault]),
    }
}
