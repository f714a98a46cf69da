//! Whatever is asked of whichever operation of a cloud: never a server error, never a panic, and what is refused
//! has changed nothing. Every operation gets its share of requests that are random, half right or damaged; the test of
//! each cloud says what they look like there, and what else must be so.

#![allow(dead_code, reason = "each test uses a part of it")]

pub mod bodies;
mod ids;
pub mod parts;

pub use self::ids::Ids;

use nephos::engine::{Effect, Fault, Live, OperationInfo, World};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::Value;
use std::cell::Cell;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub struct Request {
    pub method: &'static str,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(&'static str, String)>,
    /// Who asks, as the cloud tells users apart.
    pub user: Option<&'static str>,
    pub body: Vec<u8>,
    /// What becomes of the work that the request begins.
    pub fails: bool,
    /// Whether money has run out, where there is any.
    pub poor: bool,
}

pub struct Reply {
    pub status: u16,
    pub text: String,
}

/// A cloud that holds something of everything, for requests to find.
pub trait Asked {
    fn live(&self) -> &Live;

    /// Every row of every table.
    fn saved(&self) -> Vec<(String, Value)>;

    /// Any request that is meant for the operation.
    fn request(&self, operation: &OperationInfo) -> BoxedStrategy<Request>;

    /// What the request says of the cloud that it finds, apart from work that fails.
    fn prepare(&self, _request: &Request) {}

    fn send(&self, operation: &OperationInfo, request: &Request) -> Reply;

    /// What else must be so after an answer.
    fn answered(&self, operation: &OperationInfo, reply: &Reply) -> Result<(), TestCaseError>;
}

/// Sends each of the operations so many requests; the names of those that no request was a good one for.
pub fn no_request_breaks(cloud: &dyn Asked, operations: &[OperationInfo], cases: u32) -> Vec<&'static str> {
    let before = cloud.live().snapshot();
    let mut never_good = vec![];
    for operation in operations {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
        let good = Cell::new(false);
        let outcome = TestRunner::new_with_rng(config, rng).run(&cloud.request(operation), |request| {
            check(cloud, &before, operation, &request).map(|status| good.set(good.get() || status < 300))
        });
        if let Err(error) = outcome {
            panic!("{} {} {}: {error}", operation.name, operation.method, operation.path);
        }
        if !good.get() {
            never_good.push(operation.name);
        }
    }
    never_good
}

/// The status of the answer, if nothing is wrong with it.
fn check(
    cloud: &dyn Asked,
    before: &Arc<World>,
    operation: &OperationInfo,
    request: &Request,
) -> Result<u16, TestCaseError> {
    let live = cloud.live();
    live.restore(before.clone());
    if request.fails {
        let fault = Fault::new("*", Effect::Fails("it was ordered".into()));
        let ordered = live.admin_write(|world| Ok::<_, ()>(_ = world.add_fault(fault, None)));
        ordered.expect("the world takes it");
    }
    cloud.prepare(request);
    let before = live.snapshot();
    live.journal.clear();
    let reply = cloud.send(operation, request);
    let panics: Vec<_> = live.journal.entries(|entry| entry.panic.is_some());
    prop_assert!(panics.is_empty(), "it panicked: {:?}", panics.first().and_then(|entry| entry.panic.clone()));
    prop_assert!(reply.status < 500, "answered {}: {}", reply.status, reply.text);
    if reply.status >= 400 && !Arc::ptr_eq(&before, &live.snapshot()) {
        let changed = cloud.saved();
        live.restore(before);
        prop_assert_eq!(changed, cloud.saved(), "answered {} and changed the world", reply.status);
    }
    cloud.answered(operation, &reply)?;
    Ok(reply.status)
}
