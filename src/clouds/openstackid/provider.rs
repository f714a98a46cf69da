//! The provider `openstackid`: its settings in the config file, its services, and what `nephos env` prints.

use super::settings::SCOPES;
use super::{Settings, seeded, services, transition_names};
use crate::clouds::provider::{CloudSettings, Documents, Environment, Place, Provider, address, read, text};
use crate::engine::{World, nearest};
use serde::Deserialize;
use serde_json::{Value, json};

pub const PROVIDER: Provider = Provider {
    name: "openstackid",
    services,
    settings: read::<ConfigSection>,
    transitions: transition_names,
    changes: &[],
    environment,
    places: || {
        vec![
            Place { service: "identity", port: None, path: "" },
            Place { service: "marketplace", port: None, path: "/api" },
        ]
    },
    documents: Documents::Together,
    media: "application/json",
};

/// The longest lifetime of a token in seconds: a hundred years.
const MAX_LIFETIME: i64 = 100 * 365 * 24 * 3600;

/// The table `[cloud.openstackid]` of the config file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigSection {
    #[serde(default)]
    openstackid: Settings,
}

impl CloudSettings for ConfigSection {
    fn check(&self) -> Result<(), String> {
        let Settings { token_lifetime, clients, .. } = &self.openstackid;
        if !(1..=MAX_LIFETIME).contains(token_lifetime) {
            return Err(format!("openstackid.token_lifetime = {token_lifetime}: expected 1 to {MAX_LIFETIME} seconds"));
        }
        for (at, client) in clients.iter().enumerate() {
            let id = &client.id;
            if clients[..at].iter().any(|other| other.id == *id) {
                return Err(format!("openstackid.client: two clients have the id {id:?}"));
            }
            if let Some(scope) = client.scopes.iter().find(|scope| !SCOPES.contains(&scope.as_str())) {
                let near = nearest(scope, SCOPES).unwrap_or_default();
                let known = SCOPES.join(", ");
                return Err(format!(
                    "openstackid.client {id}: there is no scope {scope:?}; did you mean {near:?}? scopes: {known}"
                ));
            }
        }
        Ok(())
    }

    fn open(&self, world: &mut World, name: &str) -> Result<(), String> {
        world.add(name, seeded(self.openstackid.clone())?);
        Ok(())
    }

    fn shown(&self) -> Vec<(&'static str, Value)> {
        let clients = self.openstackid.clients.iter();
        let clients: Vec<_> = clients.map(|one| json!({"id": one.id, "secret": one.secret})).collect();
        let scopes = SCOPES.map(|scope| format!("{}/{scope}", self.openstackid.scope_base));
        vec![("clients", clients.into()), ("scopes", json!(scopes))]
    }
}

/// The addresses of both services and the credentials of the first client.
fn environment(cloud: &Value, _user: Option<&str>) -> Result<Environment, String> {
    let client = &cloud["clients"][0];
    let scopes: Vec<_> = cloud["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let set = vec![
        ("OPENSTACKID_URL", format!("{}/v1/marketplace", address(cloud, "marketplace"))),
        ("OPENSTACKID_TOKEN_URL", format!("{}/oauth2/token", address(cloud, "identity"))),
        ("OPENSTACKID_CLIENT_ID", text(client, "id")),
        ("OPENSTACKID_CLIENT_SECRET", text(client, "secret")),
        ("OPENSTACKID_SCOPES", scopes.join(" ")),
    ];
    Ok(Environment { set, ..Environment::default() })
}
