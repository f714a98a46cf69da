//! Patterns of names: `cinder.volume.*`.

use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

/// A pattern in which `*` matches any text and `?` one character.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Glob {
    text: String,
    pattern: WildMatch,
}

impl Glob {
    pub fn new(text: &str) -> Self {
        Glob { text: text.into(), pattern: WildMatch::new(text) }
    }

    pub fn matches(&self, name: &str) -> bool {
        self.pattern.matches(name)
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<String> for Glob {
    fn from(text: String) -> Self {
        Glob::new(&text)
    }
}

impl From<Glob> for String {
    fn from(glob: Glob) -> Self {
        glob.text
    }
}
