//! Servers, cores and memory in use by each project. The sums are stored, because counting would visit all servers of a
//! project.

use super::super::flavors::Flavor;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Id, Row};
use serde::{Deserialize, Serialize};

/// The usage of one project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    pub project: Id,
    pub instances: i64,
    pub cores: i64,
    pub ram_mib: i64,
}

impl Row for Usage {
    fn id(&self) -> &Id {
        &self.project
    }
    fn owner(&self) -> &Id {
        &self.project
    }
}

/// The usage of a project.
pub fn of(os: &OpenStack, project: &str) -> Usage {
    let none = || Usage { project: project.into(), instances: 0, cores: 0, ram_mib: 0 };
    os.nova.usages.get(project).cloned().unwrap_or_else(none)
}

/// Adds a server of this flavor.
pub fn charge(os: &mut OpenStack, project: &Id, flavor: &Flavor) {
    add(os, project, 1, i64::from(flavor.vcpus), i64::from(flavor.ram_mib));
}

/// Removes a server of this flavor.
pub fn release(os: &mut OpenStack, project: &Id, flavor: &Flavor) {
    add(os, project, -1, -i64::from(flavor.vcpus), -i64::from(flavor.ram_mib));
}

/// Changes the flavor of a server.
pub fn exchange(os: &mut OpenStack, project: &Id, old: &Flavor, new: &Flavor) {
    let (cores, ram) = (i64::from(new.vcpus) - i64::from(old.vcpus), i64::from(new.ram_mib) - i64::from(old.ram_mib));
    add(os, project, 0, cores, ram);
}

fn add(os: &mut OpenStack, project: &Id, instances: i64, cores: i64, ram_mib: i64) {
    if !os.nova.usages.contains(project) {
        os.nova.usages.insert(of(os, project));
    }
    if let Some(usage) = os.nova.usages.get_mut(project) {
        usage.instances += instances;
        usage.cores += cores;
        usage.ram_mib += ram_mib;
    }
}
