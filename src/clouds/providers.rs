//! The list of providers. To add one, add a folder with a [`Provider`] beside this file, and a row to [`PROVIDERS`].

use super::provider::Provider;
use super::{cloudsigma, cloudzy, openstack, openstackid};

/// All providers.
pub const PROVIDERS: &[&Provider] = &[
    &openstack::provider::PROVIDER,
    &openstackid::provider::PROVIDER,
    &cloudzy::provider::PROVIDER,
    &cloudsigma::provider::PROVIDER,
];

/// The provider with this name. The error lists the known names.
pub fn named(name: &str) -> Result<&'static Provider, String> {
    PROVIDERS.iter().copied().find(|kind| kind.name == name).ok_or_else(|| {
        let known: Vec<_> = PROVIDERS.iter().map(|kind| kind.name).collect();
        format!("no kind of cloud is called {name:?}; there are {}", known.join(", "))
    })
}
