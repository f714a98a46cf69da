//! Managing existing volumes of a backend (cinder/api/contrib/volume_manage.py).

use super::super::messages::{self, Action, Detail, ResourceType};
use super::super::parameter_types::{Boolean, MetadataOrNull, Text255};
use super::super::policy::POLICY;
use super::super::volumes::actions::destination;
use super::super::volumes::{Status, Volume, transition_if, view};
use super::super::{backends, errors, parameter_types, quotas, types};
use super::listing::{self, Entry};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::parameter_types::Optional;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, get, post};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/os-volume-manage", "cinder.volume_manage.list", list)
        .summary("Lists the volumes of a back end that could be managed.")
        .policy("volume_extension:list_manageable"),
    get("/os-volume-manage/detail", "cinder.volume_manage.list_detail", list_detail)
        .summary("Lists the volumes of a back end that could be managed, with details.")
        .policy("volume_extension:list_manageable"),
    post("/os-volume-manage", "cinder.volume_manage.create", manage)
        .summary("Manages an existing volume of a back end.")
        .body::<ManageRequest>()
        .answers(202)
        .policy("volume_extension:volume_manage"),
    get("/manageable_volumes", "cinder.manageable_volume.list", list)
        .summary("Lists the volumes of a back end that could be managed.")
        .since(3, 8)
        .policy("volume_extension:list_manageable"),
    get("/manageable_volumes/detail", "cinder.manageable_volume.list_detail", list_detail)
        .summary("Lists the volumes of a back end that could be managed, with details.")
        .since(3, 8)
        .policy("volume_extension:list_manageable"),
    // Upstream validates the body before it checks the version.
    post("/manageable_volumes", "cinder.manageable_volume.create", manage_since_3_8)
        .summary("Manages an existing volume of a back end.")
        .body::<ManageRequest>()
        .answers(202)
        .policy_on_target("volume_extension:volume_manage"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ManageRequest {
    volume: Manage,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Manage {
    #[serde(default)]
    description: Optional<Text255>,
    #[serde(default)]
    availability_zone: Optional<Text255>,
    #[serde(default)]
    bootable: Optional<Boolean>,
    #[serde(default)]
    volume_type: Optional<Text255>,
    #[serde(default)]
    name: Optional<Text255>,
    #[serde(default)]
    #[schemars(extend(
        "type" = ["string", "null"],
        "minLength" = 1,
        "maxLength" = 255,
        "pattern" = r"^[a-zA-Z0-9-._#@:/+\[\]]*$"
    ))]
    host: Option<String>,
    #[serde(rename = "ref")]
    #[schemars(extend("type" = ["object", "string"]))]
    reference: Value,
    #[serde(default)]
    metadata: Optional<MetadataOrNull>,
    #[serde(default)]
    #[schemars(extend("x-since" = "3.16"))]
    cluster: Optional<Text255>,
}

/// The text, if it is not empty.
fn text(field: Optional<Text255>) -> Option<String> {
    field.0.and_then(|text| text.0).filter(|text| !text.is_empty())
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
    let managed = os.cinder.volumes.all().filter(|volume| volume.host.as_deref().is_some_and(here));
    let managed = managed.map(|volume| Entry {
        name: super::name_of(volume),
        size_gib: volume.size_gib,
        cinder_id: Some(volume.id.clone()),
        snapshot_of: None,
    });
    let others = os.cinder.unmanaged.all().filter(|one| here(&one.host) && one.snapshot_of.is_none());
    let others =
        others.map(|one| Entry { name: one.name.clone(), size_gib: one.size_gib, cinder_id: None, snapshot_of: None });
    listing::answer(call, "manageable-volumes", managed.chain(others).collect(), detailed)
}

fn manage_since_3_8(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    if !call.since(3, 8) {
        return Err(errors::not_here());
    }
    POLICY.enforce(call, &[("project_id", &call.project())])?;
    manage(call, os, ctx)
}

fn manage(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<ManageRequest>()?.volume;
    let cluster = text(request.cluster);
    let (kind, place) = destination(call, (3, 16), request.host.as_deref(), cluster.as_deref())?;
    let volume_type = match text(request.volume_type) {
        Some(name) => Some(types::find_by_id_or_name(call, os, &name).map_err(|_| errors::no_type_to_manage(&name))?),
        None => types::default_for(os, &call.project()),
    };
    refuse_managed(os, &request.reference)?;
    if volume_type.is_some_and(|volume_type| volume_type.encryption.is_some()) {
        return Err(errors::manage_to_encrypted_type());
    }
    listing::check_service(os, kind, place).map_err(|problem| match problem.status {
        404 => errors::no_place_to_manage(kind, place),
        _ => problem,
    })?;
    let mut volume = Volume::new(call, ctx, 0);
    volume.name = text(request.name).map(|name| name.trim().to_owned());
    volume.description = text(request.description).map(|text| text.trim().to_owned());
    volume.status = Status::Managing;
    volume.volume_type = volume_type.map(|volume_type| volume_type.id.clone());
    volume.multiattach = volume_type.is_some_and(types::VolumeType::multiattach);
    volume.host = Some(place.into());
    volume.availability_zone = request.availability_zone.0.and_then(|zone| zone.0).unwrap_or("nova".into()).into();
    volume.bootable = request.bootable.is_some_and(|flag| flag.0);
    volume.metadata = request.metadata.0.and_then(|metadata| metadata.0).unwrap_or_default();
    let (id, host) = (volume.id.clone(), place.to_owned());
    let volume = os.cinder.volumes.insert(volume).clone();
    super::claim(os, &request.reference, &host, false, &id);
    ctx.later(&super::VOLUME_MANAGE, &id);
    Ok(Response::one("volume", |o| view::detail(o, &volume, os, call)))
}

/// Fails with 400 if the reference is to a managed volume.
fn refuse_managed(os: &OpenStack, reference: &Value) -> Result<(), Problem> {
    let id = super::source_name(reference).and_then(|name| name.strip_prefix("volume-"));
    match id.filter(|id| parameter_types::is_uuid_like(id)) {
        Some(id) if os.cinder.volumes.contains(id) => Err(errors::already_managed()),
        _ => Ok(()),
    }
}

/// The volume takes over the disk and uses the project's quota.
pub fn managed(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(volume) = os.cinder.volumes.get(id).filter(|volume| volume.status == Status::Managing) else {
        return super::unclaim(os, id);
    };
    let Some(disk) = super::claimed(os, id) else {
        return fail(os, ctx, id, Detail::DRIVER_FAILED_CREATE);
    };
    let (project, type_name) = (volume.project.clone(), types::name_of(os, volume.volume_type.as_deref()));
    let amounts = [("volumes", 1), ("gigabytes", i64::from(disk.size_gib))];
    if quotas::charge(os, &project, type_name.as_deref(), &amounts).is_err() {
        return fail(os, ctx, id, Detail::QUOTA_EXCEED);
    }
    os.cinder.unmanaged.remove(&disk.name);
    transition_if(os, ctx, id, Status::Managing, |volume| {
        volume.status = Status::Available;
        (volume.size_gib, volume.host, volume.content) = (disk.size_gib, Some(disk.host), disk.content);
    });
}

/// The volume is in `error_managing`.
pub fn manage_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    fail(os, ctx, id, Detail::DRIVER_FAILED_CREATE);
}

/// Sets `error_managing`. Such a volume does not use the quota.
fn fail(os: &mut OpenStack, ctx: &mut Context, id: &Id, detail: Detail) {
    super::unclaim(os, id);
    transition_if(os, ctx, id, Status::Managing, |volume| volume.status = Status::ErrorManaging);
    messages::create(os, ctx, ResourceType::Volume, id, Action::CREATE_VOLUME_FROM_BACKEND, detail);
}
