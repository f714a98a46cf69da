//! Property test: random requests to every operation of a Cloudzy cloud, with and without money, never break it, and
//! each operation is also reached by valid ones.

use crate::any_request::parts::{content_type, id, mostly_empty, path, query};
use crate::any_request::{Ids, Reply, Request, TestCloud, bodies, no_request_breaks};
use crate::{DOCUMENT, PRODUCT, REGION, Zy, instance, tables};
use nephos::engine::{Live, OperationInfo};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseError;
use serde_json::{Value, json};

/// The number of requests to each operation.
const CASES: u32 = 256;

#[test]
fn no_request_breaks_it() {
    let zy = Zy::new();
    tables::populate(&zy);
    let (ids, operations) = (Ids::of_all(zy.saved(), means), zy.operations());
    let operations: Vec<_> = operations.into_iter().filter(|operation| operation.name != DOCUMENT).collect();
    let never_good = no_request_breaks(&Populated { zy, ids }, &operations, CASES);
    assert!(never_good.is_empty(), "no request to these was ever a good one: {never_good:?}");
}

/// Parameters are named after their table: `instanceId`, `floating-ips`.
fn means(name: &str, table: &str) -> bool {
    let meant = match name.replace('-', "_").trim_end_matches("Id").to_lowercase().trim_end_matches('s') {
        "instance" | "backup" => "instances",
        "region" => "regions",
        "product" => "products",
        "o" | "osname" => "operating_systems",
        "app" => "applications",
        "iso" => "isos",
        "image" => "images",
        "fromsnapshot" | "snapshot" => "snapshots",
        "ssh_key" | "sshkeyid" => "ssh_keys",
        "floating_ip" => "floating_ips",
        "customer" | "user" => "accounts",
        _ => "",
    };
    meant == table
}

struct Populated {
    zy: Zy,
    ids: Ids,
}

impl TestCloud for Populated {
    fn live(&self) -> &Live {
        &self.zy.live
    }

    fn saved(&self) -> Vec<(String, Value)> {
        self.zy.saved()
    }

    fn request(&self, operation: &OperationInfo) -> BoxedStrategy<Request> {
        let method = operation.method;
        let token =
            prop_oneof![12 => Just("nephos"), 1 => Just("nephos-team"), 1 => Just("nephos-stranger"), 1 => Just("x")];
        let path = path(&operation.path, |before, _| id(before, &self.ids));
        let query = query_of(operation.name, &self.ids);
        let chance = (prop::bool::weighted(0.3), prop::bool::weighted(0.1));
        (path, query, token, content_type(), body(operation, &self.ids), chance)
            .prop_map(move |(path, query, token, content_type, body, (fails, poor))| Request {
                method,
                path,
                query,
                headers: vec![content_type],
                user: Some(token),
                body,
                fails,
                poor,
            })
            .boxed()
    }

    fn prepare(&self, request: &Request) {
        if request.poor {
            self.zy.change("balance", 1.into()).unwrap();
        }
    }

    fn send(&self, _operation: &OperationInfo, request: &Request) -> Reply {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&request.query);
        let path = format!("{}?{}", request.path, query.finish());
        let token = request.user.map(|token| ("API-Token", token));
        let others = request.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let headers: Vec<_> = token.into_iter().chain(others).collect();
        let answer = self.zy.send(request.method, &path, &headers, &request.body);
        Reply { status: answer.status, text: answer.text }
    }

    fn check_reply(&self, operation: &OperationInfo, reply: &Reply) -> Result<(), TestCaseError> {
        let body: Value = serde_json::from_str(&reply.text).unwrap();
        prop_assert!(body["detail"].is_string() != (reply.status == 422), "{}", reply.text);
        if reply.status < 400 && operation.method != "GET" {
            self.zy.pass(chrono::TimeDelta::days(40));
            prop_assert_eq!(self.zy.get("/instances?includeDeleted=true&limit=100").status, 200);
        }
        Ok(())
    }
}

fn body(operation: &OperationInfo, ids: &Ids) -> BoxedStrategy<Vec<u8>> {
    let schema = operation.schema.map(|schema| Value::from(schema()));
    let body = bodies::body(schema.as_ref(), None, ids);
    let body = match example(operation.name) {
        Some(good) => {
            let near = (body.clone(), any::<Index>()).prop_map(move |(other, at)| overlaid(&good, &other, at));
            prop_oneof![1 => body, 2 => near].boxed()
        }
        None => body,
    };
    if schema.is_none() { mostly_empty(body) } else { body }
}

/// A valid body for operations that random bodies hardly ever fit, because fields depend on each other.
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

/// A valid body with one field of another body.
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

const NAMES: &str = "limit page per_page bookmark createdFrom createdTo host hostName status region isoId osFamily userId ipv4 \
    ipv6 includeDeleted customerId address region_id expires_after include_deleted instance_id instanceId \
    is_automated_backup minRam onlyActives";

const VALUES: &[&str] = &[
    "5",
    "100",
    "1e400",
    "nan",
    "-5",
    "true",
    "False",
    "ACTIVE",
    "READY",
    "2030-01-01T00:00:00Z",
    "+262143-12-31T23:59:59Z",
    "bm90aGluZw",
    "9223372036854775807",
    "9223372036854775808",
];

/// The list of products requires a region.
fn query_of(operation: &str, ids: &Ids) -> BoxedStrategy<Vec<(String, String)>> {
    let any = query(NAMES, VALUES, ids);
    if operation != "cloudzy.product.list" {
        return any;
    }
    (ids.of("regionId"), any).prop_map(|(region, any)| [vec![("regionId".to_owned(), region)], any].concat()).boxed()
}
