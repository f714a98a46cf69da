//! Groups of volumes that are replicated and snapshotted together; since 3.13 (cinder/api/v3/groups.py).

pub mod actions;
mod create;
mod list;
pub mod replication;
mod status;
mod transitions;
mod update;
mod view;

pub use actions::delete;
pub use create::{NameAndDescription, from_group, from_group_snapshot, new_group};
pub use list::GROUPS;
pub use status::Status;
pub use transitions::TRANSITIONS;
pub use update::{Changes, change};

use super::super::OpenStack;
use super::policy::{self, POLICY};
use super::volumes::{self, Volume};
use super::{errors, group_types};
use crate::engine::{Answer, Call, Id, Index, Operation, Problem, Response, Row, get, post, put};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/groups", "cinder.group.list", list::list)
        .summary("Lists volume groups.")
        .since(3, 13)
        .policy("group:get_all"),
    get("/groups/detail", "cinder.group.list_detail", list::list_detail)
        .summary("Lists volume groups with details.")
        .since(3, 13)
        .policy("group:get_all"),
    post("/groups", "cinder.group.create", create::create)
        .summary("Creates a volume group.")
        .since(3, 13)
        .body::<create::CreateRequest>()
        .answers(202)
        .policy("group:create"),
    get("/groups/{group_id}", "cinder.group.show", show)
        .summary("Shows a volume group.")
        .since(3, 13)
        .policy_on_target("group:get"),
    put("/groups/{group_id}", "cinder.group.update", update::update)
        .summary("Updates a volume group.")
        .since(3, 13)
        .body::<update::UpdateRequest>()
        .answers(202)
        .policy_on_target("group:update"),
];

/// A row of the table `groups`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Group {
    pub id: Id,
    pub project: Id,
    pub user: Id,
    pub name: Option<String>,
    pub description: Option<String>,
    pub status: Status,
    pub group_type: Id,
    pub volume_types: Vec<Id>,
    pub availability_zone: Option<String>,
    /// `host@backend#pool`. Absent until the scheduler has placed the group.
    pub host: Option<Id>,
    pub group_snapshot: Option<Id>,
    pub source_group: Option<Id>,
    /// `disabled`, `enabling`, `disabling`, `failing-over` or `error`.
    pub replication_status: String,
    /// The volumes that are being added.
    pub joining: Vec<Id>,
    /// The volumes that are being removed.
    pub leaving: Vec<Id>,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

/// The groups that were made of a group snapshot.
pub const BY_GROUP_SNAPSHOT: Index<Group> =
    Index::new("group_snapshot", |group, key| group.group_snapshot.as_deref().into_iter().for_each(key));
const BY_SOURCE_GROUP: Index<Group> =
    Index::new("source_group", |group, key| group.source_group.as_deref().into_iter().for_each(key));
/// The groups of a group type.
pub const BY_GROUP_TYPE: Index<Group> = Index::new("group_type", |group, key| key(&group.group_type));
/// The groups that may hold volumes of a type.
pub const BY_VOLUME_TYPE: Index<Group> =
    Index::new("volume_types", |group, key| group.volume_types.iter().for_each(|id| key(id)));

impl Row for Group {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.project
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_GROUP_SNAPSHOT, BY_SOURCE_GROUP, BY_GROUP_TYPE, BY_VOLUME_TYPE]
    }
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let group = find(call, os, call.param("group_id"))?;
    POLICY.enforce(call, &[("project_id", &group.project)])?;
    not_a_consistency_group(os, &group.group_type)?;
    Ok(Response::one("group", |o| view::detail(o, group, os, call)))
}

/// Finds a group that the caller can see: one of the caller's project, or any for an administrator.
/// Fails with 404 otherwise.
pub fn find<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o Group, Problem> {
    let group = os.cinder.groups.get(id);
    let group = group.filter(|group| policy::is_own_or_admin(call, &group.project));
    group.ok_or_else(|| errors::group_not_found(id))
}

/// The volumes in a group, newest first.
pub fn volumes_of<'o>(os: &'o OpenStack, group: &'o Group) -> impl Iterator<Item = &'o Volume> {
    os.cinder.volumes.by(&volumes::BY_GROUP, &group.id).filter(|volume| volume.project == group.project)
}

/// Fails with 400 for consistency groups, which only their own API can change.
fn not_a_consistency_group(os: &OpenStack, group_type: &str) -> Result<(), Problem> {
    match group_types::is_default_cgsnapshot_type(os, group_type) {
        true => Err(errors::group_type_of_consistency_groups(group_type)),
        false => Ok(()),
    }
}
