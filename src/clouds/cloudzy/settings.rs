//! What makes one Cloudzy differ from another: its catalogue, who has accounts, what it may fetch.

use super::catalogue::Catalogue;
use super::money::Money;
use serde::Deserialize;
use std::path::PathBuf;

/// Invented, in the forms of the live API.
const CATALOGUE: &str = include_str!("catalogue.toml");

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// A file in place of the invented catalogue.
    pub catalogue: Option<PathBuf>,
    /// True: ISOs and images whose address is on this machine are really fetched. Nothing else ever is.
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
    /// Dollars at the start. A sub-account spends its parent's.
    #[serde(default = "thousand")]
    pub balance: Money,
    /// For how many days the balance must last, with what is asked for, for it to be given.
    #[serde(default = "five")]
    pub days: i64,
    /// The name of the account that this one belongs to, which sees and pays what it has.
    #[serde(default)]
    pub parent: Option<String>,
    /// A UUID; made from the name if it is not given.
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

/// An account, one that belongs to it, and one of somebody else.
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
    /// What is for sale, from the file that the settings name; what is wrong with it otherwise.
    pub fn catalogue(&self) -> Result<Catalogue, String> {
        let Some(file) = &self.catalogue else {
            return toml::from_str(CATALOGUE).map_err(|error| error.to_string());
        };
        let named = |error: String| format!("{}: {error}", file.display());
        let text = std::fs::read_to_string(file).map_err(|error| named(error.to_string()))?;
        toml::from_str(&text).map_err(|error| named(error.to_string()))
    }
}
