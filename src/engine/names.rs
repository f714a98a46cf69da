//! The names that faults and scenarios may use.

use super::Glob;

/// Everything that a fault or a scenario can refer to in the running configuration, to reject misspelt names.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub clouds: Vec<String>,
    pub services: Vec<String>,
    /// `cinder.volume.create`
    pub operations: Vec<String>,
    /// `nova.server.build`
    pub transitions: Vec<String>,
    /// What scenarios can change in a cloud: `quota`, `balance`, `hosts_down`.
    pub changes: Vec<String>,
}

impl Names {
    /// True if at least one of the names matches.
    pub fn any(names: &[String], glob: &Glob) -> bool {
        names.iter().any(|name| glob.matches(name))
    }
}

/// The known name with the smallest edit distance to `word`, for error messages; `None` if nothing is known.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let distance = |name: &&str| strsim::damerau_levenshtein(word, name);
    known.into_iter().min_by_key(distance)
}
