//! `/v2`, the API without microversions.

use super::servers::image;
use crate::support::Cloud;
use serde_json::json;

#[test]
fn v2_drops_what_it_does_not_know() {
    let cloud = Cloud::new();
    let server = json!({
        "name": " web ", "flavorRef": "1", "imageRef": image(&cloud), "nosuch": 1, "networks": [],
    });
    let body = json!({"server": server, "other": {}});
    let answer = cloud.post("nova", "/v2.1/servers", body.clone()).send();
    assert_eq!(answer.status, 400, "{}", answer.text);
    let answer = cloud.post("nova", "/v2/servers", body).version("compute 2.90").send();
    assert_eq!((answer.status, answer.header("OpenStack-API-Version")), (202, None), "{}", answer.text);
    let path = format!("/v2/servers/{}", answer.body["server"]["id"].as_str().unwrap());
    assert_eq!(cloud.get("nova", &path).send().body["server"]["name"], "web");
    // Names of metadata have a pattern, which applies here too.
    let answer = cloud.post("nova", &format!("{path}/metadata"), json!({"metadata": {"a/b": "c"}})).send();
    assert_eq!(answer.status, 400, "{}", answer.text);
}

#[test]
fn volumes_boot_has_the_actions_of_servers() {
    let cloud = Cloud::new();
    let server = super::server(&cloud).replace("/servers/", "/os-volumes_boot/");
    let act = |body, version: &str| cloud.post("nova", &format!("{server}/action"), body).version(version).send();
    assert_eq!(act(json!({"os-stop": null}), "compute 2.1").status, 202);
    assert_eq!(act(json!({"os-stop": null}), "compute 2.103").status, 404);
    let answer = act(json!({"lock": null}), "compute 2.1");
    assert_eq!((answer.status, answer.message()), (400, "There is no such action: lock"));
}
