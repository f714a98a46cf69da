//! Orders of subscriptions. An order is paid for at once; an order that cannot be paid creates nothing.

use super::super::money::Money;
use super::super::prices::Price;
use super::super::{funds, meter, transactions};
use super::term::Term;
use super::{BEGIN, END, Subscription};
use crate::clouds::cloudsigma::CloudSigma;
use crate::clouds::cloudsigma::errors::{self, ValidationErrors};
use crate::clouds::cloudsigma::text::Pairs;
use crate::engine::{Context, Id, Problem};

/// The largest quantity of one order.
pub const MOST: i64 = 1_000_000;

/// Reads a quantity of a request; 0 if it is missing. Errors are added to `errors_found`.
pub fn quantity(pairs: &Pairs, key: &str, most: i64, errors_found: &mut ValidationErrors) -> i64 {
    let Some(text) = pairs.get(key) else { return 0 };
    match text.parse::<i64>() {
        Ok(quantity) if quantity < 0 => errors_found.add(key, errors::at_least(0)),
        Ok(quantity) if quantity > most => errors_found.add(key, errors::at_most(most)),
        Ok(quantity) => return quantity,
        Err(_) => errors_found.add(key, errors::WHOLE_NUMBER),
    }
    0
}

/// The ordered resources and their quantities.
pub type Lines = Vec<(&'static Price, i64)>;

pub fn amount(lines: &Lines, months: i64) -> Money {
    lines.iter().fold(Money::ZERO, |sum, (price, quantity)| sum.plus(price.subscription(*quantity, months)))
}

/// Charges the account for an order.
pub fn pay(
    cloud: &mut CloudSigma,
    ctx: &mut Context,
    user: &Id,
    lines: &Lines,
    term: Term,
    echo: &Pairs,
) -> Result<(), Problem> {
    let amount = amount(lines, term.months);
    funds::require(cloud, user, amount, echo)?;
    let what: Vec<_> = lines.iter().map(|(price, many)| format!("{} {many} {}", price.label, price.unit)).collect();
    let (from, until) = (term.start.format(transactions::TIME), term.end.format(transactions::TIME));
    let description = format!("Subscription of {} from {from} until {until}", what.join(", "));
    transactions::charge(cloud, ctx, user, &description, amount);
    Ok(())
}

/// Creates a subscription that is paid for.
pub fn subscribe(
    cloud: &mut CloudSigma,
    ctx: &mut Context,
    user: &Id,
    (price, quantity): (&'static Price, i64),
    term: Term,
    gives: Option<Id>,
) -> Subscription {
    let subscription = Subscription {
        id: ctx.uuid(),
        owner: user.clone(),
        resource: price.resource.to_owned(),
        quantity,
        start: term.start,
        end: term.end,
        gives,
    };
    cloud.subscriptions.insert(subscription.clone());
    if term.start > ctx.now() {
        ctx.after(term.start - ctx.now(), &BEGIN, &subscription.id);
    }
    ctx.after(term.end - ctx.now(), &END, &subscription.id);
    meter::read(cloud, ctx, user);
    subscription
}
