//! The versions of the API and the collections of a version (neutron/pecan_wsgi/controllers/root.py).

use crate::clouds::openstack::{OpenStack, healthcheck};
use crate::engine::{Answer, Call, Object, Operation, Response, get};

/// The operations on versions.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/", "neutron.version.list", versions).summary("Lists the versions of the API.").absolute_path().public(),
    get("/healthcheck", "neutron.healthcheck", healthy)
        .summary("Reports that the service is healthy.")
        .absolute_path()
        .any_method()
        .public(),
    get("/v2.0/", "neutron.version.show", collections)
        .summary("Lists the core collections of API v2.0.")
        .absolute_path(),
];

fn healthy(call: &Call, _os: &OpenStack) -> Answer {
    Ok(healthcheck::answer(call, &["OK"]))
}

fn versions(call: &Call, _os: &OpenStack) -> Answer {
    let href = format!("{}/v2.0/", call.base());
    Ok(Response::many("versions", [href], |o, href| {
        o.set("id", "v2.0");
        o.set("status", "CURRENT");
        o.each("links", [href], |o, href| {
            o.set("rel", "self");
            o.set("href", href);
        });
    }))
}

/// Only the core collections, as upstream.
fn collections(call: &Call, _os: &OpenStack) -> Answer {
    let show = |o: &mut Object, (name, collection): (&str, &str)| {
        o.each("links", [format!("{}/v2.0/{collection}", call.base())], |o, href| {
            o.set("rel", "self");
            o.set("href", href);
        });
        o.set("name", name);
        o.set("collection", collection);
    };
    let core = [("subnet", "subnets"), ("subnetpool", "subnetpools"), ("network", "networks"), ("port", "ports")];
    Ok(Response::many("resources", core, show))
}
