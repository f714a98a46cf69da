//! Paths without a version, versions in other places than the path, and health checks.

use crate::support::Cloud;
use serde_json::json;

#[test]
fn nova_offers_its_versions_for_any_other_path() {
    let cloud = Cloud::new();
    for path in ["/v3/servers", "/v1.1/servers", "/foo", "/healthcheck"] {
        let answer = cloud.get("nova", path).nobody().send();
        assert_eq!(answer.status, 300, "{path}");
        let choices = answer.body["choices"].as_array().unwrap();
        let hrefs: Vec<_> = choices.iter().map(|one| &one["links"][0]["href"]).collect();
        assert_eq!(
            hrefs,
            [&json!(format!("http://cloud.example/v2{path}")), &json!(format!("http://cloud.example/v2.1{path}"))]
        );
    }
    let answer = cloud.delete("nova", "//").nobody().send();
    assert_eq!((answer.status, answer.body["versions"][0]["status"].as_str()), (200, Some("DEPRECATED")));
}

#[test]
fn glance_takes_the_version_from_the_media_type() {
    let cloud = Cloud::new();
    let of = |accept: &str, path: &str| cloud.get("glance", path).header("Accept", accept).send();
    assert_eq!(of("application/vnd.openstack.images-v2", "/images").status, 200);
    assert_eq!(of("application/vnd.openstack.images-v2.4", "/images").status, 200);
    assert_eq!(of("application/vnd.openstack.images-v3", "/images").status, 300);
    assert_eq!(of("*/*", "/images").status, 300);
    assert_eq!(of("*/*", "/v2.7/images").status, 200);
    assert_eq!(of("*/*", "/v2.19/images").status, 300);
    assert_eq!(of("*/*", "/versions/any/thing").status, 200);
}

#[test]
fn health_checks_answer_in_the_form_that_the_client_accepts() {
    let cloud = Cloud::new();
    for (service, reasons) in [("keystone", ""), ("glance", "OK"), ("cinder", "OK"), ("neutron", "OK")] {
        for path in ["/healthcheck", "/healthcheck/below"] {
            let answer = cloud.ask("PUT", service, path).nobody().send();
            assert_eq!((answer.status, answer.text.as_str()), (200, reasons), "{service}");
            let answer = cloud.get(service, path).nobody().header("Accept", "application/json").send();
            assert_eq!(answer.body["detailed"], json!(false), "{service}");
            assert_eq!(answer.body["reasons"].as_array().unwrap().len(), usize::from(!reasons.is_empty()));
            assert_eq!(cloud.ask("HEAD", service, path).nobody().send().status, 204, "{service}");
        }
    }
    assert_eq!(cloud.get("placement", "/healthcheck").nobody().send().status, 401);
}

#[test]
fn cinder_redirects_to_its_version_and_names_a_refused_one() {
    let cloud = Cloud::new();
    let answer = cloud.get("cinder", "/v3").send();
    assert_eq!((answer.status, answer.header("location")), (302, Some("http://cloud.example/v3/")));
    assert_eq!(answer.header("vary"), None);
    let answer = cloud.get("cinder", "/v3/{project}/volumes").version("volume 9.9").send();
    assert_eq!((answer.status, answer.header("openstack-api-version")), (406, Some("volume 9.9")));
    assert_eq!(answer.header("vary"), Some("OpenStack-API-Version"));
    let answer = cloud.get("cinder", "/v3/{project}/volumes").version("volume 1.0").send();
    assert_eq!((answer.status, answer.header("openstack-api-version")), (406, None));
}
