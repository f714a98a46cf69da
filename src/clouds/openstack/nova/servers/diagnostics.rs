//! Usage figures from the hypervisor (nova/api/openstack/compute/server_diagnostics.py). The values are constants,
//! because the emulated guests do nothing.

use super::{PowerState, Server, permitted};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::errors;
use crate::clouds::openstack::nova::flavors::nothing_since_2_102;
use crate::engine::{Answer, Call, Object, Operation, Response, get};

pub const OPERATIONS: &[Operation<OpenStack>] =
    &[get("/servers/{server_id}/diagnostics", "nova.server.diagnostics", show)
        .summary("Shows usage figures of a running server.")
        .query(nothing_since_2_102)
        .policy_on_target("os_compute_api:os-server-diagnostics")];

fn show(call: &Call, os: &OpenStack) -> Answer {
    let server = permitted(call, os)?;
    if server.host.is_none() {
        return Err(errors::instance_not_ready(&server.id));
    }
    let state = match server.power_state {
        PowerState::Running => None,
        PowerState::None => Some("pending"),
        PowerState::Paused => Some("paused"),
        PowerState::Shutdown => Some("shutdown"),
        PowerState::Crashed => Some("crashed"),
        PowerState::Suspended => Some("suspended"),
    };
    if let Some(state) = state {
        return Err(errors::illegal_state("get_diagnostics", &server.id, "power state", state));
    }
    let uptime = server.launched.map_or(0, |launched| (call.now - launched).num_seconds());
    Ok(Response::object(|o| if call.since(2, 48) { standard(o, server, uptime) } else { of_libvirt(o, server) }))
}

/// The format common to all drivers, from microversion 2.48 on.
fn standard(o: &mut Object, server: &Server, uptime: i64) {
    o.set("state", "running");
    o.set("driver", "libvirt");
    o.set("hypervisor", "kvm");
    o.set("hypervisor_os", "linux");
    o.set("uptime", uptime);
    o.set("num_cpus", server.flavor.vcpus);
    o.set("num_disks", server.devices.len());
    o.set("num_nics", server.interfaces.len());
    o.object("memory_details", |o| {
        o.set("maximum", server.flavor.ram_mib);
        o.set("used", server.flavor.ram_mib / 2);
    });
    o.each("cpu_details", 0..server.flavor.vcpus, |o, number| {
        o.set("id", number);
        o.set("time", 17_300_000_000_u64);
        o.set("utilisation", 15);
    });
    o.each("disk_details", &server.devices, |o, _| {
        o.set("read_bytes", 262_144);
        o.set("read_requests", 112);
        o.set("write_bytes", 5_778_432);
        o.set("write_requests", 488);
        o.set("errors_count", 1);
    });
    o.each("nic_details", &server.interfaces, |o, interface| {
        o.set("mac_address", mac(&interface.port));
        o.set("rx_octets", 2_070_139);
        o.set("rx_errors", 100);
        o.set("rx_drop", 200);
        o.set("rx_packets", 26_701);
        o.set("rx_rate", 300);
        o.set("tx_octets", 140_208);
        o.set("tx_errors", 400);
        o.set("tx_drop", 500);
        o.set("tx_packets", 662);
        o.set("tx_rate", 600);
    });
    o.set("config_drive", server.config_drive);
}

/// A MAC address derived from the port id. The real driver reports that of the port.
fn mac(port: &str) -> String {
    let digits: Vec<char> = port.chars().filter(char::is_ascii_hexdigit).take(6).collect();
    let pairs: Vec<String> = digits.chunks(2).map(|pair| pair.iter().collect()).collect();
    format!("fa:16:3e:{}", pairs.join(":"))
}

/// The format of the libvirt driver, before microversion 2.48.
fn of_libvirt(o: &mut Object, server: &Server) {
    for number in 0..server.flavor.vcpus {
        o.set(&format!("cpu{number}_time"), 17_300_000_000_u64);
    }
    o.set("memory", u64::from(server.flavor.ram_mib) * 1024);
    for (name, value) in
        [("errors", -1), ("read", 262_144), ("read_req", 112), ("write", 5_778_432), ("write_req", 488)]
    {
        o.set(&format!("vda_{name}"), value);
    }
    for direction in [("rx", 2_070_139, 26_701), ("tx", 140_208, 662)] {
        let (name, bytes, packets) = direction;
        o.set(&format!("vnet1_{name}"), bytes);
        o.set(&format!("vnet1_{name}_drop"), 0);
        o.set(&format!("vnet1_{name}_errors"), 0);
        o.set(&format!("vnet1_{name}_packets"), packets);
    }
}
