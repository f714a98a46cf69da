//! Accounts: the email and password that HTTP Basic carries, the owner's contact details, and the balance.

use super::billing::meter::Meter;
use super::billing::money::Money;
use super::billing::prices::CURRENCIES;
use crate::engine::{Id, Row};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// The UUID of the user (`uuid` of section 6.1).
    pub id: Id,
    /// The user name of HTTP Basic authentication.
    pub email: String,
    pub password: String,
    pub secret_key: String,
    pub first_name: String,
    pub last_name: String,
    pub nick_name: String,
    pub title: String,
    pub company: String,
    pub address: String,
    pub postcode: String,
    pub phone: String,
    /// One of [`CURRENCIES`]. It cannot be changed once it is set.
    pub currency: String,
    pub country: String,
    pub language: String,
    pub balance: Money,
    pub meter: Meter,
}

impl Row for Account {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.id
    }
}

/// The settings of one CloudSigma cloud: accounts in addition to `demo@example.com`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    #[serde(rename = "account")]
    accounts: Vec<AccountSettings>,
}

/// One account. If its email is that of an account that exists already, the settings replace that account's.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSettings {
    pub email: String,
    pub password: String,
    #[serde(default = "foo")]
    first_name: String,
    #[serde(default = "bar")]
    last_name: String,
    /// The balance at the start, in the account's currency.
    #[serde(default = "default_balance")]
    balance: f64,
    #[serde(default = "euro")]
    currency: String,
}

fn foo() -> String {
    "Foo".into()
}

fn bar() -> String {
    "Bar".into()
}

/// At the manual's prices, enough for a small cloud that runs for two weeks.
fn default_balance() -> f64 {
    100_000.0
}

fn euro() -> String {
    "EUR".into()
}

impl Settings {
    /// An email that two accounts of the settings have.
    pub fn repeated_email(&self) -> Option<&str> {
        let emails: Vec<_> = self.accounts.iter().map(|account| account.email.as_str()).collect();
        (1..emails.len()).find(|at| emails[..*at].contains(&emails[*at])).map(|at| emails[at])
    }

    /// All accounts that can log in, `demo@example.com` first.
    pub fn logins(&self) -> Vec<AccountSettings> {
        let demo = AccountSettings {
            email: "demo@example.com".into(),
            password: "nephos".into(),
            first_name: foo(),
            last_name: bar(),
            balance: default_balance(),
            currency: euro(),
        };
        let mut logins = vec![demo];
        for account in &self.accounts {
            match logins.iter_mut().find(|known| known.email == account.email) {
                Some(known) => known.clone_from(account),
                None => logins.push(account.clone()),
            }
        }
        logins
    }

    pub(super) fn accounts(&self) -> Result<Vec<Account>, String> {
        self.logins().iter().map(AccountSettings::account).collect()
    }
}

impl AccountSettings {
    /// UUID and key are derived from the email, so the same settings always give the same ones.
    fn account(&self) -> Result<Account, String> {
        let named = |error: String| format!("account {}: {error}", self.email);
        if !is_email(&self.email) {
            return Err(named("this is no email address".into()));
        }
        if !CURRENCIES.contains(&self.currency.as_str()) {
            return Err(named(format!("currency {}: there are {}", self.currency, CURRENCIES.join(", "))));
        }
        let uuid = uuid::Builder::from_random_bytes(Md5::digest(&self.email).into()).into_uuid();
        let key: String = Sha256::digest(&self.email).iter().map(|byte| format!("{byte:02x}")).take(20).collect();
        Ok(Account {
            id: uuid.to_string().into(),
            email: self.email.clone(),
            password: self.password.clone(),
            secret_key: key,
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            nick_name: format!("{}{}", self.first_name, self.last_name),
            title: String::new(),
            company: String::new(),
            address: String::new(),
            postcode: String::new(),
            phone: String::new(),
            currency: self.currency.clone(),
            country: String::new(),
            language: String::new(),
            balance: Money::of(self.balance).ok_or_else(|| named("this balance cannot be counted".into()))?,
            meter: Meter::default(),
        })
    }
}

/// Checks for a name, an at sign, and a host with a dot in it.
pub fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.rsplit_once('@') else { return false };
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
    // HTTP Basic separates the email from the password with a colon.
    plain(name) && !text.contains(':') && host.split('.').all(plain) && host.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_are_told_from_other_texts() {
        assert!(["demo@example.com", "a.b+c@d.e.org"].iter().all(|text| is_email(text)));
        assert!(
            ["", "demo", "demo@", "@example.com", "a@b", "a b@c.de", "a:b@c.de", "a@b..de"]
                .iter()
                .all(|text| !is_email(text))
        );
    }

    #[test]
    fn accounts_of_the_settings_join_the_demo_one_or_change_it() {
        let settings: Settings = toml::from_str(
            "[[account]]\nemail = \"ann@example.com\"\npassword = \"x\"\nbalance = 3.5\n\
             [[account]]\nemail = \"demo@example.com\"\npassword = \"other\"\n",
        )
        .unwrap();
        let accounts = settings.accounts().unwrap();
        let logins: Vec<_> = accounts.iter().map(|one| (one.email.as_str(), one.password.as_str())).collect();
        assert_eq!(logins, [("demo@example.com", "other"), ("ann@example.com", "x")]);
        assert_eq!(accounts[1].balance, Money::of(3.5).unwrap());
        assert_ne!(accounts[0].id, accounts[1].id);
    }

    #[test]
    fn impossible_accounts_are_named() {
        for (text, message) in [
            ("email = \"ann\"\npassword = \"x\"", "email"),
            ("email = \"a@b.de\"\npassword = \"x\"\ncurrency = \"CHF\"", "CHF"),
            ("email = \"a@b.de\"\npassword = \"x\"\nbalance = inf", "balance"),
        ] {
            let settings: Settings = toml::from_str(&format!("[[account]]\n{text}")).unwrap();
            let error = settings.accounts().unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }
}
