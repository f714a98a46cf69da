//! Managing existing snapshots of a backend (cinder/api/contrib/snapshot_manage.py).

use super::super::messages::{self, Action, Detail, ResourceType};
use super::super::parameter_types::{MetadataOrNull, Text255, Uuid};
use super::super::policy::POLICY;
use super::super::snapshots::{Snapshot, Status, may_be_snapshotted, view};
use super::super::{backends, errors, quotas, types, volumes};
use super::listing::{self, Entry};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::parameter_types::Optional;
use crate::engine::{Answer, Call, Context, Id, Operation, Response, get, post};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/os-snapshot-manage", "cinder.snapshot_manage.list", list)
        .summary("Lists the snapshots of a back end that could be managed.")
        .policy("snapshot_extension:list_manageable"),
    get("/os-snapshot-manage/detail", "cinder.snapshot_manage.list_detail", list_detail)
        .summary("Lists the snapshots of a back end that could be managed, with details.")
        .policy("snapshot_extension:list_manageable"),
    post("/os-snapshot-manage", "cinder.snapshot_manage.create", manage)
        .summary("Manages an existing snapshot of a back end.")
        .body::<ManageRequest>()
        .answers(202)
        .policy_on_target("snapshot_extension:snapshot_manage"),
    get("/manageable_snapshots", "cinder.manageable_snapshot.list", list)
        .summary("Lists the snapshots of a back end that could be managed.")
        .since(3, 8)
        .policy("snapshot_extension:list_manageable"),
    get("/manageable_snapshots/detail", "cinder.manageable_snapshot.list_detail", list_detail)
        .summary("Lists the snapshots of a back end that could be managed, with details.")
        .since(3, 8)
        .policy("snapshot_extension:list_manageable"),
    // Upstream validates the body before it checks the version.
    post("/manageable_snapshots", "cinder.manageable_snapshot.create", manage_since_3_8)
        .summary("Manages an existing snapshot of a back end.")
        .body::<ManageRequest>()
        .answers(202)
        .policy_on_target("snapshot_extension:snapshot_manage"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ManageRequest {
    snapshot: Manage,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["ref", "volume_id"]))]
struct Manage {
    #[serde(default)]
    description: Optional<Text255>,
    #[serde(default)]
    metadata: Optional<MetadataOrNull>,
    #[serde(default)]
    name: Optional<Text255>,
    volume_id: Uuid,
    #[serde(rename = "ref")]
    #[schemars(extend("type" = ["object", "null", "string"]))]
    reference: Value,
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    answer(call, os, false)
}

fn list_detail(call: &Call, os: &OpenStack) -> Answer {
    answer(call, os, true)
}

fn answer(call: &Call, os: &OpenStack, detailed: bool) -> Answer {
    let host = listing::service_host(call, os)?;
    let here = |at: &str| backends::without_pool(at) == host;
    let managed = os.cinder.snapshots.all().filter_map(|snapshot| {
        let volume = os.cinder.volumes.get(&snapshot.volume)?;
        volume.host.as_deref().is_some_and(here).then(|| Entry {
            name: format!("_snapshot-{}", snapshot.id).into(),
            size_gib: snapshot.size_gib,
            cinder_id: Some(snapshot.id.clone()),
            snapshot_of: Some(super::name_of(volume)),
        })
    });
    let others = os.cinder.unmanaged.all().filter(|one| here(&one.host) && one.snapshot_of.is_some());
    let others = others.map(|one| Entry {
        name: one.name.clone(),
        size_gib: one.size_gib,
        cinder_id: None,
        snapshot_of: one.snapshot_of.clone(),
    });
    listing::answer(call, "manageable-snapshots", managed.chain(others).collect(), detailed)
}

fn manage_since_3_8(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    if call.since(3, 8) { manage(call, os, ctx) } else { Err(errors::not_here()) }
}

fn manage(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<ManageRequest>()?.snapshot;
    let volume = volumes::find(call, os, &request.volume_id.0)?;
    POLICY.enforce(call, &[("project_id", &volume.project)])?;
    may_be_snapshotted(volume, true)?;
    let host = volume.host.clone().unwrap_or_else(|| "".into());
    listing::check_service(os, "Host", &host)?;
    let volume_type = types::name_of(os, volume.volume_type.as_deref());
    let amounts = [("snapshots", 1), ("gigabytes", i64::from(volume.size_gib))];
    let mut snapshot = Snapshot::of(volume, call, ctx);
    snapshot.name = request.name.0.and_then(|name| name.0);
    snapshot.description = request.description.0.and_then(|text| text.0);
    snapshot.metadata = request.metadata.0.and_then(|metadata| metadata.0).unwrap_or_default();
    quotas::charge(os, &call.project(), volume_type.as_deref(), &amounts)?;
    let snapshot = os.cinder.snapshots.insert(snapshot).clone();
    super::claim(os, &request.reference, &host, true, &snapshot.id);
    ctx.later(&super::SNAPSHOT_MANAGE, &snapshot.id);
    Ok(Response::one("snapshot", |o| view::detail(o, &snapshot, call)))
}

/// Makes the snapshot available with the data of the claimed one.
pub fn managed(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(found) = super::claimed(os, id) else { return manage_failed(os, ctx, id, "") };
    let Some(snapshot) = os.cinder.snapshots.get_mut(id).filter(|snapshot| snapshot.status == Status::Creating) else {
        return super::unclaim(os, id);
    };
    (snapshot.status, snapshot.progress) = (Status::Available, Some("100%".into()));
    (snapshot.content, snapshot.updated) = (found.content, Some(ctx.now()));
    os.cinder.unmanaged.remove(&found.name);
}

/// The snapshot is in error.
pub fn manage_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    super::unclaim(os, id);
    if let Some(snapshot) = os.cinder.snapshots.get_mut(id).filter(|snapshot| snapshot.status == Status::Creating) {
        (snapshot.status, snapshot.updated) = (Status::Error, Some(ctx.now()));
        messages::create(os, ctx, ResourceType::Snapshot, id, Action::SNAPSHOT_CREATE, Detail::SNAPSHOT_CREATE_ERROR);
    }
}
