//! Operating systems of instances.

use super::hex_of;
use crate::clouds::cloudzy::{Cloudzy, envelope, errors, pydantic, schemas};
use crate::engine::{Answer, Call, Id, Object, Operation, Problem, Row, get, schema_of};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Operation<Cloudzy>] = &[get("/os", "cloudzy.os.list", list)
    .summary("Lists operating systems.")
    .query(schema_of::<ListOs>)
    .response(schemas::operating_systems)];

/// An operating system in `catalogue.toml`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OsOnSale {
    /// `ubuntu-22.04`: an alias of the id.
    pub slug: String,
    pub name: String,
    pub family: String,
    #[serde(default = "usual")]
    pub arch: String,
    pub min_ram_mb: i64,
    #[serde(default)]
    pub is_default: bool,
    #[serde(default = "yes")]
    pub is_active: bool,
}

fn usual() -> String {
    "x86_64".into()
}

fn yes() -> bool {
    true
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Os {
    /// 64 hexadecimal digits.
    pub id: Id,
    pub slug: String,
    pub name: String,
    pub family: String,
    pub arch: String,
    pub min_ram_mb: i64,
    /// True for the operating system of instances that are created without one.
    pub is_default: bool,
    pub is_active: bool,
}

impl Row for Os {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.id
    }
}

impl From<OsOnSale> for Os {
    fn from(os: OsOnSale) -> Os {
        Os {
            id: hex_of("os", &os.slug),
            slug: os.slug,
            name: os.name,
            family: os.family,
            arch: os.arch,
            min_ram_mb: os.min_ram_mb,
            is_default: os.is_default,
            is_active: os.is_active,
        }
    }
}

/// Finds an operating system by id or slug. Inactive ones are not found.
pub fn find<'c>(cloud: &'c Cloudzy, name: &str) -> Result<&'c Os, Problem> {
    let slug = || cloud.operating_systems.all().find(|os| os.slug == name);
    let os = cloud.operating_systems.get(name).or_else(slug);
    os.filter(|os| os.is_active).ok_or_else(errors::os_not_found)
}

/// Finds an operating system by name, `Ubuntu 22.04`, or slug.
pub fn named<'c>(cloud: &'c Cloudzy, name: &str) -> Result<&'c Os, Problem> {
    let mut active = cloud.operating_systems.all().filter(|os| os.is_active);
    active.find(|os| os.name.eq_ignore_ascii_case(name) || os.slug == name).ok_or_else(errors::os_not_found)
}

/// The default operating system.
pub fn default_os(cloud: &Cloudzy) -> Result<&Os, Problem> {
    let mut active = cloud.operating_systems.all().filter(|os| os.is_active);
    active.find(|os| os.is_default).ok_or_else(errors::os_not_found)
}

/// Parameters that an older client sends.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct ListOs {
    /// In MB: lists systems that run with this much memory.
    min_ram: Option<i64>,
    only_actives: Option<bool>,
}

fn list(call: &Call, cloud: &Cloudzy) -> Answer {
    let request: ListOs = pydantic::query(call)?;
    let matches = |os: &&Os| {
        request.min_ram.is_none_or(|ram| os.min_ram_mb <= ram) && (os.is_active || request.only_actives != Some(true))
    };
    let found = cloud.operating_systems.all().rev().filter(matches);
    Ok(envelope::many("List of operating systems", "os", found, view))
}

pub fn view(o: &mut Object, os: &Os) {
    o.set("id", &os.id);
    o.set("name", &os.name);
    o.set("family", &os.family);
    o.set("arch", &os.arch);
    // The live API writes this number as a string.
    o.set("minRam", os.min_ram_mb.to_string());
    o.set("isDefault", os.is_default);
    o.set("isActive", os.is_active);
}
