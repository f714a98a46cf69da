//! Sections 10.7 to 10.10: the servers of a group; starting and stopping all of them.

use super::own;
use crate::clouds::cloudsigma::dialect::{pairs, text};
use crate::clouds::cloudsigma::servers::power;
use crate::clouds::cloudsigma::text::Text;
use crate::clouds::cloudsigma::{CloudSigma, errors, numbered, schemas};
use crate::engine::{Answer, Call, Context, Id, Operation, get_changing, post};

pub const OPERATIONS: &[Operation<CloudSigma>] = &[
    post("/servergroups/{group}/add", "cloudsigma.group.add", add)
        .summary("Adds servers to a server group.")
        .documents(schemas::servers),
    post("/servergroups/{group}/remove", "cloudsigma.group.remove", remove)
        .summary("Removes servers from a server group.")
        .documents(schemas::servers),
    get_changing("/servergroups/{group}/start", "cloudsigma.group.start", start)
        .summary("Starts the servers of a group.")
        .also_at("POST"),
    get_changing("/servergroups/{group}/stop", "cloudsigma.group.stop", stop)
        .summary("Stops the servers of a group.")
        .also_at("POST"),
];

fn add(call: &Call, cloud: &mut CloudSigma, _ctx: &mut Context) -> Answer {
    let id = own(call, cloud)?.id.clone();
    let user = call.user();
    let own = |uuid: &str| cloud.servers.get(uuid).is_some_and(|server| server.owner == user);
    let servers = numbered::servers(&pairs(call), own)?;
    let group = cloud.groups.get_mut(&id).ok_or_else(errors::group_not_found)?;
    let new: Vec<Id> = servers.into_iter().filter(|server| !group.members.contains(server)).collect();
    group.members.extend(new);
    Ok(text(Text::lines(&group.members)))
}

fn remove(call: &Call, cloud: &mut CloudSigma, _ctx: &mut Context) -> Answer {
    let group = own(call, cloud)?;
    let id = group.id.clone();
    let servers = numbered::servers(&pairs(call), |uuid| group.members.iter().any(|member| **member == *uuid))?;
    let group = cloud.groups.get_mut(&id).ok_or_else(errors::group_not_found)?;
    group.members.retain(|member| !servers.contains(member));
    Ok(text(Text::lines(&group.members)))
}

fn start(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let members = own(call, cloud)?.members.clone();
    members.iter().try_for_each(|server| power::start(cloud, ctx, server))?;
    Ok(text(Text::lines(members)))
}

fn stop(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let members = own(call, cloud)?.members.clone();
    members.iter().for_each(|server| power::stop(cloud, ctx, server));
    Ok(text(Text::lines(members)))
}
