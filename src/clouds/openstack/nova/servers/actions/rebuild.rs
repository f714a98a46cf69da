//! Rebuilding servers from an image on their host (`rebuild` in nova/compute/api.py).

use super::super::super::parameter_types::{Boolean, Description, DiskConfig, Metadata, Name, Optional, Uuid};
use super::super::super::policy::POLICY;
use super::super::super::{errors, guest_hardware, image_properties, keypairs, links};
use super::super::create::checks::{self, Origin};
use super::super::create::request::{File, GuestName, TrustedCertificates};
use super::super::view::{self, Shown};
use super::super::{PowerState, Server, TaskState, VmState, canonical, change, passwords, permitted};
use super::{IDLE, PATH, begin, fail_task, finish, next_task};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Transition, post, transition};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

pub const OPERATIONS: &[Operation<OpenStack>] = &[post(PATH, "nova.server.rebuild", rebuild)
    .summary("Rebuilds a server from an image on its current host.")
    .action("rebuild")
    .body::<RebuildRequest>()
    .answers(202)
    .policy_on_target("os_compute_api:servers:rebuild")];

/// The host connects the block devices.
pub const REBUILD: Transition<OpenStack> = transition("nova.server.rebuild", map_devices, failed);
/// The guest runs with its new disk.
pub const REBUILD_MAP: Transition<OpenStack> = transition("nova.server.rebuild_map", finish_rebuild, failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&REBUILD, &REBUILD_MAP];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RebuildRequest {
    rebuild: Rebuild,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Rebuild {
    #[serde(default)]
    name: Optional<Name>,
    #[serde(rename = "imageRef")]
    image: Uuid,
    #[serde(default, rename = "adminPass")]
    password: Optional<String>,
    #[serde(default)]
    metadata: Optional<Metadata>,
    #[serde(default, rename = "preserve_ephemeral")]
    _preserve_ephemeral: Optional<Boolean>,
    #[serde(default, rename = "OS-DCF:diskConfig")]
    disk_config: Optional<DiskConfig>,
    #[serde(default, rename = "accessIPv4")]
    #[schemars(extend("format" = "ipv4"))]
    access_ipv4: Optional<Id>,
    #[serde(default, rename = "accessIPv6")]
    #[schemars(extend("format" = "ipv6"))]
    access_ipv6: Optional<Id>,
    #[serde(default)]
    #[schemars(extend("x-until" = "2.56"))]
    personality: Optional<Vec<File>>,
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Optional<Description>", extend("x-since" = "2.19"))]
    description: Option<Description>,
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Optional<KeyName>", extend("x-since" = "2.54"))]
    key_name: Option<KeyName>,
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Optional<UserData>", extend("x-since" = "2.57"))]
    user_data: Option<UserData>,
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Optional<TrustedCertificates>", extend("x-since" = "2.63"))]
    trusted_image_certificates: Option<TrustedCertificates>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.90"))]
    hostname: Optional<GuestName>,
}

/// The name of a keypair. Null removes the keypair.
#[derive(Deserialize, JsonSchema)]
#[schemars(inline, extend("oneOf" = [{"type": "string", "minLength": 1, "maxLength": 255}, {"type": "null"}]))]
struct KeyName(#[schemars(with = "serde_json::Value")] Option<String>);

/// Base64. Null removes the data.
#[derive(Deserialize, JsonSchema)]
#[schemars(inline, extend("type" = ["string", "null"], "format" = "base64", "maxLength" = 65535))]
struct UserData(#[schemars(with = "serde_json::Value")] Option<String>);

/// Deserializes null as a value, to distinguish it from a missing field.
fn present<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

pub fn rebuild(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<RebuildRequest>()?.rebuild;
    let server = permitted(call, os)?;
    if request.trusted_image_certificates.is_some() {
        let on = [("project_id", &*server.project), ("user_id", &*server.user)];
        POLICY.enforce_rule(call, "os_compute_api:servers:rebuild:trusted_certs", &on)?;
    }
    server.check_lock(call)?;
    server.check_state("rebuild", &[VmState::Active, VmState::Stopped, VmState::Error], IDLE, true)?;
    let origin = validate(call, os, server, &request)?;
    let id = server.id.clone();
    let password = request.password.0.clone().unwrap_or_else(|| passwords::generate(ctx));
    change(os, ctx, &id, |server| apply(server, request, origin));
    begin(call, os, ctx, &id, ("rebuild", "compute_rebuild_instance"), TaskState::Rebuilding);
    ctx.later(&REBUILD, &id);
    let Some(server) = os.nova.servers.get(&id) else { return Err(errors::instance_not_found(&id)) };
    let response = Response::one("server", |o| {
        view::detail(o, server, os, call, Shown::Rebuilt);
        o.set("adminPass", password);
        if call.since(2, 57) {
            o.set("user_data", &server.user_data);
        }
    });
    Ok(response.header("Location", links::href(call, "servers", &id).to_string()))
}

/// Checks the request. Returns the boot source of the requested image. Errors: 400 and 403.
fn validate(call: &Call, os: &OpenStack, server: &Server, request: &Rebuild) -> Result<Origin, Problem> {
    if let Some(KeyName(Some(name))) = &request.key_name
        && keypairs::find(os, &call.user(), name).is_none()
    {
        return Err(errors::invalid_key_name());
    }
    let image = &request.image.0;
    let found = checks::image(call, os, Some(image)).map_err(|_| errors::rebuild_image_not_found())?;
    let origin = found.map(Origin::of_image).ok_or_else(errors::rebuild_image_not_found)?;
    if server.is_volume_backed() && !call.since(2, 93) && image_of_root(os, server).as_deref() != Some(&**image) {
        return Err(errors::cannot_change_image_of_volume(image));
    }
    let metadata = request.metadata.as_ref().map_or(0, |metadata| metadata.0.len());
    checks::metadata(os, call, metadata)?;
    checks::files(os, call, request.personality.as_deref().unwrap_or_default())?;
    let root = server.devices.iter().find(|device| device.boot_index == Some(0));
    image_properties::check(&origin.properties)?;
    guest_hardware::check(&server.flavor, &origin.properties)?;
    checks::fits_flavor(call, &origin, &server.flavor, root)?;
    Ok(origin)
}

/// The image that the root volume was created from.
fn image_of_root(os: &OpenStack, server: &Server) -> Option<String> {
    let root = server.devices.iter().find(|device| device.boot_index == Some(0))?;
    let volume = os.cinder.volumes.get(root.volume.as_deref()?)?;
    volume.image_metadata.get("image_id")?.as_str().map(str::to_owned)
}

fn apply(server: &mut Server, request: Rebuild, origin: Origin) {
    if !server.is_volume_backed() {
        server.image = Some(request.image.0);
    }
    server.image_properties = Arc::new(origin.into_system_metadata(&server.flavor));
    if let Some(name) = request.name.0 {
        server.name = name.0.trim().into();
    }
    if let Some(metadata) = request.metadata.0 {
        server.metadata = metadata.0;
    }
    if let Some(config) = request.disk_config.0 {
        server.auto_disk = config.0 == "AUTO";
    }
    if let Some(address) = request.access_ipv4.0 {
        server.access_ipv4 = Some(address);
    }
    if let Some(address) = request.access_ipv6.0 {
        server.access_ipv6 = Some(canonical(address));
    }
    if let Some(description) = request.description {
        server.description = description.0;
    }
    if let Some(key) = request.key_name {
        server.key_name = key.0.map(Id::from);
    }
    if let Some(data) = request.user_data {
        server.user_data = data.0.map(Arc::from);
    }
    if let Some(certificates) = request.trusted_image_certificates {
        server.trusted_certificates = certificates.0;
    }
    if let Some(hostname) = request.hostname.0 {
        server.hostname = hostname.0.into();
    }
}

fn map_devices(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if next_task(os, ctx, id, TaskState::Rebuilding, TaskState::RebuildBlockDeviceMapping) {
        ctx.later(&REBUILD_MAP, id);
    }
}

/// A server that was off stays off.
fn finish_rebuild(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    finish(os, ctx, id, TaskState::RebuildBlockDeviceMapping, |server| {
        if server.vm_state != VmState::Stopped {
            (server.vm_state, server.power_state) = (VmState::Active, PowerState::Running);
        }
        server.launched = Some(ctx.now());
    });
}

fn failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, reason: &str) {
    for task in [TaskState::Rebuilding, TaskState::RebuildBlockDeviceMapping] {
        fail_task(os, ctx, id, task, reason);
    }
}
