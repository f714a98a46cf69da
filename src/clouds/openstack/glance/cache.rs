//! Images that are kept close by for those who read them (glance/api/v2/cached_images.py). An image comes into
//! the cache when it is read, or when an administrator asks for it.

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

pub const FETCH: Transition<OpenStack> = transition("glance.cache.fetch", fetched, not_fetched);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&FETCH];

/// How many bytes the cache holds before pruning takes some out (`image_cache_max_size`).
const MOST_BYTES: u64 = 1 << 30;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cached {
    /// The image.
    pub id: Id,
    /// Counts what was ever cached.
    pub number: u64,
    /// False while it is waiting to be fetched.
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
    /// The cache is everybody's.
    fn owner(&self) -> &Id {
        &self.id
    }
}

impl Cached {
    pub fn of(image: &Image) -> Cached {
        let (size, at) = (image.size.unwrap_or(0), image.updated);
        Cached { id: image.id.clone(), number: 0, is_here: false, size, hits: 0, modified: at, accessed: at }
    }
}

/// An image was read: it is in the cache from now on, or once more.
pub fn read(os: &mut OpenStack, image: Cached, now: DateTime<Utc>) {
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

/// Empties the cache, the queue, or both.
fn clear(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    POLICY.enforce(call, &[])?;
    let target = call.header("x-image-cache-clear-target").unwrap_or_default().to_lowercase();
    let goes = |cached: &Cached| match target.as_str() {
        "cache" => cached.is_here,
        "queue" => !cached.is_here,
        _ => true,
    };
    if !matches!(target.as_str(), "" | "cache" | "queue") {
        return Err(errors::bad_cache_target());
    }
    let ids: Vec<_> = os.glance.cache.all().filter(|cached| goes(cached)).map(|cached| cached.id.clone()).collect();
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

/// The addresses of the nodes that have the image in their caches: there is one.
fn nodes(call: &Call, os: &OpenStack) -> Answer {
    let image = find(call, os)?;
    let here = os.glance.cache.get(&image.id).is_some_and(|cached| cached.is_here);
    let nodes: Vec<_> = here.then(|| call.base()).into_iter().collect();
    Ok(Response::json(&nodes))
}

/// There is nothing to clean: what is fetched comes as a whole.
fn clean(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    Ok(Response::empty())
}

/// What was not read for longest goes first, until the rest fits.
fn prune(_call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let mut here: Vec<_> = os.glance.cache.all().filter(|cached| cached.is_here).cloned().collect();
    here.sort_by_key(|cached| cached.accessed);
    let mut held: u64 = here.iter().map(|cached| cached.size).sum();
    let (mut files, mut bytes) = (0, 0);
    for cached in here {
        if held <= MOST_BYTES {
            break;
        }
        os.glance.cache.remove(&cached.id);
        (files, bytes, held) = (files + 1, bytes + cached.size, held - cached.size);
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

fn fetched(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if let Some(cached) = os.glance.cache.get_mut(id).filter(|cached| !cached.is_here) {
        cached.is_here = true;
        (cached.modified, cached.accessed) = (ctx.now(), ctx.now());
    }
}

/// What cannot be fetched is not waited for.
fn not_fetched(os: &mut OpenStack, _ctx: &mut Context, id: &Id, _reason: &str) {
    if os.glance.cache.get(id).is_some_and(|cached| !cached.is_here) {
        os.glance.cache.remove(id);
    }
}
