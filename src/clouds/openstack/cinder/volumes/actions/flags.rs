//! `os-set_bootable` and `os-update_readonly_flag`: flags that the owner of a volume sets.

use super::super::super::super::OpenStack;
use super::super::super::errors;
use super::super::super::parameter_types::Boolean;
use super::super::Status;
use super::{PATH, subject, update};
use crate::engine::{Answer, Call, Context, Operation, Response, post};
use schemars::JsonSchema;
use serde::Deserialize;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(PATH, "cinder.volume.set_bootable", set_bootable)
        .summary("Sets whether a volume is bootable.")
        .action("os-set_bootable")
        .body::<BootableRequest>()
        .policy_on_target("volume:update"),
    post(PATH, "cinder.volume.update_readonly_flag", update_readonly)
        .summary("Sets whether a volume is read-only.")
        .action("os-update_readonly_flag")
        .body::<ReadonlyRequest>()
        .answers(202)
        .policy_on_target("volume:update_readonly_flag"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BootableRequest {
    #[serde(rename = "os-set_bootable")]
    set: Bootable,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Bootable {
    bootable: Boolean,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReadonlyRequest {
    #[serde(rename = "os-update_readonly_flag")]
    set: Readonly,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Readonly {
    readonly: Boolean,
}

fn set_bootable(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let bootable = call.body::<BootableRequest>()?.set.bootable.0;
    let volume = subject(call, os)?;
    if volume.status == Status::Maintenance {
        return Err(errors::updating_in_maintenance());
    }
    let id = volume.id.clone();
    update(os, ctx, &id, |volume| volume.bootable = bootable);
    Ok(Response::empty())
}

/// The admin metadata stores the flag as Python writes it: `True` or `False`.
fn update_readonly(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let readonly = if call.body::<ReadonlyRequest>()?.set.readonly.0 { "True" } else { "False" };
    let volume = subject(call, os)?;
    if volume.status != Status::Available {
        return Err(errors::cannot_update_readonly(&volume.id, volume.status));
    }
    let id = volume.id.clone();
    update(os, ctx, &id, |volume| {
        volume.admin_metadata.insert("readonly".into(), readonly.into());
    });
    Ok(Response::empty())
}
