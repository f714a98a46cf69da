//! [`OpenStack`] as the engine's [`Cloud`]: its tables, transitions and admin changes.

use super::events::Event;
use super::services::SERVICES;
use super::{OpenStack, changes, keystone, neutron};
use crate::engine::{Cloud, Context, Id, Transition, VisitTable};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// All transitions by name.
static TRANSITIONS: LazyLock<HashMap<&'static str, &'static Transition<OpenStack>>> = LazyLock::new(|| {
    let all = SERVICES.iter().flat_map(|service| (service.transitions)()).flatten().copied();
    all.map(|transition| (transition.name, transition)).collect()
});

/// The names of the transitions, as faults refer to them.
pub fn transition_names() -> Vec<String> {
    TRANSITIONS.keys().map(|name| (*name).to_owned()).collect()
}

impl OpenStack {
    /// Passes an event to every service that listens to events.
    pub fn announce(&mut self, ctx: &mut Context, event: &Event) {
        SERVICES.iter().filter_map(|service| service.on_event).for_each(|on_event| on_event(self, ctx, event));
    }
}

impl Cloud for OpenStack {
    fn copy(&self) -> Arc<dyn Cloud> {
        Arc::new(self.clone())
    }

    fn apply_transition(&mut self, ctx: &mut Context, name: &str, subject: &Id, fails: Option<&str>) {
        let Some(transition) = TRANSITIONS.get(name) else { return };
        if fails.is_none() && changes::waits_for_host(self, name, subject) {
            return ctx.after(ctx.recurs_after(changes::HOST_RETRY_INTERVAL), transition, subject);
        }
        transition.run(self, ctx, subject, fails);
    }

    fn admin_change(&mut self, ctx: &mut Context, what: &str, how: &Value) -> Result<Option<Value>, String> {
        changes::admin_change(self, ctx, what, how)
    }

    fn each_table(&mut self, visit: VisitTable) {
        for service in SERVICES {
            (service.tables)(self).into_iter().for_each(|(name, table)| visit(service.name, name, table));
        }
    }

    fn knows_callers(&self, service: &str) -> bool {
        service == keystone::SERVICE.name
    }

    fn is_former_table(&self, service: &str, resource: &str) -> bool {
        service == neutron::SERVICE.name && neutron::FORMER_TABLES.contains(&resource)
    }
}
