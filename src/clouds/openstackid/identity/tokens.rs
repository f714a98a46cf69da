//! Access tokens: issued for client credentials (RFC 6749), introspected (RFC 7662), revoked (RFC 7009).

use super::super::OpenStackId;
use super::super::php;
use super::super::settings::Client;
use super::errors;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Row, Transition, post, transition};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Operation<OpenStackId>] = &[
    post("/token", "openstackid.token.create", create)
        .summary("Issues an access token for client credentials.")
        .public(),
    post("/token/introspection", "openstackid.token.introspect", introspect)
        .summary("Shows what an access token is good for.")
        .public(),
    post("/token/revoke", "openstackid.token.revoke", revoke).summary("Revokes an access token.").public(),
];

pub const FORGET: Transition<OpenStackId> = transition("openstackid.token.forget", forget, forget_anyway);

pub const TRANSITIONS: &[&Transition<OpenStackId>] = &[&FORGET];

/// The characters of a token.
const LETTERS: &[u8; 66] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.-_~";
const LENGTH: usize = 72;

/// How long an expired token is stored, so that it is reported as expired and not as unknown.
const REMEMBERED: TimeDelta = TimeDelta::days(1);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// The token itself.
    pub id: Id,
    pub client: Id,
    /// The granted scopes, separated by blanks.
    pub scope: String,
    pub audience: String,
    pub expires: DateTime<Utc>,
}

impl Row for Token {
    const HAS_SECRET_ID: bool = true;

    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.client
    }
}

fn create(call: &Call, cloud: &mut OpenStackId, ctx: &mut Context) -> Answer {
    match field(call, "grant_type") {
        Some("client_credentials") => {}
        Some(_) => return Err(errors::invalid_grant()),
        None => return Err(errors::invalid_request()),
    }
    let settings = cloud.settings.clone();
    let client = client(call, &settings.clients)?;
    let requested = field(call, "scope").ok_or_else(errors::invalid_scope)?;
    let scopes = client.grants(&settings.scope_base, requested).ok_or_else(errors::invalid_scope)?;
    let letters = ctx.secret::<LENGTH>(&client.id).map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    let lifetime = TimeDelta::try_seconds(settings.token_lifetime).unwrap_or(TimeDelta::zero());
    let token = Token {
        id: letters.iter().collect::<String>().into(),
        client: client.id.as_str().into(),
        scope: scopes.join(" "),
        audience: settings.scope_base.clone(),
        expires: ctx.now().checked_add_signed(lifetime).unwrap_or(DateTime::<Utc>::MAX_UTC),
    };
    ctx.after(lifetime + REMEMBERED, &FORGET, &token.id);
    let token = cloud.tokens.insert(token);
    Ok(Response::object(|o| {
        o.set("access_token", &token.id);
        o.set("expires_in", settings.token_lifetime);
        o.set("token_type", "Bearer");
    }))
}

fn introspect(call: &Call, cloud: &mut OpenStackId, ctx: &mut Context) -> Answer {
    client(call, &cloud.settings.clients)?;
    let token_id = field(call, "token").ok_or_else(errors::invalid_request)?;
    let token = cloud.tokens.get(token_id).ok_or_else(errors::invalid_grant)?;
    let left = (token.expires - ctx.now()).num_seconds();
    if left <= 0 {
        return Err(errors::invalid_token());
    }
    Ok(Response::object(|o| {
        o.set("access_token", &token.id);
        o.set("client_id", &token.client);
        o.set("token_type", "Bearer");
        o.set("scope", &token.scope);
        o.set("audience", &token.audience);
        o.set("expires_in", left);
    }))
}

/// Revoking an unknown token succeeds (RFC 7009). A token of another client stays valid.
fn revoke(call: &Call, cloud: &mut OpenStackId, _ctx: &mut Context) -> Answer {
    let settings = cloud.settings.clone();
    let client = client(call, &settings.clients)?;
    let token_id = field(call, "token").ok_or_else(errors::invalid_request)?;
    if cloud.tokens.get(token_id).is_some_and(|token| *token.client != *client.id) {
        return Err(errors::unauthorized_client());
    }
    cloud.tokens.remove(token_id);
    Ok(Response::empty())
}

fn forget(cloud: &mut OpenStackId, _ctx: &mut Context, token: &Id) {
    cloud.tokens.remove(token);
}

fn forget_anyway(cloud: &mut OpenStackId, ctx: &mut Context, token: &Id, _reason: &str) {
    forget(cloud, ctx, token);
}

/// The client of the request, from HTTP Basic credentials or from form fields.
fn client<'c>(call: &Call, clients: &'c [Client]) -> Result<&'c Client, Problem> {
    let (id, secret) = match php::header(call, "authorization") {
        header if !header.is_empty() => basic(&header).ok_or_else(errors::unauthorized_client)?,
        _ => {
            let named = field(call, "client_id").zip(field(call, "client_secret"));
            named.map(|(id, secret)| (id.to_owned(), secret.to_owned())).ok_or_else(errors::unauthorized_client)?
        }
    };
    let known = clients.iter().find(|client| client.id == id && client.secret == secret);
    known.ok_or_else(errors::unauthorized_client)
}

/// Id and secret of `Basic …`. Both are form-encoded (RFC 6749, section 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':').filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let plain = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    Some((plain(id), plain(secret)))
}

/// A field of the form. An empty value counts as missing.
fn field<'c>(call: &'c Call, name: &str) -> Option<&'c str> {
    call.json.get(name)?.as_str().filter(|value| !value.is_empty())
}
