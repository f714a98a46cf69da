//! Services without the type of their cloud, as listeners hold them, and their operations as others see them.

use super::{BodyKind, Call, Live, Response, Version};
use schemars::Schema;
use serde::Serialize;

/// The user agent of requests that nephos makes to fetch [`AnyService::fetches`]. The control API of no nephos answers it.
pub const FETCH_AGENT: &str = "nephos-fetch";

/// A [`Service`](super::Service) of any cloud, or the control API. For each request, a listener makes a [`Call`] of the
/// head and asks [`AnyService::receive`] how to go on; it reads the body, fetches what [`AnyService::fetches`] names, and
/// then calls [`AnyService::dispatch`].
pub trait AnyService: Send + Sync {
    /// The name in configuration files, paths, faults and the journal: `cinder`.
    fn name(&self) -> &'static str;
    /// Answers a request. Never fails: refusals and panics are answers, too.
    fn dispatch(&self, live: &Live, call: &mut Call) -> Response;
    fn operations(&self) -> Vec<OperationInfo>;
    /// Looks at the head of a request. `large`: its body is long, or of unknown length, so who asks is known before it is
    /// taken in.
    fn receive(&self, live: &Live, call: &mut Call, large: bool) -> Reception;
    /// The largest body in bytes, except for [`BodyKind::Blob`].
    fn body_limit(&self) -> usize;
    /// The addresses that are to be fetched into [`Call::fetched`] before the request is dispatched: a few, and none
    /// unless the caller may use the operation.
    fn fetches(&self, _live: &Live, _call: &mut Call) -> Vec<String> {
        vec![]
    }
}

/// What the head of a request says about the rest of its way.
#[derive(Clone, Copy, Debug)]
pub struct Reception {
    /// How the body is read.
    pub body: BodyKind,
    /// True if the request is refused whatever its body is: the body is not read.
    pub refused: bool,
    pub pace: Pace,
}

/// What the thread that reads a request may expect of [`AnyService::dispatch`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// It takes less than a millisecond.
    Quick,
    /// It may wait, for example for a long change of the world.
    Waits,
    /// It may compute for seconds, for example to make a key.
    Computes,
}

impl Reception {
    /// A body of this kind, and nothing special.
    pub fn of(body: BodyKind) -> Reception {
        Reception { body, refused: false, pace: Pace::Quick }
    }
}

/// An [`Operation`](super::Operation) without its handler, for `GET /operations`, openapi/ and tests. Fields that
/// `GET /operations` does not show are skipped by serde.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OperationInfo {
    pub service: &'static str,
    pub name: &'static str,
    pub summary: &'static str,
    pub method: &'static str,
    /// With the first prefix of the service.
    pub path: String,
    /// Other methods and paths of the same operation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<(&'static str, String)>,
    pub action: Option<&'static str>,
    pub policy: &'static str,
    pub public: bool,
    pub success: u16,
    #[serde(skip)]
    pub since: Version,
    #[serde(skip)]
    pub until: Version,
    #[serde(skip)]
    pub body_kind: Option<BodyKind>,
    /// A function, since all schemas together take milliseconds and megabytes.
    #[serde(skip)]
    pub schema: Option<fn() -> Schema>,
    #[serde(skip)]
    pub query_schema: Option<fn() -> Schema>,
    #[serde(skip)]
    pub query_is_required: bool,
    #[serde(skip)]
    pub answer_schema: Option<fn() -> Schema>,
}
