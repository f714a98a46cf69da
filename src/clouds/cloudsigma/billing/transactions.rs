//! Section 11.4: the transactions of an account.

use super::super::CloudSigma;
use super::super::dialect::text;
use super::super::text::Text;
use super::money::Money;
use crate::engine::{Answer, Call, Context, Id, Operation, Row, get};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Operation<CloudSigma>] = &[get("/transactions/list", "cloudsigma.transaction.list", list)
    .summary("Lists transactions of the account.")
    .also_at("POST")];

/// `2010-02-24 11:04:18`
pub const TIME: &str = "%Y-%m-%d %H:%M:%S";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transaction {
    pub id: Id,
    pub owner: Id,
    pub date: DateTime<Utc>,
    pub description: String,
    /// Negative for a charge.
    pub total: Money,
}

impl Row for Transaction {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.owner
    }
}

/// Charges an account with an amount, rounded to whole cents. The balance always equals the initial balance plus the
/// sum of the transactions.
pub fn charge(cloud: &mut CloudSigma, ctx: &mut Context, user: &Id, description: &str, amount: Money) {
    let amount = amount.to_cents();
    let Some(account) = cloud.accounts.get_mut(user).filter(|_| amount > Money::ZERO) else { return };
    account.balance = account.balance.minus(amount);
    cloud.transactions.insert(Transaction {
        id: ctx.uuid(),
        owner: user.clone(),
        date: ctx.now(),
        description: description.to_owned(),
        total: Money::ZERO.minus(amount),
    });
}

/// Newest first.
fn list(call: &Call, cloud: &CloudSigma) -> Answer {
    let record = |shown: &mut Text, transaction: &Transaction| {
        shown.pair("date", transaction.date.format(TIME));
        shown.pair("description", &transaction.description);
        shown.pair("value", "n/a");
        shown.pair("tax", "n/a");
        shown.pair("total", transaction.total);
    };
    Ok(text(Text::records(cloud.transactions.of(&call.user()), record)))
}
