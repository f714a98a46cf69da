//! `PATCH /users/{user_id}` (keystone/api/users.py).

use super::super::super::OpenStack;
use super::super::super::parameter_types::Optional;
use super::super::parameter_types::{Boolean, Change, IdString, Name, UserOptions, merge_options};
use super::super::projects::without;
use super::super::tokens::validity;
use super::super::{errors, passwords};
use super::{
    FederatedIdentity, READ_ONLY, User, check_federated, check_not_domain, find_authorized, name_is_free, view,
};
use crate::engine::{Answer, Call, Context, Id, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    user: Changes,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(extend("minProperties" = 1))]
struct Changes {
    #[serde(default)]
    default_project_id: Change<String>,
    #[serde(default)]
    description: Change<String>,
    #[serde(default)]
    domain_id: Optional<IdString>,
    #[serde(default)]
    enabled: Optional<Boolean>,
    #[serde(default)]
    federated: Optional<Vec<FederatedIdentity>>,
    #[serde(default)]
    name: Optional<Name>,
    #[serde(default)]
    password: Change<String>,
    #[serde(default)]
    options: Optional<UserOptions>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

/// Updates a user. A new password revokes the user's tokens.
pub fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let old = find_authorized(call, os)?.clone();
    let changes = call.body::<Request>()?.user;
    if changes.extra.get("id").is_some_and(|id| !id.is_null() && *id != *old.id) {
        return Err(errors::cannot_change_id());
    }
    if changes.domain_id.as_ref().is_some_and(|domain| *domain.0 != *old.domain) {
        return Err(errors::cannot_change_domain());
    }
    check_not_domain(os, changes.default_project_id.0.as_ref().and_then(|id| id.as_deref()))?;
    check_federated(&changes.federated)?;
    let password = changes.password.0.clone();
    let was_enabled = old.enabled;
    let user = apply(old, changes);
    if !name_is_free(os, &user) {
        return Err(errors::duplicate_name("user", &user.name, None));
    }
    let (id, is_disabled) = (user.id.clone(), was_enabled && !user.enabled);
    if let Some(row) = os.keystone.users.get_mut(&id) {
        *row = user;
    }
    if is_disabled {
        // They stay revoked when the user is enabled again. Those of a disabled project are only refused as long as it is
        // disabled: upstream makes no event for it.
        validity::revoke_user(os, &id);
    }
    if let Some(password) = password {
        passwords::set(os, ctx, &id, password.as_deref());
    }
    validity::reassess_user(os, &id);
    let user = super::find(os, &id)?;
    Ok(Response::one("user", |o| {
        view(o, call, user);
        // In the response to an update upstream repeats these attributes.
        o.set("extra", &user.extra);
    }))
}

fn apply(old: User, changes: Changes) -> User {
    let mut user = old;
    if let Some(project) = changes.default_project_id.0 {
        user.default_project = project.map(Id::from);
    }
    if let Some(description) = changes.description.0 {
        user.extra.insert("description".into(), description.into());
    }
    if let Some(enabled) = changes.enabled.0 {
        user.enabled = enabled.0;
    }
    if let Some(name) = changes.name.0 {
        user.name = name.0.trim().to_owned();
    }
    merge_options(&mut user.options, changes.options.0.unwrap_or_default().0);
    user.extra.extend(without(changes.extra, READ_ONLY));
    user
}
