//! Amounts of money in millionths of a dollar, so that sums of many hours are exact.

use serde::{Deserialize, Serialize};
use std::iter::Sum;
use std::ops::{Add, Mul, Sub};

/// An amount of money. It is serialized in dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "f64", into = "f64")]
pub struct Money(i64);

impl Money {
    /// Dollars with two decimals, the form of `customerBalance`.
    pub fn dollars(self) -> String {
        let cents = (self.0 as f64 / 10_000.0).round() as i64;
        let sign = if cents < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
    }

    /// A percentage of the amount.
    pub fn percent(self, percent: i64) -> Self {
        Money((i128::from(self.0) * i128::from(percent) / 100).clamp(i64::MIN.into(), i64::MAX.into()) as i64)
    }
}

impl From<f64> for Money {
    fn from(dollars: f64) -> Self {
        Money((dollars * 1e6).round() as i64)
    }
}

impl From<Money> for f64 {
    fn from(money: Money) -> Self {
        money.0 as f64 / 1e6
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0.saturating_add(other.0))
    }
}

impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money(self.0.saturating_sub(other.0))
    }
}

impl Mul<i64> for Money {
    type Output = Money;
    fn mul(self, times: i64) -> Money {
        Money(self.0.saturating_mul(times))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(parts: I) -> Money {
        parts.fold(Money::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::Money;

    #[test]
    fn an_hour_seven_hundred_and_thirty_times_is_a_month_to_the_cent() {
        let hour = Money::from(0.027);
        assert_eq!((hour * 730).dollars(), "19.71");
        assert_eq!(f64::from(hour * 730), 19.71);
        assert_eq!(hour.percent(90), Money::from(0.0243));
        assert_eq!(Money::from(-0.001).dollars(), "0.00");
        assert_eq!(Money::from(-12.5).dollars(), "-12.50");
    }
}
