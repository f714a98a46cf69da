//! Snapshot files: a whole world as JSON, with a format version and a checksum. Blobs are included. The configuration of
//! the clouds is not: a file is loaded into a world that has the same clouds.

use super::faults::Outcome;
use super::secrets::SecretSource;
use super::transition::{Due, Moment, Origin};
use super::{Applied, Clock, FaultPlan, Id, LimitPlan, Timing, World};
use chrono::{DateTime, Utc};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::sync::Arc;

/// The version of the format. It increases when older files can no longer be read.
const FORMAT: u64 = 1;

/// Everything of a world except the rows of its clouds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedMeta {
    now: DateTime<Utc>,
    /// Virtual seconds per real second.
    speed: f64,
    #[serde(with = "super::rng")]
    random: ChaCha8Rng,
    /// Files of older versions have none.
    #[serde(default)]
    secrets: Option<SecretSource>,
    timing: Timing,
    faults: FaultPlan,
    limits: LimitPlan,
    scenarios: Vec<Applied>,
    /// Called `agenda` in files of older versions.
    #[serde(alias = "agenda")]
    queue: Vec<SavedDue>,
    #[serde(rename = "arranged")]
    sequence: u64,
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

impl SavedMeta {
    /// Checks numbers that their types allow and a world does not: a file may be edited by hand.
    fn check(&self) -> Result<(), String> {
        if !Clock::can_show(self.now) {
            return Err(format!("now: {} is not from 1970 to 9999", self.now));
        }
        if !Clock::can_run_at(self.speed) {
            return Err(format!("speed: {} is not from 0 to 1000000", self.speed));
        }
        // Numbers of the queue count up from it.
        if self.sequence > u64::from(u32::MAX) << 16 {
            return Err(format!("arranged: {} is too large", self.sequence));
        }
        self.timing.check().map_err(|error| format!("timing: {error}"))?;
        self.faults.check().map_err(|error| format!("faults: {error}"))?;
        self.limits.check().map_err(|error| format!("limits: {error}"))
    }
}

impl World {
    /// The world as a snapshot file: `{"nephos": …, "format": 1, "sha256": …, "world": {…}, "clouds": {…}}`. The error says
    /// which table has a content that cannot be read.
    pub fn save(&self) -> Result<Value, String> {
        let mut clouds = Map::new();
        for cloud in self.clouds() {
            let mut services = Map::new();
            let rows =
                self.tables(cloud, |service, resource, table| (service.to_owned(), resource.to_owned(), table.save()));
            for (service, resource, rows) in rows.unwrap_or_default() {
                let rows = rows.map_err(|error| format!("{cloud}/{service}/{resource}: {error}"))?;
                services.entry(service).or_insert_with(|| json!({}))[resource] = rows;
            }
            clouds.insert(cloud.to_string(), services.into());
        }
        let (common, clouds) = (json!(self.saved_meta()), Value::from(clouds));
        Ok(json!({
            "nephos": env!("CARGO_PKG_VERSION"),
            "format": FORMAT,
            "sha256": checksum(&common, &clouds),
            "world": common,
            "clouds": clouds,
        }))
    }

    /// The world of a snapshot file, with the configuration of this world's clouds. The error is a sentence that says what
    /// is wrong with the file.
    pub fn load(&self, saved: Value) -> Result<World, String> {
        let Value::Object(mut saved) = saved else { return Err("the file is not a JSON object".into()) };
        match saved.get("format").and_then(Value::as_u64) {
            Some(FORMAT) => {}
            Some(other) => {
                return Err(format!("the file has format {other}; this version of nephos reads format {FORMAT}"));
            }
            None => return Err("the file has no \"format\": it is not a snapshot of nephos".into()),
        }
        let mut take =
            |part: &str| saved.remove(part).ok_or_else(|| format!("the file has no {part:?}: it is damaged"));
        let (common, clouds) = (take("world")?, take("clouds")?);
        // A file without a checksum was written or edited by hand, which is allowed.
        let expected = saved.get("sha256").and_then(Value::as_str);
        if expected.is_some_and(|expected| expected != checksum(&common, &clouds)) {
            return Err("the checksum does not match: the file is damaged (if you edited it, remove \"sha256\")".into());
        }
        let common: SavedMeta = serde_json::from_value(common).map_err(|error| format!("\"world\": {error}"))?;
        common.check().map_err(|error| format!("\"world\": {error}"))?;
        let Value::Object(clouds) = clouds else { return Err("\"clouds\" is not a JSON object".into()) };
        let mut world = self.clone();
        world.load_clouds(clouds)?;
        world.load_meta(common);
        Ok(world)
    }

    fn saved_meta(&self) -> SavedMeta {
        let due = |((at, number), due): (Moment, &Arc<Due>)| SavedDue {
            at,
            number,
            cloud: due.cloud.clone(),
            transition: due.transition.clone(),
            subject: due.subject.clone(),
            outcome: due.outcome.clone(),
            origin: due.origin.clone(),
        };
        SavedMeta {
            now: self.common.meta.now,
            speed: self.common.meta.clock.speed(),
            random: self.common.meta.random.clone(),
            secrets: Some(self.common.meta.secrets.clone()),
            timing: (*self.common.meta.timing).clone(),
            faults: (*self.common.meta.faults).clone(),
            limits: (*self.common.meta.limits).clone(),
            scenarios: (*self.common.meta.scenarios).clone(),
            queue: self.common.queue.iter().map(due).collect(),
            sequence: self.common.meta.sequence,
        }
    }

    fn load_meta(&mut self, saved: SavedMeta) {
        self.common.meta.random = saved.random;
        if let Some(secrets) = saved.secrets {
            self.common.meta.secrets = secrets;
        }
        self.common.meta.now = saved.now;
        self.common.meta.clock = Clock::running_from(saved.now, saved.speed);
        self.common.meta.timing = Arc::new(saved.timing);
        self.common.meta.faults = Arc::new(saved.faults);
        self.common.meta.limits = Arc::new(saved.limits);
        self.common.meta.scenarios = Arc::new(saved.scenarios);
        self.common.meta.sequence = saved.sequence;
        let due = |due: SavedDue| {
            let SavedDue { at, number, cloud, transition, subject, outcome, origin } = due;
            ((at, number), Arc::new(Due { cloud, transition, subject, outcome, origin }))
        };
        self.common.queue = saved.queue.into_iter().map(due).collect();
    }

    /// Replaces the rows of all tables. A table that the file does not have was added since and stays empty.
    fn load_clouds(&mut self, mut saved: Map<String, Value>) -> Result<(), String> {
        let names: Vec<_> = self.clouds().cloned().collect();
        for cloud in &names {
            let rows =
                saved.remove(&**cloud).ok_or_else(|| format!("the file has no cloud {cloud}, but this nephos does"))?;
            let Value::Object(mut services) = rows else {
                return Err(format!("the cloud {cloud} is not a JSON object"));
            };
            self.change_tables(cloud, |service, resource, table| {
                let resources = match services.get_mut(service) {
                    Some(Value::Object(resources)) => Some(resources),
                    Some(_) => return Err(format!("{cloud}/{service} is not a JSON object")),
                    None => None,
                };
                let rows = resources.and_then(|resources| resources.remove(resource)).unwrap_or_else(|| json!([]));
                table.load(rows).map_err(|error| format!("{cloud}/{service}/{resource}: {error}"))
            })?;
            let state = self.clouds.get(cloud);
            let unknown = |(service, left): (&String, &Value)| {
                let is_former =
                    |resource: &&String| state.is_some_and(|state| state.is_former_table(service, resource));
                let Value::Object(left) = left else { return Some(format!("{cloud}/{service}")) };
                let resource = left.keys().find(|resource| !is_former(resource));
                resource.map(|resource| format!("{cloud}/{service}/{resource}"))
            };
            if let Some(unknown) = services.iter().find_map(unknown) {
                return Err(format!("this nephos has no table {unknown}"));
            }
        }
        match saved.keys().next() {
            Some(unknown) => Err(format!("this nephos has no cloud {unknown}")),
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
