//! Billing: charges, the balance, and checks that the balance lasts.
//!
//! The table of charges has a row for everything that costs money while it exists. The balance is computed from it,
//! so it falls as the clock moves, without any transition.

use super::accounts::payer;
use super::instances::Status;
use super::money::Money;
use super::{Cloudzy, errors};
use crate::engine::{Id, Problem, Row};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The hours of a month in prices.
pub const MONTH: i64 = 730;

/// Something that costs money while it exists. Each unit of time is paid at its beginning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// The id of the resource: an instance, a floating IP or a snapshot. For a backup profile it is `backup:` and the
    /// id of its instance.
    pub id: Id,
    /// The account that pays.
    pub account: Id,
    pub price: Money,
    /// The length of a unit of time: the hours of an hour, a month or a year.
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
    /// The length of the cycle in hours.
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

/// A price and the unit of time that it is paid for.
#[derive(Clone, Copy, Debug)]
pub struct Price {
    /// The price of one unit of time.
    pub unit: Money,
    pub hours: i64,
}

impl Price {
    /// The price of something that costs `price` per hour and is paid by `cycle`.
    pub fn hourly(price: Money, cycle: BillingCycle) -> Self {
        Price { unit: price * cycle.hours(), hours: cycle.hours() }
    }

    /// The cost of all units that begin within `hours`. The first begins at once.
    fn within(self, hours: i64) -> Money {
        self.unit * divided_up(hours, self.hours).max(1)
    }
}

impl Charge {
    /// The cost until now. The current unit is paid in full.
    fn cost(&self, now: DateTime<Utc>) -> Money {
        self.price * ((now - self.since).num_seconds().max(0) / self.seconds() + 1)
    }

    /// The total cost if it ends now.
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

/// The balance of an account: its credit minus the cost of its running charges.
pub fn balance(cloud: &Cloudzy, account: &str, now: DateTime<Utc>) -> Money {
    let credit = cloud.accounts.get(account).map_or_else(Money::default, |account| account.credit);
    credit - cloud.charges.of(account).map(|charge| charge.cost(now)).sum()
}

/// Pays in the difference to the wanted balance.
pub fn set_balance(cloud: &mut Cloudzy, account: &str, new_balance: Money, now: DateTime<Utc>) {
    let missing = new_balance - balance(cloud, account, now);
    pay_in(cloud, account, missing);
}

/// Adds a sum to an account's credit. It may be negative.
pub fn pay_in(cloud: &mut Cloudzy, account: &str, sum: Money) {
    if let Some(account) = cloud.accounts.get_mut(account) {
        account.credit = account.credit + sum;
    }
}

/// Starts a charge for `subject` in place of the one it had. The payer of `owner` pays it.
pub fn begin(cloud: &mut Cloudzy, subject: &Id, owner: &Id, price: Price, now: DateTime<Utc>) {
    end(cloud, subject, now);
    let account = payer(cloud, owner);
    let charge = Charge { id: subject.clone(), account, price: price.unit, hours: price.hours, since: now };
    cloud.charges.insert(charge);
}

/// Ends the charge for `subject` and subtracts its total cost from the account's credit.
pub fn end(cloud: &mut Cloudzy, subject: &str, now: DateTime<Utc>) {
    let Some(charge) = cloud.charges.remove(subject) else { return };
    pay_in(cloud, &charge.account, Money::default() - charge.final_cost(now));
}

/// Refuses with 460 unless the balance lasts for the number of days that the account is configured with. It must
/// cover all running charges except `instead`, which the new resources replace, and the prices in `added`.
pub fn afford(
    cloud: &Cloudzy,
    owner: &Id,
    added: &[Price],
    instead: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let account = payer(cloud, owner);
    let days = cloud.accounts.get(&account).map_or(0, |account| account.days);
    let then = now.checked_add_signed(TimeDelta::days(days)).unwrap_or(now);
    let running = cloud.charges.of(&account).filter(|charge| Some(&*charge.id) != instead);
    let running: Money = running.map(|charge| charge.cost(then) - charge.cost(now)).sum();
    let required = running + added.iter().map(|price| price.within(days * 24)).sum();
    spend(cloud, &account, required, now)
}

/// Refuses with 460 if the balance is less than `required`.
pub fn spend(cloud: &Cloudzy, account: &Id, required: Money, now: DateTime<Utc>) -> Result<(), Problem> {
    let balance = balance(cloud, account, now);
    if balance >= required {
        return Ok(());
    }
    let days = cloud.accounts.get(account).map_or(0, |account| account.days);
    Err(errors::low_balance(required, balance, days, active_instances(cloud, account)))
}

/// The number of active instances that this account pays for.
pub fn active_instances(cloud: &Cloudzy, account: &Id) -> usize {
    let active = cloud.instances.all().filter(|instance| instance.status == Status::Active);
    active.filter(|instance| payer(cloud, &instance.user) == *account).count()
}
