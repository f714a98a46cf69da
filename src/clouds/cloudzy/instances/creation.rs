//! Creation of instances. A request creates several at once, or none.

use super::size::{Class, ExtraResource, Size};
use super::source::{Source, SourceRequest};
use super::{Feature, Instance, Status, Task, hourly, new_password, view};
use crate::clouds::cloudzy::billing::{self, BillingCycle, MONTH, Price};
use crate::clouds::cloudzy::catalogue::products;
use crate::clouds::cloudzy::catalogue::regions::{self, Region};
use crate::clouds::cloudzy::{Cloudzy, accounts, addresses, envelope, errors, floating_ips, pydantic, ssh_keys};
use crate::engine::{Answer, Call, Context, Id, Problem, Transition, transition};
use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::Deserialize;

/// The disk is prepared: the instance goes from `PreparingDisk` to `Initializing`.
pub const PREPARE: Transition<Cloudzy> = transition("cloudzy.instance.prepare", prepare, fail);
/// The instance is initialized and active.
pub const INITIALIZE: Transition<Cloudzy> = transition("cloudzy.instance.initialize", initialize, fail);

pub const TRANSITIONS: &[&Transition<Cloudzy>] = &[&PREPARE, &INITIALIZE];

/// `CreateInstanceRequestSchema`
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateInstance {
    #[schemars(length(min = 1, max = 10), inner(length(min = 1, max = 253)))]
    hostnames: Vec<String>,
    region: String,
    product_id: Option<String>,
    customer_id: Option<String>,
    app_id: Option<String>,
    #[serde(default)]
    assign_ipv4: bool,
    #[serde(default)]
    assign_ipv6: bool,
    is_ddos_protected: Option<bool>,
    #[serde(default)]
    billing_cycle: BillingCycle,
    #[serde(default = "yes")]
    is_subscription_auto_renew_enabled: bool,
    iso_id: Option<String>,
    os_id: Option<String>,
    os_name: Option<String>,
    ssh_key_ids: Option<Vec<i64>>,
    feature_ids: Option<Vec<Feature>>,
    #[serde(default, rename = "floatingIPCount")]
    #[schemars(range(min = 0, max = 5))]
    floating_ip_count: i64,
    extra_resource: Option<ExtraResource>,
    #[serde(default)]
    class: Class,
    from_snapshot: Option<String>,
}

fn yes() -> bool {
    true
}

/// What the instances of one request have in common.
struct Plan {
    user: Id,
    region: Id,
    size: Size,
    source: Source,
    price: Price,
    ipv4: bool,
    ipv6: bool,
    ddos: bool,
    ssh_keys: Vec<i64>,
    floating_ips: i64,
}

pub fn create(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    let request: CreateInstance = pydantic::body(call)?;
    let plan = planned(&request, call, cloud)?;
    let count = request.hostnames.len() as i64;
    plan.size.check_stock(cloud, count)?;
    let floating = Price { unit: floating_ips::price(cloud, &plan.region), hours: MONTH };
    let mut prices = vec![plan.price; request.hostnames.len()];
    prices.extend(vec![floating; (plan.floating_ips * count) as usize]);
    billing::afford(cloud, &plan.user, &prices, None, ctx.now())?;
    let mut made = vec![];
    for hostname in &request.hostnames {
        made.push(insert(&request, &plan, hostname, cloud, ctx)?);
    }
    let cloud = &*cloud;
    let made = made.iter().filter_map(|id| cloud.instances.get(id));
    Ok(envelope::many("Instance creation has started", "instances", made, |o, one| view::fields(o, one, cloud)))
}

/// All checks except those of stock, balance and free addresses.
fn planned(request: &CreateInstance, call: &Call, cloud: &Cloudzy) -> Result<Plan, Problem> {
    let user = accounts::acting(cloud, call, request.customer_id.as_deref())?;
    let region = regions::find(cloud, &request.region)?;
    check_region(request, region)?;
    let ddos = request.is_ddos_protected.unwrap_or(false);
    let extra = request.extra_resource.clone();
    let size = match (&request.product_id, extra) {
        (Some(product), extra) => {
            let product = products::find(cloud, product)?;
            Size::of_product(cloud, region, product, extra.unwrap_or_default())?
        }
        (None, Some(extra)) => Size::custom(cloud, region, request.class, extra)?,
        (None, None) => return Err(pydantic::missing(&["body", "productId"])),
    };
    let source = SourceRequest {
        os_id: request.os_id.as_deref(),
        os_name: request.os_name.as_deref(),
        app_id: request.app_id.as_deref(),
        iso_id: request.iso_id.as_deref(),
        from_snapshot: request.from_snapshot.as_deref(),
    };
    let source = Source::resolve(cloud, call, &source, &region.id, &size)?;
    let ssh_keys = request.ssh_key_ids.clone().unwrap_or_default();
    for key in &ssh_keys {
        ssh_keys::find(cloud, call, *key)?;
    }
    let hourly = hourly(cloud, &size, ddos, source.app.as_deref(), region.price_percent);
    Ok(Plan {
        user,
        region: region.id.clone(),
        size,
        source,
        price: Price::hourly(hourly, request.billing_cycle),
        ipv4: request.assign_ipv4,
        ipv6: request.assign_ipv6,
        ddos,
        ssh_keys,
        floating_ips: request.floating_ip_count,
    })
}

/// Checks that the region has the requested features.
fn check_region(request: &CreateInstance, region: &Region) -> Result<(), Problem> {
    if !request.assign_ipv4 && !request.assign_ipv6 {
        return Err(errors::one_of_ipv4_or_ipv6());
    }
    if request.assign_ipv6 && !region.config.ipv6 {
        return Err(errors::not_in_this_region("IPv6"));
    }
    if request.is_ddos_protected == Some(true) && !region.config.ddos_ipv4 {
        return Err(errors::not_in_this_region("DDoS protection"));
    }
    if request.feature_ids.iter().flatten().any(|one| *one == Feature::Monitoring) && !region.config.monitoring {
        return Err(errors::not_in_this_region("monitoring"));
    }
    if !region.sells() {
        return Err(errors::region_is_out_of_stock());
    }
    Ok(())
}

/// Adds one instance with its addresses and charge, and returns its id.
fn insert(
    request: &CreateInstance,
    plan: &Plan,
    hostname: &str,
    cloud: &mut Cloudzy,
    ctx: &mut Context,
) -> Result<Id, Problem> {
    let region = regions::find(cloud, &plan.region)?.clone();
    let host = ctx.bytes::<1>()[0] % region.hosts.max(1) + 1;
    let instance = Instance {
        id: ctx.uuid(),
        user: plan.user.clone(),
        hostname: hostname.to_owned(),
        region: plan.region.clone(),
        host: format!("{}-kvm-{host:02}", region.abbr.to_lowercase()),
        size: plan.size.clone(),
        next_size: None,
        source: plan.source.clone(),
        status: Status::PreparingDisk,
        task: Some(Task::Build),
        ipv4: if plan.ipv4 { Some(addresses::free_ipv4(cloud, &region)?) } else { None },
        ipv6: if plan.ipv6 { Some(addresses::free_ipv6(cloud, &region)?) } else { None },
        is_ddos_protected: plan.ddos,
        ssh_keys: plan.ssh_keys.clone(),
        features: request.feature_ids.clone().unwrap_or_default(),
        billing_cycle: request.billing_cycle,
        auto_renew: request.is_subscription_auto_renew_enabled,
        traffic_gb: 0.0,
        password: new_password(ctx),
        customer_note: String::new(),
        admin_note: String::new(),
        inserted_at: ctx.now(),
        deleted_at: None,
    };
    let id = instance.id.clone();
    ctx.later(&PREPARE, &id);
    if !instance.auto_renew && instance.billing_cycle != BillingCycle::Hourly {
        ctx.after(TimeDelta::hours(instance.billing_cycle.hours()), &super::deletion::EXPIRE, &id);
    }
    cloud.instances.insert(instance);
    billing::begin(cloud, &id, &plan.user, plan.price, ctx.now());
    for _ in 0..plan.floating_ips {
        floating_ips::allocate(cloud, ctx, &plan.user, &region, Some(id.clone()))?;
    }
    Ok(id)
}

fn prepare(cloud: &mut Cloudzy, ctx: &mut Context, id: &Id) {
    let building = cloud.instances.get_mut(id).filter(|instance| instance.is_at(Task::Build));
    let Some(instance) = building.filter(|instance| instance.status == Status::PreparingDisk) else { return };
    instance.status = Status::Initializing;
    ctx.later(&INITIALIZE, id);
}

fn initialize(cloud: &mut Cloudzy, _ctx: &mut Context, id: &Id) {
    let building = cloud.instances.get_mut(id).filter(|instance| instance.is_at(Task::Build));
    let Some(instance) = building.filter(|instance| instance.status == Status::Initializing) else { return };
    instance.status = Status::Active;
    instance.task = None;
}

/// An instance that failed to build costs nothing more.
fn fail(cloud: &mut Cloudzy, ctx: &mut Context, id: &Id, reason: &str) {
    let Some(instance) = cloud.instances.get_mut(id).filter(|instance| instance.is_at(Task::Build)) else { return };
    instance.status = Status::Failed;
    instance.task = None;
    instance.admin_note = reason.to_owned();
    billing::end(cloud, id, ctx.now());
}
