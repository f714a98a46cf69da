//! Resizing.

use super::{PRODUCT, REGION, Zy};
use serde_json::{Value, json};

fn product(zy: &Zy, region: &str, name: &str) -> String {
    zy.state(|cloud| cloud.products.of(region).find(|one| one.name == name).unwrap().id.to_string())
}

fn resize(zy: &Zy, id: &str, body: Value) -> super::Answered {
    zy.post(&format!("/instances/{id}/resize"), body)
}

#[test]
fn the_documents_examples_are_taken() {
    let zy = Zy::new();
    let id = zy.active("a");
    let fixed = json!({
        "type": "FIXED", "productId": PRODUCT, "extraResource": {"diskInGB": 50, "bandwidthInTB": 2},
    });
    resize(&zy, &id, fixed).data();
    assert_eq!(zy.instance(&id)["disk"], 120);
    zy.run_all_due();
    let shown = zy.instance(&id);
    assert_eq!((&shown["disk"], &shown["extraResource"]["diskInGB"]), (&json!(170), &json!(50)));
    let custom = json!({
        "type": "CUSTOM", "regionId": "region-456",
        "extraResource": {"cpu": 8, "ramInGB": 16, "diskInGB": 200, "bandwidthInTB": 10},
    });
    resize(&zy, &id, custom).data();
    zy.run_all_due();
    let shown = zy.instance(&id);
    assert_eq!((&shown["vcpuCount"], &shown["ram"], &shown["disk"]), (&json!(8), &json!(16384), &json!(200)));
    assert_eq!((&shown["productId"], &shown["status"]), (&Value::Null, &json!("active")));
}

#[test]
fn a_disk_never_shrinks_and_a_region_stays() {
    let zy = Zy::new();
    let id = zy.active("a");
    let small = json!({"cpu": 8, "ramInGB": 16, "diskInGB": 119, "bandwidthInTB": 10});
    for (body, code) in [
        (json!({"type": "FIXED", "productId": product(&zy, REGION, "Standard 2")}), "DISK_CANNOT_BE_SHRUNK"),
        (json!({"type": "CUSTOM", "extraResource": small}), "DISK_CANNOT_BE_SHRUNK"),
        (
            json!({"type": "FIXED", "productId": product(&zy, "UK-London", "Standard 8")}),
            "PRODUCT_IS_NOT_IN_THE_REGION",
        ),
        (json!({"type": "CUSTOM", "regionId": "UK-London", "extraResource": small}), "REGION_CANNOT_BE_CHANGED"),
    ] {
        assert_eq!(resize(&zy, &id, body.clone()).refusal(), (400, code), "{body}");
    }
    let other = resize(&zy, &id, json!({"type": "FIXED", "productId": "nothing"}));
    assert_eq!(other.refusal(), (404, "FAILED"));
}

#[test]
fn what_a_type_needs_is_a_complaint_about_the_field() {
    let zy = Zy::new();
    let id = zy.active("a");
    for (body, loc) in [
        (json!({}), r#"["body","type"]"#),
        (json!({"type": "FIXED"}), r#"["body","productId"]"#),
        (json!({"type": "CUSTOM"}), r#"["body","extraResource"]"#),
        (
            json!({"type": "CUSTOM", "extraResource": {"cpu": 1, "ramInGB": 1}}),
            r#"["body","extraResource","diskInGB"]"#,
        ),
    ] {
        let expected = (loc.to_owned(), "field required".to_owned(), "value_error.missing".to_owned());
        assert_eq!(resize(&zy, &id, body).errors(), [expected]);
    }
    let errors = resize(&zy, &id, json!({"type": "fixed"})).errors();
    let says = "value is not a valid enumeration member; permitted: 'FIXED', 'CUSTOM'";
    assert_eq!(errors, [(r#"["body","type"]"#.into(), says.into(), "type_error.enum".into())]);
}

#[test]
fn a_resize_costs_from_when_it_is_done() {
    let zy = Zy::new();
    let id = zy.active("a");
    let hourly = || zy.state(|cloud| f64::from(cloud.charges.get(&id).unwrap().price));
    let before = hourly();
    resize(&zy, &id, json!({"type": "FIXED", "productId": product(&zy, REGION, "Standard 8")})).data();
    assert_eq!(hourly(), before);
    zy.run_all_due();
    assert_eq!(hourly(), before * 2.0);
}

#[test]
fn a_resize_that_fails_leaves_everything_as_it_was() {
    let zy = Zy::new();
    let id = zy.active("a");
    let before = zy.instance(&id);
    zy.fail("cloudzy.instance.resize", "no room");
    resize(&zy, &id, json!({"type": "FIXED", "productId": product(&zy, REGION, "Standard 8")})).data();
    zy.run_all_due();
    let after = zy.instance(&id);
    assert_eq!(
        (&after["disk"], &after["status"], &after["adminNote"]),
        (&before["disk"], &json!("active"), &json!("no room"))
    );
}
