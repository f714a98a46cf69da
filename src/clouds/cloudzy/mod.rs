//! The Cloudzy Developer API: virtual servers by the hour, paid from an account's balance. Behaviour follows the
//! published API document ("the document" in the comments of this folder) and observations of the live API.

pub mod accounts;
mod addresses;
pub mod backups;
pub mod billing;
pub mod catalogue;
pub mod changes;
mod dialect;
mod document;
pub mod downloads;
mod envelope;
mod errors;
pub mod floating_ips;
pub mod instances;
pub mod money;
mod paging;
pub mod provider;
mod pydantic;
mod schemas;
pub mod settings;
pub mod snapshots;
pub mod ssh_keys;

pub use settings::Settings;

use crate::engine::{AnyService, Cloud, Context, Id, Service, Table, Transition, VisitTable};
use accounts::Account;
use backups::BackupProfile;
use billing::Charge;
use catalogue::applications::{self, Application};
use catalogue::operating_systems::{self, Os};
use catalogue::products::{self, Product};
use catalogue::regions::{self, Region};
use catalogue::{Rates, stock};
use downloads::{Download, images, iso};
use floating_ips::FloatingIp;
use instances::Instance;
use serde_json::Value;
use snapshots::Snapshot;
use ssh_keys::SshKey;
use std::sync::Arc;

/// The state of a Cloudzy cloud.
#[derive(Clone, Default)]
pub struct Cloudzy {
    pub settings: Arc<Settings>,
    pub rates: Arc<Rates>,
    pub accounts: Table<Account>,
    /// The running charges.
    pub charges: Table<Charge>,
    pub regions: Table<Region>,
    pub products: Table<Product>,
    pub operating_systems: Table<Os>,
    pub applications: Table<Application>,
    pub instances: Table<Instance>,
    pub ssh_keys: Table<SshKey>,
    pub floating_ips: Table<FloatingIp>,
    pub isos: Table<Download>,
    pub images: Table<Download>,
    pub snapshots: Table<Snapshot>,
    pub backups: Table<BackupProfile>,
}

/// The one service of this kind of cloud.
pub fn services() -> Vec<Arc<dyn AnyService>> {
    let resources = [
        accounts::OPERATIONS,
        regions::OPERATIONS,
        products::OPERATIONS,
        operating_systems::OPERATIONS,
        applications::OPERATIONS,
        instances::OPERATIONS,
        ssh_keys::OPERATIONS,
        floating_ips::OPERATIONS,
        iso::OPERATIONS,
        images::OPERATIONS,
        snapshots::OPERATIONS,
        backups::OPERATIONS,
        document::OPERATIONS,
    ];
    vec![Arc::new(Service::new("cloudzy", &dialect::CloudzyDialect, &["/v1"], &resources))]
}

/// A new cloud: the catalogue, the accounts, and the SSH keys that the document's examples name.
pub fn seeded(settings: Settings) -> Result<Cloudzy, String> {
    let mut cloud = Cloudzy::default();
    for account in accounts::seeded(&settings.accounts)? {
        cloud.accounts.insert(account);
    }
    cloud.rates = Arc::new(stock(&mut cloud, settings.catalogue()?)?);
    ssh_keys::seed(&mut cloud);
    cloud.settings = Arc::new(settings);
    Ok(cloud)
}

fn transitions() -> impl Iterator<Item = &'static Transition<Cloudzy>> {
    let others = [
        floating_ips::TRANSITIONS,
        iso::TRANSITIONS,
        images::TRANSITIONS,
        snapshots::TRANSITIONS,
        backups::TRANSITIONS,
    ];
    instances::TRANSITIONS.iter().copied().chain(others).flatten().copied()
}

/// The names of the transitions, as faults refer to them.
pub fn transition_names() -> Vec<String> {
    transitions().map(|transition| transition.name.to_owned()).collect()
}

impl Cloud for Cloudzy {
    fn copy(&self) -> Arc<dyn Cloud> {
        Arc::new(self.clone())
    }

    fn apply_transition(&mut self, ctx: &mut Context, name: &str, subject: &Id, fails: Option<&str>) {
        let Some(transition) = transitions().find(|transition| transition.name == name) else { return };
        transition.run(self, ctx, subject, fails);
    }

    fn admin_change(&mut self, ctx: &mut Context, what: &str, how: &Value) -> Result<Option<Value>, String> {
        changes::admin_change(self, ctx, what, how)
    }

    /// Destructured without `..`, so that a table that is missing here does not compile.
    fn each_table(&mut self, visit: VisitTable) {
        let Cloudzy {
            settings: _,
            rates: _,
            accounts,
            charges,
            regions,
            products,
            operating_systems,
            applications,
            instances,
            ssh_keys,
            floating_ips,
            isos,
            images,
            snapshots,
            backups,
        } = self;
        visit("cloudzy", "accounts", accounts);
        visit("cloudzy", "charges", charges);
        visit("cloudzy", "regions", regions);
        visit("cloudzy", "products", products);
        visit("cloudzy", "operating_systems", operating_systems);
        visit("cloudzy", "applications", applications);
        visit("cloudzy", "instances", instances);
        visit("cloudzy", "ssh_keys", ssh_keys);
        visit("cloudzy", "floating_ips", floating_ips);
        visit("cloudzy", "isos", isos);
        visit("cloudzy", "images", images);
        visit("cloudzy", "snapshots", snapshots);
        visit("cloudzy", "backups", backups);
    }
}
