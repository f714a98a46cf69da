//! A world as JSON, to be kept in a file: versioned, with a checksum, large bytes included.

use super::faults::Outcome;
use super::transition::{Due, Moment, Origin};
use super::{Applied, Clock, FaultPlan, Id, LimitPlan, Timing, World};
use chrono::{DateTime, Utc};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::sync::Arc;

/// Counts up when files of before cannot be read any more.
const FORMAT: u64 = 1;

/// Everything of a world but the rows of its clouds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedCore {
    now: DateTime<Utc>,
    /// Virtual seconds per real second.
    speed: f64,
    #[serde(with = "super::rng")]
    random: ChaCha8Rng,
    timing: Timing,
    faults: FaultPlan,
    limits: LimitPlan,
    scenarios: Vec<Applied>,
    queue: Vec<SavedDue>,
    arranged: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedDue {
    at: DateTime<Utc>,
    number: u64,
    cloud: Id,
    transition: Cow<'static, str>,
    subject: Id,
    outcome: Outcome,
    origin: Arc<Origin>,
}

impl World {
    /// The whole world: `{"nephos": …, "format": 1, "sha256": …, "world": {…}, "clouds": {…}}`.
    pub fn save(&self) -> Value {
        let mut clouds = Map::new();
        for cloud in self.clouds() {
            let mut services = Map::new();
            let rows =
                self.tables(cloud, |service, resource, table| (service.to_owned(), resource.to_owned(), table.save()));
            for (service, resource, rows) in rows.unwrap_or_default() {
                services.entry(service).or_insert_with(|| json!({}))[resource] = rows;
            }
            clouds.insert(cloud.to_string(), services.into());
        }
        let (common, clouds) = (json!(self.saved_core()), Value::from(clouds));
        json!({
            "nephos": env!("CARGO_PKG_VERSION"),
            "format": FORMAT,
            "sha256": checksum(&common, &clouds),
            "world": common,
            "clouds": clouds,
        })
    }

    /// The world that a file holds, on the clouds of this one: their configuration is not in the file.
    pub fn load(&self, saved: Value) -> Result<World, String> {
        let Value::Object(mut saved) = saved else { return Err("it is no JSON object".into()) };
        match saved.get("format").and_then(Value::as_u64) {
            Some(FORMAT) => {}
            Some(other) => return Err(format!("it has format {other}; this nephos reads format {FORMAT}")),
            None => return Err("it does not say its format: it is no snapshot of nephos".into()),
        }
        let mut take = |part: &str| saved.remove(part).ok_or_else(|| format!("it has no {part:?}: it is damaged"));
        let (common, clouds) = (take("world")?, take("clouds")?);
        // Without a checksum it was written by hand, and that is all right.
        let told = saved.get("sha256").and_then(Value::as_str);
        if told.is_some_and(|told| told != checksum(&common, &clouds)) {
            return Err("its checksum does not fit: it is damaged (or was edited: then remove \"sha256\")".into());
        }
        let common: SavedCore = serde_json::from_value(common).map_err(|error| format!("its world: {error}"))?;
        let Value::Object(clouds) = clouds else { return Err("its \"clouds\" are no JSON object".into()) };
        let mut world = self.clone();
        world.load_clouds(clouds)?;
        world.take_core(common);
        Ok(world)
    }

    fn saved_core(&self) -> SavedCore {
        let due = |((at, number), due): (Moment, &Arc<Due>)| SavedDue {
            at,
            number,
            cloud: due.cloud.clone(),
            transition: due.transition.clone(),
            subject: due.subject.clone(),
            outcome: due.outcome.clone(),
            origin: due.origin.clone(),
        };
        SavedCore {
            now: self.common.meta.now,
            speed: self.common.meta.clock.speed(),
            random: self.common.meta.random.clone(),
            timing: (*self.common.meta.timing).clone(),
            faults: (*self.common.meta.faults).clone(),
            limits: (*self.common.meta.limits).clone(),
            scenarios: (*self.common.meta.scenarios).clone(),
            queue: self.common.queue.iter().map(due).collect(),
            arranged: self.common.meta.arranged,
        }
    }

    fn take_core(&mut self, saved: SavedCore) {
        self.common.meta.random = saved.random;
        self.common.meta.now = saved.now;
        self.common.meta.clock = Clock::running_from(saved.now, saved.speed);
        self.common.meta.timing = Arc::new(saved.timing);
        self.common.meta.faults = Arc::new(saved.faults);
        self.common.meta.limits = Arc::new(saved.limits);
        self.common.meta.scenarios = Arc::new(saved.scenarios);
        self.common.meta.arranged = saved.arranged;
        let due = |due: SavedDue| {
            let SavedDue { at, number, cloud, transition, subject, outcome, origin } = due;
            ((at, number), Arc::new(Due { cloud, transition, subject, outcome, origin }))
        };
        self.common.queue = saved.queue.into_iter().map(due).collect();
    }

    /// Puts the saved rows into every table. A table that the file lacks is one that it knew nothing of: empty.
    fn load_clouds(&mut self, mut saved: Map<String, Value>) -> Result<(), String> {
        let names: Vec<_> = self.clouds().cloned().collect();
        for cloud in &names {
            let rows = saved.remove(&**cloud).ok_or_else(|| format!("it knows no cloud {cloud}, which runs here"))?;
            let Value::Object(mut services) = rows else { return Err(format!("its cloud {cloud} is no JSON object")) };
            self.change_tables(cloud, |service, resource, table| {
                let found = services.get_mut(service).and_then(Value::as_object_mut);
                let rows = found.and_then(|resources| resources.remove(resource)).unwrap_or_else(|| json!([]));
                table.load(rows).map_err(|error| format!("{cloud}/{service}/{resource}: {error}"))
            })?;
            let state = self.clouds.get(cloud);
            let left = |(service, left): (&String, &Value)| {
                let is_former =
                    |resource: &&String| state.is_some_and(|state| state.is_former_table(service, resource));
                let resource = left.as_object().and_then(|left| left.keys().find(|resource| !is_former(resource)));
                resource.map(|resource| format!("{cloud}/{service}/{resource}"))
            };
            if let Some(unknown) = services.iter().find_map(left) {
                return Err(format!("nothing here holds its {unknown}"));
            }
        }
        match saved.keys().next() {
            Some(unknown) => Err(format!("its cloud {unknown} does not run here")),
            None => Ok(()),
        }
    }
}

fn checksum(common: &Value, clouds: &Value) -> String {
    let mut digest = Sha256::new();
    // Writing to a digest cannot fail.
    let _ = serde_json::to_writer(&mut digest, common).and_then(|()| serde_json::to_writer(&mut digest, clouds));
    hex::encode(digest.finalize())
}
