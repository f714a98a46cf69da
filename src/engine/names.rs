//! The names that an order may use: clouds, services, operations, transitions.

use super::Glob;

#[derive(Clone, Debug, Default)]
pub struct Names {
    pub clouds: Vec<String>,
    pub services: Vec<String>,
    pub operations: Vec<String>,
    pub transitions: Vec<String>,
    /// What of a cloud itself can be changed.
    pub changes: Vec<String>,
}

impl Names {
    pub fn any(names: &[String], glob: &Glob) -> bool {
        names.iter().any(|name| glob.matches(name))
    }
}

/// The name among `known` that looks most like the word.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let distance = |name: &&str| strsim::damerau_levenshtein(word, name);
    known.into_iter().min_by_key(distance)
}
