//! The marketplace API with tokens.

use super::{BASE, Market};
use serde_json::json;

#[test]
fn a_list_has_pages_of_ten_oldest_first() {
    let market = Market::new();
    let answer = market.get("/public-clouds");
    assert_eq!(answer.status, 200, "{}", answer.text);
    let keys: Vec<_> = answer.body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["total", "per_page", "current_page", "last_page", "from", "to", "data"]);
    let total = answer.body["total"].as_u64().unwrap();
    assert!(total >= 45);
    assert_eq!((answer.body["from"].as_u64(), answer.body["to"].as_u64()), (Some(1), Some(10)));
    assert_eq!(answer.body["last_page"], total.div_ceil(10));
    let created = answer.column("Created");
    assert!(created.len() == 10 && created.is_sorted());
    let fields: Vec<_> = answer.body["data"][0].as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        ["ID", "Created", "LastEdited", "Name", "Slug", "Overview", "Call2ActionUri", "Active", "CompanyID"]
    );
    assert!(answer.text.contains(r"http:\/\/www."), "slashes are escaped");
}

#[test]
fn a_page_past_the_end_is_empty_and_counts_as_the_last() {
    let market = Market::new();
    let answer = market.get("/consultants?page=9&per_page=20");
    let total = answer.body["total"].as_u64().unwrap();
    assert_eq!(answer.body["current_page"], total.div_ceil(20));
    assert_eq!((answer.body["to"].as_u64(), &answer.body["data"]), (Some(total), &json!([])));
    let alone = market.get("/consultants?per_page=20");
    assert_eq!(alone.body["per_page"], 10, "a size without a page is not heeded");
}

#[test]
fn lists_are_filtered_and_ordered() {
    let market = Market::new();
    let count = |query: &str| market.get(&format!("/public-clouds?{query}")).body["total"].as_u64().unwrap();
    assert_eq!(count("status=active") + count("status=non_active"), count("status=all"));
    assert!(count("status=non_active") > 0);
    let names = market.get("/private-clouds?order_by=name&order_dir=desc");
    let names: Vec<_> = names.column("Name").into_iter().map(str::to_lowercase).collect();
    assert!(names.is_sorted_by(|one, other| one >= other));
}

#[test]
fn everything_that_is_wrong_with_a_query_is_told() {
    let market = Market::new();
    let errors = |query: &str| {
        let answer = market.get(&format!("/public-clouds?{query}"));
        assert_eq!((answer.status, answer.body["message"].as_str()), (412, Some("Validation Failed")), "{query}");
        answer.body["errors"].clone()
    };
    assert_eq!(
        errors("page=abc"),
        json!({"page": ["The page must be an integer."],
               "per_page": ["The per page field is required when page is present."]})
    );
    assert_eq!(errors("page=0&per_page=10"), json!({"page": ["The page must be at least 1."]}));
    assert_eq!(
        errors("page=1&per_page=abc"),
        json!({"per_page": ["The per page must be an integer.", "The per page must be at least 10."]})
    );
    assert_eq!(errors("per_page=101"), json!({"per_page": ["The per page may not be greater than 100."]}));
    assert_eq!(
        errors("status=x&order_by=y&order_dir=z"),
        json!({
            "status": ["The status field is does not has a valid value (all, active, non_active)."],
            "order_by": ["The order by field is does not has a valid value (date, name)."],
            "order_dir": ["The order dir field is does not has a valid value (desc, asc)."],
        })
    );
    let required = json!({"order_dir": ["The order dir field is required when order by is present."]});
    assert_eq!(errors("order_by=name"), required);
    assert_eq!(errors("order_by=name&callback=cb"), required, "a refusal is never wrapped");
}

#[test]
fn an_entry_is_found_under_its_kind_alone() {
    let market = Market::new();
    assert_eq!(market.get("/public-clouds/17").body["ID"], "17");
    assert_eq!(market.get("/consultants/18").body["ID"], "18");
    for path in ["/private-clouds/17", "/public-clouds/abc", "/consultants/99999", "/public-clouds/60/data-centers"] {
        let answer = market.get(path);
        assert_eq!((answer.status, &*answer.text), (404, r#"{"message":"Entity Not Found"}"#), "{path}");
    }
    let centers = market.get("/private-clouds/60/data-centers");
    let place = &centers.body["datacenters"][0]["locations"][0];
    assert!(place["Lat"].is_string() && place["City"].is_string());
    assert!(market.get("/consultants/19/offices").body["offices"][0]["Country"].is_string());
    let nowhere = market.get("/nothing");
    assert_eq!((nowhere.status, &*nowhere.content_type), (404, "text/html; charset=UTF-8"));
}

#[test]
fn tokens_are_looked_at_before_anything_else() {
    let market = Market::new();
    let get = |path: &str, headers: &[(&str, &str)]| {
        market.ask("marketplace", "GET", &format!("/v1/marketplace{path}"), headers, "")
    };
    let missing = get("/public-clouds?page=x", &[]);
    assert_eq!((missing.status, missing.body["error"].as_str()), (400, Some("invalid_request")));
    assert_eq!(
        missing.header("WWW-Authenticate"),
        Some("Bearer realm=\"market.example\", error=\"invalid_request\", error_description=\"missing access token\"")
    );
    let empty = get("/public-clouds", &[("Authorization", "Bearer ")]);
    assert_eq!((empty.status, empty.body["error_description"].as_str()), (400, Some("invalid request")));
    for header in ["Bearer nobody", "nobody", "Basic zzz"] {
        let answer = get("/public-clouds/none", &[("Authorization", header)]);
        assert_eq!((answer.status, answer.body["error"].as_str()), (401, Some("invalid_token")), "{header}");
    }
    let token = market.token(&["consultants/read"]);
    let other = get("/public-clouds", &[("Authorization", &format!("Bearer {token}"))]);
    assert_eq!((other.status, other.body["scope"].as_str()), (403, Some(&*format!("{BASE}/public-clouds/read"))));
    assert_eq!(get(&format!("/consultants?access_token={token}"), &[]).status, 200);
    assert_eq!(get("/consultants", &[("Authorization", &token)]).status, 200);
    market.pass(3601);
    assert_eq!(get("/consultants", &[("Authorization", &token)]).status, 401);
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let market = Market::new();
    let first = market.get("/public-clouds/17");
    let mark = first.header("ETag").unwrap().to_owned();
    let again = market.get_with("/public-clouds/17", &[("If-None-Match", &mark)]);
    assert_eq!((again.status, &*again.text, &*again.content_type), (304, "", ""));
    assert_eq!(again.header("ETag"), Some(&*mark));
    let changed: Result<(), ()> = market.live.write(|world| {
        let row = world.change_table(super::CLOUD, "marketplace", "entries", |entries| {
            let mut row = entries.show("17").unwrap();
            row["overview"] = "new".into();
            entries.put(row)
        });
        row.unwrap().map(|_| ()).map_err(|_| ())
    });
    changed.unwrap();
    let third = market.get_with("/public-clouds/17", &[("If-None-Match", &mark)]);
    assert_eq!((third.status, third.body["Overview"].as_str()), (200, Some("new")));
    assert_ne!(third.header("ETag"), Some(&*mark));
    assert_eq!(market.get("/public-clouds/none").header("ETag"), None);
}

#[test]
fn a_callback_gets_the_json_as_script() {
    let market = Market::new();
    let plain = market.get("/public-clouds/17");
    let wrapped = market.get("/public-clouds/17?callback=app.show");
    assert_eq!(wrapped.text, format!("/**/app.show({});", plain.text));
    assert_eq!(wrapped.content_type, "text/javascript; charset=UTF-8");
    assert_ne!(wrapped.header("ETag"), plain.header("ETag"));
    assert_eq!(market.get("/public-clouds/17?callback=alert(1)").status, 400);
    assert_eq!(market.get("/public-clouds/0?callback=cb").text, r#"{"message":"Entity Not Found"}"#);
}

#[test]
fn other_origins_may_ask_and_hear_the_answer() {
    let market = Market::new();
    let origin = ("Origin", "https://page.example");
    let before = market.ask(
        "marketplace",
        "OPTIONS",
        "/v1/marketplace/public-clouds",
        &[origin, ("Access-Control-Request-Method", "GET")],
        "",
    );
    assert_eq!((before.status, before.header("Access-Control-Allow-Origin")), (204, Some(origin.1)));
    assert_eq!(before.header("Access-Control-Max-Age"), Some("3200"));
    assert_eq!(before.header("X-content-type-options"), None);
    let answer = market.get_with("/public-clouds", &[origin]);
    assert_eq!(answer.header("Access-Control-Allow-Origin"), Some(origin.1));
    assert_eq!(answer.header("Access-Control-Allow-Credentials"), Some("true"));
    assert_eq!(answer.header("X-xss-protection"), Some("1; mode=block"));
    let refused = market.ask("marketplace", "GET", "/v1/marketplace/public-clouds", &[origin], "");
    assert_eq!((refused.status, refused.header("Access-Control-Allow-Origin")), (400, Some(origin.1)));
    assert_eq!(market.get_with("/public-clouds", &[("Origin", "null")]).status, 403);
}
