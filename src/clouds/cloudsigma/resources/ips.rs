//! Sections 9.5 to 9.8: static IP addresses.

use super::super::dialect::text;
use super::super::servers::network;
use super::super::text::Text;
use super::super::{CloudSigma, errors};
use super::pool;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Row, get, get_changing, post};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Operation<CloudSigma>] = &[
    get("/resources/ip/list", "cloudsigma.ip.list", list)
        .summary("Lists static IP addresses of the account.")
        .also_at("POST"),
    get("/resources/ip/info", "cloudsigma.ip.show_all", show_all)
        .summary("Shows all static IP addresses of the account.")
        .also_at("POST"),
    post("/resources/ip/create", "cloudsigma.ip.create", create)
        .summary("Creates a static IP address.")
        .also_at("GET")
        .no_body(),
    get("/resources/ip/{ip}/info", "cloudsigma.ip.show", show).summary("Shows a static IP address.").also_at("POST"),
    get_changing("/resources/ip/{ip}/destroy", "cloudsigma.ip.destroy", destroy)
        .summary("Destroys a static IP address.")
        .also_at("POST")
        .answers(204),
];

/// A static IP address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ip {
    /// The address itself.
    pub id: Id,
    pub owner: Id,
    pub name: String,
}

impl Row for Ip {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.owner
    }
}

fn list(call: &Call, cloud: &CloudSigma) -> Answer {
    Ok(text(Text::lines(cloud.ips.of(&call.user()).rev().map(|ip| format!("ip {}", ip.id)))))
}

fn show_all(call: &Call, cloud: &CloudSigma) -> Answer {
    Ok(text(Text::records(cloud.ips.of(&call.user()).rev(), |shown, ip| record(shown, ip, cloud))))
}

fn show(call: &Call, cloud: &CloudSigma) -> Answer {
    let ip = own(call, cloud)?;
    Ok(text(Text::records([ip], |shown, ip| record(shown, ip, cloud))))
}

fn create(call: &Call, cloud: &mut CloudSigma, _ctx: &mut Context) -> Answer {
    let address = add(cloud, &call.user()).ok_or_else(|| errors::busy("No address is free: all are in use"))?;
    let ip = cloud.ips.get(&address).ok_or_else(errors::ip_not_found)?;
    Ok(text(Text::records([ip], |shown, ip| record(shown, ip, cloud))))
}

/// Adds a free address of the pool to the user's addresses. None if there is no free one.
pub fn add(cloud: &mut CloudSigma, user: &Id) -> Option<Id> {
    let address: Id = pool::free(&pool::taken(cloud))?.to_string().into();
    cloud.ips.insert(Ip { id: address.clone(), owner: user.clone(), name: String::new() });
    Some(address)
}

fn destroy(call: &Call, cloud: &mut CloudSigma, _ctx: &mut Context) -> Answer {
    let ip = own(call, cloud)?;
    if network::holder(cloud, &ip.owner, &ip.id).is_some() {
        return Err(errors::in_use("IP address"));
    }
    let address = ip.id.clone();
    cloud.ips.remove(&address);
    Ok(Response::empty())
}

fn own<'c>(call: &Call, cloud: &'c CloudSigma) -> Result<&'c Ip, Problem> {
    let ip = cloud.ips.get(call.param("ip")).filter(|ip| ip.owner == call.user());
    ip.ok_or_else(errors::ip_not_found)
}

/// Writes the record. `claimed` is the server that runs with the address.
fn record(shown: &mut Text, ip: &Ip, cloud: &CloudSigma) {
    shown.pair("resource", &ip.id);
    shown.pair_if_set("name", &ip.name);
    let network = pool::network(&ip.id);
    shown.pair("netmask", network.map_or("", |network| network.netmask));
    shown.pair("user", &ip.owner);
    shown.pair("nameserver", network.map_or("", |network| network.nameserver));
    shown.pair("type", "ip");
    shown.pair("gateway", network.map_or("", |network| network.gateway));
    shown.pair_if_set("claimed", network::holder(cloud, &ip.owner, &ip.id).map_or("", |server| server));
}
