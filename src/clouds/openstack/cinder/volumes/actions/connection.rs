//! `os-initialize_connection` and `os-terminate_connection`: how a host reaches a volume on its backend.

use super::super::super::super::OpenStack;
use super::super::super::policy::POLICY;
use super::super::super::{attachments, errors};
use super::super::Status;
use super::attach::release;
use super::{PATH, subject};
use crate::engine::{Answer, Call, Context, Operation, Response, post};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(PATH, "cinder.volume.initialize_connection", initialize)
        .summary("Returns the connection of a volume to a host.")
        .action("os-initialize_connection")
        .body::<InitializeRequest>()
        .policy_on_target("volume_extension:volume_actions:initialize_connection"),
    post(PATH, "cinder.volume.terminate_connection", terminate)
        .summary("Ends the connection of a volume to a host.")
        .action("os-terminate_connection")
        .body::<TerminateRequest>()
        .answers(202)
        .policy_on_target("volume_extension:volume_actions:terminate_connection"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct InitializeRequest {
    #[serde(rename = "os-initialize_connection")]
    initialize: Initialize,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Initialize {
    #[schemars(extend("type" = ["object", "string"]))]
    connector: Value,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TerminateRequest {
    #[serde(rename = "os-terminate_connection")]
    _terminate: Terminate,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Terminate {
    #[serde(rename = "connector")]
    #[schemars(extend("type" = ["string", "object", "null"]))]
    _connector: Value,
}

fn initialize(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let connector = call.body::<InitializeRequest>()?.initialize.connector;
    let volume = subject(call, os)?;
    if volume.status == Status::Maintenance {
        return Err(errors::connecting_in_maintenance());
    }
    let connector = connector.as_object().ok_or_else(errors::connector_not_an_object)?;
    let multipath = connector.get("enforce_multipath").cloned().unwrap_or(Value::Bool(false));
    let mut data = attachments::connection_data(os, volume);
    data.insert("enforce_multipath".into(), multipath.clone());
    Ok(Response::one("connection_info", |o| {
        o.set("driver_volume_type", attachments::DRIVER_VOLUME_TYPE);
        o.set("data", data);
        o.set("enforce_multipath", multipath);
    }))
}

fn terminate(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let volume = subject(call, os)?;
    let (id, project) = (volume.id.clone(), volume.project.clone());
    attachments::may_be_deleted(call, os, &id, None)?;
    POLICY.enforce_rule(call, "volume_extension:volume_actions:unreserve", &[("project_id", &project)])?;
    release(os, ctx, &id);
    Ok(Response::empty())
}
