//! Tags of a namespace (glance/api/v2/metadef_tags.py). Their names are case insensitive.

use super::super::{errors, paging, policy, schemas};
use super::{Namespace, body, change, check_visibility, find, look_up, text};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::python::bool_from_string;
use crate::clouds::openstack::times::SecondsZ;
use crate::engine::{self, Answer, Call, Context, Operation, Problem, Response, get, post, put};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/metadefs/namespaces/{namespace_name}/tags", "glance.namespace.tag.list", list)
        .summary("Lists tags of a metadata namespace.")
        .policy_on_target("get_metadef_tags"),
    post("/metadefs/namespaces/{namespace_name}/tags", "glance.namespace.tag.create_several", create_several)
        .summary("Replaces the tags of a metadata namespace.")
        .documents(|| schemas::TAG_LIST.documentation())
        .answers(201)
        .policy_on_target("add_metadef_tags"),
    get("/metadefs/namespaces/{namespace_name}/tags/{tag_name}", "glance.namespace.tag.show", show)
        .summary("Shows a tag of a metadata namespace.")
        .policy_on_target("get_metadef_tag"),
    post("/metadefs/namespaces/{namespace_name}/tags/{tag_name}", "glance.namespace.tag.create", create)
        .summary("Creates a tag of a metadata namespace.")
        .no_body()
        .answers(201)
        .policy_on_target("add_metadef_tag"),
    put("/metadefs/namespaces/{namespace_name}/tags/{tag_name}", "glance.namespace.tag.update", update)
        .summary("Updates a tag of a metadata namespace.")
        .documents(|| schemas::TAG.documentation())
        .policy_on_target("modify_metadef_tag"),
    engine::delete("/metadefs/namespaces/{namespace_name}/tags/{tag_name}", "glance.namespace.tag.delete", delete)
        .summary("Deletes a tag of a metadata namespace.")
        .policy_on_target("delete_metadef_tag"),
];

const READ_ONLY: [&str; 2] = ["created_at", "updated_at"];

/// A tag of a namespace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tag {
    pub name: String,
    pub created: DateTime<Utc>,
    pub updated: DateTime<Utc>,
}

impl Tag {
    /// A new tag.
    pub fn named(name: &str, now: DateTime<Utc>) -> Tag {
        Tag { name: name.to_owned(), created: now, updated: now }
    }

    /// True if this is the name of the tag, without regard to case.
    pub fn is(&self, name: &str) -> bool {
        self.name.to_lowercase() == name.to_lowercase()
    }

    fn view(&self, o: &mut engine::Object) {
        o.set("name", &self.name);
        o.set("created_at", SecondsZ(self.created));
        o.set("updated_at", SecondsZ(self.updated));
    }
}

fn tag<'n>(call: &Call, namespace: &'n Namespace) -> Result<&'n Tag, Problem> {
    let name = call.param("tag_name");
    namespace.tags.iter().find(|tag| tag.is(name)).ok_or_else(|| errors::tag_not_found(name))
}

/// The default order is newest first.
fn list(call: &Call, os: &OpenStack) -> Answer {
    let descends = paging::descends(call.query("sort_dir"))?;
    check_visibility(call)?;
    let limit = match call.query("limit").filter(|limit| !limit.is_empty()) {
        Some(_) => paging::limit(call)?,
        None => usize::MAX,
    };
    let namespace = find(call, os)?;
    let mut tags: Vec<_> = namespace.tags.iter().collect();
    match call.query("sort_key") {
        None | Some("created_at" | "id") => {}
        Some("updated_at") => tags.sort_by_key(|tag| tag.updated),
        Some("name") => tags.sort_by_key(|tag| tag.name.to_lowercase()),
        Some(_) => return Err(errors::sort_key_not_valid()),
    }
    if descends {
        tags.reverse();
    }
    if let Some(marker) = call.query("marker").filter(|marker| !marker.is_empty()) {
        let at = tags.iter().position(|tag| tag.is(marker)).ok_or_else(|| errors::tag_not_found(marker))?;
        tags.drain(..=at);
    }
    tags.truncate(limit);
    Ok(Response::many("tags", tags, |o, tag| o.set("name", &tag.name)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let tag = tag(call, find(call, os)?)?;
    Ok(Response::object(|o| tag.view(o)))
}

/// Upstream validates the name after it has found the namespace.
fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let (namespace, tag) = (call.param("namespace_name"), call.param("tag_name"));
    let found = look_up(call, os).map_err(|_| errors::no_namespace(namespace))?;
    schemas::TAG.check(&json!({"name": tag}))?;
    policy::enforce_on_namespace(call, found)?;
    if found.tags.iter().any(|known| known.is(tag)) {
        return Err(errors::tag_exists(tag, namespace));
    }
    let tag = Tag::named(tag, ctx.now());
    let response = Response::object(|o| tag.view(o));
    change(os, namespace, |namespace| namespace.tags.push(tag));
    Ok(response)
}

/// The tags replace the existing ones, unless `X-OpenStack-Append` is true.
fn create_several(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let fields = body(call, &READ_ONLY, &schemas::TAG_LIST)?;
    let namespace = find(call, os)?;
    let append = call.header("x-openstack-append").and_then(bool_from_string).unwrap_or(false);
    let new_tags: Vec<_> = fields.get("tags").and_then(Value::as_array).into_iter().flatten().collect();
    let mut tags = if append || new_tags.is_empty() { namespace.tags.clone() } else { vec![] };
    for tag in new_tags {
        let name = tag["name"].as_str().unwrap_or_default();
        if tags.iter().any(|known| known.is(name)) {
            return Err(errors::tag_exists(name, &namespace.name));
        }
        tags.push(Tag::named(name, ctx.now()));
    }
    let name = namespace.name.clone();
    change(os, &name, |namespace| namespace.tags = tags);
    let tags = fields.get("tags").cloned().unwrap_or_else(|| json!([]));
    Ok(Response::object(|o| o.set("tags", tags)))
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let fields = body(call, &READ_ONLY, &schemas::TAG)?;
    let namespace = find(call, os)?;
    let old = tag(call, namespace)?;
    let tag = Tag { created: old.created, ..Tag::named(&text(fields, "name").unwrap_or_default(), ctx.now()) };
    if !old.is(&tag.name) && namespace.tags.iter().any(|known| known.is(&tag.name)) {
        return Err(errors::tag_exists(&tag.name, &namespace.name));
    }
    let (name, old) = (namespace.name.clone(), old.name.clone());
    let response = Response::object(|o| tag.view(o));
    change(os, &name, |namespace| {
        if let Some(known) = namespace.tags.iter_mut().find(|known| known.name == old) {
            *known = tag;
        }
    });
    Ok(response)
}

fn delete(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let namespace = find(call, os)?;
    let tag = tag(call, namespace)?.name.clone();
    if namespace.protected {
        return Err(errors::content_protected("tag", &tag));
    }
    let name = namespace.name.clone();
    change(os, &name, |namespace| namespace.tags.retain(|known| known.name != tag));
    Ok(Response::empty())
}
