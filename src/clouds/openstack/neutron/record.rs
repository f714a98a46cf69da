//! A row of any of Neutron's tables: values of the attributes in its type's table. A value that equals the default of
//! its attribute is not stored.

use super::attributes::{Absent, Body, ResourceType};
use super::{convert, kinds};
use crate::clouds::openstack::mysql;
use crate::engine::{Context, Id, Index, Row};
use chrono::{DateTime, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::sync::Arc;

/// A stored resource.
#[derive(Clone)]
pub struct Record {
    pub id: Id,
    /// The project that owns it; empty if it has no owner.
    pub project: Id,
    /// Its type.
    pub kind: &'static ResourceType,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// The revision number, counted up by [`Record::bump`].
    pub revision: u32,
    pub tags: Vec<Id>,
    /// Stored apart from `fields`: transitions change only the status, and earlier versions of the row then share the
    /// other fields.
    status: Option<Value>,
    /// The other values in the order in which they were set.
    fields: Arc<Vec<(&'static str, Value)>>,
}

const STATUS: &str = "status";

static NULL: Value = Value::Null;
static TRUE: Value = Value::Bool(true);
static FALSE: Value = Value::Bool(false);
static EMPTY_TEXT: Value = Value::String(String::new());
static EMPTY_LIST: Value = Value::Array(Vec::new());

impl Record {
    /// A new record with a random id, from a body that [`prepare`](super::attributes::prepare) returned.
    pub fn new(kind: &'static ResourceType, ctx: &mut Context, body: &Body) -> Record {
        let id = ctx.uuid();
        Record::with_id(kind, id, ctx.now(), body)
    }

    /// A new record with the id `id`, from a prepared body.
    pub fn with_id(kind: &'static ResourceType, id: Id, now: DateTime<Utc>, body: &Body) -> Record {
        let project = body.get("project_id").and_then(Value::as_str).unwrap_or_default();
        let mut record = Record {
            id,
            project: project.into(),
            kind,
            created_at: now,
            updated_at: now,
            revision: 0,
            tags: vec![],
            status: None,
            fields: Arc::default(),
        };
        record.set_tags(tags(body));
        record.merge(body);
        record
    }

    /// Sets the tags. They are read in the order of their table's primary key: sorted, and each once.
    pub fn set_tags(&mut self, mut tags: Vec<Id>) {
        tags.sort_unstable();
        tags.dedup();
        self.tags = tags;
    }

    /// Sets all attributes of a prepared body, except id, project and tags.
    pub fn merge(&mut self, body: &Body) {
        for (name, value) in body {
            if !matches!(name.as_str(), "project_id" | "tenant_id" | "id" | "tags") {
                self.set(name, value.clone());
            }
        }
    }

    /// Sets an attribute. Names that the type does not have are ignored.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        let Some(row) = self.kind.row(name) else { return };
        let mut value = value.into();
        if let (Some(keys), Value::Array(items)) = (row.order, &mut value) {
            items.sort_by(|one, other| compare_items(one, other, keys));
        }
        let is_default = value == *absent(row.blank());
        if row.name == STATUS {
            self.status = Some(value).filter(|_| !is_default);
            return;
        }
        match self.fields.iter().position(|(known, _)| *known == row.name) {
            Some(at) if is_default => _ = Arc::make_mut(&mut self.fields).swap_remove(at),
            Some(at) => Arc::make_mut(&mut self.fields)[at].1 = value,
            None if is_default => {}
            None => Arc::make_mut(&mut self.fields).push((row.name, value)),
        }
    }

    /// Counts a change: increments the revision number and sets `updated_at`.
    pub fn bump(&mut self, now: DateTime<Utc>) {
        self.revision += 1;
        self.updated_at = now;
    }

    /// Counts a change if the values differ from those that the row had before. Upstream's revision plugin counts what
    /// SQLAlchemy is about to write (`bump_revisions`): a request that sets what is set already writes nothing.
    pub fn bump_if_changed(&mut self, before: &Record, now: DateTime<Utc>) {
        if self.differs_from(before) {
            self.bump(now);
        }
    }

    /// True if an attribute has another value in the other row.
    pub fn differs_from(&self, other: &Record) -> bool {
        let lacks = |one: &Record, other: &Record| one.fields.iter().any(|(name, value)| other.get(name) != value);
        self.status != other.status || lacks(self, other) || lacks(other, self)
    }

    /// The value of an attribute: the stored one, or the default; null for unknown names.
    pub fn get(&self, name: &str) -> &Value {
        if name == STATUS
            && let Some(status) = &self.status
        {
            return status;
        }
        if let Some((_, value)) = self.fields.iter().find(|(known, _)| *known == name) {
            return value;
        }
        self.kind.row(name).map_or(&NULL, |row| absent(row.blank()))
    }

    /// A string; empty if the value is not a string.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).as_str().unwrap_or_default()
    }

    /// A boolean; false if the value is not a boolean.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name).as_bool().unwrap_or_default()
    }

    /// An integer, converted as Python's `int` does.
    pub fn int(&self, name: &str) -> Option<i64> {
        convert::integer(self.get(name))
    }

    /// The items of a list; none if the value is not a list.
    pub fn list(&self, name: &str) -> &[Value] {
        self.get(name).as_array().map_or(&[], Vec::as_slice)
    }

    /// The strings of a list.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.list(name).iter().filter_map(Value::as_str)
    }

    /// Passes the ids in an attribute to `key`, which are the keys of an index: a non-empty string, or the strings of
    /// a list.
    pub fn ids_in(&self, name: &str, key: &mut dyn FnMut(&str)) {
        match self.fields.iter().find(|(known, _)| *known == name) {
            Some((_, Value::String(id))) if !id.is_empty() => key(id),
            Some((_, Value::Array(ids))) => ids.iter().filter_map(Value::as_str).for_each(key),
            _ => {}
        }
    }
}

/// The order of two items of a list.
fn compare_items(one: &Value, other: &Value, keys: &[&str]) -> Ordering {
    if keys.is_empty() {
        return mysql::compare(one, other);
    }
    keys.iter().map(|key| mysql::compare(&one[*key], &other[*key])).fold(Ordering::Equal, Ordering::then)
}

/// The value of an attribute that is not stored.
fn absent(default: Absent) -> &'static Value {
    match default {
        Absent::True => &TRUE,
        Absent::False => &FALSE,
        Absent::Text("") => &EMPTY_TEXT,
        Absent::EmptyList => &EMPTY_LIST,
        _ => &NULL,
    }
}

fn tags(body: &Body) -> Vec<Id> {
    let tags = body.get("tags").and_then(Value::as_array);
    let mut tags: Vec<Id> = tags.into_iter().flatten().filter_map(Value::as_str).map(Into::into).collect();
    tags.sort_unstable();
    tags
}

impl Row for Record {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.project
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        self.kind.indexes
    }
}

/// The saved form of a record: with the name of its type.
#[derive(Serialize, Deserialize)]
struct SavedRecord {
    kind: String,
    id: Id,
    project: Id,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    revision: u32,
    tags: Vec<Id>,
    fields: Map<String, Value>,
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let status = self.status.iter().map(|status| (&STATUS, status));
        let fields = self.fields.iter().map(|(name, value)| (name, value));
        let saved = SavedRecord {
            kind: self.kind.resource.into(),
            id: self.id.clone(),
            project: self.project.clone(),
            created_at: self.created_at,
            updated_at: self.updated_at,
            revision: self.revision,
            tags: self.tags.clone(),
            fields: fields.chain(status).map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        };
        saved.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let saved = SavedRecord::deserialize(deserializer)?;
        let unknown = || D::Error::custom(format!("Neutron has no resource '{}'", saved.kind));
        let kind = *kinds().iter().find(|kind| kind.resource == saved.kind).ok_or_else(unknown)?;
        let mut record = Record {
            id: saved.id,
            project: saved.project,
            kind,
            created_at: saved.created_at,
            updated_at: saved.updated_at,
            revision: saved.revision,
            tags: saved.tags,
            status: None,
            fields: Arc::default(),
        };
        for (name, value) in saved.fields {
            if kind.row(&name).is_none() {
                return Err(D::Error::custom(format!("a {} has no '{name}'", kind.resource)));
            }
            record.set(&name, value);
        }
        Ok(record)
    }
}
