//! Tokens for requests that are signed with an EC2 key. EC2 and S3 gateways let Keystone verify the signature
//! (keystone/api/_shared/EC2_S3_Resource.py).

mod signature;

use super::super::OpenStack;
use super::credentials::{self, Credential, EC2, ec2_id};
use super::tokens::issue::{issue, project_scope};
use super::tokens::login::Login;
use super::tokens::{Token, validity, view};
use super::{application_credentials, errors};
use crate::engine::{Answer, Call, Context, Operation, Problem, get, post};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

/// `/ec2tokens` and `/s3tokens`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/ec2tokens", "keystone.ec2_token.show", not_allowed).summary("Refuses to show an EC2 token.").public(),
    post("/ec2tokens", "keystone.ec2_token.create", for_ec2)
        .summary("Issues a token for a request that is signed with an EC2 credential.")
        .policy("identity:ec2tokens_validate"),
    get("/s3tokens", "keystone.s3_token.show", not_allowed).summary("Refuses to show an S3 token.").public(),
    post("/s3tokens", "keystone.s3_token.create", for_s3)
        .summary("Issues a token for a request that is signed for S3.")
        .policy("identity:s3tokens_validate"),
];

/// How long a signed request is valid (upstream's `[credential] auth_ttl`).
const SIGNATURE_LIFETIME: TimeDelta = TimeDelta::minutes(15);

fn not_allowed(_call: &Call, _os: &OpenStack) -> Answer {
    Err(errors::no_such_method("POST"))
}

fn for_ec2(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let token = authenticate(call, os, ctx, signature::verify_ec2)?;
    Ok(view::response(call, os, &token))
}

/// The response has the document of the token but not its id.
fn for_s3(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let token = authenticate(call, os, ctx, signature::verify_s3)?;
    let mut response = view::response(call, os, &token);
    response.headers.clear();
    Ok(response)
}

/// Verifies the signature in the credentials of the body.
type Verify = fn(secret: &str, signed: &Value) -> bool;

fn authenticate(call: &Call, os: &mut OpenStack, ctx: &mut Context, verify: Verify) -> Result<Token, Problem> {
    if call.json.as_object().is_none_or(Map::is_empty) {
        return Err(errors::invalid("request must include a request body"));
    }
    let parts = ["credentials", "credential", "ec2Credentials"].map(|name| &call.json[name]);
    let signed = parts.into_iter().find(|part| part.is_object()).unwrap_or(&Value::Null);
    let access = signed["access"].as_str().ok_or_else(errors::unauthorized)?;
    let key = credentials::find(os, &ec2_id(access)).ok().filter(|key| key.kind == EC2);
    let key = key.ok_or_else(|| errors::not_found("EC2 access key not found."))?.clone();
    if !verify(&key.part("secret").unwrap_or_default(), signed) {
        return Err(errors::unauthorized());
    }
    check_recent(signed, call.now)?;
    token_for(os, ctx, &key)
}

fn token_for(os: &mut OpenStack, ctx: &mut Context, key: &Credential) -> Result<Token, Problem> {
    let project = key.project.as_ref().ok_or_else(errors::unauthorized)?;
    let user = os.keystone.users.get(&key.user).ok_or_else(|| errors::could_not_find("user", &key.user))?;
    let scope = project_scope(os, project)?;
    if !user.enabled {
        return Err(errors::unauthorized());
    }
    let application_credential = key.part("app_cred_id");
    if let Some(id) = &application_credential
        && application_credentials::find(os, id)?.project != *project
    {
        return Err(errors::unauthorized());
    }
    let login = Login {
        methods: vec![validity::EC2_CREDENTIAL.to_owned()],
        application_credential: application_credential.map(Into::into),
        ..Login::default()
    };
    issue(os, ctx, &key.user, scope, login)
}

/// Fails with 401 if the time of the signature is too old or malformed. It may be missing.
fn check_recent(signed: &Value, now: DateTime<Utc>) -> Result<(), Problem> {
    let times = [&signed["params"]["Timestamp"], &signed["headers"]["X-Amz-Date"], &signed["params"]["X-Amz-Date"]];
    let Some(text) = times.into_iter().find_map(Value::as_str).filter(|text| !text.is_empty()) else { return Ok(()) };
    let bare = text.strip_suffix('Z').unwrap_or(text);
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y%m%dT%H%M%S"];
    let at = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(bare, format).ok());
    match at.and_then(|at| at.and_utc().checked_add_signed(SIGNATURE_LIFETIME)) {
        Some(end) if now <= end => Ok(()),
        _ => Err(errors::unauthorized()),
    }
}
