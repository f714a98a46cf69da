//! CloudSigma's Back-end API 1.0 as in its manual of March 18, 2013: drives, servers, networks, groups of servers,
//! and billing. "Section" in the comments of this folder means a section of that manual. Where the manual contradicts
//! itself or is silent, the behaviour is what existing clients expect.

pub mod accounts;
pub mod billing;
pub mod changes;
mod dialect;
pub mod drives;
pub mod errors;
pub mod groups;
mod numbered;
pub mod profile;
pub mod provider;
pub mod resources;
mod schemas;
pub mod servers;
pub mod text;

pub use accounts::Settings;

use crate::engine::{AnyService, Cloud, Context, Id, Service, Table, Transition, VisitTable};
use accounts::Account;
use billing::subscriptions::Subscription;
use billing::transactions::Transaction;
use drives::Drive;
use drives::content::Content;
use groups::Group;
use resources::ips::Ip;
use resources::vlans::Vlan;
use serde_json::Value;
use servers::Server;
use std::sync::Arc;

/// The state of a CloudSigma cloud.
#[derive(Clone, Default)]
pub struct CloudSigma {
    pub accounts: Table<Account>,
    /// The drives of all accounts, and the standard drives, which belong to CloudSigma itself.
    pub drives: Table<Drive>,
    /// The bytes of drives, by the drive's id.
    pub contents: Table<Content>,
    pub servers: Table<Server>,
    pub groups: Table<Group>,
    pub vlans: Table<Vlan>,
    pub ips: Table<Ip>,
    pub subscriptions: Table<Subscription>,
    pub transactions: Table<Transaction>,
}

/// The services of this kind of cloud.
pub fn services() -> Vec<Arc<dyn AnyService>> {
    let resources = &[
        profile::OPERATIONS,
        drives::OPERATIONS,
        drives::standard::OPERATIONS,
        drives::imaging::OPERATIONS,
        drives::transfer::OPERATIONS,
        servers::OPERATIONS,
        servers::power::OPERATIONS,
        servers::many::OPERATIONS,
        resources::vlans::OPERATIONS,
        resources::ips::OPERATIONS,
        groups::OPERATIONS,
        groups::members::OPERATIONS,
        billing::OPERATIONS,
        billing::transactions::OPERATIONS,
        billing::subscriptions::OPERATIONS,
        billing::subscriptions::committed::OPERATIONS,
        billing::subscriptions::network::OPERATIONS,
        billing::subscriptions::software::OPERATIONS,
    ];
    vec![Arc::new(Service::new("cloudsigma", &dialect::CloudSigmaDialect, &[""], resources).aliased(ALIASES))]
}

/// Alternative paths of the same operations in the manual: `guests` throughout, `guest` in 8.5, the address without
/// `ip` in the example of 9.8, and the misspelt groups of 10.2 and 10.3.
const ALIASES: &[(&str, &str)] = &[
    ("/guests", "/servers"),
    ("/guest", "/servers"),
    ("/servergroupss", "/servergroups"),
    ("/resources/{ip}/destroy", "/resources/ip/{ip}/destroy"),
];

/// A new cloud: its accounts without resources, and the standard drives.
pub fn seeded(settings: &Settings) -> Result<CloudSigma, String> {
    let mut cloud = CloudSigma::default();
    for account in settings.accounts()? {
        cloud.accounts.insert(account);
    }
    drives::standard::seed(&mut cloud)?;
    Ok(cloud)
}

const TRANSITIONS: &[&[&Transition<CloudSigma>]] = &[
    drives::imaging::TRANSITIONS,
    servers::power::TRANSITIONS,
    billing::meter::TRANSITIONS,
    billing::subscriptions::TRANSITIONS,
];

/// The names of the transitions, as faults refer to them.
pub fn transition_names() -> Vec<String> {
    TRANSITIONS.iter().copied().flatten().map(|transition| transition.name.to_owned()).collect()
}

impl Cloud for CloudSigma {
    fn copy(&self) -> Arc<dyn Cloud> {
        Arc::new(self.clone())
    }

    fn apply_transition(&mut self, ctx: &mut Context, name: &str, subject: &Id, fails: Option<&str>) {
        let mut transitions = TRANSITIONS.iter().copied().flatten();
        let Some(transition) = transitions.find(|transition| transition.name == name) else { return };
        transition.run(self, ctx, subject, fails);
    }

    fn admin_change(&mut self, ctx: &mut Context, what: &str, how: &Value) -> Result<Option<Value>, String> {
        changes::admin_change(self, ctx, what, how)
    }

    /// Destructured without `..`, so that a table that is missing here does not compile.
    fn each_table(&mut self, visit: VisitTable) {
        let CloudSigma { accounts, drives, contents, servers, groups, vlans, ips, subscriptions, transactions } = self;
        visit("cloudsigma", "accounts", accounts);
        visit("cloudsigma", "drives", drives);
        visit("cloudsigma", "contents", contents);
        visit("cloudsigma", "servers", servers);
        visit("cloudsigma", "groups", groups);
        visit("cloudsigma", "vlans", vlans);
        visit("cloudsigma", "ips", ips);
        visit("cloudsigma", "subscriptions", subscriptions);
        visit("cloudsigma", "transactions", transactions);
    }
}
