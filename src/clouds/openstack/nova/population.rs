//! The servers of a populated cloud and their volumes.

use super::flavors::{self, Flavor};
use super::servers::{Details, PowerState, Server, TaskState, VmState, build};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::volumes;
use crate::clouds::openstack::descriptor::Population;
use crate::clouds::openstack::ids::id;
use crate::clouds::openstack::keystone::population::large_projects;
use crate::engine::{Context, Id};
use std::sync::Arc;

pub fn populate(os: &mut OpenStack, ctx: &mut Context, population: Population) -> Result<(), String> {
    match population {
        Population::SmallTeam => small_team(os, ctx),
        Population::Large => large(os, ctx),
        Population::DevStack => {
            flavors::seed_devstack(os, ctx.now());
            Ok(())
        }
    }
}

/// Five servers and three volumes, all in use.
fn small_team(os: &mut OpenStack, ctx: &mut Context) -> Result<(), String> {
    let (ann, cid) = (id("user", "ann"), id("user", "cid"));
    let (web, batch) = (id("project", "web"), id("project", "batch"));
    let flavor = flavor(os)?;
    let servers = [
        (&web, &ann, "web-1"),
        (&web, &ann, "web-2"),
        (&web, &ann, "db"),
        (&batch, &cid, "job-1"),
        (&batch, &cid, "job-2"),
    ];
    for (project, user, name) in servers {
        let mut server = server(ctx, flavor.clone(), (project, user, name));
        (server.vm_state, server.task_state) = (VmState::Building, Some(TaskState::Scheduling));
        (server.power_state, server.launched) = (PowerState::None, None);
        server.build_request = Some(Arc::default());
        let id = server.id.clone();
        os.nova.servers.insert(server);
        // The whole build at once: what it arranges for later finds nothing left to do.
        for step in [&build::SCHEDULE, &build::BUILD, &build::NETWORK, &build::MAP_DEVICES, &build::SPAWN] {
            step.run(os, ctx, &id, None);
        }
    }
    for (project, user, name, size_gib) in
        [(&web, &ann, "db-data", 20), (&web, &ann, "db-backup", 20), (&batch, &cid, "results", 100)]
    {
        let (size_gib, volume_type, from) = (Some(size_gib), None, volumes::Source::Nothing);
        let wanted = volumes::ServerVolumeRequest { project, user, name: name.into(), size_gib, volume_type, from };
        let id = volumes::create_for_server(os, ctx, wanted).map_err(|problem| problem.message)?;
        volumes::CREATE.run(os, ctx, &id, None);
    }
    Ok(())
}

/// 50 servers in each project, to see how lists and pages do. They have no ports, and take no room of the hosts that
/// they are said to be on.
fn large(os: &mut OpenStack, ctx: &mut Context) -> Result<(), String> {
    const SERVERS: usize = 50;
    let flavor = flavor(os)?;
    let demo = id("user", "demo");
    for (number, name) in large_projects().enumerate() {
        let project = id("project", &name);
        for count in 0..SERVERS {
            let name = format!("server-{number:03}-{count:02}");
            os.nova.servers.insert(server(ctx, flavor.clone(), (&project, &demo, &name)));
        }
    }
    Ok(())
}

fn flavor(os: &OpenStack) -> Result<Arc<Flavor>, String> {
    let smallest = os.nova.flavors.all().min_by_key(|flavor| (flavor.ram_mib, flavor.disk_gib));
    smallest.map(|flavor| Arc::new(flavor.clone())).ok_or_else(|| "there is no flavor".into())
}

/// A server that runs.
fn server(ctx: &mut Context, flavor: Arc<Flavor>, (project, user, name): (&Id, &Id, &str)) -> Server {
    let now = ctx.now();
    Server {
        id: ctx.uuid(),
        project: project.clone(),
        vm_state: VmState::Active,
        task_state: None,
        power_state: PowerState::Running,
        fault: None,
        host: None,
        availability_zone: Some("nova".into()),
        interfaces: vec![],
        build_request: None,
        actions: Arc::default(),
        updated: Some(now),
        launched: Some(now),
        terminated: None,
        details: Arc::new(Details::new(user.clone(), name.into(), flavor, now)),
    }
}
