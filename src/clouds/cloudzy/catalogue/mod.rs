//! The catalogue: regions, products, operating systems and applications, and the prices of resources without a
//! product.

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
    /// Each plan is a product of every region that has its class.
    #[serde(rename = "plan")]
    pub plans: Vec<products::PlanOnSale>,
    #[serde(rename = "os")]
    pub operating_systems: Vec<operating_systems::OsOnSale>,
    #[serde(rename = "application")]
    pub applications: Vec<applications::ApplicationOnSale>,
}

/// Prices of resources that no product includes, in dollars per hour unless stated otherwise.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    pub cpu: Money,
    pub high_frequency_cpu: Money,
    pub ram_gb: Money,
    pub disk_gb: Money,
    pub bandwidth_tb: Money,
    pub ddos_protection: Money,
    /// Paid per month.
    pub floating_ip: Money,
    /// A snapshot, per GB of the disk.
    pub snapshot_gb: Money,
    /// A GB of additional traffic, paid once.
    pub traffic_gb: Money,
    /// The fees of backup profiles, in percent of the instance's price.
    pub backup: BackupRates,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupRates {
    pub daily: i64,
    pub weekly: i64,
    pub monthly: i64,
}

/// Adds the catalogue to the cloud and returns its rates.
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

/// A UUID derived from a kind and a name, so it is the same in every run.
pub fn uuid_of(kind: &str, name: &str) -> Id {
    let digest: [u8; 32] = Sha256::digest(format!("{kind}/{name}")).into();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(one, byte)| *one = byte);
    Builder::from_random_bytes(bytes).into_uuid().hyphenated().to_string().into()
}

/// An id of 64 hexadecimal digits, the form of operating systems and applications.
fn hex_of(kind: &str, name: &str) -> Id {
    hex::encode(Sha256::digest(format!("{kind}/{name}"))).into()
}
