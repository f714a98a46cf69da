//! API versions and microversions.

use crate::support::Cloud;

#[test]
fn the_requested_version_is_echoed_by_both_headers() {
    let cloud = Cloud::new();
    let answer = cloud.get("nova", "/v2.1/").nobody().version("compute 2.60").send();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("OpenStack-API-Version"), Some("compute 2.60"));
    assert_eq!(answer.header("X-OpenStack-Nova-API-Version"), Some("2.60"));
    assert_eq!(answer.body["version"]["version"], "2.104");
}

#[test]
fn an_unsupported_version_is_echoed_too() {
    let cloud = Cloud::new();
    let answer = cloud.get("nova", "/v2.1/").nobody().version("compute 2.999").send();
    assert_eq!(answer.status, 406);
    assert_eq!(answer.header("OpenStack-API-Version"), Some("compute 2.999"));
    let supported = "Version 2.999 is not supported by the API. Minimum is 2.1 and maximum is 2.104.";
    assert_eq!(answer.body["computeFault"]["message"], supported);
    let answer = cloud.get("nova", "/v2.1/").nobody().version("compute abc").send();
    assert_eq!((answer.status, answer.header("OpenStack-API-Version")), (400, None));
}

#[test]
fn v2_ignores_microversions() {
    let cloud = Cloud::new();
    let answer = cloud.get("nova", "/v2/").nobody().version("compute 2.60").send();
    assert_eq!((answer.status, answer.header("OpenStack-API-Version")), (200, None));
}

#[test]
fn versions_are_two_numbers_of_any_length_and_the_list_of_versions_ignores_them() {
    let cloud = Cloud::new();
    let ask = |path: &str, name: &str, value: &str| cloud.get("nova", path).nobody().header(name, value).send();
    let answer = ask("/v2.1/", "OpenStack-API-Version", "compute 99999999999.1");
    assert_eq!((answer.status, answer.header("OpenStack-API-Version")), (406, Some("compute 99999999999.1")));
    assert_eq!(ask("/v2.1/", "X-OpenStack-Nova-API-Version", "").status, 400);
    assert_eq!(ask("/v2.1/", "OpenStack-API-Version", "compute").status, 200);
    assert_eq!(ask("/", "OpenStack-API-Version", "compute abc").status, 200);
}
