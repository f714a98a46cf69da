//! Rate limits.

use super::{CONTROL, Running, answer};
use nephos::engine::Response;
use serde_json::{Value, json};

fn limited() -> (Running, (String, String)) {
    let nephos = Running::configured("rate_limits = true");
    let login = nephos.login("default");
    (nephos, login)
}

/// A list of volumes.
fn list(nephos: &Running, cloud: &str, (token, project): &(String, String)) -> Response {
    let path = format!("/worlds/default/{cloud}/cinder/v3/{project}/volumes");
    nephos.send(CONTROL, "GET", &path, &[("X-Auth-Token", token)], vec![])
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
}

#[test]
fn gozunga_allows_a_burst_of_a_hundred_and_then_fifty_a_second() {
    let (nephos, login) = limited();
    let first = list(&nephos, "gozunga", &login);
    assert_eq!(
        (header(&first, "X-Rate-Limit-Limit"), header(&first, "X-Rate-Limit-Remaining")),
        (Some("50"), Some("49"))
    );
    let now = 1_893_499_200; // 2030-01-01T12:00:00Z
    assert_eq!(header(&first, "X-Rate-Limit-Reset"), Some((now + 1).to_string().as_str()));
    for _ in 1..100 {
        assert_eq!(list(&nephos, "gozunga", &login).status, 200);
    }
    let refused = list(&nephos, "gozunga", &login);
    assert_eq!((header(&refused, "Retry-After"), header(&refused, "X-Rate-Limit-Remaining")), (Some("1"), Some("0")));
    assert_eq!(
        answer(refused),
        (
            429,
            json!({"error": {
                "code": 429,
                "message": "Too Many Requests",
                "details": "Rate limit exceeded. Back off and retry.",
            }})
        )
    );
    nephos.request("PATCH", "/clock", json!({"advance": "1s"}));
    let statuses: Vec<_> = (0..51).map(|_| list(&nephos, "gozunga", &login).status).collect();
    assert_eq!((statuses[49], statuses[50]), (200, 429));
}

#[test]
fn answers_without_a_caller_have_the_headers_too() {
    let (nephos, _) = limited();
    let unknown = list(&nephos, "gozunga", &("none".into(), "none".into()));
    assert!((400..500).contains(&unknown.status));
    assert_eq!(header(&unknown, "X-Rate-Limit-Limit"), Some("50"));
}

#[test]
fn limits_are_changed_and_switched_off() {
    let (nephos, login) = limited();
    let (status, limits) = nephos.request("PATCH", "/limits", json!({"gozunga": {"rate": "2/m", "burst": 2}}));
    assert_eq!((status, &limits["clouds"]["gozunga"]["rate"]), (200, &json!("2/m")));
    let statuses = [(); 3].map(|()| list(&nephos, "gozunga", &login).status);
    assert_eq!(statuses, [200, 200, 429]);
    nephos.request("PATCH", "/limits", json!({"enabled": false}));
    assert_eq!(list(&nephos, "gozunga", &login).status, 200);
}

#[test]
fn xloud_has_no_limit_by_default_and_refuses_in_the_form_of_its_services() {
    let (nephos, _) = limited();
    nephos.request("PATCH", "/limits", json!({"xloud": {"rate": "1/h", "per": "token"}}));
    let domain = json!({"id": "default"});
    let body = json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {"name": "demo", "domain": domain, "password": "nephos"}}},
        "scope": {"project": {"name": "demo", "domain": domain}},
    }});
    let path = "/worlds/default/xloud/keystone/v3/auth/tokens";
    let issued = nephos.send(CONTROL, "POST", path, &[], body.to_string().into_bytes());
    let token = header(&issued, "X-Subject-Token").unwrap().to_owned();
    let (_, body) = answer(issued);
    let login = (token, body["token"]["project"]["id"].as_str().unwrap().to_owned());
    assert_eq!(list(&nephos, "xloud", &login).status, 200);
    let refused = list(&nephos, "xloud", &login);
    assert_eq!(header(&refused, "Retry-After"), Some("3600"));
    assert_eq!(
        answer(refused),
        (
            429,
            json!({"overLimit": {
                "code": 429,
                "message": "Rate limit exceeded. Back off and retry.",
                "retryAfter": "3600",
            }})
        )
    );
}

#[test]
fn limits_are_off_on_a_frozen_clock_unless_configured() {
    assert_eq!(Running::new().get("/limits")["enabled"], false);
}

#[test]
fn an_invalid_limit_is_rejected_and_changes_nothing() {
    let nephos = Running::new();
    let before = nephos.get("/limits");
    for (change, expected) in [
        (json!({}), "expected"),
        (json!({"gozunga": {"rate": "fast"}}), "50/s"),
        (json!({"gozunga": {"rate": "5/s", "burts": 3}}), "burst"),
        (json!({"gozunga": {"burst": 0}}), "1 or more"),
        (json!({"gozunag": {"rate": "5/s"}}), "gozunga"),
        (json!({"gozunga": {"per": "user"}}), "project"),
    ] {
        let (status, answer) = nephos.request("PATCH", "/limits", change);
        let message = answer["error"]["message"].as_str().unwrap();
        assert_eq!(status, 400, "{message}");
        assert!(message.contains(expected), "{message}");
    }
    assert_eq!(nephos.get("/limits"), before);
    assert_eq!(nephos.request("PATCH", "/limits", Value::Null).0, 400);
}

#[test]
fn the_marketplace_counts_by_endpoint_and_hour_and_refuses_with_403() {
    let nephos = Running::configured("rate_limits = true");
    let get = |kind: &str| {
        let path = format!("/worlds/default/openstackid/marketplace/public/v1/marketplace/{kind}");
        nephos.send(CONTROL, "GET", &path, &[], vec![])
    };
    let first = get("distros");
    assert_eq!(
        (header(&first, "X-RateLimit-Limit"), header(&first, "X-RateLimit-Remaining")),
        (Some("60"), Some("59"))
    );
    nephos.request("PATCH", "/clock", json!({"advance": "10m"}));
    for _ in 1..60 {
        assert_eq!(get("distros").status, 200);
    }
    let refused = get("distros");
    assert_eq!((refused.status, header(&refused, "X-RateLimit-Reset")), (429, Some("3000")));
    assert_eq!(get("appliances").status, 200, "another endpoint has an allowance of its own");
    let path = "/worlds/default/openstackid/identity/oauth2/token";
    let fields = "grant_type=client_credentials&client_id=nephos&client_secret=nephos&scope=\
                  https://openstackid-resources.org/consultants/read";
    let (_, token) = answer(nephos.send(CONTROL, "POST", &format!("{path}?{fields}"), &[], vec![]));
    let token = token["access_token"].as_str().unwrap().to_owned();
    let path = "/worlds/default/openstackid/marketplace/v1/marketplace/consultants/18";
    let show = |known: &str| {
        nephos.send(CONTROL, "GET", path, &[("Authorization", token.as_str()), ("If-None-Match", known)], vec![])
    };
    let mark = header(&show(""), "ETag").unwrap().to_owned();
    for _ in 0..5 {
        let unchanged = show(&mark);
        assert_eq!((unchanged.status, header(&unchanged, "X-RateLimit-Remaining")), (304, Some("59")));
    }
    for _ in 1..60 {
        assert_eq!(show("").status, 200);
    }
    let (status, refused) = answer(show(""));
    assert_eq!(status, 403);
    assert!(refused["message"].as_str().unwrap().starts_with("You have triggered an abuse detection mechanism"));
    nephos.request("PATCH", "/clock", json!({"advance": "30m"}));
    assert_eq!(show("").status, 403);
    nephos.request("PATCH", "/clock", json!({"advance": "20m"}));
    assert_eq!(get("distros").status, 200);
}

#[test]
fn marketplace_abuse() {
    let nephos = Running::configured("rate_limits = true");
    assert_eq!(nephos.request("POST", "/scenarios/marketplace-abuse/apply", Value::Null).0, 201);
    let path = "/worlds/default/openstackid/marketplace/public/v1/marketplace/distros";
    let show = |known: &str| nephos.send(CONTROL, "GET", path, &[("If-None-Match", known)], vec![]);
    let mark = header(&show(""), "ETag").unwrap().to_owned();
    let statuses: Vec<_> = (0..8).map(|_| show(&mark).status).collect();
    assert_eq!(statuses, [304; 8]);
    let statuses: Vec<_> = (0..5).map(|_| show("").status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 429]);
    assert_eq!(nephos.request("DELETE", "/scenarios/marketplace-abuse", Value::Null).0, 200);
    assert_eq!(show("").status, 200);
}

#[test]
fn numbers_at_the_end_of_their_type_are_limits_too() {
    let (nephos, login) = limited();
    for (rate, burst) in [("1/d", 1_000_000_000), ("1/d", u64::MAX), ("1000000/s", u64::MAX), ("1/s", 1)] {
        for clock in ["2030-01-01T12:00:00Z", "9999-12-31T23:00:00Z", "1970-01-01T00:00:00Z"] {
            nephos.request("PATCH", "/clock", json!({"now": clock}));
            let (status, changed) =
                nephos.request("PATCH", "/limits", json!({"cloudsigma": {"rate": rate, "burst": burst}}));
            assert_eq!(status, 200, "{changed}");
            nephos.request("PATCH", "/limits", json!({"gozunga": {"rate": rate, "burst": burst}}));
            let answer = list(&nephos, "gozunga", &login);
            assert!([200, 401, 429].contains(&answer.status), "{rate} {burst} {clock}: {}", answer.status);
            let number = |name: &str| header(&answer, name).unwrap().parse::<i64>().unwrap();
            assert!(number("X-Rate-Limit-Remaining") >= 0 && number("X-Rate-Limit-Reset") >= 0);
        }
    }
}
