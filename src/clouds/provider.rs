//! What a kind of cloud is to the rest of nephos. Each folder beside this file has one [`Provider`].

use crate::engine::{AnyService, World};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt::Debug;
use std::sync::Arc;

#[derive(Debug)]
pub struct Provider {
    /// As config files and `GET /clouds` call it.
    pub name: &'static str,
    /// Its services hold nothing of a cloud's own: all clouds of a kind have the same.
    pub services: fn() -> Vec<Arc<dyn AnyService>>,
    /// Reads what a `[[cloud]]` says beside what clouds of all kinds have.
    pub settings: fn(toml::Table) -> Result<Box<dyn CloudSettings>, String>,
    /// What can happen there, as faults name it.
    pub transitions: fn() -> Vec<String>,
    /// What scenarios can change there.
    pub changes: &'static [&'static str],
    /// What points a client at a cloud that `GET /clouds` shows so, as the user or as the first account.
    pub environment: fn(cloud: &Value, user: Option<&str>) -> Result<Environment, String>,
    /// Where the default configuration has its services.
    pub places: fn() -> Vec<Place>,
    pub documents: Documents,
    /// What bodies are: JSON, or lines of `key value` in plain text.
    pub media: &'static str,
}

/// Where the default configuration has a service.
#[derive(Clone, Debug)]
pub struct Place {
    pub service: &'static str,
    /// On a cloud with a port per service; none if no such cloud of this kind is in the default configuration.
    pub port: Option<u16>,
    /// On a cloud with one port.
    pub path: &'static str,
}

/// What one cloud of a kind has that is not alike in all.
pub trait CloudSettings: Debug + Send + Sync {
    /// Puts the cloud into the world as it is when it opens.
    fn open(&self, world: &mut World, name: &str) -> Result<(), String>;

    /// What `GET /clouds` tells of it beside its name, its kind and its services.
    fn shown(&self) -> Vec<(&'static str, Value)>;
}

/// Variables of a shell.
#[derive(Debug, Default)]
pub struct Environment {
    pub unset: &'static [&'static str],
    pub set: Vec<(&'static str, String)>,
}

/// What the OpenAPI documents of a kind are about.
#[derive(Debug)]
pub enum Documents {
    /// Each service is an API of its own.
    PerService,
    /// All services are one API to those who use it, each at its path in the default configuration.
    Together,
}

/// The settings of a kind, where nothing may be said that they have no name for.
pub(super) fn read<S: CloudSettings + DeserializeOwned + 'static>(
    own: toml::Table,
) -> Result<Box<dyn CloudSettings>, String> {
    let settings: S = own.try_into().map_err(|error: toml::de::Error| error.to_string())?;
    Ok(Box::new(settings))
}

/// The address of a service of a cloud that is shown.
pub(super) fn address(cloud: &Value, service: &str) -> String {
    text(&cloud["services"], service)
}

/// The account of a cloud that is shown by which a user is known, or the first.
pub(super) fn account<'c>(cloud: &'c Value, known_by: &str, user: Option<&str>) -> Result<&'c Value, String> {
    let mut accounts = cloud["accounts"].as_array().into_iter().flatten();
    let found = accounts.find(|account| user.is_none_or(|user| account[known_by] == user));
    found.ok_or_else(|| format!("there is no account {}", user.unwrap_or_default()))
}

pub(super) fn text(shown: &Value, key: &str) -> String {
    shown[key].as_str().unwrap_or_default().to_owned()
}
