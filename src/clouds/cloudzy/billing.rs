//! What everything costs, what has been paid, and whether the balance lasts for more.
//!
//! One table has a row for everything that costs money while it exists. A balance is computed from it, so it
//! falls as the clock moves and nothing has to happen for that.

use super::accounts::payer;
use super::instances::Status;
use super::money::Money;
use super::{Cloudzy, errors};
use crate::engine::{Id, Problem, Row};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The hours of a month, as prices count it.
pub const MONTH: i64 = 730;

/// Something that costs money for as long as it exists. Each unit of time is paid when it begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// The id of what costs: an instance, a floating IP, a snapshot; a backup profile has that of its instance
    /// with `backup:` before it.
    pub id: Id,
    /// Who pays.
    pub account: Id,
    pub price: Money,
    /// The length of a unit: an hour, a month, a year.
    pub hours: i64,
    pub since: DateTime<Utc>,
}

impl Row for Charge {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.account
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BillingCycle {
    #[default]
    Hourly,
    Monthly,
    Quarterly,
    SemiAnnually,
    Annually,
}

impl BillingCycle {
    pub fn hours(self) -> i64 {
        match self {
            BillingCycle::Hourly => 1,
            BillingCycle::Monthly => MONTH,
            BillingCycle::Quarterly => 3 * MONTH,
            BillingCycle::SemiAnnually => 6 * MONTH,
            BillingCycle::Annually => 12 * MONTH,
        }
    }
}

/// What somebody asks for, as it is paid.
#[derive(Clone, Copy, Debug)]
pub struct Price {
    /// Of one unit.
    pub unit: Money,
    pub hours: i64,
}

impl Price {
    /// Something of this price an hour, paid by the cycle.
    pub fn hourly(price: Money, cycle: BillingCycle) -> Self {
        Price { unit: price * cycle.hours(), hours: cycle.hours() }
    }

    /// Units that begin within so many hours, if the first begins at once.
    fn within(self, hours: i64) -> Money {
        self.unit * divided_up(hours, self.hours).max(1)
    }
}

impl Charge {
    /// What it has cost until now: the unit that runs is paid.
    fn cost(&self, now: DateTime<Utc>) -> Money {
        self.price * ((now - self.since).num_seconds().max(0) / self.seconds() + 1)
    }

    /// What it has cost in all if it ends now.
    fn final_cost(&self, now: DateTime<Utc>) -> Money {
        self.price * divided_up((now - self.since).num_seconds(), self.seconds()).max(1)
    }

    fn seconds(&self) -> i64 {
        self.hours.clamp(1, 24 * 366 * 10) * 3600
    }
}

fn divided_up(one: i64, by: i64) -> i64 {
    one.div_euclid(by.max(1)) + i64::from(one.rem_euclid(by.max(1)) > 0)
}

pub fn balance(cloud: &Cloudzy, account: &str, now: DateTime<Utc>) -> Money {
    let credit = cloud.accounts.get(account).map_or_else(Money::default, |account| account.credit);
    credit - cloud.charges.of(account).map(|charge| charge.cost(now)).sum()
}

/// Makes the balance what it is to be.
pub fn set_balance(cloud: &mut Cloudzy, account: &str, wanted: Money, now: DateTime<Utc>) {
    let missing = wanted - balance(cloud, account, now);
    pay_in(cloud, account, missing);
}

/// Puts money into an account; a negative sum is taken out.
pub fn pay_in(cloud: &mut Cloudzy, account: &str, sum: Money) {
    if let Some(account) = cloud.accounts.get_mut(account) {
        account.credit = account.credit + sum;
    }
}

/// From now on `subject` costs this, whatever it cost before; its owner's payer pays.
pub fn begin(cloud: &mut Cloudzy, subject: &Id, owner: &Id, price: Price, now: DateTime<Utc>) {
    end(cloud, subject, now);
    let account = payer(cloud, owner);
    let charge = Charge { id: subject.clone(), account, price: price.unit, hours: price.hours, since: now };
    cloud.charges.insert(charge);
}

/// `subject` costs no more; what it has cost is taken off the account.
pub fn end(cloud: &mut Cloudzy, subject: &str, now: DateTime<Utc>) {
    let Some(charge) = cloud.charges.remove(subject) else { return };
    pay_in(cloud, &charge.account, Money::default() - charge.final_cost(now));
}

/// Refuses with 460 unless the balance lasts for the days that the account says: for all that runs, without
/// `instead` (what the new things replace), and for `wanted`.
pub fn afford(
    cloud: &Cloudzy,
    owner: &Id,
    wanted: &[Price],
    instead: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let account = payer(cloud, owner);
    let days = cloud.accounts.get(&account).map_or(0, |account| account.days);
    let then = now.checked_add_signed(TimeDelta::days(days)).unwrap_or(now);
    let running = cloud.charges.of(&account).filter(|charge| Some(&*charge.id) != instead);
    let running: Money = running.map(|charge| charge.cost(then) - charge.cost(now)).sum();
    let required = running + wanted.iter().map(|price| price.within(days * 24)).sum();
    spend(cloud, &account, required, now)
}

/// Refuses with 460 if the account has less than this.
pub fn spend(cloud: &Cloudzy, account: &Id, required: Money, now: DateTime<Utc>) -> Result<(), Problem> {
    let balance = balance(cloud, account, now);
    if balance >= required {
        return Ok(());
    }
    let days = cloud.accounts.get(account).map_or(0, |account| account.days);
    Err(errors::low_balance(required, balance, days, active_instances(cloud, account)))
}

/// How many instances are active that this account pays.
pub fn active_instances(cloud: &Cloudzy, account: &Id) -> usize {
    let active = cloud.instances.all().filter(|instance| instance.status == Status::Active);
    active.filter(|instance| payer(cloud, &instance.user) == *account).count()
}
