//! Floating IPs: addresses that outlive instances and are paid per month.

use super::billing::{self, MONTH, Price};
use super::catalogue::regions::{self, Region};
use super::money::Money;
use super::paging::Paging;
use super::{Cloudzy, accounts, addresses, envelope, errors, pydantic, schemas};
use crate::engine::{
    Answer, Call, Context, Id, Index, Object, Operation, Problem, Row, Transition, get, patch, post, schema_of,
    transition,
};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Operation<Cloudzy>] = &[
    get("/floating-ips", "cloudzy.floating_ip.list", list)
        .summary("Lists floating IPs.")
        .query(schema_of::<ListFloatingIps>)
        .response(schemas::floating_ips),
    post("/floating-ips", "cloudzy.floating_ip.create", create)
        .summary("Orders floating IPs.")
        .body::<AddFloatingIps>()
        .response(schemas::added_floating_ips),
    patch("/floating-ips/{id}", "cloudzy.floating_ip.update", update)
        .summary("Updates a floating IP.")
        .body::<UpdateFloatingIp>()
        .response(schemas::floating_ip),
    post("/floating-ips/{id}/release", "cloudzy.floating_ip.release", release)
        .summary("Releases a floating IP.")
        .no_body()
        .response(schemas::done),
];

pub const RENEW: Transition<Cloudzy> = transition("cloudzy.floating_ip.renew", renew, renewal_fails);

pub const TRANSITIONS: &[&Transition<Cloudzy>] = &[&RENEW];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FloatingIp {
    pub id: Id,
    pub user: Id,
    pub address: String,
    pub region: Id,
    pub instance: Option<Id>,
    pub auto_renew: bool,
    pub customer_note: String,
    pub created_at: DateTime<Utc>,
    /// The end of the month that is paid.
    pub expires_at: DateTime<Utc>,
    pub released_at: Option<DateTime<Utc>>,
}

/// Index of floating IPs by instance.
pub const BY_INSTANCE: Index<FloatingIp> =
    Index::new("instance", |ip, key| ip.instance.as_deref().into_iter().for_each(key));

impl Row for FloatingIp {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.user
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_INSTANCE]
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(default)]
#[derive(Default)]
struct ListFloatingIps {
    address: Option<String>,
    region_id: Option<String>,
    /// In seconds since 1970.
    expires_after: Option<f64>,
    include_deleted: Option<bool>,
    #[serde(flatten)]
    paging: Paging,
}

/// `AddFloatingIPRequestSchema`
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AddFloatingIps {
    region_id: String,
    #[schemars(range(min = 1, max = 100))]
    count: i64,
}

/// `UpdateFloatingIPRequestSchema`
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct UpdateFloatingIp {
    auto_renew: Option<bool>,
    #[schemars(length(max = 1000))]
    customer_note: Option<String>,
}

/// The price of a floating IP for a month.
pub fn price(cloud: &Cloudzy, region: &str) -> Money {
    let percent = cloud.regions.get(region).map_or(100, |region| region.price_percent);
    cloud.rates.floating_ip.percent(percent) * MONTH
}

/// Allocates a floating IP. The caller has checked that the customer can pay for it.
pub fn allocate(
    cloud: &mut Cloudzy,
    ctx: &mut Context,
    user: &Id,
    region: &Region,
    instance: Option<Id>,
) -> Result<Id, Problem> {
    let own = cloud.floating_ips.of(user).filter(|one| one.released_at.is_none() && one.region == region.id);
    if own.count() as i64 >= region.config.ip_threshold {
        return Err(errors::above_threshold("floating IPs", region.config.ip_threshold));
    }
    let ip = FloatingIp {
        id: ctx.uuid(),
        user: user.clone(),
        address: addresses::free_floating(cloud, region)?,
        region: region.id.clone(),
        instance,
        auto_renew: true,
        customer_note: String::new(),
        created_at: ctx.now(),
        expires_at: in_a_month(ctx.now()),
        released_at: None,
    };
    let id = ip.id.clone();
    ctx.after(month(), &RENEW, &id);
    cloud.floating_ips.insert(ip);
    let price = Price { unit: price(cloud, &region.id), hours: MONTH };
    billing::begin(cloud, &id, user, price, ctx.now());
    Ok(id)
}

/// Detaches the addresses of an instance that is deleted. They stay with the customer.
pub fn detach(cloud: &mut Cloudzy, instance: &Id) {
    let attached = cloud.floating_ips.by(&BY_INSTANCE, instance);
    let attached: Vec<Id> = attached.map(|one| one.id.clone()).collect();
    for id in attached {
        if let Some(ip) = cloud.floating_ips.get_mut(&id) {
            ip.instance = None;
        }
    }
}

fn month() -> TimeDelta {
    TimeDelta::hours(MONTH)
}

fn in_a_month(now: DateTime<Utc>) -> DateTime<Utc> {
    now.checked_add_signed(month()).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn list(call: &Call, cloud: &Cloudzy) -> Answer {
    let request: ListFloatingIps = pydantic::query(call)?;
    let region = request.region_id.as_deref().map(|name| regions::find(cloud, name).map_or(name, |region| &region.id));
    let matches = |one: &&FloatingIp| {
        accounts::reaches(cloud, call, &one.user)
            && (request.include_deleted == Some(true) || one.released_at.is_none())
            && request.address.as_ref().is_none_or(|address| *address == one.address)
            && region.is_none_or(|region| *one.region == *region)
            && request.expires_after.is_none_or(|moment| one.expires_at.timestamp() as f64 > moment)
    };
    let found: Vec<_> = cloud.floating_ips.all().filter(matches).collect();
    Ok(envelope::one("List of floating IPs", |o| {
        o.each("floatingIps", request.paging.cut(&found), |o, one| view(o, one));
        o.set("total", found.len());
    }))
}

fn create(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    let request: AddFloatingIps = pydantic::body(call)?;
    let region = regions::find(cloud, &request.region_id)?.clone();
    if !region.is_active {
        return Err(errors::region_is_out_of_stock());
    }
    let user = call.user();
    let price = Price { unit: price(cloud, &region.id), hours: MONTH };
    billing::afford(cloud, &user, &vec![price; request.count.unsigned_abs() as usize], None, ctx.now())?;
    let mut made = vec![];
    for _ in 0..request.count {
        made.push(allocate(cloud, ctx, &user, &region, None)?);
    }
    let made = made.iter().filter_map(|id| cloud.floating_ips.get(id));
    Ok(envelope::many("Floating IPs added successfully", "floatingIps", made, view))
}

/// Fields that are missing keep their values.
fn update(call: &Call, cloud: &mut Cloudzy, _ctx: &mut Context) -> Answer {
    let request: UpdateFloatingIp = pydantic::body(call)?;
    let id = of_path(cloud, call)?.id.clone();
    let ip = cloud.floating_ips.get_mut(&id).ok_or_else(errors::floating_ip_not_found)?;
    ip.auto_renew = request.auto_renew.unwrap_or(ip.auto_renew);
    if let Some(note) = request.customer_note {
        ip.customer_note = note;
    }
    let ip = &*ip;
    Ok(envelope::one("Floating IP updated successfully", |o| view(o, ip)))
}

fn release(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    let id = of_path(cloud, call)?.id.clone();
    give_back(cloud, ctx, &id);
    Ok(envelope::done("Floating IP released successfully"))
}

fn give_back(cloud: &mut Cloudzy, ctx: &mut Context, id: &Id) {
    if let Some(ip) = cloud.floating_ips.get_mut(id) {
        ip.released_at = Some(ctx.now());
        ip.instance = None;
        billing::end(cloud, id, ctx.now());
    }
}

/// The floating IP of the path if the caller can access it and it is not released.
fn of_path<'c>(cloud: &'c Cloudzy, call: &Call) -> Result<&'c FloatingIp, Problem> {
    let found = cloud.floating_ips.get(call.param("id")).filter(|one| one.released_at.is_none());
    found.filter(|one| accounts::reaches(cloud, call, &one.user)).ok_or_else(errors::floating_ip_not_found)
}

/// At the end of the paid month: renews the address for another month, or releases it.
fn renew(cloud: &mut Cloudzy, ctx: &mut Context, id: &Id) {
    let Some(ip) = cloud.floating_ips.get_mut(id).filter(|one| one.released_at.is_none()) else { return };
    if !ip.auto_renew {
        return give_back(cloud, ctx, id);
    }
    ip.expires_at = in_a_month(ctx.now());
    ctx.after(month(), &RENEW, id);
}

fn renewal_fails(cloud: &mut Cloudzy, ctx: &mut Context, id: &Id, _reason: &str) {
    if cloud.floating_ips.get(id).is_some_and(|one| one.released_at.is_none()) {
        give_back(cloud, ctx, id);
    }
}

fn view(o: &mut Object, ip: &FloatingIp) {
    o.set("id", &ip.id);
    o.set("ipAddress", &ip.address);
    o.set("ip", &ip.address);
    o.set("regionId", &ip.region);
    o.set("instanceId", &ip.instance);
    o.set("userId", &ip.user);
    o.set("autoRenew", ip.auto_renew);
    o.set("customerNote", &ip.customer_note);
    o.set("createdAt", ip.created_at.timestamp());
    o.set("expiresAt", ip.expires_at.timestamp());
    o.set("isDeleted", ip.released_at.is_some());
}
