//! Sizes of instances and their prices per hour: a product with extras, or custom measures.

use crate::clouds::cloudzy::catalogue::Rates;
use crate::clouds::cloudzy::catalogue::products::{self, Product};
use crate::clouds::cloudzy::catalogue::regions::Region;
use crate::clouds::cloudzy::money::Money;
use crate::clouds::cloudzy::{Cloudzy, errors, pydantic};
use crate::engine::{Id, Object, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    #[default]
    Default,
    CpuOptimized,
    GpuProvided,
}

/// For an instance with a product, its additional resources; otherwise all its resources.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ExtraResource {
    #[schemars(range(min = 0, max = 128))]
    pub cpu: Option<i64>,
    #[serde(rename = "ramInGB")]
    #[schemars(range(min = 0, max = 2048))]
    pub ram_in_gb: Option<i64>,
    #[serde(rename = "diskInGB")]
    #[schemars(range(min = 0, max = 100_000))]
    pub disk_in_gb: Option<i64>,
    #[serde(rename = "bandwidthInTB")]
    #[schemars(range(min = 0, max = 1000))]
    pub bandwidth_in_tb: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    pub product: Option<Id>,
    pub class: Class,
    pub vcpus: i64,
    pub ram_mb: i64,
    pub disk_gb: i64,
    pub bandwidth_tb: i64,
    pub extra: ExtraResource,
    pub discount_percent: i64,
    /// The price per hour.
    pub price: Money,
}

impl Size {
    /// The size of a product with extras.
    pub fn of_product(
        cloud: &Cloudzy,
        region: &Region,
        product: &Product,
        extra: ExtraResource,
    ) -> Result<Size, Problem> {
        if product.region != region.id {
            return Err(errors::product_of_another_region());
        }
        let (cpu, ram) = (extra.cpu.unwrap_or(0), extra.ram_in_gb.unwrap_or(0));
        let (disk, bandwidth) = (extra.disk_in_gb.unwrap_or(0), extra.bandwidth_in_tb.unwrap_or(0));
        let size = Size {
            product: Some(product.id.clone()),
            class: product.class,
            vcpus: product.cpu + cpu,
            ram_mb: (product.ram_gb + ram) * 1024,
            disk_gb: product.storage_gb + disk,
            bandwidth_tb: product.bandwidth_tb + bandwidth,
            discount_percent: product.discount_percent,
            price: product.price() + resources(&cloud.rates, region, product.class, [cpu, ram, disk, bandwidth]),
            extra,
        };
        size.fits(region)
    }

    /// A custom size. All four measures are required.
    pub fn custom(cloud: &Cloudzy, region: &Region, class: Class, extra: ExtraResource) -> Result<Size, Problem> {
        if !region.config.custom_plan {
            return Err(errors::not_in_this_region("custom plans"));
        }
        let needed = |name: &str, value: Option<i64>| {
            let value = value.filter(|value| *value > 0);
            value.ok_or_else(|| pydantic::missing(&["body", "extraResource", name]))
        };
        let cpu = needed("cpu", extra.cpu)?;
        let ram = needed("ramInGB", extra.ram_in_gb)?;
        let disk = needed("diskInGB", extra.disk_in_gb)?;
        let bandwidth = needed("bandwidthInTB", extra.bandwidth_in_tb)?;
        if !region.config.has(class) || class == Class::GpuProvided {
            return Err(errors::not_in_this_region("custom plans of this class"));
        }
        let size = Size {
            product: None,
            class,
            vcpus: cpu,
            ram_mb: ram * 1024,
            disk_gb: disk,
            bandwidth_tb: bandwidth,
            discount_percent: 0,
            price: resources(&cloud.rates, region, class, [cpu, ram, disk, bandwidth]),
            extra,
        };
        size.fits(region)
    }

    fn fits(self, region: &Region) -> Result<Size, Problem> {
        let config = &region.config;
        if self.ram_mb > config.ram_threshold_in_gb * 1024 {
            return Err(errors::above_threshold("GB of RAM", config.ram_threshold_in_gb));
        }
        if self.disk_gb > config.disk_threshold {
            return Err(errors::above_threshold("GB of disk", config.disk_threshold));
        }
        Ok(self)
    }

    /// Refuses if `count` instances of the product cannot be created.
    pub fn check_stock(&self, cloud: &Cloudzy, count: i64) -> Result<(), Problem> {
        let Some(product) = &self.product else { return Ok(()) };
        let product = products::find(cloud, product)?;
        if product.sells(cloud, count) { Ok(()) } else { Err(errors::product_is_out_of_sales()) }
    }
}

/// The price per hour of CPUs, GB of RAM, GB of disk and TB of bandwidth.
fn resources(rates: &Rates, region: &Region, class: Class, [cpu, ram, disk, bandwidth]: [i64; 4]) -> Money {
    let of_cpu = if class == Class::Default { rates.cpu } else { rates.high_frequency_cpu };
    let sum = of_cpu * cpu + rates.ram_gb * ram + rates.disk_gb * disk + rates.bandwidth_tb * bandwidth;
    sum.percent(region.price_percent)
}

pub fn view_extra(o: &mut Object, extra: &ExtraResource) {
    o.set("cpu", extra.cpu.unwrap_or(0));
    o.set("ramInGB", extra.ram_in_gb.unwrap_or(0));
    o.set("diskInGB", extra.disk_in_gb.unwrap_or(0));
    o.set("bandwidthInTB", extra.bandwidth_in_tb.unwrap_or(0));
}
