//! `/os-volumes_boot`: a second path of the server operations and of those actions that the class of servers itself has
//! (nova/api/openstack/compute/volumes_boot.py). Microversion 2.103 removed it.

use super::{actions, create, delete, list, show, update};
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
    post(ACTION, "nova.volumes_boot.confirm_resize", actions::resize::confirm)
        .summary("Confirms a resize or a migration of a server.")
        .action("confirmResize")
        .answers(204)
        .policy_on_target("os_compute_api:servers:confirm_resize")
        .until(2, 102),
    post(ACTION, "nova.volumes_boot.revert_resize", actions::resize::revert)
        .summary("Reverts a resize or a migration of a server.")
        .action("revertResize")
        .answers(202)
        .policy_on_target("os_compute_api:servers:revert_resize")
        .until(2, 102),
    post(ACTION, "nova.volumes_boot.reboot", actions::reboot::reboot)
        .summary("Reboots a server.")
        .action("reboot")
        .body::<actions::reboot::RebootRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:servers:reboot")
        .until(2, 102),
    post(ACTION, "nova.volumes_boot.resize", actions::resize::resize)
        .summary("Resizes a server to another flavor.")
        .action("resize")
        .body::<actions::resize::ResizeRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:servers:resize")
        .until(2, 102),
    post(ACTION, "nova.volumes_boot.rebuild", actions::rebuild::rebuild)
        .summary("Rebuilds a server from an image on its current host.")
        .action("rebuild")
        .body::<actions::rebuild::RebuildRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:servers:rebuild")
        .until(2, 102),
    post(ACTION, "nova.volumes_boot.create_image", actions::image::create)
        .summary("Creates an image of a server.")
        .action("createImage")
        .body::<actions::image::ImageRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:servers:create_image")
        .until(2, 102),
    post(ACTION, "nova.volumes_boot.start", actions::power::start)
        .summary("Starts a stopped server.")
        .action("os-start")
        .answers(202)
        .policy_on_target("os_compute_api:servers:start")
        .until(2, 102),
    post(ACTION, "nova.volumes_boot.stop", actions::power::stop)
        .summary("Stops a server.")
        .action("os-stop")
        .answers(202)
        .policy_on_target("os_compute_api:servers:stop")
        .until(2, 102),
    post(ACTION, "nova.volumes_boot.crash_dump", actions::power::crash_dump)
        .summary("Triggers a crash dump in a server.")
        .action("trigger_crash_dump")
        .since(2, 17)
        .body::<actions::power::CrashDumpRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:servers:trigger_crash_dump")
        .until(2, 102),
];

const ACTION: &str = "/os-volumes_boot/{server_id}/action";
