//! Who runs with a drive: running servers hold claims on their drives, and an exclusive drive has one at most.

use super::super::{CloudSigma, errors};
use super::Drive;
use crate::engine::{Id, Problem};
use serde::{Deserialize, Serialize};

/// The host that everything runs on, as claims name it (7.7).
pub const HOST: &str = "be2bcfa3-109d-4bee-8795-d75ce0865dc4";

/// A server that runs with a drive as one of its devices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    pub server: Id,
    /// `ide:0:0`
    pub device: String,
}

/// Claims the drives of a server's devices, all or none: what is refused is not kept.
pub fn take(cloud: &mut CloudSigma, server: &Id, devices: &[(String, String)]) -> Result<(), Problem> {
    for (device, id) in devices {
        let drive = cloud.drives.get_mut(id).ok_or_else(|| not_found(device))?;
        if drive.imaging.is_some() {
            return Err(errors::busy(&format!("Drive {id} is busy: it is being imaged")));
        }
        let other = drive.claims.iter().find(|claim| claim.server != *server);
        if let Some(other) = other.filter(|_| !drive.is_shared()) {
            return Err(errors::busy(&format!("Drive {id} is busy: it is claimed by server {}", other.server)));
        }
        let claim = Claim { server: server.clone(), device: device.clone() };
        if !drive.claims.contains(&claim) {
            drive.claims.push(claim);
        }
    }
    Ok(())
}

pub fn release(cloud: &mut CloudSigma, server: &Id, devices: &[(String, String)]) {
    for (_, id) in devices {
        let held = |drive: &Drive| drive.claims.iter().any(|claim| claim.server == *server);
        if cloud.drives.get(id).is_some_and(held)
            && let Some(drive) = cloud.drives.get_mut(id)
        {
            drive.claims.retain(|claim| claim.server != *server);
        }
    }
}

/// `HOST:guest:SERVER:ide:0:0` for each server, `HOST:imaging` while the drive is made.
pub fn view(drive: &Drive) -> String {
    let guests = drive.claims.iter().map(|claim| format!("{HOST}:guest:{}:{}", claim.server, claim.device));
    let imaging = drive.imaging.map(|_| format!("{HOST}:imaging"));
    guests.chain(imaging).collect::<Vec<_>>().join(" ")
}

/// The drive that a device names is not there any more.
fn not_found(device: &str) -> Problem {
    errors::invalid(device, &errors::not_found_text("Drive UUID"))
}
