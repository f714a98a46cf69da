//! The list of extensions. Clients look here before they use an extension.

use super::errors;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Object, Operation, Response, get};
use serde::Deserialize;
use std::sync::LazyLock;

/// The operations on extensions.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/extensions", "neutron.extension.list", list).summary("Lists extensions."),
    get("/extensions/{alias}", "neutron.extension.show", show).summary("Shows an extension."),
];

#[derive(Deserialize)]
struct Extension {
    alias: String,
    name: String,
    description: String,
    /// The time of the last change, in upstream's format.
    updated: String,
}

/// The extensions of this Neutron (neutron/extensions, neutron_lib/api/definitions).
static EXTENSIONS: LazyLock<Vec<Extension>> =
    LazyLock::new(|| serde_json::from_str(include_str!("extensions.json")).unwrap_or_default());

fn list(_call: &Call, _os: &OpenStack) -> Answer {
    Ok(Response::many("extensions", EXTENSIONS.iter(), view))
}

fn show(call: &Call, _os: &OpenStack) -> Answer {
    let alias = call.param("alias");
    let extension = EXTENSIONS.iter().find(|known| known.alias == alias);
    let extension = extension.ok_or_else(|| errors::extension_not_found(alias))?;
    Ok(Response::one("extension", |o| view(o, extension)))
}

fn view(o: &mut Object, extension: &Extension) {
    o.set("name", &extension.name);
    o.set("alias", &extension.alias);
    o.set("description", &extension.description);
    o.set("updated", &extension.updated);
    o.list("links", |_| {});
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_extensions_are_parsed() {
        assert_eq!(super::EXTENSIONS.len(), 130);
    }
}
