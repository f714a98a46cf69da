//! Request handling before the operations: versions, routes, bodies.

use crate::support::{Answered, Cloud};
use serde_json::json;

fn names(answer: &Answered) -> Vec<&str> {
    answer.headers.iter().map(|(name, _)| *name).collect()
}

#[test]
fn an_unknown_route_is_answered_in_the_accepted_format() {
    let cloud = Cloud::new();
    let send = |accept: &str| cloud.ask("PATCH", "cinder", "/v3/{project}/volumes").header("Accept", accept).send();
    let answer = send("application/json");
    assert_eq!((answer.status, &answer.body["code"]), (404, &json!("404 Not Found")));
    assert_eq!(names(&answer), ["x-openstack-request-id"]);
    assert!(send("*/*").text.starts_with("<html>\n <head>\n  <title>404 Not Found</title>"));
    assert!(send("image/png").text.starts_with("404 Not Found\n\n"));
}

#[test]
fn an_unknown_method_of_a_collection_is_not_found() {
    let cloud = Cloud::new();
    let answer = cloud.ask("DELETE", "cinder", "/v3/os-quota-class-sets/x").send();
    assert_eq!((answer.status, answer.message()), (404, "The resource could not be found."));
    assert_eq!(answer.header("openstack-api-version"), Some("volume 3.0"));
}

#[test]
fn the_project_of_another_user_in_the_path_is_malformed() {
    let cloud = Cloud::new();
    let (_, admin) = cloud.token("admin");
    let answer = cloud.get("cinder", &format!("/v3/{admin}/limits")).send();
    assert_eq!((answer.status, answer.message()), (400, "Malformed request url"));
    assert_eq!(cloud.get("cinder", "/v3/no-project/limits").send().status, 404);
}

#[test]
fn an_action_body_has_exactly_one_key() {
    let cloud = Cloud::new();
    let volume = super::volumes::volume(&cloud, 1);
    let send = |body: &str| {
        let request =
            cloud.ask("POST", "cinder", &format!("{volume}/action")).header("Content-Type", "application/json");
        let answer = request.bytes(body.as_bytes().to_vec()).send();
        (answer.status, answer.message().to_owned())
    };
    let malformed = (400, "Malformed request body".to_owned());
    assert_eq!(send("{}"), malformed);
    assert_eq!(send("{\"a\": 1, \"b\": 2}"), malformed);
    assert_eq!(send("null"), (404, "The resource could not be found.".into()));
    let unknown = "There is no such action: x. Verify the request body and Content-Type header and try again.";
    assert_eq!(send("{\"x\": 1}"), (400, unknown.into()));
    assert_eq!(send(""), (400, unknown.replace(": x.", ": None.")));
}

#[test]
fn a_body_without_a_content_type_is_not_read() {
    let cloud = Cloud::new();
    let volume = super::volumes::volume(&cloud, 1);
    let send = |method: &'static str, path: &str, body: &str| {
        let answer = cloud.ask(method, "cinder", path).bytes(body.as_bytes().to_vec()).send();
        (answer.status, answer.message().to_owned())
    };
    let action = format!("{volume}/action");
    assert_eq!(send("POST", &action, "{\"os-extend\": {\"new_size\": 2}}"), send("POST", &action, ""));
    assert_eq!(send("PUT", &volume, "{\"volume\": {\"name\": \"x\"}}"), send("PUT", &volume, ""));
    assert_eq!(send("GET", &volume, "{").0, 200);
}

#[test]
fn unsupported_versions_are_rejected_before_the_body_is_read() {
    let cloud = Cloud::new();
    let send = |version: &str| {
        let request = cloud.ask("POST", "cinder", "/v3/volumes").header("Content-Type", "text/plain");
        request.bytes(b"{".to_vec()).version(version).send()
    };
    assert_eq!(send("volume 3.999").status, 406);
    assert_eq!(send("volume x").status, 400);
    assert_eq!(send("volume 3.50").status, 415);
    assert_eq!(send("volume 3.999").header("openstack-api-version"), Some("volume 3.999"));
    assert_eq!(send("volume x").header("openstack-api-version"), None);
}

#[test]
fn a_body_is_rejected_where_none_is_read() {
    let cloud = Cloud::new();
    let answer = cloud.get("cinder", "/v3/volumes").json(json!({})).send();
    assert_eq!(answer.status, 400);
    assert!(answer.message().starts_with("The server could not comply with the request"));
}

#[test]
fn discovery_requires_a_token_below_v3_only() {
    let cloud = Cloud::new();
    assert_eq!(cloud.get("cinder", "/").nobody().send().status, 300);
    assert_eq!(cloud.get("cinder", "/v3/").nobody().send().status, 401);
    let answer = cloud.get("cinder", "/v3/").send();
    assert_eq!((answer.status, &answer.body["versions"][0]["version"]), (200, &json!("3.71")));
    assert_eq!(cloud.get("cinder", "/healthcheck").nobody().send().text, "OK");
}

#[test]
fn an_unsupported_version_is_repeated_unless_it_looks_like_that_of_an_older_api() {
    let cloud = Cloud::new();
    for (version, repeated) in [("3.999", true), ("9.9", true), ("2.0", false), ("1.0", false), ("12.0", false)] {
        let answer = cloud.get("cinder", "/v3/volumes").version(&format!("volume {version}")).send();
        let expected = repeated.then(|| format!("volume {version}"));
        assert_eq!((answer.status, answer.header("openstack-api-version")), (406, expected.as_deref()), "{version}");
        assert_eq!(answer.header("vary").is_some(), repeated, "{version}");
    }
}

#[test]
fn integers_of_more_than_64_bits_are_told_as_they_were_sent() {
    let cloud = Cloud::new();
    let send = |number: &str| {
        let body = format!("{{\"volume\": {{\"size\": 1, \"name\": {number}}}}}");
        let request = cloud.ask("POST", "cinder", "/v3/volumes").header("Content-Type", "application/json");
        request.bytes(body.into_bytes()).send().message().to_owned()
    };
    let integer = "100000000000000000000";
    assert!(
        send(integer).contains(&format!("Value: {integer}. {integer} is not of type 'string'")),
        "{}",
        send(integer)
    );
    assert!(send("1e20").contains("Value: 1e+20. 1e+20 is not of type 'string'"), "{}", send("1e20"));
    assert!(send("1.0").contains("Value: 1.0. 1.0 is not of type 'string'"), "{}", send("1.0"));
}

#[test]
fn responses_that_controllers_make_themselves_have_no_second_request_id() {
    let cloud = Cloud::new();
    let volume = super::volumes::volume(&cloud, 1);
    let path = format!("{volume}/metadata");
    let list = |version: &str| cloud.get("cinder", &path).version(version).send();
    assert!(list("volume 3.14").header("x-compute-request-id").is_some());
    let tagged = list("volume 3.15");
    assert_eq!((tagged.header("etag").is_some(), tagged.header("x-compute-request-id")), (true, None));
    let wrong =
        cloud.put("cinder", &path, json!({"metadata": {}})).header("If-Match", "x").version("volume 3.15").send();
    assert_eq!((wrong.status, wrong.header("openstack-api-version")), (412, Some("volume 3.15")));
}
