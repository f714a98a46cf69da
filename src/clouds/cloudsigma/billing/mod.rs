//! Section 11: prices, usage, transactions and the balance. All amounts are computed from one table (prices.rs).

pub mod funds;
pub mod meter;
pub mod money;
pub mod prices;
pub mod subscriptions;
pub mod transactions;
pub mod usage;

use super::CloudSigma;
use super::dialect::text;
use super::errors;
use super::text::Text;
use crate::engine::{Answer, Call, Operation, get};
use usage::{Share, gigabytes};

pub const OPERATIONS: &[Operation<CloudSigma>] = &[
    get("/currencies/list", "cloudsigma.currency.list", currencies).summary("Lists currencies.").also_at("POST"),
    get("/usage/info", "cloudsigma.usage.show", usage).summary("Shows the current burst usage.").also_at("POST"),
    get("/pricing/info", "cloudsigma.pricing.show", pricing).summary("Shows the prices.").also_at("POST"),
    get("/balance/info", "cloudsigma.balance.show", balance)
        .summary("Shows the balance of the account.")
        .also_at("POST"),
];

fn currencies(_call: &Call, _cloud: &CloudSigma) -> Answer {
    Ok(text(Text::lines(prices::CURRENCIES)))
}

/// The units follow the manual's example: received traffic in bytes, sent traffic in GB, and `transfer` counts sent
/// traffic only. Values of zero are empty.
fn usage(call: &Call, cloud: &CloudSigma) -> Answer {
    let usage = usage::of(cloud, &call.user(), call.now);
    let shares = [("cpu", usage.cpu), ("mem", usage.mem), ("disk", usage.disk)];
    let mut shown = Text::default();
    shares.iter().for_each(|(name, share)| shown.pair(name, share.used));
    shares.iter().for_each(|(name, share)| shown.pair(&format!("{name}:burst"), Share::burst(share)));
    shares.iter().for_each(|(name, share)| shown.pair(&format!("{name}:sub"), share.subscribed));
    shown.pair("rx:total", usage.received);
    shown.pair("tx:total", gigabytes(usage.sent));
    shown.pair("xfer:total", gigabytes(usage.sent));
    let beyond = Some(usage.sent_beyond()).filter(|bytes| *bytes > 0);
    shown.pair("xfer:burst", beyond.map(gigabytes).unwrap_or_default());
    let subscribed = Some(usage.transfer).filter(|gigabytes| *gigabytes > 0);
    shown.pair("xfer:sub", subscribed.map(|gigabytes| gigabytes.to_string()).unwrap_or_default());
    Ok(text(shown.finish()))
}

/// The validity of the prices ends at the next bill.
fn pricing(call: &Call, _cloud: &CloudSigma) -> Answer {
    const TIME: &str = "%Y-%m-%d %H:%M:%S%.6f";
    let mut shown = Text::default();
    shown.pair("start", call.now.format(TIME));
    shown.pair("end", call.now.checked_add_signed(meter::PERIOD).unwrap_or(call.now).format(TIME));
    prices::all().flat_map(|price| price.lines()).for_each(|(key, price)| shown.pair(&key, price));
    Ok(text(shown.finish()))
}

fn balance(call: &Call, cloud: &CloudSigma) -> Answer {
    let account = cloud.accounts.get(&call.user()).ok_or_else(errors::unauthorized)?;
    let mut shown = Text::default();
    shown.pair("balance", account.balance);
    shown.pair("currency", &account.currency);
    Ok(text(shown.finish()))
}
