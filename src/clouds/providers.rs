//! The kinds of cloud. Another kind is a folder beside this file, with a [`Provider`] in it, and a row of
//! [`PROVIDERS`].

use super::provider::Provider;
use super::{cloudsigma, cloudzy, openstack, openstackid};

pub const PROVIDERS: &[&Provider] = &[
    &openstack::provider::PROVIDER,
    &openstackid::provider::PROVIDER,
    &cloudzy::provider::PROVIDER,
    &cloudsigma::provider::PROVIDER,
];

/// The kind of this name.
pub fn named(name: &str) -> Result<&'static Provider, String> {
    PROVIDERS.iter().copied().find(|kind| kind.name == name).ok_or_else(|| {
        let known: Vec<_> = PROVIDERS.iter().map(|kind| kind.name).collect();
        format!("no kind of cloud is called {name:?}; there are {}", known.join(", "))
    })
}
