//! Migrations: moves of servers between hosts, in progress or completed (nova/api/openstack/compute/migrations.py).

mod list;
pub mod of_server;

use super::super::OpenStack;
use super::flavors::Flavor;
use crate::engine::{Call, Context, Id, Operation, Row, get};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Operation<OpenStack>] = &[get("/os-migrations", "nova.migration.list", list::list)
    .summary("Lists migrations.")
    .query(list::query)
    .policy("os_compute_api:os-migrations:index")];

/// A row of the `migrations` table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Migration {
    /// The number as a string.
    pub id: Id,
    pub number: u32,
    pub uuid: Id,
    pub server: Id,
    pub kind: MigrationType,
    pub status: Status,
    pub from_host: Id,
    /// Not set until the scheduler has chosen a host.
    pub to_host: Option<Id>,
    /// The IP address of the destination. Live migrations do not record it.
    pub to_address: Option<Id>,
    /// The numbers of the old and the new flavor.
    pub flavors: (u32, u32),
    pub user: Id,
    pub project: Id,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

/// The kind of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MigrationType {
    /// A cold migration: another host, the same flavor.
    Migration,
    Resize,
    LiveMigration,
    Evacuation,
}

/// The states of all kinds of migrations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    Accepted,
    Queued,
    Preparing,
    Running,
    PostMigrating,
    Completed,
    Cancelled,
    Failed,
    Error,
    PreMigrating,
    Migrating,
    Finished,
    Confirming,
    Confirmed,
    Reverting,
    Reverted,
    Done,
}

impl Status {
    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Accepted => "accepted",
            Status::Queued => "queued",
            Status::Preparing => "preparing",
            Status::Running => "running",
            Status::PostMigrating => "post-migrating",
            Status::Completed => "completed",
            Status::Cancelled => "cancelled",
            Status::Failed => "failed",
            Status::Error => "error",
            Status::PreMigrating => "pre-migrating",
            Status::Migrating => "migrating",
            Status::Finished => "finished",
            Status::Confirming => "confirming",
            Status::Confirmed => "confirmed",
            Status::Reverting => "reverting",
            Status::Reverted => "reverted",
            Status::Done => "done",
        }
    }
}

impl MigrationType {
    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            MigrationType::Migration => "migration",
            MigrationType::Resize => "resize",
            MigrationType::LiveMigration => "live-migration",
            MigrationType::Evacuation => "evacuation",
        }
    }
}

impl Row for Migration {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.server
    }
}

impl Migration {
    /// True for a live migration that is queued or running.
    pub fn is_live_and_under_way(&self) -> bool {
        use Status::{PostMigrating, Preparing, Queued, Running};
        self.kind == MigrationType::LiveMigration && matches!(self.status, Queued | Preparing | Running | PostMigrating)
    }
}

/// The data of a migration to record.
pub struct NewMigration<'m> {
    pub server: &'m Id,
    pub kind: MigrationType,
    pub status: Status,
    pub from_host: &'m Id,
    pub to_host: Option<Id>,
    /// The old and the new flavor.
    pub flavors: (&'m Flavor, &'m Flavor),
}

/// Records a migration that the caller has requested. Returns its id.
pub fn begin(call: &Call, os: &mut OpenStack, ctx: &mut Context, new: &NewMigration) -> Id {
    let number = os.nova.migrations.all().next().map_or(1, |newest| newest.number + 1);
    let live = new.kind == MigrationType::LiveMigration;
    let migration = Migration {
        id: number.to_string().into(),
        number,
        uuid: ctx.uuid(),
        server: new.server.clone(),
        kind: new.kind,
        status: new.status,
        from_host: new.from_host.clone(),
        to_host: new.to_host.clone(),
        to_address: (!live).then(|| "127.0.0.1".into()),
        flavors: (new.flavors.0.number, new.flavors.1.number),
        user: call.user(),
        project: call.project(),
        created: ctx.now(),
        updated: None,
    };
    os.nova.migrations.insert(migration).id.clone()
}

/// The newest migration of a server that has not ended.
pub fn current(os: &OpenStack, server: &str) -> Option<Id> {
    use Status::{Cancelled, Completed, Confirmed, Done, Error, Failed, Reverted};
    let over = |status| matches!(status, Cancelled | Completed | Confirmed | Done | Error | Failed | Reverted);
    os.nova.migrations.of(server).find(|migration| !over(migration.status)).map(|migration| migration.id.clone())
}

/// Sets the status of the current migration of a server.
pub fn set_status(os: &mut OpenStack, ctx: &Context, server: &str, status: Status) {
    let Some(id) = current(os, server) else { return };
    if let Some(migration) = os.nova.migrations.get_mut(&id) {
        migration.status = status;
        migration.updated = Some(ctx.now());
    }
}
