//! Every change can be taken back exactly, and a refused one leaves nothing: a world is changed in place, so this
//! is what its history has to bring about.

use crate::support::Cloud;
use serde_json::{Value, json};

const VERSION: &str = "compute 2.96";

/// A cloud, and what its world was like before each write.
struct Tape {
    cloud: Cloud,
    before: Vec<Value>,
}

impl Tape {
    fn new() -> Self {
        let cloud = Cloud::new();
        cloud.token("demo");
        cloud.token("admin");
        Tape { cloud, before: vec![] }
    }

    /// The whole world: rows, agenda, time, rng.
    fn world(&self) -> Value {
        self.cloud.live.snapshot().save().unwrap()
    }

    fn ask(&mut self, method: &'static str, service: &'static str, path: &str, body: Value) -> (u16, Value) {
        let asked = self.cloud.ask(method, service, path).user("admin");
        let asked = asked.version(if service == "nova" { VERSION } else { "volume 3.60" });
        let answer = if body.is_null() { asked.send() } else { asked.json(body).send() };
        (answer.status, answer.body)
    }

    /// A write that is accepted, and some time after it; the value under its one key.
    fn write(&mut self, method: &'static str, service: &'static str, path: &str, body: Value) -> Value {
        self.before.push(self.world());
        let (status, body) = self.ask(method, service, path, body);
        assert!(status < 300, "{method} {path}: {status} {body}");
        self.cloud.pass(2);
        body.as_object().and_then(|body| body.values().next()).cloned().unwrap_or_default()
    }

    fn refused(&mut self, method: &'static str, service: &'static str, path: &str, body: Value) {
        let before = self.world();
        let (status, body) = self.ask(method, service, path, body);
        assert!((400..500).contains(&status), "{method} {path}: {status} {body}");
        assert_eq!(self.world(), before, "{method} {path} was refused and changed something");
    }

    fn first(&mut self, service: &'static str, path: &str) -> String {
        let (_, body) = self.ask("GET", service, path, Value::Null);
        let all = body.as_object().into_iter().flat_map(|body| body.values()).find_map(Value::as_array);
        id(all.and_then(|all| all.first()).unwrap_or(&body))
    }
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id in {value}")).to_owned()
}

/// A network, two servers, a volume that is attached, resized, copied and deleted, with refusals in between.
fn lived() -> Tape {
    let mut tape = Tape::new();
    let (image, flavor) = (tape.first("glance", "/v2/images?name=cirros"), tape.first("nova", "/v2.1/flavors"));
    let network = id(&tape.write("POST", "neutron", "/v2.0/networks", json!({"network": {"name": "own"}})));
    let subnet = json!({"subnet": {"network_id": network, "ip_version": 4, "cidr": "10.5.0.0/29"}});
    tape.write("POST", "neutron", "/v2.0/subnets", subnet.clone());
    tape.refused("POST", "neutron", "/v2.0/subnets", subnet);
    let server = json!({"name": "web", "flavorRef": flavor, "imageRef": image, "networks": [{"uuid": network}]});
    let web = id(&tape.write("POST", "nova", "/v2.1/servers", json!({"server": server})));
    let mut many = server.clone();
    (many["min_count"], many["networks"]) = (json!(2), json!("none"));
    tape.write("POST", "nova", "/v2.1/servers", json!({"server": many}));
    many["networks"] = json!([{"uuid": web}]);
    tape.refused("POST", "nova", "/v2.1/servers", json!({"server": many}));
    let volume = id(&tape.write("POST", "cinder", "/v3/volumes", json!({"volume": {"size": 1, "name": "data"}})));
    tape.cloud.pass(60);
    let attachments = format!("/v2.1/servers/{web}/os-volume_attachments");
    tape.write("POST", "nova", &attachments, json!({"volumeAttachment": {"volumeId": volume}}));
    tape.cloud.pass(60);
    tape.refused("POST", "nova", &attachments, json!({"volumeAttachment": {"volumeId": volume}}));
    tape.refused("DELETE", "cinder", &format!("/v3/volumes/{volume}"), Value::Null);
    tape.refused("DELETE", "neutron", &format!("/v2.0/networks/{network}"), Value::Null);
    let action = format!("/v2.1/servers/{web}/action");
    tape.write("POST", "nova", &action, json!({"os-stop": null}));
    tape.cloud.pass(60);
    tape.refused("POST", "nova", &action, json!({"os-stop": null}));
    tape.write("POST", "nova", &action, json!({"createImage": {"name": "copy"}}));
    tape.cloud.pass(60);
    tape.write("DELETE", "nova", &format!("{attachments}/{volume}"), Value::Null);
    tape.cloud.pass(60);
    tape.write("POST", "cinder", "/v3/snapshots", json!({"snapshot": {"volume_id": volume}}));
    tape.write("DELETE", "nova", &format!("/v2.1/servers/{web}"), Value::Null);
    tape.cloud.pass(60);
    tape.write("DELETE", "neutron", &format!("/v2.0/networks/{network}"), Value::Null);
    tape
}

#[test]
fn a_rewind_step_by_step_goes_through_every_world_that_was() {
    let tape = lived();
    for (number, before) in tape.before.iter().enumerate().rev() {
        assert!(tape.cloud.live.rewind(1).is_ok());
        assert_eq!(tape.world(), *before, "before write {number}");
    }
    assert_eq!(tape.cloud.live.rewind(1).err(), Some(0));
}

#[test]
fn a_rewind_of_many_writes_goes_back_at_once() {
    let tape = lived();
    let (writes, back) = (tape.before.len(), 7);
    assert!(tape.cloud.live.rewind(back as u64).is_ok());
    assert_eq!(tape.world(), tape.before[writes - back]);
    assert!(tape.cloud.live.rewind((writes - back) as u64).is_ok());
    assert_eq!(tape.world(), tape.before[0]);
}

#[test]
fn what_is_done_after_a_rewind_is_taken_back_too() {
    let mut tape = lived();
    assert!(tape.cloud.live.rewind(3).is_ok());
    let back = tape.before[tape.before.len() - 3].clone();
    let volume = id(&tape.write("POST", "cinder", "/v3/volumes", json!({"volume": {"size": 1}})));
    tape.write("PUT", "cinder", &format!("/v3/volumes/{volume}"), json!({"volume": {"name": "other"}}));
    assert!(tape.cloud.live.rewind(2).is_ok());
    assert_eq!(tape.world(), back);
}
