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
