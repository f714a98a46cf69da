//! Links between resources (nova/api/openstack/common.py).

use crate::clouds::openstack::urls;
use crate::engine::{Call, Object};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};

/// Writes the `self` and `bookmark` links of a resource.
pub fn links(o: &mut Object, call: &Call, collection: &str, id: &str) {
    o.list("links", |links| {
        links.object(|o| {
            o.set("rel", "self");
            o.set("href", href(call, collection, id));
        });
        links.object(|o| {
            o.set("rel", "bookmark");
            o.set("href", bookmark(call, collection, id));
        });
    });
}

/// Writes the `bookmark` link alone, as one resource shows for another.
pub fn bookmark_links(o: &mut Object, call: &Call, collection: &str, id: &str) {
    o.list("links", |links| {
        links.object(|o| {
            o.set("rel", "bookmark");
            o.set("href", bookmark(call, collection, id));
        });
    });
}

/// `http://…/v2.1/servers/ID`. The link contains the project id if the URL of the request does.
pub fn href<'l>(call: &'l Call, collection: &'l str, id: &'l str) -> Link<'l> {
    Link { version: version(call), ..bookmark(call, collection, id) }
}

/// `http://…/servers/ID`, without the API version.
pub fn bookmark<'l>(call: &'l Call, collection: &'l str, id: &'l str) -> Link<'l> {
    Link { call, version: "", collection, id }
}

/// A URL that serializes without an intermediate string, because every view contains several.
pub struct Link<'l> {
    call: &'l Call,
    version: &'static str,
    collection: &'l str,
    id: &'l str,
}

impl Display for Link<'_> {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let (call, project) = (self.call, project(self.call));
        write!(f, "{}{}{}{project}{}/{}", call.origin, call.prefix, self.version, self.collection, self.id)
    }
}

impl Serialize for Link<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Writes the link to the next page under `key`, for example `servers_links`. It repeats the query with a new marker.
pub fn next_page(o: &mut Object, call: &Call, key: &str, collection: &str, marker: &str) {
    let query = urls::urlencode(query_behind(call, marker));
    o.list(key, |links| {
        links.object(|o| {
            o.set("rel", "next");
            o.set("href", format!("{}{}{}{collection}?{query}", call.base(), version(call), project(call)));
        });
    });
}

/// The query parameters of the page after `marker`, in the order of their names, each with its largest value. A new marker
/// comes last (`_get_next_link`).
fn query_behind<'c>(call: &'c Call, marker: &'c str) -> impl Iterator<Item = (&'c str, &'c str)> {
    let sorted: BTreeMap<_, _> = urls::query(call).collect::<BTreeSet<_>>().into_iter().collect();
    let has_marker = sorted.contains_key("marker");
    let changed = sorted.into_iter().map(move |(name, value)| (name, if name == "marker" { marker } else { value }));
    changed.chain((!has_marker).then_some(("marker", marker)))
}

fn version(call: &Call) -> &'static str {
    if call.path.starts_with("/v2/") { "/v2" } else { "/v2.1" }
}

/// `/PROJECT/` if the URL of the request contains the caller's project, be it in the query; otherwise `/`
/// (`_get_project_id`).
fn project(call: &Call) -> Cow<'static, str> {
    let Some(project) = call.caller.project.as_deref() else { return "/".into() };
    let in_query = |(name, value): &(String, String)| name.contains(project) || value.contains(project);
    if call.path.contains(project) || call.query.iter().any(in_query) {
        format!("/{project}/").into()
    } else {
        "/".into()
    }
}
