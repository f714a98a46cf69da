//! The registration of Cloudzy as a provider.

use super::{Settings, accounts, changes, seeded, services, transition_names};
use crate::clouds::provider::{CloudSettings, Documents, Environment, Place, Provider, account, address, read, text};
use crate::engine::World;
use serde::Deserialize;
use serde_json::{Value, json};

pub const PROVIDER: Provider = Provider {
    name: "cloudzy",
    services,
    settings: read::<ConfigSection>,
    transitions: transition_names,
    changes: changes::NAMES,
    environment,
    places: || vec![Place { service: "cloudzy", port: None, path: "/developers" }],
    documents: Documents::Together,
    media: "application/json",
};

/// The configuration section `[cloud.cloudzy]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigSection {
    #[serde(default)]
    cloudzy: Settings,
}

impl CloudSettings for ConfigSection {
    fn check(&self) -> Result<(), String> {
        accounts::seeded(&self.cloudzy.accounts).map(drop).map_err(|error| format!("cloudzy.account: {error}"))
    }

    fn open(&self, world: &mut World, name: &str) -> Result<(), String> {
        world.add(name, seeded(self.cloudzy.clone())?);
        Ok(())
    }

    fn shown(&self) -> Vec<(&'static str, Value)> {
        let accounts = self.cloudzy.accounts.iter();
        let accounts: Vec<_> = accounts.map(|one| json!({"name": one.name, "token": one.token})).collect();
        vec![("accounts", accounts.into())]
    }
}

/// The `API_…` variables are those of Cloudzy's command line `zy`.
fn environment(cloud: &Value, user: Option<&str>) -> Result<Environment, String> {
    let (base, token) = (address(cloud, "cloudzy"), text(account(cloud, "name", user)?, "token"));
    let set = vec![
        ("CLOUDZY_API_BASE_URL", base.clone()),
        ("CLOUDZY_API_TOKEN", token.clone()),
        ("API_BASE_URL", base),
        ("API_TOKEN", token),
    ];
    Ok(Environment { set, ..Environment::default() })
}
