//! A server as it is kept.

use super::instance_actions::Action;
use super::{BlockDevice, Destination, PowerState, TaskState, VmState};
use crate::clouds::openstack::nova::flavors::Flavor;
use crate::engine::{Id, Index, Row};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A server: what transition_if of it, and beside that its details, which read and are changed as if they stood here.
/// A build takes many steps, and a row that is small, with the rest shared, is kept as it was before each.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Server {
    pub id: Id,
    pub project: Id,
    pub vm_state: VmState,
    pub task_state: Option<TaskState>,
    pub power_state: PowerState,
    /// Set while the server is in ERROR, and afterwards: only there is it shown.
    pub fault: Option<Arc<Fault>>,
    /// The compute host, which is its only node too; nothing until the scheduler has found one, and once
    /// the server is offloaded.
    pub host: Option<Id>,
    pub availability_zone: Option<Id>,
    /// Network interfaces in order, once the networks are there.
    pub interfaces: Vec<Interface>,
    /// What was asked for, for the build; forgotten when that is done.
    pub wanted: Option<Arc<Wanted>>,
    /// What was done to it, oldest first.
    pub actions: Arc<Vec<Action>>,
    pub updated: Option<DateTime<Utc>>,
    pub launched: Option<DateTime<Utc>>,
    pub terminated: Option<DateTime<Utc>>,
    #[serde(flatten)]
    pub details: Arc<Details>,
}

/// What seldom changes of a server. What many servers have in common (flavor, image properties, names of
/// hosts) they share.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Details {
    pub user: Id,
    pub name: Id,
    /// The name that the machine itself is given.
    pub hostname: Id,
    pub description: Option<String>,
    /// In percent, as far as the driver tells; it never does.
    pub progress: u8,
    /// The zone that was asked for: it stays there.
    pub pinned_zone: Option<Id>,
    /// A host that was asked for.
    pub wanted_host: Option<Id>,
    /// As it was when the server was made or last resized.
    pub flavor: Arc<Flavor>,
    /// During a resize, the flavor to come; once resized, the one to go back to.
    pub other_flavor: Option<Arc<Flavor>>,
    /// Nothing if the server booted from a volume.
    pub image: Option<Id>,
    /// What the server keeps of its image (`image_*` of the system metadata).
    pub image_properties: Arc<Map<String, Value>>,
    pub key_name: Option<Id>,
    pub user_data: Option<Arc<str>>,
    pub config_drive: bool,
    /// `OS-DCF:diskConfig` is `AUTO`.
    pub auto_disk: bool,
    pub metadata: Map<String, Value>,
    /// In order of the alphabet.
    pub tags: Vec<Id>,
    pub lock: Option<Lock>,
    pub access_ipv4: Option<Id>,
    pub access_ipv6: Option<Id>,
    pub reservation: Id,
    pub launch_index: u32,
    pub root_device: Option<Id>,
    pub trusted_certificates: Option<Vec<Id>>,
    pub scheduler_hints: Option<Arc<Map<String, Value>>>,
    pub devices: Vec<BlockDevice>,
    /// While a backup is made: how many of its kind are to be kept.
    pub backups_to_keep: Option<u32>,
    /// The server's password as the machine has posted it, encrypted: `GET …/os-server-password`.
    pub posted_password: Option<String>,
    pub created: DateTime<Utc>,
}

impl Details {
    /// Those of a server of which nothing more was said.
    pub fn new(user: Id, name: Id, flavor: Arc<Flavor>, created: DateTime<Utc>) -> Details {
        Details {
            user,
            hostname: name.clone(),
            name,
            description: None,
            progress: 0,
            pinned_zone: None,
            wanted_host: None,
            flavor,
            other_flavor: None,
            image: None,
            image_properties: Arc::default(),
            key_name: None,
            user_data: None,
            config_drive: false,
            auto_disk: false,
            metadata: Map::new(),
            tags: vec![],
            lock: None,
            access_ipv4: None,
            access_ipv6: None,
            reservation: "r-00000000".into(),
            launch_index: 0,
            root_device: Some("/dev/vda".into()),
            trusted_certificates: None,
            scheduler_hints: None,
            devices: vec![],
            backups_to_keep: None,
            posted_password: None,
            created,
        }
    }
}

impl Deref for Server {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.details
    }
}

impl DerefMut for Server {
    fn deref_mut(&mut self) -> &mut Details {
        Arc::make_mut(&mut self.details)
    }
}

/// Why a server is in ERROR.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    pub code: u16,
    pub message: String,
    /// Shown to administrators alone if the code is 500.
    pub details: Option<String>,
    pub created: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lock {
    /// Locked by an administrator who is not the owner.
    pub by_admin: bool,
    pub reason: Option<String>,
}

/// A port of the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interface {
    pub port: Id,
    pub network: Id,
    /// True if Nova made the port: then it goes with the server.
    pub made_by_nova: bool,
    pub tag: Option<Id>,
}

/// What the build of a server makes for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    pub networks: Networks,
    /// Names or ids.
    pub security_groups: Vec<Id>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Networks {
    /// The one that the project has, if it has one.
    #[default]
    Any,
    /// The same, but there must be one.
    Auto,
    None,
    These(Vec<WantedNetwork>),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WantedNetwork {
    pub network: Option<Id>,
    pub port: Option<Id>,
    pub fixed_ip: Option<Id>,
    pub tag: Option<Id>,
}

/// The servers on a host.
pub const BY_HOST: Index<Server> = Index::new("host", |server, key| server.host.as_deref().into_iter().for_each(key));

impl Row for Server {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.project
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_HOST]
    }
}

impl Server {
    /// `instance-0000013c`: its name on the hypervisor.
    pub fn instance_name(&self) -> String {
        format!("instance-{}", self.id.get(..8).unwrap_or_default())
    }

    /// True if it has no disk of its own to boot from.
    pub fn is_volume_backed(&self) -> bool {
        self.devices.iter().any(|device| device.boot_index == Some(0) && device.destination == Destination::Volume)
    }
}
