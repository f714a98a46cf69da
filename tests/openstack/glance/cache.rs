//! The cache.

use super::{active, queued};
use crate::support::Cloud;
use serde_json::{Value, json};

fn cached(cloud: &Cloud) -> Value {
    cloud.get("glance", "/v2/cache").user("admin").send().body
}

#[test]
fn an_image_is_cached_when_it_is_asked_for_or_read() {
    let cloud = Cloud::new();
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let queue = |id: &str, user: &str| cloud.ask("PUT", "glance", &format!("/v2/cache/{id}")).user(user).send().status;
    let asked = id(&active(&cloud, json!({})));
    assert_eq!((queue(&asked, "demo"), queue(&asked, "admin")), (403, 202));
    assert_eq!(cached(&cloud)["queued_images"], json!([asked]));
    cloud.pass(60);
    assert_eq!(
        (&cached(&cloud)["cached_images"][0]["image_id"], &cached(&cloud)["queued_images"]),
        (&json!(asked), &json!([]))
    );
    let read = active(&cloud, json!({}));
    cloud.get("glance", &format!("{read}/file")).send();
    assert_eq!(cached(&cloud)["cached_images"][1]["image_id"], json!(id(&read)));
    assert_eq!(queue(&id(&queued(&cloud, json!({}))), "admin"), 400);
    assert_eq!(cloud.delete("glance", "/v2/cache").user("admin").send().status, 204);
    assert_eq!(cached(&cloud), json!({"cached_images": [], "queued_images": []}));
}
