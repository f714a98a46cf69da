//! The OpenStackID marketplace and its identity provider.
//!
//! The marketplace lists public clouds, private clouds and consultants. It follows openstackid-resources of
//! April 2015. The identity provider issues the OAuth2 tokens that the marketplace accepts.

pub mod identity;
pub mod marketplace;
pub mod php;
pub mod provider;
pub mod settings;

pub use settings::Settings;

use crate::engine::{AnyService, Cloud, Context, Id, Table, Transition, VisitTable};
use identity::tokens::{self, Token};
use marketplace::entries::Entry;
use std::sync::Arc;

/// The state of one OpenStackID cloud.
#[derive(Clone, Default)]
pub struct OpenStackId {
    pub settings: Arc<Settings>,
    pub entries: Table<Entry>,
    pub tokens: Table<Token>,
}

/// The services of this provider: the identity provider and the marketplace.
pub fn services() -> Vec<Arc<dyn AnyService>> {
    vec![Arc::new(identity::service()), Arc::new(marketplace::service())]
}

/// A new cloud with the entries of the data file in the settings, or with the built-in entries.
///
/// Fails if the file cannot be read or two entries have the same id.
pub fn seeded(settings: Settings) -> Result<OpenStackId, String> {
    let mut cloud = OpenStackId::default();
    for entry in settings.entries()? {
        if cloud.entries.contains(&entry.id) {
            return Err(format!("two entries of the marketplace have the id {}", entry.id));
        }
        cloud.entries.insert(entry);
    }
    cloud.settings = Arc::new(settings);
    Ok(cloud)
}

const TRANSITIONS: &[&Transition<OpenStackId>] = tokens::TRANSITIONS;

/// The names of all transitions, which faults refer to.
pub fn transition_names() -> Vec<String> {
    TRANSITIONS.iter().map(|transition| transition.name.to_owned()).collect()
}

impl Cloud for OpenStackId {
    fn copy(&self) -> Arc<dyn Cloud> {
        Arc::new(self.clone())
    }

    fn apply_transition(&mut self, ctx: &mut Context, name: &str, subject: &Id, fails: Option<&str>) {
        let Some(transition) = TRANSITIONS.iter().find(|transition| transition.name == name) else { return };
        transition.run(self, ctx, subject, fails);
    }

    /// Destructured without `..`, so that a missing table does not compile.
    fn each_table(&mut self, visit: VisitTable) {
        let OpenStackId { settings: _, entries, tokens } = self;
        visit("marketplace", "entries", entries);
        visit("identity", "tokens", tokens);
    }
}
