//! Quotas: usages, limits and errors.

use super::volumes::volume;
use crate::support::Cloud;
use serde_json::{Value, json};

fn set(cloud: &Cloud, quotas: Value) -> u16 {
    let (_, demo) = cloud.token("demo");
    let path = format!("/v3/os-quota-sets/{demo}");
    cloud.put("cinder", &path, json!({"quota_set": quotas})).user("admin").send().status
}

fn usage(cloud: &Cloud, resource: &str) -> Value {
    cloud.get("cinder", "/v3/os-quota-sets/{project}?usage=True").send().body["quota_set"][resource].clone()
}

#[test]
fn usage_follows_creation_and_deletion() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 2);
    assert_eq!(usage(&cloud, "gigabytes"), json!({"limit": 1000, "in_use": 2, "reserved": 0}));
    assert_eq!(usage(&cloud, "volumes")["in_use"], 1);
    assert_eq!(cloud.delete("cinder", &volume).send().status, 202);
    cloud.pass(1);
    assert_eq!(usage(&cloud, "gigabytes")["in_use"], 0);
    let limits = cloud.get("cinder", "/v3/limits").send().body;
    assert_eq!(limits["limits"]["absolute"]["totalVolumesUsed"], 0);
}

#[test]
fn too_many_volumes_are_rejected_with_the_message_of_cinder() {
    let cloud = Cloud::new();
    assert_eq!(set(&cloud, json!({"volumes": 1})), 200);
    volume(&cloud, 1);
    let answer = cloud.post("cinder", "/v3/volumes", json!({"volume": {"size": 1}})).send();
    assert_eq!(answer.status, 413);
    assert_eq!(
        answer.message(),
        "VolumeLimitExceeded: Maximum number of volumes allowed (1) exceeded for quota 'volumes'."
    );
    assert_eq!((answer.header("retry-after"), &answer.body["overLimit"]["retryAfter"]), (Some("0"), &json!("0")));
}

#[test]
fn too_many_gigabytes_are_reported_before_too_many_volumes() {
    let cloud = Cloud::new();
    assert_eq!(set(&cloud, json!({"volumes": 0, "gigabytes": 1})), 200);
    let answer = cloud.post("cinder", "/v3/volumes", json!({"volume": {"size": 2}})).send();
    assert_eq!(
        answer.message(),
        "VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested 2G, \
         quota is 1G and 0G has been consumed."
    );
}

#[test]
fn a_deleted_quota_set_falls_back_to_the_default_class() {
    let cloud = Cloud::new();
    let (_, demo) = cloud.token("demo");
    let set_path = format!("/v3/os-quota-sets/{demo}");
    assert_eq!(set(&cloud, json!({"volumes": 3})), 200);
    let class = json!({"quota_class_set": {"volumes": "7"}});
    let answer = cloud.put("cinder", "/v3/os-quota-class-sets/default", class).user("admin").send();
    assert_eq!((answer.status, &answer.body["quota_class_set"]["volumes"]), (200, &json!(7)));
    assert_eq!(cloud.get("cinder", &set_path).send().body["quota_set"]["volumes"], 3);
    assert_eq!(cloud.delete("cinder", &set_path).user("admin").send().status, 200);
    assert_eq!(cloud.get("cinder", &set_path).send().body["quota_set"]["volumes"], 7);
}

#[test]
fn invalid_quotas_are_rejected_and_change_nothing() {
    let cloud = Cloud::new();
    let (_, demo) = cloud.token("demo");
    let path = format!("/v3/os-quota-sets/{demo}");
    let error = |quotas: Value| {
        let answer = cloud.put("cinder", &path, json!({"quota_set": quotas})).user("admin").send();
        assert_eq!(answer.status, 400);
        answer.message().to_owned()
    };
    assert_eq!(error(json!({"volumes": "many"})), "volumes must be an integer");
    assert_eq!(error(json!({"volumes": -2})), "volumes must be >= -1");
    assert_eq!(error(json!({"volumes": 1, "x": 1})), "Invalid input received: Bad key(s) in quota set: x");
    assert_eq!(error(json!({})), "Invalid input for field/attribute quota_set. Value: {}. {} should be non-empty");
    volume(&cloud, 1);
    assert_eq!(set(&cloud, json!({"volumes": 5})), 200);
    assert_eq!(
        error(json!({"volumes": 0})),
        "Quota volumes limit must be equal or greater than existing resources. Current usage is 1 and the requested \
         limit is 0."
    );
    assert_eq!(cloud.get("cinder", &path).send().body["quota_set"]["volumes"], 5);
}

#[test]
fn a_member_can_see_only_the_quota_of_the_own_project() {
    let cloud = Cloud::new();
    let (_, admin) = cloud.token("admin");
    let answer = cloud.get("cinder", &format!("/v3/os-quota-sets/{admin}")).send();
    assert_eq!(answer.status, 403);
    assert_eq!(answer.message(), "Policy doesn't allow volume_extension:quotas:show to be performed.");
    assert_eq!(cloud.get("cinder", "/v3/os-quota-sets/{project}").send().status, 200);
}
