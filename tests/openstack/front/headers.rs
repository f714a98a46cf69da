//! Headers of answers that have names of clients in them.

use crate::support::Cloud;
use serde_json::json;

/// Names that would end a header, or that no header can hold, percent-encoded for a path.
const NAMES: [&str; 5] = ["a%0D%0AX-Set: b", "a%0Ab", "a%00b", "a%7Fb", "gr%C3%B6%C3%9Fe"];

#[test]
fn names_of_clients_never_break_the_location_of_what_was_made() {
    let cloud = Cloud::new();
    let server = crate::nova::server(&cloud);
    let project = cloud.get("keystone", "/v3/auth/projects").send().body["projects"][0]["id"].clone();
    let project = project.as_str().unwrap();
    for name in NAMES {
        let decoded = percent_encoding::percent_decode_str(name).decode_utf8().unwrap().into_owned();
        let tagged = cloud.ask("PUT", "keystone", &format!("/v3/projects/{project}/tags/{name}")).user("admin").send();
        let labelled = cloud.ask("PUT", "nova", &format!("/v2.1/servers/{server}/tags/{name}"));
        let labelled = labelled.version("compute 2.90").send();
        let described = cloud.post("glance", "/v2/metadefs/namespaces", json!({"namespace": decoded}));
        let described = described.user("admin").send();
        for (what, answer) in [("tag", tagged), ("label", labelled), ("namespace", described)] {
            // `send` asserts that a listener can send the headers.
            assert!(answer.status < 500, "{what} {name}: {} {}", answer.status, answer.text);
            if answer.status == 201 {
                let location = answer.header("Location").unwrap_or_default().to_owned();
                assert!(location.starts_with("http://cloud.example"), "{what} {name}: {location}");
            }
        }
    }
}
