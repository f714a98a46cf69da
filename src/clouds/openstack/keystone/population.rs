//! People and projects of a cloud that somebody uses already.

use super::seed;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::descriptor::Population;
use crate::clouds::openstack::ids::id;
use crate::engine::Context;

pub fn populate(os: &mut OpenStack, _ctx: &mut Context, population: Population) -> Result<(), String> {
    match population {
        Population::SmallTeam => small_team(os),
        Population::Large => large(os),
    }
    Ok(())
}

/// Three people in two projects.
fn small_team(os: &mut OpenStack) {
    for (name, project, role) in
        [("ann", "web", "member"), ("bob", "web", "reader"), ("ann", "batch", "member"), ("cid", "batch", "member")]
    {
        seed::user(os, name, seed::PASSWORD, project, &[role]);
    }
}

/// How many projects the large cloud has.
const PROJECTS: usize = 200;

/// The projects of the large cloud, by name.
pub fn large_projects() -> impl Iterator<Item = String> {
    (0..PROJECTS).map(|number| format!("project-{number:03}"))
}

/// `demo` is a member of all projects.
fn large(os: &mut OpenStack) {
    for name in large_projects() {
        let project = seed::project(os, &name);
        seed::member(os, &id("user", "demo"), &project);
    }
}
