//! What a scenario or the control API can change that no client could: how much money there is, who somebody
//! is, which regions have room.

use super::accounts::Account;
use super::{Cloudzy, billing};
use crate::engine::{Context, Id};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

pub const NAMES: &[&str] = &["account", "balance", "top_up", "regions_out_of_stock"];

/// Makes a change; how to take it back, in the same form, where it can be.
pub fn admin_change(cloud: &mut Cloudzy, ctx: &mut Context, what: &str, how: &Value) -> Result<Option<Value>, String> {
    match what {
        "account" => account(cloud, how, ctx.now()).map(Some),
        "balance" => account(cloud, &json!({"balance": how}), ctx.now()).map(|before| before.get("balance").cloned()),
        // What was paid in stays paid in.
        "top_up" => account(cloud, &json!({"top_up": how}), ctx.now()).map(|_| None),
        "regions_out_of_stock" => regions(cloud, how).map(Some),
        _ => Err(format!("there is no such change; there are {}", NAMES.join(", "))),
    }
}

/// `{ balance = 3.50, days = 5 }`, of the first account unless `name`, `token` or `id` say another; `top_up` is
/// added to what there is. What it was before.
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

/// Sets one field of an account; what it was, where that can be put back.
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

/// `["US-New-York"]`: these regions have no room any more. To take it back: `{"back": ["US-New-York"]}`.
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
