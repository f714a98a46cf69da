//! RBAC policies and what depends on them (neutron/db/rbac_db_mixin.py).

use super::{external_network, made, make, network, port, refusal, text};
use crate::support::Cloud;
use serde_json::{Value, json};

/// Creates a resource as administrator.
fn foreign(cloud: &Cloud, collection: &str, resource: &str, body: Value) -> Value {
    made(cloud.post("neutron", &format!("/v2.0/{collection}"), json!({resource: body})).user("admin").send())
}

fn share(cloud: &Cloud, kind: &str, object: &str, target: &str, action: &str) -> String {
    let policy = json!({"object_type": kind, "object_id": object, "target_tenant": target, "action": action});
    text(&foreign(cloud, "rbac-policies", "rbac_policy", policy)["id"])
}

fn unshare(cloud: &Cloud, policy: &str) -> (u16, String, String) {
    refusal(&cloud.delete("neutron", &format!("/v2.0/rbac-policies/{policy}")).user("admin").send())
}

fn demo(cloud: &Cloud) -> String {
    text(&make(cloud, "networks", "network", json!({}))["project_id"])
}

fn is_external(cloud: &Cloud, network: &str) -> Value {
    made(cloud.get("neutron", &format!("/v2.0/networks/{network}")).user("admin").send())["router:external"].clone()
}

#[test]
fn a_target_is_like_a_uuid_or_everybody() {
    let cloud = Cloud::new();
    let network = text(&foreign(&cloud, "networks", "network", json!({}))["id"]);
    for target in ["demo", "", "**"] {
        let policy = json!({
            "object_type": "network", "object_id": network, "target_tenant": target, "action": "access_as_shared",
        });
        let body = json!({"rbac_policy": policy});
        let answer = cloud.post("neutron", "/v2.0/rbac-policies", body).user("admin").send();
        let reason = format!("'{target}' is not a valid target project ID; expected a UUID or '*'");
        assert_eq!(refusal(&answer).2, format!("Invalid input for operation: {reason}."));
    }
}

#[test]
fn a_policy_makes_a_network_external_and_its_removal_internal() {
    let cloud = Cloud::new();
    let net = text(&foreign(&cloud, "networks", "network", json!({"name": "foreign"}))["id"]);
    let target = demo(&cloud);
    let one = share(&cloud, "network", &net, &target, "access_as_external");
    assert_eq!(is_external(&cloud, &net), true);
    let other = share(&cloud, "network", &net, "*", "access_as_external");
    assert_eq!(unshare(&cloud, &one).0, 204);
    assert_eq!(is_external(&cloud, &net), true);
    assert_eq!(unshare(&cloud, &other).0, 204);
    assert_eq!(is_external(&cloud, &net), false);
}

#[test]
fn the_default_external_network_stays_everybodys() {
    let cloud = Cloud::new();
    let list = cloud.get("neutron", "/v2.0/rbac-policies?action=access_as_external").user("admin").send();
    let policy = text(&list.body["rbac_policies"][0]["id"]);
    let (status, kind, message) = unshare(&cloud, &policy);
    assert_eq!((status, kind.as_str()), (409, "RbacPolicyInUse"));
    assert!(message.contains("Default external networks must be shared to everyone."), "{message}");
}

#[test]
fn an_external_network_stays_shared_while_routers_have_their_gateway_on_it() {
    let cloud = Cloud::new();
    let net = external_network(&cloud);
    let list = cloud.get("neutron", &format!("/v2.0/rbac-policies?object_id={net}")).user("admin").send();
    let policy = text(&list.body["rbac_policies"][0]["id"]);
    let router = make(&cloud, "routers", "router", json!({"external_gateway_info": {"network_id": net}}));
    let (status, kind, message) = unshare(&cloud, &policy);
    assert_eq!((status, kind.as_str()), (409, "RbacPolicyInUse"));
    assert!(message.contains("There are routers attached to this network"), "{message}");
    share(&cloud, "network", &net, &text(&router["project_id"]), "access_as_external");
    assert_eq!(unshare(&cloud, &policy).0, 204);
}

#[test]
fn an_object_stays_shared_while_its_target_uses_it() {
    let cloud = Cloud::new();
    let target = demo(&cloud);
    let scope = text(&foreign(&cloud, "address-scopes", "address_scope", json!({"name": "s", "ip_version": 4}))["id"]);
    let policy = share(&cloud, "address_scope", &scope, &target, "access_as_shared");
    let pool = json!({"name": "pool", "prefixes": ["10.60.0.0/16"], "address_scope_id": scope});
    let pool = text(&make(&cloud, "subnetpools", "subnetpool", pool)["id"]);
    let (status, kind, message) = unshare(&cloud, &policy);
    assert_eq!((status, kind.as_str()), (409, "RbacPolicyInUse"));
    assert!(message.contains(&format!("Details: project_id={target}")), "{message}");
    // The pool can be shared only with those who have access to its scope.
    let alone = json!({"rbac_policy": {
        "object_type": "subnetpool", "object_id": pool, "target_tenant": "0".repeat(32), "action": "access_as_shared",
    }});
    let answer = refusal(&cloud.post("neutron", "/v2.0/rbac-policies", alone).send());
    assert_eq!((answer.0, answer.1.as_str()), (400, "InvalidInput"));
    assert!(answer.2.contains("target project doesn't have access to associated address scope"), "{}", answer.2);
    cloud.delete("neutron", &format!("/v2.0/subnetpools/{pool}")).send();
    assert_eq!(unshare(&cloud, &policy).0, 204);
}

#[test]
fn a_wildcard_policy_can_go_once_each_user_has_a_policy() {
    let cloud = Cloud::new();
    let group = text(&foreign(&cloud, "security-groups", "security_group", json!({"name": "g"}))["id"]);
    let policy = share(&cloud, "security_group", &group, "*", "access_as_shared");
    let net = network(&cloud);
    let port = port(&cloud, json!({"network_id": net, "security_groups": [group]}));
    assert_eq!(unshare(&cloud, &policy).1, "RbacPolicyInUse");
    share(&cloud, "security_group", &group, &text(&port["project_id"]), "access_as_shared");
    assert_eq!(unshare(&cloud, &policy).0, 204);
}

#[test]
fn only_owners_share_objects() {
    let cloud = Cloud::new();
    let target = demo(&cloud);
    let group = text(&foreign(&cloud, "address-groups", "address_group", json!({"name": "g"}))["id"]);
    let body = json!({"rbac_policy": {
        "object_type": "address_group", "object_id": group, "target_tenant": target, "action": "access_as_shared",
    }});
    let answer = refusal(&cloud.post("neutron", "/v2.0/rbac-policies", body).send());
    assert_eq!((answer.0, answer.1.as_str()), (400, "InvalidInput"));
    assert!(answer.2.contains("Only admins can manipulate policies on objects they do not own."), "{}", answer.2);
}

#[test]
fn what_is_shared_cannot_be_changed_and_some_types_hide_even_that() {
    let cloud = Cloud::new();
    let target = demo(&cloud);
    let types = [
        ("address-groups", "address_group", json!({}), 404),
        ("security-groups", "security_group", json!({"name": "x"}), 403),
        ("address-scopes", "address_scope", json!({"name": "x", "ip_version": 4}), 403),
    ];
    for (collection, kind, body, status) in types {
        let id = text(&foreign(&cloud, collection, kind, body)["id"]);
        share(&cloud, kind, &id, &target, "access_as_shared");
        let path = format!("/v2.0/{collection}/{id}");
        assert_eq!(cloud.put("neutron", &path, json!({kind: {"name": "y"}})).send().status, status, "{kind}");
        assert_eq!(cloud.delete("neutron", &path).send().status, 403, "{kind}");
    }
}

#[test]
fn a_policy_of_a_network_counts_in_its_revision_number() {
    let cloud = Cloud::new();
    let net = network(&cloud);
    let revision = |cloud: &Cloud| {
        let shown = made(cloud.get("neutron", &format!("/v2.0/networks/{net}")).send());
        shown["revision_number"].as_i64().unwrap_or_default()
    };
    let before = revision(&cloud);
    share(&cloud, "network", &net, "*", "access_as_shared");
    assert!(revision(&cloud) > before);
}

#[test]
fn a_pool_in_a_shared_scope_is_changed_only_by_the_owner_of_the_scope() {
    let cloud = Cloud::new();
    let scope = json!({"name": "s", "ip_version": 4, "shared": true});
    let scope = text(&foreign(&cloud, "address-scopes", "address_scope", scope)["id"]);
    let pool = json!({"name": "pool", "prefixes": ["20.0.0.0/18"], "address_scope_id": scope});
    let path = format!("/v2.0/subnetpools/{}", text(&make(&cloud, "subnetpools", "subnetpool", pool)["id"]));
    let body = json!({"subnetpool": {"prefixes": ["20.0.0.0/17"]}});
    assert_eq!(refusal(&cloud.put("neutron", &path, body.clone()).send()).1, "IllegalSubnetPoolUpdate");
    assert_eq!(cloud.put("neutron", &path, body).user("admin").send().status, 200);
}

#[test]
fn tags_of_a_resource_of_another_project_are_forbidden() {
    let cloud = Cloud::new();
    let net = text(&foreign(&cloud, "networks", "network", json!({"name": "foreign"}))["id"]);
    let path = |id: &str| format!("/v2.0/networks/{id}/tags");
    for tags in [path(&net), format!("{}/red", path(&net))] {
        let answer = refusal(&cloud.get("neutron", &tags).send());
        let message = "rule:get_network:tags is disallowed by policy";
        assert_eq!(answer, (403, "PolicyNotAuthorized".into(), message.into()));
    }
    let unknown = path("11111111-2222-3333-4444-555555555555");
    assert_eq!(refusal(&cloud.get("neutron", &unknown).send()).1, "NetworkNotFound");
}
