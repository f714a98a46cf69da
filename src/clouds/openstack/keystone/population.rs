//! The users and projects of a populated cloud.

use super::{devstack, seed};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::descriptor::Population;
use crate::clouds::openstack::ids::id;
use crate::engine::Context;

/// Creates the users and projects of `population`.
pub fn populate(os: &mut OpenStack, _ctx: &mut Context, population: Population) -> Result<(), String> {
    match population {
        Population::SmallTeam => small_team(os),
        Population::Large => large(os),
        Population::DevStack => devstack::populate(os),
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

/// The number of projects in the large cloud.
const PROJECTS: usize = 200;

/// The names of the projects in the large cloud.
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
