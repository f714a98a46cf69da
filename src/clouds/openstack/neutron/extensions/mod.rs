//! Which extensions there are; clients look here before they use one.

mod known;

use super::errors;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Object, Operation, Response, get};
use known::EXTENSIONS;

pub const OPERATIONS: &[Operation<OpenStack>] =
    &[get("/extensions", "neutron.extension.list", list), get("/extensions/{alias}", "neutron.extension.show", show)];

type Extension = (&'static str, &'static str, &'static str, &'static str);

fn list(_call: &Call, _os: &OpenStack) -> Answer {
    Ok(Response::many("extensions", EXTENSIONS, view))
}

fn show(call: &Call, _os: &OpenStack) -> Answer {
    let alias = call.param("alias");
    let extension = EXTENSIONS.iter().find(|(known, ..)| *known == alias);
    let extension = extension.ok_or_else(|| errors::extension_not_found(alias))?;
    Ok(Response::one("extension", |o| view(o, extension)))
}

fn view(o: &mut Object, (alias, name, description, updated): &Extension) {
    o.set("name", name);
    o.set("alias", alias);
    o.set("description", description);
    o.set("updated", updated);
    o.list("links", |_| {});
}
