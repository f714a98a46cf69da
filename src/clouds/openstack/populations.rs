//! Clouds that somebody lives in already: users, servers and volumes to begin with.

use super::cinder::volumes;
use super::nova::flavors::Flavor;
use super::nova::servers::{Details, PowerState, Server, TaskState, VmState, build};
use super::{OpenStack, seed};
use crate::engine::{Context, Id};
use serde_json::Value;
use std::sync::Arc;

/// `"small-team"` or `"large"`.
pub fn populate(os: &mut OpenStack, ctx: &mut Context, how: &Value) -> Result<(), String> {
    match how.as_str() {
        Some("small-team") => small_team(os, ctx),
        Some("large") => large(os, ctx),
        _ => Err("there are \"small-team\" and \"large\"".into()),
    }
}

/// Two projects, three people (password `nephos`), five servers and three volumes, all in use.
fn small_team(os: &mut OpenStack, ctx: &mut Context) -> Result<(), String> {
    for (name, project, role) in
        [("ann", "web", "member"), ("bob", "web", "reader"), ("ann", "batch", "member"), ("cid", "batch", "member")]
    {
        seed::user(os, name, seed::PASSWORD, project, &[role]);
    }
    let (ann, cid) = (seed::id("user", "ann"), seed::id("user", "cid"));
    let (web, batch) = (seed::id("project", "web"), seed::id("project", "batch"));
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
        let wanted = volumes::Wanted { project, user, name: name.into(), size_gib, volume_type, from };
        let id = volumes::create_for(os, ctx, wanted).map_err(|problem| problem.message)?;
        volumes::CREATE.run(os, ctx, &id, None);
    }
    Ok(())
}

/// 10,000 servers over 200 projects, to see how lists and pages do. They have no ports, and take no room of the
/// hosts that they are said to be on.
fn large(os: &mut OpenStack, ctx: &mut Context) -> Result<(), String> {
    const PROJECTS: usize = 200;
    const SERVERS: usize = 50;
    let flavor = flavor(os)?;
    let demo = seed::id("user", "demo");
    for number in 0..PROJECTS {
        let project = seed::project(os, &format!("project-{number:03}"));
        seed::member(os, &demo, &project);
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
