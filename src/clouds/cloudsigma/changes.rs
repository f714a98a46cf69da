//! The admin changes of a CloudSigma cloud: what scenarios and the control API can change without a client.

use super::CloudSigma;
use super::billing::money::Money;
use crate::engine::Context;
use serde_json::{Map, Value};

/// The names of the changes.
pub const NAMES: &[&str] = &["balance"];

/// Applies an admin change and returns its inverse in the same form.
pub fn admin_change(
    cloud: &mut CloudSigma,
    _ctx: &mut Context,
    what: &str,
    how: &Value,
) -> Result<Option<Value>, String> {
    match what {
        "balance" => balance(cloud, how).map(Some),
        _ => Err(format!("there is no such change; there are {}", NAMES.join(", "))),
    }
}

/// Sets balances: `3.50` for every account, `{ "ann@example.com" = 3.50 }` for some.
fn balance(cloud: &mut CloudSigma, how: &Value) -> Result<Value, String> {
    let mut amounts = vec![];
    match how {
        Value::Object(some) => {
            for (email, amount) in some {
                let account = cloud.accounts.all().find(|account| account.email == *email);
                let account = account.ok_or_else(|| format!("there is no account {email}"))?;
                amounts.push((account.id.clone(), money(amount)?));
            }
        }
        amount => {
            let amount = money(amount)?;
            amounts.extend(cloud.accounts.all().map(|account| (account.id.clone(), amount)));
        }
    }
    let mut undo = Map::new();
    for (id, amount) in amounts {
        if let Some(account) = cloud.accounts.get_mut(&id) {
            undo.insert(account.email.clone(), account.balance.amount().into());
            account.balance = amount;
        }
    }
    Ok(undo.into())
}

fn money(amount: &Value) -> Result<Money, String> {
    let amount = amount.as_f64().and_then(Money::of);
    amount.ok_or_else(|| "write an amount: 3.50, or { \"demo@example.com\" = 3.50 }".into())
}
