//! Section 6: the profile of an account's owner.

use super::accounts::{Account, is_email};
use super::billing::prices::CURRENCIES;
use super::dialect::{pairs, text};
use super::errors::{self, ValidationErrors};
use super::text::{Pairs, Text};
use super::{CloudSigma, schemas};
use crate::engine::{Answer, Call, Context, Operation, Problem, get, post};

pub const OPERATIONS: &[Operation<CloudSigma>] = &[
    get("/profile/info", "cloudsigma.profile.show", show).summary("Shows the profile of the account.").also_at("POST"),
    post("/profile/set", "cloudsigma.profile.update", update)
        .summary("Updates the profile of the account.")
        .documents(schemas::profile),
];

/// Has the three keys of section 6.1 that 6.2 does not show: clients read `type`.
fn show(call: &Call, cloud: &CloudSigma) -> Answer {
    let account = own(call, cloud)?;
    let mut shown = Text::default();
    view(account).iter().for_each(|(key, value)| shown.pair(key, value));
    shown.pair("currency", &account.currency);
    shown.pair("country", &account.country);
    shown.pair("language", &account.language);
    shown.pair("type", "regular");
    Ok(text(shown.finish()))
}

/// Keys that the request does not name keep their values. A refusal echoes the whole profile as it was (6.2).
fn update(call: &Call, cloud: &mut CloudSigma, _ctx: &mut Context) -> Answer {
    let pairs = pairs(call);
    let before = own(call, cloud)?;
    let mut errors_found = ValidationErrors::default();
    for key in ["email", "first_name", "last_name", "nick_name"] {
        if pairs.named(key).is_some_and(str::is_empty) {
            errors_found.add(key, form(errors::REQUIRED));
        }
    }
    if let Some(email) = pairs.get("email") {
        let mut others = cloud.accounts.all().filter(|other| other.id != before.id);
        if !is_email(email) {
            errors_found.add("email", form(errors::EMAIL));
        } else if others.any(|other| other.email.eq_ignore_ascii_case(email)) {
            errors_found.add("email", form("This e-mail address is already in use."));
        }
    }
    if let Some(currency) = pairs.get("currency") {
        if !CURRENCIES.contains(&currency) {
            errors_found.add("currency", form(&errors::no_choice(currency)));
        } else if !before.currency.is_empty() && before.currency != currency {
            errors_found.add("currency", form("Once set cannot be changed."));
        }
    }
    errors_found.refuse(&view(before))?;
    let account = cloud.accounts.get_mut(&call.user()).ok_or_else(errors::unauthorized)?;
    for (key, field) in [
        ("email", &mut account.email),
        ("first_name", &mut account.first_name),
        ("last_name", &mut account.last_name),
        ("nick_name", &mut account.nick_name),
        ("title", &mut account.title),
        ("company", &mut account.company),
        ("address", &mut account.address),
        ("postcode", &mut account.postcode),
        ("phone", &mut account.phone),
        ("country", &mut account.country),
        ("language", &mut account.language),
    ] {
        if let Some(value) = pairs.named(key) {
            value.clone_into(field);
        }
    }
    if let Some(currency) = pairs.get("currency") {
        currency.clone_into(&mut account.currency);
    }
    let mut shown = Text::default();
    view(account).iter().for_each(|(key, value)| shown.pair(key, value));
    Ok(text(shown.finish()))
}

/// Only the messages of this form begin with a star.
fn form(message: &str) -> String {
    format!("* {message}")
}

fn own<'c>(call: &Call, cloud: &'c CloudSigma) -> Result<&'c Account, Problem> {
    cloud.accounts.get(&call.user()).ok_or_else(errors::unauthorized)
}

fn view(account: &Account) -> Pairs {
    let mut shown = Pairs::default();
    shown.put("uuid", &account.id);
    shown.put("email", &account.email);
    shown.put("secret_key", &account.secret_key);
    shown.put("first_name", &account.first_name);
    shown.put("last_name", &account.last_name);
    shown.put("nick_name", &account.nick_name);
    shown.put("title", &account.title);
    shown.put("company", &account.company);
    shown.put("address", &account.address);
    shown.put("postcode", &account.postcode);
    shown.put("phone", &account.phone);
    shown
}
