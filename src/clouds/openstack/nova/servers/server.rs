//! The rows of the server table.

use super::instance_actions::Action;
use super::{BlockDevice, Destination, PowerState, TaskState, VmState};
use crate::clouds::openstack::nova::flavors::Flavor;
use crate::engine::{Id, Index, Row};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A server: the fields that change often, and shared details behind [`Deref`].
/// A build takes many steps, and undo keeps the row as it was before each step. A small row with shared details makes
/// these copies cheap.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Server {
    pub id: Id,
    pub project: Id,
    pub vm_state: VmState,
    pub task_state: Option<TaskState>,
    pub power_state: PowerState,
    /// The last fault. The API shows it only while the status is ERROR or DELETED.
    pub fault: Option<Arc<Fault>>,
    /// The compute host, which has exactly one node of the same name. Not set before scheduling and after offloading.
    pub host: Option<Id>,
    pub availability_zone: Option<Id>,
    /// The network interfaces in order. Empty until the build has plugged them.
    pub interfaces: Vec<Interface>,
    /// The parts of the create request that the build needs. Removed when the build has ended.
    #[serde(rename = "wanted")]
    pub build_request: Option<Arc<BuildRequest>>,
    /// The history of actions, oldest first.
    pub actions: Arc<Vec<Action>>,
    pub updated: Option<DateTime<Utc>>,
    /// When the guest last started on its host. Not set before the end of the build.
    pub launched: Option<DateTime<Utc>>,
    pub terminated: Option<DateTime<Utc>>,
    #[serde(flatten)]
    pub details: Arc<Details>,
}

/// The fields of a server that seldom change. Servers share the values that many of them have in common.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Details {
    pub user: Id,
    pub name: Id,
    /// The host name of the guest.
    pub hostname: Id,
    pub description: Option<String>,
    /// In percent. Always 0, because the emulated driver reports no progress.
    pub progress: u8,
    /// The requested availability zone, which the server never leaves.
    pub pinned_zone: Option<Id>,
    /// The requested host.
    #[serde(rename = "wanted_host")]
    pub requested_host: Option<Id>,
    /// The flavor as it was at the creation or the last resize.
    pub flavor: Arc<Flavor>,
    /// The new flavor during a resize, and the old one until the resize is confirmed.
    pub other_flavor: Option<Arc<Flavor>>,
    /// Not set for servers booted from a volume.
    pub image: Option<Id>,
    /// The image properties that the server inherits (`image_*` in upstream's system metadata).
    pub image_properties: Arc<Map<String, Value>>,
    pub key_name: Option<Id>,
    pub user_data: Option<Arc<str>>,
    pub config_drive: bool,
    /// `OS-DCF:diskConfig` is `AUTO`.
    pub auto_disk: bool,
    pub metadata: Map<String, Value>,
    /// In alphabetical order.
    pub tags: Vec<Id>,
    pub lock: Option<Lock>,
    pub access_ipv4: Option<Id>,
    pub access_ipv6: Option<Id>,
    /// The id that the servers of one create request share.
    pub reservation: Id,
    /// The index of the server within its create request.
    pub launch_index: u32,
    pub root_device: Option<Id>,
    pub trusted_certificates: Option<Vec<Id>>,
    pub scheduler_hints: Option<Arc<Map<String, Value>>>,
    pub devices: Vec<BlockDevice>,
    /// The rotation of the backup in progress.
    pub backups_to_keep: Option<u32>,
    /// The encrypted password that the guest has posted.
    pub posted_password: Option<String>,
    pub created: DateTime<Utc>,
}

impl Details {
    /// The details of a server with default values in all optional fields.
    pub fn new(user: Id, name: Id, flavor: Arc<Flavor>, created: DateTime<Utc>) -> Details {
        Details {
            user,
            hostname: name.clone(),
            name,
            description: None,
            progress: 0,
            pinned_zone: None,
            requested_host: None,
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

/// The reason of an ERROR state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    pub code: u16,
    pub message: String,
    /// A traceback. Only administrators see it if the code is 500.
    pub details: Option<String>,
    pub created: DateTime<Utc>,
}

/// The lock of a server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lock {
    /// The lock was set by an administrator who is not the owner.
    pub by_admin: bool,
    pub reason: Option<String>,
}

/// A network interface of a server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interface {
    pub port: Id,
    pub network: Id,
    /// Nova created the port and deletes it together with the server.
    pub made_by_nova: bool,
    pub tag: Option<Id>,
}

/// What the build of a server allocates in Neutron.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BuildRequest {
    pub networks: Networks,
    /// Names or ids.
    pub security_groups: Vec<Id>,
}

/// The requested networks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Networks {
    /// The only network available to the project, if there is one.
    #[default]
    Any,
    /// The only network available to the project. One is created if there is none.
    Auto,
    None,
    These(Vec<NetworkRequest>),
}

/// A requested network interface: an existing port, or a network with an optional address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NetworkRequest {
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
    /// The name of the domain on the hypervisor, for example `instance-0000013c`.
    pub fn instance_name(&self) -> String {
        format!("instance-{}", self.id.get(..8).unwrap_or_default())
    }

    /// True if the server boots from a volume.
    pub fn is_volume_backed(&self) -> bool {
        self.devices.iter().any(|device| device.boot_index == Some(0) && device.destination == Destination::Volume)
    }
}
