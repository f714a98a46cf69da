//! Whether an account can pay.

use super::super::CloudSigma;
use super::money::Money;

/// False for an account with nothing left, whose servers do not start.
pub fn are_left(cloud: &CloudSigma, user: &str) -> bool {
    cover(cloud, user, Money::milli(1))
}

/// True if the balance is enough for a price.
pub fn cover(cloud: &CloudSigma, user: &str, price: Money) -> bool {
    cloud.accounts.get(user).is_some_and(|account| account.balance >= price)
}
