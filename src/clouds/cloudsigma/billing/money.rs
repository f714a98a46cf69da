//! Amounts of money, exact to a millionth.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount in millionths of the account's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Money(i64);

const UNIT: i64 = 1_000_000;
const CENT: i64 = UNIT / 100;

impl Money {
    /// No money.
    pub const ZERO: Money = Money(0);

    /// An amount given in thousandths of the currency.
    pub const fn milli(thousandths: i64) -> Self {
        Money(thousandths * (UNIT / 1_000))
    }

    /// An amount given in units of the currency, such as `3.5`. None if it is out of range.
    pub fn of(amount: f64) -> Option<Self> {
        let whole = (amount * UNIT as f64).round();
        (whole.abs() < 1e18).then_some(Money(whole as i64))
    }

    /// The amount in units of the currency.
    pub fn amount(self) -> f64 {
        self.0 as f64 / UNIT as f64
    }

    /// The price of `quantity` if `self` is the price of `per`. Rounded to a millionth.
    pub fn times(self, quantity: i64, per: i64) -> Self {
        let (product, per) = (i128::from(self.0) * i128::from(quantity), i128::from(per.max(1)));
        let rounded = (2 * product + per).div_euclid(2 * per);
        Money(rounded.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
    }

    /// The amount rounded to whole cents, as accounts are charged.
    pub fn to_cents(self) -> Self {
        Money((self.0.saturating_add(CENT / 2)).div_euclid(CENT).saturating_mul(CENT))
    }

    /// The sum. It saturates at the largest amount.
    pub fn plus(self, other: Money) -> Self {
        Money(self.0.saturating_add(other.0))
    }

    /// The difference. It saturates at the smallest amount.
    pub fn minus(self, other: Money) -> Self {
        Money(self.0.saturating_sub(other.0))
    }

    /// Writes the amount with `decimals` digits after the point: `{:.2}`. The default is two.
    fn write(self, f: &mut fmt::Formatter<'_>, decimals: usize) -> fmt::Result {
        let step = 10_i64.pow(6 - decimals.min(6) as u32);
        let rounded = i128::from(self.0) + i128::from(step / 2) * i128::from(self.0.signum());
        let steps = rounded / i128::from(step);
        let sign = if steps < 0 { "-" } else { "" };
        let (steps, one) = (steps.unsigned_abs(), 10_u128.pow(decimals.min(6) as u32));
        match decimals {
            0 => write!(f, "{sign}{steps}"),
            _ => write!(f, "{sign}{}.{:0decimals$}", steps / one, steps % one, decimals = decimals.min(6)),
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, f.precision().unwrap_or(2))
    }
}

#[cfg(test)]
mod tests {
    use super::Money;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_written_with_their_decimals() {
        let rate = Money::milli(2_750);
        assert_eq!((format!("{rate:.3}"), rate.times(5, 1).to_string()), ("2.750".into(), "13.75".into()));
        assert_eq!((Money::ZERO.minus(rate)).to_string(), "-2.75");
        assert_eq!(Money::of(1220.87).unwrap().to_string(), "1220.87");
        assert_eq!(Money::of(-0.004).unwrap().to_string(), "0.00");
        assert_eq!(format!("{:.3}", Money::of(-0.0504).unwrap()), "-0.050");
        assert_eq!((Money::of(f64::NAN), Money::of(f64::INFINITY), Money::of(1e13)), (None, None, None));
    }

    #[test]
    fn charges_are_whole_cents() {
        let cents: Vec<_> = [4_999, 5_000, 12_345, 15_000].map(|n| Money(n).to_cents().0).into();
        assert_eq!(cents, [0, 10_000, 10_000, 20_000]);
    }

    proptest! {
        #[test]
        fn no_amount_breaks_it(one: i64, quantity: i64, per: i64, decimals in 0usize..9) {
            let product = Money(one).times(quantity, per).plus(Money(one)).minus(Money(quantity)).to_cents();
            let written = format!("{product:.decimals$}");
            prop_assert!(written.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.')));
        }

        #[test]
        fn a_price_of_so_many_units_is_so_many_prices(price in 0i64..1_000_000, quantity in 0i64..10_000) {
            prop_assert_eq!(Money::milli(price).times(quantity, 1), Money::milli(price * quantity));
        }
    }
}
