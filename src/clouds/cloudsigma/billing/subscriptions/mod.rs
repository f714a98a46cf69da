//! Section 11.6 to 11.18: what is paid for in advance, for months. It runs out on the clock.

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

pub const BEGIN: Transition<CloudSigma> = transition("cloudsigma.subscription.begin", begin, begin_late);
pub const END: Transition<CloudSigma> = transition("cloudsigma.subscription.end", end, end_late);

pub const TRANSITIONS: &[&Transition<CloudSigma>] = &[&BEGIN, &END];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    pub id: Id,
    pub owner: Id,
    /// `cpu`, as the table of prices has it.
    pub resource: String,
    /// Of an address or a VLAN: how many were ordered together, of which this is one.
    pub quantity: i64,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    /// The address or VLAN that there is because of it.
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
    pub fn covers(&self, time: DateTime<Utc>) -> bool {
        (self.start..self.end).contains(&time)
    }

    /// How many of its resource it stands for.
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

/// As 11.8 shows it, with the UUID by which it is extended.
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

/// How much of each is subscribed to now.
fn totals(call: &Call, cloud: &CloudSigma, prices: &[&Price]) -> Response {
    let mut shown = Text::default();
    for price in prices {
        let current = cloud.subscriptions.of(&call.user()).filter(|one| one.covers(call.now));
        let total: i64 = current.filter(|one| one.resource == price.resource).map(Subscription::counts).sum();
        shown.pair(price.resource, total);
    }
    text(shown.finish())
}

/// It ends so many months later than it would.
fn extend(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let given = pairs(call);
    let subscription = own(call, cloud)?;
    let months = term::months(&given)?;
    let (id, end) = (subscription.id.clone(), term::later(subscription.end, months));
    let amount = extension(subscription, months);
    funds::require(cloud, &call.user(), amount, &given)?;
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
    let given = pairs(call);
    let subscription = own(call, cloud)?;
    let amount = extension(subscription, term::months(&given)?);
    Ok(calculated(call, cloud, amount))
}

fn extension(subscription: &Subscription, months: i64) -> Money {
    subscription.price().map_or(Money::ZERO, |price| price.subscription(subscription.counts(), months))
}

/// `amount 16.00` and its currency.
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

/// What it covers is burst no more.
fn begin(cloud: &mut CloudSigma, ctx: &mut Context, id: &Id) {
    if let Some(owner) = cloud.subscriptions.get(id).map(|one| one.owner.clone()) {
        meter::read(cloud, ctx, &owner);
    }
}

/// The meter finds out when it is read the next time.
fn begin_late(_cloud: &mut CloudSigma, _ctx: &mut Context, _id: &Id, _reason: &str) {}

/// It is over, unless it was extended meanwhile; what there was because of it goes with it.
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

/// It stays in the list, past its end.
fn end_late(_cloud: &mut CloudSigma, _ctx: &mut Context, _id: &Id, _reason: &str) {}
