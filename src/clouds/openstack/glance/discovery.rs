//! Discovery: the stores, the import methods and the quota usage (glance/api/v2/discovery.py).

use super::stores::{self, METHODS, STORES, Store};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Object, Operation, Response, get};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/info/import", "glance.info.import", import).summary("Shows the import methods."),
    get("/info/stores", "glance.info.stores", stores).summary("Lists the stores."),
    get("/info/stores/detail", "glance.info.stores_detail", stores_detail)
        .summary("Lists the stores with details.")
        .policy("stores_info_detail"),
    get("/info/usage", "glance.info.usage", usage).summary("Shows the quota usage of the project."),
];

fn import(_call: &Call, _os: &OpenStack) -> Answer {
    Ok(Response::one("import-methods", |o| {
        o.set("description", "Import methods available.");
        o.set("type", "array");
        o.set("value", METHODS);
    }))
}

fn stores(_call: &Call, _os: &OpenStack) -> Answer {
    Ok(Response::many("stores", &STORES, view))
}

fn stores_detail(_call: &Call, _os: &OpenStack) -> Answer {
    Ok(Response::many("stores", &STORES, |o, store| {
        view(o, store);
        o.set("type", store.kind);
        o.object("properties", |o| {
            if store.kind == "file" {
                o.set("data_dir", store.directory());
                o.set("chunk_size", 65_536);
                o.set("thin_provisioning", false);
            }
        });
        o.set("weight", store.weight);
    }))
}

/// Upstream writes these flags as strings.
fn view(o: &mut Object, store: &Store) {
    o.set("id", store.id);
    o.set("description", store.description);
    if store.id == stores::DEFAULT {
        o.set("default", "true");
    }
    if store.kind == "http" {
        o.set("read-only", "true");
    }
}

/// Empty, because quotas in Keystone are disabled (`use_keystone_limits`, off by default).
fn usage(_call: &Call, _os: &OpenStack) -> Answer {
    Ok(Response::one("usage", |_| {}))
}
