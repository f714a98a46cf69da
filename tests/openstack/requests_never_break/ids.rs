//! The ids of all that exists, by the name of what has them.

use crate::support::Cloud;
use proptest::prelude::*;

pub struct Ids {
    all: Vec<String>,
    /// By the name of their table: `volume_types`.
    tables: Vec<(String, Vec<String>)>,
}

impl Ids {
    pub fn of_all(cloud: &Cloud) -> Self {
        let mut tables = vec![];
        for (table, rows) in cloud.saved() {
            let name = table.rsplit('/').next().unwrap_or_default().to_owned();
            let ids = rows.as_array().into_iter().flatten().filter_map(|row| row["id"].as_str());
            tables.push((name, ids.map(str::to_owned).filter(|id| id.len() < 300).collect::<Vec<_>>()));
        }
        let hosts = ["cinder", "cinder@lvmdriver-1", "cinder@lvmdriver-2#lvmdriver-2"];
        tables.push(("hosts".into(), hosts.map(str::to_owned).to_vec()));
        tables.push(("binaries".into(), vec!["cinder-volume".into()]));
        tables.push(("services".into(), vec!["cinder-volume".into()]));
        let all = tables.iter().flat_map(|(_, ids)| ids.clone()).collect();
        Ids { all, tables }
    }

    /// Mostly the id of what a field or a collection of this name means: `volume_id`, `qos-specs`.
    pub fn of(&self, name: &str) -> BoxedStrategy<String> {
        let name = name.replace('-', "_").replace("binary", "binarie");
        let name = name.trim_start_matches("os_").trim_end_matches("_id").trim_end_matches('s');
        let fits = |table: &str| table.trim_end_matches('s').ends_with(name);
        let fitting: Vec<_> =
            self.tables.iter().filter(|(table, _)| fits(table)).flat_map(|(_, ids)| ids.clone()).collect();
        let any = prop::sample::select(self.all.clone());
        if fitting.is_empty() || name.is_empty() {
            return any.boxed();
        }
        prop_oneof![9 => prop::sample::select(fitting), 1 => any].boxed()
    }
}
