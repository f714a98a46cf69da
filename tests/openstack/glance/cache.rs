//! The image cache.

use super::{active, queued};
use crate::support::Cloud;
use serde_json::{Value, json};

fn cached(cloud: &Cloud) -> Value {
    cloud.get("glance", "/v2/cache").user("admin").send().body
}

#[test]
fn an_image_is_cached_when_it_is_queued_or_downloaded() {
    let cloud = Cloud::new();
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let queue = |id: &str, user: &str| cloud.ask("PUT", "glance", &format!("/v2/cache/{id}")).user(user).send().status;
    let queued_id = id(&active(&cloud, json!({})));
    assert_eq!((queue(&queued_id, "demo"), queue(&queued_id, "admin")), (403, 202));
    assert_eq!(cached(&cloud)["queued_images"], json!([queued_id]));
    cloud.pass(60);
    assert_eq!(
        (&cached(&cloud)["cached_images"][0]["image_id"], &cached(&cloud)["queued_images"]),
        (&json!(queued_id), &json!([]))
    );
    let downloaded = active(&cloud, json!({}));
    cloud.get("glance", &format!("{downloaded}/file")).send();
    assert_eq!(cached(&cloud)["cached_images"][1]["image_id"], json!(id(&downloaded)));
    assert_eq!(queue(&id(&queued(&cloud, json!({}))), "admin"), 400);
    assert_eq!(cloud.delete("glance", "/v2/cache").user("admin").send().status, 204);
    assert_eq!(cached(&cloud), json!({"cached_images": [], "queued_images": []}));
}
