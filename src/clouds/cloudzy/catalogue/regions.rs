//! Regions: the locations of instances, and their features.

use crate::clouds::cloudzy::instances::size::Class;
use crate::clouds::cloudzy::{Cloudzy, envelope, errors, schemas};
use crate::engine::{Answer, Call, Id, Object, Operation, Problem, Row, get};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Operation<Cloudzy>] =
    &[get("/regions", "cloudzy.region.list", list).summary("Lists regions.").response(schemas::regions)];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// `US-New-York`
    pub id: Id,
    /// Another id of the region, such as the documentation's `region-456`.
    #[serde(default)]
    pub alias: Option<String>,
    pub name: String,
    pub abbr: String,
    /// The URL of its flag.
    pub image: String,
    #[serde(default = "yes")]
    pub is_active: bool,
    #[serde(default)]
    pub is_out_of_stock: bool,
    #[serde(default)]
    pub is_premium: bool,
    #[serde(default)]
    pub is_hidden: bool,
    /// The prices of this region in percent of the price list.
    #[serde(default = "hundred")]
    pub price_percent: i64,
    /// The discount on products in percent.
    #[serde(default)]
    pub discount_percent: i64,
    pub position: i64,
    pub config: RegionConfig,
    /// The range that IPv4 addresses are allocated from: `198.18.0.0/20`.
    pub ipv4_range: String,
    pub ipv6_range: String,
    pub floating_range: String,
    /// The number of physical servers.
    pub hosts: u8,
}

/// The features of a region and its limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionConfig {
    #[serde(default = "yes")]
    pub ipv6: bool,
    #[serde(default = "yes")]
    pub regular_cpu: bool,
    #[serde(default)]
    pub high_frequency_cpu: bool,
    #[serde(default = "yes")]
    pub monitoring: bool,
    #[serde(default)]
    pub gpu: bool,
    #[serde(default = "yes")]
    pub custom_plan: bool,
    pub ram_threshold_in_gb: i64,
    /// The maximum number of floating IPs of one customer.
    pub ip_threshold: i64,
    /// The largest disk, in GB.
    pub disk_threshold: i64,
    #[serde(default)]
    pub ddos_ipv4: bool,
    #[serde(default)]
    pub ddos_ipv4_threshold: i64,
}

fn yes() -> bool {
    true
}

fn hundred() -> i64 {
    100
}

impl Row for Region {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.id
    }
}

impl RegionConfig {
    /// True if instances of this class can be created here.
    pub fn has(&self, class: Class) -> bool {
        match class {
            Class::Default => self.regular_cpu,
            Class::CpuOptimized => self.high_frequency_cpu,
            Class::GpuProvided => self.gpu,
        }
    }
}

impl Region {
    /// True if new instances can be created here.
    pub fn sells(&self) -> bool {
        self.is_active && !self.is_out_of_stock
    }
}

/// Finds a region by id or alias.
pub fn find<'c>(cloud: &'c Cloudzy, name: &str) -> Result<&'c Region, Problem> {
    let alias = || cloud.regions.all().find(|region| region.alias.as_deref() == Some(name));
    cloud.regions.get(name).or_else(alias).ok_or_else(errors::region_not_found)
}

fn list(_call: &Call, cloud: &Cloudzy) -> Answer {
    Ok(envelope::bare("List of regions", cloud.regions.all().rev(), view))
}

fn view(o: &mut Object, region: &Region) {
    let config = &region.config;
    o.set("id", &region.id);
    o.set("name", &region.name);
    o.set("abbr", &region.abbr);
    o.set("image", &region.image);
    o.set("isActive", region.is_active);
    o.set("isOutOfStock", region.is_out_of_stock);
    o.set("overallActiveness", region.sells());
    o.set("ddosActiveness", config.ddos_ipv4 && region.sells());
    o.set("isPremium", region.is_premium);
    o.set("isHidden", region.is_hidden);
    o.set("hasOffsetPrice", region.price_percent != 100);
    o.set("maxDiscountPercent", Some(region.discount_percent).filter(|percent| *percent > 0));
    o.set("position", region.position);
    o.object("config", |o| {
        o.set("supportIpv6", config.ipv6);
        o.set("supportRegularCpu", config.regular_cpu);
        o.set("supportHighFrequencyCpu", config.high_frequency_cpu);
        o.set("supportMonitoring", config.monitoring);
        o.set("supportGpu", config.gpu);
        o.set("supportCustomPlan", config.custom_plan);
        o.set("ramThresholdInGB", config.ram_threshold_in_gb);
        o.set("ipThreshold", config.ip_threshold);
        o.set("diskThreshold", config.disk_threshold);
        o.set("supportDdosIpv4", config.ddos_ipv4);
        o.set("ddosIpv4Threshold", config.ddos_ipv4_threshold);
    });
}
