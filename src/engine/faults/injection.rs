//! Faults of requests: of the connection, of the answer, of what a read sees.

use super::{Break, Effect, EffectKind, FaultTarget, Outage, Refusal};
use crate::engine::timing::delta;
use crate::engine::{Body, Call, Caller, Live, Problem, Response, World};
use bytes::Bytes;
use serde_json::Value;
use std::time::Duration;

/// What the listener does to an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Disturbance {
    /// In real time.
    pub delay: Duration,
    pub broken: Option<Break>,
    /// True if the answer is not the service's own.
    pub unanswered: bool,
    /// For what is drawn: which bytes are garbage.
    roll: u64,
}

/// A request with all that a fault may ask about.
pub struct Asked<'a> {
    pub service: &'a str,
    /// The operations that it may be.
    pub names: Vec<&'a str>,
    pub caller: &'a Caller,
    pub body: &'a Value,
}

/// Breaks the connection or delays the answer, if that was ordered: an answer that the service does not
/// give itself.
pub fn disturb(live: &Live, call: &mut Call, asked: &Asked) -> Option<Response> {
    let mut instead = None;
    for (id, effect, roll) in strike(live, call, asked, &[EffectKind::Connection, EffectKind::Delay]) {
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

/// The answer in place of the service's own, if that was ordered; `word` says it in the service's words.
pub fn refuse(
    live: &Live,
    call: &mut Call,
    asked: &Asked,
    word: impl Fn(&Call, u16, Option<&str>) -> Problem,
) -> Option<Result<Response, Problem>> {
    let (id, effect, _) = strike(live, call, asked, &[EffectKind::Answer]).into_iter().next()?;
    call.injected.push(id);
    let Effect::Answer(Refusal { status, message, body, retry_after }) = effect else { return None };
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

/// The world of a while ago, if that is what this read is to see.
pub fn past(live: &Live, call: &mut Call, asked: &Asked) -> Option<World> {
    let (id, effect, _) = strike(live, call, asked, &[EffectKind::Reading]).into_iter().next()?;
    call.injected.push(id);
    let Effect::Stale(ms) = effect else { return None };
    live.as_of(call.now.checked_sub_signed(delta(ms))?)
}

/// Marks the answer, and breaks its body where that is ordered.
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

/// The faults that strike, each with a number drawn for it.
fn strike(live: &Live, call: &Call, asked: &Asked, kinds: &[EffectKind]) -> Vec<(u64, Effect, u64)> {
    let (world, _) = live.read_published();
    if !world.faults().has(kinds) {
        return vec![];
    }
    let [project, user, resources] = names(&world, call, asked);
    let target = FaultTarget {
        cloud: &call.cloud,
        service: asked.service,
        names: asked.names.clone(),
        project: project.iter().map(String::as_str).collect(),
        user: user.iter().map(String::as_str).collect(),
        resources: resources.iter().map(String::as_str).collect(),
        headers: &call.headers,
    };
    if !world.faults().concerns(kinds, &target) {
        return vec![];
    }
    drop(world);
    let struck = live.admin_write(|world| {
        let now = world.changed_at();
        let plan = world.faults_mut();
        let struck = plan.strike(kinds, &target, now);
        Ok::<_, ()>(struck.into_iter().map(|(id, effect)| (id, effect, plan.roll())).collect())
    });
    struck.unwrap_or_default()
}

/// Ids and names of the project, the user and the resources of a request, if a fault asks for them.
fn names(world: &World, call: &Call, asked: &Asked) -> [Vec<String>; 3] {
    if !world.faults().selects_by_name() {
        return Default::default();
    }
    let with_name = |id: &str| [Some(id.to_owned()), world.name_of(&call.cloud, id)].into_iter().flatten();
    let project = asked.caller.project.iter().flat_map(|id| with_name(id)).collect();
    let user = asked.caller.user.iter().flat_map(|id| with_name(id)).collect();
    let mut resources: Vec<_> = call.params.iter().flat_map(|(_, id)| with_name(id)).collect();
    let made = asked.body.as_object().and_then(|body| body.values().next());
    resources.extend(made.and_then(|made| made["name"].as_str()).map(str::to_owned));
    [project, user, resources]
}

fn within(range: crate::engine::Range, roll: u64) -> u64 {
    let (low, high) = (range.low_ms.max(0).unsigned_abs(), range.high_ms.max(0).unsigned_abs());
    low + roll % (high.saturating_sub(low) + 1)
}

/// What HAProxy, which stands before the services of most clouds, says when there is none behind it.
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

/// As many bytes as there were, without sense; the content type says what it said.
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
