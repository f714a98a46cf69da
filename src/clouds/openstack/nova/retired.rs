//! Operations that upstream has removed and answers with 410 to everyone, and the bare metal operations, which upstream
//! forwards to Ironic. There is no Ironic here.

use super::super::OpenStack;
use super::errors;
use crate::engine::{self, Answer, Call, Context, Operation, Response, get, post, put};

const NO_AGENTS: &str = "Answers 410 because Nova no longer supports guest agents.";
const NO_CELLS: &str = "Answers 410 because Nova no longer supports cells version 1.";
const NO_CERTIFICATES: &str = "Answers 410 because Nova no longer supports X.509 certificates.";
const NO_CLOUDPIPES: &str = "Answers 410 because Nova no longer supports cloudpipe VPNs.";
const NO_CONSOLES: &str = "Answers 410 because Nova no longer supports Xen consoles.";
const NO_FIXED_IPS: &str = "Answers 410 because Nova no longer supports fixed IPs of nova-network.";
const NO_FLOATING_IP_DNS: &str = "Answers 410 because Nova no longer supports DNS entries for floating IPs.";
const NO_BULK_FLOATING_IPS: &str = "Answers 410 because Nova no longer supports bulk floating IPs.";
const NO_DEFAULT_RULES: &str = "Answers 410 because Nova no longer supports default security group rules.";
const NO_PINGS: &str = "Answers 410 because Nova no longer supports ping checks.";
const NO_NOVA_NETWORK: &str = "Answers 410 because nova-network no longer exists.";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    // Guest agents of the Xen driver.
    get("/os-agents", "nova.agent.list", gone).summary(NO_AGENTS),
    post("/os-agents", "nova.agent.create", gone_write).summary(NO_AGENTS),
    put("/os-agents/{id}", "nova.agent.update", gone_write).summary(NO_AGENTS),
    engine::delete("/os-agents/{id}", "nova.agent.delete", gone_write).summary(NO_AGENTS),
    // Cells version 1.
    get("/os-cells", "nova.cell.list", gone).summary(NO_CELLS),
    post("/os-cells", "nova.cell.create", gone_write).summary(NO_CELLS),
    get("/os-cells/capacities", "nova.cell.list_capacities", gone).summary(NO_CELLS),
    get("/os-cells/detail", "nova.cell.list_detail", gone).summary(NO_CELLS),
    get("/os-cells/info", "nova.cell.info", gone).summary(NO_CELLS),
    post("/os-cells/sync_instances", "nova.cell.sync_instances", gone_write).summary(NO_CELLS),
    // Routes takes other methods of this path as those of a cell of this name.
    get("/os-cells/sync_instances", "nova.cell.show_sync_instances", gone).summary(NO_CELLS),
    get("/os-cells/{id}", "nova.cell.show", gone).summary(NO_CELLS),
    put("/os-cells/{id}", "nova.cell.update", gone_write).summary(NO_CELLS),
    engine::delete("/os-cells/{id}", "nova.cell.delete", gone_write).summary(NO_CELLS),
    get("/os-cells/{id}/capacities", "nova.cell.show_capacities", gone).summary(NO_CELLS),
    // Certificates and cloudpipe VPNs.
    post("/os-certificates", "nova.certificate.create", gone_write).summary(NO_CERTIFICATES),
    get("/os-certificates/{id}", "nova.certificate.show", gone).summary(NO_CERTIFICATES),
    get("/os-cloudpipe", "nova.cloudpipe.list", gone).summary(NO_CLOUDPIPES),
    post("/os-cloudpipe", "nova.cloudpipe.create", gone_write).summary(NO_CLOUDPIPES),
    put("/os-cloudpipe/{id}", "nova.cloudpipe.update", gone_write).summary(NO_CLOUDPIPES),
    // Consoles of the Xen driver.
    get("/servers/{server_id}/consoles", "nova.server.console.list", gone).summary(NO_CONSOLES),
    post("/servers/{server_id}/consoles", "nova.server.console.create", gone_write).summary(NO_CONSOLES),
    get("/servers/{server_id}/consoles/{id}", "nova.server.console.show", gone).summary(NO_CONSOLES),
    engine::delete("/servers/{server_id}/consoles/{id}", "nova.server.console.delete", gone_write).summary(NO_CONSOLES),
    // nova-network.
    get("/servers/{server_id}/os-virtual-interfaces", "nova.server.virtual_interface.list", gone)
        .summary("Answers 410 because Nova no longer supports virtual interfaces of nova-network."),
    get("/os-fixed-ips/{id}", "nova.fixed_ip.show", gone).summary(NO_FIXED_IPS),
    post("/os-fixed-ips/{id}/action", "nova.fixed_ip.reserve", gone_write).summary(NO_FIXED_IPS).action("reserve"),
    post("/os-fixed-ips/{id}/action", "nova.fixed_ip.unreserve", gone_write).summary(NO_FIXED_IPS).action("unreserve"),
    get("/os-floating-ip-dns", "nova.floating_ip_dns.list", gone).summary(NO_FLOATING_IP_DNS),
    put("/os-floating-ip-dns/{id}", "nova.floating_ip_dns.update", gone_write).summary(NO_FLOATING_IP_DNS),
    engine::delete("/os-floating-ip-dns/{id}", "nova.floating_ip_dns.delete", gone_write).summary(NO_FLOATING_IP_DNS),
    get("/os-floating-ip-dns/{id}/entries/{entry_id}", "nova.floating_ip_dns.show_entry", gone)
        .summary(NO_FLOATING_IP_DNS),
    put("/os-floating-ip-dns/{id}/entries/{entry_id}", "nova.floating_ip_dns.update_entry", gone_write)
        .summary(NO_FLOATING_IP_DNS),
    engine::delete("/os-floating-ip-dns/{id}/entries/{entry_id}", "nova.floating_ip_dns.delete_entry", gone_write)
        .summary(NO_FLOATING_IP_DNS),
    get("/os-floating-ips-bulk", "nova.floating_ips_bulk.list", gone).summary(NO_BULK_FLOATING_IPS),
    post("/os-floating-ips-bulk", "nova.floating_ips_bulk.create", gone_write).summary(NO_BULK_FLOATING_IPS),
    get("/os-floating-ips-bulk/{id}", "nova.floating_ips_bulk.show", gone).summary(NO_BULK_FLOATING_IPS),
    put("/os-floating-ips-bulk/{id}", "nova.floating_ips_bulk.delete", gone_write).summary(NO_BULK_FLOATING_IPS),
    post("/os-networks", "nova.network.create", gone_write).summary(NO_NOVA_NETWORK),
    post("/os-networks/add", "nova.network.add", gone_write).summary(NO_NOVA_NETWORK),
    engine::delete("/os-networks/{id}", "nova.network.delete", gone_write).summary(NO_NOVA_NETWORK),
    post("/os-networks/{id}/action", "nova.network.associate_host", gone_write)
        .summary(NO_NOVA_NETWORK)
        .action("associate_host"),
    post("/os-networks/{id}/action", "nova.network.disassociate", gone_write)
        .summary(NO_NOVA_NETWORK)
        .action("disassociate"),
    post("/os-networks/{id}/action", "nova.network.disassociate_host", gone_write)
        .summary(NO_NOVA_NETWORK)
        .action("disassociate_host"),
    post("/os-networks/{id}/action", "nova.network.disassociate_project", gone_write)
        .summary(NO_NOVA_NETWORK)
        .action("disassociate_project"),
    post("/os-tenant-networks", "nova.tenant_network.create", gone_write).summary(NO_NOVA_NETWORK),
    engine::delete("/os-tenant-networks/{id}", "nova.tenant_network.delete", gone_write).summary(NO_NOVA_NETWORK),
    get("/os-security-group-default-rules", "nova.security_group_default_rule.list", gone).summary(NO_DEFAULT_RULES),
    post("/os-security-group-default-rules", "nova.security_group_default_rule.create", gone_write)
        .summary(NO_DEFAULT_RULES),
    get("/os-security-group-default-rules/{id}", "nova.security_group_default_rule.show", gone)
        .summary(NO_DEFAULT_RULES),
    engine::delete("/os-security-group-default-rules/{id}", "nova.security_group_default_rule.delete", gone_write)
        .summary(NO_DEFAULT_RULES),
    get("/os-fping", "nova.fping.list", gone).summary(NO_PINGS),
    get("/os-fping/{id}", "nova.fping.show", gone).summary(NO_PINGS),
    // Bare metal nodes.
    get("/os-baremetal-nodes", "nova.baremetal_node.list", no_nodes)
        .summary("Lists bare metal nodes, of which this cloud has none.")
        .until(2, 35)
        .policy("os_compute_api:os-baremetal-nodes:list"),
    get("/os-baremetal-nodes/{id}", "nova.baremetal_node.show", no_node)
        .summary("Answers 404 because this cloud has no bare metal nodes.")
        .until(2, 35)
        .policy("os_compute_api:os-baremetal-nodes:show"),
    post("/os-baremetal-nodes", "nova.baremetal_node.create", create_node)
        .summary("Refuses to create a bare metal node and points to Ironic.")
        .until(2, 35),
    engine::delete("/os-baremetal-nodes/{id}", "nova.baremetal_node.delete", delete_node)
        .summary("Refuses to delete a bare metal node and points to Ironic.")
        .until(2, 35),
    post("/os-baremetal-nodes/{id}/action", "nova.baremetal_node.add_interface", add_interface)
        .summary("Refuses to add an interface to a bare metal node and points to Ironic.")
        .action("add_interface")
        .until(2, 35),
    post("/os-baremetal-nodes/{id}/action", "nova.baremetal_node.remove_interface", remove_interface)
        .summary("Refuses to remove an interface from a bare metal node and points to Ironic.")
        .action("remove_interface")
        .until(2, 35),
];

fn gone(_call: &Call, _os: &OpenStack) -> Answer {
    Err(errors::gone())
}

fn gone_write(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    Err(errors::gone())
}

fn no_nodes(_call: &Call, _os: &OpenStack) -> Answer {
    Ok(Response::object(|o| o.list("nodes", |_| {})))
}

fn no_node(call: &Call, _os: &OpenStack) -> Answer {
    Err(errors::no_such_node(call.param("id")))
}

fn create_node(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    Err(errors::use_ironic("node-create"))
}

fn delete_node(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    Err(errors::use_ironic("node-delete"))
}

fn add_interface(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    Err(errors::use_ironic("port-create"))
}

fn remove_interface(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    Err(errors::use_ironic("port-delete"))
}
