//! Strict reading of faults, scenarios and limits from JSON or TOML values: unknown keys and impossible values are
//! errors, with their place and the nearest known name.

use super::names::nearest;
use super::{Range, milliseconds};
use serde_json::{Map, Value};

/// What is wrong in a fault, a scenario or a limit.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigError {
    /// The path of the key: `["fault", "0", "status"]`. Empty for the whole value.
    pub at: Vec<String>,
    pub message: String,
}

impl ConfigError {
    pub fn new(at: &[String], message: impl Into<String>) -> Self {
        ConfigError { at: at.to_vec(), message: message.into() }
    }

    /// An unknown name. `what` is what it should have named: `"operation"`.
    pub fn unknown<'k>(at: &[String], what: &str, name: &str, known: impl IntoIterator<Item = &'k str>) -> Self {
        let near = nearest(name, known).map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
        ConfigError::new(at, format!("there is no {what} {name:?}{near}"))
    }
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.at.is_empty() {
            return f.write_str(&self.message);
        }
        write!(f, "{}: {}", self.at.join("."), self.message)
    }
}

/// Reads one table key by key. Every method returns `None` for a missing key and an error for a value of the wrong
/// type; [`Fields::end`] rejects the keys that were never read.
pub struct Fields<'v> {
    at: Vec<String>,
    object: &'v Map<String, Value>,
    /// The keys that were read or looked for.
    read: Vec<&'static str>,
    /// The keys that were read with [`Fields::free_entries`].
    read_free: Vec<&'v str>,
}

type ReadResult<T> = Result<T, ConfigError>;

impl<'v> Fields<'v> {
    /// The fields of a table at the place `at`.
    pub fn of(value: &'v Value, at: &[String]) -> ReadResult<Self> {
        let object = value.as_object().ok_or_else(|| ConfigError::new(at, "expected a table"))?;
        Ok(Fields { at: at.to_vec(), object, read: vec![], read_free: vec![] })
    }

    /// The place of a key, for errors about its value.
    pub fn at(&self, key: &str) -> Vec<String> {
        self.at.iter().cloned().chain([key.to_owned()]).collect()
    }

    /// The place of the table itself.
    pub fn place(&self) -> &[String] {
        &self.at
    }

    /// An error about the value of a key.
    pub fn error<T>(&self, key: &str, message: impl Into<String>) -> ReadResult<T> {
        Err(ConfigError::new(&self.at(key), message))
    }

    /// The value of a key, of any type.
    pub fn value(&mut self, key: &'static str) -> Option<&'v Value> {
        self.read.push(key);
        self.object.get(key)
    }

    pub fn text(&mut self, key: &'static str) -> ReadResult<Option<&'v str>> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => self.error(key, "expected a string"),
        }
    }

    pub fn flag(&mut self, key: &'static str) -> ReadResult<Option<bool>> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => self.error(key, "expected true or false"),
        }
    }

    /// A whole number, `least` or more.
    pub fn count(&mut self, key: &'static str, least: u64) -> ReadResult<Option<u64>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        match value.as_u64().filter(|count| *count >= least) {
            Some(count) => Ok(Some(count)),
            None => self.error(key, format!("expected a whole number, {least} or more")),
        }
    }

    /// A number in a range.
    pub fn number(&mut self, key: &'static str, allowed: std::ops::RangeInclusive<f64>) -> ReadResult<Option<f64>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        match value.as_f64().filter(|number| allowed.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => self.error(key, format!("expected a number from {} to {}", allowed.start(), allowed.end())),
        }
    }

    /// A range of durations: `10s`, `2s..5s`.
    pub fn range(&mut self, key: &'static str) -> ReadResult<Option<Range>> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        match Range::parse(text) {
            Some(range) => Ok(Some(range)),
            None => self.error(
                key,
                format!("{text:?} is not a duration; examples: \"10s\", \"2s..5s\" (units: ms, s, m, h, d)"),
            ),
        }
    }

    /// A duration such as `10s`, in milliseconds.
    pub fn time(&mut self, key: &'static str) -> ReadResult<Option<i64>> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        match milliseconds(text).filter(|ms| *ms >= 0) {
            Some(ms) => Ok(Some(ms)),
            None => self.error(key, format!("{text:?} is not a duration; examples: 250ms, 30s, 5m, 2h, 1d")),
        }
    }

    /// The value of a string that must be one of the given ones.
    pub fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&'static str, T)]) -> ReadResult<Option<T>> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == text) {
            return Ok(Some(*choice));
        }
        let names: Vec<_> = choices.iter().map(|(name, _)| format!("{name:?}")).collect();
        self.error(key, format!("{text:?} is not one of {}", names.join(", ")))
    }

    /// The items of a list; none if the key is missing.
    pub fn items(&mut self, key: &'static str) -> ReadResult<&'v [Value]> {
        match self.value(key) {
            None => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => self.error(key, "expected a list"),
        }
    }

    /// The entries of a table whose keys are not fixed; none if the key is missing.
    pub fn entries(&mut self, key: &'static str) -> ReadResult<Vec<(&'v String, &'v Value)>> {
        match self.value(key) {
            None => Ok(vec![]),
            Some(Value::Object(entries)) => Ok(entries.iter().collect()),
            Some(_) => self.error(key, "expected a table"),
        }
    }

    /// As [`Fields::entries`], under a key that is not fixed either, such as the name of a cloud.
    pub fn free_entries(&mut self, key: &str) -> ReadResult<Vec<(&'v String, &'v Value)>> {
        match self.object.get_key_value(key) {
            None => Ok(vec![]),
            Some((key, Value::Object(entries))) => {
                self.read_free.push(key);
                Ok(entries.iter().collect())
            }
            Some(_) => self.error(key, "expected a table"),
        }
    }

    /// True if the key exists. The key then counts as read.
    pub fn has(&mut self, key: &'static str) -> bool {
        self.value(key).is_some()
    }

    /// An error if the table has a key that was never read.
    pub fn end(self) -> ReadResult<()> {
        let known = |key: &str| self.read.contains(&key) || self.read_free.contains(&key);
        match self.object.keys().find(|key| !known(key)) {
            None => Ok(()),
            Some(key) => Err(ConfigError::unknown(&self.at(key), "key", key, self.read.iter().copied())),
        }
    }
}
