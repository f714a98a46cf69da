//! The ids of all that exists, by the name of what has them.

use proptest::prelude::*;
use serde_json::Value;

pub struct Ids {
    /// By the name of their table: `volume_types`.
    tables: Vec<(String, Vec<String>)>,
    /// Whether a field or a collection of this name means what is in a table of that name.
    means: fn(&str, &str) -> bool,
}

impl Ids {
    /// Of the rows of all tables.
    pub fn of_all(tables: Vec<(String, Value)>, means: fn(name: &str, table: &str) -> bool) -> Self {
        let ids = |rows: Value| {
            let ids = rows.as_array().into_iter().flatten().filter_map(|row| row["id"].as_str().map(str::to_owned));
            ids.filter(|id| id.len() < 300).collect()
        };
        Ids { tables: tables.into_iter().map(|(table, rows)| (table, ids(rows))).collect(), means }
    }

    /// What is referred to as if it were a row of a table.
    pub fn and(mut self, table: &str, ids: &[&str]) -> Self {
        self.tables.push((table.into(), ids.iter().map(|id| (*id).to_owned()).collect()));
        self
    }

    /// Mostly the id of what a field or a collection of this name means: `volume_id`, `qos-specs`.
    pub fn of(&self, name: &str) -> BoxedStrategy<String> {
        let fitting = self.fitting(name);
        if fitting.is_empty() {
            return self.any();
        }
        prop_oneof![9 => prop::sample::select(fitting), 1 => self.any()].boxed()
    }

    pub fn any(&self) -> BoxedStrategy<String> {
        let all: Vec<_> = self.tables.iter().flat_map(|(_, ids)| ids.clone()).collect();
        prop::sample::select(all).boxed()
    }

    /// The ids of what the name means.
    pub fn fitting(&self, name: &str) -> Vec<String> {
        let fits = self.tables.iter().filter(|(table, _)| (self.means)(name, table));
        fits.flat_map(|(_, ids)| ids.clone()).collect()
    }
}
