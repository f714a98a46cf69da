//! Messages: what went wrong after the answer, told to the user.

mod texts;

pub use texts::{Action, Detail};

use super::super::OpenStack;
use crate::engine::{Id, Row, Sim, Transition, transition};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub const TRANSITIONS: &[Transition<OpenStack>] = &[transition("cinder.message.expire", expired, |_, _, _, _| {})];

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    pub id: Id,
    pub project: Id,
    /// `VOLUME_VOLUME_007_010`: about what, and the numbers of action and detail.
    pub event: String,
    pub text: String,
    /// `ERROR`, `WARNING`, `INFO`.
    pub level: String,
    pub resource_type: String,
    pub resource: Id,
    /// The request that began what went wrong.
    pub request_id: String,
    pub created: DateTime<Utc>,
    pub expires: DateTime<Utc>,
}

impl Row for Message {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.project
    }
}

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum About {
    Volume,
    Snapshot,
    Backup,
}

impl About {
    fn as_str(self) -> &'static str {
        match self {
            About::Volume => "VOLUME",
            About::Snapshot => "VOLUME_SNAPSHOT",
            About::Backup => "VOLUME_BACKUP",
        }
    }

    fn project(self, os: &OpenStack, id: &str) -> Option<Id> {
        match self {
            About::Volume => os.cinder.volumes.get(id).map(|volume| volume.project.clone()),
            About::Snapshot => os.cinder.snapshots.get(id).map(|snapshot| snapshot.project.clone()),
            About::Backup => os.cinder.backups.get(id).map(|backup| backup.project.clone()),
        }
    }
}

/// How long a message is kept (`message_ttl`).
const KEPT: TimeDelta = TimeDelta::days(30);

/// Tells the project of a volume, snapshot or backup what went wrong with it: what failing
/// transitions do. About what is gone there is nothing to tell.
pub fn note(os: &mut OpenStack, sim: &mut Sim, about: About, id: &Id, action: Action, detail: Detail) {
    let Some(project) = about.project(os, id) else { return };
    let message = Message {
        id: sim.uuid(),
        project,
        event: format!("VOLUME_{}_{}_{}", about.as_str(), action.0, detail.0),
        text: format!("{}:{}", action.1, detail.1),
        level: "ERROR".into(),
        resource_type: about.as_str().into(),
        resource: id.clone(),
        request_id: sim.request_id().to_string(),
        created: sim.now(),
        expires: sim.now() + KEPT,
    };
    sim.after(KEPT, "cinder.message.expire", &message.id);
    os.cinder.messages.insert(message);
}

fn expired(os: &mut OpenStack, _sim: &mut Sim, id: &Id) {
    os.cinder.messages.remove(id);
}
