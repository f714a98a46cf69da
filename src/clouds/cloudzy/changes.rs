//! The admin changes of a Cloudzy cloud: what scenarios and the control API can change without a client. They set
//! balances and accounts, and take regions out of stock.

use super::accounts::Account;
use super::{Cloudzy, billing};
use crate::engine::{Context, Id};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

/// The names of the changes.
pub const NAMES: &[&str] = &["account", "balance", "top_up", "regions_out_of_stock"];

/// Applies an admin change and returns its inverse in the same form, if it has one.
pub fn admin_change(cloud: &mut Cloudzy, ctx: &mut Context, what: &str, how: &Value) -> Result<Option<Value>, String> {
    match what {
        "account" => account(cloud, how, ctx.now()).map(Some),
        "balance" => account(cloud, &json!({"balance": how}), ctx.now()).map(|before| before.get("balance").cloned()),
        // Payments are not undone.
        "top_up" => account(cloud, &json!({"top_up": how}), ctx.now()).map(|_| None),
        "regions_out_of_stock" => regions(cloud, how).map(Some),
        _ => Err(format!("there is no such change; there are {}", NAMES.join(", "))),
    }
}

/// Changes an account: `{ balance = 3.50, days = 5 }`. It is the first account unless `name`, `token` or `id` selects
/// another; `top_up` is added to the balance. Returns the former values.
fn account(cloud: &mut Cloudzy, how: &Value, now: DateTime<Utc>) -> Result<Value, String> {
    let how = how.as_object().ok_or("write { balance = 3.50 }")?;
    let named = ["id", "token", "name"].iter().find_map(|key| how.get(*key).map(|value| (*key, value)));
    let is = |account: &Account| match named {
        Some(("id", id)) => id == &*account.id,
        Some(("token", token)) => token == account.token.as_str(),
        Some((_, name)) => name == account.name.as_str(),
        None => true,
    };
    let found = cloud.accounts.all().rev().find(|account| is(account)).ok_or("there is no such account")?;
    let id: Id = found.id.clone();
    let mut before = Map::from_iter([("id".to_owned(), json!(id))]);
    for (key, value) in how.iter().filter(|(key, _)| !matches!(key.as_str(), "id" | "token" | "name")) {
        let undo = set(cloud, &id, key, value, now)?;
        before.extend(undo.map(|undo| (key.clone(), undo)));
    }
    Ok(before.into())
}

/// Sets one field of an account and returns the former value if it can be restored.
fn set(cloud: &mut Cloudzy, id: &Id, key: &str, value: &Value, now: DateTime<Utc>) -> Result<Option<Value>, String> {
    let money = || value.as_f64().filter(|sum| sum.abs() <= 1e9).ok_or(format!("{key}: this must be dollars: 3.50"));
    let text = || value.as_str().map(str::to_owned).ok_or(format!("{key}: this must be a text"));
    if key == "balance" {
        let before = billing::balance(cloud, id, now);
        billing::set_balance(cloud, id, money()?.into(), now);
        return Ok(Some(json!(before)));
    }
    if key == "top_up" {
        billing::pay_in(cloud, id, money()?.into());
        return Ok(None);
    }
    let account = cloud.accounts.get_mut(id).ok_or("there is no such account")?;
    match key {
        "email" => Ok(Some(std::mem::replace(&mut account.email, text()?).into())),
        "days" => {
            let days = value.as_i64().filter(|days| (0..=3650).contains(days));
            let days = days.ok_or("days: this must be a whole number from 0 to 3650")?;
            Ok(Some(std::mem::replace(&mut account.days, days).into()))
        }
        other => Err(format!("an account has no {other}; there are balance, top_up, email, days")),
    }
}

/// Takes regions out of stock: `["US-New-York"]`. The inverse is `{"back": ["US-New-York"]}`.
fn regions(cloud: &mut Cloudzy, how: &Value) -> Result<Value, String> {
    let (names, out) = match how {
        Value::Array(names) => (names, true),
        other => (other["back"].as_array().ok_or("write a list of regions: [\"US-New-York\"]")?, false),
    };
    let mut changed = vec![];
    for name in names {
        let name = name.as_str().ok_or("a region is named by a text")?;
        let region = cloud.regions.get_mut(name).ok_or_else(|| format!("there is no region {name}"))?;
        if region.is_out_of_stock != out {
            region.is_out_of_stock = out;
            changed.push(name.to_owned());
        }
    }
    Ok(if out { json!({"back": changed}) } else { json!(changed) })
}
