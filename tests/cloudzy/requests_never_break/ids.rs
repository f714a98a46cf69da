//! The ids of all that exists, by the name of what has them.

use crate::Zy;
use proptest::prelude::*;

pub struct Ids {
    all: Vec<String>,
    /// By the name of their table: `ssh_keys`.
    tables: Vec<(String, Vec<String>)>,
}

impl Ids {
    pub fn of_all(zy: &Zy) -> Self {
        let mut tables = vec![];
        for (table, rows) in zy.saved() {
            let ids = rows.as_array().into_iter().flatten().filter_map(|row| row["id"].as_str().map(str::to_owned));
            tables.push((table, ids.collect::<Vec<_>>()));
        }
        let all = tables.iter().flat_map(|(_, ids)| ids.clone()).collect();
        Ids { all, tables }
    }

    /// Mostly the id of what a field or a collection of this name means: `instanceId`, `floating-ips`.
    pub fn of(&self, name: &str) -> BoxedStrategy<String> {
        let table = match name.replace('-', "_").trim_end_matches("Id").to_lowercase().trim_end_matches('s') {
            "instance" | "backup" => "instances",
            "region" => "regions",
            "product" => "products",
            "o" | "osname" => "operating_systems",
            "app" => "applications",
            "iso" => "isos",
            "image" => "images",
            "fromsnapshot" | "snapshot" => "snapshots",
            "ssh_key" | "sshkeyid" => "ssh_keys",
            "floating_ip" => "floating_ips",
            "customer" | "user" => "accounts",
            _ => "",
        };
        let fitting = self.tables.iter().find(|(known, _)| known == table).map(|(_, ids)| ids.clone());
        let any = prop::sample::select(self.all.clone());
        match fitting.filter(|ids| !ids.is_empty()) {
            Some(ids) => prop_oneof![9 => prop::sample::select(ids), 1 => any].boxed(),
            None => any.boxed(),
        }
    }
}
