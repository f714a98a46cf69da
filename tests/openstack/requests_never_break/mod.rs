//! Any request to any operation of any service: bodies that its schema allows and mutations of them, ids of other
//! resources, foreign tokens, odd headers and queries.

mod fixtures;

use self::fixtures::populate;
use crate::any_request::parts::{content_type, id, mostly_empty, one_of, path, query};
use crate::any_request::{Ids, Reply, Request, TestCloud, bodies, no_request_breaks};
use crate::support::Cloud;
use nephos::clouds::openstack::cinder;
use nephos::clouds::openstack::services::SERVICES;
use nephos::engine::{Live, OperationInfo, Version};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::Value;

/// How many requests each operation gets.
const CASES: u32 = 64;

#[test]
fn no_request_to_cinder_breaks_it() {
    no_request_to("cinder");
}

#[test]
fn no_request_to_keystone_breaks_it() {
    no_request_to("keystone");
}

#[test]
fn no_request_to_the_others_breaks_them() {
    let mut services: Vec<_> = Cloud::new().operations().iter().map(|operation| operation.service).collect();
    services.dedup();
    services.into_iter().filter(|name| !matches!(*name, "cinder" | "keystone")).for_each(no_request_to);
}

fn no_request_to(service: &str) {
    let cloud = Cloud::new();
    populate(&cloud);
    let ids = Ids::of_all(cloud.saved(), means)
        .and("hosts", &["cinder", "cinder@lvmdriver-1", "cinder@lvmdriver-2#lvmdriver-2"])
        .and("binaries", &["cinder-volume"])
        .and("services", &["cinder-volume"]);
    let mut operations = cloud.operations();
    operations.retain(|operation| operation.service == service);
    no_request_breaks(&Populated { cloud, ids }, &operations, CASES);
}

/// Tables are called `cinder/volume_types`, what refers to their rows `volume_type_id` or `types`.
fn means(name: &str, table: &str) -> bool {
    let table = table.rsplit('/').next().unwrap_or_default();
    let name = name.replace('-', "_").replace("binary", "binarie");
    let name = name.trim_start_matches("os_").trim_end_matches("_id").trim_end_matches('s');
    !name.is_empty() && table.trim_end_matches('s').ends_with(name)
}

struct Populated {
    cloud: Cloud,
    ids: Ids,
}

impl TestCloud for Populated {
    fn live(&self) -> &Live {
        &self.cloud.live
    }

    fn saved(&self) -> Vec<(String, Value)> {
        self.cloud.saved()
    }

    fn request(&self, operation: &OperationInfo) -> BoxedStrategy<Request> {
        let method = operation.method;
        let user = prop_oneof![6 => Just(Some("admin")), 4 => Just(Some("demo")), 1 => Just(None)];
        let schema = operation.schema.map(|schema| Value::from(schema()));
        let body = bodies::body(schema.as_ref(), operation.action, &self.ids);
        let body = if matches!(method, "GET" | "HEAD" | "DELETE") { mostly_empty(body) } else { body };
        let path = path(&operation.path, |before, name| segment(before, name, &self.ids));
        let query = query(NAMES, VALUES, &self.ids);
        (path, query, headers(operation.service, &self.ids), user, body, any::<bool>())
            .prop_map(move |(path, query, headers, user, body, fails)| Request {
                method,
                path,
                query,
                headers,
                user,
                body,
                fails,
                poor: false,
            })
            .boxed()
    }

    fn send(&self, operation: &OperationInfo, request: &Request) -> Reply {
        let asking = self.cloud.ask(request.method, operation.service, &request.path).bytes(request.body.clone());
        let asking = request.headers.iter().fold(asking, |asking, (name, value)| asking.header(name, value));
        let asking = request.query.iter().fold(asking, |asking, (name, value)| asking.query(name, value));
        let answer = match request.user {
            Some(user) => asking.user(user).send(),
            None => asking.nobody().send(),
        };
        Reply { status: answer.status, text: answer.text }
    }

    fn check_reply(&self, operation: &OperationInfo, reply: &Reply) -> Result<(), TestCaseError> {
        if reply.status < 400 && operation.method != "GET" {
            self.cloud.pass(3600);
        }
        Ok(())
    }
}

/// The project before all else is mostly the caller's.
fn segment(before: &str, name: &str, ids: &Ids) -> BoxedStrategy<String> {
    match (before, name) {
        ("v3", "project_id") => prop_oneof![20 => Just("{project}".to_owned()), 1 => id(before, ids)].boxed(),
        _ => id(before, ids),
    }
}

const NAMES: &str = "limit offset marker sort sort_key sort_dir all_tenants with_count name name~ status metadata created_at \
    updated_at bootable size usage detail host cluster is_public extra_specs binary volume_type project_id \
    tenant_id resource list_volume enabled domain_id user_id effective include_names scope.project.id role.id \
    group.id allow_expired nocatalog tags parent_id force cascade page_size visibility fields network_id \
    device_id fixed_ips router:external ip_version cidr tags-any changes-since changes-before deleted ip flavor \
    image vcpus resources required member_of in_tree group_policy x";

const VALUES: &[&str] = &[
    "0",
    "1",
    "-1",
    "1000",
    "99999999999999999999",
    "1.5",
    "0x10",
    "2147483648",
    "True",
    "{'a': 'b'}",
    "{\"a\": {}}",
    "id:asc,size",
    "gt:2030-01-01,lt:x",
];

/// What a service is called in `OpenStack-API-Version`, and its newest version. One that has no versions gets another's.
fn microversions(service: &str) -> (&'static str, Version) {
    let own = SERVICES.iter().find(|one| one.name == service).and_then(|one| one.microversions.as_ref());
    let versions = own.or(cinder::SERVICE.microversions.as_ref()).expect("Cinder has versions");
    (versions.service_type, versions.latest)
}

fn headers(service: &str, ids: &Ids) -> impl Strategy<Value = Vec<(&'static str, String)>> + use<> {
    let (named, (major, minor)) = microversions(service);
    let version = prop_oneof![
        6 => Just("latest".to_owned()),
        6 => (0..=minor).prop_map(move |minor| format!("{major}.{minor}")),
        1 => one_of(&["", "3", "x", "3.999", "2.0", "0.0", "99999999999.1", "3.1 3.2"]),
    ];
    let version = version.prop_map(move |text| ("OpenStack-API-Version", format!("{named} {text}")));
    let accept = one_of(&["application/json", "*/*", "", "text/html;q=x", "a/b;q=2"]).prop_map(|text| ("Accept", text));
    let subject = prop_oneof![ids.any(), bodies::words()].prop_map(|text| ("X-Subject-Token", text));
    (version, content_type(), accept, subject).prop_map(|(one, two, three, four)| vec![one, two, three, four])
}
