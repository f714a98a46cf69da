//! What makes one marketplace differ from another: its data, its clients, its scopes.

use super::marketplace::entries::Entry;
use serde::Deserialize;
use std::path::PathBuf;

/// Invented, but for the ids that upstream's own tests ask for.
const DATA: &str = include_str!("marketplace.toml");

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// A file of `[[entry]]` tables in place of the invented ones.
    pub data: Option<PathBuf>,
    /// What scopes begin with: `BASE/public-clouds/read`. Also the audience of every token.
    pub scope_base: String,
    /// Seconds of virtual time.
    pub token_lifetime: i64,
    #[serde(rename = "client")]
    pub clients: Vec<Client>,
}

/// Who may have tokens.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    pub id: String,
    pub secret: String,
    /// What follows the base: `public-clouds/read`; all scopes if none is given.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The origins from which a page in a browser may use its tokens; any if none is given.
    #[serde(default)]
    pub origins: Vec<String>,
}

/// Upstream's `config/api.php` keeps the scopes under the resource server's own address.
impl Default for Settings {
    fn default() -> Self {
        let client = Client { id: "nephos".into(), secret: "nephos".into(), scopes: vec![], origins: vec![] };
        Settings {
            data: None,
            scope_base: "https://openstackid-resources.org".into(),
            token_lifetime: 3600,
            clients: vec![client],
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    #[serde(default, rename = "entry")]
    entries: Vec<Entry>,
}

impl Settings {
    pub fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    /// The entries of the data file; what is wrong with it otherwise.
    pub fn entries(&self) -> Result<Vec<Entry>, String> {
        let named = |error: String| match &self.data {
            Some(file) => format!("{}: {error}", file.display()),
            None => error,
        };
        let text = match &self.data {
            Some(file) => std::fs::read_to_string(file).map_err(|error| named(error.to_string()))?,
            None => DATA.to_owned(),
        };
        let data: Data = toml::from_str(&text).map_err(|error| named(error.to_string()))?;
        Ok(data.entries)
    }
}

impl Client {
    /// The scopes among those asked for, in full, that the client may have; nothing if one of them is not its own.
    pub fn grants(&self, base: &str, asked: &str) -> Option<Vec<String>> {
        let own = |scope: &str| match scope.strip_prefix(base).and_then(|rest| rest.strip_prefix('/')) {
            Some(rest) if self.scopes.is_empty() => SCOPES.contains(&rest),
            Some(rest) => self.scopes.iter().any(|scope| scope == rest),
            None => false,
        };
        let asked: Vec<_> = asked.split_whitespace().map(str::to_owned).collect();
        (!asked.is_empty() && asked.iter().all(|scope| own(scope))).then_some(asked)
    }
}

/// Every scope there is.
pub const SCOPES: [&str; 3] = ["public-clouds/read", "private-clouds/read", "consultants/read"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clouds::openstackid::marketplace::entries::EntryKind;

    #[test]
    fn the_invented_marketplace_has_what_upstreams_tests_ask_for() {
        let entries = Settings::default().entries().unwrap();
        let count = |kind: EntryKind| entries.iter().filter(|entry| entry.kind == kind).count();
        assert!(
            count(EntryKind::PublicCloud) >= 45
                && count(EntryKind::PrivateCloud) >= 30
                && count(EntryKind::Consultant) >= 40
        );
        for (id, kind) in [
            ("17", EntryKind::PublicCloud),
            ("53", EntryKind::PublicCloud),
            ("60", EntryKind::PrivateCloud),
            ("18", EntryKind::Consultant),
            ("19", EntryKind::Consultant),
        ] {
            assert!(entries.iter().any(|entry| &*entry.id == id && entry.kind == kind), "{id}");
        }
        assert!(entries.iter().any(|entry| !entry.active));
    }

    #[test]
    fn a_client_gets_no_scope_that_is_not_its_own() {
        let settings = Settings::default();
        let mut client = settings.clients[0].clone();
        assert!(client.grants("b", "b/consultants/read b/public-clouds/read").is_some());
        client.scopes = vec!["consultants/read".into()];
        assert!(client.grants("b", "b/consultants/read").is_some());
        assert_eq!(client.grants("b", "b/consultants/read b/public-clouds/read"), None);
        assert_eq!(client.grants("b", ""), None);
    }
}
