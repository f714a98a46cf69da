//! Products. A product is a plan in a region, with its price and stock.

use super::regions::{self, Region};
use super::uuid_of;
use crate::clouds::cloudzy::billing::MONTH;
use crate::clouds::cloudzy::instances::BY_PRODUCT;
use crate::clouds::cloudzy::instances::size::Class;
use crate::clouds::cloudzy::money::Money;
use crate::clouds::cloudzy::{Cloudzy, envelope, errors, pydantic, schemas};
use crate::engine::{Answer, Call, Id, Object, Operation, Problem, Row, get, schema_of};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Operation<Cloudzy>] = &[get("/products", "cloudzy.product.list", list)
    .summary("Lists products.")
    .requires_query(schema_of::<ListProducts>)
    .response(schemas::products)];

/// A plan in `catalogue.toml`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanOnSale {
    pub name: String,
    pub class: Class,
    pub cpu: i64,
    pub ram_gb: i64,
    pub storage_gb: i64,
    pub bandwidth_tb: i64,
    /// Dollars per hour in a region without price difference or discount.
    pub hourly: Money,
    /// The stock of each region.
    pub stock: i64,
    #[serde(default)]
    pub is_out_of_sales: bool,
    #[serde(default)]
    pub gpu_name: Option<String>,
    #[serde(default)]
    pub gpu_quantity: Option<i64>,
    /// Other ids of the product, by region.
    #[serde(default)]
    pub aliases: std::collections::BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    pub id: Id,
    pub alias: Option<String>,
    pub region: Id,
    pub plan: Id,
    pub name: String,
    pub class: Class,
    pub cpu: i64,
    pub ram_gb: i64,
    pub storage_gb: i64,
    pub bandwidth_tb: i64,
    /// The price per hour before the discount.
    pub list_price: Money,
    pub discount_percent: i64,
    /// The total stock, including what is in use.
    pub stock: i64,
    pub is_active: bool,
    pub is_out_of_sales: bool,
    pub ddos: bool,
    pub gpu_name: Option<String>,
    pub gpu_quantity: Option<i64>,
}

impl Row for Product {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.region
    }
}

impl PlanOnSale {
    /// The product of this plan in a region.
    pub fn in_region(&self, region: &Region) -> Product {
        Product {
            id: uuid_of("product", &format!("{}/{}", region.id, self.name)),
            alias: self.aliases.get(&*region.id).cloned(),
            region: region.id.clone(),
            plan: uuid_of("plan", &self.name),
            name: self.name.clone(),
            class: self.class,
            cpu: self.cpu,
            ram_gb: self.ram_gb,
            storage_gb: self.storage_gb,
            bandwidth_tb: self.bandwidth_tb,
            list_price: self.hourly.percent(region.price_percent),
            discount_percent: region.discount_percent,
            stock: self.stock,
            is_active: true,
            is_out_of_sales: self.is_out_of_sales,
            ddos: region.config.ddos_ipv4,
            gpu_name: self.gpu_name.clone(),
            gpu_quantity: self.gpu_quantity,
        }
    }
}

impl Product {
    /// The price per hour after the discount.
    pub fn price(&self) -> Money {
        self.list_price.percent(100 - self.discount_percent)
    }

    /// The number of instances that can still be created.
    pub fn left(&self, cloud: &Cloudzy) -> i64 {
        let taken = cloud.instances.by(&BY_PRODUCT, &self.id).filter(|one| one.occupies());
        (self.stock - taken.count() as i64).max(0)
    }

    /// True if `count` instances can be created.
    pub fn sells(&self, cloud: &Cloudzy, count: i64) -> bool {
        self.is_active && !self.is_out_of_sales && self.left(cloud) >= count
    }
}

/// Finds a product by id or alias.
pub fn find<'c>(cloud: &'c Cloudzy, name: &str) -> Result<&'c Product, Problem> {
    let alias = || cloud.products.all().find(|product| product.alias.as_deref() == Some(name));
    cloud.products.get(name).or_else(alias).ok_or_else(errors::product_not_found)
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ListProducts {
    region_id: String,
}

fn list(call: &Call, cloud: &Cloudzy) -> Answer {
    let request: ListProducts = pydantic::query(call)?;
    let region = regions::find(cloud, &request.region_id)?;
    let products = cloud.products.of(&region.id).rev();
    Ok(envelope::bare("List of products", products, |o, product| view(o, product, region, cloud)))
}

fn view(o: &mut Object, product: &Product, region: &Region, cloud: &Cloudzy) {
    let left = product.left(cloud);
    let sells = product.sells(cloud, 1) && region.sells();
    o.set("id", &product.id);
    o.set("regionId", &product.region);
    o.set("planId", &product.plan);
    o.set("isActive", product.is_active);
    o.set("isOutOfSales", product.is_out_of_sales || left == 0);
    o.set("networkMaxRate", 10_000.0);
    o.set("networkMaxRate95", 1_000.0);
    o.set("discountPercent", product.discount_percent);
    o.set("remainingActualStock", left);
    o.set("remainingPreorderCapacity", 0);
    o.set("overallActiveness", sells);
    o.set("ddosActiveness", product.ddos && sells);
    o.object("plan", |o| {
        o.set("id", &product.plan);
        o.set("type", product.class);
        o.set("gpuName", &product.gpu_name);
        o.set("gpuQuantity", product.gpu_quantity);
        o.set("isActive", product.is_active);
        o.object("specification", |o| {
            o.set("cpu", product.cpu);
            o.set("ram", product.ram_gb);
            o.set("ramInMB", product.ram_gb * 1024);
            o.set("storage", product.storage_gb);
            o.set("bandwidthInTB", product.bandwidth_tb);
        });
    });
    o.each("priceItems", [product], |o, product| {
        o.set("id", uuid_of("price", &product.id));
        o.set("name", &product.name);
        o.set("hourlyPrice", product.price());
        o.set("monthlyPrice", product.price() * MONTH);
        o.set("hourlyPriceWithoutDiscount", product.list_price);
        o.set("monthlyPriceWithoutDiscount", product.list_price * MONTH);
        o.set("discountPercent", product.discount_percent);
    });
}
