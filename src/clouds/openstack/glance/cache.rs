//! The image cache (glance/api/v2/cached_images.py, glance/image_cache). An image is cached when it is downloaded, or
//! when an administrator queues it.

use super::errors;
use super::images::{self, Image, Status};
use super::policy::{self, POLICY};
use crate::clouds::openstack::OpenStack;
use crate::engine::{
    self, Answer, Call, Context, Id, Object, Operation, Problem, Response, Row, Transition, get, post, put, transition,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/cache", "glance.cache.list", list).summary("Lists the cached and queued images.").policy("cache_list"),
    engine::delete("/cache", "glance.cache.clear", clear)
        .summary("Clears the cache, the queue or both.")
        .policy_on_target("cache_delete"),
    put("/cache/{image_id}", "glance.cache.queue", queue)
        .summary("Queues an image for the cache.")
        .no_body()
        .answers(202)
        .policy_on_target("cache_image"),
    engine::delete("/cache/{image_id}", "glance.cache.delete", delete)
        .summary("Removes an image from the cache.")
        .policy_on_target("cache_delete"),
    get("/cache/nodes/{image_id}", "glance.cache.nodes", nodes)
        .summary("Lists the nodes that cache an image.")
        .policy("list_cached_nodes"),
    post("/cache/clean", "glance.cache.clean", clean)
        .summary("Removes stalled and invalid files from the cache.")
        .no_body()
        .policy("cache_clean"),
    post("/cache/prune", "glance.cache.prune", prune)
        .summary("Prunes the cache to its maximum size.")
        .no_body()
        .policy("cache_prune"),
];

/// A queued image is fetched into the cache.
pub const FETCH: Transition<OpenStack> = transition("glance.cache.fetch", finish_fetch, drop_queued);

/// The transitions of the cache.
pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&FETCH];

/// The size to which pruning shrinks the cache, in bytes (`image_cache_max_size`).
const MAX_BYTES: u64 = 1 << 30;

/// An image that is cached or queued.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cached {
    /// The ID of the image.
    pub id: Id,
    /// A number that counts up from 1 (`id` of the database).
    pub number: u64,
    /// False while the image is queued.
    pub is_here: bool,
    /// In bytes.
    pub size: u64,
    pub hits: u64,
    pub modified: DateTime<Utc>,
    pub accessed: DateTime<Utc>,
}

impl Row for Cached {
    fn id(&self) -> &Id {
        &self.id
    }
    /// The cache has no owner.
    fn owner(&self) -> &Id {
        &self.id
    }
}

impl Cached {
    /// A queued image; the caller sets `number`.
    pub fn of(image: &Image) -> Cached {
        let (size, at) = (image.size.unwrap_or(0), image.updated);
        Cached { id: image.id.clone(), number: 0, is_here: false, size, hits: 0, modified: at, accessed: at }
    }
}

/// Records a download: caches the image or counts the hit.
pub fn record_hit(os: &mut OpenStack, image: Cached, now: DateTime<Utc>) {
    match os.glance.cache.get_mut(&image.id) {
        Some(cached) if cached.is_here => (cached.hits, cached.accessed) = (cached.hits + 1, now),
        _ => {
            let number = next_number(os);
            os.glance.cache.insert(Cached { number, is_here: true, modified: now, accessed: now, ..image });
        }
    }
}

fn next_number(os: &OpenStack) -> u64 {
    os.glance.cache.all().map(|cached| cached.number).max().unwrap_or(0) + 1
}

fn list(_call: &Call, os: &OpenStack) -> Answer {
    let cached = || os.glance.cache.all().rev();
    Ok(Response::object(|o| {
        o.each("cached_images", cached().filter(|cached| cached.is_here), view);
        o.list("queued_images", |list| {
            cached().filter(|cached| !cached.is_here).for_each(|cached| list.push(&cached.id));
        });
    }))
}

fn view(o: &mut Object, cached: &Cached) {
    o.set("id", cached.number);
    o.set("image_id", &cached.id);
    o.set("last_accessed", cached.accessed.timestamp() as f64);
    o.set("last_modified", cached.modified.timestamp() as f64);
    o.set("size", cached.size);
    o.set("hits", cached.hits);
    o.set("checksum", None::<()>);
}

/// `x-image-cache-clear-target` selects the cache or the queue; the default is both.
fn clear(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    POLICY.enforce(call, &[])?;
    let target = call.header("x-image-cache-clear-target").unwrap_or_default().to_lowercase();
    let is_target = |cached: &Cached| match target.as_str() {
        "cache" => cached.is_here,
        "queue" => !cached.is_here,
        _ => true,
    };
    if !matches!(target.as_str(), "" | "cache" | "queue") {
        return Err(errors::bad_cache_target());
    }
    let ids: Vec<_> =
        os.glance.cache.all().filter(|cached| is_target(cached)).map(|cached| cached.id.clone()).collect();
    for id in ids {
        os.glance.cache.remove(&id);
    }
    Ok(Response::empty().status(204))
}

fn queue(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let image = find(call, os)?;
    policy::enforce_on_image(call, image)?;
    if image.status != Status::Active {
        return Err(errors::only_active_can_be_cached());
    }
    if !os.glance.cache.contains(&image.id) {
        let cached = Cached { number: next_number(os), modified: ctx.now(), ..Cached::of(image) };
        ctx.later(&FETCH, &cached.id);
        os.glance.cache.insert(cached);
    }
    Ok(Response::empty())
}

fn delete(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = call.param("image_id");
    if !os.glance.cache.contains(id) {
        policy::enforce_on_image(call, find(call, os)?)?;
    } else {
        POLICY.enforce(call, &[])?;
    }
    os.glance.cache.remove(id);
    Ok(Response::empty())
}

/// There is one node, whose address is that of the service.
fn nodes(call: &Call, os: &OpenStack) -> Answer {
    let image = find(call, os)?;
    let is_cached = os.glance.cache.get(&image.id).is_some_and(|cached| cached.is_here);
    let nodes: Vec<_> = is_cached.then(|| call.base()).into_iter().collect();
    Ok(Response::json(&nodes))
}

/// There is nothing to clean, because nephos has no incomplete files.
fn clean(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    Ok(Response::empty())
}

/// Removes the least recently used images until the rest fits.
fn prune(_call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let mut images: Vec<_> = os.glance.cache.all().filter(|cached| cached.is_here).cloned().collect();
    images.sort_by_key(|cached| cached.accessed);
    let mut total: u64 = images.iter().map(|cached| cached.size).sum();
    let (mut files, mut bytes) = (0, 0);
    for cached in images {
        if total <= MAX_BYTES {
            break;
        }
        os.glance.cache.remove(&cached.id);
        (files, bytes, total) = (files + 1, bytes + cached.size, total - cached.size);
    }
    Ok(Response::object(|o| {
        o.set("total_files_pruned", files);
        o.set("total_bytes_pruned", bytes);
    }))
}

fn find<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Image, Problem> {
    let id = call.param("image_id");
    images::find(call, os, id).map_err(|_| errors::named_image_not_found(id))
}

fn finish_fetch(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if let Some(cached) = os.glance.cache.get_mut(id).filter(|cached| !cached.is_here) {
        cached.is_here = true;
        (cached.modified, cached.accessed) = (ctx.now(), ctx.now());
    }
}

/// Removes a queued image that cannot be fetched.
fn drop_queued(os: &mut OpenStack, _ctx: &mut Context, id: &Id, _reason: &str) {
    if os.glance.cache.get(id).is_some_and(|cached| !cached.is_here) {
        os.glance.cache.remove(id);
    }
}
