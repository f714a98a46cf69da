//! Lists as Keystone shows them, and the link of each thing to itself.

use crate::engine::{Call, Object, Response};

/// `{"KEY": […], "links": {"next": null, "self": …, "previous": null}}`
pub struct Collection<'c> {
    call: &'c Call,
    key: &'static str,
}

impl<'c> Collection<'c> {
    pub fn new(call: &'c Call, key: &'static str) -> Self {
        Collection { call, key }
    }

    /// At most as many as the client's `limit` says; then the list says that it was cut.
    pub fn show<T>(&self, rows: impl IntoIterator<Item = T>, view: impl Fn(&mut Object, T)) -> Response {
        let limit = self.call.query("limit").and_then(|limit| limit.parse::<usize>().ok()).filter(|limit| *limit > 0);
        let mut rows: Vec<T> = rows.into_iter().collect();
        let cut = limit.is_some_and(|limit| rows.len() > limit);
        rows.truncate(limit.unwrap_or(usize::MAX));
        Response::object(|o| {
            o.each(self.key, rows, view);
            o.object("links", |o| {
                o.set("next", ());
                o.set("self", own_address(self.call));
                o.set("previous", ());
            });
            if cut {
                o.set("truncated", true);
            }
        })
    }
}

/// The address of the request itself, with its query.
pub fn own_address(call: &Call) -> String {
    let query: Vec<_> = call.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    format!("{}{}{query}", call.base(), call.path.trim_end_matches('/'))
}

/// `"links": {"self": "http://…/v3/users/ID"}`; `path` begins behind the version.
pub fn link(o: &mut Object, call: &Call, path: &str) {
    o.object("links", |o| o.set("self", format_args!("{}/v3{path}", call.base())));
}
