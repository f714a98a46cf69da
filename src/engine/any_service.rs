//! Services without the type of their cloud, as listeners hold them, and their operations as others see them.

use super::{BodyKind, Call, Live, Response, Version};
use schemars::Schema;
use serde::Serialize;

/// The user agent of requests that nephos makes to fetch [`AnyService::fetches`]. The control API of no nephos answers it.
pub const FETCH_AGENT: &str = "nephos-fetch";

/// A [`Service`](super::Service) of any cloud, or the control API. For each request, a listener asks for the kind of
/// body, reads it into a [`Call`], fetches what [`AnyService::fetches`] names, and then calls [`AnyService::dispatch`].
pub trait AnyService: Send + Sync {
    /// The name in configuration files, paths, faults and the journal: `cinder`.
    fn name(&self) -> &'static str;
    /// Answers a request. Never fails: refusals and panics are answers, too.
    fn dispatch(&self, live: &Live, call: &mut Call) -> Response;
    fn operations(&self) -> Vec<OperationInfo>;
    /// How the body of a request is to be read.
    fn body_kind(&self, method: &'static str, path: &str) -> BodyKind;
    /// The largest body in bytes, except for [`BodyKind::Blob`].
    fn body_limit(&self) -> usize;
    /// The addresses that are to be fetched into [`Call::fetched`] before the request is dispatched: a few, and none
    /// unless the caller may use the operation.
    fn fetches(&self, _live: &Live, _call: &mut Call) -> Vec<String> {
        vec![]
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
