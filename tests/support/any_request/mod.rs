//! Property test of all operations of a cloud: no request leads to a server error or a panic, and a refused request
//! changes nothing. Every operation gets random requests that are valid, almost valid or damaged. The test of each cloud
//! generates them and adds checks of its own.

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

/// A random request.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: &'static str,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(&'static str, String)>,
    /// The caller, by a name that the cloud's test defines.
    pub user: Option<&'static str>,
    pub body: Vec<u8>,
    /// Whether the transitions that the request schedules fail.
    pub fails: bool,
    /// Whether the account has no money left, on clouds with accounts.
    pub poor: bool,
}

pub struct Reply {
    pub status: u16,
    pub text: String,
}

/// A cloud with at least one row in every table, for requests to find.
pub trait TestCloud {
    fn live(&self) -> &Live;

    /// All rows of all tables.
    fn saved(&self) -> Vec<(String, Value)>;

    /// Generates requests to the operation.
    fn request(&self, operation: &OperationInfo) -> BoxedStrategy<Request>;

    /// Brings the cloud into the state that the request is to find, such as an empty account.
    fn prepare(&self, _request: &Request) {}

    fn send(&self, operation: &OperationInfo, request: &Request) -> Reply;

    /// Further checks of an answer.
    fn check_reply(&self, operation: &OperationInfo, reply: &Reply) -> Result<(), TestCaseError>;
}

/// Sends `cases` requests to each operation. Returns the names of the operations that no request succeeded for.
pub fn no_request_breaks(cloud: &dyn TestCloud, operations: &[OperationInfo], cases: u32) -> Vec<&'static str> {
    let before = cloud.live().snapshot();
    let mut never_succeeded = vec![];
    for operation in operations {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
        let succeeded = Cell::new(false);
        let outcome = TestRunner::new_with_rng(config, rng).run(&cloud.request(operation), |request| {
            check(cloud, &before, operation, &request).map(|status| succeeded.set(succeeded.get() || status < 300))
        });
        if let Err(error) = outcome {
            panic!("{} {} {}: {error}", operation.name, operation.method, operation.path);
        }
        if !succeeded.get() {
            never_succeeded.push(operation.name);
        }
    }
    never_succeeded
}

/// Sends one request to a fresh copy of the world and checks the answer. Returns its status.
fn check(
    cloud: &dyn TestCloud,
    before: &Arc<World>,
    operation: &OperationInfo,
    request: &Request,
) -> Result<u16, TestCaseError> {
    let live = cloud.live();
    live.restore(before.clone());
    if request.fails {
        let fault = Fault::new("*", Effect::Fails("injected by the test".into()));
        let added = live.admin_write(|world| Ok::<_, ()>(_ = world.add_fault(fault, None)));
        added.expect("the write succeeds");
    }
    cloud.prepare(request);
    let before = live.snapshot();
    live.journal.clear();
    let reply = cloud.send(operation, request);
    let panics: Vec<_> = live.journal.entries(|entry| entry.panic.is_some());
    prop_assert!(panics.is_empty(), "a handler panicked: {:?}", panics.first().and_then(|entry| entry.panic.clone()));
    prop_assert!(reply.status < 500, "answered {}: {}", reply.status, reply.text);
    if reply.status >= 400 && !Arc::ptr_eq(&before, &live.snapshot()) {
        let changed = cloud.saved();
        live.restore(before);
        prop_assert_eq!(changed, cloud.saved(), "answered {} and changed the world", reply.status);
    }
    cloud.check_reply(operation, &reply)?;
    Ok(reply.status)
}
