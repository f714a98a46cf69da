//! Operations on resources of other services: images, networks, security groups, floating IPs and volumes. Until
//! microversion 2.35, Nova forwards them to the service with the caller's token and converts the response.

pub mod floating_ips;
pub mod image_metadata;
pub mod images;
pub mod networks;
pub mod security_groups;
pub mod volumes;

use crate::clouds::openstack::descriptor::ServiceDescriptor;
use crate::clouds::openstack::{OpenStack, cinder, glance, neutron};
use crate::engine::{Body, Call, Context, Operation, Problem};
use serde_json::Value;

pub const OPERATIONS: &[&[Operation<OpenStack>]] = &[
    images::OPERATIONS,
    image_metadata::OPERATIONS,
    networks::OPERATIONS,
    floating_ips::OPERATIONS,
    security_groups::OPERATIONS,
    volumes::OPERATIONS,
];

/// A request to another service.
pub struct ProxyRequest<'a> {
    pub method: &'static str,
    pub path: &'a str,
    pub query: &'a [(&'a str, &'a str)],
    /// The media type and the body.
    pub body: Option<(&'static str, Value)>,
}

/// The media type of JSON bodies.
pub const JSON: &str = "application/json";

/// A GET request.
pub fn get(path: &str) -> ProxyRequest<'_> {
    ProxyRequest { method: "GET", path, query: &[], body: None }
}

/// A DELETE request.
pub fn delete(path: &str) -> ProxyRequest<'_> {
    ProxyRequest { method: "DELETE", path, query: &[], body: None }
}

/// A request with a JSON body.
pub fn with_body<'a>(method: &'static str, path: &'a str, body: Value) -> ProxyRequest<'a> {
    ProxyRequest { method, path, query: &[], body: Some((JSON, body)) }
}

/// Sends a request to Neutron. Returns the body of the response, null if it is empty. Errors are Neutron's.
pub fn call_neutron(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    request: ProxyRequest,
) -> Result<Value, Problem> {
    call_service(&neutron::SERVICE, call, os, ctx, request)
}

/// Sends a request to Glance, like [`call_neutron`].
pub fn call_glance(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    request: ProxyRequest,
) -> Result<Value, Problem> {
    call_service(&glance::SERVICE, call, os, ctx, request)
}

/// Sends a request to Cinder, like [`call_neutron`].
pub fn call_cinder(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    request: ProxyRequest,
) -> Result<Value, Problem> {
    call_service(&cinder::SERVICE, call, os, ctx, request)
}

fn call_service(
    service: &'static ServiceDescriptor,
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    request: ProxyRequest,
) -> Result<Value, Problem> {
    let mut other = Call::new(request.method, request.path);
    other.query = request.query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    other.origin.clone_from(&call.origin);
    other.endpoints = call.endpoints.clone();
    other.cloud = call.cloud.clone();
    other.now = call.now;
    other.request_id.clone_from(&call.request_id);
    other.caller = call.caller.clone();
    other.headers.push(("accept".into(), JSON.into()));
    if let Some((kind, body)) = request.body {
        other.headers.push(("content-type".into(), kind.into()));
        other.bytes = body.to_string().into();
    }
    match service.service().relay(&mut other, os, ctx)?.body {
        Body::Json(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
        _ => Ok(Value::Null),
    }
}

/// The items of a list in a response.
pub fn items<'v>(answer: &'v Value, key: &str) -> &'v [Value] {
    answer[key].as_array().map(Vec::as_slice).unwrap_or_default()
}
