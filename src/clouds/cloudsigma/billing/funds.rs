//! Whether an account can pay.

use super::super::CloudSigma;
use super::super::errors::{self, ValidationErrors};
use super::super::text::Pairs;
use super::money::Money;
use crate::engine::Problem;

/// False if the balance is zero or less. The servers of such an account do not start.
pub fn are_left(cloud: &CloudSigma, user: &str) -> bool {
    cloud.accounts.get(user).is_some_and(|account| account.balance > Money::ZERO)
}

/// Refuses an order that costs more than the balance. The refusal echoes the pairs of the request.
pub fn require(cloud: &CloudSigma, user: &str, price: Money, echo: &Pairs) -> Result<(), Problem> {
    let mut errors_found = ValidationErrors::default();
    if cloud.accounts.get(user).is_none_or(|account| account.balance < price) {
        errors_found.add("system", errors::INSUFFICIENT_FUNDS);
    }
    errors_found.refuse(echo)
}
