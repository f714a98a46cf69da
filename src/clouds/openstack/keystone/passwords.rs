//! Passwords: hashing, verification, changes and lockout (keystone/identity/backends/sql.py and
//! keystone/api/users.py).

use super::super::OpenStack;
use super::lazy_validation::lazy_validate;
use super::tokens::validity;
use super::{errors, refuse};
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Row, get, post};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::{Schema, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// `/users/{user_id}/password`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/users/{user_id}/password", "keystone.user.password.show", not_allowed)
        .summary("Refuses to show the password of a user.")
        .public(),
    post("/users/{user_id}/password", "keystone.user.password.change", change)
        .summary("Changes the password of a user.")
        .public()
        .answers(204),
];

/// The password rules of a cloud, named as in upstream's `[security_compliance]`. All are off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordRules {
    /// The number of wrong passwords in a row that locks a user out. 0 disables the lockout.
    pub lockout_failure_attempts: u32,
    /// The duration of the lockout, in seconds. With 0 it lasts until the password is set anew.
    pub lockout_duration: u32,
    /// The number of last passwords that a new one must differ from. 0 allows any.
    pub unique_last_password_count: usize,
}

/// The failed logins and former passwords of a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PasswordHistory {
    /// The id of the user, and of the row.
    pub user: Id,
    /// The number of wrong passwords since the last right one.
    pub failures: u32,
    /// When the last of them was sent.
    pub failed: DateTime<Utc>,
    /// The hashes of the former passwords, newest last.
    pub past: Vec<String>,
}

impl Row for PasswordHistory {
    fn id(&self) -> &Id {
        &self.user
    }
    fn owner(&self) -> &Id {
        &self.user
    }
}

/// The stored form of a password: `sha256$SALT$HEX`.
pub fn hash(password: &str, salt: &str) -> String {
    let digest = Sha256::digest(format!("{salt}${password}"));
    format!("sha256${salt}${}", hex::encode(digest))
}

/// True if `stored` is the hash of `password`.
pub fn is_hash_of(stored: &str, password: &str) -> bool {
    let salt = stored.split('$').nth(1);
    salt.is_some_and(|salt| hash(password, salt) == stored)
}

/// The hash of a new password, which secrets depend on from now on.
pub fn new_hash(ctx: &mut Context, password: &str) -> String {
    let salt = ctx.hex_id();
    let hash = hash(password, &salt);
    ctx.mix_into_secrets(hash.as_bytes());
    hash
}

/// Sets the password of a user, resets the lockout and revokes the user's tokens. `None` removes the password.
pub fn set(os: &mut OpenStack, ctx: &mut Context, user: &Id, password: Option<&str>) {
    let hash = password.map(|password| new_hash(ctx, password));
    let Some(row) = os.keystone.users.get_mut(user) else { return };
    let before = std::mem::replace(&mut row.password, hash);
    let history = history(os, user);
    history.failures = 0;
    history.past.extend(before);
    validity::revoke_user(os, user);
}

/// Verifies a password (keystone/identity/backends/sql.py). Fails with 401 if it is wrong or expired or the user is
/// locked out. A wrong password counts towards the lockout.
pub fn authenticate(os: &mut OpenStack, user: &Id, password: &str, now: DateTime<Utc>) -> Result<(), Problem> {
    if is_locked(os, user, now) {
        return Err(errors::unauthorized());
    }
    let row = os.keystone.users.get(user).ok_or_else(errors::unauthorized)?;
    let expired = row.password_expires.is_some_and(|end| end <= now);
    if !row.password.as_deref().is_some_and(|stored| is_hash_of(stored, password)) {
        if os.site.passwords.lockout_failure_attempts > 0 {
            let history = history(os, user);
            (history.failures, history.failed) = (history.failures.saturating_add(1), now);
        }
        return Err(errors::unauthorized());
    }
    if expired {
        return Err(errors::password_expired(user));
    }
    if os.keystone.password_histories.get(user).is_some_and(|history| history.failures > 0) {
        history(os, user).failures = 0;
    }
    Ok(())
}

fn is_locked(os: &OpenStack, user: &str, now: DateTime<Utc>) -> bool {
    let rules = os.site.passwords;
    let ignored = |user: &super::users::User| user.options.get("ignore_lockout_failure_attempts") == Some(&true.into());
    if rules.lockout_failure_attempts == 0 || os.keystone.users.get(user).is_some_and(ignored) {
        return false;
    }
    let Some(history) = os.keystone.password_histories.get(user) else { return false };
    let duration = TimeDelta::seconds(rules.lockout_duration.into());
    let lasts = rules.lockout_duration == 0 || history.failed + duration > now;
    history.failures >= rules.lockout_failure_attempts && lasts
}

fn history<'o>(os: &'o mut OpenStack, user: &Id) -> &'o mut PasswordHistory {
    let histories = &mut os.keystone.password_histories;
    if !histories.contains(user) {
        let failed = DateTime::UNIX_EPOCH;
        histories.insert(PasswordHistory { user: user.clone(), failures: 0, failed, past: vec![] });
    }
    histories.get_mut(user).unwrap_or_else(|| unreachable!("the history was inserted above"))
}

fn not_allowed(_call: &Call, _os: &OpenStack) -> Answer {
    Err(errors::no_such_method("POST"))
}

/// Needs the old password instead of a token. A wrong password counts towards the lockout, so its 401 is
/// returned as a response, which keeps the change.
fn change(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let nothing = Value::Object(Default::default());
    let body = call.json.get("user").unwrap_or(&nothing);
    lazy_validate("keystone.user.password.change", schema, body)?;
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let user: Id = call.param("user_id").into();
    if let Err(problem) = authenticate(os, &user, text("original_password"), call.now) {
        let expired = problem == errors::password_expired(&user);
        if !expired {
            return Ok(refuse(call, problem));
        }
    }
    let password = text("password");
    check_new_password(os, &user, password)?;
    set(os, ctx, &user, Some(password));
    if let Some(row) = os.keystone.users.get_mut(&user) {
        row.password_expires = None;
    }
    Ok(Response::empty())
}

/// Fails with 400 if the password is locked by an option or the new one was used before.
fn check_new_password(os: &OpenStack, user: &str, password: &str) -> Result<(), Problem> {
    let row = os.keystone.users.get(user).ok_or_else(errors::unauthorized)?;
    if row.options.get("lock_password") == Some(&true.into()) {
        return Err(errors::password_changes_locked());
    }
    let unique = os.site.passwords.unique_last_password_count;
    let past = os.keystone.password_histories.get(user).map_or(&[][..], |history| &history.past);
    let last = row.password.iter().chain(past.iter().rev()).take(unique);
    if last.into_iter().any(|stored| is_hash_of(stored, password)) {
        return Err(errors::password_used_before(unique));
    }
    Ok(())
}

fn schema() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {"original_password": {"type": "string"}, "password": {"type": "string"}},
        "required": ["original_password", "password"],
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_verifies_its_password_and_does_not_contain_it() {
        let stored = hash("nephos", "salt");
        assert!(is_hash_of(&stored, "nephos") && !is_hash_of(&stored, "other"));
        assert!(!stored.contains("nephos"));
    }
}
