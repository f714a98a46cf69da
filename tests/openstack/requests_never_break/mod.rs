//! Whatever is asked of whichever operation: never a server error, never a panic, and what is refused
//! has changed nothing. Every operation of every service gets its share of random requests: bodies that
//! its schema allows and mutations of them, ids of other resources, foreign tokens, odd headers and queries.

mod bodies;
mod furniture;
mod ids;

use self::furniture::furnish;
use self::ids::Ids;
use crate::support::{Answered, Asking, Cloud};
use nephos::engine::{OperationInfo, World};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::Value;
use std::sync::Arc;

/// How many requests each operation gets.
const CASES: u32 = 64;

#[test]
fn no_request_to_cinder_breaks_it() {
    no_request_breaks("cinder");
}

#[test]
fn no_request_to_keystone_breaks_it() {
    no_request_breaks("keystone");
}

#[test]
fn no_request_to_the_others_breaks_them() {
    let cloud = Cloud::new();
    let mut services: Vec<_> = cloud.operations().iter().map(|operation| operation.service).collect();
    services.dedup();
    services.into_iter().filter(|name| !matches!(*name, "cinder" | "keystone")).for_each(no_request_breaks);
}

fn no_request_breaks(service: &str) {
    let cloud = Cloud::new();
    furnish(&cloud);
    let before = cloud.live.snapshot();
    let ids = Ids::of_all(&cloud);
    for operation in cloud.operations().iter().filter(|operation| operation.service == service) {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        let config = Config { cases: CASES, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
        let outcome = TestRunner::new_with_rng(config, rng)
            .run(&request(operation, &ids), |request| check(&cloud, &before, operation, &request));
        if let Err(error) = outcome {
            panic!("{} {} {}: {error}", operation.name, operation.method, operation.path);
        }
    }
}

#[derive(Clone, Debug)]
struct Request {
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(&'static str, String)>,
    user: Option<&'static str>,
    body: Vec<u8>,
    /// What becomes of the work that the request begins.
    fails: bool,
}

fn check(
    cloud: &Cloud,
    before: &Arc<World>,
    operation: &OperationInfo,
    request: &Request,
) -> Result<(), TestCaseError> {
    cloud.live.restore(before.clone());
    if request.fails {
        cloud.fail("*", "it was ordered");
    }
    let before = cloud.live.snapshot();
    cloud.live.journal.clear();
    let answer = send(cloud, operation, request);
    let panics: Vec<_> = cloud.live.journal.entries(|entry| entry.panic.is_some());
    prop_assert!(panics.is_empty(), "it panicked: {:?}", panics.first().and_then(|entry| entry.panic.clone()));
    prop_assert!(answer.status < 500, "answered {}: {}", answer.status, answer.text);
    let after = cloud.live.snapshot();
    if answer.status >= 400 && !Arc::ptr_eq(&before, &after) {
        let changed = cloud.saved();
        cloud.live.restore(before);
        prop_assert_eq!(changed, cloud.saved(), "answered {} and changed the world", answer.status);
    } else if answer.status < 400 && operation.method != "GET" {
        cloud.pass(3600);
    }
    Ok(())
}

fn send(cloud: &Cloud, operation: &OperationInfo, request: &Request) -> Answered {
    let mut asking: Asking = cloud.ask(operation.method, operation.service, &request.path).bytes(request.body.clone());
    for (name, value) in &request.headers {
        asking = asking.header(name, value);
    }
    for (name, value) in &request.query {
        asking = asking.query(name, value);
    }
    match request.user {
        Some(user) => asking.user(user).send(),
        None => asking.nobody().send(),
    }
}

fn request(operation: &OperationInfo, ids: &Ids) -> impl Strategy<Value = Request> + use<> {
    let user = prop_oneof![6 => Just(Some("admin")), 4 => Just(Some("demo")), 1 => Just(None)];
    let schema = operation.schema.map(|schema| Value::from(schema()));
    let body = bodies::body(schema.as_ref(), operation.action, ids);
    let body = if matches!(operation.method, "GET" | "HEAD" | "DELETE") {
        prop_oneof![9 => Just(vec![]), 1 => body].boxed()
    } else {
        body
    };
    (path(&operation.path, ids), query(ids), headers(operation.service, ids), user, body, any::<bool>())
        .prop_map(|(path, query, headers, user, body, fails)| Request { path, query, headers, user, body, fails })
}

/// The path with its parameters filled in; the project before all else is mostly the caller's.
fn path(template: &str, ids: &Ids) -> impl Strategy<Value = String> + use<> {
    let mut collection = "";
    let mut segments: Vec<BoxedStrategy<String>> = vec![];
    for segment in template.split('/') {
        segments.push(match segment {
            "{project_id}" if collection == "v3" => {
                prop_oneof![20 => Just("{project}".to_owned()), 1 => id(collection, ids)].boxed()
            }
            segment if segment.starts_with('{') => id(collection, ids).boxed(),
            segment => Just(segment.to_owned()).boxed(),
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
        1 => prop::sample::select(vec!["%ff", "%", "%zz", "%00", "detail", "default"]).prop_map(str::to_owned),
    ]
}

fn query(ids: &Ids) -> impl Strategy<Value = Vec<(String, String)>> + use<> {
    const NAMES: &[&str] = &[
        "limit",
        "offset",
        "marker",
        "sort",
        "sort_key",
        "sort_dir",
        "all_tenants",
        "with_count",
        "name",
        "name~",
        "status",
        "metadata",
        "created_at",
        "updated_at",
        "bootable",
        "size",
        "usage",
        "detail",
        "host",
        "cluster",
        "is_public",
        "extra_specs",
        "binary",
        "volume_type",
        "project_id",
        "tenant_id",
        "resource",
        "list_volume",
        "enabled",
        "domain_id",
        "user_id",
        "effective",
        "include_names",
        "scope.project.id",
        "role.id",
        "group.id",
        "allow_expired",
        "nocatalog",
        "tags",
        "parent_id",
        "force",
        "cascade",
        "page_size",
        "visibility",
        "fields",
        "network_id",
        "device_id",
        "fixed_ips",
        "router:external",
        "ip_version",
        "cidr",
        "tags-any",
        "changes-since",
        "changes-before",
        "deleted",
        "ip",
        "flavor",
        "image",
        "vcpus",
        "resources",
        "required",
        "member_of",
        "in_tree",
        "group_policy",
        "x",
    ];
    let number =
        prop::sample::select(vec!["0", "1", "-1", "1000", "99999999999999999999", "1.5", "0x10", "2147483648"]);
    let value = prop_oneof![
        number.prop_map(str::to_owned),
        ids.of(""),
        bodies::words(),
        prop::sample::select(vec!["True", "{'a': 'b'}", "{\"a\": {}}", "id:asc,size", "gt:2030-01-01,lt:x"])
            .prop_map(str::to_owned),
    ];
    proptest::collection::vec((prop::sample::select(NAMES).prop_map(str::to_owned), value), 0..3)
}

fn headers(service: &str, ids: &Ids) -> impl Strategy<Value = Vec<(&'static str, String)>> + use<> {
    let (named, major, minors) = match service {
        "nova" => ("compute", 2, 105),
        "placement" => ("placement", 1, 40),
        _ => ("volume", 3, 72),
    };
    let version = prop_oneof![
        6 => Just("latest".to_owned()),
        6 => (0u16..minors).prop_map(move |minor| format!("{major}.{minor}")),
        1 => prop::sample::select(vec!["", "3", "x", "3.999", "2.0", "0.0", "99999999999.1", "3.1 3.2"]).prop_map(str::to_owned),
    ];
    let version = version.prop_map(move |text| ("OpenStack-API-Version", format!("{named} {text}")));
    let content_type = prop_oneof![
        12 => Just("application/json"),
        1 => prop::sample::select(vec!["text/plain", "", "application/xml", "application/json; charset=x", ";"]),
    ];
    let content_type = content_type.prop_map(|text| ("Content-Type", text.to_owned()));
    let accept = prop::sample::select(vec!["application/json", "*/*", "", "text/html;q=x", "a/b;q=2"]);
    let accept = accept.prop_map(|text| ("Accept", text.to_owned()));
    let subject = prop_oneof![ids.of(""), bodies::words()].prop_map(|text| ("X-Subject-Token", text));
    (version, content_type, accept, subject).prop_map(|(one, two, three, four)| vec![one, two, three, four])
}
