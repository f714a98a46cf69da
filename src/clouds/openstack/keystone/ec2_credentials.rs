//! EC2 keys of a user: credentials in the form that EC2 and S3 clients know.

use super::super::OpenStack;
use super::collections::{Collection, link};
use super::credentials::{self, Credential, EC2, ec2_id, within_delegation};
use super::tokens::{self, Token};
use super::{errors, policy};
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Response, delete, get, post};
use serde_json::{Map, Value, json};

const COLLECTION: &str = "/users/{user_id}/credentials/OS-EC2";
const ONE: &str = "/users/{user_id}/credentials/OS-EC2/{credential_id}";

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

fn user_exists(call: &Call, os: &OpenStack) -> Result<Id, Problem> {
    let id = call.param("user_id");
    os.keystone.users.get(id).map(|user| user.id.clone()).ok_or_else(|| errors::could_not_find("user", id))
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let user = user_exists(call, os)?;
    let token = tokens::of_caller(call, os);
    let keys = os
        .keystone
        .credentials
        .of(&user)
        .rev()
        .filter(|one| one.kind == EC2 && within_delegation(token, one.project.as_deref(), OTHER_PROJECT).is_ok());
    Ok(Collection::new(call, "credentials").show(keys, |o, key| view(o, call, key)))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    policy::enforce(call, &[(OWNER, call.param("user_id"))])?;
    let token = tokens::of_caller(call, os);
    may_manage(os, token)?;
    let user = user_exists(call, os)?;
    let project = call.json["tenant_id"].as_str().unwrap_or("None");
    let project = os.keystone.projects.get(project).ok_or_else(|| errors::could_not_find("project", project))?;
    let project = project.id.clone();
    within_delegation(token, Some(&project), OTHER_PROJECT)?;
    let (access, secret) = (ctx.hex_id(), ctx.hex_id());
    let blob = json!({"access": &*access, "secret": &*secret, "trust_id": null}).to_string();
    let (id, extra) = (ec2_id(&access), Map::new());
    let key = Credential { id, user, project: Some(project), kind: EC2.into(), blob, extra };
    let key = os.keystone.credentials.insert(key).clone();
    Ok(Response::one("credential", |o| view(o, call, &key)))
}

fn may_manage(os: &OpenStack, token: Option<&Token>) -> Result<(), Problem> {
    if !tokens::life::is_restricted(os, token) {
        return Ok(());
    }
    Err(errors::forbidden_action(
        "Using method 'application_credential' is not allowed for managing additional application credentials.",
    ))
}

/// The key in the path. The policy is asked about its owner, so what is not there is told first.
fn known<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Credential, Problem> {
    let key = credentials::find(os, &ec2_id(call.param("credential_id")))?;
    policy::enforce(call, &[(OWNER, &key.user)])?;
    user_exists(call, os)?;
    if key.kind != EC2 {
        return Err(errors::unauthorized());
    }
    within_delegation(tokens::of_caller(call, os), key.project.as_deref(), OTHER_PROJECT)?;
    Ok(key)
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let key = known(call, os)?;
    Ok(Response::one("credential", |o| view(o, call, key)))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = known(call, os)?.id.clone();
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
