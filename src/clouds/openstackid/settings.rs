//! The settings of one OpenStackID cloud: data file, OAuth2 clients, scopes.

use super::marketplace::entries::Entry;
use serde::Deserialize;
use std::path::PathBuf;

/// Invented entries. Their ids include those that the tests of openstackid-resources request.
const DATA: &str = include_str!("marketplace.toml");

/// The keys of `[cloud.openstackid]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// A TOML file of `[[entry]]` tables that replaces the built-in entries.
    pub data: Option<PathBuf>,
    /// The prefix of every scope (`BASE/public-clouds/read`) and the audience of every token.
    pub scope_base: String,
    /// The lifetime of a token in seconds of virtual time.
    pub token_lifetime: i64,
    #[serde(rename = "client")]
    pub clients: Vec<Client>,
}

/// An OAuth2 client, which can request tokens for its own credentials.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    pub id: String,
    pub secret: String,
    /// The scopes of the client without the base (`public-clouds/read`). Empty means all scopes.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The origins from which a browser can use tokens of the client. Empty means any origin.
    #[serde(default)]
    pub origins: Vec<String>,
}

/// `config/api.php` of openstackid-resources puts the scopes under the address of the resource server.
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
    /// The client with this id.
    pub fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    /// The entries of the data file, or an error that names the file and the mistake.
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
    /// The requested scopes (full names, separated by blanks) if the client has all of them, otherwise `None`.
    pub fn grants(&self, base: &str, requested: &str) -> Option<Vec<String>> {
        let own = |scope: &str| match scope.strip_prefix(base).and_then(|rest| rest.strip_prefix('/')) {
            Some(rest) if self.scopes.is_empty() => SCOPES.contains(&rest),
            Some(rest) => self.scopes.iter().any(|scope| scope == rest),
            None => false,
        };
        let scopes: Vec<_> = requested.split_whitespace().map(str::to_owned).collect();
        (!scopes.is_empty() && scopes.iter().all(|scope| own(scope))).then_some(scopes)
    }
}

/// All scopes, without the base.
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
