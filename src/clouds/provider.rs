//! [`Provider`] is what the rest of nephos knows of a kind of cloud. Each folder beside this file has one.

use crate::engine::{AnyService, World};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt::Debug;
use std::sync::Arc;

#[derive(Debug)]
pub struct Provider {
    /// Its name in configuration files and `GET /clouds`.
    pub name: &'static str,
    /// Its services. They hold no state of a cloud, so all clouds of a provider share them.
    pub services: fn() -> Vec<Arc<dyn AnyService>>,
    /// Reads the settings of a `[[cloud]]` that are specific to the provider.
    pub settings: fn(toml::Table) -> Result<Box<dyn CloudSettings>, String>,
    /// The names of its transitions, which faults refer to.
    pub transitions: fn() -> Vec<String>,
    /// The names of its admin changes, which scenarios refer to.
    pub changes: &'static [&'static str],
    /// The environment variables of a client for a cloud in the form of `GET /clouds`, for the named user or the
    /// first account.
    pub environment: fn(cloud: &Value, user: Option<&str>) -> Result<Environment, String>,
    /// The addresses of its services in the default configuration.
    pub places: fn() -> Vec<Place>,
    pub documents: Documents,
    /// The media type of bodies: JSON, or lines of `key value` in plain text.
    pub media: &'static str,
}

/// The address of a service in the default configuration.
#[derive(Clone, Debug)]
pub struct Place {
    pub service: &'static str,
    /// Its port on a cloud with a port per service. None if the default configuration has no such cloud of this
    /// provider.
    pub port: Option<u16>,
    /// Its path on a cloud with one port.
    pub path: &'static str,
}

/// The settings of one cloud that are specific to its provider.
pub trait CloudSettings: Debug + Send + Sync {
    /// Refuses settings that the types allow but that make no cloud. The error names the key.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// Adds the new cloud to the world under this name.
    fn open(&self, world: &mut World, name: &str) -> Result<(), String>;

    /// The fields of the cloud in `GET /clouds` besides its name, provider and services.
    fn shown(&self) -> Vec<(&'static str, Value)>;
}

/// Environment variables of a shell, to be set or unset.
#[derive(Debug, Default)]
pub struct Environment {
    pub unset: &'static [&'static str],
    pub set: Vec<(&'static str, String)>,
}

/// How the services are split into OpenAPI documents.
#[derive(Debug)]
pub enum Documents {
    /// One document per service.
    PerService,
    /// All services are one document, with each at its path in the default configuration.
    Together,
}

/// Reads the settings of a provider. Unknown fields are errors.
pub(super) fn read<S: CloudSettings + DeserializeOwned + 'static>(
    own: toml::Table,
) -> Result<Box<dyn CloudSettings>, String> {
    let settings: S = own.try_into().map_err(|error: toml::de::Error| error.to_string())?;
    Ok(Box::new(settings))
}

/// The URL of a service, from a cloud in the form of `GET /clouds`.
pub(super) fn address(cloud: &Value, service: &str) -> String {
    text(&cloud["services"], service)
}

/// The account whose field `known_by` is the user, or the first account, from a cloud in the form of `GET /clouds`.
pub(super) fn account<'c>(cloud: &'c Value, known_by: &str, user: Option<&str>) -> Result<&'c Value, String> {
    let mut accounts = cloud["accounts"].as_array().into_iter().flatten();
    let found = accounts.find(|account| user.is_none_or(|user| account[known_by] == user));
    found.ok_or_else(|| format!("there is no account {}", user.unwrap_or_default()))
}

pub(super) fn text(shown: &Value, key: &str) -> String {
    shown[key].as_str().unwrap_or_default().to_owned()
}
