//! One-click applications (OCA), each with the operating systems that it can run on.

use super::hex_of;
use crate::clouds::cloudzy::money::Money;
use crate::clouds::cloudzy::{Cloudzy, envelope, errors, schemas};
use crate::engine::{Answer, Call, Id, Object, Operation, Problem, Row, get};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Operation<Cloudzy>] = &[get("/applications", "cloudzy.application.list", list)
    .summary("Lists applications.")
    .response(schemas::applications)];

/// An application in `catalogue.toml`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationOnSale {
    /// `docker`: an alias of the id.
    pub slug: String,
    pub name: String,
    pub tag: String,
    pub description: String,
    pub os_family: String,
    /// Names of operating systems. The first is the default.
    pub os_list: Vec<String>,
    /// Dollars per hour, in addition to the price of the instance.
    #[serde(default)]
    pub price: Money,
    #[serde(default)]
    pub is_experimental: bool,
    #[serde(default = "yes")]
    pub is_active: bool,
}

fn yes() -> bool {
    true
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// 64 hexadecimal digits.
    pub id: Id,
    pub slug: String,
    pub name: String,
    pub tag: String,
    pub description: String,
    pub os_family: String,
    pub os_list: Vec<String>,
    pub price: Money,
    pub is_experimental: bool,
    pub is_active: bool,
}

impl Row for Application {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.id
    }
}

impl From<ApplicationOnSale> for Application {
    fn from(one: ApplicationOnSale) -> Application {
        Application {
            id: hex_of("application", &one.slug),
            slug: one.slug,
            name: one.name,
            tag: one.tag,
            description: one.description,
            os_family: one.os_family,
            os_list: one.os_list,
            price: one.price,
            is_experimental: one.is_experimental,
            is_active: one.is_active,
        }
    }
}

/// Finds an application by id or slug. Inactive ones are not found.
pub fn find<'c>(cloud: &'c Cloudzy, name: &str) -> Result<&'c Application, Problem> {
    let slug = || cloud.applications.all().find(|one| one.slug == name);
    let found = cloud.applications.get(name).or_else(slug);
    found.filter(|one| one.is_active).ok_or_else(errors::application_not_found)
}

fn list(_call: &Call, cloud: &Cloudzy) -> Answer {
    Ok(envelope::many("List of applications", "applications", cloud.applications.all().rev(), view))
}

fn view(o: &mut Object, one: &Application) {
    o.set("id", &one.id);
    o.set("name", &one.name);
    o.set("price", one.price);
    o.set("pricingType", if one.price == Money::default() { "free" } else { "hourly" });
    o.set("isActive", one.is_active);
    o.set("logoUrl", format!("https://cloudzy.example/logos/{}.svg", one.slug));
    o.set("tag", &one.tag);
    o.set("isExperimental", one.is_experimental);
    o.set("description", &one.description);
    o.set("osFamily", &one.os_family);
    o.set("osList", &one.os_list);
}
