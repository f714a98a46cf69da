//! What Nova had once and has no more: it answers 410 to everybody, whatever is sent. And bare metal, of
//! which there is none here.

use super::super::OpenStack;
use super::errors;
use crate::engine::{self, Answer, Call, Context, Operation, Response, get, post, put};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    // Agents in servers, for Xen.
    get("/os-agents", "nova.agent.list", gone).summary("Answers 410 because Nova no longer supports guest agents."),
    post("/os-agents", "nova.agent.create", gone_too)
        .summary("Answers 410 because Nova no longer supports guest agents."),
    put("/os-agents/{id}", "nova.agent.update", gone_too)
        .summary("Answers 410 because Nova no longer supports guest agents."),
    engine::delete("/os-agents/{id}", "nova.agent.delete", gone_too)
        .summary("Answers 410 because Nova no longer supports guest agents."),
    // Cells, before there were cells of the second kind.
    get("/os-cells", "nova.cell.list", gone).summary("Answers 410 because Nova no longer supports cells version 1."),
    post("/os-cells", "nova.cell.create", gone_too)
        .summary("Answers 410 because Nova no longer supports cells version 1."),
    get("/os-cells/capacities", "nova.cell.list_capacities", gone)
        .summary("Answers 410 because Nova no longer supports cells version 1."),
    get("/os-cells/detail", "nova.cell.list_detail", gone)
        .summary("Answers 410 because Nova no longer supports cells version 1."),
    get("/os-cells/info", "nova.cell.info", gone)
        .summary("Answers 410 because Nova no longer supports cells version 1."),
    post("/os-cells/sync_instances", "nova.cell.sync_instances", gone_too)
        .summary("Answers 410 because Nova no longer supports cells version 1."),
    get("/os-cells/{id}", "nova.cell.show", gone)
        .summary("Answers 410 because Nova no longer supports cells version 1."),
    put("/os-cells/{id}", "nova.cell.update", gone_too)
        .summary("Answers 410 because Nova no longer supports cells version 1."),
    engine::delete("/os-cells/{id}", "nova.cell.delete", gone_too)
        .summary("Answers 410 because Nova no longer supports cells version 1."),
    get("/os-cells/{id}/capacities", "nova.cell.show_capacities", gone)
        .summary("Answers 410 because Nova no longer supports cells version 1."),
    // Certificates and VPNs.
    post("/os-certificates", "nova.certificate.create", gone_too)
        .summary("Answers 410 because Nova no longer supports X.509 certificates."),
    get("/os-certificates/{id}", "nova.certificate.show", gone)
        .summary("Answers 410 because Nova no longer supports X.509 certificates."),
    get("/os-cloudpipe", "nova.cloudpipe.list", gone)
        .summary("Answers 410 because Nova no longer supports cloudpipe VPNs."),
    post("/os-cloudpipe", "nova.cloudpipe.create", gone_too)
        .summary("Answers 410 because Nova no longer supports cloudpipe VPNs."),
    put("/os-cloudpipe/{id}", "nova.cloudpipe.update", gone_too)
        .summary("Answers 410 because Nova no longer supports cloudpipe VPNs."),
    // Consoles of Xen.
    get("/servers/{server_id}/consoles", "nova.server.console.list", gone)
        .summary("Answers 410 because Nova no longer supports Xen consoles."),
    post("/servers/{server_id}/consoles", "nova.server.console.create", gone_too)
        .summary("Answers 410 because Nova no longer supports Xen consoles."),
    get("/servers/{server_id}/consoles/{id}", "nova.server.console.show", gone)
        .summary("Answers 410 because Nova no longer supports Xen consoles."),
    engine::delete("/servers/{server_id}/consoles/{id}", "nova.server.console.delete", gone_too)
        .summary("Answers 410 because Nova no longer supports Xen consoles."),
    // nova-network.
    get("/servers/{server_id}/os-virtual-interfaces", "nova.server.virtual_interface.list", gone)
        .summary("Answers 410 because Nova no longer supports virtual interfaces of nova-network."),
    get("/os-fixed-ips/{id}", "nova.fixed_ip.show", gone)
        .summary("Answers 410 because Nova no longer supports fixed IPs of nova-network."),
    post("/os-fixed-ips/{id}/action", "nova.fixed_ip.reserve", gone_too)
        .summary("Answers 410 because Nova no longer supports fixed IPs of nova-network.")
        .action("reserve"),
    post("/os-fixed-ips/{id}/action", "nova.fixed_ip.unreserve", gone_too)
        .summary("Answers 410 because Nova no longer supports fixed IPs of nova-network.")
        .action("unreserve"),
    get("/os-floating-ip-dns", "nova.floating_ip_dns.list", gone)
        .summary("Answers 410 because Nova no longer supports DNS entries for floating IPs."),
    put("/os-floating-ip-dns/{id}", "nova.floating_ip_dns.update", gone_too)
        .summary("Answers 410 because Nova no longer supports DNS entries for floating IPs."),
    engine::delete("/os-floating-ip-dns/{id}", "nova.floating_ip_dns.delete", gone_too)
        .summary("Answers 410 because Nova no longer supports DNS entries for floating IPs."),
    get("/os-floating-ip-dns/{id}/entries/{entry_id}", "nova.floating_ip_dns.show_entry", gone)
        .summary("Answers 410 because Nova no longer supports DNS entries for floating IPs."),
    put("/os-floating-ip-dns/{id}/entries/{entry_id}", "nova.floating_ip_dns.update_entry", gone_too)
        .summary("Answers 410 because Nova no longer supports DNS entries for floating IPs."),
    engine::delete("/os-floating-ip-dns/{id}/entries/{entry_id}", "nova.floating_ip_dns.delete_entry", gone_too)
        .summary("Answers 410 because Nova no longer supports DNS entries for floating IPs."),
    get("/os-floating-ips-bulk", "nova.floating_ips_bulk.list", gone)
        .summary("Answers 410 because Nova no longer supports bulk floating IPs."),
    post("/os-floating-ips-bulk", "nova.floating_ips_bulk.create", gone_too)
        .summary("Answers 410 because Nova no longer supports bulk floating IPs."),
    get("/os-floating-ips-bulk/{id}", "nova.floating_ips_bulk.show", gone)
        .summary("Answers 410 because Nova no longer supports bulk floating IPs."),
    put("/os-floating-ips-bulk/{id}", "nova.floating_ips_bulk.delete", gone_too)
        .summary("Answers 410 because Nova no longer supports bulk floating IPs."),
    post("/os-networks", "nova.network.create", gone_too).summary("Answers 410 because nova-network no longer exists."),
    post("/os-networks/add", "nova.network.add", gone_too)
        .summary("Answers 410 because nova-network no longer exists."),
    engine::delete("/os-networks/{id}", "nova.network.delete", gone_too)
        .summary("Answers 410 because nova-network no longer exists."),
    post("/os-networks/{id}/action", "nova.network.associate_host", gone_too)
        .summary("Answers 410 because nova-network no longer exists.")
        .action("associate_host"),
    post("/os-networks/{id}/action", "nova.network.disassociate", gone_too)
        .summary("Answers 410 because nova-network no longer exists.")
        .action("disassociate"),
    post("/os-networks/{id}/action", "nova.network.disassociate_host", gone_too)
        .summary("Answers 410 because nova-network no longer exists.")
        .action("disassociate_host"),
    post("/os-networks/{id}/action", "nova.network.disassociate_project", gone_too)
        .summary("Answers 410 because nova-network no longer exists.")
        .action("disassociate_project"),
    post("/os-tenant-networks", "nova.tenant_network.create", gone_too)
        .summary("Answers 410 because nova-network no longer exists."),
    engine::delete("/os-tenant-networks/{id}", "nova.tenant_network.delete", gone_too)
        .summary("Answers 410 because nova-network no longer exists."),
    get("/os-security-group-default-rules", "nova.security_group_default_rule.list", gone)
        .summary("Answers 410 because Nova no longer supports default security group rules."),
    post("/os-security-group-default-rules", "nova.security_group_default_rule.create", gone_too)
        .summary("Answers 410 because Nova no longer supports default security group rules."),
    get("/os-security-group-default-rules/{id}", "nova.security_group_default_rule.show", gone)
        .summary("Answers 410 because Nova no longer supports default security group rules."),
    engine::delete("/os-security-group-default-rules/{id}", "nova.security_group_default_rule.delete", gone_too)
        .summary("Answers 410 because Nova no longer supports default security group rules."),
    get("/os-fping", "nova.fping.list", gone).summary("Answers 410 because Nova no longer supports ping checks."),
    get("/os-fping/{id}", "nova.fping.show", gone).summary("Answers 410 because Nova no longer supports ping checks."),
    // Bare metal is Ironic's; a cloud without it has no nodes.
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

fn gone_too(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
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
