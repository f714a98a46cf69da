//! `GET /capabilities/{host}`: the capabilities of a backend's driver (cinder/api/contrib/capabilities.py).

use super::services::{self, Service};
use super::{backends, errors};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Operation, Response, get};

pub const OPERATIONS: &[Operation<OpenStack>] = &[get("/capabilities/{host}", "cinder.capabilities.show", show)
    .summary("Shows the capabilities of a back end.")
    .policy("volume_extension:capabilities")];

/// Name, title and description of the driver's properties.
const PROPERTIES: [(&str, &str, &str); 4] = [
    ("thin_provisioning", "Thin Provisioning", "Sets thin provisioning."),
    ("compression", "Compression", "Enables compression."),
    ("qos", "QoS", "Enables QoS."),
    ("replication_enabled", "Replication", "Enables replication."),
];

fn show(call: &Call, os: &OpenStack) -> Answer {
    let host = call.param("host");
    let here = |service: &&Service| service.binary == services::VOLUME && service.is_on(host);
    let service = os.cinder.services.all().rev().find(here).ok_or_else(|| errors::cannot_find_service(host))?;
    let backend = service.host.split_once('@').map_or("", |(_, backend)| backend);
    Ok(Response::object(|o| {
        o.set("namespace", format_args!("OS::Storage::Capabilities::{}", service.host));
        o.set("vendor_name", backends::VENDOR);
        o.set("volume_backend_name", backend);
        o.set("pool_name", ());
        o.set("driver_version", "1.0.0");
        o.set("storage_protocol", backends::PROTOCOL);
        o.set("display_name", ());
        o.set("description", ());
        o.set("visibility", ());
        o.list("replication_targets", |_| {});
        o.object("properties", |o| {
            for (name, title, description) in PROPERTIES {
                o.object(name, |o| {
                    o.set("title", title);
                    o.set("description", description);
                    o.set("type", "boolean");
                });
            }
        });
    }))
}
