//! The public lists of 2017.

use super::{Answered, Market};
use serde_json::json;

fn get(market: &Market, path: &str) -> Answered {
    market.ask("marketplace", "GET", &format!("/public/v1/marketplace{path}"), &[], "")
}

#[test]
fn every_kind_is_listed_without_a_token_in_pages_of_five() {
    let market = Market::new();
    for kind in [
        "public-clouds",
        "hosted-private-clouds",
        "remotely-managed-private-clouds",
        "consultants",
        "appliances",
        "distros",
    ] {
        let answer = get(&market, &format!("/{kind}"));
        assert_eq!(answer.status, 200, "{kind}");
        let keys: Vec<_> = answer.body.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["total", "per_page", "current_page", "last_page", "data"]);
        assert_eq!(answer.body["data"].as_array().unwrap().len(), 5, "{kind}");
        let entry = &answer.body["data"][0];
        assert!(entry["id"].is_u64() && entry["created"].is_i64() && entry["supported_regions"].is_array());
    }
}

#[test]
fn lists_are_filtered_ordered_and_cut_to_fields() {
    let market = Market::new();
    let found = get(&market, "/public-clouds?filter=name%3D%40cloud&per_page=100&order=-name&fields=id,name");
    let names: Vec<_> = found.column("name").into_iter().map(str::to_lowercase).collect();
    assert!(!names.is_empty() && names.iter().all(|name| name.contains("cloud")));
    assert!(names.is_sorted_by(|one, other| one >= other));
    assert_eq!(found.body["data"][0].as_object().unwrap().len(), 2);
    let expanded = get(&market, "/public-clouds?expand=company&relations=none");
    assert!(expanded.body["data"][0]["company"]["name"].is_string());
    assert_eq!(expanded.body["data"][0].get("supported_regions"), None);
    let company = expanded.body["data"][0]["company"]["name"].as_str().unwrap();
    let of_company = get(&market, &format!("/public-clouds?filter=company%3D%3D{}", company.replace(' ', "+")));
    assert!(of_company.body["total"].as_u64().unwrap() >= 1);
}

#[test]
fn what_the_list_does_not_know_is_refused() {
    let market = Market::new();
    for query in ["filter=colour%3D%3Dred", "filter=name", "order=colour", "per_page=4", "per_page=101", "page=0"] {
        let answer = get(&market, &format!("/distros?{query}"));
        assert_eq!((answer.status, answer.body["message"].as_str()), (412, Some("Validation Failed")), "{query}");
    }
    let past = get(&market, "/distros?page=50&per_page=10");
    assert_eq!((past.body["current_page"].as_u64(), &past.body["data"]), (Some(50), &json!([])));
}
