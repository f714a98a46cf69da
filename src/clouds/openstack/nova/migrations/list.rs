//! The list of all migrations (nova/api/openstack/compute/migrations.py).

use super::super::policy::{self, POLICY};
use super::super::{errors, instance_actions, links, paging};
use super::{Migration, MigrationType};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::times::Micros;
use crate::engine::{Answer, Call, Object, Response};
use chrono::SubsecRound;
use schemars::{Schema, json_schema};

/// The query schema.
pub fn query() -> Schema {
    let text = json_schema!({"type": "string"});
    json_schema!({
        "type": "object",
        "properties": {
            "hidden": text,
            "host": text,
            "instance_uuid": text,
            "source_compute": text,
            "status": text,
            "migration_type": text,
            "limit": {"type": "string", "pattern": "^[0-9]*$", "minLength": 1, "x-since": "2.59", "x-single": "2.59"},
            "marker": {"type": "string", "x-since": "2.59", "x-single": "2.59"},
            "changes-since": {"type": "string", "format": "date-time", "x-since": "2.59", "x-single": "2.59"},
            "changes-before": {"type": "string", "format": "date-time", "x-since": "2.66", "x-single": "2.66"},
            "user_id": {"type": "string", "x-since": "2.80", "x-single": "2.80"},
            "project_id": {"type": "string", "x-since": "2.80", "x-single": "2.80"},
        },
        "additionalProperties": true,
        "x-from": {"2.59": {"additionalProperties": false}},
    })
}

/// Newest first from microversion 2.59 on, which introduced pages. Before, oldest first.
pub fn list(call: &Call, os: &OpenStack) -> Answer {
    if call.last_query("project_id") != Some(&*call.project()) {
        let own = [("project_id", &*call.project())];
        POLICY.enforce_rule(call, "os_compute_api:os-migrations:index:all_projects", &own)?;
    }
    let mut migrations: Vec<_> = os.nova.migrations.all().filter(|migration| matches_query(migration, call)).collect();
    let paged = call.since(2, 59);
    if paged {
        let (since, before) = instance_actions::changes(call)?;
        let changed = |migration: &Migration| migration.updated.unwrap_or(migration.created).trunc_subsecs(0);
        migrations.retain(|migration| since.is_none_or(|since| changed(migration) >= since));
        migrations.retain(|migration| !call.since(2, 66) || before.is_none_or(|before| changed(migration) <= before));
        if let Some(marker) = call.last_query("marker") {
            let row = os.nova.migrations.all().find(|migration| *migration.uuid == *marker);
            let row = row.ok_or_else(|| errors::marker_not_found(marker))?;
            migrations.retain(|migration| migration.number < row.number);
        }
        migrations.truncate(paging::limit(call));
    } else {
        migrations.reverse();
    }
    Ok(Response::object(|o| {
        o.each("migrations", &migrations, |o, migration| view(o, migration, call));
        if paged {
            let last = migrations.last().map(|last| &*last.uuid);
            paging::next_link(o, call, "migrations_links", "os-migrations", migrations.len(), last);
        }
    }))
}

fn matches_query(migration: &Migration, call: &Call) -> bool {
    let is = |name: &str, value: &str| call.last_query(name).is_none_or(|expected| expected == value);
    let host = call.last_query("host");
    let involves = |host: &str| *migration.from_host == *host || migration.to_host.as_deref() == Some(host);
    is("instance_uuid", &migration.server)
        && is("source_compute", &migration.from_host)
        && is("status", migration.status.as_str())
        && is("migration_type", migration.kind.as_str())
        && host.is_none_or(involves)
        && (!call.since(2, 80) || (is("user_id", &migration.user) && is("project_id", &migration.project)))
}

fn view(o: &mut Object, migration: &Migration, call: &Call) {
    let shows_hosts = policy::allows_own(call, "os_compute_api:os-migrations:index:host");
    o.set("id", migration.number);
    if call.since(2, 59) {
        o.set("uuid", &migration.uuid);
    }
    hosts(o, migration, shows_hosts);
    o.set("old_instance_type_id", migration.flavors.0);
    o.set("new_instance_type_id", migration.flavors.1);
    o.set("instance_uuid", &migration.server);
    o.set("status", migration.status);
    if call.since(2, 23) {
        o.set("migration_type", migration.kind);
    }
    if call.since(2, 80) {
        o.set("user_id", &migration.user);
        o.set("project_id", &migration.project);
    }
    o.set("created_at", Micros(migration.created));
    o.set("updated_at", migration.updated.map(Micros));
    if call.since(2, 23) && migration.kind == MigrationType::LiveMigration && migration.is_live_and_under_way() {
        links::links(o, call, &format!("servers/{}/migrations", migration.server), &migration.id);
    }
}

/// Writes the source and the destination. They are null unless `shown`.
pub fn hosts(o: &mut Object, migration: &Migration, shown: bool) {
    let from = shown.then_some(&migration.from_host);
    let to = migration.to_host.as_ref().filter(|_| shown);
    o.set("source_compute", from);
    o.set("dest_compute", to);
    o.set("source_node", from);
    o.set("dest_node", to);
    o.set("dest_host", migration.to_address.as_ref().filter(|_| shown && to.is_some()));
}
