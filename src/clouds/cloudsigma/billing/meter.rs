//! Burst billing. Usage that no subscription covers is metered to the second and billed every five minutes of virtual
//! time: each bill is a transaction that reduces the balance. When the balance is used up, servers are stopped until
//! the subscriptions cover all running resources.

use super::super::CloudSigma;
use super::super::servers::{Status, power};
use super::money::Money;
use super::transactions;
use super::usage;
use crate::engine::{Context, Id, Transition, transition};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Bills an account for its burst usage. The subject is the account.
pub const BILL: Transition<CloudSigma> = transition("cloudsigma.account.bill", bill, bill_later);

pub const TRANSITIONS: &[&Transition<CloudSigma>] = &[&BILL];

/// The time between two bills.
pub const PERIOD: TimeDelta = TimeDelta::minutes(5);

/// The burst usage of an account since its last bill.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Meter {
    /// The cost of a minute of burst CPU, memory and disk since the meter was last read.
    rate: Money,
    read: DateTime<Utc>,
    owed: Money,
    /// Bytes sent beyond the subscriptions at the time of the last bill.
    sent: i64,
    /// When the period of the next bill began. None while there is nothing to bill.
    since: Option<DateTime<Utc>>,
    /// When the next bill is due. A bill that was scheduled for another time is passed over.
    #[serde(default)]
    due: Option<DateTime<Utc>>,
}

/// Reads the meter of an account. It must be called after every change of what the account uses.
pub fn read(cloud: &mut CloudSigma, ctx: &mut Context, user: &Id) {
    let now = ctx.now();
    let usage = usage::of(cloud, user, now);
    let Some(account) = cloud.accounts.get_mut(user) else { return };
    let meter = &mut account.meter;
    let seconds = (now - meter.read).num_milliseconds().max(0);
    meter.owed = meter.owed.plus(meter.rate.times(seconds, 60_000));
    meter.read = now;
    let before = std::mem::replace(&mut meter.rate, usage.rate());
    if meter.rate > Money::ZERO && meter.since.is_none() {
        meter.since = Some(now);
        meter.sent = usage.sent_beyond();
        let period = longest_period(cloud, ctx, user);
        schedule(cloud, ctx, user, period);
    } else if meter.rate > before && meter.due.is_some_and(|due| due - now > PERIOD) {
        // The period of many bills was chosen for the lower rate; the money may now be used up within it.
        schedule(cloud, ctx, user, PERIOD);
    }
}

fn schedule(cloud: &mut CloudSigma, ctx: &mut Context, user: &Id, period: TimeDelta) {
    let Some(account) = cloud.accounts.get_mut(user) else { return };
    account.meter.due = ctx.now().checked_add_signed(period);
    ctx.after(period, &BILL, user);
}

/// The time to the next bill: [`PERIOD`], or many periods that are billed at once while the clock is far ahead. It ends with
/// the period in which the money is used up, because servers are stopped then.
fn longest_period(cloud: &CloudSigma, ctx: &Context, user: &Id) -> TimeDelta {
    let longest = ctx.recurs_after(PERIOD);
    let Some(account) = cloud.accounts.get(user).filter(|account| account.balance > Money::ZERO) else {
        return longest;
    };
    let (now, meter) = (ctx.now(), &account.meter);
    let lasts = |periods: i32| {
        let at = now.checked_add_signed(PERIOD * periods).unwrap_or(now);
        let sent = usage::of(cloud, user, at).sent_beyond() - meter.sent;
        let cost = meter.rate.times((at - now).num_milliseconds(), 60_000);
        meter.owed.plus(cost).plus(usage::transfer_cost(sent.max(0))) < account.balance
    };
    // The smallest number of periods after which nothing is left.
    let (mut low, mut high) = (1, i32::try_from(longest.num_minutes() / PERIOD.num_minutes()).unwrap_or(i32::MAX));
    while low < high {
        let middle = low + (high - low) / 2;
        if lasts(middle) { low = middle + 1 } else { high = middle }
    }
    PERIOD * low
}

fn bill(cloud: &mut CloudSigma, ctx: &mut Context, user: &Id) {
    let now = ctx.now();
    if cloud.accounts.get(user).is_some_and(|account| account.meter.due.is_some_and(|due| due > now)) {
        return;
    }
    read(cloud, ctx, user);
    let sent = usage::of(cloud, user, now).sent_beyond();
    let Some(account) = cloud.accounts.get_mut(user) else { return };
    let Some(since) = account.meter.since.take() else { return };
    let transfer = usage::transfer_cost((sent - account.meter.sent).max(0));
    let owed = std::mem::take(&mut account.meter.owed).plus(transfer);
    let minutes = (now - since).num_minutes().max(1);
    let rate = owed.times(1, minutes);
    let description = format!(
        "{minutes} minutes of burst virtual server use at rate of {rate:.3} from {} until {}",
        since.format(transactions::TIME),
        now.format(transactions::TIME)
    );
    transactions::charge(cloud, ctx, user, &description, owed);
    stop_what_cannot_be_paid(cloud, ctx, user);
    read(cloud, ctx, user);
}

/// The failed bill is not lost: the amount stays owed and the next bill includes it.
fn bill_later(_cloud: &mut CloudSigma, ctx: &mut Context, user: &Id, _reason: &str) {
    ctx.after(PERIOD, &BILL, user);
}

/// Stops the newest servers first, while the account uses more than it has subscribed to.
fn stop_what_cannot_be_paid(cloud: &mut CloudSigma, ctx: &mut Context, user: &Id) {
    if super::funds::are_left(cloud, user) {
        return;
    }
    let running: Vec<Id> = cloud.servers.of(user).filter(|server| server.holds()).map(|one| one.id.clone()).collect();
    for server in running {
        let usage = usage::of(cloud, user, ctx.now());
        if usage.cpu.burst() == 0 && usage.mem.burst() == 0 {
            return;
        }
        power::cut(cloud, ctx, &server, Status::Stopped);
    }
}
