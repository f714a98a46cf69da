//! Migrations: moves of servers from host to host, over and under way
//! (nova/api/openstack/compute/migrations.py).

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

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Migration {
    /// The number, as text.
    pub id: Id,
    pub number: u32,
    pub uuid: Id,
    pub server: Id,
    pub kind: MigrationType,
    pub status: Status,
    pub from_host: Id,
    /// Nothing until one is found.
    pub to_host: Option<Id>,
    /// The address of the host it goes to, which live migrations do not note.
    pub to_address: Option<Id>,
    /// The numbers of the flavors before and after.
    pub flavors: (u32, u32),
    pub user: Id,
    pub project: Id,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MigrationType {
    /// To another host with the same flavor.
    Migration,
    Resize,
    LiveMigration,
    Evacuation,
}

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
    /// A live migration that can still be waited for.
    pub fn is_live_and_under_way(&self) -> bool {
        use Status::{PostMigrating, Preparing, Queued, Running};
        self.kind == MigrationType::LiveMigration && matches!(self.status, Queued | Preparing | Running | PostMigrating)
    }
}

/// What a move is: of which server, from where and to where.
pub struct Move<'m> {
    pub server: &'m Id,
    pub kind: MigrationType,
    pub status: Status,
    pub from_host: &'m Id,
    pub to_host: Option<Id>,
    pub flavors: (&'m Flavor, &'m Flavor),
}

/// Notes a move that the caller asked for; its id.
pub fn begin(call: &Call, os: &mut OpenStack, ctx: &mut Context, asked: &Move) -> Id {
    let number = os.nova.migrations.all().next().map_or(1, |newest| newest.number + 1);
    let live = asked.kind == MigrationType::LiveMigration;
    let migration = Migration {
        id: number.to_string().into(),
        number,
        uuid: ctx.uuid(),
        server: asked.server.clone(),
        kind: asked.kind,
        status: asked.status,
        from_host: asked.from_host.clone(),
        to_host: asked.to_host.clone(),
        to_address: (!live).then(|| "127.0.0.1".into()),
        flavors: (asked.flavors.0.number, asked.flavors.1.number),
        user: call.user(),
        project: call.project(),
        created: ctx.now(),
        updated: None,
    };
    os.nova.migrations.insert(migration).id.clone()
}

/// The newest migration of a server that is not over.
pub fn current(os: &OpenStack, server: &str) -> Option<Id> {
    use Status::{Cancelled, Completed, Confirmed, Done, Error, Failed, Reverted};
    let over = |status| matches!(status, Cancelled | Completed | Confirmed | Done | Error | Failed | Reverted);
    os.nova.migrations.of(server).find(|migration| !over(migration.status)).map(|migration| migration.id.clone())
}

/// Notes how far the current migration of a server is.
pub fn set_status(os: &mut OpenStack, ctx: &Context, server: &str, status: Status) {
    let Some(id) = current(os, server) else { return };
    if let Some(migration) = os.nova.migrations.get_mut(&id) {
        migration.status = status;
        migration.updated = Some(ctx.now());
    }
}
