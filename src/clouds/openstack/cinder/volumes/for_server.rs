//! Volumes that Nova has made for its servers.

use super::create::{fits_image, fits_provisioning};
use super::transitions;
use super::{Doing, Source, Volume};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::{errors, quotas, scheduler, types};
use crate::engine::{Context, Id, Problem};

/// What is asked for.
pub struct Wanted<'w> {
    pub project: &'w Id,
    pub user: &'w Id,
    pub name: String,
    /// Nothing stands for the size of what it is made from.
    pub size_gib: Option<u32>,
    /// A name or an id.
    pub volume_type: Option<&'w str>,
    pub from: Source,
}

/// Begins to make a volume, with the checks that a request for one goes through; its id.
pub fn create_for(os: &mut OpenStack, ctx: &mut Context, wanted: Wanted) -> Result<Id, Problem> {
    let snapshot = match &wanted.from {
        Source::Snapshot(id) => Some(os.cinder.snapshots.get(id).ok_or_else(|| errors::snapshot_not_found(id))?),
        _ => None,
    };
    let size_gib = wanted.size_gib.or(snapshot.map(|snapshot| snapshot.size_gib)).unwrap_or(0);
    if size_gib == 0 {
        return Err(errors::invalid_size(size_gib));
    }
    if let Source::Image(id) = &wanted.from {
        fits_image(os.glance.images.get(id).ok_or_else(errors::invalid_image)?, size_gib)?;
    }
    let named = |name: &str| os.cinder.volume_types.all().find(|one| one.name == name || *one.id == *name);
    let of_snapshot = snapshot.and_then(|snapshot| os.cinder.volume_types.get(snapshot.volume_type.as_ref()?));
    let volume_type = wanted.volume_type.and_then(named).or(of_snapshot);
    let volume_type = volume_type.or_else(|| types::default_for(os, wanted.project));
    let volume_type = volume_type.ok_or_else(errors::no_default_type)?;
    fits_provisioning(volume_type, size_gib)?;
    let source = snapshot.and_then(|snapshot| os.cinder.volumes.get(&snapshot.volume));
    let (user, project) = (wanted.user.clone(), wanted.project.clone());
    let volume = Volume {
        name: Some(wanted.name),
        description: Some(String::new()),
        snapshot_id: snapshot.map(|snapshot| snapshot.id.clone()),
        doing: Some(Doing::Create { from: wanted.from }),
        volume_type: Some(volume_type.id.clone()),
        host: scheduler::place(Some(volume_type)),
        bootable: source.is_some_and(|volume| volume.bootable),
        multiattach: volume_type.multiattach(),
        ..Volume::of(user, project, ctx, size_gib)
    };
    let encryption_key_id = volume_type.encryption.as_ref().map(|_| ctx.uuid());
    let volume = Volume { encryption_key_id, ..volume };
    let type_name = volume_type.name.clone();
    quotas::charge(os, wanted.project, Some(&type_name), &[("volumes", 1), ("gigabytes", i64::from(size_gib))])?;
    let id = volume.id.clone();
    os.cinder.volumes.insert(volume);
    ctx.later(&transitions::CREATE, &id);
    Ok(id)
}
