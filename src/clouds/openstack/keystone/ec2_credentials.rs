//! EC2 keys of a user, in the form that EC2 and S3 clients use (keystone/api/users.py,
//! `UserOSEC2CredentialsResourceListCreate`). They are stored as credentials of type `ec2`.

use super::super::OpenStack;
use super::collections::{Collection, link};
use super::credentials::{self, Credential, EC2, check_delegation, ec2_id};
use super::tokens::{self, Token};
use super::{errors, policy};
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Response, delete, get, post};
use serde_json::{Map, Value, json};

const COLLECTION: &str = "/users/{user_id}/credentials/OS-EC2";
const ONE: &str = "/users/{user_id}/credentials/OS-EC2/{credential_id}";

/// `/users/{user_id}/credentials/OS-EC2`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(COLLECTION, "keystone.ec2_credential.list", list)
        .summary("Lists EC2 credentials of a user.")
        .policy("identity:ec2_list_credentials"),
    post(COLLECTION, "keystone.ec2_credential.create", create)
        .summary("Creates an EC2 credential.")
        .answers(201)
        .policy_on_target("identity:ec2_create_credential"),
    get(ONE, "keystone.ec2_credential.show", show)
        .summary("Shows an EC2 credential.")
        .policy_on_target("identity:ec2_get_credential"),
    delete(ONE, "keystone.ec2_credential.delete", remove)
        .summary("Deletes an EC2 credential.")
        .policy_on_target("identity:ec2_delete_credential"),
];

const OWNER: &str = "target.credential.user_id";
const OTHER_PROJECT: &str = "EC2 credential project does not match the project scope of the delegated token";

/// The id of the user in the path. Fails with 404.
fn existing_user(call: &Call, os: &OpenStack) -> Result<Id, Problem> {
    let id = call.param("user_id");
    os.keystone.users.get(id).map(|user| user.id.clone()).ok_or_else(|| errors::could_not_find("user", id))
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let user = existing_user(call, os)?;
    let token = tokens::of_caller(call, os);
    let keys = os
        .keystone
        .credentials
        .of(&user)
        .rev()
        .filter(|one| one.kind == EC2 && check_delegation(token, one.project.as_deref(), OTHER_PROJECT).is_ok());
    Ok(Collection::new(call, "credentials").show(keys, |o, key| view(o, call, key)))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    policy::enforce(call, &[(OWNER, call.param("user_id"))])?;
    let token = tokens::of_caller(call, os);
    check_may_manage(os, token)?;
    let user = existing_user(call, os)?;
    let project = call.json["tenant_id"].as_str().unwrap_or("None");
    let project = os.keystone.projects.get(project).ok_or_else(|| errors::could_not_find("project", project))?;
    let project = project.id.clone();
    check_delegation(token, Some(&project), OTHER_PROJECT)?;
    let (access, secret) = (ctx.hex_id(), hex::encode(ctx.secret::<16>(&user)));
    let blob = json!({"access": &*access, "secret": secret, "trust_id": null}).to_string();
    let (id, extra) = (ec2_id(&access), Map::new());
    let key = Credential { id, user, project: Some(project), kind: EC2.into(), blob, extra };
    let key = os.keystone.credentials.insert(key).clone();
    Ok(Response::one("credential", |o| view(o, call, &key)))
}

/// Refuses tokens of a restricted application credential.
fn check_may_manage(os: &OpenStack, token: Option<&Token>) -> Result<(), Problem> {
    if !tokens::validity::is_restricted(os, token) {
        return Ok(());
    }
    Err(errors::forbidden_action(
        "Using method 'application_credential' is not allowed for managing additional application credentials.",
    ))
}

/// Finds the key in the path and enforces the policy on its owner, so a missing key is 404 for everyone.
fn find_authorized<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Credential, Problem> {
    let key = credentials::find(os, &ec2_id(call.param("credential_id")))?;
    policy::enforce(call, &[(OWNER, &key.user)])?;
    existing_user(call, os)?;
    if key.kind != EC2 {
        return Err(errors::unauthorized());
    }
    check_delegation(tokens::of_caller(call, os), key.project.as_deref(), OTHER_PROJECT)?;
    Ok(key)
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let key = find_authorized(call, os)?;
    Ok(Response::one("credential", |o| view(o, call, key)))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = find_authorized(call, os)?.id.clone();
    os.keystone.credentials.remove(&id);
    Ok(Response::empty())
}

fn view(o: &mut Object, call: &Call, key: &Credential) {
    let blob: Value = serde_json::from_str(&key.blob).unwrap_or_default();
    o.set("user_id", &key.user);
    o.set("tenant_id", &key.project);
    o.set("access", &blob["access"]);
    o.set("secret", &blob["secret"]);
    o.set("trust_id", &blob["trust_id"]);
    let access = blob["access"].as_str().unwrap_or_default();
    link(o, call, &format!("/users/{}/credentials/OS-EC2/{access}", key.user));
}
