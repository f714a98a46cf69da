//! Claims on drives. Running servers hold claims on their drives; an exclusive drive has at most one claim.

use super::super::{CloudSigma, errors};
use super::Drive;
use crate::engine::{Id, Problem};
use serde::{Deserialize, Serialize};

/// The only host, as claims name it (7.7).
pub const HOST: &str = "be2bcfa3-109d-4bee-8795-d75ce0865dc4";

/// The claim of a running server that has the drive as one of its devices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    pub server: Id,
    /// `ide:0:0`
    pub device: String,
}

/// Claims the drives of a server's devices. If one of them is refused, the caller must discard the whole change.
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

/// Removes the claims of a server on the drives of its devices.
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

/// The value of `claimed`: `HOST:guest:SERVER:ide:0:0` for each server, `HOST:imaging` while the drive is being made.
pub fn view(drive: &Drive) -> String {
    let guests = drive.claims.iter().map(|claim| format!("{HOST}:guest:{}:{}", claim.server, claim.device));
    let imaging = drive.imaging.map(|_| format!("{HOST}:imaging"));
    guests.chain(imaging).collect::<Vec<_>>().join(" ")
}

/// The refusal of a device whose drive no longer exists.
fn not_found(device: &str) -> Problem {
    errors::invalid(device, &errors::not_found_text("Drive UUID"))
}
