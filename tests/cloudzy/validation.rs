//! Invalid requests and pydantic's errors.

use super::{TOKEN, Zy, instance};
use serde_json::{Value, json};

fn error(loc: &str, says: &str, kind: &str) -> (String, String, String) {
    (loc.to_owned(), says.to_owned(), kind.to_owned())
}

fn send(zy: &Zy, content_type: &str, body: &[u8]) -> super::Answered {
    zy.send("POST", "/v1/instances", &[("API-Token", TOKEN), ("Content-Type", content_type)], body)
}

#[test]
fn the_documents_example_of_a_422_is_word_for_word() {
    let zy = Zy::new();
    let answer = zy.post("/instances", json!({"region": "region-456"}));
    let expected =
        json!({"detail": [{"loc": ["body", "hostnames"], "msg": "field required", "type": "value_error.missing"}]});
    assert_eq!((answer.status, answer.body), (422, expected));
}

#[test]
fn everything_that_is_wrong_is_told_at_once_in_the_order_of_the_fields() {
    let zy = Zy::new();
    let body = json!({
        "hostnames": [], "assignIpv4": "maybe", "billingCycle": "weekly", "sshKeyIds": ["one", 2], "floatingIPCount": 6,
        "featureIds": ["nested", "x"], "extraResource": {"cpu": -1, "diskInGB": null}, "class": [],
    });
    let errors = zy.post("/instances", body).errors();
    let cycles = "'hourly', 'monthly', 'quarterly', 'semi-annually', 'annually'";
    let features = "'nested', 'ide', 'metatrader4', 'metatrader5', 'vpn-vless', 'vpn-vmess', 'vpn-ss', 'vpn-mtproto', 'monitoring'";
    let member = |permitted: &str| format!("value is not a valid enumeration member; permitted: {permitted}");
    let expected = [
        error(r#"["body","hostnames"]"#, "ensure this value has at least 1 items", "value_error.list.min_items"),
        error(r#"["body","region"]"#, "field required", "value_error.missing"),
        error(r#"["body","assignIpv4"]"#, "value could not be parsed to a boolean", "type_error.bool"),
        error(r#"["body","billingCycle"]"#, &member(cycles), "type_error.enum"),
        error(r#"["body","sshKeyIds",0]"#, "value is not a valid integer", "type_error.integer"),
        error(r#"["body","featureIds",1]"#, &member(features), "type_error.enum"),
        error(
            r#"["body","floatingIPCount"]"#,
            "ensure this value is less than or equal to 5",
            "value_error.number.not_le",
        ),
        error(
            r#"["body","extraResource","cpu"]"#,
            "ensure this value is greater than or equal to 0",
            "value_error.number.not_ge",
        ),
        error(r#"["body","class"]"#, &member("'default', 'cpu-optimized', 'gpu-provided'"), "type_error.enum"),
    ];
    assert_eq!(errors, expected);
}

#[test]
fn limits_are_told_as_numbers_too() {
    let zy = Zy::new();
    let mut body = instance("a");
    body["hostnames"] = (0..11).map(|number| json!(format!("h{number}"))).collect();
    let answer = zy.post("/instances", body);
    let expected = json!([{
        "loc": ["body", "hostnames"], "msg": "ensure this value has at most 10 items", "type": "value_error.list.max_items",
        "ctx": {"limit_value": 10},
    }]);
    assert_eq!((answer.status, &answer.body["detail"]), (422, &expected));
    let answer = zy.post("/instances", json!({"hostnames": ["a"], "region": "r", "class": "large"}));
    assert_eq!(answer.body["detail"][0]["ctx"], json!({"enum_values": ["default", "cpu-optimized", "gpu-provided"]}));
}

#[test]
fn wrong_types_have_their_own_words() {
    let zy = Zy::new();
    for (field, value, says, kind) in [
        ("hostnames", json!("a"), "value is not a valid list", "type_error.list"),
        ("region", json!(["a"]), "str type expected", "type_error.str"),
        ("region", json!({}), "str type expected", "type_error.str"),
        ("region", Value::Null, "none is not an allowed value", "type_error.none.not_allowed"),
        ("floatingIPCount", json!("two"), "value is not a valid integer", "type_error.integer"),
        ("floatingIPCount", Value::Null, "none is not an allowed value", "type_error.none.not_allowed"),
        ("assignIpv4", json!(2), "value could not be parsed to a boolean", "type_error.bool"),
        ("extraResource", json!([]), "value is not a valid dict", "type_error.dict"),
    ] {
        let mut body = instance("a");
        body[field] = value.clone();
        let expected = error(&format!("[\"body\",\"{field}\"]"), says, kind);
        assert_eq!(zy.post("/instances", body).errors(), [expected], "{field} = {value}");
    }
    let id = zy.active("a");
    for (value, says, kind) in [
        (json!("much"), "value is not a valid float", "type_error.float"),
        (json!(0), "ensure this value is greater than 0", "value_error.number.not_gt"),
    ] {
        let errors = zy.post(&format!("/instances/{id}/add-traffic"), json!({"amount": value})).errors();
        assert_eq!(errors, [error(r#"["body","amount"]"#, says, kind)]);
    }
}

#[test]
fn what_can_be_taken_for_the_wanted_type_is_taken_for_it() {
    let zy = Zy::new();
    let mut body = instance("a");
    body["assignIpv4"] = "yes".into();
    body["assignIpv6"] = 0.into();
    body["floatingIPCount"] = "1".into();
    body["hostnames"] = json!([5]);
    let made = zy.post("/instances", body).data();
    assert_eq!(made["instances"][0]["hostname"], "5");
    assert_eq!(zy.get("/floating-ips").data()["total"], 1);
}

#[test]
fn what_is_no_json_is_told_where() {
    let zy = Zy::new();
    let answer = send(&zy, "application/json", b"{\"a\": }");
    let expected = json!([{
        "loc": ["body", 6], "msg": "Expecting value: line 1 column 7 (char 6)", "type": "value_error.jsondecode",
        "ctx": {"msg": "Expecting value", "doc": "{\"a\": }", "pos": 6, "lineno": 1, "colno": 7},
    }]);
    assert_eq!((answer.status, &answer.body["detail"]), (422, &expected));
    let missing = [error(r#"["body"]"#, "field required", "value_error.missing")];
    assert_eq!(send(&zy, "application/json", b"").errors(), missing);
    let not_a_dict = [error(r#"["body"]"#, "value is not a valid dict", "type_error.dict")];
    assert_eq!(send(&zy, "application/json", b"[]").errors(), not_a_dict);
    assert_eq!(send(&zy, "application/x-www-form-urlencoded", b"a=b").errors(), not_a_dict);
    let good = instance("a").to_string();
    assert_eq!(zy.send("POST", "/v1/instances", &[("api-token", TOKEN)], good.as_bytes()).status, 200);
}

#[test]
fn an_action_reads_no_body() {
    let zy = Zy::new();
    let id = zy.active("a");
    let path = format!("/v1/instances/{id}/poweroff");
    for body in [&b""[..], b"{}", b"no json at all"] {
        assert_eq!(zy.send("POST", &path, &[("API-Token", TOKEN)], body).status, 200);
        zy.run_all_due();
    }
}

#[test]
fn paths_and_methods_that_do_not_exist_are_in_the_envelope() {
    let zy = Zy::new();
    assert_eq!(zy.get("/customers").refusal(), (404, "FAILED"));
    let answer = zy.put("/regions", json!({}));
    assert_eq!((answer.refusal(), answer.header("Allow")), ((405, "FAILED"), Some("GET")));
}

#[test]
fn a_deletion_answers_with_an_envelope_and_never_with_204() {
    let zy = Zy::new();
    let id = zy.active("a");
    let answer = zy.delete(&format!("/instances/{id}"));
    assert_eq!((answer.status, &answer.body["code"], &answer.body["data"]), (200, &json!("OKAY"), &Value::Null));
    assert!(zy.operations().iter().all(|operation| operation.success == 200));
}
