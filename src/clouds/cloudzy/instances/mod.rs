//! Instances, which are virtual servers. Their rows stay after they are deleted.

mod creation;
mod deletion;
mod listing;
mod power;
mod rebuild;
mod resize;
pub mod size;
pub mod source;
mod traffic;
mod view;

pub use source::Source;

use super::billing::{self, BillingCycle, Price};
use super::catalogue::regions;
use super::money::Money;
use super::{Cloudzy, accounts, backups, errors, schemas};
use crate::engine::{Call, Context, Id, Index, Operation, Problem, Row, Transition, delete, get, post, schema_of};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use size::Size;

pub const OPERATIONS: &[Operation<Cloudzy>] = &[
    get("/instances", "cloudzy.instance.list", listing::list)
        .summary("Lists instances.")
        .query(schema_of::<listing::ListInstances>)
        .response(schemas::instances),
    post("/instances", "cloudzy.instance.create", creation::create)
        .summary("Creates an instance.")
        .body::<creation::CreateInstance>()
        .response(schemas::created_instances),
    get("/instances/{instanceId}", "cloudzy.instance.show", view::show)
        .summary("Shows an instance.")
        .response(schemas::instance),
    delete("/instances/{instanceId}", "cloudzy.instance.delete", deletion::delete)
        .summary("Deletes an instance.")
        .answers(200)
        .response(schemas::done),
    post("/instances/{instanceId}/resize", "cloudzy.instance.resize", resize::resize)
        .summary("Resizes an instance.")
        .body::<resize::ResizeInstance>()
        .response(schemas::done),
    post("/instances/{instanceId}/change-os", "cloudzy.instance.change_os", rebuild::change_os)
        .summary("Reinstalls an instance with another operating system.")
        .body::<rebuild::ChangeOs>()
        .response(schemas::done),
    post("/instances/{instanceId}/poweroff", "cloudzy.instance.poweroff", power::poweroff)
        .summary("Powers an instance off.")
        .no_body()
        .response(schemas::done),
    post("/instances/{instanceId}/poweron", "cloudzy.instance.poweron", power::poweron)
        .summary("Powers an instance on.")
        .no_body()
        .response(schemas::done),
    post("/instances/{instanceId}/reset", "cloudzy.instance.reset", power::reset)
        .summary("Resets an instance.")
        .no_body()
        .response(schemas::done),
    post("/instances/{instanceId}/add-traffic", "cloudzy.instance.add_traffic", traffic::add_traffic)
        .summary("Buys traffic for an instance.")
        .body::<traffic::AddTraffic>()
        .response(schemas::done),
    post("/instances/{instanceId}/change-pass", "cloudzy.instance.change_pass", rebuild::change_pass)
        .summary("Changes the root password of an instance.")
        .no_body()
        .response(schemas::password),
];

pub const TRANSITIONS: &[&[&Transition<Cloudzy>]] =
    &[creation::TRANSITIONS, deletion::TRANSITIONS, power::TRANSITIONS, rebuild::TRANSITIONS, resize::TRANSITIONS];

/// An instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    pub id: Id,
    /// The customer that owns it: `userId`.
    pub user: Id,
    pub hostname: String,
    pub region: Id,
    /// The physical server that it runs on.
    pub host: String,
    pub size: Size,
    /// The size after the resize that is in progress.
    pub next_size: Option<Size>,
    pub source: Source,
    pub status: Status,
    /// The task in progress. No other task can begin meanwhile.
    pub task: Option<Task>,
    pub ipv4: Option<String>,
    pub ipv6: Option<String>,
    pub is_ddos_protected: bool,
    pub ssh_keys: Vec<i64>,
    pub features: Vec<Feature>,
    pub billing_cycle: BillingCycle,
    /// If false, the instance is deleted at the end of the paid cycle.
    pub auto_renew: bool,
    /// Traffic bought in addition to that of the size, in GB.
    pub traffic_gb: f64,
    pub password: String,
    pub customer_note: String,
    pub admin_note: String,
    pub inserted_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    PreparingDisk,
    Initializing,
    Active,
    Shutdown,
    /// It failed to build. The API document has no such status; this one is nephos's own.
    Failed,
    /// Shown only with `includeDeleted`. The API document has no such status; this one is nephos's own.
    Deleted,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    Build,
    PowerOff,
    PowerOn,
    Reset,
    ChangeOs,
    Resize,
    Restore,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    Nested,
    Ide,
    Metatrader4,
    Metatrader5,
    VpnVless,
    VpnVmess,
    VpnSs,
    VpnMtproto,
    Monitoring,
}

/// Index of instances by product.
pub const BY_PRODUCT: Index<Instance> =
    Index::new("product", |instance, key| instance.size.product.as_deref().into_iter().for_each(key));
/// Index of instances by the ISO that they boot from.
pub const BY_ISO: Index<Instance> =
    Index::new("iso", |instance, key| instance.source.iso.as_deref().into_iter().for_each(key));

impl Row for Instance {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.user
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_PRODUCT, BY_ISO]
    }
}

impl Instance {
    pub fn is_deleted(&self) -> bool {
        self.status == Status::Deleted
    }

    /// True while it counts against the stock of its product. One that failed to build does not, but keeps its
    /// addresses.
    pub fn occupies(&self) -> bool {
        !matches!(self.status, Status::Deleted | Status::Failed)
    }

    pub fn is_at(&self, task: Task) -> bool {
        self.task == Some(task) && !self.is_deleted()
    }

    /// Refuses if another task is in progress or if the instance failed to build.
    pub fn check_idle(&self) -> Result<(), Problem> {
        match (self.task, self.status) {
            (Some(_), _) => Err(errors::instance_is_busy()),
            (None, Status::Failed) => Err(errors::instance_has_failed()),
            (None, _) => Ok(()),
        }
    }

    /// The total price per hour.
    pub fn hourly(&self, cloud: &Cloudzy) -> Money {
        let percent = cloud.regions.get(&self.region).map_or(100, |region| region.price_percent);
        hourly(cloud, &self.size, self.is_ddos_protected, self.source.app.as_deref(), percent)
    }

    pub fn price(&self, cloud: &Cloudzy) -> Price {
        Price::hourly(self.hourly(cloud), self.billing_cycle)
    }
}

/// The price per hour of a size with DDoS protection and application.
fn hourly(cloud: &Cloudzy, size: &Size, ddos: bool, app: Option<&str>, region_percent: i64) -> Money {
    let protection = if ddos { cloud.rates.ddos_protection.percent(region_percent) } else { Money::default() };
    let app = app.and_then(|app| cloud.applications.get(app));
    size.price + protection + app.map_or_else(Money::default, |app| app.price)
}

/// Starts new charges for an instance and its backup profile at their current prices.
pub fn reprice(cloud: &mut Cloudzy, ctx: &mut Context, id: &Id) {
    let Some(instance) = cloud.instances.get(id) else { return };
    let (user, price) = (instance.user.clone(), instance.price(cloud));
    billing::begin(cloud, id, &user, price, ctx.now());
    backups::reprice(cloud, ctx, id);
}

/// The instance with this id if the caller can access it and it is not deleted; else 404.
pub fn find<'c>(cloud: &'c Cloudzy, call: &Call, id: &str) -> Result<&'c Instance, Problem> {
    let found = cloud.instances.get(id).filter(|instance| !instance.is_deleted());
    found.filter(|instance| accounts::reaches(cloud, call, &instance.user)).ok_or_else(errors::instance_not_found)
}

/// The instance of the path.
fn of_path<'c>(cloud: &'c Cloudzy, call: &Call) -> Result<&'c Instance, Problem> {
    find(cloud, call, call.param("instanceId"))
}

/// The region of an instance.
fn region_of<'c>(cloud: &'c Cloudzy, instance: &Instance) -> Result<&'c regions::Region, Problem> {
    regions::find(cloud, &instance.region)
}

/// A random password of sixteen letters and digits, without those that look alike.
pub fn new_password(ctx: &mut Context) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
    let letter = |byte: u8| LETTERS.get(usize::from(byte % 32)).copied().map_or('x', char::from);
    ctx.secret::<16>("password").map(letter).iter().collect()
}
