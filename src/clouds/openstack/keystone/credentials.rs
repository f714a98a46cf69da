//! Credentials: secrets that Keystone stores for users, such as EC2 keys (keystone/api/credentials.py).

use super::super::parameter_types::Optional;
use super::super::{OpenStack, scope};
use super::collections::{Collection, link};
use super::tokens::{self, Token};
use super::{errors, policy};
use crate::engine::{
    Answer, Call, Context, Id, Index, Object, Operation, Problem, Response, Row, delete, get, patch, post,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

const ONE: &str = "/credentials/{credential_id}";

/// `/credentials`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/credentials", "keystone.credential.list", list)
        .summary("Lists credentials.")
        .policy_on_target("identity:list_credentials"),
    post("/credentials", "keystone.credential.create", create)
        .summary("Creates a credential.")
        .body::<CreateRequest>()
        .answers(201)
        .policy_on_target("identity:create_credential"),
    get(ONE, "keystone.credential.show", show)
        .summary("Shows a credential.")
        .policy_on_target("identity:get_credential"),
    patch(ONE, "keystone.credential.update", update)
        .summary("Updates a credential.")
        .body::<UpdateRequest>()
        .policy_on_target("identity:update_credential"),
    delete(ONE, "keystone.credential.delete", remove)
        .summary("Deletes a credential.")
        .policy_on_target("identity:delete_credential"),
];

/// The type of credentials that are EC2 keys.
pub const EC2: &str = "ec2";
const OWNER: &str = "target.credential.user_id";

/// A secret of a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Credential {
    /// For an EC2 key the hash of its access key; see [`ec2_id`].
    pub id: Id,
    pub user: Id,
    /// Always set for an EC2 key.
    pub project: Option<Id>,
    /// The type: `ec2`, `cert`, `totp` or any other text.
    pub kind: String,
    /// The secret. For an EC2 key it is JSON with `access` and `secret`.
    pub blob: String,
    /// Attributes that the API does not define.
    pub extra: Map<String, Value>,
}

const BY_PROJECT: Index<Credential> =
    Index::new("project", |credential, key| credential.project.as_deref().into_iter().for_each(key));

impl Row for Credential {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.user
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_PROJECT]
    }
}

impl Credential {
    /// A string field of the blob, if the blob is JSON.
    pub fn part(&self, name: &str) -> Option<String> {
        let blob: Value = serde_json::from_str(&self.blob).ok()?;
        blob.get(name)?.as_str().map(str::to_owned)
    }
}

#[derive(Deserialize, JsonSchema)]
struct CreateRequest {
    credential: NewCredential,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(extend(
    "if" = {"properties": {"type": {"const": "ec2"}}},
    "then" = {"title": "ec2 credential requires project_id", "required": ["blob", "type", "user_id", "project_id"]},
))]
struct NewCredential {
    #[serde(default)]
    #[allow(dead_code, reason = "accepted and ignored, as upstream does")]
    id: Optional<String>,
    blob: String,
    #[serde(default)]
    project_id: Option<String>,
    r#type: String,
    user_id: String,
    #[serde(flatten)]
    #[schemars(skip)]
    extra: Map<String, Value>,
}

#[derive(Deserialize, JsonSchema)]
struct UpdateRequest {
    credential: CredentialChanges,
}

/// Upstream requires the blob and accepts nothing else.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-unknown-first" = true))]
struct CredentialChanges {
    blob: String,
}

/// Finds a credential by id. Fails with 404.
pub fn find<'o>(os: &'o OpenStack, id: &str) -> Result<&'o Credential, Problem> {
    os.keystone.credentials.get(id).ok_or_else(|| errors::could_not_find("credential", id))
}

/// The id of an EC2 key: the SHA-256 of its access key.
pub fn ec2_id(access: &str) -> Id {
    hex::encode(Sha256::digest(access)).into()
}

/// Fails with 403 if the token was made with an application credential or trust and `project` is not its
/// project (`_check_credential_project_scope` in keystone/api/credentials.py).
pub fn check_delegation(token: Option<&Token>, project: Option<&str>, refusal: &str) -> Result<(), Problem> {
    let delegated = |token: &&Token| token.application_credential.is_some() || token.trust.is_some();
    let Some(token) = token.filter(delegated) else { return Ok(()) };
    let own = token.scope.project().map(|id| &**id);
    if own == project { Ok(()) } else { Err(errors::forbidden_action(refusal)) }
}

const OTHER_PROJECT: &str = "Credential project does not match the project scope of the delegated token";

/// Finds the credential in the path and enforces the policy. Other users get 403 even if it does not exist.
fn find_authorized<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Credential, Problem> {
    let found = find(os, call.param("credential_id"));
    match &found {
        Ok(credential) => policy::enforce(call, &[(OWNER, &credential.user)])?,
        Err(_) => policy::enforce(call, &[])?,
    }
    let credential = found?;
    check_delegation(tokens::of_caller(call, os), credential.project.as_deref(), OTHER_PROJECT)?;
    Ok(credential)
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    match scope::is_system(&call.caller) {
        true => policy::enforce(call, &[])?,
        false => policy::enforce(call, &[(OWNER, &call.user())])?,
    }
    let token = tokens::of_caller(call, os);
    let matches = |name: &str, value: &str| call.query(name).is_none_or(|filter| filter == value);
    let visible = os.keystone.credentials.all().rev().filter(|one| {
        matches("user_id", &one.user)
            && matches("type", &one.kind)
            && policy::allows(call, "identity:get_credential", &[(OWNER, &one.user)])
            && check_delegation(token, one.project.as_deref(), OTHER_PROJECT).is_ok()
    });
    Ok(Collection::new(call, "credentials").show(visible, |o, one| view(o, call, one)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let credential = find_authorized(call, os)?;
    Ok(Response::one("credential", |o| view(o, call, credential)))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<CreateRequest>()?.credential;
    policy::enforce(call, &[(OWNER, &request.user_id)])?;
    let token = tokens::of_caller(call, os).cloned();
    let is_ec2 = request.r#type.eq_ignore_ascii_case(EC2);
    if is_ec2 && tokens::validity::is_restricted(os, token.as_ref()) {
        return Err(errors::forbidden_action(
            "Using method 'application_credential' is not allowed for managing additional credentials.",
        ));
    }
    check_delegation(token.as_ref(), request.project_id.as_deref(), OTHER_PROJECT)?;
    let mut blob = request.blob;
    let id = if is_ec2 {
        let mut parts = ec2_blob(&blob)?;
        let id = ec2_id(parts["access"].as_str().unwrap_or_default());
        if let Some(credential) = token.and_then(|token| token.application_credential) {
            parts["app_cred_id"] = Value::from(&*credential);
            blob = parts.to_string();
        }
        id
    } else {
        ctx.hex_id()
    };
    if os.keystone.credentials.contains(&id) {
        return Err(errors::conflict("credential", format_args!("Duplicate entry found with ID {id}")));
    }
    let (user, project) = (request.user_id.into(), request.project_id.map(Id::from));
    let mut extra = request.extra;
    extra.retain(|name, _| !matches!(name.as_str(), "id" | "blob" | "type" | "user_id" | "project_id"));
    let credential = Credential { id, user, project, kind: request.r#type, blob, extra };
    let credential = os.keystone.credentials.insert(credential).clone();
    Ok(Response::one("credential", |o| view(o, call, &credential)))
}

/// The blob of an EC2 key. Fails with 400 unless it is JSON with a string `access`.
fn ec2_blob(blob: &str) -> Result<Value, Problem> {
    let parts: Value = serde_json::from_str(blob).map_err(|_| errors::invalid("Invalid blob in credential"))?;
    if parts.as_object().is_none_or(Map::is_empty) {
        return Err(errors::expecting("blob", "credential"));
    }
    match parts.get("access") {
        Some(Value::String(_)) => Ok(parts),
        _ => Err(errors::expecting("access", "credential")),
    }
}

fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let request = call.body::<UpdateRequest>()?.credential;
    let credential = find_authorized(call, os)?;
    if credential.kind.eq_ignore_ascii_case(EC2) {
        let (old, new) = (ec2_blob(&credential.blob)?, ec2_blob(&request.blob)?);
        let fixed = ["trust_id", "app_cred_id", "access_token_id", "access_id"];
        if let Some(key) = fixed.into_iter().find(|key| old.get(*key) != new.get(*key)) {
            return Err(errors::invalid(format!("{key} can not be updated for credential")));
        }
    }
    let id = credential.id.clone();
    if let Some(credential) = os.keystone.credentials.get_mut(&id) {
        credential.blob = request.blob;
    }
    let credential = find(os, &id)?;
    Ok(Response::one("credential", |o| view(o, call, credential)))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = find_authorized(call, os)?.id.clone();
    os.keystone.credentials.remove(&id);
    Ok(Response::empty())
}

/// Deletes the credentials of a user or project that is being deleted.
pub fn forget(os: &mut OpenStack, user_or_project: &str) {
    let of_user = os.keystone.credentials.of(user_or_project);
    let owned = of_user.chain(os.keystone.credentials.by(&BY_PROJECT, user_or_project));
    let ids: Vec<Id> = owned.map(|one| one.id.clone()).collect();
    for id in ids {
        os.keystone.credentials.remove(&id);
    }
}

fn view(o: &mut Object, call: &Call, credential: &Credential) {
    o.set("id", &credential.id);
    o.set("user_id", &credential.user);
    o.set("project_id", &credential.project);
    o.set("type", &credential.kind);
    o.set("blob", &credential.blob);
    for (name, value) in &credential.extra {
        o.set(name, value);
    }
    link(o, call, &format!("/credentials/{}", credential.id));
}
