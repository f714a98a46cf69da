//! Sections 8.5, 8.13 and 8.14: operations on several servers, which apply to all of them or to none.

use super::super::dialect::{pairs, text};
use super::super::text::Text;
use super::super::{CloudSigma, numbered, schemas};
use super::{power, remove, uuids};
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, post};

pub const OPERATIONS: &[Operation<CloudSigma>] = &[
    post("/servers/destroy", "cloudsigma.servers.destroy", destroy)
        .summary("Destroys several servers.")
        .documents(schemas::servers),
    post("/servers/start", "cloudsigma.servers.start", start)
        .summary("Starts several servers.")
        .documents(schemas::servers),
    post("/servers/stop", "cloudsigma.servers.stop", stop)
        .summary("Stops several servers.")
        .documents(schemas::servers),
];

/// The response lists the servers that remain.
fn destroy(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    named(call, cloud)?.iter().for_each(|server| remove(cloud, ctx, server));
    Ok(text(uuids(cloud, &call.user())))
}

fn start(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let servers = named(call, cloud)?;
    servers.iter().try_for_each(|server| power::start(cloud, ctx, server))?;
    Ok(text(Text::lines(servers)))
}

fn stop(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let servers = named(call, cloud)?;
    servers.iter().for_each(|server| power::stop(cloud, ctx, server));
    Ok(text(Text::lines(servers)))
}

fn named(call: &Call, cloud: &CloudSigma) -> Result<Vec<Id>, Problem> {
    let user = call.user();
    numbered::servers(&pairs(call), |uuid| super::own(cloud, &user, uuid).is_ok())
}
