//! Volumes that Nova creates for its servers (boot from volume).

use super::create::{fits_image, fits_provisioning};
use super::transitions;
use super::{Source, Task, Volume};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::{errors, quotas, scheduler, types};
use crate::engine::{Context, Id, Problem};

/// A volume to create for a server.
pub struct ServerVolumeRequest<'r> {
    pub project: &'r Id,
    pub user: &'r Id,
    pub name: String,
    /// Absent: the size of the source snapshot.
    pub size_gib: Option<u32>,
    /// A name or an id. Absent: the type of the source snapshot, or the default.
    pub volume_type: Option<&'r str>,
    pub from: Source,
}

/// Starts the creation of a volume and returns its id. The checks are those of `POST /volumes`.
pub fn create_for_server(os: &mut OpenStack, ctx: &mut Context, request: ServerVolumeRequest) -> Result<Id, Problem> {
    let snapshot = match &request.from {
        Source::Snapshot(id) => Some(os.cinder.snapshots.get(id).ok_or_else(|| errors::snapshot_not_found(id))?),
        _ => None,
    };
    let size_gib = request.size_gib.or(snapshot.map(|snapshot| snapshot.size_gib)).unwrap_or(0);
    if size_gib == 0 {
        return Err(errors::invalid_size(size_gib));
    }
    if let Source::Image(id) = &request.from {
        fits_image(os.glance.images.get(id).ok_or_else(errors::invalid_image)?, size_gib)?;
    }
    let named = |name: &str| os.cinder.volume_types.all().find(|one| one.name == name || *one.id == *name);
    let of_snapshot = snapshot.and_then(|snapshot| os.cinder.volume_types.get(snapshot.volume_type.as_ref()?));
    let volume_type = request.volume_type.and_then(named).or(of_snapshot);
    let volume_type = volume_type.or_else(|| types::default_for(os, request.project));
    let volume_type = volume_type.ok_or_else(errors::no_default_type)?;
    fits_provisioning(volume_type, size_gib)?;
    let source = snapshot.and_then(|snapshot| os.cinder.volumes.get(&snapshot.volume));
    let (user, project) = (request.user.clone(), request.project.clone());
    let volume = Volume {
        name: Some(request.name),
        description: Some(String::new()),
        snapshot_id: snapshot.map(|snapshot| snapshot.id.clone()),
        task: Some(Task::Create { from: request.from }),
        volume_type: Some(volume_type.id.clone()),
        host: scheduler::place(Some(volume_type)),
        bootable: source.is_some_and(|volume| volume.bootable),
        multiattach: volume_type.multiattach(),
        ..Volume::of(user, project, ctx, size_gib)
    };
    let encryption_key_id = volume_type.encryption.as_ref().map(|_| ctx.uuid());
    let volume = Volume { encryption_key_id, ..volume };
    let type_name = volume_type.name.clone();
    quotas::charge(os, request.project, Some(&type_name), &[("volumes", 1), ("gigabytes", i64::from(size_gib))])?;
    let id = volume.id.clone();
    os.cinder.volumes.insert(volume);
    ctx.later(&transitions::CREATE, &id);
    Ok(id)
}
