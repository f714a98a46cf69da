//! Faults of requests: of the connection, of the answer, and of what a read sees.
//!
//! [`Service`](crate::engine::Service) calls these functions on the way of a request: [`disturb`] before
//! authentication, [`refuse`] once the request is known to be valid, [`past`] before a read, [`finish`] on the answer.

use super::{Break, Effect, EffectKind, FaultTarget, Outage, Refusal};
use crate::engine::timing::delta;
use crate::engine::{Body, Call, Caller, Live, Problem, Response, World};
use bytes::Bytes;
use serde_json::Value;
use std::time::Duration;

/// What the listener does to the answer of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Disturbance {
    /// How long the answer is held back, in real time.
    pub delay: Duration,
    pub broken: Option<Break>,
    /// True if the service itself does not answer: its headers are left out.
    pub unanswered: bool,
    /// A random number that the garbage bytes are made from.
    roll: u64,
}

/// The parts of a request that faults are matched against.
pub struct RequestInfo<'a> {
    pub service: &'a str,
    /// The operations that the request may be; one, once it is recognised.
    pub names: Vec<&'a str>,
    pub caller: &'a Caller,
    pub body: &'a Value,
}

/// Applies faults of the connection and delays. If a fault keeps the request from the service, returns the answer that
/// replaces the service's.
pub fn disturb(live: &Live, call: &mut Call, request: &RequestInfo) -> Option<Response> {
    let mut instead = None;
    for Hit { id, effect, roll } in hits(live, call, request, &[EffectKind::Connection, EffectKind::Delay]) {
        call.injected.push(id);
        call.disturbance.roll = roll;
        match effect {
            Effect::Delay(range) => call.disturbance.delay = Duration::from_millis(within(range, roll)),
            Effect::Broken(Break::ResetBefore) | Effect::Outage(Outage::Closed) => {
                call.disturbance.broken = Some(Break::ResetBefore);
                instead = Some(Response::empty());
            }
            Effect::Outage(Outage::Unavailable) => instead = Some(unavailable()),
            Effect::Broken(broken) => call.disturbance.broken = Some(broken),
            _ => {}
        }
    }
    call.disturbance.unanswered = instead.is_some();
    instead
}

/// The answer that a fault makes for a valid request. `word` puts a status and a message into the service's own form.
pub fn refuse(
    live: &Live,
    call: &mut Call,
    request: &RequestInfo,
    word: impl Fn(&Call, u16, Option<&str>) -> Problem,
) -> Option<Result<Response, Problem>> {
    let hit = hits(live, call, request, &[EffectKind::Answer]).into_iter().next()?;
    call.injected.push(hit.id);
    let Effect::Answer(Refusal { status, message, body, retry_after }) = hit.effect else { return None };
    let retry = retry_after.map(|seconds| ("Retry-After", seconds.to_string()));
    Some(match body {
        None => {
            let mut problem = word(call, status, message.as_deref());
            problem.headers.extend(retry);
            Err(problem)
        }
        Some(body) => {
            let body = match body {
                Value::String(text) => Body::Text("text/plain; charset=utf-8", text),
                json => Body::Json(json.to_string().into()),
            };
            Ok(Response { status, headers: retry.into_iter().collect(), body })
        }
    })
}

/// The earlier world that a stale read sees.
pub fn past(live: &Live, call: &mut Call, request: &RequestInfo) -> Option<World> {
    let hit = hits(live, call, request, &[EffectKind::Reading]).into_iter().next()?;
    call.injected.push(hit.id);
    let Effect::Stale(ms) = hit.effect else { return None };
    live.as_of(call.now.checked_sub_signed(delta(ms))?)
}

/// Adds the header `X-Nephos-Fault` to an answer that faults made, and breaks its body.
pub fn finish(live: &Live, call: &Call, mut response: Response) -> Response {
    if call.injected.is_empty() {
        return response;
    }
    match call.disturbance.broken {
        Some(Break::Truncate) => response.body = first_half(response.body),
        Some(Break::Garbage) => response.body = garbage(response.body, call.disturbance.roll),
        _ => {}
    }
    if live.read_published().0.faults().announced {
        let ids: Vec<_> = call.injected.iter().map(u64::to_string).collect();
        response.headers.push(("X-Nephos-Fault", ids.join(", ")));
    }
    response
}

/// A fault that fired, with a random number for its effect.
struct Hit {
    id: u64,
    effect: Effect,
    roll: u64,
}

/// The faults with effects of these kinds that fire on the request. The world is only written to if a fault matches.
fn hits(live: &Live, call: &Call, request: &RequestInfo, kinds: &[EffectKind]) -> Vec<Hit> {
    let (world, _) = live.read_published();
    if !world.faults().has(kinds) {
        return vec![];
    }
    let [project, user, resources] = names(&world, call, request);
    let target = FaultTarget {
        cloud: &call.cloud,
        service: request.service,
        names: request.names.clone(),
        project: project.iter().map(String::as_str).collect(),
        user: user.iter().map(String::as_str).collect(),
        resources: resources.iter().map(String::as_str).collect(),
        headers: &call.headers,
    };
    if !world.faults().concerns(kinds, &target) {
        return vec![];
    }
    drop(world);
    let hits = live.admin_write(|world| {
        let now = world.changed_at();
        let plan = world.faults_mut();
        let fired = plan.fire(kinds, &target, now);
        Ok::<_, ()>(fired.into_iter().map(|(id, effect)| Hit { id, effect, roll: plan.roll() }).collect())
    });
    hits.unwrap_or_default()
}

/// Ids and names of the project, the user and the resources of a request; empty if no fault needs them. The name of a
/// resource that the request creates is taken from its body.
fn names(world: &World, call: &Call, request: &RequestInfo) -> [Vec<String>; 3] {
    if !world.faults().selects_by_name() {
        return Default::default();
    }
    let with_name = |id: &str| [Some(id.to_owned()), world.name_of(&call.cloud, id)].into_iter().flatten();
    let project = request.caller.project.iter().flat_map(|id| with_name(id)).collect();
    let user = request.caller.user.iter().flat_map(|id| with_name(id)).collect();
    let mut resources: Vec<_> = call.params.iter().flat_map(|(_, id)| with_name(id)).collect();
    let created = request.body.as_object().and_then(|body| body.values().next());
    resources.extend(created.and_then(|created| created["name"].as_str()).map(str::to_owned));
    [project, user, resources]
}

/// A number of milliseconds in the range.
fn within(range: crate::engine::Range, roll: u64) -> u64 {
    let (low, high) = (range.low_ms.max(0).unsigned_abs(), range.high_ms.max(0).unsigned_abs());
    low + roll % (high.saturating_sub(low) + 1)
}

/// The answer of HAProxy, which is in front of the services of most clouds, when no server is up behind it.
fn unavailable() -> Response {
    let page = "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n\
                </body></html>\n";
    Response::text("text/html", page).status(503).header("Cache-Control", "no-cache")
}

fn first_half(body: Body) -> Body {
    match body {
        Body::Empty | Body::Events(_) => body,
        Body::Json(bytes) => Body::Json(bytes.slice(..bytes.len() / 2)),
        Body::Text(kind, text) => {
            let half = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            Body::Text(kind, text[..half].to_owned())
        }
        Body::Blob(blob, from, length) => Body::Blob(blob, from, length / 2),
    }
}

/// As many random bytes as the body had; the content type stays.
fn garbage(body: Body, roll: u64) -> Body {
    let length = match &body {
        Body::Empty | Body::Events(_) => return body,
        Body::Json(bytes) => bytes.len(),
        Body::Text(_, text) => text.len(),
        Body::Blob(_, _, length) => (*length).min(1 << 20) as usize,
    };
    let byte = |at: usize| (roll.wrapping_mul(2 * at as u64 + 1).wrapping_add(at as u64) >> 29) as u8;
    let bytes: Bytes = (0..length).map(byte).collect();
    match body {
        Body::Blob(..) => Body::Blob(bytes.into(), 0, length as u64),
        _ => Body::Json(bytes),
    }
}
