//! OpenStack: one state for all its services, so that what crosses them (a volume attached to a server,
//! an image made of a volume) is one change.

pub mod auth;
pub mod changes;
pub mod cinder;
pub mod glance;
pub mod injected_errors;
pub mod jsonschema_messages;
pub mod jsonschema_order;
pub mod keystone;
pub mod microversions;
pub mod neutron;
pub mod nova;
pub mod paging;
pub mod parameter_types;
pub mod placement;
pub mod policy;
mod populations;
mod pprint;
pub mod provider;
pub mod python;
pub mod scope;
pub mod seed;
pub mod times;
pub mod urls;
pub mod webob;
pub mod wsgi;

use crate::engine::{AnyService, AnyTable, Cloud, Context, Id, Transition};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

#[derive(Clone, Default)]
pub struct OpenStack {
    pub site: Arc<Site>,
    pub keystone: keystone::Keystone,
    pub cinder: cinder::Cinder,
    pub glance: glance::Glance,
    pub nova: nova::Nova,
    pub neutron: neutron::Neutron,
    pub placement: placement::Placement,
}

/// What makes one OpenStack cloud differ from another: configuration, no state.
#[derive(Clone, Debug, Default)]
pub struct Site {
    pub region: String,
    pub passwords: keystone::passwords::PasswordRules,
    pub computes: ComputeHosts,
}

/// The compute hosts of a cloud, which are all alike.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ComputeHosts {
    pub count: u32,
    /// Processors of one host; each is given to four servers.
    pub vcpus: i64,
    /// Memory of one host, in MiB.
    pub memory_mb: i64,
    /// Disk of one host, in GiB.
    pub disk_gb: i64,
}

/// Two hosts with room for a few hundred small servers.
impl Default for ComputeHosts {
    fn default() -> Self {
        ComputeHosts { count: 2, vcpus: 128, memory_mb: 524_288, disk_gb: 20_000 }
    }
}

/// The services of this kind of cloud.
pub fn services() -> Vec<Arc<dyn AnyService>> {
    vec![
        Arc::new(keystone::service()),
        Arc::new(cinder::service()),
        Arc::new(glance::service()),
        Arc::new(nova::service()),
        Arc::new(neutron::service()),
        Arc::new(placement::service()),
    ]
}

/// What can happen, by name.
static TRANSITIONS: LazyLock<HashMap<&'static str, &'static Transition<OpenStack>>> = LazyLock::new(|| {
    let all = [
        cinder::TRANSITIONS,
        glance::TRANSITIONS,
        nova::TRANSITIONS,
        nova::servers::actions::TRANSITIONS,
        neutron::TRANSITIONS,
    ];
    let all = all.into_iter().flatten().copied().flatten().copied();
    all.map(|transition| (transition.name, transition)).collect()
});

/// What can happen in this kind of cloud some time after it was asked for.
pub fn transition_names() -> Vec<String> {
    TRANSITIONS.keys().map(|name| (*name).to_owned()).collect()
}

impl Cloud for OpenStack {
    fn copy(&self) -> Arc<dyn Cloud> {
        Arc::new(self.clone())
    }

    fn apply_transition(&mut self, ctx: &mut Context, name: &str, subject: &Id, fails: Option<&str>) {
        let Some(transition) = TRANSITIONS.get(name) else { return };
        if fails.is_none() && changes::waits_for_host(self, name, subject) {
            return ctx.after(changes::PATIENCE, transition, subject);
        }
        transition.run(self, ctx, subject, fails);
    }

    fn admin_change(
        &mut self,
        ctx: &mut Context,
        what: &str,
        how: &serde_json::Value,
    ) -> Result<Option<serde_json::Value>, String> {
        changes::admin_change(self, ctx, what, how)
    }

    /// Taken apart without `..`, so that a service that is forgotten here does not compile.
    fn tables(&mut self) -> Vec<(&'static str, &'static str, &mut dyn AnyTable)> {
        let OpenStack { site: _, keystone, cinder, glance, nova, neutron, placement } = self;
        // Asked for after every write: one allocation, not eight.
        let mut tables = Vec::with_capacity(256);
        tables.extend(keystone.tables().into_iter().map(|(name, table)| ("keystone", name, table)));
        tables.extend(cinder.tables().into_iter().map(|(name, table)| ("cinder", name, table)));
        tables.extend(glance.tables().into_iter().map(|(name, table)| ("glance", name, table)));
        tables.extend(nova.tables().into_iter().map(|(name, table)| ("nova", name, table)));
        tables.extend(neutron.tables().into_iter().map(|(name, table)| ("neutron", name, table)));
        tables.extend(placement.tables().into_iter().map(|(name, table)| ("placement", name, table)));
        tables
    }

    fn knows_callers(&self, service: &str) -> bool {
        service == "keystone"
    }
}
