//! Networks, and what all resources of Neutron have in common.

use super::{make, network, port, refusal, subnet, text};
use crate::support::Cloud;
use serde_json::json;

#[test]
fn only_administrators_see_that_a_network_is_a_tunnel() {
    let cloud = Cloud::new();
    let id = network(&cloud);
    let owners = cloud.get("neutron", &format!("/v2.0/networks/{id}")).send().body["network"].clone();
    assert_eq!((&owners["mtu"], &owners["status"], &owners["subnets"]), (&json!(1450), &json!("ACTIVE"), &json!([])));
    assert!(owners.get("provider:network_type").is_none());
    let admins = cloud.get("neutron", &format!("/v2.0/networks/{id}")).user("admin").send().body["network"].clone();
    assert_eq!(admins["provider:network_type"], "vxlan");
}

#[test]
fn invalid_bodies_are_refused_with_neutrons_messages() {
    let cloud = Cloud::new();
    let cases = [
        (json!({"network": null}), "HTTPBadRequest", "Unable to find 'network' in request body"),
        (json!({"network": "x"}), "HTTPBadRequest", "Object 'network' contains invalid data"),
        (json!({"network": {"colour": 1}}), "HTTPBadRequest", "Unrecognized attribute(s) 'colour'"),
        (json!({"network": {"status": "UP"}}), "HTTPBadRequest", "Attribute 'status' not allowed in POST"),
        (
            json!({"network": {"mtu": -1}}),
            "HTTPBadRequest",
            "Invalid input for mtu. Reason: '-1' should be non-negative.",
        ),
        (
            json!({"network": {"admin_state_up": "maybe"}}),
            "InvalidInput",
            "Invalid input for operation: 'maybe' cannot be converted to boolean.",
        ),
    ];
    for (body, kind, message) in cases {
        let answer = cloud.post("neutron", "/v2.0/networks", body).send();
        assert_eq!(refusal(&answer), (400, kind.into(), message.into()));
    }
}

#[test]
fn a_forbidden_request_is_told_all_rules_that_were_enforced() {
    let cloud = Cloud::new();
    let answer = cloud.post("neutron", "/v2.0/networks", json!({"network": {"shared": true}})).send();
    assert_eq!(
        refusal(&answer),
        (
            403,
            "PolicyNotAuthorized".into(),
            "(rule:create_network and rule:create_network:shared) is disallowed by policy".into()
        )
    );
}

#[test]
fn a_shared_network_is_visible_to_all_projects_and_changed_only_by_its_owner() {
    let cloud = Cloud::new();
    let body = json!({"network": {"name": "common"}});
    let made = cloud.post("neutron", "/v2.0/networks", body).user("admin").send().body["network"].clone();
    let path = format!("/v2.0/networks/{}", text(&made["id"]));
    assert_eq!(cloud.get("neutron", &path).send().status, 404);
    let share = cloud.put("neutron", &path, json!({"network": {"shared": true}})).user("admin").send();
    assert_eq!(share.body["network"]["shared"], true);
    assert_eq!(cloud.get("neutron", &path).send().status, 200);
    let answer = cloud.put("neutron", &path, json!({"network": {"name": "mine"}})).send();
    assert_eq!(refusal(&answer).1, "PolicyNotAuthorized");
}

#[test]
fn lists_are_filtered_sorted_and_paged_and_have_the_requested_fields() {
    let cloud = Cloud::new();
    for name in ["b", "a", "c"] {
        make(&cloud, "networks", "network", json!({"name": name, "description": "mine"}));
    }
    let names = |path: &str| {
        let answer = cloud.get("neutron", path).send();
        let rows = answer.body["networks"].as_array().cloned().unwrap_or_default();
        rows.iter().map(|row| text(&row["name"])).collect::<Vec<_>>()
    };
    let mine = "/v2.0/networks?description=mine&sort_key=name&sort_dir=asc";
    assert_eq!(names(mine), ["a", "b", "c"]);
    assert_eq!(names("/v2.0/networks?name=a&name=c&sort_key=name&sort_dir=desc"), ["c", "a"]);
    let first = cloud.get("neutron", &format!("{mine}&limit=2&fields=id")).send().body;
    assert_eq!(first["networks"][0].as_object().map(|fields| fields.len()), Some(1));
    let next = text(&first["networks_links"][0]["href"]);
    assert!(next.starts_with("http://cloud.example/networking/v2.0/networks?") || next.contains("/v2.0/networks?"));
    assert_eq!(names(&format!("{mine}&limit=2&marker={}", text(&first["networks"][1]["id"]))), ["c"]);
    let answer = cloud.get("neutron", "/v2.0/networks?colour=red").send();
    assert_eq!(refusal(&answer).2, "['colour'] is invalid attribute for filtering");
}

#[test]
fn a_list_of_networks_is_created_as_a_whole_or_not_at_all() {
    let cloud = Cloud::new();
    let body = json!({"networks": [{"name": "one"}, {"name": "two"}]});
    let answer = cloud.post("neutron", "/v2.0/networks", body).send();
    assert_eq!((answer.status, answer.body["networks"].as_array().map(Vec::len)), (201, Some(2)));
    let body = json!({"networks": [{"name": "three"}, {"mtu": -1}]});
    assert_eq!(cloud.post("neutron", "/v2.0/networks", body).send().status, 400);
    assert_eq!(cloud.get("neutron", "/v2.0/networks?name=three").send().body["networks"], json!([]));
}

#[test]
fn an_update_can_require_a_revision() {
    let cloud = Cloud::new();
    let path = format!("/v2.0/networks/{}", network(&cloud));
    let rename = |number: &str| {
        let body = json!({"network": {"name": "new"}});
        cloud.put("neutron", &path, body).header("If-Match", &format!("revision_number={number}")).send()
    };
    let answer = rename("7");
    assert_eq!(
        refusal(&answer),
        (412, "RevisionNumberConstraintFailed".into(), "Constrained to 7, but current revision is 1".into())
    );
    assert_eq!(rename("1").body["network"]["revision_number"], 2);
}

#[test]
fn tags_are_set_and_lists_are_filtered_by_them() {
    let cloud = Cloud::new();
    let path = format!("/v2.0/networks/{}", network(&cloud));
    let tags = cloud.put("neutron", &format!("{path}/tags"), json!({"tags": ["red", "blue"]})).send();
    assert_eq!(tags.body["tags"], json!(["red", "blue"]));
    assert_eq!(cloud.get("neutron", &format!("{path}/tags/red")).send().status, 204);
    assert_eq!(cloud.get("neutron", &format!("{path}/tags/green")).send().status, 404);
    let found = |query: &str| {
        let answer = cloud.get("neutron", &format!("/v2.0/networks?name=net&{query}")).send();
        answer.body["networks"].as_array().map(Vec::len)
    };
    assert_eq!((found("tags=red,blue"), found("tags=red,green"), found("not-tags=red")), (Some(1), Some(0), Some(0)));
    assert_eq!(cloud.delete("neutron", &format!("{path}/tags/red")).send().status, 204);
}

#[test]
fn a_network_with_ports_cannot_be_deleted() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    subnet(&cloud, &network, "10.9.0.0/24");
    let port = text(&port(&cloud, json!({"network_id": network}))["id"]);
    let path = format!("/v2.0/networks/{network}");
    let answer = cloud.delete("neutron", &path).send();
    assert_eq!((answer.status, refusal(&answer).1.as_str()), (409, "NetworkInUse"));
    assert_eq!(cloud.delete("neutron", &format!("/v2.0/ports/{port}")).send().status, 204);
    assert_eq!(cloud.delete("neutron", &path).send().status, 204);
    assert_eq!(cloud.get("neutron", &format!("/v2.0/subnets?network_id={network}")).send().body["subnets"], json!([]));
}

#[test]
fn an_unknown_path_is_404_and_a_wrong_method_405() {
    let cloud = Cloud::new();
    assert_eq!(refusal(&cloud.get("neutron", "/v2.0/nothing").send()).1, "HTTPNotFound");
    let answer = cloud.patch("neutron", "/v2.0/networks", json!({})).send();
    assert_eq!((answer.status, refusal(&answer).1.as_str()), (405, "HTTPMethodNotAllowed"));
}

#[test]
fn tags_are_sorted_and_adding_some_answers_those() {
    let cloud = Cloud::new();
    let path = format!("/v2.0/networks/{}/tags", network(&cloud));
    cloud.put("neutron", &path, json!({"tags": ["red", "green"]})).send();
    let added = cloud.post("neutron", &path, json!({"tags": ["yellow", "blue", "red"]})).send();
    assert_eq!(added.body["tags"], json!(["yellow", "blue", "red"]));
    assert_eq!(cloud.get("neutron", &path).send().body["tags"], json!(["blue", "green", "red", "yellow"]));
}

#[test]
fn flavors_have_the_service_type_of_a_plugin() {
    let cloud = Cloud::new();
    let create = |kind: &str| {
        let flavor = json!({"flavor": {"name": "f", "service_type": kind}});
        cloud.post("neutron", "/v2.0/flavors", flavor).user("admin").send()
    };
    for known in ["FLAVORS", "QOS", "trunk", "L3_ROUTER_NAT"] {
        assert_eq!(create(known).body["flavor"]["service_type"], *known);
    }
    let message = "Invalid service type: flavors.";
    assert_eq!(refusal(&create("flavors")), (400, "InvalidServiceType".into(), message.into()));
}

#[test]
fn adding_to_an_agent_answers_null() {
    let cloud = Cloud::new();
    let agent = |kind: &str| {
        let list = cloud.get("neutron", "/v2.0/agents").user("admin").send().body["agents"].clone();
        let found = list.as_array().and_then(|all| all.iter().find(|agent| agent["agent_type"] == kind).cloned());
        text(&found.unwrap_or_default()["id"])
    };
    let router = make(&cloud, "routers", "router", json!({}));
    let path = format!("/v2.0/agents/{}/l3-routers", agent("L3 agent"));
    let answer = cloud.post("neutron", &path, json!({"router_id": router["id"]})).user("admin").send();
    assert_eq!((answer.status, answer.text.as_str()), (201, "null"));
    let path = format!("/v2.0/agents/{}/dhcp-networks", agent("DHCP agent"));
    let answer = cloud.post("neutron", &path, json!({"network_id": network(&cloud)})).user("admin").send();
    assert_eq!((answer.status, answer.text.as_str()), (201, "null"));
}

#[test]
fn the_answer_to_tags_is_the_body_of_the_request() {
    let cloud = Cloud::new();
    let path = format!("/v2.0/networks/{}/tags", network(&cloud));
    let body = json!({"tags": ["b", "a"], "unknown_field": "x"});
    assert_eq!(cloud.put("neutron", &path, body.clone()).send().body, body);
    assert_eq!(cloud.post("neutron", &path, body.clone()).send().body, body);
    assert_eq!(cloud.get("neutron", &path).send().body, json!({"tags": ["a", "b"]}));
}

#[test]
fn a_network_has_up_to_50_tags() {
    let cloud = Cloud::new();
    let path = format!("/v2.0/networks/{}/tags", network(&cloud));
    let tags: Vec<_> = (0..50).map(|number| number.to_string()).collect();
    assert_eq!(cloud.put("neutron", &path, json!({"tags": tags})).send().status, 200);
    let add = |tag: &str| cloud.ask("PUT", "neutron", &format!("{path}/{tag}")).send().status;
    assert_eq!((add("49"), add("50")), (201, 400));
}

#[test]
fn names_have_no_emoji_and_no_control_characters() {
    let cloud = Cloud::new();
    let create = |name: &str| cloud.post("neutron", "/v2.0/networks", json!({"network": {"name": name}})).send();
    for name in ["\u{1f600}", "a\u{200b}b", "a\u{e000}", " a", "a\tb", "\n", "a\u{2028}b"] {
        let text = format!("Invalid input for name. Reason: '{name}' is not a valid string.");
        assert_eq!(refusal(&create(name)), (400, "HTTPBadRequest".to_owned(), text), "{name:?}");
    }
    for name in ["", "a\u{a0}b", "\u{e9}", "a\n", "\u{4e2d}"] {
        assert_eq!(create(name).status, 201, "{name:?}");
    }
}

#[test]
fn there_is_one_default_network_whether_the_new_one_is_external_or_not() {
    let cloud = Cloud::new();
    let create = |body| cloud.post("neutron", "/v2.0/networks", json!({"network": body})).user("admin").send();
    let refused = create(json!({"is_default": true}));
    assert_eq!((refused.status, refusal(&refused).1), (409, "DefaultExternalNetworkExists".to_owned()));
}
