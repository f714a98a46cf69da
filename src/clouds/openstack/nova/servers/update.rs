//! `PUT /servers/{id}` (`update` in nova/api/openstack/compute/servers.py).

use super::super::parameter_types::{Description, DiskConfig, Name, Optional};
use super::create::GuestName;
use super::view::{self, Shown};
use super::{Server, canonical, change, permitted};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::errors;
use crate::engine::{Answer, Call, Context, Id, Problem, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// The body of `PUT /servers/{id}`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRequest {
    server: UpdateServer,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct UpdateServer {
    #[serde(default)]
    name: Optional<Name>,
    #[serde(rename = "OS-DCF:diskConfig", default)]
    disk_config: Optional<DiskConfig>,
    #[serde(rename = "accessIPv4", default)]
    #[schemars(extend("format" = "ipv4"))]
    access_ipv4: Optional<Id>,
    #[serde(rename = "accessIPv6", default)]
    #[schemars(extend("format" = "ipv6"))]
    access_ipv6: Optional<Id>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.19"))]
    #[allow(dead_code, reason = "read from the raw body, because null and a missing field differ")]
    description: Optional<Description>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.90"))]
    hostname: Optional<GuestName>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.104"))]
    #[allow(dead_code, reason = "read from the raw body, because null and a missing field differ")]
    pinned_availability_zone: Optional<ZoneOrNone>,
}

/// `name_or_none`.
#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("oneOf" = [
    {"type": "string", "minLength": 1, "maxLength": 255}, {"type": "null"},
]))]
struct ZoneOrNone(
    #[schemars(with = "Value")]
    #[allow(dead_code, reason = "see above")]
    Option<Id>,
);

pub fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let server = permitted(call, os)?;
    let id = server.id.clone();
    let request = call.body::<UpdateRequest>()?.server;
    let pinned = pinned_zone(call, server)?;
    change(os, ctx, &id, |server| {
        if let Some(name) = request.name.0 {
            server.name = name.0.trim().into();
        }
        if let Some(config) = request.disk_config.0 {
            server.auto_disk = config.0 == "AUTO";
        }
        // Null does not remove an address.
        server.access_ipv4 = request.access_ipv4.0.or(server.access_ipv4.take());
        server.access_ipv6 = request.access_ipv6.0.map(canonical).or(server.access_ipv6.take());
        // Null removes the description.
        if let Some(description) = call.json.pointer("/server/description").filter(|_| call.since(2, 19)) {
            server.description = description.as_str().map(str::to_owned);
        }
        if let Some(hostname) = request.hostname.0 {
            server.hostname = hostname.0.into();
        }
        if let Some(zone) = pinned {
            server.pinned_zone = zone;
        }
    });
    let server = permitted(call, os)?;
    Ok(Response::one("server", |o| view::detail(o, server, os, call, Shown::Changed)))
}

/// The new pinned zone, `Some(None)` to unpin the server, or `None` if nothing changes. A server can be pinned only to
/// its current zone.
fn pinned_zone(call: &Call, server: &Server) -> Result<Option<Option<Id>>, Problem> {
    let Some(zone) = call.json.pointer("/server/pinned_availability_zone").filter(|_| call.since(2, 104)) else {
        return Ok(None);
    };
    let Some(zone) = zone.as_str() else { return Ok(Some(None)) };
    match &server.pinned_zone {
        Some(pinned) if **pinned == *zone => Ok(None),
        Some(_) => Err(errors::pinned_elsewhere()),
        None if server.availability_zone.as_deref() == Some(zone) => Ok(Some(Some(zone.into()))),
        None => Err(errors::not_in_that_zone(server.availability_zone.as_deref().unwrap_or("None"), zone)),
    }
}
