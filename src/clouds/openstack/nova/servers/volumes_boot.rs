//! `/os-volumes_boot`: a second path of the server operations, except actions
//! (nova/api/openstack/compute/volumes_boot.py). Microversion 2.103 removed it.

use super::{create, delete, list, show, update};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::flavors::nothing_since_2_102;
use crate::engine::{self, Operation, get, post, put};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/os-volumes_boot", "nova.volumes_boot.list", list::list)
        .summary("Lists servers.")
        .query(list::query)
        .policy("os_compute_api:servers:index")
        .until(2, 102),
    get("/os-volumes_boot/detail", "nova.volumes_boot.list_detail", list::list_detail)
        .summary("Lists servers with details.")
        .query(list::query)
        .policy("os_compute_api:servers:detail")
        .until(2, 102),
    post("/os-volumes_boot", "nova.volumes_boot.create", create::create)
        .summary("Creates a server.")
        .body::<create::CreateRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:servers:create")
        .until(2, 102),
    get("/os-volumes_boot/{server_id}", "nova.volumes_boot.show", show)
        .summary("Shows a server.")
        .query(nothing_since_2_102)
        .policy_on_target("os_compute_api:servers:show")
        .until(2, 102),
    put("/os-volumes_boot/{server_id}", "nova.volumes_boot.update", update::update)
        .summary("Updates a server.")
        .body::<update::UpdateRequest>()
        .policy_on_target("os_compute_api:servers:update")
        .until(2, 102),
    engine::delete("/os-volumes_boot/{server_id}", "nova.volumes_boot.delete", delete::delete)
        .summary("Deletes a server.")
        .policy_on_target("os_compute_api:servers:delete")
        .until(2, 102),
];
