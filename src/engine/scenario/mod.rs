//! Scenarios: what goes wrong, how long things take, how much a cloud takes, and when, under one name.

mod apply;
mod file;

pub use file::parse;

use super::fields::{ConfigError, Fields};
use super::{Fault, Glob, Id, LimitPlan, Names, Range};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    pub name: Id,
    /// What a person sees who tries it.
    pub description: String,
    pub orders: Orders,
    pub timeline: Vec<Step>,
}

/// What is ordered at one time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Orders {
    pub timing: Vec<(Glob, Range)>,
    pub faults: Vec<Fault>,
    /// By cloud, as written down.
    pub limits: Vec<(Id, Value)>,
    /// Changes of the clouds themselves: cloud, what, and how, as written down.
    pub changes: Vec<(Id, String, Value)>,
}

/// Orders for a while of virtual time, in milliseconds since the scenario was applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub time: i64,
    /// How long they hold; for good if it is not said.
    pub lasts: Option<i64>,
    pub orders: Orders,
}

/// A scenario that a world is in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    pub scenario: Arc<Scenario>,
    pub since: DateTime<Utc>,
    /// How the changes of clouds are taken back: whose they were (the scenario, or a step of it), and what.
    undo: Vec<(Id, Id, String, Value)>,
}

impl Scenario {
    /// A scenario as it is written down.
    pub fn read(name: &str, given: &Value, names: &Names) -> Result<Scenario, ConfigError> {
        let mut fields = Fields::of(given, &[])?;
        let description = fields.text("description")?.map(str::trim).filter(|text| !text.is_empty());
        let Some(description) = description.map(str::to_owned) else {
            return fields.error("description", "a scenario says in a paragraph what one sees");
        };
        let orders = Orders::read(&mut fields, names)?;
        let mut timeline = vec![];
        for (number, step) in fields.items("at")?.iter().enumerate() {
            let at = ["at".to_owned(), number.to_string()];
            timeline.push(Step::read(step, &at, names)?);
        }
        fields.end()?;
        Ok(Scenario { name: name.into(), description, orders, timeline })
    }
}

impl Step {
    fn read(given: &Value, at: &[String], names: &Names) -> Result<Step, ConfigError> {
        // A fault of the timeline may say itself how long it holds.
        let mut given = given.clone();
        let inner = given.get_mut("fault").and_then(Value::as_object_mut).and_then(|fault| fault.remove("for"));
        let mut fields = Fields::of(&given, at)?;
        let Some(time) = fields.time("time")? else {
            return fields.error("time", "say when, after the scenario was applied: \"5m\"");
        };
        let lasts = match (fields.time("for")?, inner) {
            (Some(_), Some(_)) => return fields.error("for", "this is said twice"),
            (lasts, None) => lasts,
            (None, Some(text)) => Fields::of(&json!({"for": text}), &fields.at("fault"))?.time("for")?,
        };
        let orders = Orders::read(&mut fields, names)?;
        if orders == Orders::default() {
            return Err(ConfigError::new(
                at,
                "nothing happens here: order a fault, timing, limits or a change of a cloud",
            ));
        }
        fields.end()?;
        Ok(Step { time, lasts, orders })
    }
}

impl Orders {
    fn read(fields: &mut Fields, names: &Names) -> Result<Orders, ConfigError> {
        let mut orders = Orders::default();
        for (glob, range) in fields.entries("timing")? {
            let at: Vec<_> = fields.at("timing").into_iter().chain([glob.clone()]).collect();
            let pattern = Glob::new(glob);
            if !Names::any(&names.transitions, &pattern) {
                let known = names.transitions.iter().map(String::as_str);
                return Err(ConfigError::unknown(&at, "transition", glob, known));
            }
            let range = range.as_str().and_then(Range::parse);
            let range = range.ok_or_else(|| ConfigError::new(&at, "write \"10s\" or \"2s..5s\" (ms, s, m, h, d)"))?;
            orders.timing.push((pattern, range));
        }
        orders.faults = read_faults(fields, names)?;
        for (cloud, limit) in fields.entries("limits")? {
            let at: Vec<_> = fields.at("limits").into_iter().chain([cloud.clone()]).collect();
            if !names.clouds.contains(cloud) {
                return Err(ConfigError::unknown(&at, "cloud", cloud, names.clouds.iter().map(String::as_str)));
            }
            LimitPlan::default().change(cloud, limit, &at)?;
            orders.limits.push((cloud.as_str().into(), limit.clone()));
        }
        for cloud in &names.clouds {
            for (what, how) in fields.free_entries(cloud)? {
                if !names.changes.contains(what) {
                    let at: Vec<_> = fields.at(cloud).into_iter().chain([what.clone()]).collect();
                    let known = names.changes.iter().map(String::as_str);
                    return Err(ConfigError::unknown(&at, "change of a cloud", what, known));
                }
                orders.changes.push((cloud.as_str().into(), what.clone(), how.clone()));
            }
        }
        Ok(orders)
    }
}

/// One fault, or a list of them.
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
