//! Sections 11.6 to 11.18: subscriptions, which are resources paid for in advance for a number of months. They begin
//! and end by the virtual clock.

pub mod committed;
pub mod network;
mod order;
pub mod software;
mod term;

use super::super::dialect::{pairs, text};
use super::super::errors;
use super::super::text::Text;
use super::super::{CloudSigma, schemas};
use super::money::Money;
use super::prices::{self, CPU, DISK, IP, MEM, Price, VLAN, XFER};
use super::{funds, meter, transactions};
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Row, Transition, get, post, transition};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Operation<CloudSigma>] = &[
    get("/subscriptions/list", "cloudsigma.subscription.list", list)
        .summary("Lists subscriptions of the account.")
        .also_at("POST"),
    get("/subscriptions/resources/info", "cloudsigma.subscription.show_resources", show_resources)
        .summary("Shows the subscribed resources.")
        .also_at("POST"),
    get("/subscriptions/net/info", "cloudsigma.subscription.show_network", show_network)
        .summary("Shows the subscribed IP addresses and VLANs.")
        .also_at("POST"),
    post("/subscriptions/{subscription}/set", "cloudsigma.subscription.extend", extend)
        .summary("Extends a subscription.")
        .documents(schemas::months),
    post("/subscriptions/{subscription}/set/calculate", "cloudsigma.subscription.calculate", calculate)
        .summary("Calculates the price of a subscription.")
        .documents(schemas::months),
];

/// A subscription begins to cover usage. The subject is the subscription.
pub const BEGIN: Transition<CloudSigma> = transition("cloudsigma.subscription.begin", begin, begin_late);
/// A subscription ends. The subject is the subscription.
pub const END: Transition<CloudSigma> = transition("cloudsigma.subscription.end", end, end_late);

pub const TRANSITIONS: &[&Transition<CloudSigma>] = &[&BEGIN, &END];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    pub id: Id,
    pub owner: Id,
    /// The name in the price table: `cpu`.
    pub resource: String,
    /// Of an address or a VLAN: the quantity of the whole order. Each subscription of the order has one of them.
    pub quantity: i64,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    /// The address or VLAN that exists because of it and ends with it.
    pub gives: Option<Id>,
}

impl Row for Subscription {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.owner
    }
}

impl Subscription {
    /// True if the subscription runs at this time.
    pub fn covers(&self, time: DateTime<Utc>) -> bool {
        (self.start..self.end).contains(&time)
    }

    /// The quantity that it contributes to the totals.
    fn counts(&self) -> i64 {
        if self.gives.is_some() { 1 } else { self.quantity }
    }

    fn price(&self) -> Option<&'static Price> {
        prices::of(&self.resource)
    }
}

/// Newest first.
fn list(call: &Call, cloud: &CloudSigma) -> Answer {
    let current = cloud.subscriptions.of(&call.user());
    Ok(text(Text::records(current, |shown, one| record(shown, one, transactions::TIME))))
}

/// The record of 11.8, with the UUID that `extend` takes.
fn record(shown: &mut Text, subscription: &Subscription, time: &str) {
    shown.pair("type", &subscription.resource);
    shown.pair("subscription", &subscription.id);
    if let Some(resource) = &subscription.gives {
        shown.pair("resource", resource);
    }
    let price = subscription.price();
    shown.pair("type_str", price.map_or("", |price| price.label));
    shown.pair("unit", price.map_or("", |price| price.unit));
    shown.pair("quantity", subscription.quantity);
    shown.pair("start_time", subscription.start.format(time));
    shown.pair("end_time", subscription.end.format(time));
}

fn show_resources(call: &Call, cloud: &CloudSigma) -> Answer {
    Ok(totals(call, cloud, &[&CPU, &MEM, &DISK, &XFER]))
}

fn show_network(call: &Call, cloud: &CloudSigma) -> Answer {
    Ok(totals(call, cloud, &[&IP, &VLAN]))
}

/// Writes the quantity of each resource that is subscribed to now.
fn totals(call: &Call, cloud: &CloudSigma, prices: &[&Price]) -> Response {
    let mut shown = Text::default();
    for price in prices {
        let current = cloud.subscriptions.of(&call.user()).filter(|one| one.covers(call.now));
        let total: i64 = current.filter(|one| one.resource == price.resource).map(Subscription::counts).sum();
        shown.pair(price.resource, total);
    }
    text(shown.finish())
}

/// Moves the end of the subscription by the given number of months.
fn extend(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let pairs = pairs(call);
    let subscription = own(call, cloud)?;
    let months = term::months(&pairs)?;
    let (id, end) = (subscription.id.clone(), term::later(subscription.end, months));
    let amount = extension(subscription, months);
    funds::require(cloud, &call.user(), amount, &pairs)?;
    let subscription = cloud.subscriptions.get_mut(&id).ok_or_else(errors::subscription_not_found)?;
    subscription.end = end;
    let mut shown = Text::default();
    record(&mut shown, subscription, term::TIME);
    let label = subscription.price().map_or("", |price| price.label);
    let description = format!("Extension of the subscription {label} until {}", end.format(transactions::TIME));
    ctx.after(end - ctx.now(), &END, &id);
    transactions::charge(cloud, ctx, &call.user(), &description, amount);
    Ok(text(shown.finish()))
}

fn calculate(call: &Call, cloud: &mut CloudSigma, _ctx: &mut Context) -> Answer {
    let pairs = pairs(call);
    let subscription = own(call, cloud)?;
    let amount = extension(subscription, term::months(&pairs)?);
    Ok(calculated(call, cloud, amount))
}

fn extension(subscription: &Subscription, months: i64) -> Money {
    subscription.price().map_or(Money::ZERO, |price| price.subscription(subscription.counts(), months))
}

/// The response `amount 16.00` with the currency.
fn calculated(call: &Call, cloud: &CloudSigma, amount: Money) -> Response {
    let mut shown = Text::default();
    shown.pair("amount", amount);
    shown.pair("currency", cloud.accounts.get(&call.user()).map_or("", |account| &account.currency));
    text(shown.finish())
}

fn own<'c>(call: &Call, cloud: &'c CloudSigma) -> Result<&'c Subscription, Problem> {
    let subscription = cloud.subscriptions.get(call.param("subscription")).filter(|one| one.owner == call.user());
    subscription.ok_or_else(errors::subscription_not_found)
}

/// The usage that the subscription covers is no longer billed as burst.
fn begin(cloud: &mut CloudSigma, ctx: &mut Context, id: &Id) {
    if let Some(owner) = cloud.subscriptions.get(id).map(|one| one.owner.clone()) {
        meter::read(cloud, ctx, &owner);
    }
}

/// Nothing to undo: the next reading of the meter takes the subscription into account.
fn begin_late(_cloud: &mut CloudSigma, _ctx: &mut Context, _id: &Id, _reason: &str) {}

/// Ends the subscription unless it was extended in the meantime. Its address or VLAN is removed with it.
fn end(cloud: &mut CloudSigma, ctx: &mut Context, id: &Id) {
    if cloud.subscriptions.get(id).is_none_or(|one| one.end > ctx.now()) {
        return;
    }
    let Some(subscription) = cloud.subscriptions.remove(id) else { return };
    if let Some(resource) = &subscription.gives {
        cloud.ips.remove(resource);
        cloud.vlans.remove(resource);
    }
    meter::read(cloud, ctx, &subscription.owner);
}

/// Nothing to undo: the subscription stays in the list, past its end.
fn end_late(_cloud: &mut CloudSigma, _ctx: &mut Context, _id: &Id, _reason: &str) {}
