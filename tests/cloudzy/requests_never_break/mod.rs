//! Whatever is asked of whichever operation: never a server error, never a panic, and what is refused has
//! changed nothing. Every operation gets its share of random requests, and every one is reached by good ones.

#[path = "../../openstack/requests_never_break/bodies.rs"]
mod bodies;
mod ids;

use self::ids::Ids;
use crate::{Answered, PRODUCT, REGION, Zy, instance, tables};
use nephos::engine::{OperationInfo, World};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::{Value, json};
use std::cell::Cell;
use std::sync::Arc;

/// How many requests each operation gets.
const CASES: u32 = 256;

#[test]
fn no_request_breaks_it() {
    let zy = Zy::new();
    tables::furnish(&zy);
    let before = zy.live.snapshot();
    let ids = Ids::of_all(&zy);
    for operation in zy.operations() {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        let config = Config { cases: CASES, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
        let good = Cell::new(0);
        let outcome = TestRunner::new_with_rng(config, rng)
            .run(&request(&operation, &ids), |request| check(&zy, &before, &operation, &request, &good));
        if let Err(error) = outcome {
            panic!("{} {} {}: {error}", operation.name, operation.method, operation.path);
        }
        assert!(good.get() > 0, "{} was never asked well", operation.name);
    }
}

#[derive(Clone, Debug)]
struct Request {
    path: String,
    query: Vec<(String, String)>,
    token: &'static str,
    content_type: &'static str,
    body: Vec<u8>,
    /// What becomes of the work that the request begins.
    fails: bool,
    /// Whether there is money.
    poor: bool,
}

fn check(
    zy: &Zy,
    before: &Arc<World>,
    operation: &OperationInfo,
    request: &Request,
    good: &Cell<u32>,
) -> Result<(), TestCaseError> {
    zy.live.restore(before.clone());
    if request.fails {
        zy.fail("*", "it was ordered");
    }
    if request.poor {
        zy.change("balance", 1.into()).unwrap();
    }
    let before = zy.live.snapshot();
    zy.live.journal.clear();
    let answer = send(zy, operation, request);
    let panics: Vec<_> = zy.live.journal.entries(|entry| entry.panic.is_some());
    prop_assert!(panics.is_empty(), "it panicked: {:?}", panics.first().and_then(|entry| entry.panic.clone()));
    prop_assert!(answer.status < 500, "answered {}: {}", answer.status, answer.text);
    prop_assert!(answer.body["detail"].is_string() != (answer.status == 422), "{}", answer.text);
    let after = zy.live.snapshot();
    if answer.status >= 400 && !Arc::ptr_eq(&before, &after) {
        let changed = zy.saved();
        zy.live.restore(before);
        prop_assert_eq!(changed, zy.saved(), "answered {} and changed the world", answer.status);
    } else if answer.status < 400 {
        good.set(good.get() + 1);
        if operation.method != "GET" {
            zy.pass(chrono::TimeDelta::days(40));
            prop_assert_eq!(zy.get("/instances?includeDeleted=true&limit=100").status, 200);
        }
    }
    Ok(())
}

fn send(zy: &Zy, operation: &OperationInfo, request: &Request) -> Answered {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(&request.query);
    let path = format!("{}?{}", request.path, query.finish());
    let headers = [("api-token", request.token), ("content-type", request.content_type)];
    zy.send(operation.method, &path, &headers, &request.body)
}

fn request(operation: &OperationInfo, ids: &Ids) -> impl Strategy<Value = Request> + use<> {
    let token =
        prop_oneof![12 => Just("nephos"), 1 => Just("nephos-team"), 1 => Just("nephos-stranger"), 1 => Just("x")];
    let schema = operation.schema.map(|schema| Value::from(schema()));
    let body = bodies::body(schema.as_ref(), None, ids);
    let body = match example(operation.name) {
        Some(good) => {
            let near = (body.clone(), any::<Index>()).prop_map(move |(other, at)| overlaid(&good, &other, at));
            prop_oneof![1 => body, 2 => near].boxed()
        }
        None => body,
    };
    let body = if schema.is_none() { prop_oneof![9 => Just(vec![]), 1 => body].boxed() } else { body };
    let content_type = prop_oneof![
        20 => Just("application/json"),
        1 => prop::sample::select(vec!["text/plain", "", "application/json; charset=x", ";"]),
    ];
    let chance = (prop::bool::weighted(0.3), prop::bool::weighted(0.1));
    (path(&operation.path, ids), query(operation.name, ids), token, content_type, body, chance).prop_map(
        |(path, query, token, content_type, body, (fails, poor))| Request {
            path,
            query,
            token,
            content_type,
            body,
            fails,
            poor,
        },
    )
}

/// A good body, where chance finds none: its fields must fit each other.
fn example(operation: &str) -> Option<Value> {
    match operation {
        "cloudzy.instance.create" => Some(instance("a")),
        "cloudzy.instance.resize" => Some(json!({"type": "FIXED", "productId": PRODUCT})),
        "cloudzy.ssh_key.create" => Some(json!({"name": "k", "publicKey": "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB..."})),
        "cloudzy.iso.create" | "cloudzy.image.create" => {
            Some(json!({"name": "n", "url": "https://a.example/file", "regionId": REGION}))
        }
        _ => None,
    }
}

/// A good body with one field of another.
fn overlaid(good: &Value, other: &[u8], at: Index) -> Vec<u8> {
    let mut body = good.clone();
    let other: Value = serde_json::from_slice(other).unwrap_or_default();
    if let Some(fields) = other.as_object().filter(|fields| !fields.is_empty())
        && let Some((key, value)) = fields.iter().nth(at.index(fields.len()))
    {
        body[key] = value.clone();
    }
    body.to_string().into_bytes()
}

/// The path with its parameters filled in.
fn path(template: &str, ids: &Ids) -> impl Strategy<Value = String> + use<> {
    let mut collection = "";
    let mut segments: Vec<BoxedStrategy<String>> = vec![];
    for segment in template.split('/') {
        segments.push(if segment.starts_with('{') {
            id(collection, ids).boxed()
        } else {
            Just(segment.to_owned()).boxed()
        });
        collection = segment;
    }
    segments.prop_map(|segments| segments.join("/"))
}

/// Mostly the id of something in the collection, as a segment of a path.
fn id(collection: &str, ids: &Ids) -> impl Strategy<Value = String> + use<> {
    let escaped = |text: String| utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
    prop_oneof![
        12 => ids.of(collection).prop_map(escaped),
        1 => Just("0badc0de-0000-4000-8000-000000000bad".to_owned()),
        1 => bodies::words().prop_map(escaped),
        1 => prop::sample::select(vec!["%ff", "%", "%zz", "%00", "-1", "99999999999999999999"]).prop_map(str::to_owned),
    ]
}

fn query(operation: &str, ids: &Ids) -> impl Strategy<Value = Vec<(String, String)>> + use<> {
    const NAMES: [&str; 26] = [
        "limit",
        "page",
        "per_page",
        "bookmark",
        "createdFrom",
        "createdTo",
        "host",
        "hostName",
        "status",
        "region",
        "isoId",
        "osFamily",
        "userId",
        "ipv4",
        "ipv6",
        "includeDeleted",
        "customerId",
        "address",
        "region_id",
        "expires_after",
        "include_deleted",
        "instance_id",
        "instanceId",
        "is_automated_backup",
        "minRam",
        "onlyActives",
    ];
    let value = prop_oneof![
        4 => ids.of(""),
        4 => bodies::words(),
        4 => prop::sample::select(vec![
            "5", "100", "1e400", "nan", "-5", "true", "False", "ACTIVE", "READY", "2030-01-01T00:00:00Z",
            "+262143-12-31T23:59:59Z", "bm90aGluZw", "9223372036854775807", "9223372036854775808",
        ]).prop_map(str::to_owned),
    ];
    let others = proptest::collection::vec((prop::sample::select(&NAMES[..]).prop_map(str::to_owned), value), 0..3);
    let region = ids.of("regionId").prop_map(|region| vec![("regionId".to_owned(), region)]);
    let needed = if operation == "cloudzy.product.list" { region.boxed() } else { Just(vec![]).boxed() };
    (needed, others).prop_map(|(needed, others)| [needed, others].concat())
}
