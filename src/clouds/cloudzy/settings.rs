//! The settings of one Cloudzy cloud: its catalogue, its accounts, and whether it may fetch URLs.

use super::catalogue::Catalogue;
use super::money::Money;
use serde::Deserialize;
use std::path::PathBuf;

/// The default catalogue. It is invented, in the forms of the live API.
const CATALOGUE: &str = include_str!("catalogue.toml");

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// A catalogue file to use instead of the default one.
    pub catalogue: Option<PathBuf>,
    /// If true, ISOs and images with a URL on this machine are really fetched, as far as `allow_fetch` of the
    /// configuration lets them be. Other URLs never are.
    pub fetch_loopback: bool,
    #[serde(rename = "account")]
    pub accounts: Vec<AccountSettings>,
}

/// A customer with a token.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSettings {
    pub token: String,
    #[serde(default = "somebody")]
    pub name: String,
    #[serde(default = "somewhere")]
    pub email: String,
    /// The balance at the start in dollars. A sub-account spends the balance of its parent.
    #[serde(default = "thousand")]
    pub balance: Money,
    /// The number of days that the balance must last for all running and requested resources.
    #[serde(default = "five")]
    pub days: i64,
    /// The name of the parent account, which can access its resources and pays for them.
    #[serde(default)]
    pub parent: Option<String>,
    /// A UUID. The default is derived from the name.
    #[serde(default)]
    pub id: Option<String>,
}

fn somebody() -> String {
    "nephos".into()
}

fn somewhere() -> String {
    "nephos@example.com".into()
}

fn thousand() -> Money {
    Money::from(1000.0)
}

fn five() -> i64 {
    5
}

/// An account, a sub-account of it, and an unrelated account.
impl Default for Settings {
    fn default() -> Self {
        let account = |token: &str, name: &str, parent: Option<&str>| AccountSettings {
            token: token.into(),
            name: name.into(),
            email: format!("{name}@example.com"),
            balance: thousand(),
            days: five(),
            parent: parent.map(str::to_owned),
            id: None,
        };
        let accounts = vec![
            account("nephos", "nephos", None),
            account("nephos-team", "team", Some("nephos")),
            account("nephos-stranger", "stranger", None),
        ];
        Settings { catalogue: None, fetch_loopback: false, accounts }
    }
}

impl Settings {
    /// The catalogue: the file of the settings or the default. The error says what is wrong with the file.
    pub fn catalogue(&self) -> Result<Catalogue, String> {
        let Some(file) = &self.catalogue else {
            return toml::from_str(CATALOGUE).map_err(|error| error.to_string());
        };
        let named = |error: String| format!("{}: {error}", file.display());
        let text = std::fs::read_to_string(file).map_err(|error| named(error.to_string()))?;
        toml::from_str(&text).map_err(|error| named(error.to_string()))
    }
}
