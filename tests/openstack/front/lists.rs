//! Headers of lists.

use crate::support::Cloud;
use serde_json::json;

#[test]
fn an_empty_list_of_inventories_has_no_date() {
    let cloud = Cloud::new();
    let id = "0f0f0f0f-0000-4000-8000-000000000001";
    let body = json!({"name": "empty", "uuid": id});
    let made = cloud.post("placement", "/resource_providers", body).user("admin").version("placement 1.39").send();
    assert_eq!(made.status, 200, "{}", made.text);
    let path = format!("/resource_providers/{id}/inventories");
    let answer = cloud.get("placement", &path).user("admin").version("placement 1.39").send();
    assert_eq!((answer.header("last-modified"), answer.header("cache-control")), (None, Some("no-cache")));
}
