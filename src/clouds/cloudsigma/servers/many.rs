//! Section 8.5, 8.13 and 8.14: several servers at once, all or none of them.

use super::super::dialect::{pairs, text};
use super::super::text::Text;
use super::super::{CloudSigma, described, numbered};
use super::{power, remove, uuids};
use crate::engine::{Answer, Call, Id, Operation, Problem, Sim, post};

pub const OPERATIONS: &[Operation<CloudSigma>] = &[
    post("/servers/destroy", "cloudsigma.servers.destroy", destroy).documents(described::servers),
    post("/servers/start", "cloudsigma.servers.start", start).documents(described::servers),
    post("/servers/stop", "cloudsigma.servers.stop", stop).documents(described::servers),
];

/// Tells which servers remain.
fn destroy(call: &Call, cloud: &mut CloudSigma, sim: &mut Sim) -> Answer {
    named(call, cloud)?.iter().for_each(|server| remove(cloud, sim, server));
    Ok(text(uuids(cloud, &call.user())))
}

fn start(call: &Call, cloud: &mut CloudSigma, sim: &mut Sim) -> Answer {
    let servers = named(call, cloud)?;
    servers.iter().try_for_each(|server| power::start(cloud, sim, server))?;
    Ok(text(Text::lines(servers)))
}

fn stop(call: &Call, cloud: &mut CloudSigma, sim: &mut Sim) -> Answer {
    let servers = named(call, cloud)?;
    servers.iter().for_each(|server| power::stop(cloud, sim, server));
    Ok(text(Text::lines(servers)))
}

fn named(call: &Call, cloud: &CloudSigma) -> Result<Vec<Id>, Problem> {
    let user = call.user();
    numbered::servers(&pairs(call), |uuid| super::own(cloud, &user, uuid).is_ok())
}
