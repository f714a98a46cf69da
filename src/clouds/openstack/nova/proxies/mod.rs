//! What clients of old asked Nova for although it is another service's: images, networks, security groups,
//! floating IPs, volumes. Nova asks that service in the caller's name and words its answer in its own way;
//! since 2.36 it does not any more.

pub mod floating_ips;
pub mod image_metadata;
pub mod images;
pub mod networks;
pub mod security_groups;
pub mod volumes;

use crate::clouds::openstack::{OpenStack, cinder, glance, neutron};
use crate::engine::{Body, Call, Context, Operation, Problem, Service};
use serde_json::Value;
use std::sync::LazyLock;

pub const OPERATIONS: &[&[Operation<OpenStack>]] = &[
    images::OPERATIONS,
    image_metadata::OPERATIONS,
    networks::OPERATIONS,
    floating_ips::OPERATIONS,
    security_groups::OPERATIONS,
    volumes::OPERATIONS,
];

static NEUTRON: LazyLock<Service<OpenStack>> = LazyLock::new(neutron::service);
static GLANCE: LazyLock<Service<OpenStack>> = LazyLock::new(glance::service);
static CINDER: LazyLock<Service<OpenStack>> = LazyLock::new(cinder::service);

/// A request to another service: method, path, query, and a body of the given media type.
pub struct Asking<'a> {
    pub method: &'static str,
    pub path: &'a str,
    pub query: &'a [(&'a str, &'a str)],
    pub body: Option<(&'static str, Value)>,
}

pub const JSON: &str = "application/json";

pub fn get(path: &str) -> Asking<'_> {
    Asking { method: "GET", path, query: &[], body: None }
}

pub fn delete(path: &str) -> Asking<'_> {
    Asking { method: "DELETE", path, query: &[], body: None }
}

pub fn send<'a>(method: &'static str, path: &'a str, body: Value) -> Asking<'a> {
    Asking { method, path, query: &[], body: Some((JSON, body)) }
}

pub fn ask_neutron(call: &Call, os: &mut OpenStack, ctx: &mut Context, asking: Asking) -> Result<Value, Problem> {
    ask(&NEUTRON, call, os, ctx, asking)
}

pub fn ask_glance(call: &Call, os: &mut OpenStack, ctx: &mut Context, asking: Asking) -> Result<Value, Problem> {
    ask(&GLANCE, call, os, ctx, asking)
}

pub fn ask_cinder(call: &Call, os: &mut OpenStack, ctx: &mut Context, asking: Asking) -> Result<Value, Problem> {
    ask(&CINDER, call, os, ctx, asking)
}

/// The answer's body, null if it has none.
fn ask(
    service: &Service<OpenStack>,
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    asking: Asking,
) -> Result<Value, Problem> {
    let mut other = Call::new(asking.method, asking.path);
    other.query = asking.query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    other.origin.clone_from(&call.origin);
    other.endpoints = call.endpoints.clone();
    other.cloud = call.cloud.clone();
    other.now = call.now;
    other.request_id.clone_from(&call.request_id);
    other.caller = call.caller.clone();
    other.headers.push(("accept".into(), JSON.into()));
    if let Some((kind, body)) = asking.body {
        other.headers.push(("content-type".into(), kind.into()));
        other.bytes = body.to_string().into();
    }
    match service.relay(&mut other, os, ctx)?.body {
        Body::Json(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
        _ => Ok(Value::Null),
    }
}

/// The items of a list in an answer.
pub fn items<'v>(answer: &'v Value, key: &str) -> &'v [Value] {
    answer[key].as_array().map(Vec::as_slice).unwrap_or_default()
}
