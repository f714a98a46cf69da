//! Orders as they are written down (a fault, a scenario), read strictly: what is unknown or impossible is
//! named with its place, and with the nearest name that exists.

use super::names::nearest;
use super::{Range, milliseconds};
use serde_json::{Map, Value};

/// What is wrong, and at which key: `["fault", "0", "status"]`.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigError {
    pub at: Vec<String>,
    pub message: String,
}

impl ConfigError {
    pub fn new(at: &[String], message: impl Into<String>) -> Self {
        ConfigError { at: at.to_vec(), message: message.into() }
    }

    /// A name that does not exist.
    pub fn unknown<'k>(at: &[String], what: &str, name: &str, known: impl IntoIterator<Item = &'k str>) -> Self {
        let near = nearest(name, known).map(|near| format!("; the nearest is {near:?}")).unwrap_or_default();
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

/// The fields of one object, taken one after the other; [`Fields::end`] complains about what is left.
pub struct Fields<'v> {
    at: Vec<String>,
    object: &'v Map<String, Value>,
    asked: Vec<&'static str>,
    /// Keys that are no fixed words.
    free: Vec<&'v str>,
}

type Checked<T> = Result<T, ConfigError>;

impl<'v> Fields<'v> {
    pub fn of(value: &'v Value, at: &[String]) -> Checked<Self> {
        let object = value.as_object().ok_or_else(|| ConfigError::new(at, "this must be a table"))?;
        Ok(Fields { at: at.to_vec(), object, asked: vec![], free: vec![] })
    }

    /// The place of a key, for complaints about its value.
    pub fn at(&self, key: &str) -> Vec<String> {
        self.at.iter().cloned().chain([key.to_owned()]).collect()
    }

    pub fn place(&self) -> &[String] {
        &self.at
    }

    pub fn error<T>(&self, key: &str, message: impl Into<String>) -> Checked<T> {
        Err(ConfigError::new(&self.at(key), message))
    }

    pub fn value(&mut self, key: &'static str) -> Option<&'v Value> {
        self.asked.push(key);
        self.object.get(key)
    }

    pub fn text(&mut self, key: &'static str) -> Checked<Option<&'v str>> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => self.error(key, "this must be a text"),
        }
    }

    pub fn flag(&mut self, key: &'static str) -> Checked<Option<bool>> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => self.error(key, "this must be true or false"),
        }
    }

    /// A whole number from `least` on.
    pub fn count(&mut self, key: &'static str, least: u64) -> Checked<Option<u64>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        match value.as_u64().filter(|count| *count >= least) {
            Some(count) => Ok(Some(count)),
            None => self.error(key, format!("this must be a whole number, {least} or more")),
        }
    }

    pub fn number(&mut self, key: &'static str, allowed: std::ops::RangeInclusive<f64>) -> Checked<Option<f64>> {
        let Some(value) = self.value(key) else { return Ok(None) };
        match value.as_f64().filter(|number| allowed.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => self.error(key, format!("this must be a number from {} to {}", allowed.start(), allowed.end())),
        }
    }

    /// `10s`, `2s..5s`.
    pub fn range(&mut self, key: &'static str) -> Checked<Option<Range>> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        match Range::parse(text) {
            Some(range) => Ok(Some(range)),
            None => self.error(key, format!("{text:?} is no time; write \"10s\" or \"2s..5s\" (ms, s, m, h, d)")),
        }
    }

    /// `10s` in milliseconds.
    pub fn time(&mut self, key: &'static str) -> Checked<Option<i64>> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        match milliseconds(text).filter(|ms| *ms >= 0) {
            Some(ms) => Ok(Some(ms)),
            None => self.error(key, format!("{text:?} is no length of time; write 250ms, 30s, 5m, 2h or 1d")),
        }
    }

    /// One of these texts.
    pub fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&'static str, T)]) -> Checked<Option<T>> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == text) {
            return Ok(Some(*choice));
        }
        let names: Vec<_> = choices.iter().map(|(name, _)| format!("{name:?}")).collect();
        self.error(key, format!("{text:?} is none of {}", names.join(", ")))
    }

    /// The items of a list.
    pub fn items(&mut self, key: &'static str) -> Checked<&'v [Value]> {
        match self.value(key) {
            None => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => self.error(key, "this must be a list"),
        }
    }

    /// The keys and values of a table with free keys.
    pub fn entries(&mut self, key: &'static str) -> Checked<Vec<(&'v String, &'v Value)>> {
        match self.value(key) {
            None => Ok(vec![]),
            Some(Value::Object(entries)) => Ok(entries.iter().collect()),
            Some(_) => self.error(key, "this must be a table"),
        }
    }

    /// The same under a key that is itself free.
    pub fn free_entries(&mut self, key: &str) -> Checked<Vec<(&'v String, &'v Value)>> {
        match self.object.get_key_value(key) {
            None => Ok(vec![]),
            Some((key, Value::Object(entries))) => {
                self.free.push(key);
                Ok(entries.iter().collect())
            }
            Some(_) => self.error(key, "this must be a table"),
        }
    }

    /// True if the key is there; it counts as asked for.
    pub fn has(&mut self, key: &'static str) -> bool {
        self.value(key).is_some()
    }

    /// Complains about a key that nobody asked for.
    pub fn end(self) -> Checked<()> {
        let known = |key: &str| self.asked.contains(&key) || self.free.contains(&key);
        match self.object.keys().find(|key| !known(key)) {
            None => Ok(()),
            Some(key) => Err(ConfigError::unknown(&self.at(key), "key", key, self.asked.iter().copied())),
        }
    }
}
