//! The registration of CloudSigma as a provider.

use super::{Settings, changes, seeded, services, transition_names};
use crate::clouds::provider::{CloudSettings, Documents, Environment, Place, Provider, account, address, read, text};
use crate::engine::World;
use serde::Deserialize;
use serde_json::{Value, json};

pub const PROVIDER: Provider = Provider {
    name: "cloudsigma",
    services,
    settings: read::<ConfigSection>,
    transitions: transition_names,
    changes: changes::NAMES,
    environment,
    places: || vec![Place { service: "cloudsigma", port: None, path: "" }],
    documents: Documents::Together,
    media: "text/plain",
};

/// The configuration section `[cloud.cloudsigma]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigSection {
    #[serde(default)]
    cloudsigma: Settings,
}

impl CloudSettings for ConfigSection {
    fn check(&self) -> Result<(), String> {
        match self.cloudsigma.repeated_email() {
            Some(email) => Err(format!("cloudsigma.account: two accounts have the email {email:?}")),
            None => self.cloudsigma.accounts().map(drop),
        }
    }

    fn open(&self, world: &mut World, name: &str) -> Result<(), String> {
        world.add(name, seeded(&self.cloudsigma)?);
        Ok(())
    }

    fn shown(&self) -> Vec<(&'static str, Value)> {
        let logins = self.cloudsigma.logins().into_iter();
        let accounts: Vec<_> = logins.map(|login| json!({"email": login.email, "password": login.password})).collect();
        vec![("accounts", accounts.into())]
    }
}

/// The variables that CloudSigma's own script reads (manual, section 2).
fn environment(cloud: &Value, user: Option<&str>) -> Result<Environment, String> {
    let account = account(cloud, "email", user)?;
    let set = vec![
        ("CLOUDSIGMA_URL", address(cloud, "cloudsigma")),
        ("USER_EMAIL", text(account, "email")),
        ("USER_PASSWORD", text(account, "password")),
    ];
    Ok(Environment { set, ..Environment::default() })
}
