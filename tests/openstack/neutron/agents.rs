//! Agents, and what is scheduled to them.

use super::routers::router;
use super::{network, text};
use crate::support::{Answered, Cloud};
use serde_json::{Value, json};

/// The id of the agent of this type.
fn agent(cloud: &Cloud, kind: &str) -> String {
    let agents = cloud.get("neutron", &format!("/v2.0/agents?agent_type={kind}")).user("admin").send();
    text(&agents.body["agents"][0]["id"])
}

fn add(cloud: &Cloud, agent: &str, collection: &str, body: Value) -> Answered {
    cloud.post("neutron", &format!("/v2.0/agents/{agent}/{collection}"), body).user("admin").send()
}

#[test]
fn every_host_of_the_cloud_has_an_agent_for_its_switch() {
    let cloud = Cloud::new();
    let agents = cloud.get("neutron", "/v2.0/agents?binary=neutron-openvswitch-agent").user("admin").send().body;
    let hosts: Vec<_> = agents["agents"].as_array().unwrap().iter().map(|agent| text(&agent["host"])).collect();
    let computes = cloud.get("nova", "/v2.1/os-services?binary=nova-compute").user("admin").send().body;
    let computes: Vec<_> = computes["services"].as_array().unwrap().iter().map(|one| text(&one["host"])).collect();
    assert_eq!(hosts.len(), computes.len() + 1, "{hosts:?}");
    assert!(computes.iter().all(|host| hosts.contains(host)), "{hosts:?}");
}

#[test]
fn scheduling_to_an_agent_answers_null() {
    let cloud = Cloud::new();
    let (network, router) = (network(&cloud), router(&cloud));
    let answer = add(&cloud, &agent(&cloud, "DHCP agent"), "dhcp-networks", json!({"network_id": network}));
    assert_eq!((answer.status, &*answer.text), (201, "null"));
    let answer = add(&cloud, &agent(&cloud, "L3 agent"), "l3-routers", json!({"router_id": router}));
    assert_eq!((answer.status, &*answer.text), (201, "null"));
}

#[test]
fn a_router_can_be_removed_from_an_agent_with_a_body_in_the_request() {
    let cloud = Cloud::new();
    let (agent, router) = (agent(&cloud, "L3 agent"), router(&cloud));
    let body = json!({"router_id": router});
    add(&cloud, &agent, "l3-routers", body.clone());
    let path = format!("/v2.0/agents/{agent}/l3-routers/{router}");
    let answer = cloud.ask("DELETE", "neutron", &path).json(body.clone()).user("admin").send();
    assert_eq!(answer.status, 204, "{}", answer.text);
    let left = cloud.get("neutron", &format!("/v2.0/routers/{router}/l3-agents")).user("admin").send();
    assert_eq!(left.body, json!({"agents": []}));
    let answer = cloud.ask("DELETE", "neutron", &format!("/v2.0/routers/{router}")).json(body).send();
    assert_eq!(answer.status, 400, "{}", answer.text);
}
