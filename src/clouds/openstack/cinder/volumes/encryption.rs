//! The encryption metadata of a volume: `/volumes/{volume_id}/encryption`
//! (cinder/api/contrib/volume_encryption_metadata.py).

use super::super::errors;
use super::super::policy::POLICY;
use super::{Volume, find};
use crate::clouds::openstack::{OpenStack, python};
use crate::engine::{Answer, Call, Operation, Response, get};
use serde_json::{Map, Value, json};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/volumes/{volume_id}/encryption", "cinder.volume.list_encryption", list)
        .summary("Shows the encryption of a volume.")
        .policy_on_target("volume_extension:volume_encryption_metadata"),
    get("/volumes/{volume_id}/encryption/{key}", "cinder.volume.show_encryption", show)
        .summary("Shows one value of the encryption of a volume.")
        .policy_on_target("volume_extension:volume_encryption_metadata"),
];

fn list(call: &Call, os: &OpenStack) -> Answer {
    let volume = find(call, os, call.param("volume_id"))?;
    POLICY.enforce(call, &[("project_id", &volume.project)])?;
    let encryption = encryption(os, volume);
    Ok(Response::object(|o| encryption.iter().for_each(|(key, value)| o.set(key, value))))
}

/// Returns one value as plain text. An unknown key is a 500 upstream and a 404 here.
fn show(call: &Call, os: &OpenStack) -> Answer {
    let volume = find(call, os, call.param("volume_id"))?;
    POLICY.enforce(call, &[("project_id", &volume.project)])?;
    match encryption(os, volume).get(call.param("key")) {
        Some(Value::Null) => Ok(Response::empty()),
        Some(value) => Ok(Response::text("text/html; charset=UTF-8", python::str(value))),
        None => Err(errors::no_such_encryption_item()),
    }
}

fn encryption(os: &OpenStack, volume: &Volume) -> Map<String, Value> {
    let mut values = Map::new();
    values.insert("encryption_key_id".into(), json!(volume.encryption_key_id));
    let of_type = volume.volume_type.as_ref().and_then(|id| os.cinder.volume_types.get(id));
    if let Some(encryption) = of_type.and_then(|one| one.encryption.as_ref()) {
        values.insert("control_location".into(), json!(encryption.control_location));
        values.insert("cipher".into(), json!(encryption.cipher));
        values.insert("key_size".into(), json!(encryption.key_size));
        values.insert("provider".into(), json!(encryption.provider));
    }
    values
}
