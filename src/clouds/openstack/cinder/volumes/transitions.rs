//! What happens to volumes after the answer.

use super::super::super::OpenStack;
use super::super::{backends, quotas};
use super::{Doing, Status, Volume};
use crate::engine::{Id, Sim, Transition, transition};

pub const TRANSITIONS: &[Transition<OpenStack>] = &[
    transition("cinder.volume.create", created, create_failed),
    transition("cinder.volume.extend", extended, extend_failed),
    transition("cinder.volume.delete", deleted, delete_failed),
];

pub fn created(os: &mut OpenStack, sim: &mut Sim, id: &Id) {
    becomes(os, sim, id, Status::Creating, |volume| {
        (volume.status, volume.doing) = (Status::Available, None);
        volume.host = volume.host.take().or_else(|| backends::place(None));
    });
}

pub fn create_failed(os: &mut OpenStack, sim: &mut Sim, id: &Id, _reason: &str) {
    becomes(os, sim, id, Status::Creating, |volume| (volume.status, volume.doing) = (Status::Error, None));
}

fn extended(os: &mut OpenStack, sim: &mut Sim, id: &Id) {
    becomes(os, sim, id, Status::Extending, |volume| {
        volume.status = Status::Available;
        if let Some(Doing::Extend { to_gib }) = volume.doing.take() {
            volume.size_gib = to_gib;
        }
    });
}

fn extend_failed(os: &mut OpenStack, sim: &mut Sim, id: &Id, _reason: &str) {
    becomes(os, sim, id, Status::Extending, |volume| {
        (volume.status, volume.doing) = (Status::ErrorExtending, None);
    });
}

pub fn deleted(os: &mut OpenStack, _sim: &mut Sim, id: &Id) {
    if os.cinder.volumes.get(id).is_none_or(|volume| volume.status != Status::Deleting) {
        return;
    }
    if let Some(volume) = os.cinder.volumes.remove(id) {
        quotas::release(os, &volume.project, None, &[("volumes", 1), ("gigabytes", i64::from(volume.size_gib))]);
    }
}

fn delete_failed(os: &mut OpenStack, sim: &mut Sim, id: &Id, _reason: &str) {
    becomes(os, sim, id, Status::Deleting, |volume| volume.status = Status::ErrorDeleting);
}

/// Changes the volume if it is still in the state `from`: one that was reset or deleted meanwhile is left alone.
pub fn becomes(os: &mut OpenStack, sim: &mut Sim, id: &Id, from: Status, change: impl FnOnce(&mut Volume)) {
    if os.cinder.volumes.get(id).is_none_or(|volume| volume.status != from) {
        return;
    }
    if let Some(volume) = os.cinder.volumes.get_mut(id) {
        change(volume);
        volume.updated = Some(sim.now());
    }
}
