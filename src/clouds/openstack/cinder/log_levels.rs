//! The log levels of the services: `/os-services/get-log` and `/os-services/set-log` (cinder/api/v3/services.py).

use super::errors;
use super::parameter_types::Text255;
use super::services::Service;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::parameter_types::Optional;
use crate::engine::{Answer, Call, Context, Id, Operation, Response, put};
use schemars::JsonSchema;
use serde::Deserialize;

const UPDATE: &str = "volume_extension:services:update";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    put("/os-services/get-log", "cinder.service.get_log", get_log)
        .summary("Shows the log levels of services.")
        .body::<GetLogRequest>()
        .since(3, 32)
        .policy(UPDATE),
    put("/os-services/set-log", "cinder.service.set_log", set_log)
        .summary("Sets the log levels of services.")
        .body::<SetLogRequest>()
        .answers(202)
        .since(3, 32)
        .policy(UPDATE),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetLogRequest {
    #[serde(default)]
    #[schemars(extend("enum" = ["cinder-scheduler", "cinder-volume", "cinder-backup", "cinder-api", "", "*"]))]
    binary: Optional<String>,
    #[serde(default)]
    server: Optional<Text255>,
    #[serde(default)]
    prefix: Optional<Text255>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetLogRequest {
    #[serde(default)]
    #[schemars(extend("enum" = ["cinder-scheduler", "cinder-volume", "cinder-backup", "cinder-api", "", "*"]))]
    binary: Optional<String>,
    #[serde(default)]
    server: Optional<Text255>,
    #[serde(default)]
    prefix: Optional<Text255>,
    level: Option<String>,
}

fn get_log(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let request: GetLogRequest = call.body()?;
    let prefix = text(&request.prefix);
    let services = select_services(os, request.binary.as_deref().unwrap_or_default(), text(&request.server));
    let services = services.iter().filter_map(|id| os.cinder.services.get(id));
    Ok(Response::many("log_levels", services, |o, service| {
        o.set("host", &service.host);
        o.set("binary", &service.binary);
        o.object("levels", |o| {
            service.log_levels.iter().filter(|(module, _)| module.starts_with(prefix)).for_each(|(module, level)| {
                o.set(module, level);
            });
        });
    }))
}

fn set_log(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let request: SetLogRequest = call.body()?;
    let level = request.level.unwrap_or_default().to_uppercase();
    if !matches!(level.as_str(), "DEBUG" | "INFO" | "WARNING" | "ERROR") {
        return Err(errors::no_log_level(&level));
    }
    for id in select_services(os, request.binary.as_deref().unwrap_or_default(), text(&request.server)) {
        let Some(service) = os.cinder.services.get_mut(&id) else { continue };
        let modules = service.log_levels.iter_mut().filter(|(module, _)| module.starts_with(text(&request.prefix)));
        modules.for_each(|(_, current)| current.clone_from(&level));
    }
    Ok(Response::empty())
}

/// The ids of the services with the binary (`*` or empty: all) on the server (empty: all), the API first.
fn select_services(os: &OpenStack, binary: &str, server: &str) -> Vec<Id> {
    let selected = |service: &&Service| {
        (matches!(binary, "" | "*") || service.binary == binary) && (server.is_empty() || service.is_on(server))
    };
    let mut services: Vec<_> = os.cinder.services.all().rev().filter(selected).collect();
    services.sort_by_key(|service| service.reports());
    services.into_iter().map(|service| service.id.clone()).collect()
}

fn text(field: &Optional<Text255>) -> &str {
    field.as_ref().and_then(|text| text.0.as_deref()).unwrap_or_default()
}
