//! The output of the serial console (nova/api/openstack/compute/console_output.py).

use super::super::{Server, permitted};
use super::PATH;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Operation, Response, post};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;

pub const OPERATIONS: &[Operation<OpenStack>] = &[post(PATH, "nova.server.console_output", output)
    .summary("Shows the console output of a server.")
    .action("os-getConsoleOutput")
    .body::<OutputRequest>()
    .policy_on_target("os_compute_api:os-console-output")];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OutputRequest {
    #[serde(rename = "os-getConsoleOutput")]
    output: Output,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Output {
    #[serde(default)]
    length: Length,
}

/// The number of lines from the end. All lines if it is missing or negative.
#[derive(Default, Deserialize)]
struct Length(Value);

impl JsonSchema for Length {
    fn schema_name() -> Cow<'static, str> {
        "ConsoleLength".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["integer", "string", "null"], "pattern": "^-?[0-9]+$", "minimum": -1})
    }
}

impl Length {
    fn lines(&self) -> usize {
        let length = match &self.0 {
            Value::String(text) => text.parse::<i64>().ok(),
            value => value.as_i64(),
        };
        length.and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX)
    }
}

fn output(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let length = call.body::<OutputRequest>()?.output.length.lines();
    let server = permitted(call, os)?;
    server.check_host()?;
    let log = boot_log(server);
    let lines: Vec<_> = log.lines().collect();
    let from = lines.len().saturating_sub(length);
    let output = lines.get(from..).unwrap_or_default().join("\n");
    Ok(Response::object(|o| o.set("output", output)))
}

/// The boot messages of a CirrOS guest.
fn boot_log(server: &Server) -> String {
    let flavor = &server.flavor;
    let (ram_kib, name, id) = (u64::from(flavor.ram_mib) * 1024, &server.hostname, &server.id);
    format!(
        "[    0.000000] Linux version 5.15.0-117-generic (gcc (Ubuntu 11.4.0) 11.4.0, GNU ld 2.38) #127-Ubuntu SMP\n\
         [    0.000000] Command line: LABEL=cirros-rootfs ro console=tty1 console=ttyS0\n\
         [    0.000000] BIOS-provided physical RAM map:\n\
         [    0.000000] DMI: OpenStack Foundation OpenStack Nova, BIOS 1.16.2 04/01/2014\n\
         [    0.000000] Hypervisor detected: KVM\n\
         [    0.012411] Memory: {ram_kib}K total\n\
         [    0.024907] smp: Brought up 1 node, {cpus} CPUs\n\
         [    0.303118] clocksource: Switched to clocksource kvm-clock\n\
         [    0.731922] virtio_blk virtio2: [vda] {disk} GiB\n\
         [    0.902216] virtio_net virtio0 eth0: link up\n\
         info: initramfs: up at 1.04\n\
         info: /etc/init.d/rcS starting up\n\
         info: instance-id: {id}\n\
         info: hostname: {name}\n\
         Starting network: dhcpcd OK\n\
         checking http://169.254.169.254/2009-04-04/instance-id\n\
         successful after 1/20 tries: up 2.31. iid={id}\n\
         Starting dropbear sshd: OK\n\
         === system information ===\n\
         Platform: OpenStack Foundation OpenStack Nova\n\
         === cirros: current=0.6.2 uptime=2.94 ===\n\
         login as 'cirros' user. default password: 'gocubsgo'. use 'sudo' for root.\n\
         {name} login: \n",
        cpus = flavor.vcpus,
        disk = flavor.disk_gib,
    )
}
