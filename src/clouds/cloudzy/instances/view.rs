//! The JSON of an instance: `InstanceDetailSchema`.

use super::size::view_extra;
use super::{Instance, Status, of_path};
use crate::clouds::cloudzy::catalogue::operating_systems;
use crate::clouds::cloudzy::{Cloudzy, envelope};
use crate::engine::{Answer, Call, Object};
use chrono::SecondsFormat;
use serde_json::Value;

pub fn show(call: &Call, cloud: &Cloudzy) -> Answer {
    let instance = of_path(cloud, call)?;
    Ok(envelope::one("Instance detail", |o| fields(o, instance, cloud)))
}

pub fn fields(o: &mut Object, instance: &Instance, cloud: &Cloudzy) {
    let (size, source) = (&instance.size, &instance.source);
    o.set("id", &instance.id);
    o.set("hostname", &instance.hostname);
    o.set("vcpuCount", size.vcpus);
    o.set("ram", size.ram_mb);
    o.set("disk", size.disk_gb);
    o.set("insertedAt", instance.inserted_at.to_rfc3339_opts(SecondsFormat::Secs, true));
    o.set("osId", &source.os);
    o.set("isoId", &source.iso);
    o.set("fromImage", &source.image);
    match source.os.as_ref().and_then(|os| cloud.operating_systems.get(os)) {
        Some(os) => o.object("os", |o| operating_systems::view(o, os)),
        None => o.set("os", Value::Null),
    }
    o.set("region", &instance.region);
    o.set("userId", &instance.user);
    o.set("appId", &source.app);
    o.set("status", instance.status);
    o.set("mainIp", &instance.ipv4);
    o.set("mainIpv6", &instance.ipv6);
    o.set("productId", &size.product);
    o.set("networkStatus", network_status(instance.status));
    o.set("discountPercent", size.discount_percent);
    o.set("attachIso", source.iso.is_some());
    o.object("extraResource", |o| view_extra(o, &size.extra));
    o.set("class", size.class);
    match source.app.as_ref().and_then(|app| cloud.applications.get(app)) {
        Some(app) => o.object("ocaData", |o| {
            o.set("id", &app.id);
            o.set("name", &app.name);
        }),
        None => o.set("ocaData", Value::Null),
    }
    o.set("isDdosProtected", instance.is_ddos_protected);
    o.set("customerNote", &instance.customer_note);
    o.set("adminNote", &instance.admin_note);
    o.set("features", &instance.features);
}

/// A healthy instance has the network status `active`.
fn network_status(status: Status) -> &'static str {
    match status {
        Status::Active | Status::Shutdown => "active",
        _ => "inactive",
    }
}
