//! Placement as administrators, members and Nova's scheduler use it.

use crate::support::{Answered, Cloud, RequestBuilder};
use serde_json::{Value, json};

const CONSUMER: &str = "/allocations/0badc0de-0000-4000-8000-000000000001";

/// Sends the request as an administrator with the newest microversion.
fn newest(request: RequestBuilder) -> RequestBuilder {
    request.user("admin").version("placement 1.39")
}

/// The first compute host.
fn host(cloud: &Cloud) -> String {
    cloud.state(|os| os.placement.providers.all().next_back().map(|one| one.uuid.to_string())).unwrap()
}

fn allocation_body(host: &str, vcpus: i64, generation: Value) -> Value {
    json!({
        "allocations": {host: {"resources": {"VCPU": vcpus}}}, "project_id": "p", "user_id": "u",
        "consumer_generation": generation, "consumer_type": "INSTANCE",
    })
}

#[test]
fn an_allocation_counts_as_used_until_it_is_deleted() {
    let cloud = Cloud::new();
    let host = host(&cloud);
    let usages = || newest(cloud.get("placement", &format!("/resource_providers/{host}/usages"))).send().body;
    let created = newest(cloud.put("placement", CONSUMER, allocation_body(&host, 4, Value::Null))).send();
    assert_eq!(created.status, 204, "{}", created.text);
    assert_eq!(usages()["usages"]["VCPU"], 4);
    assert_eq!(newest(cloud.delete("placement", CONSUMER)).send().status, 204);
    assert_eq!(usages()["usages"]["VCPU"], 0);
}

#[test]
fn an_allocation_beyond_the_inventory_is_refused_and_changes_nothing() {
    let cloud = Cloud::new();
    let host = host(&cloud);
    let refused = newest(cloud.put("placement", CONSUMER, allocation_body(&host, 100_000, Value::Null))).send();
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("would violate inventory constraints"), "{}", refused.text);
    assert!(cloud.state(|os| os.placement.consumers.is_empty()));
}

#[test]
fn a_consumer_is_changed_only_with_its_current_generation() {
    let cloud = Cloud::new();
    let host = host(&cloud);
    newest(cloud.put("placement", CONSUMER, allocation_body(&host, 1, Value::Null))).send();
    let stale = newest(cloud.put("placement", CONSUMER, allocation_body(&host, 2, json!(0)))).send();
    assert_eq!((stale.status, &stale.body["errors"][0]["code"]), (409, &json!("placement.concurrent_update")));
    assert_eq!(newest(cloud.put("placement", CONSUMER, allocation_body(&host, 2, json!(1)))).send().status, 204);
}

#[test]
fn a_consumer_stays_when_its_provider_does_not_exist() {
    let cloud = Cloud::new();
    let (host, nowhere) = (host(&cloud), "0badc0de-0000-4000-8000-00000000dead");
    let put = |provider: &str, generation: Value| {
        newest(cloud.put("placement", CONSUMER, allocation_body(provider, 1, generation))).send()
    };
    let refused = put(nowhere, Value::Null);
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert_eq!(refused.header("openstack-api-version"), Some("placement 1.39"));
    assert_eq!(newest(cloud.get("placement", CONSUMER)).send().body, json!({"allocations": {}}));
    assert_eq!(newest(cloud.delete("placement", CONSUMER)).send().status, 404);
    let stale = put(&host, Value::Null);
    assert!(stale.text.contains("consumer generation conflict - expected 0 but got None"), "{}", stale.text);
    let several = json!({&CONSUMER["/allocations/".len()..]: allocation_body(nowhere, 1, json!(0))});
    assert_eq!(newest(cloud.post("placement", "/allocations", several)).send().status, 400);
    assert_eq!(put(&host, json!(0)).status, 204);
    assert_eq!(newest(cloud.get("placement", CONSUMER)).send().body["consumer_generation"], 1);
}

#[test]
fn a_changed_provider_tells_the_time_of_the_change_before() {
    let cloud = Cloud::new();
    let created = newest(cloud.post("placement", "/resource_providers", json!({"name": "rp"}))).send();
    let path = format!("/resource_providers/{}", created.body["uuid"].as_str().unwrap());
    let rename = |name: &str| {
        cloud.pass(60);
        let answer = newest(cloud.put("placement", &path, json!({"name": name}))).send();
        (answer.status, answer.header("last-modified").map(str::to_owned))
    };
    assert_eq!(rename("rp1"), (200, None));
    let shown = newest(cloud.get("placement", &path)).send();
    assert_eq!(rename("rp2"), (200, shown.header("last-modified").map(str::to_owned)));
}

#[test]
fn hosts_with_enough_capacity_are_candidates() {
    let cloud = Cloud::new();
    let candidates = |amount: &str| {
        let request = cloud.get("placement", "/allocation_candidates").query("resources", amount);
        newest(request).send().body["allocation_requests"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(candidates("VCPU:1,MEMORY_MB:512"), 2);
    assert_eq!(candidates("VCPU:1,MEMORY_MB:1000000"), 0);
}

#[test]
fn members_can_read_only_the_usage_of_their_project() {
    let cloud = Cloud::new();
    assert_eq!(cloud.get("placement", "/resource_providers").send().status, 403);
    let project = nephos::clouds::openstack::ids::id("project", "demo");
    let usage = cloud.get("placement", "/usages").query("project_id", &project).version("placement 1.39").send();
    assert_eq!(usage.status, 200, "{}", usage.text);
}

/// The message about a bad body, without the sentence before it.
fn violation(answer: &Answered) -> String {
    let detail = answer.body["errors"][0]["detail"].as_str().unwrap_or_default();
    detail.lines().nth(2).unwrap_or_default().trim().to_owned()
}

#[test]
fn errors_in_bodies_have_the_messages_of_jsonschema() {
    let cloud = Cloud::new();
    let host = host(&cloud);
    let mut list = allocation_body(&host, 1, Value::Null);
    list["allocations"] = json!([{"resource_provider": {"uuid": host}, "resources": {"VCPU": 1}}]);
    let early = cloud.put("placement", CONSUMER, list).user("admin").version("placement 1.0").send();
    assert_eq!(early.status, 400);
    let unknown = "('consumer_generation', 'consumer_type', 'project_id', 'user_id' were unexpected)";
    assert!(violation(&early).contains(unknown), "{}", early.text);
    let empty = cloud.ask("PUT", "placement", CONSUMER).user("admin").header("Content-Type", "application/json").send();
    assert!(violation(&empty).ends_with("Expecting value: line 1 column 1 (char 0)"), "{}", empty.text);
}

#[test]
fn an_error_in_an_alternative_quotes_only_the_schema_of_the_alternative() {
    let cloud = Cloud::new();
    let body = json!({"name": "child", "parent_provider_uuid": ""});
    let answer = newest(cloud.post("placement", "/resource_providers", body)).send();
    assert_eq!(answer.status, 400);
    let detail = answer.body["errors"][0]["detail"].as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>();
    let expected = "Failed validating 'format' in schema[0]: {'type': 'string', 'format': 'uuid'} On instance: ''";
    assert!(detail.join(" ").ends_with(expected), "{}", answer.text);
}

#[test]
fn a_version_is_two_numbers() {
    let cloud = Cloud::new();
    let detail = |version: &str| {
        let answer = cloud.get("placement", "/resource_providers").user("admin").version(version).send();
        (answer.status, answer.body["errors"][0]["detail"].as_str().unwrap_or_default().to_owned())
    };
    for (version, reason) in [
        ("placement 1", "1; Version.__new__() missing 1 required positional argument: 'minor'"),
        ("placement 1.2.3", "1.2.3; invalid literal for int() with base 10: '2.3'"),
        ("placement Latest", "Latest; invalid literal for int() with base 10: 'Latest'"),
    ] {
        let (status, text) = detail(version);
        let expected = format!("Invalid microversion: invalid version string: {reason}");
        assert!(status == 400 && text.contains(&expected), "{version}: {text}");
    }
    assert_eq!(detail("placement 1.40").0, 406);
    assert_eq!(detail("placement +1.1_0").0, 200);
}

#[test]
fn without_inventories_there_is_no_time_of_change() {
    let cloud = Cloud::new();
    let answer = newest(cloud.post("placement", "/resource_providers", json!({"name": "rp"}))).send();
    let path = format!("/resource_providers/{}/inventories", answer.body["uuid"].as_str().unwrap());
    let answer = newest(cloud.get("placement", &path)).send();
    assert_eq!((answer.header("last-modified"), answer.header("cache-control")), (None, Some("no-cache")));
    let path = format!("/resource_providers/{}/inventories", host(&cloud));
    assert!(newest(cloud.get("placement", &path)).send().header("last-modified").is_some());
}

#[test]
fn non_ascii_text_of_a_path_is_read_as_latin_1() {
    let cloud = Cloud::new();
    let answer = newest(cloud.delete("placement", "/resource_providers/%C3%BC")).send();
    assert!(answer.status == 404 && answer.text.contains("uuid Ã¼ found for delete"), "{}", answer.text);
}
