//! What runs beyond the subscriptions is counted to the second and billed every five minutes of virtual time: a
//! transaction, and so much less on the balance. When nothing is left, servers stop until nothing is beyond.

use super::super::CloudSigma;
use super::super::servers::{Status, power};
use super::money::Money;
use super::transactions;
use super::usage;
use crate::engine::{Context, Id, Transition, transition};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub const BILL: Transition<CloudSigma> = transition("cloudsigma.account.bill", bill, bill_later);

pub const TRANSITIONS: &[&Transition<CloudSigma>] = &[&BILL];

/// From one bill to the next.
pub const PERIOD: TimeDelta = TimeDelta::minutes(5);

/// What an account owes since its last bill.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Meter {
    /// What a minute costs since the meter was last read.
    rate: Money,
    read: DateTime<Utc>,
    owed: Money,
    /// Bytes sent beyond the subscriptions, when the last bill was written.
    sent: i64,
    /// Since when the next bill counts; nothing while nothing is owed.
    since: Option<DateTime<Utc>>,
}

/// Reads the meter of an account: after every change of what it uses.
pub fn read(cloud: &mut CloudSigma, ctx: &mut Context, user: &Id) {
    let now = ctx.now();
    let usage = usage::of(cloud, user, now);
    let Some(account) = cloud.accounts.get_mut(user) else { return };
    let meter = &mut account.meter;
    let seconds = (now - meter.read).num_milliseconds().max(0);
    meter.owed = meter.owed.plus(meter.rate.times(seconds, 60_000));
    meter.read = now;
    meter.rate = usage.rate();
    if meter.rate > Money::ZERO && meter.since.is_none() {
        meter.since = Some(now);
        meter.sent = usage.sent_beyond();
        ctx.after(PERIOD, &BILL, user);
    }
}

fn bill(cloud: &mut CloudSigma, ctx: &mut Context, user: &Id) {
    read(cloud, ctx, user);
    let now = ctx.now();
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

/// Nobody could be asked for the money: it stays owed.
fn bill_later(_cloud: &mut CloudSigma, ctx: &mut Context, user: &Id, _reason: &str) {
    ctx.after(PERIOD, &BILL, user);
}

/// The newest servers first, as long as the account runs more than it has subscribed to.
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
