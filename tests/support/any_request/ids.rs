//! The ids of existing rows, by table.

use proptest::prelude::*;
use serde_json::Value;

/// Generates ids that requests can refer to.
pub struct Ids {
    /// Ids by table: `volume_types`.
    tables: Vec<(String, Vec<String>)>,
    /// True if a field or a collection of the first name refers to rows of the table of the second name.
    refers_to: fn(&str, &str) -> bool,
}

impl Ids {
    /// The ids of all rows of these tables.
    pub fn of_all(tables: Vec<(String, Value)>, refers_to: fn(name: &str, table: &str) -> bool) -> Self {
        let ids = |rows: Value| {
            let ids = rows.as_array().into_iter().flatten().filter_map(|row| row["id"].as_str().map(str::to_owned));
            ids.filter(|id| id.len() < 300).collect()
        };
        Ids { tables: tables.into_iter().map(|(table, rows)| (table, ids(rows))).collect(), refers_to }
    }

    /// Adds ids that are not in a table but are referred to in the same way.
    pub fn and(mut self, table: &str, ids: &[&str]) -> Self {
        self.tables.push((table.into(), ids.iter().map(|id| (*id).to_owned()).collect()));
        self
    }

    /// Mostly an id that a field or a collection of this name can have: `volume_id`, `qos-specs`.
    pub fn of(&self, name: &str) -> BoxedStrategy<String> {
        let fitting = self.fitting(name);
        if fitting.is_empty() {
            return self.any();
        }
        prop_oneof![9 => prop::sample::select(fitting), 1 => self.any()].boxed()
    }

    /// An id of any table.
    pub fn any(&self) -> BoxedStrategy<String> {
        let all: Vec<_> = self.tables.iter().flat_map(|(_, ids)| ids.clone()).collect();
        prop::sample::select(all).boxed()
    }

    /// All ids that a field or a collection of this name can have.
    pub fn fitting(&self, name: &str) -> Vec<String> {
        let fits = self.tables.iter().filter(|(table, _)| (self.refers_to)(name, table));
        fits.flat_map(|(_, ids)| ids.clone()).collect()
    }
}
