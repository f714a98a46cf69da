//! What is for sale, and for how much: regions, products, operating systems, applications, and the prices of
//! whatever has no product of its own.

pub mod applications;
pub mod operating_systems;
pub mod products;
pub mod regions;

use super::Cloudzy;
use super::money::Money;
use crate::engine::Id;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Builder;

/// The file `catalogue.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    pub rates: Rates,
    #[serde(rename = "region")]
    pub regions: Vec<regions::Region>,
    /// Each is a product of every region that has its class.
    #[serde(rename = "plan")]
    pub plans: Vec<products::PlanOnSale>,
    #[serde(rename = "os")]
    pub operating_systems: Vec<operating_systems::OsOnSale>,
    #[serde(rename = "application")]
    pub applications: Vec<applications::ApplicationOnSale>,
}

/// What resources cost in dollars an hour where no product includes them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    pub cpu: Money,
    pub high_frequency_cpu: Money,
    pub ram_gb: Money,
    pub disk_gb: Money,
    pub bandwidth_tb: Money,
    pub ddos_protection: Money,
    /// Paid by the month.
    pub floating_ip: Money,
    /// Of a snapshot, for every GB of the disk.
    pub snapshot_gb: Money,
    /// Once, not by the hour.
    pub traffic_gb: Money,
    /// What backups cost, in percent of the instance's price.
    pub backup: BackupRates,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupRates {
    pub daily: i64,
    pub weekly: i64,
    pub monthly: i64,
}

/// Puts everything that is for sale on the shelves.
pub fn stock(cloud: &mut Cloudzy, catalogue: Catalogue) -> Result<Rates, String> {
    for region in catalogue.regions {
        for plan in catalogue.plans.iter().filter(|plan| region.config.has(plan.class)) {
            cloud.products.insert(plan.in_region(&region));
        }
        cloud.regions.insert(region);
    }
    for os in catalogue.operating_systems {
        cloud.operating_systems.insert(os.into());
    }
    for application in catalogue.applications {
        let known = |name: &String| cloud.operating_systems.all().any(|os| os.name == *name);
        if let Some(unknown) = application.os_list.iter().find(|name| !known(name)) {
            return Err(format!("application {}: there is no operating system {unknown}", application.name));
        }
        cloud.applications.insert(application.into());
    }
    Ok(catalogue.rates)
}

/// A UUID that is always the same for the same thing.
pub fn uuid_of(kind: &str, name: &str) -> Id {
    let digest: [u8; 32] = Sha256::digest(format!("{kind}/{name}")).into();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(one, byte)| *one = byte);
    Builder::from_random_bytes(bytes).into_uuid().hyphenated().to_string().into()
}

/// 64 hexadecimal digits, as operating systems and applications are named by.
fn hex_of(kind: &str, name: &str) -> Id {
    hex::encode(Sha256::digest(format!("{kind}/{name}"))).into()
}
