//! `POST /workers/cleanup`: cleans up the work of services that are down (cinder/api/v3/workers.py).

use super::errors;
use super::parameter_types::{Boolean, OptionalUuid};
use super::services::Service;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::parameter_types::Optional;
use crate::engine::{Answer, Call, Context, Operation, Response, post};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

pub const OPERATIONS: &[Operation<OpenStack>] = &[post("/workers/cleanup", "cinder.worker.clean_up", clean_up)
    .summary("Cleans up the work of services that are down.")
    .body::<CleanUpRequest>()
    .answers(202)
    .since(3, 24)
    .policy("workers:cleanup")];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CleanUpRequest {
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[a-zA-Z0-9-._#@:/+]*$"))]
    cluster_name: Option<String>,
    disabled: Optional<Boolean>,
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[a-zA-Z0-9-._#@:/+]*$"))]
    host: Option<String>,
    is_up: Optional<Boolean>,
    #[serde(default)]
    #[schemars(extend("enum" = ["cinder-volume", "cinder-scheduler"]))]
    binary: Optional<String>,
    #[serde(default)]
    resource_id: OptionalUuid,
    #[schemars(length(max = 40))]
    resource_type: Option<String>,
    #[serde(default)]
    #[schemars(extend("type" = ["integer", "string", "null"], "pattern" = "^[0-9]*$", "maxLength" = 11))]
    service_id: Value,
}

fn clean_up(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let request: CleanUpRequest = call.body()?;
    if let Some(kind) = request.resource_type.as_deref().filter(|kind| !kind.is_empty()) {
        let title = title(kind);
        if !matches!(title.as_str(), "Backup" | "Snapshot" | "Volume") {
            return Err(errors::resource_type_not_cleanable(&title));
        }
    }
    let located = request.host.is_some() || request.cluster_name.is_some() || !request.service_id.is_null();
    if let Some(id) = request.resource_id.0.as_deref().filter(|_| !located) {
        return Err(errors::nothing_to_clean_up(id));
    }
    let is_up = request.is_up.0.is_some_and(|flag| flag.0);
    let number = request.service_id.as_u64().or_else(|| request.service_id.as_str()?.parse().ok());
    let selected = |service: &&Service| {
        service.reports()
            && is_up
            && request.cluster_name.is_none()
            && request.host.as_deref().is_none_or(|host| service.is_on(host))
            && request.binary.as_deref().is_none_or(|binary| service.binary == binary)
            && request.disabled.0.as_ref().is_none_or(|flag| service.disabled == flag.0)
            && number.is_none_or(|number| number == u64::from(service.number))
    };
    Ok(Response::object(|o| {
        o.each("cleaning", os.cinder.services.all().rev().filter(selected), |o, service| {
            o.set("id", service.number);
            o.set("host", &service.host);
            o.set("binary", &service.binary);
            o.set("cluster_name", ());
        });
        o.list("unavailable", |_| {});
    }))
}

/// `str.title()` of one word.
fn title(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    first + &letters.as_str().to_lowercase()
}
