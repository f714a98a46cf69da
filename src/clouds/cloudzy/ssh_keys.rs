//! SSH keys for new instances. Their ids are numbers.

use super::{Cloudzy, accounts, envelope, errors, pydantic, schemas};
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Row, delete, get, post, schema_of};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub const OPERATIONS: &[Operation<Cloudzy>] = &[
    get("/ssh-keys", "cloudzy.ssh_key.list", list)
        .summary("Lists SSH keys.")
        .query(schema_of::<ListSshKeys>)
        .response(schemas::ssh_keys),
    post("/ssh-keys", "cloudzy.ssh_key.create", create)
        .summary("Creates a SSH key.")
        .body::<SshKeyWrite>()
        .response(schemas::ssh_key),
    get("/ssh-keys/{id}", "cloudzy.ssh_key.show", show).summary("Shows a SSH key.").response(schemas::ssh_key),
    delete("/ssh-keys/{id}", "cloudzy.ssh_key.delete", remove)
        .summary("Deletes a SSH key.")
        .answers(200)
        .response(schemas::done),
];

/// The keys that the API document's examples name.
const SEEDED: [(&str, &str); 2] = [("101", "laptop"), ("102", "workstation")];
const SEEDED_KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGgfWVyaODmGbLrZTuCm4RNLkxzo4hYJm9wE0bGFoLZi";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SshKey {
    /// A number of six digits, as a string.
    pub id: Id,
    pub customer: Id,
    pub name: String,
    pub public_key: String,
}

impl Row for SshKey {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.customer
    }
}

/// `SSHKeyWriteSchema`
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SshKeyWrite {
    #[schemars(length(min = 1, max = 255))]
    name: String,
    public_key: String,
    customer_id: Option<String>,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct ListSshKeys {
    customer_id: Option<String>,
}

/// Adds the keys of the examples to the first customer.
pub fn seed(cloud: &mut Cloudzy) {
    let Some(customer) = cloud.accounts.all().next_back().map(|account| account.id.clone()) else { return };
    for (id, name) in SEEDED {
        let public_key = format!("{SEEDED_KEY} {name}");
        cloud.ssh_keys.insert(SshKey { id: id.into(), customer: customer.clone(), name: name.into(), public_key });
    }
}

/// The key with this id if the caller can access it; else 404.
pub fn find<'c>(cloud: &'c Cloudzy, call: &Call, id: i64) -> Result<&'c SshKey, Problem> {
    let found = cloud.ssh_keys.get(&id.to_string());
    found.filter(|key| accounts::reaches(cloud, call, &key.customer)).ok_or_else(errors::ssh_key_not_found)
}

/// The caller's own keys, or those of one of its sub-accounts.
fn list(call: &Call, cloud: &Cloudzy) -> Answer {
    let request: ListSshKeys = pydantic::query(call)?;
    let customer = accounts::acting(cloud, call, request.customer_id.as_deref())?;
    Ok(envelope::many("List of SSH keys", "sshKeys", cloud.ssh_keys.of(&customer), view))
}

fn create(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    let request: SshKeyWrite = pydantic::body(call)?;
    let customer = accounts::acting(cloud, call, request.customer_id.as_deref())?;
    if !is_public_key(&request.public_key) {
        return Err(errors::public_key_is_invalid());
    }
    let id = new_id(cloud, ctx);
    let key = SshKey { id, customer, name: request.name, public_key: request.public_key.trim().to_owned() };
    let key = cloud.ssh_keys.insert(key);
    Ok(envelope::one("SSH key created successfully", |o| view(o, key)))
}

fn show(call: &Call, cloud: &Cloudzy) -> Answer {
    let key = find(cloud, call, pydantic::path_integer(call, "id")?)?;
    Ok(envelope::one("SSH key detail", |o| view(o, key)))
}

fn remove(call: &Call, cloud: &mut Cloudzy, _ctx: &mut Context) -> Answer {
    let id = find(cloud, call, pydantic::path_integer(call, "id")?)?.id.clone();
    cloud.ssh_keys.remove(&id);
    Ok(envelope::done("SSH key deleted successfully"))
}

/// A random number of six digits that no other key has.
fn new_id(cloud: &Cloudzy, ctx: &mut Context) -> Id {
    loop {
        let number = 100_000 + u32::from_be_bytes(ctx.bytes()) % 900_000;
        let id: Id = number.to_string().into();
        if !cloud.ssh_keys.contains(&id) {
            return id;
        }
    }
}

/// Checks for a key type and something like a key. The key need not be complete: the one in the document's own
/// example is cut off.
fn is_public_key(text: &str) -> bool {
    const KINDS: [&str; 7] = [
        "ssh-rsa",
        "ssh-ed25519",
        "ssh-dss",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com",
    ];
    let mut words = text.split_whitespace();
    let kind = words.next().is_some_and(|kind| KINDS.contains(&kind));
    kind && words.next().is_some_and(|key| key.starts_with("AAAA"))
}

/// The fingerprint as `ssh-keygen -l` writes it. None if the key cannot be decoded.
fn fingerprint(key: &str) -> Option<String> {
    let bytes = STANDARD.decode(key.split_whitespace().nth(1)?).ok()?;
    Some(format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(bytes))))
}

fn view(o: &mut Object, key: &SshKey) {
    o.set("id", key.id.parse::<i64>().unwrap_or_default());
    o.set("name", &key.name);
    o.set("publicKey", &key.public_key);
    o.set("customerId", &key.customer);
    o.set("fingerprint", fingerprint(&key.public_key));
}
