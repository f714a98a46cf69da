//! A server in responses (nova/api/openstack/compute/views/servers.py).

use super::super::policy::{self, POLICY};
use super::super::server_groups::BY_MEMBER;
use super::super::{image_properties, links, services};
use super::{Server, addresses, host_id, networks, status};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::times::{Micros, SecondsZ};
use crate::engine::{Call, List, Object};
use serde_json::Value;

/// The response that shows the server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shown {
    /// `GET /servers/{id}`.
    Alone,
    /// The detailed list, which does not show server groups.
    Listed,
    /// The response to an update. Before microversion 2.75 it shows few fields.
    Changed,
    /// The response to a rebuild, which writes `user_data` itself.
    Rebuilt,
}

/// Writes the fields of the brief list.
pub fn summary(o: &mut Object, server: &Server, call: &Call) {
    o.set("id", &server.id);
    o.set("name", &server.name);
    links::links(o, call, "servers", &server.id);
}

/// Writes all fields that the microversion, the caller and the response show.
pub fn detail(o: &mut Object, server: &Server, os: &OpenStack, call: &Call, shown: Shown) {
    let is_full = matches!(shown, Shown::Alone | Shown::Listed) || call.since(2, 75);
    basics(o, server, os, call, is_full);
    if is_full {
        o.set("OS-EXT-AZ:availability_zone", server.availability_zone.as_deref().unwrap_or_default());
        o.set("config_drive", if server.config_drive { "True" } else { "" });
        o.set("OS-SRV-USG:launched_at", server.launched.map(Micros));
        o.set("OS-SRV-USG:terminated_at", server.terminated.map(Micros));
    }
    if is_full || (shown == Shown::Rebuilt && call.since(2, 54)) {
        o.set("key_name", &server.key_name);
    }
    if is_full && shown != Shown::Listed {
        security_groups(o, server, os);
    }
    let own = [("project_id", &*server.project)];
    let extended = is_full && POLICY.allows(call, "os_compute_api:os-extended-server-attributes", &own);
    if extended {
        extended_attributes(o, server, call, shown);
    }
    if is_full {
        o.set("OS-EXT-STS:task_state", server.task_state.map(|task| task.as_str()));
        o.set("OS-EXT-STS:vm_state", server.vm_state.as_str());
        o.set("OS-EXT-STS:power_state", server.power_state.number());
        o.list("os-extended-volumes:volumes_attached", |list| volumes_attached(list, server, call));
    }
    later_attributes(o, server, os, call, (is_full, extended, shown));
    if shown == Shown::Listed {
        security_groups(o, server, os);
    }
}

/// The fields that microversion 2.1 shows in every response.
fn basics(o: &mut Object, server: &Server, os: &OpenStack, call: &Call, is_full: bool) {
    let status = status(server.vm_state, server.task_state);
    o.set("accessIPv4", server.access_ipv4.as_deref().unwrap_or_default());
    o.set("accessIPv6", server.access_ipv6.as_deref().unwrap_or_default());
    o.object("addresses", |o| addresses::view(o, server, os, is_full));
    o.set("created", SecondsZ(server.created));
    flavor(o, server, call);
    o.set("hostId", host_id(&server.project, server.host.as_deref()));
    o.set("id", &server.id);
    image(o, server, call);
    links::links(o, call, "servers", &server.id);
    o.set("metadata", &server.metadata);
    o.set("name", &server.name);
    o.set("status", status);
    o.set("tenant_id", &server.project);
    o.set("user_id", &server.user);
    o.set("updated", SecondsZ(server.updated.unwrap_or(server.created)));
    o.set("OS-DCF:diskConfig", if server.auto_disk { "AUTO" } else { "MANUAL" });
    if matches!(status, "ERROR" | "DELETED") {
        fault(o, server, call);
    }
    if matches!(status, "ACTIVE" | "BUILD" | "REBUILD" | "RESIZE" | "VERIFY_RESIZE" | "MIGRATING") {
        o.set("progress", server.progress);
    }
}

fn flavor(o: &mut Object, server: &Server, call: &Call) {
    let flavor = &server.flavor;
    if !call.since(2, 47) {
        return o.object("flavor", |o| {
            o.set("id", &flavor.id);
            links::bookmark_links(o, call, "flavors", &flavor.id);
        });
    }
    let own = [("project_id", &*server.project)];
    o.object("flavor", |o| {
        o.set("vcpus", flavor.vcpus);
        o.set("ram", flavor.ram_mib);
        o.set("disk", flavor.disk_gib);
        o.set("ephemeral", flavor.ephemeral_gib);
        o.set("swap", flavor.swap_mib);
        o.set("original_name", &flavor.name);
        if POLICY.allows(call, "os_compute_api:servers:show:flavor-extra-specs", &own) {
            o.set("extra_specs", &flavor.extra_specs);
        }
    });
}

fn image(o: &mut Object, server: &Server, call: &Call) {
    let Some(image) = &server.image else { return o.set("image", "") };
    o.object("image", |o| {
        o.set("id", image);
        links::bookmark_links(o, call, "images", image);
        if call.since(2, 98) {
            let known = server.image_properties.iter().filter(|(name, _)| image_properties::is_known(name));
            o.object("properties", |o| known.for_each(|(name, value)| o.set(name, value)));
        }
    });
}

/// The details of faults with code 500 are shown to administrators only.
fn fault(o: &mut Object, server: &Server, call: &Call) {
    let Some(fault) = &server.fault else { return };
    o.object("fault", |o| {
        o.set("code", fault.code);
        o.set("created", SecondsZ(fault.created));
        o.set("message", &fault.message);
        if let Some(details) = &fault.details
            && (policy::is_admin(call) || fault.code != 500)
        {
            o.set("details", details);
        }
    });
}

/// Fields for administrators (`os-extended-server-attributes`).
fn extended_attributes(o: &mut Object, server: &Server, call: &Call, shown: Shown) {
    o.set("OS-EXT-SRV-ATTR:host", &server.host);
    o.set("OS-EXT-SRV-ATTR:instance_name", server.instance_name());
    o.set("OS-EXT-SRV-ATTR:hypervisor_hostname", &server.host);
    if call.since(2, 3) {
        let of_image = |name: &str| server.image_properties.get(name).and_then(Value::as_str).unwrap_or_default();
        o.set("OS-EXT-SRV-ATTR:hostname", &server.hostname);
        o.set("OS-EXT-SRV-ATTR:kernel_id", of_image("kernel_id"));
        o.set("OS-EXT-SRV-ATTR:launch_index", server.launch_index);
        o.set("OS-EXT-SRV-ATTR:ramdisk_id", of_image("ramdisk_id"));
        o.set("OS-EXT-SRV-ATTR:reservation_id", &server.reservation);
        o.set("OS-EXT-SRV-ATTR:root_device_name", &server.root_device);
        if shown != Shown::Rebuilt {
            o.set("OS-EXT-SRV-ATTR:user_data", &server.user_data);
        }
    }
}

/// Fields that microversions have added.
fn later_attributes(
    o: &mut Object,
    server: &Server,
    os: &OpenStack,
    call: &Call,
    (is_full, extended, shown): (bool, bool, Shown),
) {
    let own = [("project_id", &*server.project)];
    if call.since(2, 9) {
        o.set("locked", server.lock.is_some());
    }
    if call.since(2, 16) && is_full && POLICY.allows(call, "os_compute_api:servers:show:host_status", &own) {
        o.set("host_status", host_status(server, os));
    }
    if call.since(2, 19) {
        o.set("description", &server.description);
    }
    if call.since(2, 26) {
        o.set("tags", &server.tags);
    }
    if call.since(2, 63) {
        o.set("trusted_image_certificates", &server.trusted_certificates);
    }
    if call.since(2, 71) && shown != Shown::Listed {
        let groups = os.nova.server_groups.by(&BY_MEMBER, &server.id).filter(|group| group.project == server.project);
        o.list("server_groups", |list| groups.for_each(|group| list.push(&group.id)));
    }
    if call.since(2, 73) {
        o.set("locked_reason", server.lock.as_ref().and_then(|lock| lock.reason.as_deref()));
    }
    if call.since(2, 90) && !extended {
        o.set("OS-EXT-SRV-ATTR:hostname", &server.hostname);
    }
    if call.since(2, 96) && is_full {
        o.set("pinned_availability_zone", &server.pinned_zone);
    }
    if call.since(2, 100) {
        match &server.scheduler_hints {
            Some(hints) => o.set("scheduler_hints", hints),
            None => o.object("scheduler_hints", |_| {}),
        }
    }
}

/// The state of the server's host; empty without a host (`get_instance_host_status`).
fn host_status(server: &Server, os: &OpenStack) -> &'static str {
    let Some(host) = &server.host else { return "" };
    match services::compute(os, host) {
        Some(service) if service.forced_down => "DOWN",
        Some(service) if service.disabled => "MAINTENANCE",
        Some(_) => "UP",
        None => "UNKNOWN",
    }
}

fn volumes_attached(list: &mut List, server: &Server, call: &Call) {
    for device in &server.devices {
        let Some(volume) = &device.volume else { continue };
        list.object(|o| {
            o.set("id", volume);
            if call.since(2, 3) {
                o.set("delete_on_termination", device.delete_on_termination);
            }
        });
    }
}

fn security_groups(o: &mut Object, server: &Server, os: &OpenStack) {
    let names = networks::security_groups(os, server);
    if !names.is_empty() {
        o.each("security_groups", names, |o, name| o.set("name", name));
    }
}
