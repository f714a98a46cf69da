//! Tokens for requests that were signed with an EC2 key: services that take such requests (EC2 and S3
//! gateways) have Keystone check the signature (keystone/api/_shared/EC2_S3_Resource.py).

mod signature;

use super::super::OpenStack;
use super::credentials::{self, Credential, EC2, ec2_id};
use super::tokens::issue::{issue, project_scope};
use super::tokens::login::Login;
use super::tokens::{Token, life, view};
use super::{application_credentials, errors};
use crate::engine::{Answer, Call, Context, Operation, Problem, get, post};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/ec2tokens", "keystone.ec2_token.show", not_allowed)
        .summary("Answers the missing GET of EC2 tokens.")
        .public(),
    post("/ec2tokens", "keystone.ec2_token.create", for_ec2)
        .summary("Issues a token for a request that is signed with an EC2 credential.")
        .policy("identity:ec2tokens_validate"),
    get("/s3tokens", "keystone.s3_token.show", not_allowed).summary("Answers the missing GET of S3 tokens.").public(),
    post("/s3tokens", "keystone.s3_token.create", for_s3)
        .summary("Issues a token for a request that is signed for S3.")
        .policy("identity:s3tokens_validate"),
];

/// How old a signed request may be (upstream's `[credential] auth_ttl`).
const SIGNED_FOR: TimeDelta = TimeDelta::minutes(15);

fn not_allowed(_call: &Call, _os: &OpenStack) -> Answer {
    Err(errors::no_such_method("POST"))
}

fn for_ec2(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let token = authenticate(call, os, ctx, signature::is_right_for_ec2)?;
    Ok(view::response(call, os, &token))
}

/// The answer tells the token's document, not the token.
fn for_s3(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let token = authenticate(call, os, ctx, signature::is_right_for_s3)?;
    let mut response = view::response(call, os, &token);
    response.headers.clear();
    Ok(response)
}

type Check = fn(secret: &str, signed: &Value) -> bool;

fn authenticate(call: &Call, os: &mut OpenStack, ctx: &mut Context, is_right: Check) -> Result<Token, Problem> {
    if call.json.as_object().is_none_or(Map::is_empty) {
        return Err(errors::invalid("request must include a request body"));
    }
    let parts = ["credentials", "credential", "ec2Credentials"].map(|name| &call.json[name]);
    let signed = parts.into_iter().find(|part| part.is_object()).unwrap_or(&Value::Null);
    let access = signed["access"].as_str().ok_or_else(errors::unauthorized)?;
    let key = credentials::find(os, &ec2_id(access)).ok().filter(|key| key.kind == EC2);
    let key = key.ok_or_else(|| errors::not_found("EC2 access key not found."))?.clone();
    if !is_right(&key.part("secret").unwrap_or_default(), signed) {
        return Err(errors::unauthorized());
    }
    is_recent(signed, call.now)?;
    token_for(os, ctx, &key)
}

fn token_for(os: &mut OpenStack, ctx: &mut Context, key: &Credential) -> Result<Token, Problem> {
    let project = key.project.as_ref().ok_or_else(errors::unauthorized)?;
    let user = os.keystone.users.get(&key.user).ok_or_else(|| errors::could_not_find("user", &key.user))?;
    let scope = project_scope(os, project)?;
    if !user.enabled {
        return Err(errors::unauthorized());
    }
    let bound = key.part("app_cred_id");
    if let Some(id) = &bound
        && application_credentials::find(os, id)?.project != *project
    {
        return Err(errors::unauthorized());
    }
    let login = Login {
        methods: vec![life::EC2_CREDENTIAL.to_owned()],
        application_credential: bound.map(Into::into),
        ..Login::default()
    };
    issue(os, ctx, &key.user, scope, login)
}

/// A signer may leave the time off; what is told must be recent.
fn is_recent(signed: &Value, now: DateTime<Utc>) -> Result<(), Problem> {
    let told = [&signed["params"]["Timestamp"], &signed["headers"]["X-Amz-Date"], &signed["params"]["X-Amz-Date"]];
    let Some(text) = told.into_iter().find_map(Value::as_str).filter(|text| !text.is_empty()) else { return Ok(()) };
    let bare = text.strip_suffix('Z').unwrap_or(text);
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y%m%dT%H%M%S"];
    let at = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(bare, format).ok());
    match at.and_then(|at| at.and_utc().checked_add_signed(SIGNED_FOR)) {
        Some(end) if now <= end => Ok(()),
        _ => Err(errors::unauthorized()),
    }
}
